// SPDX-License-Identifier: MIT
// Three kinds of line matter: "Node 0, zone      DMA" opens a zone, "        min      180" is a figure of the zone, and
// "              batch: 1" one of its per-CPU lists, as is "    start_pfn:  1" of the zone. Everything else is passed over.
#include "input/zoneinfo.h"

#include "input/dmesg.h"
#include "input/limits.h"

namespace zonecalc {

namespace {

constexpr std::size_t most_zones = most_nodes * MAX_NR_ZONES;
constexpr std::size_t most_protected = 16;

std::optional<u64>* figure(ZoneinfoZone& z, std::string_view word) {
    if (word == "min") return &z.min;
    if (word == "low") return &z.low;
    if (word == "high") return &z.high;
    if (word == "spanned") return &z.spanned;
    if (word == "present") return &z.present;
    if (word == "managed") return &z.managed;
    if (word == "start_pfn:") return &z.start_pfn;
    if (word == "batch:") return &z.pcp_batch;
    if (word == "high:") return &z.pcp_high;
    if (word == "high_min:") return &z.pcp_high_min;
    if (word == "high_max:") return &z.pcp_high_max;
    return nullptr;
}

// "(0, 1955, 1955)"
std::vector<u64> numbers(std::string_view text) {
    std::vector<u64> out;
    Scan scan(text);
    if (!scan.blanks().skip("(")) return out;
    while (out.size() < most_protected) {
        const auto n = scan.blanks().decimal();
        if (!n) break;
        out.push_back(*n);
        if (!scan.skip(",")) break;
    }
    return out;
}

}  // namespace

std::vector<ZoneinfoZone> parse_zoneinfo(const Source& source) {
    std::vector<ZoneinfoZone> zones;
    const std::string_view text = source.text;
    u32 number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        Scan scan(text.substr(at, end - at));
        at = end + 1;
        ++number;
        if (scan.skip("Node ")) {
            const auto node = scan.decimal();
            if (!node || *node >= most_nodes || !scan.skip(", zone ")) continue;
            const std::string_view zone = scan.blanks().word();
            if (zone.empty()) continue;
            if (zones.size() == most_zones)
                throw InputError({{Severity::error, source.name, {number, 1}, "more zones than any machine has", {}}});
            zones.emplace_back();
            zones.back().node = static_cast<int>(*node);
            zones.back().zone = zone.substr(0, 32);
            continue;
        }
        if (zones.empty()) continue;
        ZoneinfoZone& z = zones.back();
        scan.blanks();
        scan.skip("pages ");  // 2.6 and 3.x: "  pages free", with the marks below it
        const std::string_view word = scan.word();
        if (word == "protection:") {
            if (z.protection.empty()) z.protection = numbers(scan.rest);
        } else if (std::optional<u64>* f = figure(z, word); f && !*f) {
            const auto value = scan.blanks().decimal();
            if (value && scan.blanks().rest.empty()) *f = value;
        }
    }
    if (zones.empty())
        throw InputError({{Severity::error, source.name, {}, "this is no /proc/zoneinfo: it has no line \"Node 0, zone …\"", {}}});
    return zones;
}

}  // namespace zonecalc
