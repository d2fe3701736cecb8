// SPDX-License-Identifier: MIT
// Page tables of i386 beside those of its direct map.
//
// The kernel starts with tables for its image and for the tables of all of lowmem; they lie at the start of the brk area, and what
// they map never needs a table again. One table for the top of the fixmap, and one for the mappings at boot, are part of the
// image. Once lowmem is mapped the fixmap gets the rest of its tables: where local kmaps spread over several, these must touch each
// other, so that they are allocated together and those that the range had got one by one are wasted. The kmap window gets its table
// in paging_init(), the per-CPU entry areas get theirs in trap_init(); the brk area pays for six tables in all (Debian's 6.1: with
// PAE it is used up when the entry areas come, and two of their tables are allocated; without PAE nothing is).
//
// Read beside it: mk_early_pgtbl_32() in arch/x86/kernel/head32.c, early_ioremap_page_table_range_init() and
// page_table_range_init() in arch/x86/mm/init_32.c, setup_cpu_entry_area_ptes() in arch/x86/mm/cpu_entry_area.c.
#include "arch/x86_early.h"

namespace zonecalc::x86 {

namespace {

// page_table_range_init(): the tables of [first, last] that are missing, one by one.
void add_tables(Boot& boot, u64 first, u64 last) {
    for (u64 index = first; index <= last; ++index)
        if (boot.early->x86->pte_tables.add(index, index) != 0) alloc_low_pages(boot, 1);
}

}  // namespace

void i386_initial_tables(Boot& boot) {
    const I386Space s = i386_space(boot.kernel);
    EarlyX86& e = *boot.early->x86;
    if (e.initial_tables != 0) {
        const u64 first = s.page_offset >> s.pmd_shift;
        e.pte_tables.add(first, first + e.initial_tables - 1);
    }
    for (const u32 address : {~u32{0}, s.btmap}) e.pte_tables.add(address >> s.pmd_shift, address >> s.pmd_shift);
}

void i386_fixmap_tables(Boot& boot) {
    const I386Space s = i386_space(boot.kernel);
    const u64 kmap_last = s.kmap_begin >> s.pmd_shift;
    const u64 kmap_first = s.kmap_end >> s.pmd_shift;
    if (boot.kernel.highmem && kmap_first != kmap_last) alloc_low_pages(boot, kmap_last - kmap_first + 1);
    add_tables(boot, s.fixmap >> s.pmd_shift, ~u32{0} >> s.pmd_shift);
}

void i386_kmap_tables(Boot& boot) {
    if (!boot.kernel.highmem) return;
    const I386Space s = i386_space(boot.kernel);
    add_tables(boot, s.pkmap >> s.pmd_shift, s.pkmap >> s.pmd_shift);
}

void i386_cpu_entry_area_tables(Boot& boot) {
    const I386Space s = i386_space(boot.kernel);
    add_tables(boot, s.entry_areas >> s.pmd_shift, (s.entry_areas_end - 1) >> s.pmd_shift);
}

}  // namespace zonecalc::x86
