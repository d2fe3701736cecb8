// SPDX-License-Identifier: MIT
// What start-up does to the page allocator after hand-over.
//
// setup_per_cpu_pageset() gives each zone per-CPU lists of its own; page_alloc_init_late() hands over what was deferred;
// init_per_zone_wmark_min(), an initcall, sets the watermarks, and in 3.x puts a pageblock or two of each zone aside as Reserve.
// A zone that runs dry before the second step gets deferred memory a section at a time.
//
// Blocks are freed in pageblocks (up to 6.3) or blocks of the largest order, and page by page where these are not whole. That makes
// no difference: freed in ascending order they join to the same blocks, which enter the lists in the same order.
//
// With several CPUs on a node the deferred part is split between threads, and the order of lists is a race; here it is ascending.
// Read beside it: mm/mm_init.c deferred_grow_zone(), deferred_init_memmap(), deferred_free_pages(); mm/page_alloc.c
// setup_per_cpu_pageset(), init_per_zone_wmark_min(), setup_zone_migrate_reserve() (3.x).
#include <fmt/format.h>

#include <algorithm>

#include "mm/alloc_walk.h"
#include "mm/page_alloc.h"

namespace zonecalc {

// deferred_free_range(), deferred_free_pages()
void PageAllocator::deferred_init(BuddyZone& zone, PfnRange range) {
    buddy_.set_pageblock_heads(zone, range, MigrateType::Movable);
    buddy_.free_range(range, kernel_.behaviours.boot_free_to_tail);
}

bool PageAllocator::deferred_grow_zone(BuddyZone& zone, unsigned order) {
    const auto at = first_deferred_.find(zone.node);
    if (at == first_deferred_.end()) return false;
    const Node* node = layout_.node(zone.node);
    if (!node || zone.span.end != node->range.begin + node->spanned) return false;

    const WalkStep step(buddy_.walk(), "deferred_grow_zone");
    step.argument("zone", [&] { return zone_in_words(zone); });
    step.argument("order", order);
    step.value("first_deferred_pfn", at->second, WalkUnit::pfn);
    const u64 section = kernel_.pages_per_section();
    const u64 needed = round_up(u64{1} << order, section);
    step.because([&] { return fmt::format("the zone has run dry: sections are initialised until {} pages have come", needed); });
    u64 pages = 0;
    std::optional<Pfn> cursor;  // the next page to initialise
    for (const FreeRange& r : free_ranges_) {
        if (r.node != zone.node && r.node != NUMA_NO_NODE) continue;
        PfnRange part = intersection(r.range, zone.span);
        part.begin = std::max(part.begin, at->second);
        while (!part.empty()) {
            // Only between sections may it stop.
            if (cursor && *cursor / section != part.begin / section && pages >= needed) {
                at->second = part.begin;
                step.value("nr_pages", pages, WalkUnit::pages);
                return true;
            }
            cursor = part.begin;
            const PfnRange piece{part.begin, std::min(part.end, round_down(part.begin, section) + section)};
            deferred_init(zone, piece);
            pages += piece.size();
            part.begin = piece.end;
        }
    }
    step.value("nr_pages", pages, WalkUnit::pages);
    if (pages == 0) {
        // Nothing was left. The caller is told to try once more all the same.
        first_deferred_.erase(at);
        return true;
    }
    at->second = zone.span.end;
    return true;
}

void PageAllocator::page_alloc_init_late(const WatermarkSettings& settings) {
    reclaim_allowed_ = true;
    const WalkNote step(settings.walk);
    if (first_deferred_.empty()) {
        step.because("no struct page was left to be initialised: nothing is handed over");
        return;
    }
    for (const auto& [nid, first] : first_deferred_) deferred_init_memmap(nid, first, settings.walk);
    first_deferred_.clear();
    if (kernel_.behaviours.pcp_updated_after_deferred && !kernel_.behaviours.pcp_high_from_low_wmark) zone_pcp_update(settings);
}

// The node's highest zone only. Where kernelcore=mirror makes it overlap the zone below, what is left of that one is never handed
// over (Debian 6.12.117, mirrored memory above 4 GiB).
void PageAllocator::deferred_init_memmap(int nid, Pfn first, Walker* walker) {
    BuddyZone* zone = nullptr;
    for (BuddyZone& z : buddy_.zones())
        if (z.node == nid && z.present) zone = &z;
    if (!zone) return;
    const WalkStep step(walker, "deferred_init_memmap");
    step.argument("pgdat", nid);
    step.value("first_init_pfn", first, WalkUnit::pfn);
    step.value("zone", [&] { return zone_in_words(*zone); });
    step.because("a thread for each node: what memblock has left of the node's highest zone from there on");
    const u64 before = zone->managed;
    for (const FreeRange& r : free_ranges_) {
        if (r.node != nid && r.node != NUMA_NO_NODE) continue;
        PfnRange part = intersection(r.range, zone->span);
        part.begin = std::max(part.begin, first);
        if (part.empty()) continue;
        deferred_init(*zone, part);
        step.value("deferred_free_pages()", [&] { return fmt::format("pfn {:#x}-{:#x}", part.begin, part.end - 1); });
    }
    step.value("managed_pages", [&] { return fmt::format("{} + {} = {}", before, zone->managed - before, zone->managed); });
}

std::vector<ManagedZone> PageAllocator::managed_zones() const {
    std::vector<ManagedZone> out;
    for (const BuddyZone& z : buddy_.zones()) out.push_back({z.node, z.type, z.present, z.managed, z.watermark, {}, z.pcp.size()});
    return out;
}

void PageAllocator::setup_per_cpu_pageset(const WatermarkSettings& settings) {
    std::vector<ManagedZone> sized = managed_zones();
    zonecalc::setup_per_cpu_pageset(settings, sized);
    resize_per_cpu_lists(sized);
}

void PageAllocator::zone_pcp_update(const WatermarkSettings& settings) {
    std::vector<ManagedZone> sized = managed_zones();
    zonecalc::zone_pcp_update(settings, sized);
    resize_per_cpu_lists(sized);
}

void PageAllocator::resize_per_cpu_lists(const std::vector<ManagedZone>& sized) {
    for (std::size_t i = 0; i < sized.size(); ++i)
        if (buddy_.zones()[i].present) buddy_.zones()[i].pcp.resize(sized[i].pcp);
}

void PageAllocator::init_per_zone_wmark_min(const WatermarkSettings& settings) {
    reclaim_allowed_ = true;
    std::vector<ManagedZone> sized = managed_zones();
    WatermarkSettings untold = settings;
    untold.walk = nullptr;
    zonecalc::init_per_zone_wmark_min(untold, sized);
    for (std::size_t i = 0; i < sized.size(); ++i) {
        BuddyZone& zone = buddy_.zones()[i];
        zone.watermark = sized[i].watermark;
        std::copy_n(sized[i].lowmem_reserve.begin(), std::min(sized[i].lowmem_reserve.size(), zone.lowmem_reserve.size()),
                    zone.lowmem_reserve.begin());
        if (kernel_.behaviours.pcp_high_from_low_wmark && zone.present) zone.pcp.resize(sized[i].pcp);
        if (kernel_.behaviours.alloc_fair)
            zone.alloc_batch = static_cast<i64>(zone.watermark.high) - static_cast<i64>(zone.watermark.low);
        if (kernel_.behaviours.migrate_reserve) setup_zone_migrate_reserve(zone, settings.walk);
    }
}

// The lowest Movable pageblocks that hold nothing reserved.
void PageAllocator::setup_zone_migrate_reserve(BuddyZone& zone, Walker* walk) {
    const WalkStep step(zone.present ? walk : nullptr, "setup_zone_migrate_reserve");
    step.argument("zone", [&] { return zone_in_words(zone); });
    const u64 block = kernel_.pageblock_nr_pages();
    const u64 wanted = std::min<u64>(2, div_round_up(zone.watermark.min, block));
    step.value("reserve", wanted);
    step.because("as many pageblocks as the min watermark fills, two at the most; the lowest ones that hold nothing reserved");
    Pfn pfn = round_up(zone.span.begin, block);
    while (zone.reserve_blocks < wanted && pfn < zone.span.end) {
        const PfnRange range{pfn, std::min(pfn + block, zone.span.end)};
        if (!buddy_.handed_over(range)) {
            const auto next = buddy_.next_handed_over(pfn);
            if (!next) return;
            pfn = std::max(pfn + block, round_up(*next, block));
            continue;
        }
        if (buddy_.pageblock_type(zone, pfn) != MigrateType::Movable) {
            const Pfn next = buddy_.pageblocks(zone).same_until(pfn);
            if (next == ~Pfn{0}) return;
            pfn = std::max(pfn + block, next);
            continue;
        }
        buddy_.set_pageblock_type(zone, pfn, MigrateType::Reserve);
        rmqueue_.move_freepages_block(zone, pfn, MigrateType::Reserve);
        ++zone.reserve_blocks;
        step.value("MIGRATE_RESERVE", [&] { return fmt::format("pfn {:#x}-{:#x}", pfn, pfn + block - 1); });
        pfn += block;
    }
}

}  // namespace zonecalc
