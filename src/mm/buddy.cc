// SPDX-License-Identifier: MIT
// The buddy system's books: which zone and pageblock type a page has, and what happens to a block that becomes free.
//
// A struct page knows its zone since the memmap was initialised: that of the memory region's node whose span holds it. Where spans
// overlap (kernelcore=mirror) mirrored memory belongs to the kernel's zone and the rest to ZONE_MOVABLE. A pageblock is Movable if
// the walk over the memmap came past its first pfn; else it stays Unmovable, as the first block of every PC does, whose page 0 is
// no memory.
//
// A freed block joins its buddy as long as that is free, and goes to the list of its own type: to the head, because it is warm; to
// the tail where the block above it is likely to become whole soon, or where the caller says so.
//
// A block belongs to the zone of its first page. Where a zone ends inside a block (i386 since 6.15), the pieces that would join
// above the border are not told apart from the zone's own.
//
// Releases differ in what the memmap walk visits (5.8), in which types may join above a pageblock (5.18), and in whether joining
// re-types pageblocks (6.10). Not modelled: page isolation, debug_pagealloc's guard pages, shuffling, page poisoning.
//
// Read beside it: mm/page_alloc.c __free_one_page(), split_large_buddy(), buddy_merge_likely(); mm/mm_init.c memmap_init_range(),
// overlap_memmap_init(); mm/memblock.c __free_pages_memory().
#include "mm/buddy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace zonecalc {

namespace {

bool below_pcptypes(MigrateType type) {
    return type <= MigrateType::Reclaimable;
}

// migratetype_is_mergeable()
bool mergeable(MigrateType type) {
    return below_pcptypes(type);
}

}  // namespace

Buddy::Buddy(const Kernel& kernel, const Layout& layout)
    : kernel_(kernel), layout_(layout), holes_in_zone_(kernel.config_enabled("HOLES_IN_ZONE")) {
    for (const Node& node : layout.nodes)
        for (const Zone& z : node.zones) {
            zones_.emplace_back(node.id, z, kernel.max_order);
            zones_.back().alloc_batch = static_cast<i64>(z.managed_initial);
        }
    maps_.assign(kernel.sparse() ? 1 : std::max<std::size_t>(zones_.size(), 1), PageblockTypes(kernel.pageblock_order));
    paint_zones();
    memmap_init();
    memmap_initialised_ = true;
}

BuddyZone* Buddy::zone(int node, ZoneType type) {
    // Nodes are sorted by id, and their zones by type.
    const auto at =
        std::lower_bound(zones_.begin(), zones_.end(), std::pair(node, type),
                         [](const BuddyZone& z, const std::pair<int, ZoneType>& key) { return std::pair(z.node, z.type) < key; });
    return at != zones_.end() && at->node == node && at->type == type ? &*at : nullptr;
}

// The zone's span, in some releases with the rest of the section that it ends in.
PfnRange Buddy::initialised_by(const BuddyZone& zone) const {
    if (zone.span.empty() || !kernel_.behaviours.memmap_to_section_end || !kernel_.sparse()) return zone.span;
    return {zone.span.begin, round_up(zone.span.end, kernel_.pages_per_section())};
}

// Whether a pfn of that range, which lies in `region`, has its struct page from the zone. Up to 5.7 early_pfn_in_nid() tells nodes
// apart only with NODES_SPAN_OTHER_NODES, which x86_64 has: elsewhere pages of nodes that lie interleaved go to the last of them
// (4.19.13 on arm64). Nothing is told apart in the rest of a section.
bool Buddy::initialises(const BuddyZone& zone, const MemblockRegion& region, Pfn pfn) const {
    const bool whole_span = kernel_.behaviours.memmap_walk == MemmapWalk::zone_span && kernel_.arch != Arch::x86_64;
    return whole_span || region.nid == NUMA_NO_NODE || zone.node == region.nid || !zone.spans(pfn);
}

