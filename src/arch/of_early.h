// SPDX-License-Identifier: MIT
// Early reservations and allocations that follow from a device tree: arm, arm64, riscv.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// [[loaded]] of this name, if the board has it: to the byte.
std::optional<PhysRange> loaded_range(const Board& board, std::string_view name);
// Everything that is in memory before the kernel, other than the initrd: to the byte.
void reserve_loaded_ranges(Boot& boot);

// The blob, to the byte: where the board says, or where QEMU puts it, behind the initrd.
void early_init_fdt_reserve_self(Boot& boot);

// early_init_fdt_scan_reserved_mem(): the blob's memory reservation block and the children of /reserved-memory, as far as the board
// has them. Areas that the kernel places itself need the early model.
void scan_reserved_memory(Boot& boot);

// unflatten_device_tree()
void unflatten_device_tree(Boot& boot);

}  // namespace zonecalc
