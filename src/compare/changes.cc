// SPDX-License-Identifier: MIT
// Every figure that can move, of both answers, side by side in one order: the machine, then nodes with their zones.
#include <map>
#include <tuple>

#include "zonecalc/compare.h"

namespace zonecalc {

namespace {

using Unit = Figure::Unit;

struct Value {
    std::optional<u64> number;
    std::string text;
    bool operator==(const Value&) const = default;
};

// -1: the machine, or the node as a whole
using Key = std::tuple<int, int, int>;  // node, zone, place among the figures

struct FigureOf {
    std::string_view name;
    Unit unit;
    bool address;
};

constexpr FigureOf machine_figures[] = {
    {"panic", Unit::count, false},
    {"memory", Unit::bytes, false},
    {"reserved", Unit::bytes, false},
    {"movable path", Unit::count, false},
    {"required_kernelcore", Unit::pages, false},
    {"total_pages", Unit::pages, false},
    {"policy_zone", Unit::count, false},
    {"min_free_kbytes", Unit::kib, false},
    {"unavailable", Unit::pages, false},
    {"cma", Unit::pages, false},
};
constexpr FigureOf node_figures[] = {
    {"start_pfn", Unit::pages, true},
    {"end_pfn", Unit::pages, true},
    {"present", Unit::pages, false},
    {"fallback order", Unit::count, false},
};
constexpr FigureOf zone_figures[] = {
    {"start_pfn", Unit::pages, true},       {"end_pfn", Unit::pages, true},        {"spanned", Unit::pages, false},
    {"present", Unit::pages, false},        {"managed", Unit::pages, false},       {"free", Unit::pages, false},
    {"watermark.min", Unit::pages, false},  {"watermark.low", Unit::pages, false}, {"watermark.high", Unit::pages, false},
    {"lowmem_reserve", Unit::count, false}, {"pcp.batch", Unit::pages, false},     {"pcp.high", Unit::pages, false},
};

class Figures {
public:
    explicit Figures(const Layout& layout) {
        machine(layout);
        if (layout.panic) return;
        for (const Node& n : layout.nodes) node(n);
    }
    const std::map<Key, Value>& all() const { return values_; }

private:
    void put(int node, int zone, int index, Value value) {
        if (value.number || !value.text.empty()) values_[{node, zone, index}] = std::move(value);
    }

    static u64 bytes_of(const std::vector<MemblockRegion>& list) {
        u64 sum = 0;
        for (const MemblockRegion& r : list) sum += r.size;
        return sum;
    }

    void machine(const Layout& l) {
        u64 unavailable = l.unavailable_pages;
        if (unavailable == 0)
            for (const UnavailableRange& u : l.unavailable) unavailable += u.pages;
        const auto cma = l.memory_line ? std::optional<u64>(l.memory_line->cma) : std::nullopt;
        const Value values[] = {
            {std::nullopt, l.panic.value_or("")},
            {bytes_of(l.memory), {}},
            {bytes_of(l.reserved), {}},
            {std::nullopt, std::string(to_string(l.movable.path))},
            {l.movable.required_kernelcore, {}},
            {l.total_pages, {}},
            {std::nullopt, l.policy_zone ? std::string(to_string(*l.policy_zone)) : ""},
            {l.min_free_kbytes, {}},
            {unavailable, {}},
            {cma, {}},
        };
        static_assert(std::size(values) == std::size(machine_figures));
        for (std::size_t i = 0; i < std::size(values); ++i) put(-1, -1, static_cast<int>(i), values[i]);
    }

    void node(const Node& n) {
        std::string order;
        for (const int id : n.fallback_order) order += (order.empty() ? "" : " ") + std::to_string(id);
        if (n.present) {
            put(n.id, -1, 0, {n.range.begin, {}});
            put(n.id, -1, 1, {n.range.end, {}});
        }
        put(n.id, -1, 2, {n.present, {}});
        put(n.id, -1, 3, {std::nullopt, order});
        for (const Zone& z : n.zones) zone(n.id, z);
    }

    void zone(int node, const Zone& z) {
        if (z.spanned == 0) return;
        std::string reserve;
        for (const u64 pages : z.lowmem_reserve) reserve += (reserve.empty() ? "" : " ") + std::to_string(pages);
        const auto mark = [&z](u64 Watermark::*field) {
            return z.watermark ? std::optional<u64>((*z.watermark).*field) : std::nullopt;
        };
        const auto pcp = [&z](u64 PerCpuPages::*field) { return z.pcp ? std::optional<u64>((*z.pcp).*field) : std::nullopt; };
        const Value values[] = {
            {z.start_pfn, {}},
            {z.end_pfn(), {}},
            {z.spanned, {}},
            {z.present, {}},
            {z.managed, {}},
            {z.managed ? std::optional(z.free_pages) : std::nullopt, {}},
            {mark(&Watermark::min), {}},
            {mark(&Watermark::low), {}},
            {mark(&Watermark::high), {}},
            {std::nullopt, reserve},
            {pcp(&PerCpuPages::batch), {}},
            {z.pcp && z.pcp->high_max ? pcp(&PerCpuPages::high_max) : pcp(&PerCpuPages::high), {}},
        };
        static_assert(std::size(values) == std::size(zone_figures));
        for (std::size_t i = 0; i < std::size(values); ++i) put(node, static_cast<int>(z.type), static_cast<int>(i), values[i]);
    }

    std::map<Key, Value> values_;
};

const FigureOf& figure_at(const Key& key) {
    const auto [node, zone, index] = key;
    const auto at = static_cast<std::size_t>(index);
    return node < 0 ? machine_figures[at] : zone < 0 ? node_figures[at] : zone_figures[at];
}

}  // namespace

std::vector<Change> changes_between(const Outcome& before, const Outcome& after) {
    const Figures a(before.layout), b(after.layout);
    const bool in_bytes = before.kernel.page_shift != after.kernel.page_shift;
    std::map<Key, std::pair<Value, Value>> sides;
    for (const auto& [key, value] : a.all()) sides[key].first = value;
    for (const auto& [key, value] : b.all()) sides[key].second = value;

    std::vector<Change> out;
    for (auto& [key, side] : sides) {
        auto& [from, to] = side;
        const FigureOf& figure = figure_at(key);
        Change c;
        c.unit = figure.unit;
        if (in_bytes && figure.unit == Unit::pages) {
            if (from.number) from.number = *from.number << before.kernel.page_shift;
            if (to.number) to.number = *to.number << after.kernel.page_shift;
            c.unit = Unit::bytes;
        }
        if (from == to) continue;
        if (std::get<0>(key) >= 0) c.node = std::get<0>(key);
        if (std::get<1>(key) >= 0) c.zone = static_cast<ZoneType>(std::get<1>(key));
        c.figure = figure.name;
        c.address = figure.address;
        c.before = from.number;
        c.after = to.number;
        c.text_before = std::move(from.text);
        c.text_after = std::move(to.text);
        out.push_back(std::move(c));
    }
    return out;
}

}  // namespace zonecalc
