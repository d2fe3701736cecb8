// SPDX-License-Identifier: MIT
// The memmap of FLATMEM kernels, as early allocations.
//
// One array of struct pages for the whole node, from its first to its last page, both rounded to the largest buddy block: holes
// cost as much as memory does. Then each zone that spans anything gets the bits that say what its pageblocks are used for. All of
// it is lowmem, the memmap of highmem too.
//
// Not modelled: the wait tables of zones before 4.9; several nodes (DISCONTIGMEM).
// Read beside it: alloc_node_mem_map() and setup_usemap() in mm/mm_init.c (mm/page_alloc.c before 6.4).
#include "mm/boot.h"

namespace zonecalc {

namespace {

constexpr u64 SMP_CACHE_BYTES = 64;

// usemap_size()
u64 usemap_size(const Kernel& kernel, const Zone& zone) {
    const u64 block = kernel.pageblock_nr_pages();
    const u64 blocks = div_round_up(zone.start_pfn % block + zone.spanned, block);
    return round_up(blocks * kernel.constant("NR_PAGEBLOCK_BITS"), 8 * pointer_size(kernel)) / 8;
}

}  // namespace

void alloc_node_mem_map(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    if (kernel.memory_model != MemoryModel::flatmem) return;
    const u64 block = kernel.max_order_nr_pages();
    for (const Node& node : boot.layout.nodes) {
        if (node.spanned == 0) continue;
        // pgdat_end_pfn(): memory above the zones has no struct pages (highmem= of i386).
        const Pfn end = node.range.begin + node.spanned;
        const u64 pages = round_up(end, block) - round_down(node.range.begin, block);
        boot.early->allocator.alloc_or_panic(
            {.name = "memmap", .size = pages * kernel.size_of("page"), .align = SMP_CACHE_BYTES, .nid = node.id});
        for (const Zone& zone : node.zones)
            if (zone.spanned != 0)
                boot.early->allocator.alloc_or_panic(
                    {.name = "pageblock bits", .size = usemap_size(kernel, zone), .align = SMP_CACHE_BYTES, .nid = node.id});
    }
}

}  // namespace zonecalc
