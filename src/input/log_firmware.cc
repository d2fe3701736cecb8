// SPDX-License-Identifier: MIT
// What firmware hands over: the e820 and EFI memory maps, MTRRs, ACPI tables and their SRAT.
#include "input/log_lines.h"

namespace zonecalc::log_lines {

std::optional<int> node_number(Scan& scan) {
    const auto n = scan.decimal();
    if (!n || *n >= most_nodes) return std::nullopt;
    return static_cast<int>(*n);
}

E820Type e820_type(std::string_view word) {
    if (word.starts_with("(") && word.ends_with(")") && word.size() > 2) word = word.substr(1, word.size() - 2);
    if (word.starts_with("usable") || word.starts_with("System RAM")) return E820Type::ram;
    if (has(word, "oft reserved") || has(word, "pecific purpose")) return E820Type::soft_reserved;
    if (has(word, "ACPI data") || has(word, "ACPI reclaim")) return E820Type::acpi;
    if (has(word, "ACPI NVS")) return E820Type::nvs;
    if (has(word, "unusable")) return E820Type::unusable;
    if (has(word, "ersistent")) return has(word, "12") ? E820Type::pram : E820Type::pmem;
    if (word.starts_with("type ")) {
        const auto number = Scan(word.substr(5)).decimal();  // firmware's own; the kernel keeps the number
        if (number && *number > 2 && *number < 0x10000) return static_cast<E820Type>(*number);
    }
    return E820Type::reserved;
}

// "[mem 0x…-0x…] usable"; before 3.5 "0000000000000000 - 000000000009f400 (usable)", the end exclusive
std::optional<E820Entry> e820_entry(std::string_view t, u32 line) {
    Scan scan(t);
    const bool old = !scan.blanks().rest.starts_with("[");
    auto span = scan_span(scan);
    if (!span) return std::nullopt;
    if (old) {
        if (span->last == span->base) return std::nullopt;
        --span->last;
    }
    const std::string_view type = scan.blanks().rest;
    if (type.empty()) return std::nullopt;
    return E820Entry{span->base, span->size(), e820_type(type), {line, 1}};
}

// "mem00: [Conventional|…|WB|WT|WC|UC] range=[0x…-0x…] (0MB)" (x86), "  0x…-0x… [Conventional|…]" (arm64)
std::optional<EfiRange> efi_range(std::string_view t, u32 line) {
    Scan scan(t);
    scan.blanks();
    EfiRange r;
    r.line = line;
    std::optional<LogSpan> span;
    std::string_view marks;
    if (scan.rest.starts_with("mem") && has(scan.rest, "range=")) {
        const std::size_t open = scan.rest.find('['), at = scan.rest.find("range=");
        if (open == scan.rest.npos) return std::nullopt;
        marks = scan.rest.substr(open + 1, at > open ? at - open - 1 : 0);
        Scan range(scan.rest.substr(at + 6));
        span = scan_span(range);
    } else if (scan.rest.starts_with("0x")) {
        span = scan_span(scan);
        const std::size_t open = scan.rest.find('[');
        if (open == scan.rest.npos) return std::nullopt;
        marks = scan.rest.substr(open + 1);
    }
    if (!span) return std::nullopt;
    std::string_view type = marks.substr(0, marks.find('|'));
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    r.base = span->base;
    r.size = span->size();
    r.type = type;
    r.cached = has(marks, "|WB") || has(marks, "|WT") || has(marks, "|WC");
    r.mirror = has(marks, "|MR|");
    return r;
}

std::optional<MtrrType> mtrr_type(std::string_view word) {
    if (word.starts_with("uncachable")) return MtrrType::uncachable;
    if (word.starts_with("write-combining")) return MtrrType::write_combining;
    if (word.starts_with("write-through")) return MtrrType::write_through;
    if (word.starts_with("write-protect")) return MtrrType::write_protected;
    if (word.starts_with("write-back")) return MtrrType::write_back;
    return std::nullopt;
}

// "0 base 0000C0000000 mask 3FFFC0000000 uncachable", "1 disabled"
bool mtrr(std::string_view t, u32 line, std::vector<MtrrRange>& out) {
    Scan scan(t);
    if (!scan.decimal()) return false;
    if (scan.blanks().skip("disabled")) return true;
    if (!scan.skip("base ")) return false;
    const auto base = scan.hex();
    if (!base || !scan.blanks().skip("mask ")) return false;
    const auto mask = scan.hex();
    const auto type = mtrr_type(scan.blanks().rest);
    if (!mask || !type) return false;
    const u64 size = *mask & (~*mask + 1);  // its lowest bit: masks have no gaps
    if (size != 0) out.push_back({*base, size, *type, {line, 1}});
    return true;
}

// "ACPI: APIC 0x000000003FFE19A5 000078 (v01 …)", "ACPI: FACS 0x3FFE0000 000040"
bool acpi_table(std::string_view t, u32 line, LogFacts& facts) {
    if (!t.starts_with("ACPI: ")) return false;
    Scan scan(t.substr(6));
    const std::string_view name = scan.word();
    if (name.size() != 4 || !scan.blanks().rest.starts_with("0x")) return false;
    const auto base = scan.hex();
    const auto size = scan.blanks().hex();
    if (!base || !size || *size == 0 || *size >= u64{1} << 32) return false;
    if (name == "SLIT") facts.distances.say(0, line), facts.slit.say(true, line);
    if (name == "HPET") facts.hpet = true;
    if (name != "RSDP" && name != "RSDT" && name != "XSDT" && facts.acpi_tables.size() < 256)
        facts.acpi_tables.push_back({std::string(name), *base, *size, {line, 1}});
    return true;
}

// "Node 0 PXM 0 [mem 0x0-0x9ffff] hotplug", "PXM 0 -> APIC 0x00 -> Node 0"; before 3.5 "Node 0 PXM 0 0-a0000"
void srat(std::string_view t, u32 line, LogFacts& facts) {
    Scan scan(t);
    if (scan.skip("Node ")) {
        const auto node = node_number(scan);
        if (!node || !scan.skip(" PXM ") || !scan.decimal()) return;
        const bool old = !scan.blanks().rest.starts_with("[");
        auto span = scan_span(scan);
        if (!span) return;
        if (old && span->last > span->base) --span->last;
        facts.srat.push_back({span->base, span->size(), *node, has(scan.rest, "hotplug"), {line, 1}});
    } else if (scan.skip("PXM ")) {
        const std::size_t at = t.find("-> Node ");
        if (at == t.npos) return;
        Scan number(t.substr(at + 8));
        const auto node = node_number(number);
        const u32 cpu = static_cast<u32>(facts.cpu_nodes.size());
        if (node && cpu < most_cpus) facts.cpu_nodes.push_back({cpu, *node});
        facts.cpus_line = line;
    }
}

}  // namespace zonecalc::log_lines
