// SPDX-License-Identifier: MIT
// Board TOML: what the keys mean and which values a board can have. Checks that need more than one table are in board_check.cc.
//
// A value that no firmware or device tree can hand to a kernel is an error here. What the kernel accepts and mends itself is
// accepted: overlapping [[e820]] entries (the kernel sanitises them), empty [[e820]] entries (it drops them, but counts them
// before), overlapping [[reserved]] and [[srat]] ranges, banks that do not start or end on a page.
#include "input/board_toml.h"

#include <charconv>

#include <fmt/format.h>

#include "input/board_check.h"
#include "input/expect_toml.h"
#include "input/limits.h"
#include "input/toml_reader.h"

namespace zonecalc {

namespace {

// i386 has 36 bits with PAE and 52 in the page table format; arm 40 with LPAE. What a kernel without them cannot address it cuts
// itself.
unsigned physical_address_bits(Arch arch) {
    switch (arch) {
        case Arch::x86_64:
        case Arch::i386:
        case Arch::arm64:
            return 52;
        case Arch::arm:
            return 40;
        case Arch::riscv64:
            return 56;
    }
    return 52;
}

const std::vector<std::string_view> mtrr_names = {"uncachable", "write-combining", "write-through", "write-protect", "write-back"};
constexpr MtrrType mtrr_types[] = {MtrrType::uncachable, MtrrType::write_combining, MtrrType::write_through,
                                   MtrrType::write_protected, MtrrType::write_back};

// As the kernel words them: up to 6.18, and from 7.0 on.
struct E820Name {
    std::string_view name;
    E820Type type;
};
constexpr E820Name e820_names[] = {
    {"usable", E820Type::ram},
    {"System RAM", E820Type::ram},
    {"reserved", E820Type::reserved},
    {"device reserved", E820Type::reserved},
    {"soft reserved", E820Type::soft_reserved},
    {"ACPI data", E820Type::acpi},
    {"ACPI NVS", E820Type::nvs},
    {"unusable", E820Type::unusable},
    {"persistent", E820Type::pmem},
};

std::optional<u32> number_between(std::string_view text, std::string_view before, std::string_view after) {
    if (text.size() <= before.size() + after.size() || !text.starts_with(before) || !text.ends_with(after)) return std::nullopt;
    text = text.substr(before.size(), text.size() - before.size() - after.size());
    u32 number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<E820Type> e820_type_from_string(std::string_view text) {
    for (const E820Name& n : e820_names)
        if (n.name == text) return n.type;
    for (const std::string_view before : {"type ", "persistent (type ", "persistent RAM (type "})
        if (const auto number = number_between(text, before, before.find('(') == std::string_view::npos ? "" : ")"))
            return static_cast<E820Type>(*number);
    return std::nullopt;
}

struct ArchAlias {
    std::string_view alias, name;
};
constexpr ArchAlias arch_aliases[] = {
    {"amd64", "x86_64"}, {"x86-64", "x86_64"}, {"x64", "x86_64"},    {"x86", "x86_64"},  {"i686", "i386"},
    {"x86_32", "i386"},  {"i586", "i386"},     {"aarch64", "arm64"}, {"armv8", "arm64"}, {"armhf", "arm"},
    {"armv7", "arm"},    {"arm32", "arm"},     {"riscv", "riscv64"},
};

class BoardReader {
public:
    BoardReader(const Source& source, Diagnostics& diagnostics) : diagnostics_(diagnostics) { board_.file = source.name; }
    Board read(const TomlValue& root);

private:
    struct Base {
        PhysAddr base;
        u64 size;
    };
    // base, and size or end (inclusive). An empty range is an error unless `empty_allowed`.
    std::optional<Base> read_range(TableReader& table, bool empty_allowed = false);
    std::optional<int> read_node(TableReader& table, std::string_view key = "node");
    void read_board_table(TableReader& table);
    void read_memory(TableReader& table);
    void read_e820(TableReader& table);
    void read_srat(TableReader& table);
    void read_mirror(TableReader& table);
    void read_mtrr(TableReader& table);
    void read_reserved(TableReader& table);
    void read_loaded(TableReader& table);
    void read_device_tree(TableReader& table);
    void read_memreserve(TableReader& table);
    void read_reserved_memory(TableReader& table);
    void read_acpi_table(TableReader& table);
    void read_io_table(TableReader& table);
    void read_x86_facts(TableReader& table);
    void read_absences(TableReader& table);
    void read_efi(TableReader& table);
    void read_efi_memory(TableReader& table);
    void read_image(TableReader& table);
    void read_node_table(TableReader& table);
    // [[key]]: reads each table, then reports the keys that `read_table` did not ask for.
    void each(TableReader& root, std::string_view key, void (BoardReader::*read_table)(TableReader&));
    void only_on(bool there, SourcePosition position, std::string_view what, std::string_view where);
    void error(SourcePosition position, std::string message) { diagnostics_.error(position, std::move(message)); }

    Board board_;
    BoardPlaces places_;
    Diagnostics& diagnostics_;
    bool arch_known_ = false;
};

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
    if (const auto type = table.word("mtrr_default", mtrr_names)) board_.mtrr_default = mtrr_types[*type];
    const auto check = [&](std::string_view key, bool there, std::string_view where) {
        if (table.has(key)) only_on(there, table.position_of(key), fmt::format("'{}'", key), where);
    };
    check("dma_limit", board_.arch == Arch::arm64 || board_.arch == Arch::riscv64, "arm64 and riscv64");
    check("dma_zone_size", board_.arch == Arch::arm, "arm");
    check("phys_offset", board_.arch == Arch::arm, "arm");
    check("mtrr_default", is_x86(board_.arch), "x86");
    read_x86_facts(table);
    read_absences(table);
    for (const i64 node : table.integers("possible_nodes", 0, highest_node))
        board_.possible_nodes.push_back(static_cast<int>(node));
    std::sort(board_.possible_nodes.begin(), board_.possible_nodes.end());
    board_.possible_nodes.erase(std::unique(board_.possible_nodes.begin(), board_.possible_nodes.end()),
                                board_.possible_nodes.end());
}

// What a machine is like beside its memory, x86 most of all: sizes of early allocations follow from it.
void BoardReader::read_x86_facts(TableReader& table) {
    board_.kernel_base = table.size("kernel_base");
    board_.dmi_bytes = table.size("dmi_bytes");
    board_.bios_start = table.size("bios_start");
    if (const std::optional<i64> n = table.integer("ioapics", 0, 256)) board_.ioapics = static_cast<unsigned>(*n);
    board_.hpet = table.boolean("hpet");
    board_.pse = table.boolean("pse");
    board_.gb_pages = table.boolean("gb_pages");
    board_.la57 = table.boolean("la57");
    board_.slit = table.boolean("slit");
    for (const std::string_view key : {"bios_start", "dmi_bytes", "ioapics", "hpet", "pse", "gb_pages", "la57", "slit"})
        if (table.has(key)) only_on(is_x86(board_.arch), table.position_of(key), fmt::format("'{}'", key), "x86");
    constexpr u64 largest_dmi = 64 * 1024;
    constexpr u64 mebibyte = 1024 * 1024;
    if (board_.bios_start && *board_.bios_start >= mebibyte)
        error(table.position_of("bios_start"), "'bios_start' is an address below 1 MiB");
    constexpr u64 highest_kernel = u64{1} << 46;
    if (board_.dmi_bytes && *board_.dmi_bytes > largest_dmi)
        error(table.position_of("dmi_bytes"), fmt::format("the kernel keeps {} bytes of SMBIOS strings at most", largest_dmi));
    if (board_.kernel_base && (*board_.kernel_base % 4096 != 0 || *board_.kernel_base >= highest_kernel))
        error(table.position_of("kernel_base"), "'kernel_base' is the physical address of a page below 64 TiB");
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

void BoardReader::read_e820(TableReader& table) {
    E820Entry entry;
    entry.position = table.position();
    bool type_known = false;
    const TomlValue* type = table.find("type");
    if (!type) {
        table.missing("type");
    } else if (type->kind == TomlValue::Kind::integer) {
        if (const std::optional<i64> number = table.integer("type", 0, 0xffffffff)) {
            entry.type = static_cast<E820Type>(*number);
            type_known = true;
        }
    } else if (const std::optional<std::string> name = table.string("type")) {
        if (const std::optional<E820Type> known = e820_type_from_string(*name)) {
            entry.type = *known;
            type_known = true;
        } else {
            std::vector<std::string_view> names;
            for (const E820Name& n : e820_names) names.push_back(n.name);
            std::string hint = did_you_mean(*name, names);
            if (hint.empty()) hint = fmt::format("; known are: {}, type N", fmt::join(names, ", "));
            error(type->position, fmt::format("unknown value {} of 'type' in [[e820]]{}", in_quotes(*name), hint));
        }
    }
    const std::optional<Base> range = read_range(table, true);
    if (!range || !type_known) return;
    entry.base = range->base;
    entry.size = range->size;
    board_.e820.push_back(entry);
}

void BoardReader::read_srat(TableReader& table) {
    SratRange srat;
    srat.position = table.position();
    const std::optional<int> node = read_node(table);
    if (!table.has("node")) table.missing("node");
    srat.hotplug = !table.words("flags", {"hotplug"}).empty();
    const std::optional<Base> range = read_range(table);
    if (!range || !node) return;
    srat.base = range->base;
    srat.size = range->size;
    srat.node = *node;
    board_.srat.push_back(srat);
}

void BoardReader::read_mirror(TableReader& table) {
    only_on(is_x86(board_.arch), table.position(), "[[mirror]]", "x86 boards with [[e820]] (elsewhere it is a flag of the bank)");
    if (const std::optional<Base> range = read_range(table)) board_.mirror.push_back({range->base, range->size, table.position()});
}

void BoardReader::read_mtrr(TableReader& table) {
    only_on(is_x86(board_.arch), table.position(), "[[mtrr]]", "x86 boards");
    const std::optional<std::size_t> type = table.word("type", mtrr_names);
    if (!table.has("type")) table.missing("type");
    const std::optional<Base> range = read_range(table);
    if (!range) return;
    if ((range->size & (range->size - 1)) != 0 || range->base % range->size != 0 || range->size < 4096) {
        error(table.position_of("base"), "an MTRR covers a power of two, 4096 bytes at least, and starts at a multiple of it");
        return;
    }
    if (type) board_.mtrr.push_back({range->base, range->size, mtrr_types[*type], table.position()});
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

void BoardReader::read_device_tree(TableReader& table) {
    constexpr i64 most = i64{1} << 24;  // a blob has 32 bits of size, a node takes 12 bytes of it
    DeviceTree tree;
    tree.position = table.position();
    tree.base = table.size("base");
    tree.size = table.size("size").value_or(0);
    tree.unflattened = table.size("unflattened").value_or(0);
    tree.nodes = static_cast<u64>(table.integer("nodes", 0, most).value_or(0));
    tree.properties = static_cast<u64>(table.integer("properties", 0, most).value_or(0));
    tree.name_bytes = static_cast<u64>(table.integer("name_bytes", 0, most * 64).value_or(0));
    tree.path_bytes = static_cast<u64>(table.integer("path_bytes", 0, most * 4096).value_or(0));
    tree.aliases = table.strings("aliases");
    constexpr u64 largest = u64{1} << 32;
    if (tree.size > largest) error(table.position_of("size"), "a device tree blob is smaller than 4 GiB");
    if (tree.unflattened > 64 * largest) error(table.position_of("unflattened"), "no device tree unpacks to so much");
    if (tree.base && *tree.base >= u64{1} << physical_address_bits(board_.arch))
        error(table.position_of("base"), fmt::format("{} does not address {:#x}", to_string(board_.arch), *tree.base));
    only_on(!is_x86(board_.arch), table.position(), "[device_tree]", "arm, arm64 and riscv64");
    board_.device_tree = std::move(tree);
}

void BoardReader::read_memreserve(TableReader& table) {
    only_on(!is_x86(board_.arch), table.position(), "[[memreserve]]", "arm, arm64 and riscv64");
    if (const std::optional<Base> range = read_range(table))
        board_.memreserve.push_back({range->base, range->size, table.position()});
}

void BoardReader::read_reserved_memory(TableReader& table) {
    only_on(!is_x86(board_.arch), table.position(), "[[reserved_memory]]", "arm, arm64 and riscv64");
    ReservedMemory node;
    node.position = table.position();
    node.name = table.string("name").value_or("");
    for (const std::size_t flag : table.words("flags", {"nomap", "reusable", "pool", "cma-default"}))
        (flag == 0 ? node.nomap : flag == 1 ? node.reusable : flag == 2 ? node.pool : node.cma_default) = true;
    if (table.has("base") || table.has("end")) {
        const std::optional<Base> range = read_range(table);
        if (!range) return;
        node.base = range->base;
        node.size = range->size;
    } else {
        const std::optional<u64> size = table.size("size");
        if (!table.has("size")) table.missing("size");
        if (size && *size == 0) error(table.position_of("size"), "[[reserved_memory]] is empty: 'size' is 0");
        node.size = size.value_or(0);
        node.alignment = table.size("alignment").value_or(0);
        if ((node.alignment & (node.alignment - 1)) != 0)
            error(table.position_of("alignment"), "'alignment' must be a power of two");
        for (const TomlValue* value : table.tables("alloc_ranges")) {
            TableReader inner(*value, "'alloc_ranges'", diagnostics_);
            if (const std::optional<Base> range = read_range(inner))
                node.alloc_ranges.push_back({range->base, range->base + range->size});
            inner.finish();
        }
    }
    board_.reserved_memory.push_back(std::move(node));
}

void BoardReader::read_io_table(TableReader& table) {
    constexpr u64 end = u64{1} << 32;
    only_on(board_.arch == Arch::arm, table.position(), "[[io_table]]", "arm");
    IoTable io;
    io.position = table.position();
    for (const TomlValue* value : table.tables("maps")) {
        TableReader inner(*value, "'maps'", diagnostics_);
        IoMapping map;
        if (!inner.has("virtual")) inner.missing("virtual");
        map.virtual_address = inner.size("virtual").value_or(0);
        if (map.virtual_address >= end)
            error(inner.position_of("virtual"), fmt::format("{:#x} is no virtual address of arm", map.virtual_address));
        if (const std::optional<Base> range = read_range(inner)) {
            map.base = range->base;
            map.size = range->size;
            if (map.size > end) error(inner.position(), "a static mapping is smaller than 4 GiB");
            io.maps.push_back(map);
        }
        inner.finish();
    }
    if (!table.has("maps")) table.missing("maps");
    board_.io_tables.push_back(std::move(io));
}

void BoardReader::read_acpi_table(TableReader& table) {
    AcpiTable acpi;
    acpi.position = table.position();
    acpi.signature = table.string("signature").value_or("");
    const std::optional<Base> range = read_range(table);
    if (!range) return;
    acpi.base = range->base;
    acpi.size = range->size;
    board_.acpi_tables.push_back(std::move(acpi));
}

void BoardReader::read_efi(TableReader& table) {
    only_on(is_x86(board_.arch), table.position(), "[efi]", "x86 boards");
    EfiTables efi;
    efi.position = table.position();
    if (const TomlValue* value = table.table("memmap")) {
        TableReader memmap(*value, "'memmap' in [efi]", diagnostics_);
        if (const std::optional<Base> range = read_range(memmap)) efi.memmap = PhysRange{range->base, range->base + range->size};
        memmap.finish();
    }
    if (const TomlValue* value = table.table("memattr")) {
        TableReader memattr(*value, "'memattr' in [efi]", diagnostics_);
        if (memattr.has("size") || memattr.has("end")) {
            if (const std::optional<Base> range = read_range(memattr)) {
                efi.memattr = range->base;
                efi.memattr_size = range->size;
            }
        } else if (const std::optional<u64> base = memattr.size("base")) {
            constexpr u64 highest = u64{1} << 52;
            if (*base < highest)
                efi.memattr = base;
            else
                error(memattr.position_of("base"), "the table lies where no x86 machine has memory");
        } else if (!memattr.has("base")) {
            memattr.missing("base");
        }
        memattr.finish();
    }
    board_.efi = efi;
}

void BoardReader::read_efi_memory(TableReader& table) {
    only_on(is_x86(board_.arch), table.position(), "[[efi_memory]]", "x86 boards");
    const std::optional<std::size_t> type =
        table.word("type", {std::begin(efi_memory_type_names), std::end(efi_memory_type_names)});
    if (!table.has("type")) table.missing("type");
    const std::optional<Base> range = read_range(table);
    if (type && range) board_.efi_memory.push_back({range->base, range->size, static_cast<EfiMemoryType>(*type), table.position()});
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

}  // namespace

Board parse_board(const Source& source) {
    Diagnostics diagnostics(source);
    const TomlValue root = parse_toml(source, diagnostics);
    return BoardReader(source, diagnostics).read(root);
}

}  // namespace zonecalc
