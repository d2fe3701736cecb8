// SPDX-License-Identifier: MIT
#include "input/proc_files.h"

#include "input/dmesg.h"
#include "input/limits.h"

namespace zonecalc {

namespace {

constexpr std::size_t most_rows = 65536;

[[noreturn]] void refuse(const Source& source, u32 line, std::string why) {
    throw InputError({{Severity::error, source.name, {line, line != 0 ? 1u : 0u}, std::move(why), {}}});
}

// Calls `take` with each line; false stops.
template <typename F>
void each_line(const Source& source, F take) {
    std::string_view rest = source.text;
    for (u32 number = 1; !rest.empty(); ++number) {
        const std::size_t end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
        take(line, number);
    }
}

// "Node 0, zone    DMA32 "
bool node_and_zone(Scan& scan, int& node, std::string& zone) {
    if (!scan.skip("Node ")) return false;
    const auto n = scan.blanks().decimal();
    if (!n || *n >= most_nodes || !scan.skip(", zone")) return false;
    node = static_cast<int>(*n);
    std::string_view word = scan.blanks().word();
    if (word.ends_with(',')) word.remove_suffix(1);
    zone = word.substr(0, 32);
    return !zone.empty();
}

}  // namespace

std::vector<BuddyinfoZone> parse_buddyinfo(const Source& source) {
    std::vector<BuddyinfoZone> zones;
    each_line(source, [&](std::string_view line, u32 number) {
        Scan scan(line);
        BuddyinfoZone z;
        if (!node_and_zone(scan, z.node, z.zone)) return;
        while (scan.blanks().decimal()) ++z.orders;
        if (zones.size() == most_rows) refuse(source, number, "more zones than any machine has");
        zones.push_back(std::move(z));
    });
    if (zones.empty()) refuse(source, 0, "this is no /proc/buddyinfo: it has no line \"Node 0, zone …\"");
    return zones;
}

Pagetypeinfo parse_pagetypeinfo(const Source& source) {
    Pagetypeinfo info;
    std::vector<std::string> types;  // empty: not below "Number of blocks type"
    each_line(source, [&](std::string_view line, u32 number) {
        Scan scan(line);
        if (scan.skip("Page block order:")) {
            info.pageblock_order = scan.blanks().decimal().value_or(0);
        } else if (scan.skip("Number of blocks type")) {
            types.clear();
            while (!scan.blanks().rest.empty()) types.emplace_back(scan.word());
        } else if (PageblockRow row; node_and_zone(scan, row.node, row.zone) && !types.empty()) {
            for (const std::string& type : types) {
                const auto n = scan.blanks().decimal();
                if (!n || *n >= u64{1} << 48) return;
                row.blocks += *n;
                if (type == "CMA") row.cma = *n;
            }
            if (info.rows.size() == most_rows) refuse(source, number, "more zones than any machine has");
            info.rows.push_back(std::move(row));
        } else {
            types.clear();
        }
    });
    if (info.pageblock_order == 0 || info.rows.empty())
        refuse(source, 0, "this is no /proc/pagetypeinfo: it has no lines below \"Number of blocks type\"");
    return info;
}

std::vector<SlabinfoCache> parse_slabinfo(const Source& source) {
    std::vector<SlabinfoCache> caches;
    bool headed = false;
    each_line(source, [&](std::string_view line, u32 number) {
        if (line.starts_with("slabinfo - version: 2")) headed = true;
        if (line.starts_with('#') || line.find(" : tunables ") == line.npos) return;
        Scan scan(line);
        SlabinfoCache c;
        c.name = scan.word();
        std::optional<u64> n[5];  // active objects, objects, size, objects of a slab, pages of a slab
        for (auto& value : n) value = scan.blanks().decimal();
        if (!n[2] || !n[3] || !n[4]) return;
        c.size = *n[2];
        c.objects = *n[3];
        c.pages = *n[4];
        if (caches.size() == most_rows) refuse(source, number, "more caches than any kernel has");
        caches.push_back(std::move(c));
    });
    if (!headed || caches.empty()) refuse(source, 0, "this is no /proc/slabinfo: it does not begin with \"slabinfo - version: 2\"");
    return caches;
}

}  // namespace zonecalc
