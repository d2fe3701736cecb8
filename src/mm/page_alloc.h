// SPDX-License-Identifier: MIT
// The page allocator: __alloc_pages(), the bulk allocator, frees, and the steps of start-up between hand-over and user space
// (mm/page_alloc.c) [3.13..7.1].
#pragma once

#include <map>
#include <string>

#include "mm/buddy.h"
#include "mm/gfp.h"
#include "mm/memblock_free_all.h"
#include "mm/rmqueue.h"
#include "mm/watermarks.h"

namespace zonecalc {

struct AllocatedPages {
    std::vector<Pfn> pfns;  // empty: the kernel has none to give
    const BuddyZone* zone = nullptr;
    MigrateType type = MigrateType::Unmovable;  // that was asked for
    BlockOrigin origin;                         // of the first of them
    std::string reason;                         // where there are none
};

class PageAllocator {
public:
    // The state right after hand-over. `layout` is one that bring_up() made with this kernel; both must outlive this.
    PageAllocator(const Kernel& kernel, const Layout& layout);
    PageAllocator(const PageAllocator&) = delete;
    PageAllocator& operator=(const PageAllocator&) = delete;

    // __alloc_pages(). A node that has no pgdat is an error of the caller's.
    AllocatedPages alloc_pages(unsigned order, u64 gfp, int node);
    // __alloc_pages_bulk(): how many of `count` single pages one call gives.
    AllocatedPages alloc_pages_bulk(u64 gfp, int node, u64 count);
    // __free_pages(): a block that was handed out or a part of one, or pages that were reserved, which become managed. False where
    // it is neither.
    bool free_pages(Pfn pfn, unsigned order);

    // free_reserved_area(): pages that nobody has handed over yet, past the per-CPU lists.
    void free_reserved_area(PfnRange range);
    // What free_reserved_area() and CMA areas have added since the hand-over.
    const std::vector<PfnRange>& freed_later() const { return freed_later_; }
    // From now on the walk is told.
    void follow(Walker* walk) { buddy_.follow(walk); }
    Walker* walk() const { return buddy_.walk(); }

    bool has_node(int node) const { return buddy_.layout().node(node) != nullptr; }

    // -- steps of start-up
    void setup_per_cpu_pageset(const WatermarkSettings& settings);
    void page_alloc_init_late(const WatermarkSettings& settings);
    void init_per_zone_wmark_min(const WatermarkSettings& settings);
    // Which of layout.cma_areas could not be activated.
    std::vector<std::size_t> cma_init_reserved_areas();
    std::vector<ManagedZone> managed_zones() const;  // as they are now

    Buddy& buddy() { return buddy_; }
    const Buddy& buddy() const { return buddy_; }
    std::optional<Pfn> first_deferred_pfn(int node) const;

private:
    struct Context {
        u64 gfp_mask = 0;  // the number that was asked with
        Gfp gfp;
        ZoneType highest = ZoneType::Normal;
        MigrateType type = MigrateType::Unmovable;
        std::vector<BuddyZone*> zones;  // allowed, in zonelist order
        std::size_t reserve_index = 0;  // of lowmem_reserve
    };

    const Context& prepare(u64 gfp, int node, AllocFlags& flags);
    AllocFlags slowpath_flags(const Context& context, unsigned order) const;
    bool nofragment(const BuddyZone& preferred) const;
    std::optional<Pfn> get_page_from_freelist(const Context& context, unsigned order, AllocFlags flags, BuddyZone** from);
    void reset_alloc_batches(const Context& context);
    bool watermark_ok(const BuddyZone& zone, unsigned order, u64 mark, const Context& context, const AllocFlags& flags) const;
    bool enough_free(const BuddyZone& zone, unsigned order, u64 mark, const Context& context, const AllocFlags& flags) const;
    bool watermark_ok_halving(const BuddyZone& zone, unsigned order, u64 min, i64 free_pages) const;
    std::size_t zone_index(ZoneType type) const;
    void tell_request(const WalkNote& walk, const Context& context, unsigned order, int node) const;
    void tell(const WalkNote& walk, const Context& context, unsigned order, const AllocFlags& flags) const;

    bool take_back(PfnRange range);
    bool deferred_grow_zone(BuddyZone& zone, unsigned order);
    bool cma_activate_area(const CmaArea& area);
    void init_cma_reserved_pageblocks(BuddyZone& zone, PfnRange range);
    void deferred_init(BuddyZone& zone, PfnRange range);
    void deferred_init_memmap(int nid, Pfn first, Walker* walker);
    void zone_pcp_update(const WatermarkSettings& settings);
    void resize_per_cpu_lists(const std::vector<ManagedZone>& sized);
    void setup_zone_migrate_reserve(BuddyZone& zone, Walker* walk);

    const Kernel& kernel_;
    const Layout& layout_;
    std::vector<FreeRange> free_ranges_;  // what memblock had left
    Buddy buddy_;
    Rmqueue rmqueue_;
    std::map<int, Pfn> first_deferred_;
    std::vector<PfnRange> freed_later_;
    std::map<Pfn, Pfn> allocated_;                     // begin, end of what has been handed out and not freed
    bool reclaim_allowed_ = false;                     // gfp_allowed_mask is no longer GFP_BOOT_MASK
    std::map<std::pair<int, u64>, Context> contexts_;  // by node and gfp
};

}  // namespace zonecalc
