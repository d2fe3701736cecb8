// SPDX-License-Identifier: MIT
// The page allocator: which zone a request is served from.
//
// A request names a node and, by its gfp flags, the highest zone it can use. The node's zonelist is walked from there: first that
// zone, then lower ones, then other nodes. A zone is passed over while it has too little free; until init_per_zone_wmark_min() all
// watermarks are 0 and only an empty zone has. Deferred memory is initialised, a section at a time, before a zone is given up.
//
// Releases differ in what the first round avoids: 3.12–4.7 takes turns between the node's zones in proportion to their size;
// since 5.1 a request that prefers ZONE_NORMAL tries DMA32 as well before it mixes migratetypes in a pageblock. And in the
// watermark test: up to 4.3 larger orders must keep half as much each, later one block is enough.
//
// Not modelled: reclaim, compaction, kswapd, the OOM killer, cpusets, dirty limits, per-CPU counters' drift. A request that would
// need them gets nothing, and a reason.
//
// Read beside it: get_page_from_freelist(), __zone_watermark_ok(), alloc_flags_nofragment(), gfp_to_alloc_flags(),
// __alloc_pages_bulk(), reset_alloc_batches() in mm/page_alloc.c.
#include "mm/page_alloc.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/source_words.h"
#include "mm/alloc_walk.h"

