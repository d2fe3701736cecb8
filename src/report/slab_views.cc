// SPDX-License-Identifier: MIT
#include "report/slab_views.h"

#include <fmt/format.h>

#include <utility>

namespace zonecalc {

namespace {

// Equal requests, one after the other, that got one block after the other out of the type's own lists.
struct Stretch {
    const FirstAllocation* first = nullptr;
    std::size_t count = 0;

    bool takes(const FirstAllocation& a) const {
        return a.step == first->step && a.order == first->order && a.gfp == first->gfp && a.what == first->what &&
               a.node == first->node && a.zone == first->zone && a.type == first->type && !a.origin.fallback &&
               a.recorded == first->recorded && a.pfn == first->pfn + (count << first->order);
    }
};

std::vector<Stretch> stretches(const Layout& layout) {
    std::vector<Stretch> out;
    for (const FirstAllocation& a : layout.allocations) {
        if (out.empty() || !out.back().takes(a)) out.push_back({&a, 0});
        ++out.back().count;
    }
    return out;
}

std::string from(const BlockOrigin& origin) {
    if (!origin.fallback) return "-";
    return fmt::format("{}, {} {}", origin.claimed ? "claimed" : "stolen", to_string(*origin.fallback),
                       origin.order ? fmt::format("order {}", *origin.order) : "");
}

}  // namespace

Table allocations_table(const Layout& layout, std::size_t most, std::size_t& left_out) {
    Table table({{"IN"},
                 {"REQUESTS", true},
                 {"ORDER", true},
                 {"GFP", true},
                 {"NODE:ZONE"},
                 {"PFN", true},
                 {"TYPE"},
                 {"FALLBACK"},
                 {"FOR"}});
    std::string_view step;
    std::size_t lines = 0;
    left_out = 0;
    for (const Stretch& s : stretches(layout)) {
        if (lines++ >= most) {
            left_out += s.count;
            continue;
        }
        const FirstAllocation& a = *s.first;
        table.row({std::exchange(step, a.step) == a.step ? "" : std::string(a.step), std::to_string(s.count),
                   std::to_string(a.order), fmt::format("{:#x}", a.gfp), fmt::format("{}:{}", a.node, to_string(a.zone)),
                   s.count == 1 ? std::to_string(a.pfn) : fmt::format("{}-{}", a.pfn, a.pfn + ((s.count << a.order) - 1)),
                   std::string(to_string(a.type)), from(a.origin), a.what});
    }
    return table;
}

}  // namespace zonecalc
