// SPDX-License-Identifier: MIT
// Taking blocks out of one zone: rmqueue() and what it stands on, in mm/page_alloc.c [3.13..7.1].
#pragma once

#include <span>
#include <utility>

#include "mm/buddy.h"

namespace zonecalc {

// ALLOC_* flags
struct AllocFlags {
    enum class Mark { min, low, none };
    Mark mark = Mark::low;
    bool min_reserve = false;  // ALLOC_HIGH, ALLOC_MIN_RESERVE
    bool harder = false;       // ALLOC_HARDER, ALLOC_NON_BLOCK
    bool highatomic = false;   // ALLOC_HIGHATOMIC
    bool cma = false;
    bool nofragment = false;
    bool fair = false;
    bool cold = false;  // __GFP_COLD
};

class Rmqueue {
public:
    explicit Rmqueue(Buddy& buddy) : buddy_(buddy), kernel_(buddy.kernel()) {}

    // rmqueue(), buffered_rmqueue(): a block of `order` and where it may come from, through the per-CPU lists where these hold the
    // order.
    std::optional<Pfn> take(BuddyZone& zone, unsigned order, MigrateType type, const AllocFlags& flags);
    // rmqueue_pcplist(); the bulk allocator asks for these directly.
    std::optional<Pfn> take_from_pcplist(BuddyZone& zone, unsigned order, MigrateType type, const AllocFlags& flags);
    // free_unref_page(), __free_pages_ok()
    void give(BuddyZone& zone, Pfn pfn, unsigned order);
    // Of the first block that was taken from the free lists since the last call.
    BlockOrigin origin() { return std::exchange(origin_, {}); }
    // reserve_highatomic_pageblock()
    void reserve_highatomic_pageblock(BuddyZone& zone, Pfn pfn, unsigned order);
    // move_freepages_block(): pages moved; none where the pageblock leaves the zone and the release moves nothing then.
    u64 move_freepages_block(BuddyZone& zone, Pfn pfn, MigrateType to);

private:
    // enum rmqueue_mode: where the last page of a batch came from.
    enum class Mode { normal, cma, claim, steal };
    struct Candidate {
        Pfn pfn;
        unsigned order;
        MigrateType type;
        bool can_steal;
    };
    struct Taken {
        Pfn pfn;
        MigrateType type;  // of the list it came from
    };

    std::optional<Taken> rmqueue(BuddyZone& zone, unsigned order, MigrateType type, const AllocFlags& flags, Mode& mode);
    std::optional<Taken> rmqueue_smallest(BuddyZone& zone, unsigned order, MigrateType type);
    std::optional<Taken> rmqueue_buddy(BuddyZone& zone, unsigned order, MigrateType type, const AllocFlags& flags);
    void rmqueue_bulk(BuddyZone& zone, unsigned order, u64 count, MigrateType type, const AllocFlags& flags);
    Taken split(BuddyZone& zone, const Candidate& from, unsigned order, MigrateType rest);

    static std::span<const MigrateType> fallbacks(MigrateType start);
    bool can_steal_fallback(unsigned order, MigrateType start) const;
    std::optional<MigrateType> fallback_type(const BuddyZone& zone, unsigned order, MigrateType start) const;
    std::optional<Candidate> largest_fallback(const BuddyZone& zone, unsigned order, unsigned min_order, MigrateType start) const;
    std::optional<Candidate> smallest_fallback(const BuddyZone& zone, unsigned order, MigrateType start) const;
    unsigned min_fallback_order(unsigned order, const AllocFlags& flags) const;
    bool half_is_alike(u64 free_pages, MigrateType block_type, MigrateType start) const;
    // Where the pageblock's pages may be moved from, by release.
    std::optional<PfnRange> movable_part(const BuddyZone& zone, Pfn pfn) const;
    u64 free_pages_in(const BuddyZone& zone, PfnRange range) const;

    std::optional<Taken> fallback_split(BuddyZone& zone, unsigned order, MigrateType start);
    bool fallback_steal(BuddyZone& zone, unsigned order, MigrateType start, const AllocFlags& flags);
    std::optional<Taken> fallback_steal_and_split(BuddyZone& zone, unsigned order, MigrateType start, const AllocFlags& flags);
    std::optional<Taken> claim(BuddyZone& zone, unsigned order, MigrateType start, const AllocFlags& flags);
    std::optional<Taken> claim_block(BuddyZone& zone, const Candidate& from, unsigned order, MigrateType start);
    std::optional<Taken> steal(BuddyZone& zone, unsigned order, MigrateType start);

    void tell_empty(const WalkNote& walk, MigrateType type, unsigned first, unsigned end) const;
    void tell_fallbacks(const WalkNote& walk, unsigned order, unsigned min_order, MigrateType start) const;
    void tell_candidate(const WalkNote& walk, const BuddyZone& zone, const Candidate& from, MigrateType start) const;

    void drain(BuddyZone& zone, u64 pages, unsigned pindex);
    void drain_round_robin(BuddyZone& zone, u64 pages);
    void drain_one(BuddyZone& zone, unsigned pindex, unsigned order);

    void note_fallback(MigrateType from) {
        if (!origin_.order && !origin_.fallback) origin_.fallback = from;
    }
    void note_claim() {
        if (!origin_.order) origin_.claimed = true;
    }

    Buddy& buddy_;
    const Kernel& kernel_;
    BlockOrigin origin_;
};

}  // namespace zonecalc
