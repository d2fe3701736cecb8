// SPDX-License-Identifier: MIT
// Early allocations: a place is searched in what memory has and reserved has not, and becomes a reserved range.
//
// The search goes from the top down, or, with movable_node until the nodes are known, from the bottom up. The highest (lowest) free
// range that holds the request wins, so that a small request fills the hole that alignment left above a larger one: the order of
// calls decides where everything lies. Page 0 is never given away. Hot-pluggable memory is left alone with movable_node; mirrored
// memory comes first where there is any. What a request asks for is given up step by step: its node, then mirrored memory, then its
// lower bound (up to 5.3 the lower bound goes before mirrored memory). Up to 5.11 bottom-up starts at the end of the kernel image,
// and falls back to top-down.
//
// The array of reserved regions has 128 places to start with and is doubled, in memory of its own, when a region may not fit.
//
// Not modelled: growth of the array of memory regions; the flags that 6.15 puts on reserved regions (they keep neighbours apart,
// and so count for the array's length only).
//
// Read beside it: memblock_find_in_range_node(), memblock_alloc_range_nid(), memblock_alloc_internal(), memblock_double_array() in
// mm/memblock.c.
#include "mm/memblock_alloc.h"

#include <algorithm>

#include "mm/walk.h"

namespace zonecalc {

namespace {

constexpr u64 INIT_MEMBLOCK_REGIONS = 128;

bool aligned_up(PhysAddr& address, u64 align) {
    if (address > ~PhysAddr{0} - (align - 1)) return false;
    address = round_up(address, align);
    return true;
}

auto first_ending_after(const std::vector<MemblockRegion>& regions, PhysAddr at) {
    return std::ranges::partition_point(regions, [at](const MemblockRegion& r) { return r.end() <= at; });
}

}  // namespace

MemblockAllocator::MemblockAllocator(Memblock& memblock, const Kernel& kernel)
    : memblock_(memblock), kernel_(kernel), page_(kernel.page_size()), region_size_(kernel.size_of("memblock_region")) {
    if (region_size_ == 0) region_size_ = is_32bit(kernel.arch) ? 16 : 24;
    const u64 given = kernel.constant("INIT_MEMBLOCK_RESERVED_REGIONS");
    reserved_max_ = given != 0 ? given : INIT_MEMBLOCK_REGIONS;
}

std::size_t MemblockAllocator::reserved_count() const {
    const std::vector<MemblockRegion>& r = memblock_.reserved.regions();
    std::size_t count = r.size();
    for (std::size_t i = 1; i < r.size(); ++i)
        if (r[i - 1].end() == r[i].base && r[i - 1].nid == r[i].nid && r[i - 1].flags == r[i].flags) --count;
    return count;
}

std::size_t MemblockAllocator::uncovered_parts(PhysAddr base, u64 size) const {
    const PhysAddr end = base + std::min(size, ~PhysAddr{0} - base);
    const std::vector<MemblockRegion>& taken = memblock_.reserved.regions();
    std::size_t parts = 0;
    PhysAddr at = base;
    for (auto r = first_ending_after(taken, at); r != taken.end() && r->base < end; ++r) {
        if (r->base > at) ++parts;
        at = std::min(r->end(), end);
    }
    return parts + (at < end);
}

void MemblockAllocator::make_room(std::size_t regions, PhysAddr base, u64 size) {
    // Counting is for when it may matter.
    const auto is_full = [&] {
        return memblock_.reserved.regions().size() + regions > reserved_max_ && reserved_count() + regions > reserved_max_;
    };
    while (can_resize && is_full()) double_array(base, size);
}

void MemblockAllocator::double_array(PhysAddr base, u64 size) {
    const u64 bytes = round_up(2 * reserved_max_ * region_size_, page_);
    const PhysAddr end = base + std::min(size, ~PhysAddr{0} - base);
    // Not where the caller is about to reserve.
    std::optional<PhysAddr> place;
    for (const PhysRange& r : {PhysRange{end, current_limit}, PhysRange{0, std::min(base, current_limit)}}) {
        if (!place && has_mirror) place = find_in_range_node(bytes, page_, r.begin, r.end, NUMA_NO_NODE, true);
        if (!place && r.end != 0) place = find_in_range_node(bytes, page_, r.begin, r.end, NUMA_NO_NODE, false);
    }
    if (!place) throw OutOfEarlyMemory{"array of reserved regions", bytes};
    reserved_max_ *= 2;
    const std::optional<PhysRange> old = grown_;
    grown_ = PhysRange{*place, *place + bytes};
    if (old) free(old->begin, old->size());
    reserve(*place, bytes, "array of reserved regions");
}

void MemblockAllocator::reserve(PhysAddr base, u64 size, std::string_view name) {
    if (size == 0) return;
    make_room(uncovered_parts(base, size), base, size);
    memblock_.reserved.add(base, size, NUMA_NO_NODE, 0, name);
}

void MemblockAllocator::take(PhysAddr base, u64 size, const EarlyRequest& q, PhysAddr from, int nid) {
    reserve(base, size, q.name);
    if (!memblock_.reserved.calls || size == 0) return;
    EarlyCall& call = memblock_.reserved.calls->back();
    call.kind = EarlyCall::Kind::allocate;
    call.align = q.align;
    call.from = from;
    call.below = q.below == 0 ? current_limit : q.below;
    call.nid = nid;
    call.bottom_up = bottom_up || bootmem_;
}

void MemblockAllocator::free(PhysAddr base, u64 size) {
    if (size == 0) return;
    if (bootmem_) {
        const PhysRange pages = bootmem_->free(base, size);
        return memblock_.reserved.remove(pages.begin, pages.size());
    }
    make_room(2, base, size);
    memblock_.reserved.remove(base, size);
}

bool MemblockAllocator::may_use(const MemblockRegion& m, int nid, bool mirror) const {
    if (nid != NUMA_NO_NODE && m.nid != nid) return false;
    if (movable_node && m.flags & MEMBLOCK_HOTPLUG) return false;
    if (mirror && !(m.flags & MEMBLOCK_MIRROR)) return false;
    return !(m.flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED));
}

