// SPDX-License-Identifier: MIT
// The memmap of SPARSEMEM kernels without VMEMMAP up to 4.18, as early allocations (32-bit arm).
//
// Every root of sections in use takes a page's worth of sections, at first use; up to 4.14 the array of roots is static. Then comes
// a list of one pointer for each section that can exist, one block of usage bits for all sections, and each section's memmap on
// its own, in whole pages; the list is given back.
//
// Not modelled: several nodes, SPARSEMEM_STATIC.
// Read beside it: memory_present(), sparse_init() in mm/sparse.c, sparse_mem_map_populate() there.
#include <set>

#include "mm/boot.h"

namespace zonecalc {

namespace {

std::set<u64> sections_with_memory(const Boot& boot) {
    const u64 most = u64{1} << (boot.early->max_physmem_bits - boot.kernel.section_size_bits);
    const u64 per_section = boot.kernel.pages_per_section();
    std::set<u64> sections;
    for (const EarlyRange& r : mem_pfn_ranges(boot.memblock.memory, boot.kernel.page_shift))
        for (u64 s = r.range.begin / per_section; s < std::min(div_round_up(r.range.end, per_section), most); ++s)
            sections.insert(s);
    return sections;
}

}  // namespace

void sparse_init_one_by_one(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    if (kernel.memory_model != MemoryModel::sparsemem) return;
    const WalkPath step(boot.walk, "sparse_init");
    EarlyBoot& early = *boot.early;
    MemblockAllocator& mb = early.allocator;
    const std::set<u64> sections = sections_with_memory(boot);
    const u64 page = kernel.page_size();

    const u64 per_root = page / kernel.size_of("mem_section");
    std::set<u64> roots;
    for (const u64 section : sections)
        if (roots.insert(section / per_root).second)
            mb.alloc_or_panic(
                {.name = "sections", .size = per_root * kernel.size_of("mem_section"), .align = SMP_CACHE_BYTES, .nid = 0});

    const u64 list = pointer_size(kernel) << (early.max_physmem_bits - kernel.section_size_bits);
    const PhysAddr at = mb.alloc_or_panic({.name = "list of section usage", .size = list, .align = SMP_CACHE_BYTES});
    const u64 bits = (kernel.pages_per_section() >> kernel.pageblock_order) * kernel.constant("NR_PAGEBLOCK_BITS");
    const u64 usage = round_up(bits, 8 * pointer_size(kernel)) / 8;
    mb.alloc_or_panic({.name = "section usage", .size = usage * sections.size(), .align = SMP_CACHE_BYTES, .nid = 0});
    const u64 map = round_up(kernel.pages_per_section() * kernel.size_of("page"), page);
    for (const u64 section : sections)
        early.section_maps[section] =
            mb.alloc_or_panic({.name = "memmap", .size = map, .align = page, .from = early.dma_address, .nid = 0});
    mb.free(at, list);
}

}  // namespace zonecalc