// What memmap_init() leaves in the struct pages, region by region; later zones overwrite earlier ones.
void Buddy::paint_zones() {
    const u64 page = kernel_.page_size();
    const bool mirrored_kernelcore = layout_.movable.path == MovablePath::mirror;
    std::vector<PfnRange> holes;  // memory that no zone has initialised yet
    const auto paint = [&](PfnRange part, std::size_t zone) {
        if (!page_zones_.empty() && page_zones_.back().zone == zone && page_zones_.back().range.end == part.begin)
            page_zones_.back().range.end = part.end;
        else
            page_zones_.push_back({part, zone});
    };
    for (const MemblockRegion& r : layout_.memory) {
        const PfnRange range{div_round_up(r.base, page), r.end() / page};
        if (range.empty()) continue;
        std::vector<Pfn> cuts{range.begin, range.end};
        std::vector<std::size_t> candidates;
        for (std::size_t i = 0; i < zones_.size(); ++i) {
            const BuddyZone& z = zones_[i];
            if (!walked(z)) continue;
            if (mirrored_kernelcore && z.type == ZoneType::Movable && r.flags & MEMBLOCK_MIRROR) continue;
            const PfnRange part = intersection(range, initialised_by(z));
            if (part.empty()) continue;
            candidates.push_back(i);
            cuts.insert(cuts.end(), {part.begin, part.end, std::clamp(z.span.end, part.begin, part.end)});
        }
        std::sort(cuts.begin(), cuts.end());
        cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
        for (std::size_t c = 0; c + 1 < cuts.size(); ++c) {
            const auto owner = std::find_if(candidates.rbegin(), candidates.rend(), [&](std::size_t i) {
                return initialised_by(zones_[i]).contains(cuts[c]) && initialises(zones_[i], r, cuts[c]);
            });
            const PfnRange part{cuts[c], cuts[c + 1]};
            if (owner != candidates.rend()) {
                for (const PfnRange& hole : std::exchange(holes, {})) paint(hole, *owner);
                paint(part, *owner);
            } else if (holes_are_unavailable() && std::none_of(zones_.begin(), zones_.end(), [&](const BuddyZone& z) {
                           return z.node == r.nid && walked(z) && z.spans(part.begin);
                       })) {
                holes.push_back(part);
            }
        }
    }
    if (!page_zones_.empty())
        for (const PfnRange& hole : holes) paint(hole, page_zones_.back().zone);
}

// init_unavailable_range() gives what lies between the zones' memory to the zone that follows …
bool Buddy::holes_are_unavailable() const {
    return kernel_.behaviours.unavailable_ranges == UnavailableRanges::per_zone;
}

// … and that may be memory: with kernelcore=mirror a zone whose memory is all mirrored away is not gone through (Debian
// 6.1.0-50-arm64, 6 GiB).
bool Buddy::walked(const BuddyZone& zone) const {
    return zone.present != 0 || !holes_are_unavailable();
}

// Pfns whose struct pages the walk initialises for a zone.
std::vector<PfnRange> Buddy::memmap_init_visits(const BuddyZone& zone) const {
    const u64 page = kernel_.page_size();
    std::vector<PfnRange> out;
    if (!walked(zone)) return out;
    const bool by_span = kernel_.behaviours.memmap_walk == MemmapWalk::zone_span;
    if (by_span && !kernel_.sparse()) return {zone.span};

    const bool memory_is_valid = (kernel_.arch == Arch::arm64 && kernel_.behaviours.arm64_pfn_valid_is_memblock) ||
                                 (kernel_.arch == Arch::arm && kernel_.config_enabled("HAVE_ARCH_PFN_VALID"));
    for (const MemblockRegion& r : layout_.memory) {
        PfnRange range{div_round_up(r.base, page), r.end() / page};
        if (range.empty()) continue;
        if (by_span) {
            if (memory_is_valid && r.flags & MEMBLOCK_NOMAP) continue;
            if (!memory_is_valid) {
                const u64 section = kernel_.pages_per_section();
                range = {round_down(range.begin, section), round_up(range.end, section)};
            }
        } else {
            if (r.nid != NUMA_NO_NODE && r.nid != zone.node) continue;
            if (layout_.movable.path == MovablePath::mirror && zone.type == ZoneType::Movable && r.flags & MEMBLOCK_MIRROR)
                continue;
        }
        range = intersection(range, zone.span);
        if (!range.empty()) out.push_back(range);
    }
    return out;
}

void Buddy::memmap_init() {
    for (BuddyZone& zone : zones_) {
        if (zone.span.empty()) continue;
        const Node* node = layout_.node(zone.node);
        for (PfnRange range : memmap_init_visits(zone)) {
            if (node && node->first_deferred_pfn) range.end = std::min(range.end, *node->first_deferred_pfn);
            set_pageblock_heads(zone, range, MigrateType::Movable);
        }
    }
}

