// SPDX-License-Identifier: MIT
// memblock is the allocator of early boot: two sorted lists of physical ranges, `memory` and `reserved`. Firmware's banks are
// added, cut and tagged with nodes; whoever needs memory reserves it. What is left when the page allocator starts is handed over.
//
// Read beside it: mm/memblock.c. Every change splits regions at its borders, changes what lies inside, and joins neighbours again
// if they touch and agree in node and flags. An added range never changes what was there: only its uncovered parts are inserted.
// Not modelled here: the arrays' own growth and the search for free places.
#include "mm/memblock.h"

#include <algorithm>

#include "mm/walk.h"

namespace zonecalc {

namespace {

// memblock_cap_size(): the end of a range never wraps.
PhysAddr capped_end(PhysAddr base, u64 size) {
    return size > ~PhysAddr{0} - base ? ~PhysAddr{0} : base + size;
}

// Who calls memblock.
std::string caller(const Walker* walk) {
    return walk ? walk->running_outside("memblock") : std::string{};
}

// One call of memblock's, as the walk shows it.
class Call : public WalkStep {
public:
    Call(Walker* walk, std::string_view function, PhysAddr base, u64 size) : WalkStep(walk, function) {
        argument("base", base, WalkUnit::address);
        argument("size", size, WalkUnit::bytes);
    }
};

}  // namespace

u64 RegionList::total_size() const {
    u64 total = 0;
    for (const MemblockRegion& r : regions_) total += r.size;
    return total;
}

void RegionList::add(PhysAddr base, u64 size, int nid, unsigned flags, std::string_view name) {
    const PhysAddr end = capped_end(base, size);
    if (end == base) return;
    if (calls) calls->push_back({.name = std::string(name), .function = caller(walk), .base = base, .size = end - base});
    const Call call(walk, is_reserved ? "memblock_reserve" : "memblock_add", base, size);
    if (!name.empty()) call.because(name);

    // Nothing below the first region that ends at `base` or later is touched.
    const std::size_t first = first_ending_after(base == 0 ? 0 : base - 1);
    std::size_t i = first;
    for (PhysAddr at = base; at < end; ++i) {
        const PhysAddr next = i < regions_.size() ? regions_[i].base : ~PhysAddr{0};
        if (next > at) {
            const PhysAddr until = std::min(next, end);
            regions_.insert(regions_.begin() + static_cast<std::ptrdiff_t>(i), {at, until - at, nid, flags, std::string(name)});
            at = until;
        } else {
            at = std::max(at, regions_[i].end());
        }
    }
    merge(first, i);
}

std::size_t RegionList::first_ending_after(PhysAddr at) const {
    const auto r = std::ranges::partition_point(regions_, [at](const MemblockRegion& x) { return x.end() <= at; });
    return static_cast<std::size_t>(r - regions_.begin());
}

std::pair<std::size_t, std::size_t> RegionList::isolate(PhysAddr base, u64 size) {
    const PhysAddr end = capped_end(base, size);
    const auto cut = [this](PhysAddr at) {
        const std::size_t i = first_ending_after(at);
        if (i == regions_.size() || regions_[i].base >= at) return i;
        MemblockRegion upper = regions_[i];
        upper.base = at;
        upper.size = regions_[i].end() - at;
        regions_[i].size = at - regions_[i].base;
        regions_.insert(regions_.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::move(upper));
        return i + 1;
    };
    if (end == base) return {0, 0};
    const std::size_t first = cut(base);
    const std::size_t last = cut(end);
    return {first, last};
}

void RegionList::merge(std::size_t first, std::size_t last) {
    std::size_t i = first == 0 ? 0 : first - 1;
    last = std::min(last, regions_.empty() ? 0 : regions_.size() - 1);
    while (i < last && i + 1 < regions_.size()) {
        MemblockRegion& a = regions_[i];
        const MemblockRegion& b = regions_[i + 1];
        if (a.end() != b.base || a.nid != b.nid || a.flags != b.flags || a.name != b.name) {
            ++i;
            continue;
        }
        a.size += b.size;
        regions_.erase(regions_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        --last;
    }
}

void RegionList::remove(PhysAddr base, u64 size) {
    if (size == 0) return;
    const Call call(walk, is_reserved ? "memblock_phys_free" : "memblock_remove", base, size);
    const auto [first, last] = isolate(base, size);
    // A call that removes nothing is no news, and what it removes may be less than it names.
    if (calls && first != last)
        calls->push_back({.kind = EarlyCall::Kind::free,
                          .name = regions_[first].name,
                          .function = caller(walk),
                          .base = regions_[first].base,
                          .size = regions_[last - 1].end() - regions_[first].base});
    regions_.erase(regions_.begin() + static_cast<std::ptrdiff_t>(first), regions_.begin() + static_cast<std::ptrdiff_t>(last));
}

void RegionList::set_node(PhysAddr base, u64 size, int nid) {
    const Call call(walk, "memblock_set_node", base, size);
    call.argument("nid", nid);
    const auto [first, last] = isolate(base, size);
    for (std::size_t i = first; i < last; ++i) regions_[i].nid = nid;
    merge(0, regions_.size());
}

void RegionList::set_flags(PhysAddr base, u64 size, unsigned flags) {
    const Call call(walk,
                    flags == MEMBLOCK_HOTPLUG  ? "memblock_mark_hotplug"
                    : flags == MEMBLOCK_MIRROR ? "memblock_mark_mirror"
                                               : "memblock_mark_nomap",
                    base, size);
    const auto [first, last] = isolate(base, size);
    for (std::size_t i = first; i < last; ++i) regions_[i].flags |= flags;
    merge(0, regions_.size());
}

void RegionList::clear_flags(PhysAddr base, u64 size, unsigned flags) {
    const Call call(walk, flags == MEMBLOCK_HOTPLUG ? "memblock_clear_hotplug" : "memblock_clear_nomap", base, size);
    const auto [first, last] = isolate(base, size);
    for (std::size_t i = first; i < last; ++i) regions_[i].flags &= ~flags;
    merge(0, regions_.size());
}

bool RegionList::overlaps(PhysAddr base, u64 size) const {
    const PhysAddr end = capped_end(base, size);
    return std::any_of(regions_.begin(), regions_.end(), [=](const MemblockRegion& r) { return r.base < end && base < r.end(); });
}

bool RegionList::covers(PhysAddr base, u64 size) const {
    const PhysAddr end = capped_end(base, size);
    PhysAddr at = base;
    for (const MemblockRegion& r : regions_) {
        if (r.end() <= at) continue;
        if (r.base > at || at >= end) break;
        at = r.end();
    }
    return at >= end;
}

void Memblock::trim_memory(u64 align) {
    const std::vector<MemblockRegion> before = memory.regions();
    for (const MemblockRegion& r : before) {
        const PhysAddr begin = r.base > ~PhysAddr{0} - (align - 1) ? r.end() : round_up(r.base, align);
        const PhysAddr end = round_down(r.end(), align);
        if (begin >= end) {
            memory.remove(r.base, r.size);
        } else {
            memory.remove(r.base, begin - r.base);
            memory.remove(end, r.end() - end);
        }
    }
}

std::optional<PhysAddr> Memblock::find_max_addr(u64 limit) const {
    for (const MemblockRegion& r : memory.regions()) {
        if (limit <= r.size) return r.base + limit;
        limit -= r.size;
    }
    return std::nullopt;
}

void Memblock::enforce_memory_limit(u64 limit) {
    if (limit == 0) return;
    if (const auto max = find_max_addr(limit)) {
        memory.remove(*max, ~PhysAddr{0} - *max);
        reserved.remove(*max, ~PhysAddr{0} - *max);
    }
}

void Memblock::cap_memory_range(PhysAddr base, u64 size) {
    if (size == 0) return;
    const PhysAddr end = capped_end(base, size);
    const std::vector<MemblockRegion> before = memory.regions();
    for (const MemblockRegion& r : before) {
        if (r.flags & MEMBLOCK_NOMAP) continue;
        if (r.base < base) memory.remove(r.base, std::min(r.end(), base) - r.base);
        if (r.end() > end) memory.remove(std::max(r.base, end), r.end() - std::max(r.base, end));
    }
    reserved.remove(0, base);
    reserved.remove(end, ~PhysAddr{0} - end);
}

void Memblock::mem_limit_remove_map(u64 limit) {
    if (limit == 0) return;
    if (const auto max = find_max_addr(limit)) cap_memory_range(0, *max);
}

std::vector<PhysRange> Memblock::free_ranges() const {
    std::vector<PhysRange> out;
    auto taken = reserved.regions().begin();
    for (const MemblockRegion& r : memory.regions()) {
        if (r.flags & MEMBLOCK_NOMAP) continue;
        PhysAddr at = r.base;
        while (taken != reserved.regions().end() && taken->end() <= at) ++taken;
        for (auto t = taken; t != reserved.regions().end() && t->base < r.end(); ++t) {
            if (t->base > at) out.push_back({at, t->base});
            at = std::max(at, std::min(t->end(), r.end()));
        }
        if (at < r.end()) out.push_back({at, r.end()});
    }
    return out;
}

std::vector<EarlyRange> mem_pfn_ranges(const RegionList& memory, unsigned page_shift, int nid) {
    std::vector<EarlyRange> out;
    const u64 page = u64{1} << page_shift;
    for (const MemblockRegion& r : memory.regions()) {
        if (nid != NUMA_NO_NODE && r.nid != nid) continue;
        const PfnRange range{div_round_up(r.base, page), r.end() >> page_shift};
        if (!range.empty()) out.push_back({r.nid, range});
    }
    return out;
}

}  // namespace zonecalc
