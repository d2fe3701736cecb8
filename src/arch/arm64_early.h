// SPDX-License-Identifier: MIT
// What arm64 takes out of memblock until the page allocator takes over, where the board does not list it. Bytes.
#pragma once

#include "mm/boot.h"

namespace zonecalc::arm64 {

// The kernel image where it lies, and what of its build the page tables follow from.
struct EarlyArm64 {
    PhysAddr text = 0;        // _text
    PhysAddr start = 0;       // where the part that stays begins: _text or _stext
    PhysAddr init_begin = 0;  // the end of what is read-only in the linear map
    PhysAddr end = 0;         // _end
    PhysAddr memstart = 0;    // memstart_addr: the physical address of the linear map's start
    PhysRange crash_kernel;   // up to 5.10: known before memory is mapped
    PhysRange kfence_pool;    // mapped by pages
};

// Engages the model where the board lists nothing that is reserved and the kernel's profile has what the model needs; reserves what
// is in memory already.
void begin_early_model(Boot& boot);

// From here on each is a stretch of setup_arch(); all do nothing without the model.
// The end of arm64_memblock_init() to unflatten_device_tree(): the linear map and the device tree. `dma32_limit` is what drivers
// are taken to reach up to 5.10.
void reserve_before_nodes(Boot& boot, PhysAddr dma32_limit);
// bootmem_init() after NUMA.
void reserve_after_nodes(Boot& boot, PhysAddr dma_limit);
// The rest of setup_arch(), where bootmem_init() does not make the zones (7.0 and later).
void reserve_after_bootmem_init(Boot& boot);
// From free_area_init() to memblock_free_all().
void reserve_until_handover(Boot& boot);

// arm64_dma_phys_limit, the end of what every driver reaches.
PhysAddr arm64_dma_phys_limit(const Boot& boot);

// paging_init(): page tables of the kernel image, of the linear map and of the identity map.
void paging_init(Boot& boot);

// __pa_symbol()
PhysAddr pa_symbol(const Boot& boot, std::string_view symbol);

}  // namespace zonecalc::arm64
