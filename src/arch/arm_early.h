// SPDX-License-Identifier: MIT
// What 32-bit arm takes out of memblock until the page allocator takes over, where the board does not list it. Bytes.
#pragma once

#include <set>

#include "mm/boot.h"

namespace zonecalc::arm {

// Where lowmem lies, and what has been mapped of it.
struct EarlyArm {
    PhysAddr phys_offset = 0;
    PhysAddr lowmem_limit = 0;  // arm_lowmem_limit
    std::set<u64> tables;       // second-level tables, by the 2 MiB of virtual addresses that each is for
};

// Engages the model where the board lists nothing that is reserved and the kernel's profile has what the model needs.
void begin_early_model(Boot& boot, PhysAddr phys_offset);

// From here on each is a stretch of setup_arch(); all do nothing without the model.
// arm_memblock_init(): what is in memory already, and areas for contiguous allocations. Early allocations stay below
// `memblock_limit`.
void arm_memblock_init(Boot& boot, PhysAddr lowmem_limit, PhysAddr memblock_limit);
// paging_init() up to bootmem_init(): lowmem, vectors and devices.
void paging_init(Boot& boot, PhysAddr lowmem_limit, PhysAddr memblock_limit);
// From sparse_init() to memblock_free_all().
void reserve_until_handover(Boot& boot);

// The last byte that every driver reaches.
PhysAddr arm_dma_limit(const Boot& boot, PhysAddr phys_offset);

}  // namespace zonecalc::arm
