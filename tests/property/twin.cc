// SPDX-License-Identifier: MIT
// Everything here is done the long way round: what the kernel loops over pages for is a loop over pages.
#include "property/twin.h"

#include <algorithm>

namespace zonecalc::twin {

namespace {
using enum MigrateType;
int low_type(MigrateType t) {
    return t == Unmovable || t == Movable || t == Reclaimable;
}
}  // namespace

Twin::Twin(const Kernel& kernel, const Layout& layout, int pages)
    : k_(kernel), layout_(layout), pages_(static_cast<std::size_t>(pages)) {
    for (const Node& n : layout.nodes)
        for (const zonecalc::Zone& z : n.zones) {
            Zone t;
            t.node = n.id;
            t.type = z.type;
            t.start = static_cast<int>(z.start_pfn);
            t.end = static_cast<int>(z.end_pfn());
            t.batch_left = static_cast<long>(z.managed_initial);
            t.reserve.assign(MAX_NR_ZONES, 0);
            zones_.push_back(t);
        }
    const std::size_t n = static_cast<std::size_t>((pages >> k_.pageblock_order) + 2);
    blocks_.assign(k_.sparse() ? 1 : zones_.size(), std::vector<MigrateType>(n, Unmovable));
    memmap(layout);
    hand_over();
}

std::vector<MigrateType>& Twin::blocks(const Zone& z) {
    return blocks_[blocks_.size() == 1 ? 0 : static_cast<std::size_t>(&z - zones_.data())];
}
MigrateType Twin::block_type(const Zone& z, int pfn) const {
    return const_cast<Twin*>(this)->blocks(z)[static_cast<std::size_t>(pfn >> k_.pageblock_order)];
}
void Twin::set_block(const Zone& z, int pfn, MigrateType type) {
    if (!layout_.mobility_grouping && low_type(type)) type = Unmovable;
    blocks(z)[static_cast<std::size_t>(pfn >> k_.pageblock_order)] = type;
}

// Each page by itself: where it belongs, whether it is free, whether its pageblock is Movable.
void Twin::memmap(const Layout& layout) {
    const u64 size = k_.page_size();
    const int block = 1 << k_.pageblock_order;
    const u64 section = k_.pages_per_section();
    std::vector<bool> present(pages_.size() / section + 2);
    for (const MemblockRegion& r : layout.memory)
        for (u64 p = r.base / size; p * size < r.end() && p < pages_.size(); ++p)
            if (p * size >= r.base && (p + 1) * size <= r.end()) present[p / section] = true;

    for (std::size_t i = 0; i < zones_.size(); ++i) {
        Zone& z = zones_[i];
        // update_defer_init(), page by page
        const Node& node = *layout.node(z.node);
        const bool last = z.end >= static_cast<int>(node.range.begin + node.spanned) && z.end > z.start;
        u64 counted = 0;
        const bool may_defer = k_.deferred_struct_page_init && k_.sparse() && last && !deferred_.count(z.node);
        int first = -1;
        for (int p = z.start; p < z.end; ++p) {
            const u64 begin = static_cast<u64>(p) * size;
            const MemblockRegion* region = nullptr;
            for (const MemblockRegion& r : layout.memory)
                if (r.base <= begin && begin + size <= r.end() && r.nid == z.node) region = &r;
            if (region && layout.movable.path == MovablePath::mirror && z.type == ZoneType::Movable &&
                region->flags & MEMBLOCK_MIRROR)
                region = nullptr;
            if (region && may_defer) {
                if (k_.behaviours.defer_limit == DeferLimit::region && region->end() / size < node.range.begin + node.spanned) {
                    // only a region that ends the node can be deferred
                } else if (first < 0) {
                    ++counted;
                    const u64 limit =
                        k_.behaviours.defer_limit == DeferLimit::section_or_node ? std::min(section, node.spanned) : section;
                    if (counted > limit && static_cast<u64>(p) % section == 0) first = p;
                }
            }
            bool visited = region != nullptr;
            if (k_.behaviours.memmap_walk == MemmapWalk::zone_span) {
                visited = !k_.sparse() || present[static_cast<u64>(p) / section];
                if (k_.sparse() && k_.arch == Arch::arm64 && k_.behaviours.arm64_pfn_valid_is_memblock) {
                    visited = false;
                    for (const MemblockRegion& r : layout.memory)
                        visited |= r.base <= begin && begin + size <= r.end() && !(r.flags & MEMBLOCK_NOMAP);
                }
            }
            if (first >= 0 && p >= first) visited = false;
            if (visited && p % block == 0) blocks(z)[static_cast<std::size_t>(p >> k_.pageblock_order)] = Movable;
        }
        if (first >= 0) deferred_[z.node] = first;

        // Up to 5.7 only x86_64 tells nodes apart (early_pfn_in_nid()); some releases go on to the end of the last section.
        const bool apart = k_.behaviours.memmap_walk != MemmapWalk::zone_span || k_.arch == Arch::x86_64;
        u64 end = static_cast<u64>(z.end);
        if (z.end > z.start && k_.behaviours.memmap_to_section_end && k_.sparse()) end = (end + section - 1) / section * section;
        for (u64 p = static_cast<u64>(z.start); p < std::min<u64>(end, pages_.size()); ++p)
            for (const MemblockRegion& r : layout.memory) {
                if (p * size < r.base || (p + 1) * size > r.end()) continue;
                if (layout.movable.path == MovablePath::mirror && z.type == ZoneType::Movable && r.flags & MEMBLOCK_MIRROR)
                    continue;
                if (!apart || r.nid == z.node || p >= static_cast<u64>(z.end)) pages_[p].zone = static_cast<int>(i);
            }
    }
    int range = 0;
    const MemblockRegion* before = nullptr;
    for (std::size_t p = 0; p < pages_.size(); ++p) {
        const u64 begin = p * size;
        const MemblockRegion* region = nullptr;
        for (const MemblockRegion& r : layout.memory)
            if (r.base <= begin && begin + size <= r.end()) region = &r;
        bool taken = !region || region->flags & MEMBLOCK_NOMAP;
        for (const MemblockRegion& r : layout.reserved) taken |= r.base < begin + size && begin < r.end();
        pages_[p].free_memory = !taken;
        if (region && before) {
            const unsigned mask = k_.behaviours.handover_clears_hotplug ? ~unsigned{MEMBLOCK_HOTPLUG} : ~0u;
            if (region->nid != before->nid || (region->flags & mask) != (before->flags & mask)) ++range;
        }
        if (taken) ++range;
        pages_[p].range = range;
        before = region;
    }
}

int Twin::chunk_order(int pfn, int end) const {
    int order = static_cast<int>(k_.max_order);
    while (pfn % (1 << order) != 0 || pfn + (1 << order) > end) --order;
    return order;
}

void Twin::core_free(int pfn, int order, bool tail) {
    for (int i = 0; i < 1 << order; ++i) pages_[static_cast<std::size_t>(pfn + i)].handed = true;
    const int zone = pages_[static_cast<std::size_t>(pfn)].zone;
    Zone& z = zones_[static_cast<std::size_t>(std::max(zone, 0))];
    z.managed += u64{1} << order;
    if (zone >= 0) free_ok(z, pfn, order, tail);
}

void Twin::hand_over() {
    const int pages = static_cast<int>(pages_.size());
    const bool apart = k_.highmem && k_.behaviours.highmem_freed_by_pages;
    const int low_end = apart ? std::min<int>(pages, static_cast<int>(std::min<u64>(layout_.max_low_pfn, 1u << 30))) : pages;
    for (int p = 0; p < low_end;) {
        if (!pages_[static_cast<std::size_t>(p)].free_memory) {
            ++p;
            continue;
        }
        int end = p;
        while (end < low_end && pages_[static_cast<std::size_t>(end)].free_memory &&
               pages_[static_cast<std::size_t>(end)].range == pages_[static_cast<std::size_t>(p)].range)
            ++end;
        while (p < end) {
            const int order = chunk_order(p, end);
            int node = 0;
            for (const MemblockRegion& r : layout_.memory)
                if (r.base <= static_cast<u64>(p) * k_.page_size() && static_cast<u64>(p) * k_.page_size() < r.end()) node = r.nid;
            const auto d = deferred_.find(node);
            if (d == deferred_.end() || p < d->second) core_free(p, order, k_.behaviours.boot_free_to_tail);
            p += 1 << order;
        }
    }
    for (int p = low_end; p < pages; ++p)
        if (pages_[static_cast<std::size_t>(p)].free_memory) core_free(p, 0, false);
}

void Twin::link(Zone& z, int pfn, int order, MigrateType type, bool tail) {
    auto [at, fresh] = z.lists.try_emplace({order, static_cast<int>(type)}, -1, -1);
    auto& [first, last] = at->second;
    Page& p = pages_[static_cast<std::size_t>(pfn)];
    p.order = order;
    p.list = type;
    p.prev = tail ? last : -1;
    p.next = tail ? -1 : first;
    if (p.prev >= 0) pages_[static_cast<std::size_t>(p.prev)].next = pfn;
    if (p.next >= 0) pages_[static_cast<std::size_t>(p.next)].prev = pfn;
    if (tail || last < 0) last = pfn;
    if (!tail || first < 0) first = pfn;
    z.free_pages += 1 << order;
    if (type == Cma) z.free_cma += 1 << order;
}

void Twin::unlink(Zone& z, int pfn) {
    Page& p = pages_[static_cast<std::size_t>(pfn)];
    auto& [first, last] = z.lists[{p.order, static_cast<int>(p.list)}];
    if (p.prev >= 0)
        pages_[static_cast<std::size_t>(p.prev)].next = p.next;
    else
        first = p.next;
    if (p.next >= 0)
        pages_[static_cast<std::size_t>(p.next)].prev = p.prev;
    else
        last = p.prev;
    z.free_pages -= 1 << p.order;
    if (p.list == Cma) z.free_cma -= 1 << p.order;
    p.order = p.prev = p.next = -1;
}

bool Twin::is_free(const Zone& z, int pfn, int order) const {
    if (pfn < 0 || pfn >= static_cast<int>(pages_.size())) return false;
    const Page& p = pages_[static_cast<std::size_t>(pfn)];
    return p.order == order && p.zone >= 0 && &zones_[static_cast<std::size_t>(p.zone)] == &z;
}

int Twin::head(const Zone& z, int order, MigrateType type) const {
    const auto at = z.lists.find({order, static_cast<int>(type)});
    return at == z.lists.end() ? -1 : at->second.first;
}

std::vector<int> Twin::list(const Zone& z, int order, MigrateType type) const {
    std::vector<int> out;
    for (int p = head(z, order, type); p >= 0; p = pages_[static_cast<std::size_t>(p)].next) out.push_back(p);
    return out;
}

void Twin::free_one(Zone& z, int pfn, int order, MigrateType type, bool tail) {
    const int most = static_cast<int>(k_.max_order);
    int buddy = 0;
    for (; order < most; ++order) {
        buddy = pfn ^ (1 << order);
        if (!is_free(z, buddy, order)) break;
        if (order >= static_cast<int>(k_.pageblock_order) && k_.behaviours.merge_only_mergeable) {
            const MigrateType other = block_type(z, buddy);
            if (other != type && !(low_type(other) && low_type(type))) break;
            if (other != type && k_.behaviours.free_by_pageblock)
                for (int b = buddy; b < buddy + (1 << order); b += 1 << k_.pageblock_order) set_block(z, b, type);
        }
        unlink(z, buddy);
        pfn = std::min(pfn, buddy);
    }
    if (!tail && order <= most - 2) {
        const int low = std::min(pfn, pfn ^ (1 << order));
        tail = is_free(z, low ^ (2 << order), order + 1);
    }
    link(z, pfn, order, type, tail);
}

void Twin::free_ok(Zone& z, int pfn, int order, bool tail) {
    if (!k_.behaviours.free_by_pageblock || order <= static_cast<int>(k_.pageblock_order)) {
        free_one(z, pfn, order, block_type(z, pfn), tail);
        return;
    }
    const int piece = static_cast<int>(k_.pageblock_order);
    for (int p = pfn; p < pfn + (1 << order); p += 1 << piece) free_one(z, p, piece, block_type(z, p), tail);
}

int Twin::cut(Zone& z, int pfn, int order, MigrateType rest) {
    int have = pages_[static_cast<std::size_t>(pfn)].order;
    unlink(z, pfn);
    while (have > order) {
        --have;
        link(z, pfn + (1 << have), have, rest, false);
    }
    return pfn;
}

int Twin::smallest(Zone& z, int order, MigrateType type) {
    for (int o = order; o <= static_cast<int>(k_.max_order); ++o)
        if (head(z, o, type) >= 0) return cut(z, head(z, o, type), order, type);
    return -1;
}

std::vector<MigrateType> Twin::others(MigrateType start) const {
    if (start == Unmovable) return {Reclaimable, Movable};
    if (start == Reclaimable) return {Unmovable, Movable};
    if (k_.behaviours.fallback == Fallback::split) return {Cma, Reclaimable, Unmovable};
    return {Reclaimable, Unmovable};
}

bool Twin::claimable(int order, MigrateType start) const {
    return order >= static_cast<int>(k_.pageblock_order / 2) || start != Movable || !layout_.mobility_grouping;
}

bool Twin::block_inside(const Zone& z, int pfn) const {
    const int begin = pfn >> k_.pageblock_order << k_.pageblock_order;
    return begin >= z.start && begin + (1 << k_.pageblock_order) <= z.end;
}

int Twin::block_free(const Zone& z, int pfn) const {
    const int begin = pfn >> k_.pageblock_order << k_.pageblock_order;
    int n = 0;
    for (int p = begin; p < begin + (1 << k_.pageblock_order); ++p)
        for (int o = 0; o <= static_cast<int>(k_.max_order); ++o)
            if (is_free(z, p, o)) n += 1 << o;
    return n;
}

int Twin::move_block(Zone& z, int pfn, MigrateType type) {
    const int size = 1 << k_.pageblock_order;
    int begin = pfn >> k_.pageblock_order << k_.pageblock_order;
    const int end = begin + size;
    if (begin < z.start && k_.behaviours.move_whole_pageblock_only) return 0;
    if (begin < z.start) begin = pfn;
    if (end > z.end) return 0;
    int moved = 0;
    for (int p = begin; p < end; ++p) {
        const int o = p < static_cast<int>(pages_.size()) ? pages_[static_cast<std::size_t>(p)].order : -1;
        if (o < 0 || !is_free(z, p, o)) continue;
        unlink(z, p);
        link(z, p, o, type, k_.behaviours.move_to_tail);
        moved += 1 << o;
        p += (1 << o) - 1;
    }
    return moved;
}

bool Twin::mostly_alike(int free, MigrateType old, MigrateType start) const {
    const int size = 1 << k_.pageblock_order;
    int alike = 0;
    if (start != Movable && old == Movable) alike = std::max(size - free, 0);
    return 2 * (free + alike) >= size || !layout_.mobility_grouping;
}

// __rmqueue(); `mode` 0 normal, 1 CMA, 2 claim, 3 steal
int Twin::take(Zone& z, int order, MigrateType type, const Flags& f, int& mode, MigrateType& from) {
    const int most = static_cast<int>(k_.max_order);
    const int pb = static_cast<int>(k_.pageblock_order);
    const Fallback how = k_.behaviours.fallback;
    if (k_.behaviours.cma_first_when_half && f.cma && z.free_cma > (z.free_pages + bulk_pending_) / 2) {
        from = Cma;
        if (const int p = smallest(z, order, Cma); p >= 0) return p;
    }
    int least = order;
    if (f.nofragment && (order < pb || !k_.behaviours.nofragment_below_pageblock)) least = pb;
    for (;;) {
        from = type;
        if (how != Fallback::claim_or_steal || mode == 0)
            if (const int p = smallest(z, order, type); p >= 0) return p;
        if (how != Fallback::split && f.cma && mode <= 1) {
            from = Cma;
            if (const int p = smallest(z, order, Cma); p >= 0) {
                if (how == Fallback::claim_or_steal) mode = 1;
                return p;
            }
        }
        if (how == Fallback::claim_or_steal) break;

        // the largest block of another type
        int found = -1, size = -1;
        MigrateType other = type;
        for (int o = most; o >= least && found < 0; --o)
            for (const MigrateType t : others(type))
                if (head(z, o, t) >= 0) {
                    found = head(z, o, t), size = o, other = t;
                    break;
                }
        if (found >= 0 && how != Fallback::split && !claimable(size, type) && size > order) {
            found = -1;
            for (int o = order; o <= most && found < 0; ++o)
                for (const MigrateType t : others(type))
                    if (head(z, o, t) >= 0) {
                        found = head(z, o, t), size = o, other = t;
                        break;
                    }
        }
        if (found < 0) {
            if (how == Fallback::split && k_.behaviours.migrate_reserve) {
                from = Reserve;
                return smallest(z, order, Reserve);
            }
            return -1;
        }
        const MigrateType old = block_type(z, found);
        const auto retype_all = [&] {
            for (int b = found; b < found + (1 << size); b += 1 << pb) set_block(z, b, type);
        };
        if (how == Fallback::split) {
            from = other;
            if (other != Cma && size >= pb) {
                retype_all();
                from = type;
            } else if (other != Cma && (size >= pb / 2 || type == Reclaimable || !layout_.mobility_grouping)) {
                const int moved = move_block(z, found, type);
                if (2 * moved >= 1 << pb || !layout_.mobility_grouping) {
                    set_block(z, found, type);
                    from = type;
                }
            }
            return cut(z, found, order, from);
        }
        if (how == Fallback::steal_and_split) {
            if (old != HighAtomic && size >= pb) {
                retype_all();
                from = type;
                return cut(z, found, order, type);
            }
            if (old != HighAtomic && claimable(size, type) && block_inside(z, found) &&
                mostly_alike(block_free(z, found), old, type)) {
                move_block(z, found, type);
                set_block(z, found, type);
                from = type;
                if (const int p = smallest(z, order, type); p >= 0) return p;
            }
            from = other;
            return cut(z, found, order, other);
        }
        int moved = 0;
        if (old != HighAtomic && size >= pb)
            retype_all();
        else if (old != HighAtomic && claimable(size, type))
            moved = move_block(z, found, type);
        if (moved > 0) {
            if (mostly_alike(moved, old, type)) set_block(z, found, type);
        } else {
            unlink(z, found);
            link(z, found, size, type, k_.behaviours.move_to_tail);
        }
    }

    // claims, from the largest order down
    if (mode <= 2) {
        for (int o = most; o >= least && claimable(o, type); --o) {
            int found = -1;
            for (const MigrateType t : others(type))
                if (found < 0) found = head(z, o, t);
            if (found < 0) continue;
            const MigrateType old = block_type(z, found);
            if (old == HighAtomic) continue;
            from = type;
            if (o >= pb) {
                for (int b = found; b < found + (1 << o); b += 1 << pb) set_block(z, b, type);
                mode = 0;
                return cut(z, found, order, type);
            }
            if (!block_inside(z, found) || !mostly_alike(block_free(z, found), old, type)) continue;
            move_block(z, found, type);
            set_block(z, found, type);
            if (const int p = smallest(z, order, type); p >= 0) {
                mode = 0;
                return p;
            }
        }
    }
    if (f.nofragment) return -1;
    for (int o = order; o <= most; ++o)
        for (const MigrateType t : others(type))
            if (head(z, o, t) >= 0) {
                mode = 3;
                from = t;
                return cut(z, head(z, o, t), order, t);
            }
    return -1;
}

bool Twin::pcp_order(int order) const {
    if (order == 0) return true;
    if (!k_.behaviours.pcp_high_orders) return false;
    const int huge = k_.behaviours.pcp_thp_is_pmd_order ? 9 : static_cast<int>(k_.pageblock_order);
    return order <= 3 || (k_.config_enabled("TRANSPARENT_HUGEPAGE") && order == huge);
}

int Twin::pcp_index(int order, MigrateType type) const {
    int n = type == Unmovable ? 0 : (type == Movable) == k_.behaviours.migrate_reserve ? 2 : 1;
    if (order <= 3) return 3 * order + n;
    if (k_.behaviours.pcp_thp == PcpThp::by_type) return 12 + n;
    return 12 + (k_.behaviours.pcp_thp == PcpThp::movable_or_not && type == Movable);
}

int Twin::pcp_lists() const {
    if (!k_.behaviours.pcp_high_orders) return 3;
    if (!k_.config_enabled("TRANSPARENT_HUGEPAGE")) return 12;
    return k_.behaviours.pcp_thp == PcpThp::by_type ? 15 : k_.behaviours.pcp_thp == PcpThp::one ? 13 : 14;
}

int Twin::from_pcp(Zone& z, int order, MigrateType type, const Flags& f) {
    auto& l = z.pcp_lists[pcp_index(order, type)];
    if (l.empty()) {
        long n = static_cast<long>(z.pcp.batch);
        const long batch = n;
        if (k_.behaviours.pcp_high_min_max) {
            const long lo = static_cast<long>(z.pcp.high_min), hi = static_cast<long>(z.pcp.high_max);
            z.pcp_high = std::min(std::max(z.pcp_high, lo), hi);
            if (z.pcp_high < batch) {
                n = 1;
            } else {
                if (order == 0) n = batch << z.alloc_factor;
                long high = z.pcp_high;
                if (lo != hi && !z.below_high) high = z.pcp_high = std::min(high + n, hi);
                if (order == 0) {
                    const long room = std::max(high - z.pcp_count - batch, batch);
                    if (n <= room && z.alloc_factor < 5) ++z.alloc_factor;
                    n = std::min(n, room);
                }
                if (n > 1) n = std::max(n >> order, 2L);
            }
        } else if (k_.behaviours.pcp_high_orders && n > 1) {
            n = std::max(n >> order, 2L);
        }
        int mode = 0;
        for (; n > 0; --n) {
            MigrateType from = type;
            const int p = take(z, order, type, f, mode, from);
            if (p < 0) break;
            if (f.cold)
                l.emplace_front(p, from);
            else
                l.emplace_back(p, from);
            z.pcp_count += 1 << order;
            if (!k_.behaviours.free_by_pageblock) bulk_pending_ += 1 << order;
        }
        bulk_pending_ = 0;
        if (l.empty()) return -1;
    }
    const int p = f.cold ? l.back().first : l.front().first;
    if (f.cold)
        l.pop_back();
    else
        l.pop_front();
    z.pcp_count -= 1 << order;
    return p;
}

int Twin::rmqueue(Zone& z, int order, MigrateType type, const Flags& f) {
    if (pcp_order(order)) {
        if (k_.behaviours.pcp_high_min_max)
            z.pcp_free_count /= 2;
        else if (k_.behaviours.pcp_free_factor)
            z.free_factor /= 2;
        const int p = from_pcp(z, order, type, f);
        if (p >= 0 || !k_.behaviours.pcp_high_orders) return p;
    }
    if (f.highatomic)
        if (const int p = smallest(z, order, HighAtomic); p >= 0) return p;
    int mode = 0;
    MigrateType from = type;
    int p = take(z, order, type, f, mode, from);
    if (p < 0 && f.harder && !k_.behaviours.gfp_atomic) p = smallest(z, order, HighAtomic);
    return p;
}

int Twin::index_of(ZoneType type) const {
    int n = 0;
    for (const ZoneType t : all_zones)
        if (t < type && k_.has_zone(t)) ++n;
    return n;
}

bool Twin::enough(const Zone& z, int order, u64 mark, int reserve_index, const Flags& f) const {
    const bool old = k_.behaviours.watermark_halves_by_order;
    long left = z.free_pages - (1L << order) + 1;
    const bool into_reserves = k_.behaviours.gfp_atomic ? f.harder : f.harder || f.high;
    if (!old && !into_reserves) left -= z.highatomic;
    long min = static_cast<long>(mark);
    if (f.high) min -= min / 2;
    if (f.harder && (k_.behaviours.gfp_atomic || f.high)) min -= min / 4;
    if (left - (f.cma ? 0 : z.free_cma) <= min + static_cast<long>(z.reserve[static_cast<std::size_t>(reserve_index)]))
        return false;
    if (old) {
        for (int o = 0; o < order; ++o) {
            for (const MigrateType t : all_migrate_types) left -= static_cast<long>(list(z, o, t).size()) << o;
            min /= 2;
            if (left <= min) return false;
        }
        return true;
    }
    if (order == 0) return true;
    for (int o = order; o <= static_cast<int>(k_.max_order); ++o) {
        if (head(z, o, Unmovable) >= 0 || head(z, o, Movable) >= 0 || head(z, o, Reclaimable) >= 0) return true;
        if (f.cma && head(z, o, Cma) >= 0) return true;
        if ((f.highatomic || (f.harder && k_.behaviours.gfp_atomic)) && head(z, o, HighAtomic) >= 0) return true;
    }
    return false;
}

std::vector<int> Twin::zonelist(const Request& r) const {
    std::vector<int> out;
    const Node* node = layout_.node(r.node);
    for (const ZoneRef& ref : r.thisnode&& k_.numa ? node->zonelist_thisnode : node->zonelist)
        for (std::size_t i = 0; i < zones_.size(); ++i)
            if (zones_[i].node == ref.node && zones_[i].type == ref.zone && ref.zone <= r.highest)
                out.push_back(static_cast<int>(i));
    return out;
}

int Twin::walk(const Request& r, const std::vector<int>& list, Flags f) {
    const Zone& preferred = zones_[static_cast<std::size_t>(list.front())];
    const int reserve = index_of(k_.behaviours.reserve_by_preferred_zone ? preferred.type : r.highest);
    const int order = static_cast<int>(r.order);
    const MigrateType type = layout_.mobility_grouping ? r.type : Unmovable;
    for (;;) {
        const bool pure = f.nofragment;
        bool again = false;
        for (const int i : list) {
            Zone& z = zones_[static_cast<std::size_t>(i)];
            if (f.fair && (z.node != preferred.node || z.batch_left <= 0)) continue;
            if (pure && layout_.nr_online_nodes > 1 && z.node != preferred.node) {
                f.nofragment = false;
                again = true;
                break;
            }
            bool ok = false;
            if (k_.behaviours.watermark_high_first && !z.below_high) {
                ok = enough(z, order, z.mark.high, reserve, f);
                z.below_high = !ok;
            }
            if (!ok) ok = enough(z, order, f.mark == 1 ? z.mark.low : z.mark.min, reserve, f);
            if (!ok) ok = grow(z, order);
            if (!ok) continue;
            for (;;) {
                const int p = rmqueue(z, order, type, f);
                if (p >= 0) {
                    if (k_.behaviours.alloc_fair) z.batch_left -= 1 << order;
                    if (f.highatomic && !k_.behaviours.migrate_reserve &&
                        z.highatomic < static_cast<long>(z.managed / 100 + k_.pageblock_nr_pages()) &&
                        !(k_.behaviours.free_by_pageblock && z.managed / 100 < k_.pageblock_nr_pages()) &&
                        low_type(block_type(z, p))) {
                        if (order < static_cast<int>(k_.pageblock_order)) {
                            if (!k_.behaviours.free_by_pageblock || block_inside(z, p)) {
                                move_block(z, p, HighAtomic);
                                set_block(z, p, HighAtomic);
                                z.highatomic += 1 << k_.pageblock_order;
                            }
                        } else {
                            for (int b = p; b < p + (1 << order); b += 1 << k_.pageblock_order) set_block(z, b, HighAtomic);
                            z.highatomic += 1 << order;
                        }
                    }
                    return p;
                }
                if (!grow(z, order)) break;
            }
        }
        if (again) continue;
        if (!pure) return -1;
        f.nofragment = false;
    }
}

int Twin::alloc(const Request& r) {
    if (r.order > k_.max_order) return -1;
    const std::vector<int> list = zonelist(r);
    if (list.empty()) return -1;
    const Zone& preferred = zones_[static_cast<std::size_t>(list.front())];
    Flags f;
    f.cma = (layout_.mobility_grouping ? r.type : Unmovable) == Movable && k_.config_enabled("CMA");
    f.cold = r.cold;
    f.fair = k_.behaviours.alloc_fair;
    if (k_.behaviours.alloc_nofragment && k_.has_zone(ZoneType::DMA32) && preferred.type == ZoneType::Normal) {
        const zonecalc::Zone* below = layout_.node(preferred.node)->zone(ZoneType::DMA32);
        f.nofragment = layout_.nr_online_nodes <= 1 || (below && below->present != 0);
    }
    int p = walk(r, list, f);
    if (p >= 0) return p;
    if (f.fair) {
        for (const int i : list) {
            Zone& z = zones_[static_cast<std::size_t>(i)];
            if (z.node == preferred.node) z.batch_left = static_cast<long>(z.mark.high) - static_cast<long>(z.mark.low);
        }
        f.fair = false;
        p = walk(r, list, f);
        if (p >= 0) return p;
    }
    f.nofragment = false;
    f.mark = 0;
    f.high = r.high;
    // Requests here never may reclaim, and in 3.x always wake kswapd.
    f.harder = k_.behaviours.gfp_bits == GfpBits::v3 || !k_.behaviours.gfp_atomic || r.atomic;
    f.highatomic = !k_.behaviours.migrate_reserve && f.harder && r.order > 0 && (k_.behaviours.gfp_atomic || f.high);
    return walk(r, list, f);
}

std::vector<int> Twin::bulk(const Request& r, int count) {
    std::vector<int> out;
    const std::vector<int> list = zonelist(r);
    Flags f;
    f.cma = (layout_.mobility_grouping ? r.type : Unmovable) == Movable && k_.config_enabled("CMA");
    f.cold = r.cold;
    if (count > 1 && k_.behaviours.bulk_allocator && !list.empty()) {
        const Zone& preferred = zones_[static_cast<std::size_t>(list.front())];
        for (const int i : list) {
            Zone& z = zones_[static_cast<std::size_t>(i)];
            if (layout_.nr_online_nodes > 1 && z.node != preferred.node) break;
            const u64 mark = z.mark.low + static_cast<u64>(count);
            bool ok = enough(z, 0, mark, index_of(preferred.type), f);
            while (!ok && k_.behaviours.bulk_grows_deferred && grow(z, 0)) ok = enough(z, 0, mark, index_of(preferred.type), f);
            if (!ok) continue;
            while (static_cast<int>(out.size()) < count) {
                const int p = from_pcp(z, 0, layout_.mobility_grouping ? r.type : Unmovable, f);
                if (p < 0) break;
                out.push_back(p);
            }
            break;
        }
    }
    if (out.empty()) {
        Request one = r;
        one.order = 0;
        if (const int p = alloc(one); p >= 0) out.push_back(p);
    }
    return out;
}

void Twin::drain(Zone& z, long pages, int index) {
    const int lists = pcp_lists();
    long left = std::min(pages, z.pcp_count);
    const auto out = [&](int i) {
        const int order = i >= 12 ? (k_.behaviours.pcp_thp_is_pmd_order ? 9 : static_cast<int>(k_.pageblock_order)) : i / 3;
        const auto [p, type] = z.pcp_lists[i].back();
        z.pcp_lists[i].pop_back();
        z.pcp_count -= 1 << order;
        left -= 1 << order;
        free_one(z, p, order, k_.behaviours.free_by_pageblock ? block_type(z, p) : type, false);
    };
    if (k_.behaviours.pcp_drain_from_freed) {
        for (int i = index; left > 0; i = (i + 1) % lists)
            while (left > 0 && !z.pcp_lists[i].empty()) out(i);
        return;
    }
    long credit = 0;
    int i = 0;
    while (left > 0) {
        ++credit;
        i = (i + 1) % lists;
        if (z.pcp_lists[i].empty()) continue;
        if (credit == lists) credit = left;
        for (;;) {
            out(i);
            if (left <= 0) break;
            --credit;
            if (credit <= 0 || z.pcp_lists[i].empty()) break;
        }
        credit = std::max(credit, 0L);
    }
}

void Twin::free(int pfn, int order) {
    Zone& z = zones_[static_cast<std::size_t>(pages_[static_cast<std::size_t>(pfn)].zone)];
    bool all = true;
    for (int p = pfn; p < pfn + (1 << order); ++p) all &= pages_[static_cast<std::size_t>(p)].handed;
    if (!all) z.managed += u64{1} << order;
    for (int p = pfn; p < pfn + (1 << order); ++p) pages_[static_cast<std::size_t>(p)].handed = true;
    if (!pcp_order(order)) {
        free_ok(z, pfn, order, false);
        return;
    }
    const MigrateType type = block_type(z, pfn);
    const int index = pcp_index(order, low_type(type) ? type : Movable);
    z.pcp_lists[index].emplace_front(pfn, type);
    z.pcp_count += 1 << order;

    const long batch = static_cast<long>(z.pcp.batch);
    const bool middling = order >= 1 && order <= 3;
    long n = 0;
    if (k_.behaviours.pcp_high_min_max) {
        const long lo = static_cast<long>(z.pcp.high_min), hi = static_cast<long>(z.pcp.high_max);
        z.alloc_factor /= 2;
        const bool flush = middling && z.prev_high_order && z.pcp_free_count >= batch;
        z.prev_high_order = middling;
        if (z.pcp_free_count < batch * 32) z.pcp_free_count += 1 << order;
        long high = z.pcp_high = std::min(std::max(z.pcp_high, lo), hi);
        if (high != 0 && flush) {
            z.pcp_high = std::max(high - batch * 32, lo);
            high = 0;
        } else if (high != 0 && lo != hi && z.below_high) {
            z.pcp_high = std::max(high - std::max(z.pcp_free_count, batch), lo);
            high = std::max(z.pcp_count, lo);
        } else if (high != 0 && lo != hi && z.pcp_count >= high && z.pcp_high < z.pcp_free_count + batch) {
            z.pcp_high = std::min(std::max(z.pcp_free_count + batch, lo), hi);
        }
        if (z.pcp_count < high) return;
        if (flush)
            n = std::min(z.pcp_count, batch * 32);
        else if (high < batch)
            n = 1;
        else
            n = std::min(std::max(z.pcp_free_count, batch), high - batch);
    } else if (k_.behaviours.pcp_free_factor) {
        const bool flush = middling && z.free_factor && k_.behaviours.pcp_free_high_orders;
        const long high = flush ? 0 : static_cast<long>(z.pcp.high);
        if (z.pcp_count < high) return;
        if (flush)
            n = z.pcp_count;
        else if (high < batch)
            n = 1;
        else {
            n = batch << z.free_factor;
            if (n < high - batch && (z.free_factor < 5 || !k_.behaviours.pcp_scale_capped)) ++z.free_factor;
            n = std::min(std::max(n, batch), high - batch);
        }
    } else {
        if (z.pcp_count < static_cast<long>(z.pcp.high)) return;
        n = std::min(batch, z.pcp_count);
    }
    if (!k_.behaviours.pcp_drain_by_batch) {
        drain(z, n, index);
        return;
    }
    while (n > 0 && z.pcp_count > 0) {
        drain(z, std::min(n, std::max(batch, 1L)), index);
        n -= std::min(n, std::max(batch, 1L));
    }
}

void Twin::activate_cma(int begin, int end) {
    for (int p = begin; p < end; p += 1 << k_.pageblock_order) {
        set_block(zones_[static_cast<std::size_t>(pages_[static_cast<std::size_t>(p)].zone)], p, Cma);
        free(p, static_cast<int>(k_.pageblock_order));
    }
}

int Twin::first_deferred(int node) const {
    const auto d = deferred_.find(node);
    return d == deferred_.end() ? -1 : d->second;
}

// Frees the section that holds the first deferred free page, page by page, and more until there is enough.
bool Twin::grow(Zone& z, int order) {
    const auto d = deferred_.find(z.node);
    if (d == deferred_.end()) return false;
    const Node& node = *layout_.node(z.node);
    if (z.end != static_cast<int>(node.range.begin + node.spanned)) return false;
    const int section = static_cast<int>(k_.pages_per_section());
    const int wanted = std::max(1 << order, section);
    int freed = 0;
    int p = d->second;
    int last_section = -1;
    for (; p < z.end; ++p) {
        Page& page = pages_[static_cast<std::size_t>(p)];
        bool own = page.free_memory;
        if (own) {
            own = false;
            for (const MemblockRegion& r : layout_.memory)
                if (r.base <= static_cast<u64>(p) * k_.page_size() && static_cast<u64>(p) * k_.page_size() < r.end())
                    own = r.nid == z.node;
        }
        if (!own) continue;
        if (last_section >= 0 && p / section != last_section && freed >= wanted) break;
        last_section = p / section;
        if (p % (1 << k_.pageblock_order) == 0) set_block(z, p, Movable);
        core_free(p, 0, k_.behaviours.boot_free_to_tail);
        ++freed;
    }
    if (freed == 0) {
        deferred_.erase(d);
        return true;
    }
    d->second = p;
    return true;
}

// Watermarks are 0 when the lists are set up, so that only an eighth of the zone can make them longer than four batches.
void Twin::setup_per_cpu_pageset() {
    const u64 kib = k_.page_size() / 1024;
    for (Zone& z : zones_) {
        if (layout_.node(z.node)->zone(z.type)->present == 0) continue;
        u64 n = 0;
        bool one = false;
        if (k_.behaviours.batch_4k_of_managed) {
            n = std::min(z.managed / 4096, 256 / kib);
            one = n <= 1;
        } else {
            n = std::min(z.managed / 1024, (k_.behaviours.batch_cap_512k ? 512 : 1024) / kib) / 4;
            if (n == 0) n = 1;
        }
        u64 power = 1;
        while (power * 2 <= n + n / 2) power *= 2;
        const u64 size = one ? 1 : power - 1;
        z.pcp.batch = size == 0 ? 1 : size;
        const u64 least = 4 * z.pcp.batch;
        if (k_.behaviours.pcp_high_min_max)
            z.pcp.high_min = least, z.pcp.high_max = std::max(z.managed / 8, least);
        else
            z.pcp.high = k_.behaviours.pcp_high_from_low_wmark ? least : 6 * size;
    }
}

void Twin::init_late() {
    for (const auto& [nid, first] : std::map<int, int>(deferred_)) {
        for (int p = first; p < static_cast<int>(pages_.size()); ++p) {
            Page& page = pages_[static_cast<std::size_t>(p)];
            if (!page.free_memory || page.handed) continue;
            bool own = false;
            for (const MemblockRegion& r : layout_.memory)
                if (r.base <= static_cast<u64>(p) * k_.page_size() && static_cast<u64>(p) * k_.page_size() < r.end())
                    own = r.nid == nid;
            if (!own || page.zone < 0) continue;
            Zone& z = zones_[static_cast<std::size_t>(page.zone)];
            if (p % (1 << k_.pageblock_order) == 0) set_block(z, p, Movable);
            core_free(p, 0, k_.behaviours.boot_free_to_tail);
        }
    }
    deferred_.clear();
}

}  // namespace zonecalc::twin
