// SPDX-License-Identifier: MIT
// The memmap of FLATMEM kernels, as early allocations.
//
// One array of struct pages for the whole node, from its first to its last page, both rounded to the largest buddy block: holes
// cost as much as memory does. Then each zone that spans anything gets the bits that say what its pageblocks are used for. All of
// it is lowmem, the memmap of highmem too.
//
// Up to 4.8 each zone has a table of queues to wait for its pages in, with sparse memory too.
//
// Not modelled: several nodes (DISCONTIGMEM), wait tables of kernels with memory hot-plug.
// Read beside it: alloc_node_mem_map(), setup_usemap() and zone_wait_table_init() in mm/mm_init.c (mm/page_alloc.c before 6.4).
#include <bit>

#include "mm/boot.h"

namespace zonecalc {

namespace {

// usemap_size()
u64 usemap_size(const Kernel& kernel, const Zone& zone) {
    const u64 block = kernel.pageblock_nr_pages();
    const u64 blocks = div_round_up(zone.start_pfn % block + zone.spanned, block);
    return round_up(blocks * kernel.constant("NR_PAGEBLOCK_BITS"), 8 * pointer_size(kernel)) / 8;
}

// wait_table_hash_nr_entries()
u64 wait_table_entries(u64 pages) {
    constexpr u64 PAGES_PER_WAITQUEUE = 256;
    return std::clamp<u64>(std::bit_ceil(std::max<u64>(pages / PAGES_PER_WAITQUEUE, 1)), 4, 4096);
}

}  // namespace

void alloc_node_mem_map(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    const bool flat = kernel.memory_model == MemoryModel::flatmem;
    const bool waits = kernel.behaviours.zone_wait_tables;
    if (!flat && !waits) return;
    const WalkPath step(boot.walk, "alloc_node_mem_map");
    const auto take = [&](std::string_view name, u64 size, int nid) {
        return boot.early->allocator.alloc_or_panic({.name = name, .size = size, .align = SMP_CACHE_BYTES, .nid = nid});
    };
    const u64 block = kernel.max_order_nr_pages();
    for (const Node& node : boot.layout.nodes) {
        if (node.spanned == 0) continue;
        // pgdat_end_pfn(): memory above the zones has no struct pages (highmem= of i386).
        const Pfn end = node.range.begin + node.spanned;
        const Pfn start = round_down(node.range.begin, block);
        if (flat) {
            boot.early->mem_map = take("memmap", (round_up(end, block) - start) * kernel.size_of("page"), node.id);
            boot.early->mem_map_start = start;
        }
        for (const Zone& zone : node.zones) {
            if (zone.spanned == 0) continue;
            if (flat) {
                const WalkStep bits(boot.walk, "setup_usemap");
                take("pageblock bits", usemap_size(kernel, zone), node.id);
            }
            if (waits) {
                const WalkStep table(boot.walk, "zone_wait_table_init");
                take("zone wait table", wait_table_entries(zone.spanned) * kernel.size_of("wait_queue_head"), node.id);
            }
        }
    }
}

}  // namespace zonecalc
