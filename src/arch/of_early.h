// SPDX-License-Identifier: MIT
// Early reservations and allocations that follow from a device tree: arm, arm64, riscv.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// The blob, to the byte: where the board says, or where QEMU puts it, behind the initrd.
void early_init_fdt_reserve_self(Boot& boot);

// early_init_fdt_scan_reserved_mem(): the blob's memory reservation block and the children of /reserved-memory, as far as the board
// has them. Areas that the kernel places itself need the early model.
void scan_reserved_memory(Boot& boot);

// unflatten_device_tree()
void unflatten_device_tree(Boot& boot);

}  // namespace zonecalc