std::vector<PhysRange> MemblockAllocator::free_ranges(PhysRange within, int nid, bool mirror) const {
    std::vector<PhysRange> out;
    const std::vector<MemblockRegion>& taken = memblock_.reserved.regions();
    for (const MemblockRegion& m : memblock_.memory.regions()) {
        if (m.base >= within.end || m.end() <= within.begin || !may_use(m, nid, mirror)) continue;
        const PhysAddr end = std::min(m.end(), within.end);
        PhysAddr at = std::max(m.base, within.begin);
        for (auto t = first_ending_after(taken, at); t != taken.end() && t->base < end; ++t) {
            if (t->base > at) out.push_back({at, t->base});
            at = std::max(at, t->end());
        }
        if (at < end) out.push_back({at, end});
    }
    return out;
}

std::optional<PhysRange> MemblockAllocator::highest_free_range(PhysRange within, int nid, bool mirror, u64 size, u64 align) const {
    const std::vector<MemblockRegion>& taken = memblock_.reserved.regions();
    const auto holds = [&](PhysAddr begin, PhysAddr end) {
        return begin < end && end >= size && round_down(end - size, align) >= begin;
    };
    const auto& memory = memblock_.memory.regions();
    for (auto m = memory.rbegin(); m != memory.rend(); ++m) {
        if (m->base >= within.end || m->end() <= within.begin || !may_use(*m, nid, mirror)) continue;
        const PhysAddr begin = std::max(m->base, within.begin);
        PhysAddr end = std::min(m->end(), within.end);
        auto above = std::ranges::partition_point(taken, [end](const MemblockRegion& r) { return r.base < end; });
        while (above != taken.begin() && std::prev(above)->end() > begin) {
            --above;
            if (holds(above->end(), end)) return PhysRange{above->end(), end};
            end = std::min(end, above->base);
        }
        if (holds(begin, end)) return PhysRange{begin, end};
    }
    return std::nullopt;
}

std::optional<PhysAddr> MemblockAllocator::find_in_range_node(u64 size, u64 align, PhysAddr start, PhysAddr end, int nid,
                                                              bool mirror) const {
    if (end == 0) end = current_limit;
    start = std::max(start, page_);
    end = std::max(start, end);
    const auto upward = [&](PhysAddr from) -> std::optional<PhysAddr> {
        for (const PhysRange& r : free_ranges({from, end}, nid, mirror)) {
            PhysAddr candidate = r.begin;
            if (aligned_up(candidate, align) && candidate < r.end && r.end - candidate >= size) return candidate;
        }
        return std::nullopt;
    };
    if (bottom_up && !kernel_.behaviours.memblock_bottom_up_above_kernel) return upward(start);
    if (bottom_up && end > kernel_end)
        if (const auto found = upward(std::max(start, kernel_end))) return found;

    const std::optional<PhysRange> found = highest_free_range({start, end}, nid, mirror, size, align);
    return found ? std::optional(round_down(found->end - size, align)) : std::nullopt;
}

