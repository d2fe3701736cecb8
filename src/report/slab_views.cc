// SPDX-License-Identifier: MIT
// Read beside it: mm/slab_common.c print_slabinfo_header(), slab_show(); mm/slub.c get_slabinfo().
#include "report/slab_views.h"

#include <fmt/format.h>

#include <algorithm>
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

std::string report_slabinfo(const Slub& slub) {
    std::string out =
        "slabinfo - version: 2.1\n"
        "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> "
        "<sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n";
    for (std::size_t i = slub.use.size(); i-- > 0;) {
        const SlabCache& c = slub.caches[i];
        const SlabUse& u = slub.use[i];
        out += fmt::format("{:<17} {:6} {:6} {:6} {:4} {:4} : tunables {:4} {:4} {:4} : slabdata {:6} {:6} {:6}\n", c.name,
                           u.active, u.objects, c.size, c.objects, u64{1} << c.order, 0, 0, 0, u.slabs, u.slabs, 0);
    }
    return out;
}

Table start_up_caches_table(const Slub& slub, std::size_t most) {
    Table table(
        {{"CACHE"}, {"OBJECT", true}, {"SIZE", true}, {"ALIGN", true}, {"ORDER", true}, {"OBJECTS", true}, {"SLABS", true}});
    for (std::size_t i = 0; i < std::min(most, slub.start_up_caches.size()); ++i) {
        const SlabCache& c = slub.start_up_caches[i];
        const std::size_t use = slub.caches.size() + i;
        table.row({c.name, std::to_string(c.object_size), std::to_string(c.size), std::to_string(c.align), std::to_string(c.order),
                   std::to_string(c.objects),
                   use < slub.start_up_use.size() ? std::to_string(slub.start_up_use[use].slabs) : std::string("-")});
    }
    return table;
}

Table slab_pages_table(const Kernel& kernel, const Slub& slub) {
    Table table({{"NODE", true},
                 {"ZONE"},
                 {"UNRECLAIMABLE", true},
                 {"RECLAIMABLE", true},
                 {"AT rest_init()", true},
                 {"RECLAIMABLE", true}});
    const bool known = !slub.start_up_use.empty();
    for (const SlabPages& p : known ? slub.start_up_pages : slub.pages) {
        const auto first = std::find_if(slub.pages.begin(), slub.pages.end(),
                                        [&](const SlabPages& f) { return f.node == p.node && f.zone == p.zone; });
        const bool there = first != slub.pages.end();
        table.row({std::to_string(p.node), kernel.behaviours.nr_slab_per_zone ? std::string(to_string(p.zone)) : std::string("-"),
                   std::to_string(there ? first->unreclaimable : 0), std::to_string(there ? first->reclaimable : 0),
                   known ? std::to_string(p.unreclaimable) : "-", known ? std::to_string(p.reclaimable) : "-"});
    }
    return table;
}

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
