// SPDX-License-Identifier: MIT
// Where boards and kernel profiles are looked for, and how a profile becomes a Kernel.
//
// Whatever holds a '/' or ends with ".toml" is a path of the user's; all else is a name, so that no name leads out of the data
// directory. A profile may be `like` another one: it takes over config, sizes and constants, and what it says itself comes on top.
// A release that no profile was made of is like the nearest older one of its architecture and flavour, with the behaviours of the
// very version that was asked for.
#include "input/library.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "input/board_toml.h"
#include "input/kernel_toml.h"
#include "input/start_up_file.h"
#include "kernel/facts.h"

namespace zonecalc {

namespace fs = std::filesystem;

namespace {

constexpr u64 largest_file = u64{16} << 20;
constexpr unsigned longest_like_chain = 8;
constexpr std::string_view extension = ".toml";

bool folder_exists(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

bool file_exists(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

bool looks_like_path(std::string_view name) {
    return name.find('/') != std::string_view::npos || name.ends_with(extension);
}

// Names of the TOML files of a folder, sorted; none where there is no such folder.
std::vector<std::string> listing(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    fs::directory_iterator at(folder, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
        std::string name = at->path().filename().string();
        std::error_code gone;
        if (name.size() > extension.size() && name.ends_with(extension) && at->is_regular_file(gone))
            names.push_back(name.substr(0, name.size() - extension.size()));
    }
    std::sort(names.begin(), names.end());
    return names;
}

// Of "boards" or "kernels". Asked for one by one: listing a folder takes longer than reading a board.
std::optional<fs::path> shipped_file(std::string_view folder, const std::string& name) {
    if (name.empty() || looks_like_path(name)) return std::nullopt;
    fs::path path = fs::path(data_directory()) / folder / (name + std::string(extension));
    return file_exists(path) ? std::optional(std::move(path)) : std::nullopt;
}

std::string did_you_mean_of(std::string_view word, const std::vector<std::string>& names) {
    return did_you_mean(word, {names.begin(), names.end()});
}

// RELEASE-ARCH[-FLAVOUR]
struct KernelName {
    Version version;
    bool has_sublevel = false;
    Arch arch = Arch::x86_64;
    std::string flavour;
};

std::optional<KernelName> parse_kernel_name(std::string_view name) {
    const std::size_t first = name.find('-');
    if (first == std::string_view::npos) return std::nullopt;
    const std::string_view release = name.substr(0, first);
    const std::string_view rest = name.substr(first + 1);
    const std::size_t second = rest.find('-');
    const std::optional<Version> version = version_from_string(release);
    const std::optional<Arch> arch = arch_from_string(rest.substr(0, second));
    const auto dots = std::count(release.begin(), release.end(), '.');
    const bool plain = release.find_first_not_of("0123456789.") == std::string_view::npos;
    if (!version || !arch || !plain || dots > 2 || release.ends_with('.')) return std::nullopt;
    if (second != std::string_view::npos && second + 1 == rest.size()) return std::nullopt;
    return KernelName{*version, dots == 2, *arch, second == std::string_view::npos ? "" : std::string(rest.substr(second + 1))};
}

Version series(const Version& v) {
    return {v.major, v.minor, 0};
}

std::string joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

// The shipped profile that a release between shipped ones is like. `wanted` was read from `name`.
std::string base_of(const std::string& name, const KernelName& wanted) {
    std::vector<std::string> same_arch, same_flavour;
    std::string base;
    Version oldest{~0u, 0, 0}, newest, base_version;
    for (const std::string& candidate : shipped_kernels()) {
        const std::optional<KernelName> k = parse_kernel_name(candidate);
        if (!k || k->arch != wanted.arch) continue;
        same_arch.push_back(candidate);
        oldest = std::min(oldest, k->version);
        newest = std::max(newest, k->version);
        if (k->flavour != wanted.flavour) continue;
        same_flavour.push_back(candidate);
        if (k->version <= series(wanted.version) && k->version >= base_version) {
            base = candidate;
            base_version = k->version;
        }
    }
    const std::string text = in_quotes(name);
    if (same_arch.empty()) throw InputError(fmt::format("no kernel profile for {}; there is none of that architecture", text));
    if (wanted.version.minor > last_minor(wanted.version.major))
        throw InputError(fmt::format("no kernel profile {}: Linux {}.{} was followed by {}.0", text, wanted.version.major,
                                     last_minor(wanted.version.major), wanted.version.major + 1));
    if (series(wanted.version) < oldest || series(wanted.version) > newest)
        throw InputError(fmt::format("no kernel profile for {}: those of {} go from {} to {}", text, to_string(wanted.arch),
                                     to_string(oldest), to_string(newest)));
    if (same_flavour.empty())
        throw InputError(fmt::format("no kernel profile for {}: {} has no flavour {}; profiles are: {}", text,
                                     to_string(wanted.arch), in_quotes(wanted.flavour), joined(same_arch)));
    if (base.empty())
        throw InputError(fmt::format("no kernel profile for {}: the oldest of that flavour is {}", text, same_flavour.front()));
    return base;
}

// What a profile comes to once everything that it is like has been read.
struct Resolved {
    KernelProfile profile;
    Version version;
    std::string sizes_of;     // where its sizes are another release's
    std::string start_up_of;  // whose requests and caches it has, where not its own
};

class Resolver {
public:
    Resolved file(const fs::path& path) {
        std::error_code error;
        const fs::path canonical = fs::weakly_canonical(path, error);
        const std::string id = error ? path.string() : canonical.string();
        const bool again = std::ranges::find(chain_, id) != chain_.end();
        if (again || chain_.size() >= longest_like_chain)
            throw InputError(fmt::format("kernel profile {}: its chain of 'like' {}", in_quotes(path.string()),
                                         again ? "comes back to itself" : "is too long"));
        chain_.push_back(id);
        return text(read_source(path.string(), largest_file), path);
    }

    // `path` is where the text comes from: names in it are looked up beside it.
    Resolved text(const Source& source, const fs::path& path) { return profile(parse_kernel_profile(source), source.name, path); }

    // `called` is what messages call it.
    Resolved profile(KernelProfile said, const std::string& called, const fs::path& path) {
        if (chain_.empty()) chain_.push_back(called);
        Resolved own;
        own.profile = std::move(said);
        own.version = *version_from_string(own.profile.version);
        if (!own.profile.start_up_file.empty()) {
            const fs::path beside = path.parent_path() / own.profile.start_up_file;
            if (!file_exists(beside))
                throw InputError(fmt::format("kernel profile {}: there is no file {} beside it, which its 'start_up' names",
                                             in_quotes(called), in_quotes(own.profile.start_up_file)));
            StartUpFile recorded = parse_start_up_file(read_source(beside.string(), largest_start_up_file));
            own.profile.start_up = std::move(recorded.start_up);
            own.profile.start_up_caches = std::move(recorded.caches);
        }
        if (own.profile.like.empty()) return own;

        Resolved base = find(own.profile.like, path.parent_path());
        if (base.profile.arch != own.profile.arch)
            throw InputError(fmt::format("kernel profile {}: is like {}, which is of another architecture ({})",
                                         in_quotes(path.string()), in_quotes(own.profile.like), to_string(base.profile.arch)));
        rebase(base, own.version, own.profile.like);
        const auto taken_over = [](const auto& theirs, const auto& ours) {
            return std::ranges::any_of(theirs, [&](const auto& number) { return !ours.contains(number.first); });
        };
        if (taken_over(base.profile.sizes, own.profile.sizes) || taken_over(base.profile.constants, own.profile.constants))
            own.sizes_of = base.sizes_of;
        for (auto& [symbol, value] : own.profile.config) base.profile.config[symbol] = value;
        for (auto& [name, value] : own.profile.sizes) base.profile.sizes[name] = value;
        for (auto& [name, value] : own.profile.constants) base.profile.constants[name] = value;
        own.profile.config = std::move(base.profile.config);
        own.profile.sizes = std::move(base.profile.sizes);
        own.profile.constants = std::move(base.profile.constants);
        if (own.profile.start_up.empty()) {
            own.profile.start_up = std::move(base.profile.start_up);
            if (own.profile.start_up_caches.empty()) own.profile.start_up_caches = std::move(base.profile.start_up_caches);
            own.start_up_of = base.start_up_of.empty() ? own.profile.like : base.start_up_of;
        }
        return own;
    }

    // `name` is the profile's.
    static void rebase(Resolved& resolved, const Version& to, const std::string& name) {
        if (resolved.version != to && resolved.sizes_of.empty()) resolved.sizes_of = name;
        if (resolved.version != to && resolved.start_up_of.empty()) resolved.start_up_of = name;
        // Requests hold flags as numbers.
        if (behaviours_of(resolved.version).gfp_bits != behaviours_of(to).gfp_bits) resolved.profile.start_up.clear();
        carry_config(resolved.profile.config, resolved.profile.arch, resolved.version, to);
        resolved.version = to;
    }

private:
    Resolved find(const std::string& name, const fs::path& folder) {
        if (looks_like_path(name)) return file(folder / name);
        if (const auto shipped = shipped_file("kernels", name)) return file(*shipped);
        if (const fs::path beside = folder / (name + std::string(extension)); file_exists(beside)) return file(beside);
        if (const std::optional<KernelName> release = parse_kernel_name(name)) {
            const std::string base_name = base_of(name, *release);
            Resolved base = file(shipped_file("kernels", base_name).value());
            rebase(base, release->version, base_name);
            return base;
        }
        throw InputError(fmt::format("{}: 'like' names the unknown kernel profile {}{}", chain_.back(), in_quotes(name),
                                     did_you_mean_of(name, shipped_kernels())));
    }

    std::vector<std::string> chain_;
};

Kernel finished(Resolved resolved, std::string name, Confirmation confirmation) {
    Kernel kernel;
    kernel.profile = std::move(name);
    kernel.release = std::move(resolved.profile.release);
    kernel.version = resolved.version;
    kernel.arch = resolved.profile.arch;
    kernel.confirmation = confirmation;
    kernel.sizes_of = std::move(resolved.sizes_of);
    kernel.source = std::move(resolved.profile.source);
    kernel.config = std::move(resolved.profile.config);
    kernel.sizes = std::move(resolved.profile.sizes);
    kernel.constants = std::move(resolved.profile.constants);
    kernel.start_up = std::move(resolved.profile.start_up);
    kernel.start_up_caches = std::move(resolved.profile.start_up_caches);
    kernel.start_up_of = std::move(resolved.start_up_of);
    derive_facts(kernel);
    return kernel;
}

Kernel finished(Resolved resolved, std::string name) {
    const Confirmation confirmation = resolved.profile.recorded ? Confirmation::recorded : Confirmation::derived;
    return finished(std::move(resolved), std::move(name), confirmation);
}

// A release between shipped ones. `wanted` was read from `name`.
Kernel derived_kernel(const std::string& name, const KernelName& wanted) {
    const std::string base = base_of(name, wanted);
    Resolved resolved = Resolver().file(shipped_file("kernels", base).value());
    // The very build under a longer name.
    if (wanted.has_sublevel && resolved.version == wanted.version) return finished(std::move(resolved), base);
    Resolver::rebase(resolved, wanted.version, base);
    resolved.profile.release = fmt::format("{}.{}.{}", wanted.version.major, wanted.version.minor, wanted.version.sublevel);
    resolved.profile.source = fmt::format("Linux {} with the config of {}", resolved.profile.release, base);
    return finished(std::move(resolved), name, Confirmation::derived);
}

// The folder of a board's file; none where the board came from nowhere.
std::optional<fs::path> folder_of(const std::string& file) {
    if (file.empty() || file == "-" || file.starts_with('<')) return std::nullopt;
    return fs::path(file).parent_path();
}

}  // namespace

std::string data_directory() {
    if (const char* given = std::getenv("ZONECALC_DATA"); given != nullptr && *given != '\0') return given;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    std::vector<fs::path> candidates;
    if (!error) candidates = {program / "data", program / ZONECALC_DATA_FROM_PROGRAM};
    candidates.emplace_back(ZONECALC_DATA_INSTALLED);
    for (const fs::path& candidate : candidates)
        if (folder_exists(candidate / "kernels")) return candidate.lexically_normal().string();
    throw InputError(
        fmt::format("cannot find the shipped boards and kernels: neither beside the program nor in {} nor in {}; set "
                    "ZONECALC_DATA",
                    ZONECALC_DATA_FROM_PROGRAM, ZONECALC_DATA_INSTALLED));
}

ProfileNames known_profile_names() {
    ProfileNames names;
    for (const std::string& name : shipped_kernels()) {
        const Kernel kernel = load_kernel(name);
        for (const auto& [symbol, value] : kernel.config) names.config.insert(symbol);
        for (const auto& [structure, size] : kernel.sizes) names.sizes.insert(structure);
        for (const auto& [constant, value] : kernel.constants) names.constants.insert(constant);
    }
    return names;
}

std::vector<std::string> shipped_boards() {
    return listing(fs::path(data_directory()) / "boards");
}

std::vector<std::string> shipped_kernels() {
    std::vector<std::string> names = listing(fs::path(data_directory()) / "kernels");
    const auto key = [](const std::string& name) {
        const KernelName k = parse_kernel_name(name).value_or(KernelName{});
        return std::tuple(to_string(k.arch), k.version, k.flavour);
    };
    std::stable_sort(names.begin(), names.end(), [&key](const std::string& a, const std::string& b) { return key(a) < key(b); });
    return names;
}

Board load_board(const std::string& name_or_path) {
    if (name_or_path == "-" || looks_like_path(name_or_path)) return parse_board(read_source(name_or_path, largest_file));
    if (const auto shipped = shipped_file("boards", name_or_path)) return parse_board(read_source(shipped->string(), largest_file));
    if (file_exists(name_or_path)) return parse_board(read_source(name_or_path, largest_file));
    throw InputError(fmt::format("no board {}: neither a file nor a shipped board{}", in_quotes(name_or_path),
                                 did_you_mean_of(name_or_path, shipped_boards())));
}

Kernel load_kernel(const std::string& name_or_path, const std::string& beside) {
    if (name_or_path.empty()) throw InputError("no kernel profile is named");
    const std::optional<fs::path> folder = folder_of(beside);
    Resolver resolver;
    if (looks_like_path(name_or_path)) {
        const fs::path near = folder.value_or(fs::path()) / name_or_path;
        const fs::path path = file_exists(near) ? near : fs::path(name_or_path);
        return finished(resolver.file(path), path.string());
    }
    if (folder)
        for (const fs::path& near : {*folder / (name_or_path + std::string(extension)), *folder / name_or_path})
            if (file_exists(near)) return finished(resolver.file(near), near.string());
    if (const auto shipped = shipped_file("kernels", name_or_path)) return finished(resolver.file(*shipped), name_or_path);
    if (const std::optional<KernelName> wanted = parse_kernel_name(name_or_path)) return derived_kernel(name_or_path, *wanted);

    const std::string hint = did_you_mean_of(name_or_path, shipped_kernels());
    throw InputError(fmt::format("no kernel profile {}{}", in_quotes(name_or_path),
                                 hint.empty() ? "; names are RELEASE-ARCH[-FLAVOUR], such as 6.1-x86_64 or 6.6.87-arm64" : hint));
}

Kernel kernel_of_profile(const Source& profile) {
    return kernel_of_profile(parse_kernel_profile(profile), profile.name);
}

Kernel kernel_of_profile(const KernelProfile& profile, const std::string& name) {
    return finished(Resolver().profile(profile, name, {}), name);
}

std::string default_kernel(Arch arch) {
    std::string newest;
    Version version;
    for (const std::string& name : shipped_kernels()) {
        const std::optional<KernelName> k = parse_kernel_name(name);
        if (!k || k->arch != arch || !k->flavour.empty() || k->version < version) continue;
        newest = name;
        version = k->version;
    }
    if (newest.empty()) throw InputError(fmt::format("no kernel profile for {}", to_string(arch)));
    return newest;
}

}  // namespace zonecalc
