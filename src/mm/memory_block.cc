// SPDX-License-Identifier: MIT
// A memory block is one section, except on x86_64 with 64 GiB of address space or more in use. There it is 2 GiB, or, since 4.17,
// the largest power of two up to that which the end of memory is a multiple of; since 5.9 2 GiB again where no hypervisor is.
//
// Not modelled: UV systems (always 2 GiB, or what their firmware says), the advice that CXL windows give (6.15 and later).
// Read beside it: probe_memory_block_size() in arch/x86/mm/init_64.c, memory_block_size_bytes() in drivers/base/memory.c.
#include "mm/memory_block.h"

#include <algorithm>

namespace zonecalc {

MemoryBlockSize memory_block_size_bytes(const Kernel& kernel, Pfn max_pfn) {
    constexpr u64 MAX_BLOCK_SIZE = u64{2} << 30;
    constexpr u64 MEM_SIZE_FOR_LARGE_BLOCK = u64{64} << 30;
    const u64 section = u64{1} << kernel.section_size_bits;
    const Behaviours& b = kernel.behaviours;
    if (kernel.arch != Arch::x86_64 || !b.x86_memory_blocks_large || max_pfn < MEM_SIZE_FOR_LARGE_BLOCK / kernel.page_size())
        return {section, section};
    const u64 largest = std::max(MAX_BLOCK_SIZE, section);
    if (!b.x86_memory_blocks_divide_end) return {largest, largest};
    u64 size = largest;
    while (size > section && max_pfn % (size / kernel.page_size()) != 0) size /= 2;
    return {size, b.x86_memory_blocks_bare_metal ? largest : size};
}

}  // namespace zonecalc
