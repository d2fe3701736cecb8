// SPDX-License-Identifier: MIT
// What firmware of PCs tells: e820, SRAT, MTRRs, ACPI's tables, EFI, and what such a machine is like.
#include <fmt/format.h>

#include <charconv>

#include "input/board_reader.h"

namespace zonecalc {

namespace {

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

}  // namespace

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
    if (const auto type = table.word("mtrr_default", mtrr_names)) board_.mtrr_default = mtrr_types[*type];
    for (const std::string_view key :
         {"bios_start", "dmi_bytes", "ioapics", "hpet", "pse", "gb_pages", "la57", "slit", "mtrr_default"})
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

}  // namespace zonecalc
