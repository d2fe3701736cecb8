// SPDX-License-Identifier: MIT
// Node after node, as the kernel's seq_file goes over them; pagetypeinfo repeats its head for each and leaves nodes without memory
// out, buddyinfo has a line for each zone that has memory.
// Read beside it: mm/vmstat.c frag_show_print(), pagetypeinfo_show().
#include "report/buddy_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace zonecalc {

namespace {

constexpr u64 pagetypeinfo_most = 100000;

const std::vector<FreeList>& lists_of(const Zone& zone, FreeListMoment moment) {
    return moment == FreeListMoment::started && zone.started ? zone.started->free_lists : zone.free_lists;
}

u64 blocks(const std::vector<FreeList>& lists, unsigned order, std::optional<MigrateType> type) {
    u64 n = 0;
    for (const FreeList& l : lists)
        if (l.order == order && (!type || l.type == *type))
            for (const PageRun& r : l.runs) n += r.count;
    return n;
}

// migratetype_names[]
std::vector<MigrateType> types(const Kernel& kernel, const Layout& layout) {
    using enum MigrateType;
    std::vector<MigrateType> out = kernel.behaviours.migrate_reserve ? std::vector{Unmovable, Reclaimable, Movable, Reserve}
                                                                     : std::vector{Unmovable, Movable, Reclaimable, HighAtomic};
    if (kernel.config_enabled("CMA") || !layout.cma_areas.empty()) out.push_back(Cma);
    if (kernel.config_enabled("MEMORY_ISOLATION")) out.push_back(Isolate);
    return out;
}

void pagetypeinfo_showfree(std::string& out, const Kernel& kernel, const Layout& layout, const Node& node, FreeListMoment moment) {
    out += fmt::format("{:<43} ", "Free pages count per migrate type at order");
    for (unsigned order = 0; order <= kernel.max_order; ++order) out += fmt::format("{:6} ", order);
    out += '\n';
    for (const Zone& zone : node.zones) {
        if (!zone.populated()) continue;
        for (const MigrateType type : types(kernel, layout)) {
            out += fmt::format("Node {:4}, zone {:>8}, type {:>12} ", node.id, to_string(zone.type), to_string(type));
            for (unsigned order = 0; order <= kernel.max_order; ++order) {
                const u64 n = blocks(lists_of(zone, moment), order, type);
                if (kernel.behaviours.pagetypeinfo_capped && n >= pagetypeinfo_most)
                    out += fmt::format(">{:6} ", pagetypeinfo_most);
                else
                    out += fmt::format("{:6} ", n);
            }
            out += '\n';
        }
    }
}

void pagetypeinfo_showblockcount(std::string& out, const Kernel& kernel, const Layout& layout, const Node& node,
                                 FreeListMoment moment) {
    out += fmt::format("\n{:<23}", "Number of blocks type ");
    for (const MigrateType type : types(kernel, layout)) out += fmt::format("{:>12} ", to_string(type));
    out += '\n';
    for (const Zone& zone : node.zones) {
        if (!zone.populated()) continue;
        const PageblockCounts& counts =
            moment == FreeListMoment::started && zone.started ? zone.started->pageblocks : zone.pageblocks;
        out += fmt::format("Node {}, zone {:>8} ", node.id, to_string(zone.type));
        for (const MigrateType type : types(kernel, layout)) out += fmt::format("{:12} ", counts[static_cast<std::size_t>(type)]);
        out += '\n';
    }
}

}  // namespace

bool has_free_lists(const Layout& layout) {
    return std::any_of(layout.nodes.begin(), layout.nodes.end(), [](const Node& n) {
        return std::any_of(n.zones.begin(), n.zones.end(), [](const Zone& z) { return z.managed.has_value(); });
    });
}

std::string report_buddyinfo(const Kernel& kernel, const Layout& layout, FreeListMoment moment) {
    std::string out;
    for (const Node& node : layout.nodes) {
        for (const Zone& zone : node.zones) {
            if (!zone.populated()) continue;
            out += fmt::format("Node {}, zone {:>8} ", node.id, to_string(zone.type));
            for (unsigned order = 0; order <= kernel.max_order; ++order)
                out += fmt::format("{:6} ", blocks(lists_of(zone, moment), order, std::nullopt));
            out += '\n';
        }
    }
    return out;
}

std::string report_pagetypeinfo(const Kernel& kernel, const Layout& layout, FreeListMoment moment) {
    std::string out;
    for (const Node& node : layout.nodes) {
        if (!node.has_memory()) continue;
        out += fmt::format("Page block order: {}\nPages per block:  {}\n\n", kernel.pageblock_order, kernel.pageblock_nr_pages());
        pagetypeinfo_showfree(out, kernel, layout, node, moment);
        pagetypeinfo_showblockcount(out, kernel, layout, node, moment);
    }
    return out;
}

Table free_blocks_table(const Kernel& kernel, const Layout& layout, FreeListMoment moment) {
    std::vector<Column> columns{{"NODE", true}, {"ZONE"}, {"TYPE"}};
    for (unsigned order = 0; order <= kernel.max_order; ++order) columns.push_back({std::to_string(order), true});
    Table table(columns);
    for (const Node& node : layout.nodes) {
        for (const Zone& zone : node.zones) {
            if (!zone.populated() || !zone.managed) continue;
            if (moment == FreeListMoment::started && (!zone.started || zone.started->free_lists == zone.free_lists)) continue;
            const std::vector<FreeList>& lists = lists_of(zone, moment);
            bool first = true;
            for (const MigrateType type : types(kernel, layout)) {
                if (std::none_of(lists.begin(), lists.end(), [&](const FreeList& l) { return l.type == type; })) continue;
                std::vector<Cell> cells{first ? std::to_string(node.id) : "", first ? std::string(to_string(zone.type)) : "",
                                        std::string(to_string(type))};
                for (unsigned order = 0; order <= kernel.max_order; ++order) {
                    const u64 n = blocks(lists, order, type);
                    cells.push_back(n ? std::to_string(n) : "-");
                }
                table.row(std::move(cells));
                first = false;
            }
            if (first) table.row({std::to_string(node.id), std::string(to_string(zone.type)), "none"});
        }
    }
    return table;
}

Table zone_reserves_table(const Layout& layout) {
    Table table({{"NODE", true},
                 {"ZONE"},
                 {"MANAGED", true},
                 {"MIN", true},
                 {"LOW", true},
                 {"HIGH", true},
                 {"BATCH", true},
                 {"PER-CPU", true},
                 {"LOWMEM RESERVE"}});
    for (const Node& node : layout.nodes) {
        for (const Zone& zone : node.zones) {
            if (!zone.populated() || !zone.watermark || !zone.pcp) continue;
            const PerCpuPages& pcp = *zone.pcp;
            table.row({std::to_string(node.id), std::string(to_string(zone.type)),
                       std::to_string(zone.started ? zone.started->managed : zone.managed.value_or(0)),
                       std::to_string(zone.watermark->min), std::to_string(zone.watermark->low),
                       std::to_string(zone.watermark->high), std::to_string(pcp.batch),
                       pcp.high_max ? fmt::format("{}-{}", pcp.high_min, pcp.high_max) : std::to_string(pcp.high),
                       fmt::format("{}", fmt::join(zone.lowmem_reserve, " "))});
        }
    }
    return table;
}

}  // namespace zonecalc
