// SPDX-License-Identifier: MIT
// Board TOML: what the keys mean and which values a board can have. Checks that need more than one table are in board_check.cc.
//
// A value that no firmware or device tree can hand to a kernel is an error here. What the kernel accepts and mends itself is
// accepted: overlapping [[e820]] entries (the kernel sanitises them), empty [[e820]] entries (it drops them, but counts them
// before), overlapping [[reserved]] and [[srat]] ranges, banks that do not start or end on a page.
#include "input/board_toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/board_reader.h"
#include "input/expect_toml.h"
#include "input/limits.h"
#include "input/toml_reader.h"

namespace zonecalc {

namespace {

struct ArchAlias {
    std::string_view alias, name;
};
constexpr ArchAlias arch_aliases[] = {
    {"amd64", "x86_64"}, {"x86-64", "x86_64"}, {"x64", "x86_64"},    {"x86", "x86_64"},  {"i686", "i386"},
    {"x86_32", "i386"},  {"i586", "i386"},     {"aarch64", "arm64"}, {"armv8", "arm64"}, {"armhf", "arm"},
    {"armv7", "arm"},    {"arm32", "arm"},     {"riscv", "riscv64"},
};

}  // namespace

std::optional<BoardReader::Base> BoardReader::read_range(TableReader& table, bool empty_allowed) {
    const std::optional<u64> base = table.size("base");
    const std::optional<u64> size = table.size("size");
    const std::optional<u64> end = table.size("end");
    if (!table.has("base")) table.missing("base");
    if (table.has("size") && table.has("end")) {
        error(table.position_of("end"), fmt::format("{} has both 'size' and 'end'; give one of them", table.name()));
        return std::nullopt;
    }
    if (!table.has("size") && !table.has("end")) error(table.position(), fmt::format("{} needs 'size' or 'end'", table.name()));
    if (!base || (!size && !end)) return std::nullopt;

    Base range{*base, size.value_or(0)};
    const SourcePosition extent = table.position_of(end ? "end" : "size");
    if (end) {
        if (*end < *base && !(empty_allowed && *end + 1 == *base)) {
            error(extent, fmt::format("'end' {:#x} lies before 'base' {:#x}; 'end' is the last byte of the range", *end, *base));
            return std::nullopt;
        }
        range.size = *end - *base + 1;
    }
    if (size && *size == 0 && !empty_allowed) {
        error(extent, fmt::format("{} is empty: 'size' is 0", table.name()));
        return std::nullopt;
    }
    const unsigned bits = physical_address_bits(board_.arch);
    const u64 limit = u64{1} << bits;
    if (range.base > limit || range.size > limit - range.base || (end && *end >= limit)) {
        if (size && *size != 0 && *size - 1 > ~*base)
            error(extent, fmt::format("{} wraps around: base {:#x} + size {:#x} is more than 2^64", table.name(), *base, *size));
        else if (arch_known_)
            error(range.base >= limit ? table.position_of("base") : extent,
                  fmt::format("{} reaches up to {:#x}; {} addresses {} bits of physical memory at most", table.name(),
                              range.base + range.size - 1, to_string(board_.arch), bits));
        return std::nullopt;
    }
    return range;
}

std::optional<int> BoardReader::read_node(TableReader& table, std::string_view key) {
    const std::optional<i64> node = table.integer(key, 0, highest_node);
    if (!node) return std::nullopt;
    return static_cast<int>(*node);
}

void BoardReader::only_on(bool there, SourcePosition position, std::string_view what, std::string_view where) {
    if (!there && arch_known_) error(position, fmt::format("{} is for {}; this board is {}", what, where, to_string(board_.arch)));
}

void BoardReader::read_board_table(TableReader& table) {
    if (const std::optional<std::string> name = table.string("arch")) {
        if (const std::optional<Arch> arch = arch_from_string(*name)) {
            board_.arch = *arch;
            arch_known_ = true;
        } else {
            std::string hint;
            for (const ArchAlias& a : arch_aliases)
                if (a.alias == *name) hint = fmt::format("; did you mean '{}'?", a.name);
            std::vector<std::string_view> names;
            for (const Arch a : {Arch::x86_64, Arch::i386, Arch::arm64, Arch::arm, Arch::riscv64}) names.push_back(to_string(a));
            if (hint.empty()) hint = did_you_mean(*name, names);
            if (hint.empty()) hint = fmt::format("; known are: {}", fmt::join(names, ", "));
            error(table.position_of("arch"), fmt::format("unknown value {} of 'arch' in [board]{}", in_quotes(*name), hint));
        }
    } else if (!table.has("arch")) {
        table.missing("arch");
    }
    board_.name = table.string("name").value_or("");
    if (const std::optional<i64> cpus = table.integer("cpus", 1, most_cpus)) board_.cpus = static_cast<unsigned>(*cpus);
    if (const std::optional<i64> cpus = table.integer("present_cpus", 1, most_cpus)) {
        board_.present_cpus = static_cast<unsigned>(*cpus);
        if (board_.cpus && *board_.present_cpus > *board_.cpus)
            error(table.position_of("present_cpus"),
                  fmt::format("'present_cpus' is more than 'cpus', the possible ones: {}", *board_.cpus));
    }
    if (const std::optional<u64> line = table.size("cache_line_size")) {
        board_.cache_line_size = line;
        if (*line < 8 || *line > 4096 || (*line & (*line - 1)) != 0)
            error(table.position_of("cache_line_size"), "'cache_line_size' must be a power of two from 8 to 4096 bytes");
    }
    board_.kernel = table.string("kernel").value_or("");
    board_.cmdline = table.string("cmdline").value_or("");

    board_.dma_limit = table.size("dma_limit");
    board_.dma_zone_size = table.size("dma_zone_size");
    board_.phys_offset = table.size("phys_offset");
    const auto check = [&](std::string_view key, bool there, std::string_view where) {
        if (table.has(key)) only_on(there, table.position_of(key), fmt::format("'{}'", key), where);
    };
    check("dma_limit", board_.arch == Arch::arm64 || board_.arch == Arch::riscv64, "arm64 and riscv64");
    check("dma_zone_size", board_.arch == Arch::arm, "arm");
    check("phys_offset", board_.arch == Arch::arm, "arm");
    read_x86_facts(table);
    read_absences(table);
    for (const i64 node : table.integers("possible_nodes", 0, highest_node))
        board_.possible_nodes.push_back(static_cast<int>(node));
    std::sort(board_.possible_nodes.begin(), board_.possible_nodes.end());
    board_.possible_nodes.erase(std::unique(board_.possible_nodes.begin(), board_.possible_nodes.end()),
                                board_.possible_nodes.end());
}

// What is not there: a board that is silent about it has it assumed.
void BoardReader::read_absences(TableReader& table) {
    board_.initrd = table.boolean("initrd");
    board_.acpi = table.boolean("acpi");
    if (const std::optional<std::size_t> mode = table.word("mmu", {"sv39", "sv48", "sv57"}))
        board_.page_table_levels = 3 + static_cast<unsigned>(*mode);
    if (table.has("mmu")) only_on(board_.arch == Arch::riscv64, table.position_of("mmu"), "'mmu'", "riscv64");
    places_.initrd = table.position_of("initrd");
    places_.acpi = table.position_of("acpi");
}

void BoardReader::read_memory(TableReader& table) {
    MemoryBank bank;
    bank.position = table.position();
    bank.node = read_node(table);
    for (const std::size_t flag : table.words("flags", {"hotplug", "mirror", "nomap"}))
        (flag == 0 ? bank.hotplug : flag == 1 ? bank.mirror : bank.nomap) = true;
    const std::optional<Base> range = read_range(table);
    if (!range) return;
    bank.base = range->base;
    bank.size = range->size;
    board_.memory.push_back(bank);
    places_.memory_base.push_back(table.position_of("base"));
}

void BoardReader::read_reserved(TableReader& table) {
    ReservedRange reserved;
    reserved.position = table.position();
    reserved.name = table.string("name").value_or("");
    bool* const flags[] = {&reserved.nomap, &reserved.early, &reserved.allocated, &reserved.cma};
    for (const std::size_t flag : table.words("flags", {"nomap", "early", "allocated", "cma"})) *flags[flag] = true;
    const std::optional<Base> range = read_range(table);
    if (!range) return;
    reserved.base = range->base;
    reserved.size = range->size;
    board_.reserved.push_back(std::move(reserved));
}

void BoardReader::read_loaded(TableReader& table) {
    LoadedRange loaded;
    loaded.position = table.position();
    if (const std::optional<std::string> name = table.string("name"))
        loaded.name = *name;
    else if (!table.has("name"))
        table.missing("name");
    const std::optional<Base> range = read_range(table);
    if (!range) return;
    loaded.base = range->base;
    loaded.size = range->size;
    board_.loaded.push_back(std::move(loaded));
}

void BoardReader::read_image(TableReader& table) {
    KernelImage image;
    image.code = table.size("code").value_or(0);
    image.rwdata = table.size("rwdata").value_or(0);
    image.rodata = table.size("rodata").value_or(0);
    image.init = table.size("init").value_or(0);
    image.bss = table.size("bss").value_or(0);
    image.freed = table.size("freed").value_or(0);
    image.smp_locks = table.size("smp_locks").value_or(0);
    board_.image = image;
}

void BoardReader::read_node_table(TableReader& table) {
    BoardNode node;
    node.position = table.position();
    const std::optional<int> id = read_node(table, "id");
    if (!table.has("id")) table.missing("id");
    BoardPlaces::Node places;
    places.id = table.position_of("id");
    places.distance = table.position_of("distance");
    places.distance_whole = true;
    if (const TomlValue* items = table.find("distance"); items && items->kind == TomlValue::Kind::array)
        for (const TomlValue& item : items->items) places.distances.push_back(item.position);
    for (const i64 d : table.integers("distance", 0, 255)) node.distance.push_back(static_cast<u32>(d));
    if (places.distances.size() != node.distance.size()) places.distance_whole = false;
    if (const TomlValue* items = table.find("cpus"); items && items->kind == TomlValue::Kind::array)
        for (const TomlValue& item : items->items) places.cpus.push_back(item.position);
    for (const i64 cpu : table.integers("cpus", 0, most_cpus - 1)) node.cpus.push_back(static_cast<u32>(cpu));
    if (places.cpus.size() != node.cpus.size()) node.cpus.clear();
    if (!id) return;
    node.id = *id;
    board_.nodes.push_back(std::move(node));
    places_.nodes.push_back(std::move(places));
}

void BoardReader::each(TableReader& root, std::string_view key, void (BoardReader::*read_table)(TableReader&)) {
    for (const TomlValue* value : root.tables(key)) {
        TableReader table(*value, fmt::format("[[{}]]", key), diagnostics_);
        (this->*read_table)(table);
        table.finish();
    }
}

Board BoardReader::read(const TomlValue& root_value) {
    TableReader root(root_value, "the file", diagnostics_);
    if (const std::optional<i64> schema = root.integer("schema", 1, INT64_MAX); schema && *schema != 1) {
        error(root.position_of("schema"), fmt::format("schema {} is not known; this zonecalc reads schema 1", *schema));
        diagnostics_.finish();
    }
    if (!root.has("schema")) error(root.position(), "'schema = 1' is missing at the top of the file");
    if (const TomlValue* value = root.table("board")) {
        TableReader table(*value, "[board]", diagnostics_);
        read_board_table(table);
        table.finish();
    } else if (!root.has("board")) {
        error(root.position(), "the file needs a table [board] with the board's 'arch'");
    }
    if (const TomlValue* value = root.table("image")) {
        TableReader table(*value, "[image]", diagnostics_);
        read_image(table);
        table.finish();
    }
    if (const TomlValue* value = root.table("efi")) {
        TableReader table(*value, "[efi]", diagnostics_);
        read_efi(table);
        table.finish();
    }
    if (const TomlValue* value = root.table("device_tree")) {
        TableReader table(*value, "[device_tree]", diagnostics_);
        read_device_tree(table);
        table.finish();
    }
    each(root, "memory", &BoardReader::read_memory);
    each(root, "e820", &BoardReader::read_e820);
    each(root, "srat", &BoardReader::read_srat);
    each(root, "mirror", &BoardReader::read_mirror);
    each(root, "mtrr", &BoardReader::read_mtrr);
    each(root, "reserved", &BoardReader::read_reserved);
    each(root, "loaded", &BoardReader::read_loaded);
    each(root, "memreserve", &BoardReader::read_memreserve);
    each(root, "reserved_memory", &BoardReader::read_reserved_memory);
    each(root, "acpi_table", &BoardReader::read_acpi_table);
    each(root, "io_table", &BoardReader::read_io_table);
    each(root, "efi_memory", &BoardReader::read_efi_memory);
    each(root, "node", &BoardReader::read_node_table);
    Expectations expectations = read_expectations(root, diagnostics_);
    board_.expect = std::move(expectations.expect);
    board_.matrix = std::move(expectations.matrix);
    places_.memory_given = root.has("memory");
    places_.e820_given = root.has("e820");
    if (places_.e820_given) only_on(is_x86(board_.arch), root.position_of("e820"), "[[e820]]", "x86 boards");
    root.finish();
    check_board(board_, places_, diagnostics_);
    diagnostics_.finish();
    return std::move(board_);
}

Board parse_board(const Source& source) {
    Diagnostics diagnostics(source);
    const TomlValue root = parse_toml(source, diagnostics);
    return BoardReader(source, diagnostics).read(root);
}

}  // namespace zonecalc
