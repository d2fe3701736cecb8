// SPDX-License-Identifier: MIT
// Zones as the page allocator sees them, and freeing into them: free_one_page() of mm/page_alloc.c [3.13..7.1]. Pfns and pages.
#pragma once

#include <map>
#include <vector>

#include "mm/free_area.h"
#include "mm/pcp.h"
#include "mm/walk.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// struct zone
struct BuddyZone {
    BuddyZone(int n, const Zone& z, unsigned max_order)
        : node(n),
          type(z.type),
          span{z.start_pfn, z.end_pfn()},
          present(z.present),
          managed_initial(z.managed_initial),
          free(max_order) {}

    int node;
    ZoneType type;
    PfnRange span;
    u64 present;
    u64 managed_initial;
    u64 managed = 0;

    FreeArea free;
    i64 nr_free_pages = 0;  // NR_FREE_PAGES
    i64 nr_free_cma = 0;    // NR_FREE_CMA_PAGES
    i64 bulk_taken = 0;     // taken by rmqueue_bulk() and not yet off NR_FREE_PAGES
    u64 nr_highatomic = 0;  // nr_reserved_highatomic
    i64 alloc_batch = 0;    // NR_ALLOC_BATCH
    PerCpuLists pcp;
    Watermark watermark;
    std::vector<u64> lowmem_reserve;  // by zone of the kernel
    bool below_high = false;          // ZONE_BELOW_HIGH
    u64 reserve_blocks = 0;           // nr_migrate_reserve_block

    bool spans(Pfn pfn) const { return span.contains(pfn); }
};

class Buddy {
public:
    // Pages which zone's struct pages have been initialised for, and how: nothing is free yet.
    Buddy(const Kernel& kernel, const Layout& layout);

    // From now on the walk is told.
    void follow(Walker* walk) { walk_ = walk; }
    Walker* walk() const { return walk_; }

    const Kernel& kernel() const { return kernel_; }
    const Layout& layout() const { return layout_; }
    std::vector<BuddyZone>& zones() { return zones_; }
    const std::vector<BuddyZone>& zones() const { return zones_; }
    BuddyZone* zone(int node, ZoneType type);

    // page_zone(): the zone in the struct page. Null where no memory is.
    BuddyZone* zone_of(Pfn pfn);
    // Up to where pfns from `pfn` on belong to one zone.
    Pfn same_zone_until(Pfn pfn) const;
    // Pfns of a zone with memory behind them, ascending.
    std::vector<PfnRange> pages_of(const BuddyZone& zone) const;

    // get_pageblock_migratetype(), set_pageblock_migratetype(). With FLATMEM each zone has a map of its own.
    MigrateType pageblock_type(const BuddyZone& zone, Pfn pfn) const { return map_of(zone).get(pfn); }
    void set_pageblock_type(BuddyZone& zone, Pfn pfn, MigrateType type) { map_of(zone).set(pfn, coerced(type)); }
    void set_pageblock_heads(BuddyZone& zone, PfnRange range, MigrateType type) { map_of(zone).set_heads(range, coerced(type)); }
    // change_pageblock_range(): the pageblocks of a block of `order`.
    void change_pageblock_range(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType type);
    const PageblockTypes& pageblocks(const BuddyZone& zone) const { return map_of(zone); }

    // page_group_by_mobility_disabled
    bool mobility_disabled() const { return !layout_.mobility_grouping; }

    // __free_one_page()
    void free_one_page(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType type, bool to_tail);
    // __free_pages_ok(): past the per-CPU lists.
    void free_pages_ok(BuddyZone& zone, Pfn pfn, unsigned order, bool to_tail);
    // Hands memory over: frees `range` as the largest aligned blocks that fit, lowest first. Page by page has the same result.
    void free_range(PfnRange range, bool to_tail);
    // Have all these pages been handed over, once? What has not is PageReserved or no memory.
    bool handed_over(PfnRange range) const;
    bool touches_handed_over(PfnRange range) const {
        const auto next = next_handed_over(range.begin);
        return next && *next < range.end;
    }
    // The first page from `pfn` on that has been handed over.
    std::optional<Pfn> next_handed_over(Pfn pfn) const;
    // Free pages that got no zone and so are nobody's.
    void note_nowhere(u64 pages) { nowhere_ += pages; }
    u64 nowhere() const { return nowhere_; }
    // All pages that have memory, as they are now.
    std::vector<PageStretch> page_map() const;
    // Reserved pages that are given back: from now on they are managed.
    void adjust_managed_page_count(BuddyZone& zone, PfnRange range);

    // Takes a free block off its list, or puts it on one; keeps count.
    void remove(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType type);
    void add(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType type, bool to_tail);
    // move_to_free_list()
    void move(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType from, MigrateType to);

private:
    struct PageZones {
        PfnRange range;
        std::size_t zone;
    };

    void paint_zones();
    bool holes_are_unavailable() const;
    bool walked(const BuddyZone& zone) const;
    PfnRange initialised_by(const BuddyZone& zone) const;
    bool initialises(const BuddyZone& zone, const MemblockRegion& region, Pfn pfn) const;
    void memmap_init();
    std::vector<PfnRange> memmap_init_visits(const BuddyZone& zone) const;
    MigrateType coerced(MigrateType type) const;
    PageblockTypes& map_of(const BuddyZone& zone) {
        return maps_[maps_.size() == 1 ? 0 : static_cast<std::size_t>(&zone - zones_.data())];
    }
    const PageblockTypes& map_of(const BuddyZone& zone) const {
        return maps_[maps_.size() == 1 ? 0 : static_cast<std::size_t>(&zone - zones_.data())];
    }
    void count(BuddyZone& zone, i64 pages, MigrateType type);
    bool buddy_merge_likely(BuddyZone& zone, Pfn pfn, unsigned order) const;
    bool valid(Pfn pfn) const;
    void note_handed_over(PfnRange range);

    const Kernel& kernel_;
    const Layout& layout_;
    Walker* walk_ = nullptr;
    std::vector<BuddyZone> zones_;
    std::vector<PageZones> page_zones_;  // by address, disjoint
    std::vector<PageblockTypes> maps_;   // one, or one for each zone
    std::map<Pfn, Pfn> handed_over_;     // begin, end
    u64 nowhere_ = 0;                    // pages
    bool holes_in_zone_ = false;         // CONFIG_HOLES_IN_ZONE
    bool memmap_initialised_ = false;    // from then on types are coerced where grouping by mobility is off
};

}  // namespace zonecalc
