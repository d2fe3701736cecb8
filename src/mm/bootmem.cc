// SPDX-License-Identifier: MIT
// bootmem, the boot allocator of kernels that do not have NO_BOOTMEM (arm up to 3.13).
//
// A request takes the lowest run of free pages that fits, from where the last one ended on; if nothing fits there, from where it
// wanted to begin. If the last allocation did not fill its last page and the run follows that page, the request begins in it: small
// requests share pages. What is given back becomes free in whole pages only, and pulls the search back. The bitmap itself lies in
// lowmem and is given to the page allocator last, page by page.
//
// The reserved list stays what memblock has, to the byte, so that a reader sees who has what; pages are what counts.
//
// Not modelled: several nodes.
// Read beside it: mm/bootmem.c, arm_bootmem_init() in arch/arm/mm/init.c of 3.13.
#include "mm/bootmem.h"

#include <algorithm>

namespace zonecalc {

std::optional<Pfn> Bootmem::first_fit(const Memblock& memblock, u64 count, u64 step, Pfn from) const {
    std::optional<Pfn> found;
    const auto fits = [&](Pfn begin, Pfn end) {
        const Pfn first = round_up(std::max(begin, from), step);
        if (!found && first < end && end - first >= count) found = first;
    };
    for (const MemblockRegion& m : memblock.memory.regions()) {
        Pfn at = std::max(div_round_up(m.base, page_), pages_.begin);
        const Pfn end = std::min(m.end() / page_, pages_.end);
        for (const MemblockRegion& r : memblock.reserved.regions()) {
            if (at >= end || found) break;
            if (r.end() <= at * page_) continue;
            if (r.base / page_ > at) fits(at, std::min<Pfn>(r.base / page_, end));
            at = std::max(at, div_round_up(r.end(), page_));
        }
        if (at < end) fits(at, end);
        if (found) break;
    }
    return found;
}

std::optional<PhysAddr> Bootmem::find_from(const Memblock& memblock, u64 size, u64 align, PhysAddr goal) {
    const u64 step = std::max<u64>(align / page_, 1);
    const Pfn wanted = goal / page_;
    const Pfn start = round_up(wanted > pages_.begin && wanted < pages_.end ? wanted : pages_.begin, step);
    const u64 count = div_round_up(size, page_);
    std::optional<Pfn> pfn = first_fit(memblock, count, step, std::max(start, hint_));
    if (!pfn && hint_ > start) pfn = first_fit(memblock, count, step, start);
    if (!pfn) return std::nullopt;
    const bool shares = last_end_ % page_ != 0 && last_end_ / page_ + 1 == *pfn;
    const PhysAddr base = shares ? round_up(last_end_, align) : *pfn * page_;
    last_end_ = base + size;
    hint_ = div_round_up(last_end_, page_);
    return base;
}

std::optional<PhysAddr> Bootmem::find(const Memblock& memblock, u64 size, u64 align, std::optional<PhysAddr> from, bool low) {
    const PhysAddr goal = low ? 0 : from.value_or(goal_);
    if (const auto found = find_from(memblock, size, align, goal)) return found;
    return goal != 0 ? find_from(memblock, size, align, 0) : std::nullopt;
}

PhysRange Bootmem::free(PhysAddr base, u64 size) {
    const Pfn first = div_round_up(base, page_);
    const Pfn last = std::max((base + size) / page_, first);
    if (first >= pages_.begin && first < pages_.end) hint_ = std::min(hint_, first);
    return {first * page_, last * page_};
}

}  // namespace zonecalc
