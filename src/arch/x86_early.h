// SPDX-License-Identifier: MIT
// What x86_64 takes out of memblock until the page allocator takes over, where the board does not list it. Bytes.
#pragma once

#include "arch/x86_setup.h"

namespace zonecalc::x86 {

// Engages the model where the board lists nothing that is reserved and the kernel's profile has what the model needs.
void begin_early_model(Boot& boot);

// From here on each is a stretch of setup_arch(); all do nothing without the model.
// Up to e820__memblock_setup(): what lies in memory already, and the brk area.
void reserve_loaded(Boot& boot, std::size_t firmware_map_entries, const E820Table& e820);
// From e820__memblock_setup() to initmem_init(): low memory, the direct map, the log buffer, the initrd, ACPI's tables.
void reserve_before_nodes(Boot& boot, const Options& options);
// From initmem_init() to paging_init(), around memblock_find_dma_reserve(): the crash kernel, then sections.
void reserve_after_nodes(Boot& boot);
void reserve_sections(Boot& boot);
// From free_area_init() to memblock_free_all().
void reserve_until_handover(Boot& boot);

// early_cpu_to_node() of every possible CPU.
void numa_cpu_nodes(Boot& boot);

// init_mem_mapping(): page tables of the direct map.
void init_mem_mapping(Boot& boot);

// What these files keep between them.
struct EarlyX86 {
    PhysAddr text = 0, reserve_end = 0, brk = 0, end = 0;  // of the kernel image, where it lies
    u64 brk_tables = 0;                                    // pages for the first page tables, in the brk area
    PhysRange brk_table_buffer;
    std::size_t e820_entries = 0;  // of the table as edited
    std::size_t firmware_map_entries = 0;
    std::vector<PhysRange> e820_ram;  // RAM of the edited table, in its order
    bool gb_pages = false;
    bool la57 = false;
    std::vector<PhysRange> mapped;  // pfn_mapped[]
    PhysAddr max_mapped = 0;
    PhysAddr max_possible = 0;  // the end of memory, room for hot-plug included
};

}  // namespace zonecalc::x86
