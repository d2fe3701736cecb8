// SPDX-License-Identifier: MIT
// Read beside it: mm/vmstat.c frag_show_print(), pagetypeinfo_showfree_print().
#include "report/buddy_views.h"

#include <fmt/format.h>

#include <vector>

namespace zonecalc {

namespace {

u64 blocks(const Zone& zone, unsigned order, std::optional<MigrateType> type) {
    u64 n = 0;
    for (const FreeList& l : zone.free_lists)
        if (l.order == order && (!type || l.type == *type))
            for (const PageRun& r : l.runs) n += r.count;
    return n;
}

// migratetype_names[]
std::vector<MigrateType> types(const Kernel& kernel) {
    using enum MigrateType;
    std::vector<MigrateType> out = kernel.behaviours.migrate_reserve ? std::vector{Unmovable, Reclaimable, Movable, Reserve}
                                                                     : std::vector{Unmovable, Movable, Reclaimable, HighAtomic};
    if (kernel.config_enabled("CMA")) out.push_back(Cma);
    if (kernel.config_enabled("MEMORY_ISOLATION")) out.push_back(Isolate);
    return out;
}

}  // namespace

std::string report_buddyinfo(const Kernel& kernel, const Layout& layout) {
    std::string out;
    for (const Node& node : layout.nodes) {
        for (const Zone& zone : node.zones) {
            if (!zone.populated()) continue;
            out += fmt::format("Node {}, zone {:>8} ", node.id, to_string(zone.type));
            for (unsigned order = 0; order <= kernel.max_order; ++order)
                out += fmt::format("{:6} ", blocks(zone, order, std::nullopt));
            out += '\n';
        }
    }
    return out;
}

std::string report_pagetypeinfo(const Kernel& kernel, const Layout& layout) {
    std::string out = fmt::format("Page block order: {}\nPages per block:  {}\n\n{:<43} ", kernel.pageblock_order,
                                  kernel.pageblock_nr_pages(), "Free pages count per migrate type at order");
    for (unsigned order = 0; order <= kernel.max_order; ++order) out += fmt::format("{:6} ", order);
    out += '\n';
    for (const Node& node : layout.nodes) {
        for (const Zone& zone : node.zones) {
            if (!zone.populated()) continue;
            for (const MigrateType type : types(kernel)) {
                out += fmt::format("Node {:4}, zone {:>8}, type {:>12} ", node.id, to_string(zone.type), to_string(type));
                for (unsigned order = 0; order <= kernel.max_order; ++order) out += fmt::format("{:6} ", blocks(zone, order, type));
                out += '\n';
            }
        }
    }
    return out;
}

}  // namespace zonecalc
