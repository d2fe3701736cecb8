// SPDX-License-Identifier: MIT
// Where a request goes whose own migratetype has nothing in a zone.
//
// The largest block of another type is looked for, since that spoils the fewest pageblocks, and its pageblock changes sides if
// enough of it is free or alike. What happens exactly has been rewritten several times:
//
//   split            3.x: the block is halved at once; its pageblock follows only large blocks and Reclaimable requests
//   steal_and_retry  4.12–6.9: block or pageblock move to the request's lists, then the search starts again
//   steal_and_split  6.10–6.14: as before, but a block whose pageblock is not claimed is halved and its rest keeps its type
//   claim_or_steal   6.15, and stable branches: pageblocks are claimed from the largest order down; if none can be, the smallest
//                    block of another type gives what is needed
//
// Nothing of early boot is on an LRU list or movable by its owner, so that no page in use counts as movable.
//
// Read beside it: __rmqueue_fallback(), try_to_steal_freepages() (3.x), steal_suitable_fallback(), __rmqueue_claim(),
// __rmqueue_steal(), move_freepages_block() in mm/page_alloc.c.
#include <fmt/format.h>

#include <array>
#include <span>

#include "kernel/source_words.h"
#include "mm/alloc_walk.h"
#include "mm/rmqueue.h"

