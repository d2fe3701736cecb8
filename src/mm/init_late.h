// SPDX-License-Identifier: MIT
// The page allocator once start-up is over: deferred memory, CMA areas, watermarks, and the "Memory:" line [3.13..7.1]. Pages.
#pragma once

#include "mm/boot.h"
#include "mm/watermarks.h"

namespace zonecalc {

// preallocate_vmalloc_pages() of x86_64: a table for each entry of the top level that the vmalloc area touches, 32 TiB with four
// levels, 12800 TiB with five (asm/pgtable_64_types.h). KASLR lets it start inside an entry (6.1 with and without nokaslr: 65, 64).
u64 vmalloc_page_tables(const Boot& boot);

// Where the kernel image lies; none where that is not known.
std::optional<PhysAddr> kernel_image_base(const Boot& boot);

// CPUs of the whole machine, khugepaged, and what sysctl parameters set.
WatermarkSettings watermark_settings(const Kernel& kernel, const Board& board, const Cmdline& cmdline, const Layout& layout);
// The same until SMP start-up: one CPU is online.
WatermarkSettings boot_cpu_alone(const WatermarkSettings& all);

// Up to 6.10 "Memory:" is printed before kmem_cache_init(). Needs what memblock_free_all() has left; fills memory_line.
void mem_init_print_info(Boot& boot);

// Needs what memblock_free_all() has left. Fills started, watermark, lowmem_reserve and pcp of the zones, min_free_kbytes and, if
// that is still to be done, memory_line.
void init_late(Boot& boot);

}  // namespace zonecalc
