// SPDX-License-Identifier: MIT
// What architectures with a device tree (or EFI) share: firmware's banks become memblock.memory, /reserved-memory is applied.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// MIN_MEMBLOCK_ADDR and MAX_MEMBLOCK_ADDR: what the kernel can address. Bytes, both inclusive.
struct MemblockAddrs {
    PhysAddr min = 0;
    PhysAddr max = ~PhysAddr{0};
};

// early_init_dt_scan_memory() and, where the banks come from EFI, reserve_regions(): every bank of the board, with its flags.
void early_init_dt_scan_memory(Boot& boot, const MemblockAddrs& addrs);

// Do the banks bear marks that only EFI's memory map gives?
bool banks_are_efi(const Board& board);

// The lowest address of the banks; none where the board has no memory.
std::optional<PhysAddr> lowest_bank(const Board& board);

// early_init_fdt_scan_reserved_mem() and everything else that is reserved when the page allocator takes over.
void early_init_fdt_scan_reserved_mem(Boot& boot);

// The whole pages of what board.reserved calls `name` ("kernel image", "initrd"), in the board's order.
std::vector<PhysRange> reserved_pages(const Boot& boot, std::string_view name);

// A word that the architecture does not know, or that changes no zone on it: says so. False for other words.
bool note_foreign_parameter(Boot& boot, const Parameter& parameter);

// Nothing can be computed without memory: sets layout.panic and returns true.
bool panic_without_memory(Boot& boot);

// ZoneSetup::sizes of the releases that have no node map, from two borders: zone[low] is [min, border), zone[high] is [border,
// max).
struct ZoneSizes;
ZoneSizes zone_sizes_and_holes(const Boot& boot, Pfn min, Pfn border, Pfn max, ZoneType low, std::optional<ZoneType> high);

}  // namespace zonecalc