MigrateType Buddy::coerced(MigrateType type) const {
    return memmap_initialised_ && mobility_disabled() && below_pcptypes(type) ? MigrateType::Unmovable : type;
}

BuddyZone* Buddy::zone_of(Pfn pfn) {
    const auto at =
        std::upper_bound(page_zones_.begin(), page_zones_.end(), pfn, [](Pfn p, const PageZones& z) { return p < z.range.end; });
    return at != page_zones_.end() && at->range.contains(pfn) ? &zones_[at->zone] : nullptr;
}

Pfn Buddy::same_zone_until(Pfn pfn) const {
    const auto at =
        std::upper_bound(page_zones_.begin(), page_zones_.end(), pfn, [](Pfn p, const PageZones& z) { return p < z.range.end; });
    if (at == page_zones_.end()) return ~Pfn{0};
    return at->range.contains(pfn) ? at->range.end : at->range.begin;
}

std::vector<PfnRange> Buddy::pages_of(const BuddyZone& zone) const {
    std::vector<PfnRange> out;
    for (const PageZones& z : page_zones_)
        if (&zones_[z.zone] == &zone) out.push_back(z.range);
    return out;
}

void Buddy::change_pageblock_range(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType type) {
    set_pageblock_heads(zone, {pfn, pfn + (u64{1} << order)}, type);
}

void Buddy::count(BuddyZone& zone, i64 pages, MigrateType type) {
    if (type == MigrateType::Isolate) return;
    zone.nr_free_pages += pages;
    if (type == MigrateType::Cma) zone.nr_free_cma += pages;
}

void Buddy::remove(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType type) {
    zone.free.remove(pfn, order);
    count(zone, -(i64{1} << order), type);
}

void Buddy::add(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType type, bool to_tail) {
    zone.free.add(pfn, order, type, to_tail);
    count(zone, i64{1} << order, type);
}

void Buddy::move(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType from, MigrateType to) {
    remove(zone, pfn, order, from);
    add(zone, pfn, order, to, kernel_.behaviours.move_to_tail);
}

// pfn_valid_within(), where the architecture asks memblock
bool Buddy::valid(Pfn pfn) const {
    const PhysAddr address = pfn << kernel_.page_shift;
    return std::any_of(layout_.memory.begin(), layout_.memory.end(), [&](const MemblockRegion& r) {
        return r.base <= address && address < r.end() && !(r.flags & MEMBLOCK_NOMAP);
    });
}

bool Buddy::buddy_merge_likely(BuddyZone& zone, Pfn pfn, unsigned order) const {
    if (order + 1 >= kernel_.max_order) return false;
    const u64 size = u64{1} << order;
    const Pfn pair = pfn & ~size;
    if (!zone.free.find(pair ^ (size << 1), order + 1)) return false;
    return !holes_in_zone_ || valid(pfn ^ size);
}

void Buddy::free_one_page(BuddyZone& zone, Pfn pfn, unsigned order, MigrateType type, bool to_tail) {
    const Behaviours& b = kernel_.behaviours;
    count(zone, i64{1} << order, type);
    const unsigned freed = order;
    while (order < kernel_.max_order) {
        const Pfn buddy = pfn ^ (u64{1} << order);
        const auto listed = zone.free.find(buddy, order);
        if (!listed) break;
        if (order >= kernel_.pageblock_order && b.merge_only_mergeable) {
            const MigrateType other = pageblock_type(zone, buddy);
            if (other != type && !(mergeable(other) && mergeable(type))) break;
            if (other != type && b.free_by_pageblock) change_pageblock_range(zone, buddy, order, type);
        }
        zone.free.remove(buddy, order);
        pfn &= buddy;
        ++order;
    }
    if (walk_ && order != freed)
        WalkNote(walk_).because(fmt::format("its buddies are free: joined to a block of order {} at pfn {:#x}", order, pfn));
    zone.free.add(pfn, order, type, to_tail || buddy_merge_likely(zone, pfn, order));
}

void Buddy::free_pages_ok(BuddyZone& zone, Pfn pfn, unsigned order, bool to_tail) {
    const unsigned piece = kernel_.behaviours.free_by_pageblock ? std::min(order, kernel_.pageblock_order) : order;
    for (const Pfn end = pfn + (u64{1} << order); pfn < end; pfn += u64{1} << piece) {
        free_one_page(zone, pfn, piece, pageblock_type(zone, pfn), to_tail);
    }
}

