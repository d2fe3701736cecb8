// SPDX-License-Identifier: MIT
// What riscv64 takes out of memblock until the page allocator takes over, where the board does not list it. Bytes.
#pragma once

#include "mm/boot.h"

namespace zonecalc::riscv {

struct EarlyRiscv {
    PhysAddr start = 0;  // _start
    PhysAddr end = 0;    // _end
    PhysAddr ram = 0;    // phys_ram_base: where the linear map begins
    unsigned levels = 5;
};

// Engages the model where the board lists nothing that is reserved and the kernel's profile has what the model needs; reserves the
// kernel image. `levels` is how many page tables have.
void begin_early_model(Boot& boot, unsigned levels);

// From here on each is a stretch of setup_arch(); all do nothing without the model.
// The rest of setup_bootmem().
void reserve_loaded(Boot& boot, PhysAddr ram);
// setup_vm_final() and the device tree.
void reserve_before_nodes(Boot& boot);
// misc_mem_init() after NUMA, init_resources().
void reserve_after_nodes(Boot& boot);
// From free_area_init() to memblock_free_all().
void reserve_until_handover(Boot& boot);

}  // namespace zonecalc::riscv