std::optional<PhysAddr> MemblockAllocator::phys_alloc(const EarlyRequest& q) {
    const WalkStep step(memblock_.reserved.walk, "memblock_alloc_range_nid");
    step.argument("size", q.size, WalkUnit::bytes);
    step.argument("align", q.align, WalkUnit::hex);
    step.argument("start", q.from, WalkUnit::address);
    step.argument("end", q.below == 0 ? current_limit : q.below, WalkUnit::address);
    step.argument("nid", q.nid);
    const auto try_to_take = [&](PhysAddr from, int nid, bool mirror) -> std::optional<PhysAddr> {
        const auto found = find_in_range_node(q.size, q.align, from, q.below, nid, mirror);
        if (found) take(*found, q.size, q, from, nid);
        return found;
    };
    if (q.size == 0) return std::nullopt;
    for (bool mirror = has_mirror;; mirror = false) {
        if (const auto found = try_to_take(q.from, q.nid, mirror)) return found;
        if (q.nid != NUMA_NO_NODE && !q.exact_nid)
            if (const auto found = try_to_take(q.from, NUMA_NO_NODE, mirror)) return found;
        if (mirror && kernel_.behaviours.memblock_bound_dropped_before_mirror && q.from != 0)
            if (const auto found = try_to_take(0, q.nid, mirror)) return found;
        if (!mirror) return std::nullopt;
    }
}

std::optional<PhysAddr> MemblockAllocator::alloc(const EarlyRequest& request) {
    EarlyRequest q = request;
    if (bootmem_) {
        const auto found = bootmem_->find(memblock_, q.size, q.align, q.from ? std::optional(q.from) : std::nullopt, q.low);
        if (found) take(*found, q.size, q, q.from, NUMA_NO_NODE);
        return found;
    }
    if (q.below > current_limit) q.below = current_limit;
    if (const auto found = phys_alloc(q)) return found;
    if (q.from == 0) return std::nullopt;
    q.from = 0;
    return phys_alloc(q);
}

void MemblockAllocator::start_bootmem(PfnRange lowmem, PhysAddr goal) {
    constexpr u64 L1_CACHE_BYTES = 64;
    const u64 bytes = round_up(round_up(div_round_up(lowmem.size(), 8), 4), page_);
    const PhysAddr map = alloc_or_panic(
        {.name = "bootmem bitmap", .size = bytes, .align = L1_CACHE_BYTES, .below = std::min(lowmem.end * page_, current_limit)});
    bootmem_.emplace(lowmem, PhysRange{map, map + bytes}, goal, page_);
}

PhysAddr MemblockAllocator::alloc_or_panic(const EarlyRequest& request) {
    if (request.size == 0) return 0;
    const auto found = alloc(request);
    if (!found) throw OutOfEarlyMemory{std::string(request.name), request.size};
    return *found;
}

void MemblockAllocator::alloc_each_or_panic(const EarlyRequest& request, u64 count) {
    // Each call stands in the list of calls, and in the walk.
    const bool told = memblock_.reserved.calls || memblock_.reserved.walk;
    const bool in_a_row = !told && !bottom_up && !bootmem_ && request.size % std::max<u64>(request.align, 1) == 0;
    while (count != 0) {
        const PhysAddr first = alloc_or_panic(request);
        --count;
        if (!in_a_row || count == 0) continue;
        // Of the highest gap that can hold it, the rest is used up next.
        const auto rest = highest_free_range({std::max(request.from, page_), first}, request.nid, has_mirror, 1, 1);
        if (!rest || rest->end != first) continue;
        const u64 more = std::min(rest->size() / request.size, count);
        reserve(first - more * request.size, more * request.size, request.name);
        count -= more;
    }
}

u64 MemblockAllocator::phys_alloc_pages(u64 pages, PhysRange within, std::string_view name, int nid) {
    bool mirror = has_mirror;
    while (pages != 0) {
        const auto first = within.empty() ? std::nullopt : find_in_range_node(page_, page_, within.begin, within.end, nid, mirror);
        if (!first) {
            if (!mirror) return pages;
            mirror = false;
            continue;
        }
        // Whatever is free next to the first page follows it, page by page.
        const std::vector<PhysRange> free = free_ranges({std::max(within.begin, page_), within.end}, nid, mirror);
        const auto range = std::find_if(free.begin(), free.end(), [&](const PhysRange& r) { return r.contains(*first); });
        const bool up = range != free.end() && *first == round_up(range->begin, page_) &&
                        *first + page_ <= round_down(range->end - page_, page_);
        const u64 room = range == free.end() ? 1 : up ? (range->end - *first) / page_ : (*first + page_ - range->begin) / page_;
        const u64 taken = std::clamp<u64>(room, 1, pages);
        take(up ? *first : *first - (taken - 1) * page_, taken * page_, {.name = name, .align = page_, .below = within.end},
             within.begin, nid);
        pages -= taken;
    }
    return 0;
}

}  // namespace zonecalc