void Buddy::free_range(PfnRange range, bool to_tail) {
    const unsigned max_order = kernel_.max_order;
    const WalkStep walk(walk_, "__free_pages_memory");
    walk.argument("start", range.begin, WalkUnit::pfn);
    walk.argument("end", range.end, WalkUnit::pfn);
    Pfn pfn = range.begin;
    while (pfn < range.end) {
        unsigned order = pfn == 0 ? max_order : std::min<unsigned>(max_order, static_cast<unsigned>(std::countr_zero(pfn)));
        while (range.end - pfn < u64{1} << order) --order;
        u64 blocks = 1;

        BuddyZone* const zone = zone_of(pfn);
        if (!zone) {
            // Struct pages that nobody has initialised read as node 0, zone 0. They count there, and are refused as bad pages
            // (Debian 6.1.0-56-amd64 with mirrored memory above unmirrored memory).
            if (zones_.empty()) return;
            if (order == max_order) blocks = std::max<u64>((std::min(same_zone_until(pfn), range.end) - pfn) >> max_order, 1);
            zones_.front().managed += blocks << order;
            note_nowhere(blocks << order);
        } else if (order < max_order) {
            zone->managed += u64{1} << order;
            free_pages_ok(*zone, pfn, order, to_tail);
        } else {
            // Blocks of the largest order join nobody, so that a whole row can be put down at once.
            const Pfn until = std::min(same_zone_until(pfn), pageblocks(*zone).same_until(pfn));
            blocks = std::max<u64>((std::min(until, range.end) - pfn) >> max_order, 1);
            zone->managed += blocks << max_order;
            if (blocks == 1) {
                free_pages_ok(*zone, pfn, order, to_tail);
            } else {
                const MigrateType type = pageblock_type(*zone, pfn);
                zone->free.add_run(pfn, blocks, max_order, type, to_tail);
                count(*zone, static_cast<i64>(blocks << max_order), type);
            }
        }
        if (walk)
            walk.value(fmt::format("pfn {:#x}", pfn), blocks == 1 ? fmt::format("order {}", order)
                                                                  : fmt::format("order {}, {} blocks up to pfn {:#x}", order,
                                                                                blocks, pfn + ((blocks - 1) << order)));
        pfn += blocks << order;
    }
    note_handed_over(range);
}

void Buddy::note_handed_over(PfnRange range) {
    if (range.empty()) return;
    auto at = handed_over_.lower_bound(range.begin);
    if (at != handed_over_.begin() && std::prev(at)->second >= range.begin) {
        --at;
        range.begin = at->first;
    }
    while (at != handed_over_.end() && at->first <= range.end) {
        range.end = std::max(range.end, at->second);
        at = handed_over_.erase(at);
    }
    handed_over_.emplace(range.begin, range.end);
}

bool Buddy::handed_over(PfnRange range) const {
    auto at = handed_over_.upper_bound(range.begin);
    return at != handed_over_.begin() && std::prev(at)->second >= range.end;
}

std::optional<Pfn> Buddy::next_handed_over(Pfn pfn) const {
    auto at = handed_over_.upper_bound(pfn);
    if (at != handed_over_.begin() && std::prev(at)->second > pfn) return pfn;
    if (at == handed_over_.end()) return std::nullopt;
    return at->first;
}

std::vector<PageStretch> Buddy::page_map() const {
    std::vector<PageStretch> out;
    auto given = handed_over_.begin();
    for (const PageZones& p : page_zones_) {
        const BuddyZone& zone = zones_[p.zone];
        for (Pfn at = p.range.begin; at < p.range.end;) {
            Pfn end = std::min(p.range.end, pageblocks(zone).same_until(at));
            while (given != handed_over_.end() && given->second <= at) ++given;
            const bool managed = given != handed_over_.end() && given->first <= at;
            if (given != handed_over_.end()) end = std::min(end, managed ? given->second : given->first);
            out.push_back({{at, end}, zone.node, zone.type, pageblock_type(zone, at), managed});
            at = end;
        }
    }
    return out;
}

void Buddy::adjust_managed_page_count(BuddyZone& zone, PfnRange range) {
    if (handed_over(range)) return;
    zone.managed += range.size();
    note_handed_over(range);
}

}  // namespace zonecalc
