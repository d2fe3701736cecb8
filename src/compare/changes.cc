// SPDX-License-Identifier: MIT
// Every figure that can move, of both answers, side by side in one order: the machine, then nodes with their zones.
#include <algorithm>
#include <map>
#include <tuple>

#include "figures/figure.h"
#include "input/figure_text.h"
#include "zonecalc/compare.h"

namespace zonecalc {

namespace {

using Unit = Figure::Unit;

constexpr std::string_view of_machine[] = {"memory",      "reserved", "required_kernelcore", "total_pages", "min_free_kbytes",
                                           "unavailable", "cma"};
constexpr std::string_view of_zone[] = {"start_pfn", "end_pfn",       "spanned",       "present",        "managed",
                                        "free",      "watermark.min", "watermark.low", "watermark.high", "pcp.batch",
                                        "pcp.high",  "pcp.high_min",  "pcp.high_max"};

// What one of the machines says of one figure.
struct Value {
    std::string_view figure;
    Unit unit = Unit::count;
    std::optional<u64> number;
    std::string text;
};

// -1: the machine, or the node as a whole
using Place = std::tuple<int, int>;  // node, zone
using Values = std::map<std::tuple<Place, std::size_t>, Value>;

class Collector {
public:
    explicit Collector(const Outcome& outcome) : outcome_(outcome) {
        const Layout& layout = outcome.layout;
        begin({-1, -1});
        text("panic", layout.panic.value_or(""));
        text("movable path", std::string(to_string(layout.movable.path)));
        text("policy_zone", layout.policy_zone ? std::string(to_string(*layout.policy_zone)) : "");
        for (const std::string_view name : of_machine) number(name, zone_figure(name, {}, {}));
        if (layout.panic) return;
        for (const Node& n : layout.nodes) node(n);
    }
    Values take() { return std::move(values_); }

private:
    void node(const Node& n) {
        begin({n.id, -1});
        if (n.present) {
            put({"start_pfn", Unit::pages, n.range.begin, {}});
            put({"end_pfn", Unit::pages, n.range.end, {}});
        } else {
            next_ += 2;
        }
        put({"present", Unit::pages, n.present, {}});
        text("fallback order", joined(n.fallback_order));
        for (const Zone& z : n.zones) {
            if (z.spanned == 0) continue;
            begin({n.id, static_cast<int>(z.type)});
            for (const std::string_view name : of_zone) number(name, zone_figure(name, z.type, n.id));
            text("lowmem_reserve", joined(z.lowmem_reserve));
        }
    }

    template <typename T>
    static std::string joined(const std::vector<T>& list) {
        std::string out;
        for (const T& x : list) out += (out.empty() ? "" : " ") + std::to_string(x);
        return out;
    }

    void begin(Place place) {
        place_ = place;
        next_ = 0;
    }
    void number(std::string_view name, const Figure& figure) {
        put({name, figure.unit, values_of(figure, outcome_).front().number, {}});
    }
    void text(std::string_view name, std::string value) { put({name, Unit::count, {}, std::move(value)}); }
    void put(Value value) {
        const std::size_t index = next_++;
        if (value.number || !value.text.empty()) values_[{place_, index}] = std::move(value);
    }

    const Outcome& outcome_;
    Place place_;
    std::size_t next_ = 0;
    Values values_;
};

}  // namespace

std::vector<Change> changes_between(const Outcome& before, const Outcome& after) {
    Values a = Collector(before).take(), b = Collector(after).take();
    const bool in_bytes = before.kernel.page_shift != after.kernel.page_shift;
    Values all = a;
    all.insert(b.begin(), b.end());

    std::vector<Change> out;
    for (const auto& entry : all) {
        const auto& key = entry.first;
        const Value& either = entry.second;
        const auto side = [&](Values& values, const Kernel& kernel) {
            Value v = values[key];
            if (in_bytes && either.unit == Unit::pages && v.number) v.number = *v.number << kernel.page_shift;
            return v;
        };
        Value from = side(a, before.kernel), to = side(b, after.kernel);
        if (from.number == to.number && from.text == to.text) continue;
        const auto [node, zone] = std::get<0>(key);
        Change c;
        if (node >= 0) c.node = node;
        if (zone >= 0) c.zone = static_cast<ZoneType>(zone);
        c.figure = either.figure;
        c.unit = in_bytes && either.unit == Unit::pages ? Unit::bytes : either.unit;
        c.address = either.figure.ends_with("_pfn");
        c.before = from.number;
        c.after = to.number;
        c.text_before = std::move(from.text);
        c.text_after = std::move(to.text);
        out.push_back(std::move(c));
    }
    return out;
}

}  // namespace zonecalc