namespace zonecalc {

PageAllocator::PageAllocator(const Kernel& kernel, const Layout& layout)
    : kernel_(kernel),
      layout_(layout),
      free_ranges_(free_mem_pfn_ranges(kernel, layout)),
      buddy_(kernel, layout),
      rmqueue_(buddy_) {
    hand_over(buddy_, free_ranges_);
    for (const Node& node : layout.nodes)
        if (node.first_deferred_pfn) first_deferred_[node.id] = *node.first_deferred_pfn;
    for (BuddyZone& zone : buddy_.zones()) zone.lowmem_reserve.assign(MAX_NR_ZONES, 0);
}

std::optional<Pfn> PageAllocator::first_deferred_pfn(int node) const {
    const auto d = first_deferred_.find(node);
    return d == first_deferred_.end() ? std::nullopt : std::optional(d->second);
}

std::size_t PageAllocator::zone_index(ZoneType type) const {
    std::size_t index = 0;
    for (const ZoneType t : all_zones) {
        if (t == type) break;
        index += kernel_.has_zone(t);
    }
    return index;
}

// prepare_alloc_pages()
const PageAllocator::Context& PageAllocator::prepare(u64 gfp, int node, AllocFlags& flags) {
    auto [at, fresh] = contexts_.try_emplace({node, gfp});
    Context& c = at->second;
    if (fresh) {
        c.gfp_mask = gfp;
        c.gfp = decode_gfp(kernel_, gfp);
        c.highest = c.gfp.zone(kernel_);
        c.type = buddy_.mobility_disabled() ? MigrateType::Unmovable : c.gfp.migratetype();
        if (const Node* n = layout_.node(node)) {
            for (const ZoneRef& ref : c.gfp.thisnode&& kernel_.numa ? n->zonelist_thisnode : n->zonelist)
                if (ref.zone <= c.highest)
                    if (BuddyZone* zone = buddy_.zone(ref.node, ref.zone)) c.zones.push_back(zone);
        }
        const bool by_preferred = kernel_.behaviours.reserve_by_preferred_zone && !c.zones.empty();
        c.reserve_index = zone_index(by_preferred ? c.zones.front()->type : c.highest);
    }
    flags.cma = c.type == MigrateType::Movable && kernel_.config_enabled("CMA");
    flags.cold = c.gfp.cold;
    return c;
}

// alloc_flags_nofragment()
bool PageAllocator::nofragment(const BuddyZone& preferred) const {
    if (!kernel_.behaviours.alloc_nofragment || !kernel_.has_zone(ZoneType::DMA32) || preferred.type != ZoneType::Normal)
        return false;
    if (layout_.nr_online_nodes <= 1) return true;
    const Node* node = layout_.node(preferred.node);
    const Zone* below = node ? node->zone(ZoneType::DMA32) : nullptr;
    return below && below->populated();
}

// __zone_watermark_ok() up to 4.3
bool PageAllocator::watermark_ok_halving(const BuddyZone& zone, unsigned order, u64 min, i64 free_pages) const {
    auto least = static_cast<i64>(min);
    for (unsigned o = 0; o < order; ++o) {
        free_pages -= static_cast<i64>(zone.free.nr_free(o) << o);
        least >>= 1;
        if (free_pages <= least) return false;
    }
    return true;
}

// zone_watermark_ok(), zone_watermark_fast()
bool PageAllocator::watermark_ok(const BuddyZone& zone, unsigned order, u64 mark, const Context& context,
                                 const AllocFlags& flags) const {
    Walker* const walk = buddy_.walk();
    const WalkStep step(walk, if_exists(walk, "zone_watermark_fast") ? "zone_watermark_fast" : "zone_watermark_ok");
    step.argument("z", [&] { return zone_in_words(zone); });
    step.argument("order", order);
    step.argument("mark", mark);
    const bool ok = enough_free(zone, order, mark, context, flags);
    step.value("free_pages", zone.nr_free_pages - ((i64{1} << order) - 1));
    step.value("lowmem_reserve", zone.lowmem_reserve[context.reserve_index]);
    step.because(ok ? "true: more is free than the mark and the reserve" : "false: the zone is passed over");
    return ok;
}

// __zone_watermark_ok()
bool PageAllocator::enough_free(const BuddyZone& zone, unsigned order, u64 mark, const Context& context,
                                const AllocFlags& flags) const {
    const bool old = kernel_.behaviours.watermark_halves_by_order;
    i64 free_pages = zone.nr_free_pages - ((i64{1} << order) - 1);
    if (!old && !(flags.min_reserve && !kernel_.behaviours.gfp_atomic) && !flags.harder)
        free_pages -= static_cast<i64>(zone.nr_highatomic);
    const i64 usable = flags.cma ? free_pages : free_pages - zone.nr_free_cma;

    u64 min = mark;
    if (flags.min_reserve) min -= min / 2;
    if (flags.harder && (flags.min_reserve || kernel_.behaviours.gfp_atomic)) min -= min / 4;
    if (usable <= static_cast<i64>(min + zone.lowmem_reserve[context.reserve_index])) return false;
    if (old) return watermark_ok_halving(zone, order, min, free_pages);
    if (order == 0) return true;
    for (unsigned o = order; o <= kernel_.max_order; ++o) {
        for (const MigrateType type : {MigrateType::Unmovable, MigrateType::Movable, MigrateType::Reclaimable})
            if (!zone.free.empty(o, type)) return true;
        if (flags.cma && !zone.free.empty(o, MigrateType::Cma)) return true;
        if ((flags.highatomic || (flags.harder && kernel_.behaviours.gfp_atomic)) && !zone.free.empty(o, MigrateType::HighAtomic))
            return true;
    }
    return false;
}

std::optional<Pfn> PageAllocator::get_page_from_freelist(const Context& context, unsigned order, AllocFlags flags,
                                                         BuddyZone** from) {
    const BuddyZone& preferred = *context.zones.front();
    const WalkStep step(buddy_.walk(), "get_page_from_freelist");
    if (step) tell(step, context, order, flags);
retry:
    const bool no_fallback = flags.nofragment;
    for (BuddyZone* zone : context.zones) {
        if (flags.fair && (zone->node != preferred.node || zone->alloc_batch <= 0)) {
            step.because([&] { return zone_in_words(*zone) + " has had its turn (NR_ALLOC_BATCH), or is not local"; });
            continue;
        }
        if (no_fallback && layout_.nr_online_nodes > 1 && zone->node != preferred.node) {
            // Memory that is near matters more than pageblocks that are pure.
            flags.nofragment = false;
            goto retry;
        }
        bool enough = flags.mark == AllocFlags::Mark::none;
        if (!enough && kernel_.behaviours.watermark_high_first && !zone->below_high) {
            enough = watermark_ok(*zone, order, zone->watermark.high, context, flags);
            zone->below_high = !enough;
        }
        if (!enough) {
            const u64 mark = flags.mark == AllocFlags::Mark::low ? zone->watermark.low : zone->watermark.min;
            enough = watermark_ok(*zone, order, mark, context, flags);
        }
        if (!enough && !deferred_grow_zone(*zone, order)) continue;
        do {
            if (const auto pfn = rmqueue_.take(*zone, order, context.type, flags)) {
                if (kernel_.behaviours.alloc_fair) {
                    zone->alloc_batch -= i64{1} << order;
                    tell_vm_stat(step, kernel_, "NR_ALLOC_BATCH", zone->alloc_batch);
                }
                tell_vm_stat(step, kernel_, "NR_FREE_PAGES", zone->nr_free_pages);
                tell_new_page(buddy_.walk(), *pfn, order, context.gfp_mask);
                if (flags.highatomic) rmqueue_.reserve_highatomic_pageblock(*zone, *pfn, order);
                *from = zone;
                return pfn;
            }
        } while (deferred_grow_zone(*zone, order));
    }
    if (no_fallback) {
        step.because("once more, without ALLOC_NOFRAGMENT");
        flags.nofragment = false;
        goto retry;
    }
    return std::nullopt;
}

void PageAllocator::reset_alloc_batches(const Context& context) {
    for (BuddyZone* zone : context.zones)
        if (zone->node == context.zones.front()->node)
            zone->alloc_batch = static_cast<i64>(zone->watermark.high) - static_cast<i64>(zone->watermark.low);
}

// gfp_to_alloc_flags()
AllocFlags PageAllocator::slowpath_flags(const Context& context, unsigned order) const {
    const Gfp& gfp = context.gfp;
    AllocFlags flags;
    flags.mark = AllocFlags::Mark::min;
    flags.cma = context.type == MigrateType::Movable && kernel_.config_enabled("CMA");
    flags.cold = gfp.cold;
    flags.min_reserve = gfp.high;
    const bool may_wait = gfp.direct_reclaim && reclaim_allowed_;
    bool harder = false;
    if (kernel_.behaviours.gfp_bits == GfpBits::v3)
        harder = !may_wait && gfp.kswapd;
    else if (kernel_.behaviours.gfp_atomic)
        harder = gfp.atomic;
    else
        harder = !may_wait;
    flags.harder = harder && !gfp.nomemalloc;
    flags.highatomic =
        !kernel_.behaviours.migrate_reserve && flags.harder && order > 0 && (kernel_.behaviours.gfp_atomic || flags.min_reserve);
    if (gfp.memalloc && !gfp.nomemalloc) flags.mark = AllocFlags::Mark::none;
    return flags;
}

void PageAllocator::tell(const WalkNote& walk, const Context& context, unsigned order, const AllocFlags& flags) const {
    walk.argument("order", order);
    walk.argument("alloc_flags", alloc_flags_number(kernel_, flags), WalkUnit::hex);
    walk.argument("migratetype", migratetype_number(kernel_, context.type));
    walk.flags("alloc_flags", alloc_flags_number(kernel_, flags), [&] { return alloc_flags_names(kernel_, flags); });
    walk.value("preferred_zone", zone_in_words(*context.zones.front()));
    std::string list;
    for (const BuddyZone* zone : context.zones) list += (list.empty() ? "" : ", ") + zone_in_words(*zone);
    walk.value("zonelist", list);
}

void PageAllocator::tell_request(const WalkNote& walk, const Context& context, unsigned order, int node) const {
    const u64 gfp = context.gfp_mask;
    walk.argument("gfp_mask", gfp, WalkUnit::hex);
    walk.argument("order", order);
    walk.argument("preferred_nid", node);
    walk.flags("gfp_mask", gfp, [&] { return gfp_names(kernel_, gfp); });
    if (!reclaim_allowed_) {
        walk.value("gfp_allowed_mask", gfp_boot_mask(kernel_), WalkUnit::hex);
        walk.flags("gfp_mask & gfp_allowed_mask", gfp & gfp_boot_mask(kernel_),
                   [&] { return gfp_names(kernel_, gfp & gfp_boot_mask(kernel_)); });
    }
    if (has_function(kernel_.version, "__GFP_HARDWALL")) {
        const u64 hardwall = parse_gfp(kernel_, "__GFP_HARDWALL").value_or(0);
        walk.value("gfp_mask | __GFP_HARDWALL", (gfp & gfp_boot_mask(kernel_)) | hardwall, WalkUnit::hex);
    }
    walk.value("high_zoneidx", fmt::format("{} ({})", zone_number(kernel_, context.highest), zone_constant(context.highest)));
    walk.value("migratetype", type_in_words(kernel_, context.type));
}

AllocatedPages PageAllocator::alloc_pages(unsigned order, u64 gfp, int node) {
    const WalkStep step(buddy_.walk(), "__alloc_frozen_pages_noprof");
    AllocatedPages out;
    if (order > kernel_.max_order) {
        out.reason = "order " + std::to_string(order) + " is larger than the largest block, " + std::to_string(kernel_.max_order);
        return out;
    }
    AllocFlags flags;
    const Context& context = prepare(gfp, node, flags);
    out.type = context.type;
    if (step) tell_request(step, context, order, node);
    if (context.zones.empty()) {
        out.reason = "no zone of the node's zonelist can be used";
        return out;
    }
    BuddyZone* from = nullptr;
    flags.nofragment = nofragment(*context.zones.front());
    flags.fair = kernel_.behaviours.alloc_fair;
    auto pfn = get_page_from_freelist(context, order, flags, &from);
    if (!pfn && flags.fair) {
        reset_alloc_batches(context);
        flags.fair = false;
        pfn = get_page_from_freelist(context, order, flags, &from);
    }
    if (!pfn) pfn = get_page_from_freelist(context, order, slowpath_flags(context, order), &from);
    out.origin = rmqueue_.origin();
    if (pfn) {
        out.pfns.push_back(*pfn);
        out.zone = from;
        allocated_.emplace(*pfn, *pfn + (u64{1} << order));
    } else {
        out.reason =
            context.gfp.direct_reclaim && reclaim_allowed_ ? "the kernel would have to reclaim memory" : "no zone has enough free";
    }
    return out;
}

AllocatedPages PageAllocator::alloc_pages_bulk(u64 gfp, int node, u64 count) {
    AllocFlags flags;
    const Context& context = prepare(gfp, node, flags);
    BuddyZone* zone = nullptr;
    if (count > 1 && kernel_.behaviours.bulk_allocator && !context.zones.empty()) {
        for (BuddyZone* z : context.zones) {
            if (layout_.nr_online_nodes > 1 && z->node != context.zones.front()->node) break;
            const u64 mark = z->watermark.low + count;
            Context first = context;
            first.reserve_index = zone_index(context.zones.front()->type);
            bool enough = watermark_ok(*z, 0, mark, first, flags);
            while (!enough && kernel_.behaviours.bulk_grows_deferred && deferred_grow_zone(*z, 0))
                enough = watermark_ok(*z, 0, mark, first, flags);
            if (enough) {
                zone = z;
                break;
            }
        }
    }
    AllocatedPages out;
    out.type = context.type;
    if (zone) {
        while (out.pfns.size() < count) {
            const auto pfn = rmqueue_.take_from_pcplist(*zone, 0, context.type, flags);
            if (!pfn) break;
            out.pfns.push_back(*pfn);
            allocated_.emplace(*pfn, *pfn + 1);
        }
        out.zone = zone;
        out.origin = rmqueue_.origin();
    }
    if (!out.pfns.empty()) return out;
    return alloc_pages(0, gfp, node);
}

bool PageAllocator::take_back(PfnRange range) {
    auto at = allocated_.upper_bound(range.begin);
    if (at == allocated_.begin()) return false;
    --at;
    const PfnRange block{at->first, at->second};
    if (block.end < range.end) return false;
    allocated_.erase(at);
    if (block.begin < range.begin) allocated_.emplace(block.begin, range.begin);
    if (range.end < block.end) allocated_.emplace(range.end, block.end);
    return true;
}

bool PageAllocator::free_pages(Pfn pfn, unsigned order) {
    if (order > kernel_.max_order || pfn & ((u64{1} << order) - 1)) return false;
    BuddyZone* zone = buddy_.zone_of(pfn);
    if (!zone) return false;
    const PfnRange range{pfn, pfn + (u64{1} << order)};
    if (!take_back(range)) {
        if (buddy_.same_zone_until(pfn) < range.end || buddy_.touches_handed_over(range)) return false;
        buddy_.adjust_managed_page_count(*zone, range);
    }
    rmqueue_.give(*zone, pfn, order);
    return true;
}

void PageAllocator::free_reserved_area(PfnRange range) {
    if (range.empty() || buddy_.touches_handed_over(range)) return;
    buddy_.free_range(range, false);
    freed_later_.push_back(range);
}

}  // namespace zonecalc
