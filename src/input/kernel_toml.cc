// SPDX-License-Identifier: MIT
// Kernel profiles: a [kernel] table that names the build, [config] with the CONFIG_ symbols that matter before memory is handed
// over, [sizeof] with struct sizes, [const] with other numbers of the build, [[start_up]] and [start_up_caches] with what a boot
// was seen to ask the page allocator for. Nothing is derived here.
#include "input/kernel_toml.h"

#include <fmt/format.h>

#include "input/limits.h"
#include "input/start_up_requests.h"
#include "input/toml_reader.h"
#include "kernel/facts.h"

namespace zonecalc {

namespace {

constexpr std::size_t longest_config_value = 256;

struct NumberOption {
    std::string_view symbol;
    u64 lowest;
    u64 highest;
};
// Options that arithmetic rests on.
constexpr NumberOption number_options[] = {
    {"NODES_SHIFT", 0, 10},          {"NR_CPUS", 1, 65536},           {"FORCE_MAX_ZONEORDER", 1, 31},
    {"ARCH_FORCE_MAX_ORDER", 1, 31}, {"PAGE_BLOCK_MAX_ORDER", 1, 31}, {"PAGE_OFFSET", 0, ~u64{0}},
    {"PAGE_SHIFT", 12, 16},          {"ARM64_PAGE_SHIFT", 12, 16},    {"ARM64_PA_BITS", 32, 52},
};

// "data/kernels/6.1-x86_64.toml" → "6.1-x86_64"
std::string stem(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
    if (path.ends_with(".toml")) path.remove_suffix(5);
    return std::string(path);
}

bool is_symbol(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

// The value of a CONFIG_ symbol as .config has it.
std::optional<std::string> config_value(const TomlEntry& entry, Diagnostics& diagnostics) {
    switch (entry.value.kind) {
        case TomlValue::Kind::integer:
            return std::to_string(entry.value.integer);
        case TomlValue::Kind::boolean:
            return std::string(entry.value.boolean ? "y" : "n");
        case TomlValue::Kind::string:
            if (entry.value.text.size() <= longest_config_value) return entry.value.text;
            diagnostics.error(entry.value.position,
                              fmt::format("the value of {} is longer than {} bytes", in_quotes(entry.key), longest_config_value));
            return std::nullopt;
        default:
            diagnostics.error(entry.value.position,
                              fmt::format("{} in [config] must be a string such as \"y\" or \"n\", or an integer, not {}",
                                          in_quotes(entry.key), to_string(entry.value.kind)));
            return std::nullopt;
    }
}

void read_config(const TomlValue& table, KernelProfile& profile, Diagnostics& diagnostics) {
    for (const TomlEntry& entry : table.entries) {
        if (!is_symbol(entry.key)) {
            diagnostics.error(entry.position, fmt::format("{} is no CONFIG_ symbol", in_quotes(entry.key)));
            continue;
        }
        if (entry.key.starts_with("CONFIG_")) {
            diagnostics.error(entry.position,
                              fmt::format("symbols in [config] go without their prefix: {}", in_quotes(entry.key.substr(7))));
            continue;
        }
        const std::optional<std::string> value = config_value(entry, diagnostics);
        if (!value) continue;
        profile.config[entry.key] = *value;
        for (const NumberOption& option : number_options) {
            if (option.symbol != entry.key || *value == "n") continue;
            const std::optional<u64> number = config_number(profile.config, entry.key);
            if (!number || *number < option.lowest || *number > option.highest)
                diagnostics.error(entry.value.position, option.highest == ~u64{0}
                                                            ? fmt::format("'{}' must be a number", entry.key)
                                                            : fmt::format("'{}' must be a number from {} to {}", entry.key,
                                                                          option.lowest, option.highest));
        }
    }
}

void read_numbers(const TomlValue& table, std::string_view name, u64 highest, std::map<std::string, u64, std::less<>>& numbers,
                  Diagnostics& diagnostics) {
    for (const TomlEntry& entry : table.entries) {
        const std::optional<u64> number =
            read_size(entry.value, fmt::format("{} in [{}]", in_quotes(entry.key), name), diagnostics);
        if (!number) continue;
        if (*number > highest)
            diagnostics.error(entry.value.position,
                              fmt::format("{} in [{}] is more than {} bytes", in_quotes(entry.key), name, highest));
        else
            numbers[entry.key] = *number;
    }
}

// Lines that `parse` understands; `shape` tells what one looks like.
template <typename T, typename Parse>
std::vector<T> read_lines(TableReader& table, std::string_view key, Parse&& parse, std::string_view shape,
                          Diagnostics& diagnostics) {
    std::vector<T> out;
    const std::vector<TomlValue>* lines = table.array(key, "an array of strings");
    if (!lines) return out;
    out.reserve(lines->size());
    for (const TomlValue& line : *lines) {
        auto read = line.kind == TomlValue::Kind::string ? parse(line.text) : std::nullopt;
        if (read)
            out.push_back(*std::move(read));
        else
            diagnostics.error(line.position, std::string(shape));
    }
    return out;
}

StartUp read_start_up(const TomlValue& value, Diagnostics& diagnostics) {
    StartUp out;
    TableReader table(value, "[[start_up]]", diagnostics);
    if (!table.has("cpus")) table.missing("cpus");
    if (const auto cpus = table.integer("cpus", 1, most_cpus)) out.cpus = static_cast<unsigned>(*cpus);
    if (const auto nodes = table.integer("nodes", 1, most_nodes)) out.nodes = static_cast<unsigned>(*nodes);
    if (!table.has("requests")) table.missing("requests");
    out.requests = read_lines<StartUpRequest>(table, "requests", parse_start_up_request, start_up_request_shape, diagnostics);
    u64 asked = 0;
    for (const StartUpRequest& r : out.requests) asked += r.count;
    if (asked > most_start_up_pages)
        diagnostics.error(table.position_of("requests"),
                          fmt::format("'requests' come to {} blocks and pages; {} are read at most", asked, most_start_up_pages));
    table.finish();
    return out;
}

}  // namespace

KernelProfile parse_kernel_profile(const Source& source) {
    constexpr u64 largest_struct = u64{1} << 30;
    Diagnostics diagnostics(source);
    const TomlValue root = parse_toml(source, diagnostics);

    KernelProfile profile;
    profile.name = stem(source.name);

    TableReader file(root, "the file", diagnostics);
    if (!file.has("schema"))
        file.missing("schema");
    else if (const auto schema = file.integer("schema", INT64_MIN, INT64_MAX); schema && *schema != 1)
        diagnostics.error(file.position_of("schema"), fmt::format("schema {} is not known; this zonecalc reads schema 1", *schema));

    if (const TomlValue* table = file.table("kernel")) {
        TableReader kernel(*table, "[kernel]", diagnostics);
        std::vector<std::string_view> arch_names;
        for (const Arch arch : {Arch::x86_64, Arch::i386, Arch::arm, Arch::arm64, Arch::riscv64})
            arch_names.push_back(to_string(arch));
        if (!kernel.has("arch"))
            kernel.missing("arch");
        else if (const auto arch = kernel.word("arch", arch_names))
            profile.arch = *arch_from_string(arch_names[*arch]);

        profile.release = kernel.string("release").value_or("");
        if (!kernel.has("release")) kernel.missing("release");
        // Without a version of its own a kernel's source is of the release that uname says.
        const std::string_view version_key = kernel.has("version") ? "version" : "release";
        profile.version = kernel.string(version_key).value_or("");
        if (!profile.version.empty() && !version_from_string(profile.version))
            diagnostics.error(kernel.position_of(version_key),
                              fmt::format("{} does not begin with a version such as 6.1 or 6.1.192", in_quotes(profile.version)));
        profile.like = kernel.string("like").value_or("");
        profile.source = kernel.string("source").value_or("");
        profile.recorded = kernel.boolean("recorded").value_or(false);
        profile.start_up_file = kernel.string("start_up").value_or("");
        if (!profile.start_up_file.empty() && (file.has("start_up") || file.has("start_up_caches")))
            diagnostics.error(kernel.position_of("start_up"),
                              "'start_up' names a file of what [[start_up]] and [start_up_caches] say: one or the other");
        kernel.finish();
    } else if (!file.has("kernel")) {
        file.missing("kernel");
    }
    if (const TomlValue* table = file.table("config")) read_config(*table, profile, diagnostics);
    if (const TomlValue* table = file.table("sizeof")) read_numbers(*table, "sizeof", largest_struct, profile.sizes, diagnostics);
    if (const TomlValue* table = file.table("const")) read_numbers(*table, "const", ~u64{0}, profile.constants, diagnostics);
    for (const TomlValue* table : file.tables("start_up")) profile.start_up.push_back(read_start_up(*table, diagnostics));
    if (const TomlValue* value = file.table("start_up_caches")) {
        TableReader table(*value, "[start_up_caches]", diagnostics);
        profile.start_up_caches = read_lines<StartUpCache>(table, "made", parse_start_up_cache, start_up_cache_shape, diagnostics);
        if (profile.start_up_caches.size() > most_start_up_caches)
            diagnostics.error(table.position_of("made"), fmt::format("'made' has more than {} caches", most_start_up_caches));
        table.finish();
    }
    file.finish();
    diagnostics.finish();
    return profile;
}

}  // namespace zonecalc
