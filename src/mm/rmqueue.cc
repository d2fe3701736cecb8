// SPDX-License-Identifier: MIT
// Taking blocks out of one zone.
//
// The smallest block that fits, of the request's own type, is taken from the head of its list and halved down to the size asked
// for; the upper halves go to the heads of their lists. Where the type has nothing, another type's block is taken
// (mm/rmqueue_fallback.cc); since 6.15 a batch remembers which way worked last. Small blocks go through the per-CPU lists, which
// are filled and emptied in batches.
//
// Not modelled: boosted watermarks and kswapd, compaction's captures, page isolation.
//
// Read beside it: __rmqueue_smallest(), expand(), rmqueue_bulk(), free_pcppages_bulk(), reserve_highatomic_pageblock() in
// mm/page_alloc.c.
#include "mm/rmqueue.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/source_words.h"
#include "mm/alloc_walk.h"

namespace zonecalc {

namespace {

constexpr u64 pages_of_order(unsigned order) {
    return u64{1} << order;
}

}  // namespace

Rmqueue::Taken Rmqueue::split(BuddyZone& zone, const Candidate& from, unsigned order, MigrateType rest) {
    const Taken taken{from.pfn, rest};
    if (!origin_.order) origin_.order = from.order;
    buddy_.remove(zone, from.pfn, from.order, from.type);
    if (from.order == order) return taken;
    const WalkStep step(buddy_.walk(), "expand");
    step.argument("page", from.pfn, WalkUnit::pfn);
    step.argument("low", order);
    step.argument("high", from.order);
    step.argument("migratetype", migratetype_number(kernel_, rest));
    for (unsigned high = from.order; high > order;) {
        --high;
        const Pfn upper = from.pfn + pages_of_order(high);
        buddy_.add(zone, upper, high, rest, false);
        step.value(step ? "head of " + list_in_words(high, rest) : std::string(), upper, WalkUnit::pfn);
    }
    step.because([&] {
        return fmt::format(
            "the upper half goes back each time; page_private keeps its order, {}",
            has_function(kernel_.version, "PAGE_BUDDY_MAPCOUNT_VALUE") ? "_mapcount is -128" : "page_type says PG_buddy");
    });
    return taken;
}

std::optional<Rmqueue::Taken> Rmqueue::rmqueue_smallest(BuddyZone& zone, unsigned order, MigrateType type) {
    const WalkStep step(buddy_.walk(), "__rmqueue_smallest");
    step.argument("order", order);
    step.argument("migratetype", migratetype_number(kernel_, type));
    for (unsigned o = order; o <= kernel_.max_order; ++o) {
        const auto pfn = zone.free.first(o, type);
        if (!pfn) continue;
        tell_empty(step, type, order, o);
        step.value("current_order", o);
        step.value(step ? "head of " + list_in_words(o, type) : std::string(), *pfn, WalkUnit::pfn);
        return split(zone, {*pfn, o, type, false}, order, type);
    }
    tell_empty(step, type, order, kernel_.max_order + 1);
    return std::nullopt;
}

// __rmqueue()
std::optional<Rmqueue::Taken> Rmqueue::rmqueue(BuddyZone& zone, unsigned order, MigrateType type, const AllocFlags& flags,
                                               Mode& mode) {
    const WalkStep step(buddy_.walk(), "__rmqueue");
    step.argument("order", order);
    step.argument("migratetype", migratetype_number(kernel_, type));
    const Behaviours& b = kernel_.behaviours;
    if (b.cma_first_when_half && flags.cma && zone.nr_free_cma > (zone.nr_free_pages + zone.bulk_taken) / 2)
        if (const auto taken = rmqueue_smallest(zone, order, MigrateType::Cma)) return taken;

    switch (b.fallback) {
        case Fallback::split: {
            if (const auto taken = rmqueue_smallest(zone, order, type)) return taken;
            if (const auto taken = fallback_split(zone, order, type)) return taken;
            if (!b.migrate_reserve) return std::nullopt;
            return rmqueue_smallest(zone, order, MigrateType::Reserve);
        }
        case Fallback::steal_and_retry:
            for (;;) {
                if (const auto taken = rmqueue_smallest(zone, order, type)) return taken;
                if (flags.cma)
                    if (const auto taken = rmqueue_smallest(zone, order, MigrateType::Cma)) return taken;
                if (!fallback_steal(zone, order, type, flags)) return std::nullopt;
            }
        case Fallback::steal_and_split:
            if (const auto taken = rmqueue_smallest(zone, order, type)) return taken;
            if (flags.cma)
                if (const auto taken = rmqueue_smallest(zone, order, MigrateType::Cma)) return taken;
            return fallback_steal_and_split(zone, order, type, flags);
        case Fallback::claim_or_steal:
            break;
    }

    if (mode == Mode::normal)
        if (const auto taken = rmqueue_smallest(zone, order, type)) return taken;
    if (mode <= Mode::cma && flags.cma) {
        if (const auto taken = rmqueue_smallest(zone, order, MigrateType::Cma)) {
            mode = Mode::cma;
            return taken;
        }
    }
    if (mode <= Mode::claim) {
        if (const auto taken = claim(zone, order, type, flags)) {
            mode = Mode::normal;
            return taken;
        }
    }
    if (!flags.nofragment) {
        if (const auto taken = steal(zone, order, type)) {
            mode = Mode::steal;
            return taken;
        }
    }
    return std::nullopt;
}

void Rmqueue::rmqueue_bulk(BuddyZone& zone, unsigned order, u64 count, MigrateType type, const AllocFlags& flags) {
    auto& list = zone.pcp.list(PerCpuLists::pindex(kernel_, type, order));
    const WalkStep step(buddy_.walk(), "rmqueue_bulk");
    step.argument("order", order);
    step.argument("count", count);
    step.argument("migratetype", migratetype_number(kernel_, type));
    if (!kernel_.behaviours.pcp_high_orders) step.argument("cold", static_cast<unsigned>(flags.cold));
    Mode mode = Mode::normal;
    for (u64 i = 0; i < count; ++i) {
        const auto taken = rmqueue(zone, order, type, flags, mode);
        if (!taken) break;
        if (flags.cold)
            list.push_front({taken->pfn, taken->type});
        else
            list.push_back({taken->pfn, taken->type});
        zone.pcp.add_count(pages_of_order(order));
        step.value("onto the per-CPU list", taken->pfn, WalkUnit::pfn);
        // Up to 6.9 NR_FREE_PAGES follows once the batch is complete.
        if (!kernel_.behaviours.free_by_pageblock) zone.bulk_taken += static_cast<i64>(pages_of_order(order));
    }
    zone.bulk_taken = 0;
}

std::optional<Pfn> Rmqueue::take_from_pcplist(BuddyZone& zone, unsigned order, MigrateType type, const AllocFlags& flags) {
    auto& list = zone.pcp.list(PerCpuLists::pindex(kernel_, type, order));
    const WalkStep named(if_exists(buddy_.walk(), "rmqueue_pcplist"), "rmqueue_pcplist");
    const WalkNote step(buddy_.walk());
    step.value("pcp->batch", zone.pcp.size().batch);
    step.because([&] {
        return list.empty() ? fmt::format("the per-CPU list of {} is empty", migratetype_constant(type))
                            : fmt::format("the per-CPU list of {} has pages", migratetype_constant(type));
    });
    if (list.empty()) rmqueue_bulk(zone, order, zone.pcp.nr_to_alloc(kernel_, order, zone.below_high), type, flags);
    if (list.empty()) return std::nullopt;
    const Pfn pfn = flags.cold ? list.back().pfn : list.front().pfn;
    if (flags.cold)
        list.pop_back();
    else
        list.pop_front();
    zone.pcp.sub_count(pages_of_order(order));
    step.value("page", pfn, WalkUnit::pfn);
    step.value("pcp->count", zone.pcp.count());
    return pfn;
}

std::optional<Rmqueue::Taken> Rmqueue::rmqueue_buddy(BuddyZone& zone, unsigned order, MigrateType type, const AllocFlags& flags) {
    const WalkStep step(if_exists(buddy_.walk(), "rmqueue_buddy"), "rmqueue_buddy");
    if (flags.highatomic)
        if (const auto taken = rmqueue_smallest(zone, order, MigrateType::HighAtomic)) return taken;
    Mode mode = Mode::normal;
    auto taken = rmqueue(zone, order, type, flags, mode);
    if (!taken && flags.harder && !kernel_.behaviours.gfp_atomic) taken = rmqueue_smallest(zone, order, MigrateType::HighAtomic);
    return taken;
}

std::optional<Pfn> Rmqueue::take(BuddyZone& zone, unsigned order, MigrateType type, const AllocFlags& flags) {
    const WalkStep step(buddy_.walk(), "rmqueue");
    step.argument("zone", [&] { return zone_in_words(zone); });
    step.argument("order", order);
    step.argument("migratetype", migratetype_number(kernel_, type));
    if (PerCpuLists::allows(kernel_, order)) {
        zone.pcp.note_alloc(kernel_);
        const auto pfn = take_from_pcplist(zone, order, type, flags);
        if (pfn || !kernel_.behaviours.pcp_high_orders) return pfn;
    }
    const auto taken = rmqueue_buddy(zone, order, type, flags);
    if (!taken) return std::nullopt;
    return taken->pfn;
}

void Rmqueue::reserve_highatomic_pageblock(BuddyZone& zone, Pfn pfn, unsigned order) {
    const u64 block = kernel_.pageblock_nr_pages();
    const u64 most = zone.managed / 100 + block;
    if (kernel_.behaviours.migrate_reserve || zone.nr_highatomic >= most) return;
    if (kernel_.behaviours.free_by_pageblock && zone.managed / 100 < block) return;
    if (buddy_.pageblock_type(zone, pfn) > MigrateType::Reclaimable) return;
    if (order < kernel_.pageblock_order) {
        if (kernel_.behaviours.free_by_pageblock && !movable_part(zone, pfn)) return;
        move_freepages_block(zone, pfn, MigrateType::HighAtomic);
        buddy_.set_pageblock_type(zone, pfn, MigrateType::HighAtomic);
        zone.nr_highatomic += block;
    } else {
        buddy_.change_pageblock_range(zone, pfn, order, MigrateType::HighAtomic);
        zone.nr_highatomic += pages_of_order(order);
    }
}

void Rmqueue::give(BuddyZone& zone, Pfn pfn, unsigned order) {
    if (!PerCpuLists::allows(kernel_, order)) {
        buddy_.free_pages_ok(zone, pfn, order, false);
        return;
    }
    const MigrateType type = buddy_.pageblock_type(zone, pfn);
    if (type == MigrateType::Isolate) {
        buddy_.free_one_page(zone, pfn, order, type, false);
        return;
    }
    const unsigned pindex = PerCpuLists::pindex(kernel_, type > MigrateType::Reclaimable ? MigrateType::Movable : type, order);
    zone.pcp.list(pindex).push_front({pfn, type});
    zone.pcp.add_count(pages_of_order(order));
    u64 pages = zone.pcp.nr_to_free(kernel_, order, zone.below_high);
    const u64 chunk = kernel_.behaviours.pcp_drain_by_batch ? std::max<u64>(zone.pcp.size().batch, 1) : pages;
    while (pages != 0 && zone.pcp.count() != 0) {
        const u64 n = std::min(pages, chunk);
        drain(zone, n, pindex);
        pages -= n;
    }
}

void Rmqueue::drain_one(BuddyZone& zone, unsigned pindex, unsigned order) {
    auto& list = zone.pcp.list(pindex);
    const PerCpuLists::Entry entry = list.back();
    list.pop_back();
    zone.pcp.sub_count(pages_of_order(order));
    const MigrateType type = kernel_.behaviours.free_by_pageblock ? buddy_.pageblock_type(zone, entry.pfn) : entry.type;
    buddy_.free_one_page(zone, entry.pfn, order, type, false);
}

// free_pcppages_bulk()
void Rmqueue::drain(BuddyZone& zone, u64 pages, unsigned pindex) {
    if (!kernel_.behaviours.pcp_drain_from_freed) return drain_round_robin(zone, pages);
    i64 left = static_cast<i64>(std::min(pages, zone.pcp.count()));
    const unsigned lists = PerCpuLists::nr_lists(kernel_);
    while (left > 0) {
        while (zone.pcp.list(pindex).empty()) pindex = (pindex + 1) % lists;
        const unsigned order = PerCpuLists::pindex_to_order(kernel_, pindex);
        while (left > 0 && !zone.pcp.list(pindex).empty()) {
            drain_one(zone, pindex, order);
            left -= static_cast<i64>(pages_of_order(order));
        }
        pindex = (pindex + 1) % lists;
    }
}

// Up to 5.17: one page from the first list, two from the next … until a list is all there is.
void Rmqueue::drain_round_robin(BuddyZone& zone, u64 pages) {
    i64 left = static_cast<i64>(std::min(pages, zone.pcp.count()));
    const unsigned lists = PerCpuLists::nr_lists(kernel_);
    unsigned pindex = 0;
    i64 batch_free = 0;
    while (left > 0) {
        do {
            ++batch_free;
            pindex = (pindex + 1) % lists;
        } while (zone.pcp.list(pindex).empty());
        if (batch_free == static_cast<i64>(lists)) batch_free = left;
        const unsigned order = PerCpuLists::pindex_to_order(kernel_, pindex);
        do {
            drain_one(zone, pindex, order);
            left -= static_cast<i64>(pages_of_order(order));
        } while (left > 0 && --batch_free > 0 && !zone.pcp.list(pindex).empty());
    }
}

}  // namespace zonecalc
