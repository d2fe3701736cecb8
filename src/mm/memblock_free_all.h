// SPDX-License-Identifier: MIT
// memblock hands its free memory to the page allocator: memblock_free_all() [4.20..7.1], free_all_bootmem() before. Pfns.
#pragma once

#include "mm/boot.h"
#include "mm/buddy.h"

namespace zonecalc {

// for_each_free_mem_range() in whole pages: free memory by address. What belongs to different nodes or has different flags stays
// apart.
struct FreeRange {
    int node = NUMA_NO_NODE;
    PfnRange range;
};
std::vector<FreeRange> free_mem_pfn_ranges(const Kernel& kernel, const Layout& layout);

// The same to the byte.
std::vector<PhysRange> free_mem_ranges(const Kernel& kernel, const Layout& layout);

// defer_init(), update_defer_init() during memmap_init(): sets Node::first_deferred_pfn.
void defer_init(const Kernel& kernel, Layout& layout);

// The walk itself, into a Buddy in which nothing is free yet.
void hand_over(Buddy& buddy, const std::vector<FreeRange>& ranges);

// All of it: fills in managed, free_pages and free_lists of the layout's zones. Needs nodes, zones and memblock.
void memblock_free_all(Boot& boot);

}  // namespace zonecalc
