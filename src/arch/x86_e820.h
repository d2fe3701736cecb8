// SPDX-License-Identifier: MIT
// The firmware's memory map of x86, as arch/x86/kernel/e820.c keeps it. Bytes.
#pragma once

#include <vector>

#include "mm/boot.h"

namespace zonecalc::x86 {

// enum e820_type; memmap=n%a+T makes any number one.
inline constexpr u32 E820_TYPE_RAM = 1;
inline constexpr u32 E820_TYPE_RESERVED = 2;
inline constexpr u32 E820_TYPE_ACPI = 3;
inline constexpr u32 E820_TYPE_PRAM = 12;
inline constexpr u32 E820_TYPE_RESERVED_KERN = 128;
inline constexpr u32 E820_TYPE_SOFT_RESERVED = 0xefffffff;

struct Entry {
    PhysAddr addr = 0;
    u64 size = 0;
    u32 type = 0;

    PhysAddr end() const { return addr + size; }  // wraps to 0 at 2^64, as the kernel's does
    bool operator==(const Entry&) const = default;
};

// struct e820_table. Not sorted, and entries may overlap, until update_table() has run.
class E820Table {
public:
    explicit E820Table(std::size_t capacity) : capacity_(capacity) {}

    const std::vector<Entry>& entries() const { return entries_; }
    void clear() { entries_.clear(); }
    // e820__range_add(): false where the table is full and the entry is dropped.
    bool range_add(PhysAddr start, u64 size, u32 type);
    // e820__range_update(): bytes changed.
    u64 range_update(PhysAddr start, u64 size, u32 old_type, u32 new_type);
    // e820__range_remove(): type 0 takes every type.
    void range_remove(PhysAddr start, u64 size, u32 type);
    // e820__update_table(): sorted, no overlaps, the largest type number wins. False where it did nothing.
    bool update_table();
    // e820__mapped_all(); true answers need a sanitised table.
    bool mapped_all(PhysAddr start, PhysAddr end, u32 type) const;
    // Ranges that did not fit.
    std::vector<PhysRange> take_dropped() { return std::move(dropped_); }

private:
    std::vector<Entry> entries_;
    std::vector<PhysRange> dropped_;
    std::size_t capacity_;
};

// E820_MAX_ENTRIES
std::size_t e820_max_entries(const Kernel& kernel);

// e820__memory_setup(): the board's map, sanitised. A board that lists banks instead gets a map made of them.
void e820__memory_setup(Boot& boot, E820Table& table);

// mem= and memmap=. True where the word was one of them; `userdef` is set where the map became the user's.
bool e820_early_param(Boot& boot, E820Table& table, const Parameter& parameter, bool& userdef);

// e820__reserve_setup_data(): RAM that holds setup data of the boot loader is an entry of its own (up to 6.14).
void e820__reserve_setup_data(Boot& boot, E820Table& table);

// e820__finish_early_params(): false where the kernel panics.
bool e820__finish_early_params(Boot& boot, E820Table& table, bool userdef);

// e820_add_kernel_range(), trim_bios_range()
void e820_add_kernel_range(Boot& boot, E820Table& table, bool userdef);
void trim_bios_range(const Boot& boot, E820Table& table);

// e820__end_of_ram_pfn() below `limit`.
Pfn e820__end_ram_pfn(const Boot& boot, const E820Table& table, Pfn limit);
// MAX_ARCH_PFN
Pfn max_arch_pfn(const Boot& boot);

// e820__memblock_setup(): RAM enters memblock.
void e820__memblock_setup(Boot& boot, const E820Table& table);

// efi_find_mirror(): marks what the board calls mirrored.
void efi_find_mirror(Boot& boot);

// The kernel image: as the board lists it, or else where it lies by the profile's symbols (its size is not known without).
std::optional<PhysRange> listed_kernel_image(const Board& board);
PhysRange kernel_image(const Boot& boot);

// Says that entries did not fit.
void report_dropped(Boot& boot, E820Table& table);

}  // namespace zonecalc::x86
