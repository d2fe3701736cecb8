// SPDX-License-Identifier: MIT
// What x86 takes out of memblock until the page allocator takes over, where the board does not list it. Bytes.
#pragma once

#include "arch/x86_setup.h"
#include "mm/numa_memblks.h"

namespace zonecalc::x86 {

// Engages the model where the board lists nothing that is reserved and the kernel's profile has what the model needs.
void begin_early_model(Boot& boot);

// From here on each is a stretch of setup_arch(); all do nothing without the model.
// Up to e820__memblock_setup(): what lies in memory already, and the brk area.
void reserve_loaded(Boot& boot, std::size_t firmware_map_entries, const E820Table& e820, Pfn max_possible_pfn);
// From e820__memblock_setup() to initmem_init(): low memory, the direct map, the log buffer, the initrd, ACPI's tables.
void reserve_before_nodes(Boot& boot, const Options& options);
// From initmem_init() to paging_init(), around memblock_find_dma_reserve(): the crash kernel, then sections (i386: the kmap
// window's page table).
void reserve_after_nodes(Boot& boot);
void reserve_in_paging_init(Boot& boot);
// From free_area_init() to memblock_free_all().
void reserve_until_handover(Boot& boot);

// early_cpu_to_node() of every possible CPU.
void numa_cpu_nodes(Boot& boot, const NumaState& numa);

// init_mem_mapping(): page tables of the direct map, and on i386 of the fixmap.
void init_mem_mapping(Boot& boot);

// EFI (x86_efi.cc): the memory map and the attributes table; boot services memory, once memblock has its memory; where the boot
// stub has put the kernel.
void efi_init(Boot& boot);
void efi_reserve_boot_services(Boot& boot);
std::optional<PhysAddr> efi_kernel_base(const Boot& boot, u64 image_size);

// Physical address of a symbol of the kernel image, where the image lies where it was linked to; 0 where the profile does not know.
PhysAddr symbol_address(const Kernel& kernel, std::string_view symbol);

// What memblock hands out before nodes are known, where a board lists what is reserved and so nothing is computed: page tables of
// the direct map and the log buffer. `taken` is reserved by then.
std::vector<PhysRange> allocated_before_nodes(const Boot& boot, const std::vector<PhysRange>& taken);

// alloc_low_pages(): pages that touch, of the brk area while it has room, then of memory that is mapped.
void alloc_low_pages(Boot& boot, u64 pages);

// i386 (x86_32_early.cc). Tables that the first page tables of the kernel image hold already;
// early_ioremap_page_table_range_init(); permanent_kmaps_init(); setup_cpu_entry_area_ptes().
void i386_initial_tables(Boot& boot);
void i386_fixmap_tables(Boot& boot);
void i386_kmap_tables(Boot& boot);
void i386_cpu_entry_area_tables(Boot& boot);

// Indices, as ranges.
class IndexSet {
public:
    // How many of them are new.
    u64 add(u64 first, u64 last) {
        const u64 before = set_.total_size();
        set_.add(first, last - first + 1);
        return set_.total_size() - before;
    }
    bool has(u64 index) const { return set_.overlaps(index, 1); }

private:
    RegionList set_;
};

// What these files keep between them.
struct EarlyX86 {
    PhysAddr text = 0, reserve_end = 0, brk = 0, end = 0;  // of the kernel image, where it lies
    u64 initial_tables = 0;                                // i386: pages of the page tables that the kernel starts with
    u64 brk_tables = 0;                                    // pages for more page tables, in the brk area …
    u64 brk_tables_used = 0;
    bool can_use_brk = true;  // … but not while that very area is mapped
    PhysRange brk_table_buffer;
    std::size_t e820_entries = 0;  // of the table as edited
    std::size_t firmware_map_entries = 0;
    std::vector<PhysRange> e820_ram;  // RAM of the edited table, in its order
    bool gb_pages = false;
    bool la57 = false;
    std::vector<PhysRange> mapped;  // pfn_mapped[]
    PhysAddr min_mapped = 0, max_mapped = 0;
    IndexSet pte_tables;        // by address in the kernel's virtual space: which have a table of pages
    PhysAddr max_possible = 0;  // the end of memory, room for hot-plug included
};

// Memory for a crash kernel, after nodes are known.
void reserve_crashkernel(Boot& boot);

}  // namespace zonecalc::x86
