// SPDX-License-Identifier: MIT
// What a running kernel shows under /proc against the prediction. Compared is what does not change from boot on:
//
//   zoneinfo      where zones start, spanned and present pages, watermarks, lowmem reserves, bounds of per-CPU lists
//   buddyinfo     which zones have pages, and how many orders a free block can have
//   pagetypeinfo  the pageblock's order; how many pageblocks each zone has, and how many of them are CMA's. The other types are
//                 not compared: a block changes its type when its pages do.
//   slabinfo      size of an object, objects and pages of a slab, of the caches that kmem_cache_init() makes. Others are the
//                 business of their makers; a boot cache that is not listed was merged or is called otherwise.
//
// How many blocks and objects are free is no property of the boot and never compared.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "report/verify_lines.h"

namespace zonecalc {

namespace {

std::string zone_head(int node, std::string_view zone) {
    return fmt::format("Node {}, zone {}:", node, zone);
}

// A line for each zone, of the kernel's and of ours, as far as the kernel says anything.
class ZoneTable {
public:
    explicit ZoneTable(const ZoneinfoZone& zone) : head_(zone_head(zone.node, zone.zone)) {}

    void figure(std::string_view name, std::optional<u64> kernel, std::optional<u64> mine) {
        if (!kernel) return;
        add(kernel_, name, std::to_string(*kernel));
        if (mine) add(mine_, name, std::to_string(*mine)), known_ = true;
    }
    void list(std::string_view name, const std::vector<u64>& kernel, const std::vector<u64>& mine) {
        if (kernel.empty()) return;
        add(kernel_, name, fmt::format("({})", fmt::join(kernel, ", ")));
        if (!mine.empty()) add(mine_, name, fmt::format("({})", fmt::join(mine, ", "))), known_ = true;
    }
    void finish(Lines& kernel, Lines& mine, bool& known) const {
        if (kernel_.empty()) return;
        kernel.push_back(head_ + kernel_);
        mine.push_back(head_ + (mine_.empty() ? " not there" : mine_));
        known |= known_;
    }

private:
    static void add(std::string& line, std::string_view name, const std::string& value) {
        if (!line.empty()) line += ',';
        line += fmt::format(" {} {}", name, value);
    }
    std::string head_, kernel_, mine_;
    bool known_ = false;
};

u64 sum(const PageblockCounts& counts) {
    u64 total = 0;
    for (const u64 n : counts) total += n;
    return total;
}

}  // namespace

std::vector<GroupResult> compare_zoneinfo(const std::vector<ZoneinfoZone>& zones, const Layout& layout) {
    struct Part {
        std::string_view name, title;
        Lines kernel, mine;
        bool known = false;
    };
    Part parts[] = {{"zoneinfo", "zoneinfo", {}, {}},
                    {"watermarks", "watermarks", {}, {}},
                    {"lowmem_reserve", "lowmem reserve", {}, {}},
                    {"pcp", "per-CPU lists", {}, {}}};
    for (const ZoneinfoZone& z : zones) {
        const Node* node = layout.node(z.node);
        const auto type = zone_from_string(z.zone);
        const Zone* zone = node && type ? node->zone(*type) : nullptr;
        const auto of_zone = [zone](u64 Zone::*member) { return zone ? std::optional<u64>(zone->*member) : std::nullopt; };

        ZoneTable span(z), marks(z), reserve(z), lists(z);
        span.figure("start_pfn", z.start_pfn, of_zone(&Zone::start_pfn));
        span.figure("spanned", z.spanned, of_zone(&Zone::spanned));
        span.figure("present", z.present, of_zone(&Zone::present));
        span.finish(parts[0].kernel, parts[0].mine, parts[0].known);
        if (!z.present || *z.present == 0) continue;
        const auto mark = [zone](u64 Watermark::*member) {
            return zone && zone->watermark ? std::optional<u64>((*zone->watermark).*member) : std::nullopt;
        };
        marks.figure("min", z.min, mark(&Watermark::min));
        marks.figure("low", z.low, mark(&Watermark::low));
        marks.figure("high", z.high, mark(&Watermark::high));
        marks.finish(parts[1].kernel, parts[1].mine, parts[1].known);
        reserve.list("protection", z.protection, zone ? zone->lowmem_reserve : std::vector<u64>{});
        reserve.finish(parts[2].kernel, parts[2].mine, parts[2].known);
        const auto list = [zone](u64 PerCpuPages::*member) {
            return zone && zone->pcp ? std::optional<u64>((*zone->pcp).*member) : std::nullopt;
        };
        lists.figure("batch", z.pcp_batch, list(&PerCpuPages::batch));
        // Where the kernel tunes `high` itself, only its bounds can be known; some releases do not print them.
        const bool tuned = z.pcp_high_min || (zone && zone->pcp && zone->pcp->high_max != 0);
        if (!tuned) lists.figure("high", z.pcp_high, list(&PerCpuPages::high));
        lists.figure("high_min", z.pcp_high_min, list(&PerCpuPages::high_min));
        lists.figure("high_max", z.pcp_high_max, list(&PerCpuPages::high_max));
        lists.finish(parts[3].kernel, parts[3].mine, parts[3].known);
    }
    std::vector<GroupResult> out;
    for (const Part& p : parts)
        out.push_back(p.kernel.empty() ? group_result(p.name, p.title, Verdict::absent)
                      : !p.known       ? group_result(p.name, p.title, Verdict::not_computed)
                                       : compare_lines(p.name, p.title, p.kernel, p.mine));
    return out;
}

GroupResult compare_buddyinfo(const std::vector<BuddyinfoZone>& zones, const Kernel& kernel, const Layout& layout) {
    Lines theirs, mine;
    for (const BuddyinfoZone& z : zones) theirs.push_back(fmt::format("{} {} orders", zone_head(z.node, z.zone), z.orders));
    for (const Node& node : layout.nodes)
        for (const Zone& zone : node.zones)
            if (zone.populated())
                mine.push_back(fmt::format("{} {} orders", zone_head(node.id, to_string(zone.type)), kernel.max_order + 1));
    return compare_lines("buddyinfo", "zones with pages", theirs, mine);
}

GroupResult compare_pagetypeinfo(const Pagetypeinfo& info, const Kernel& kernel, const Layout& layout) {
    constexpr std::string_view name = "pagetypeinfo", title = "pageblocks";
    const auto order = [](u64 n) { return fmt::format("Page block order: {}", n); };
    const auto row = [](int node, std::string_view zone, u64 blocks, std::optional<u64> cma) {
        std::string line = fmt::format("{} {} blocks", zone_head(node, zone), blocks);
        if (cma) line += fmt::format(", {} of CMA", *cma);
        return line;
    };
    Lines theirs{order(info.pageblock_order)}, mine{order(kernel.pageblock_order)};
    bool has_cma = false;
    for (const PageblockRow& r : info.rows) {
        theirs.push_back(row(r.node, r.zone, r.blocks, r.cma));
        has_cma = has_cma || r.cma;
    }
    for (const Node& node : layout.nodes) {
        if (!node.has_memory()) continue;
        for (const Zone& zone : node.zones) {
            if (!zone.populated()) continue;
            if (!zone.managed) return group_result(name, title, Verdict::not_computed);
            const PageblockCounts& counts = zone.started ? zone.started->pageblocks : zone.pageblocks;
            const u64 cma = counts[static_cast<std::size_t>(MigrateType::Cma)];
            mine.push_back(row(node.id, to_string(zone.type), sum(counts), has_cma ? std::optional(cma) : std::nullopt));
        }
    }
    return compare_lines(name, title, theirs, mine);
}

GroupResult compare_slabinfo(const std::vector<SlabinfoCache>& caches, const Layout& layout) {
    constexpr std::string_view name = "slabinfo", title = "boot caches";
    if (!layout.slub || !layout.slub->panic.empty()) return group_result(name, title, Verdict::not_computed);
    std::map<std::string_view, const SlabCache*> known;
    for (const SlabCache& c : layout.slub->caches) known.emplace(c.name, &c);
    const auto line = [](std::string_view cache, u64 size, u64 objects, u64 pages) {
        return fmt::format("{}: objects of {} bytes, {} in {} pages", cache, size, objects, pages);
    };
    Lines theirs, mine;
    for (const SlabinfoCache& c : caches) {
        const auto at = known.find(c.name);
        if (at == known.end()) continue;
        theirs.push_back(line(c.name, c.size, c.objects, c.pages));
        mine.push_back(line(c.name, at->second->size, at->second->objects, u64{1} << at->second->order));
    }
    if (theirs.empty()) return group_result(name, title, Verdict::not_computed);
    return compare_lines(name, title, theirs, mine);
}

}  // namespace zonecalc
