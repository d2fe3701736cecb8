// SPDX-License-Identifier: MIT
// What the parts of x86's setup_arch() hand to each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/x86_e820.h"
#include "mm/boot.h"

namespace zonecalc::x86 {

// What early parameters have set. Bytes, unless said otherwise.
struct Options {
    bool disable_mtrr_trim = false;
    u64 reserve_low = 0;                   // reservelow=
    u32 highmem_pages = ~u32{0};           // highmem=, pages; all ones: not given
    u32 vmalloc_reserve = u32{128} << 20;  // __VMALLOC_RESERVE
    bool numa_off = false;
    bool srat_disabled = false;            // numa=noacpi
    std::optional<std::string> numa_fake;  // what follows numa=fake=
};

// A range that is reserved in memblock before NUMA is set up, and so ties its node to the kernel.
using KernelRanges = std::vector<PhysRange>;

// find_low_pfn_range(): lowmem and highmem of i386; sets max_low_pfn and may lower max_pfn.
void find_low_pfn_range(Boot& boot, const Options& options);

// The top of i386's address space: virtual addresses, from the top down.
struct I386Space {
    unsigned pmd_shift = 22;           // a table of pages maps as much
    u32 kmap_begin = 0, kmap_end = 0;  // of the fixmap, for local kmaps: the highest and the lowest page
    u32 btmap = 0;                     // … for mappings at boot: the highest page
    u32 fixmap = 0;                    // … its lowest page
    u32 entry_areas_end = 0;           // per-CPU entry areas
    u32 entry_areas = 0;
    u32 pkmap = 0;  // the kmap window, with highmem
    u32 vmalloc_end = 0;
    u32 page_offset = 0;
};
I386Space i386_space(const Kernel& kernel);

// MAXMEM of i386: bytes that lowmem can hold.
u32 i386_maxmem(const Kernel& kernel, u32 vmalloc_reserve);

// mtrr_trim_uncached_memory(): true where the map was changed.
bool mtrr_trim_uncached_memory(Boot& boot, const Options& options, E820Table& table, Pfn end_pfn);

// reserve_bios_regions(): where the BIOS area below 1 MiB begins. The BIOS data area holds the size of base memory, which is also
// where firmware's first usable range ends.
PhysAddr bios_start(const Board& board);

// early_reserve_memory() and reserve_real_mode(): what is reserved below 1 MiB, and all that the board lists.
void early_reserve_memory(Boot& boot, const Options& options);
void reserve_real_mode(Boot& boot);
KernelRanges kernel_ranges(const Boot& boot);

// initmem_init(): memory gets its nodes.
void initmem_init(Boot& boot, const Options& options);

// memblock_find_dma_reserve()
void memblock_find_dma_reserve(Boot& boot);

}  // namespace zonecalc::x86