namespace zonecalc {

namespace {

constexpr u64 pages_of_order(unsigned order) {
    return u64{1} << order;
}

}  // namespace

// fallbacks[]; Cma is looked at only where the release has it in the table.
std::span<const MigrateType> Rmqueue::fallbacks(MigrateType start) {
    using enum MigrateType;
    static constexpr std::array unmovable{Reclaimable, Movable};
    static constexpr std::array movable{Cma, Reclaimable, Unmovable};
    static constexpr std::array reclaimable{Unmovable, Movable};
    switch (start) {
        case Unmovable:
            return unmovable;
        case Movable:
            return movable;
        case Reclaimable:
            return reclaimable;
        default:
            return {};
    }
}

bool Rmqueue::can_steal_fallback(unsigned order, MigrateType start) const {
    return order >= kernel_.pageblock_order || order >= kernel_.pageblock_order / 2 || start == MigrateType::Reclaimable ||
           start == MigrateType::Unmovable || buddy_.mobility_disabled();
}

std::optional<MigrateType> Rmqueue::fallback_type(const BuddyZone& zone, unsigned order, MigrateType start) const {
    for (const MigrateType type : fallbacks(start)) {
        if (type == MigrateType::Cma && kernel_.behaviours.fallback != Fallback::split) continue;
        if (!zone.free.empty(order, type)) return type;
    }
    return std::nullopt;
}

std::optional<Rmqueue::Candidate> Rmqueue::largest_fallback(const BuddyZone& zone, unsigned order, unsigned min_order,
                                                            MigrateType start) const {
    for (int o = static_cast<int>(kernel_.max_order); o >= static_cast<int>(min_order); --o) {
        const auto current = static_cast<unsigned>(o);
        const auto type = fallback_type(zone, current, start);
        if (!type) continue;
        const bool can_steal = can_steal_fallback(current, start);
        // A Movable request spoils nothing for good: if it cannot have the pageblock, the smallest block will do.
        if (!can_steal && start == MigrateType::Movable && current > order) return smallest_fallback(zone, order, start);
        return Candidate{*zone.free.first(current, *type), current, *type, can_steal};
    }
    return std::nullopt;
}

std::optional<Rmqueue::Candidate> Rmqueue::smallest_fallback(const BuddyZone& zone, unsigned order, MigrateType start) const {
    for (unsigned o = order; o <= kernel_.max_order; ++o)
        if (const auto type = fallback_type(zone, o, start))
            return Candidate{*zone.free.first(o, *type), o, *type, can_steal_fallback(o, start)};
    return std::nullopt;
}

unsigned Rmqueue::min_fallback_order(unsigned order, const AllocFlags& flags) const {
    if (!flags.nofragment) return order;
    if (kernel_.behaviours.nofragment_below_pageblock && order >= kernel_.pageblock_order) return order;
    return kernel_.pageblock_order;
}

std::optional<PfnRange> Rmqueue::movable_part(const BuddyZone& zone, Pfn pfn) const {
    PfnRange range{round_down(pfn, kernel_.pageblock_nr_pages()), 0};
    range.end = range.begin + kernel_.pageblock_nr_pages();
    if (!zone.spans(range.begin)) {
        if (kernel_.behaviours.move_whole_pageblock_only) return std::nullopt;
        range.begin = pfn;
    }
    if (!zone.spans(range.end - 1)) return std::nullopt;
    return range;
}

u64 Rmqueue::free_pages_in(const BuddyZone& zone, PfnRange range) const {
    u64 pages = 0;
    for (const FreeArea::Block& b : zone.free.starting_in(range)) pages += pages_of_order(b.order);
    return pages;
}

u64 Rmqueue::move_freepages_block(BuddyZone& zone, Pfn pfn, MigrateType to) {
    const auto range = movable_part(zone, pfn);
    const WalkStep step(buddy_.walk(), "move_freepages_block");
    step.argument("page", pfn, WalkUnit::pfn);
    step.argument("migratetype", migratetype_number(kernel_, to));
    if (!range) {
        step.because("the pageblock leaves the zone: nothing is moved");
        return 0;
    }
    step.value("start_pfn", range->begin, WalkUnit::pfn);
    step.value("end_pfn", range->end - 1, WalkUnit::pfn);
    u64 pages = 0;
    for (const FreeArea::Block& b : zone.free.starting_in(*range)) {
        buddy_.move(zone, b.pfn, b.order, b.type, to);
        pages += pages_of_order(b.order);
    }
    step.value("pages_moved", pages);
    return pages;
}

// Is at least half of the pageblock free, or of a kind with the request?
bool Rmqueue::half_is_alike(u64 free_pages, MigrateType block_type, MigrateType start) const {
    const u64 block = kernel_.pageblock_nr_pages();
    const u64 alike =
        start != MigrateType::Movable && block_type == MigrateType::Movable && free_pages < block ? block - free_pages : 0;
    return free_pages + alike >= block / 2 || buddy_.mobility_disabled();
}

std::optional<Rmqueue::Taken> Rmqueue::fallback_split(BuddyZone& zone, unsigned order, MigrateType start) {
    const WalkStep step(buddy_.walk(), "__rmqueue_fallback");
    tell_fallbacks(step, order, order, start);
    for (int o = static_cast<int>(kernel_.max_order); o >= static_cast<int>(order); --o) {
        const auto current = static_cast<unsigned>(o);
        const auto type = fallback_type(zone, current, start);
        if (!type) continue;
        note_fallback(*type);
        Candidate from{*zone.free.first(current, *type), current, *type, false};
        MigrateType rest = *type;
        tell_candidate(step, zone, from, start);
        std::optional<WalkStep> steal(std::in_place, buddy_.walk(), "try_to_claim_block");
        tell_steal_rule(*steal, kernel_, current, start);
        if (*type == MigrateType::Cma) {
            // What is borrowed from CMA stays there.
        } else if (current >= kernel_.pageblock_order) {
            buddy_.change_pageblock_range(zone, from.pfn, current, start);
            rest = start;
            note_claim();
        } else if (current >= kernel_.pageblock_order / 2 || start == MigrateType::Reclaimable || buddy_.mobility_disabled()) {
            const u64 moved = move_freepages_block(zone, from.pfn, start);
            if (moved) from.type = start;
            if (moved >= kernel_.pageblock_nr_pages() / 2 || buddy_.mobility_disabled()) {
                buddy_.set_pageblock_type(zone, from.pfn, start);
                rest = start;
                note_claim();
            }
        }
        if (*steal) steal->value("new_type", type_in_words(kernel_, rest));
        steal.reset();
        return split(zone, from, order, rest);
    }
    step.because("no other type has anything");
    return std::nullopt;
}

bool Rmqueue::fallback_steal(BuddyZone& zone, unsigned order, MigrateType start, const AllocFlags& flags) {
    const WalkStep step(buddy_.walk(), "__rmqueue_fallback");
    const unsigned min_order = min_fallback_order(order, flags);
    tell_fallbacks(step, order, min_order, start);
    const auto from = largest_fallback(zone, order, min_order, start);
    if (!from) {
        step.because("no other type has anything");
        return false;
    }
    note_fallback(from->type);
    tell_candidate(step, zone, *from, start);
    const WalkStep steal(buddy_.walk(), "try_to_claim_block");
    tell_steal_rule(steal, kernel_, from->order, start);
    const MigrateType block_type = buddy_.pageblock_type(zone, from->pfn);
    if (block_type != MigrateType::HighAtomic) {
        if (from->order >= kernel_.pageblock_order) {
            buddy_.change_pageblock_range(zone, from->pfn, from->order, start);
            note_claim();
        } else if (from->can_steal) {
            if (const u64 moved = move_freepages_block(zone, from->pfn, start)) {
                if (half_is_alike(moved, block_type, start)) {
                    buddy_.set_pageblock_type(zone, from->pfn, start);
                    note_claim();
                }
                return true;
            }
        }
    }
    buddy_.move(zone, from->pfn, from->order, from->type, start);
    steal.because([&] {
        return fmt::format("the block moves to the {} of {}; __rmqueue() looks there once more",
                           kernel_.behaviours.move_to_tail ? "tail" : "head", list_in_words(from->order, start));
    });
    return true;
}

// try_to_steal_block(), try_to_claim_block(), and the first half of steal_suitable_fallback() of 6.10
std::optional<Rmqueue::Taken> Rmqueue::claim_block(BuddyZone& zone, const Candidate& from, unsigned order, MigrateType start) {
    const WalkStep step(buddy_.walk(), "try_to_claim_block");
    tell_steal_rule(step, kernel_, from.order, start);
    const MigrateType block_type = buddy_.pageblock_type(zone, from.pfn);
    if (block_type == MigrateType::HighAtomic) return std::nullopt;
    if (from.order >= kernel_.pageblock_order) {
        note_fallback(from.type);
        note_claim();
        buddy_.change_pageblock_range(zone, from.pfn, from.order, start);
        return split(zone, from, order, start);
    }
    const auto range = movable_part(zone, from.pfn);
    if (!range || !half_is_alike(free_pages_in(zone, *range), block_type, start)) {
        step.because("not enough of the pageblock is free or alike: it is not claimed");
        return std::nullopt;
    }
    note_fallback(from.type);
    note_claim();
    move_freepages_block(zone, from.pfn, start);
    buddy_.set_pageblock_type(zone, from.pfn, start);
    return rmqueue_smallest(zone, order, start);
}

std::optional<Rmqueue::Taken> Rmqueue::fallback_steal_and_split(BuddyZone& zone, unsigned order, MigrateType start,
                                                                const AllocFlags& flags) {
    const WalkStep step(buddy_.walk(), "__rmqueue_fallback");
    const unsigned min_order = min_fallback_order(order, flags);
    tell_fallbacks(step, order, min_order, start);
    const auto from = largest_fallback(zone, order, min_order, start);
    if (!from) {
        step.because("no other type has anything");
        return std::nullopt;
    }
    tell_candidate(step, zone, *from, start);
    if (from->order >= kernel_.pageblock_order || from->can_steal)
        if (const auto taken = claim_block(zone, *from, order, start)) return taken;
    note_fallback(from->type);
    return split(zone, *from, order, from->type);
}

std::optional<Rmqueue::Taken> Rmqueue::claim(BuddyZone& zone, unsigned order, MigrateType start, const AllocFlags& flags) {
    const unsigned min_order = min_fallback_order(order, flags);
    const WalkStep step(buddy_.walk(), "__rmqueue_claim");
    tell_fallbacks(step, order, min_order, start);
    for (int o = static_cast<int>(kernel_.max_order); o >= static_cast<int>(min_order); --o) {
        const auto current = static_cast<unsigned>(o);
        if (!can_steal_fallback(current, start)) break;
        const auto type = fallback_type(zone, current, start);
        if (!type) continue;
        const Candidate from{*zone.free.first(current, *type), current, *type, true};
        tell_candidate(step, zone, from, start);
        if (const auto taken = claim_block(zone, from, order, start)) return taken;
    }
    step.because("no pageblock can be claimed");
    return std::nullopt;
}

std::optional<Rmqueue::Taken> Rmqueue::steal(BuddyZone& zone, unsigned order, MigrateType start) {
    const WalkStep step(buddy_.walk(), "__rmqueue_steal");
    step.argument("order", order);
    const auto from = smallest_fallback(zone, order, start);
    if (!from) return std::nullopt;
    note_fallback(from->type);
    tell_candidate(step, zone, *from, start);
    step.because("the smallest block of another type gives what is needed; its pageblock keeps its type");
    return split(zone, *from, order, from->type);
}

}  // namespace zonecalc
