// SPDX-License-Identifier: MIT
// Lowmem and highmem of i386.
//
// Lowmem is what fits between PAGE_OFFSET and the areas at the top of the address space: vmalloc (128 MiB, vmalloc=), and above it,
// from the top down, the fixmap, the per-CPU entry areas, the LDT remap and the kmap window. The last three start on a
// page-directory border (2 MiB with PAE, 4 MiB without), so that lowmem ends at 0x36ffe000 or 0x36bfe000 for Debian's 32 CPUs (both
// recorded, 6.1.0-50). The sizes follow from the config: fixmap by its entries, an entry area by the structures it holds.
//
// What is beyond is highmem, or lost without CONFIG_HIGHMEM. highmem= asks for more highmem than there must be, or caps it.
//
// The entry areas are those of 5.5 and later (43 pages for each CPU); kernels before 4.15 have none, and those between give them 40
// pages. No such i386 kernel is shipped.
//
// Read beside it: find_low_pfn_range() in arch/x86/mm/init_32.c; asm/pgtable_32_areas.h, asm/fixmap.h, asm/cpu_entry_area.h.
#include <fmt/format.h>

#include "arch/x86_setup.h"

namespace zonecalc::x86 {

namespace {

constexpr u32 PAGE_SIZE = 4096;
constexpr u32 FIXADDR_TOP = 0xfffff000;
constexpr u32 TOTAL_FIX_BTMAPS = 512;
constexpr u32 MAX_IO_APICS = 64;
constexpr u32 MAX_NONPAE_PFN = u32{1} << 20;
constexpr unsigned MB_SHIFT = 20 - 12;  // pages to MiB

// enum fixed_addresses, as far as tables depend on it: indices from the top down.
struct Fixmap {
    u32 kmap_begin = 0, kmap_end = 0;  // inclusive; equal to each other without highmem
    u32 btmap = 0;                     // boot-time mappings
    u32 end = 0;
};

Fixmap fixmap_of(const Kernel& kernel, u32 nr_cpus) {
    const auto has = [&](std::string_view symbol) { return kernel.config_enabled(symbol) ? u32{1} : u32{0}; };
    const u32 km_max_idx = kernel.config_enabled("DEBUG_KMAP_LOCAL") ? 33 : 16;
    Fixmap f;
    u32 n = 3;  // FIX_HOLE, FIX_DBGP_BASE, FIX_EARLYCON_MEM_BASE
    n += has("PROVIDE_OHCI1394_DMA_INIT") + has("X86_LOCAL_APIC") + has("X86_IO_APIC") * MAX_IO_APICS;
    f.kmap_begin = f.kmap_end = n;
    if (kernel.highmem) {
        n += km_max_idx * nr_cpus;
        f.kmap_end = n - 1;
        n += has("PCI_MMCONFIG");
    }
    n += has("PARAVIRT_XXL") + 2 * has("ACPI_APEI_GHES");
    // The boot-time mappings share one page table: they start on a border of 512 where they would cross one.
    const u32 ptrs_per_pte = kernel.pae ? 512 : 1024;
    if (n / ptrs_per_pte != (n + TOTAL_FIX_BTMAPS - 1) / ptrs_per_pte) n = n - n % TOTAL_FIX_BTMAPS + TOTAL_FIX_BTMAPS;
    f.btmap = n;
    f.end = n + TOTAL_FIX_BTMAPS + 1 + has("INTEL_TXT");  // and FIX_WP_TEST
    return f;
}

// sizeof(struct cpu_entry_area): GDT, entry stack and double-fault stack with their guards, the TSS, the debug store and its
// buffers.
u32 cpu_entry_area_pages(const Kernel& kernel) {
    const u32 tss = kernel.config_enabled("X86_IOPL_IOPERM") ? 5 : 1;
    return 5 + tss + 1 + 32;
}

// __fix_to_virt()
u32 fix_to_virt(u32 index) {
    return FIXADDR_TOP - index * PAGE_SIZE;
}

u32 page_offset(const Kernel& kernel) {
    return kernel.page_offset == 0 ? 0xc0000000 : static_cast<u32>(kernel.page_offset);
}

u32 pages_to_mb(u32 pages) {
    return pages >> MB_SHIFT;
}

}  // namespace

I386Space i386_space(const Kernel& kernel) {
    const u32 nr_cpus = static_cast<u32>(std::clamp<u64>(kernel.config_number("NR_CPUS", kernel.nr_cpus), 1, 512));
    const Fixmap fixmap = fixmap_of(kernel, nr_cpus);
    I386Space s;
    s.pmd_shift = kernel.pae ? 21 : 22;
    const u32 pmd_mask = ~((u32{1} << s.pmd_shift) - 1);
    s.page_offset = page_offset(kernel);
    s.kmap_begin = fix_to_virt(fixmap.kmap_begin);
    s.kmap_end = fix_to_virt(fixmap.kmap_end);
    s.btmap = fix_to_virt(fixmap.btmap);
    s.fixmap = fix_to_virt(fixmap.end - 1);
    const u32 entry_bytes = (nr_cpus * cpu_entry_area_pages(kernel) + 1) * PAGE_SIZE;
    s.entry_areas = (FIXADDR_TOP - fixmap.end * PAGE_SIZE - entry_bytes) & pmd_mask;
    s.entry_areas_end = s.entry_areas + entry_bytes;
    const u32 ldt = (s.entry_areas - PAGE_SIZE) & pmd_mask;
    s.pkmap = (ldt - PAGE_SIZE) & pmd_mask;
    s.vmalloc_end = (kernel.highmem ? s.pkmap : ldt) - 2 * PAGE_SIZE;
    return s;
}

u32 i386_maxmem(const Kernel& kernel, u32 vmalloc_reserve) {
    const I386Space s = i386_space(kernel);
    return s.vmalloc_end - s.page_offset - vmalloc_reserve;
}

void find_low_pfn_range(Boot& boot, const Options& options) {
    const Kernel& kernel = boot.kernel;
    const auto say = [&](std::string text, const char* function) {
        boot.message(MessageLevel::warning, std::move(text), function);
    };
    // unsigned long has 32 bits here, and sums wrap.
    const u32 maxmem = i386_maxmem(kernel, options.vmalloc_reserve);
    const u32 maxmem_pfn = maxmem >> 12;
    u32 max_pfn = static_cast<u32>(boot.max_pfn);
    u32 highmem_pages = options.highmem_pages;
    u32 max_low_pfn = 0;
    if (maxmem > ~page_offset(kernel))
        boot.note(Note::Kind::problem, "vmalloc-too-large", "vmalloc= leaves no room for lowmem: the kernel does not boot");

    if (max_pfn <= maxmem_pfn) {  // lowmem_pfn_init()
        max_low_pfn = max_pfn;
        if (highmem_pages == ~u32{0}) highmem_pages = 0;
        if (!kernel.highmem) {
            if (highmem_pages != 0) say("ignoring highmem size on non-highmem kernel!", "lowmem_pfn_init");
        } else {
            if (highmem_pages >= max_pfn) {
                say(fmt::format("highmem size ({}MB) is bigger than pages available ({}MB)!", pages_to_mb(highmem_pages),
                                pages_to_mb(max_pfn)),
                    "lowmem_pfn_init");
                highmem_pages = 0;
            }
            if (highmem_pages != 0 && max_low_pfn - highmem_pages < (64u << MB_SHIFT)) {
                say(fmt::format("highmem size ({}MB) results in <64MB lowmem, ignoring it!", pages_to_mb(highmem_pages)),
                    "lowmem_pfn_init");
                highmem_pages = 0;
            }
            max_low_pfn -= highmem_pages;
        }
    } else {  // highmem_pfn_init()
        max_low_pfn = maxmem_pfn;
        if (highmem_pages == ~u32{0}) highmem_pages = max_pfn - maxmem_pfn;
        if (highmem_pages + maxmem_pfn < max_pfn) max_pfn = maxmem_pfn + highmem_pages;
        if (highmem_pages + maxmem_pfn > max_pfn)
            say(fmt::format("only {}MB highmem pages available, ignoring highmem size of {}MB!", pages_to_mb(max_pfn - maxmem_pfn),
                            pages_to_mb(highmem_pages)),
                "highmem_pfn_init");
        const bool highmem64g = kernel.pae && kernel.behaviours.i386_highmem64g;
        if (!kernel.highmem) {
            say(fmt::format("Warning only {}MB will be used.", maxmem >> 20), "highmem_pfn_init");
            say(max_pfn > MAX_NONPAE_PFN && kernel.behaviours.i386_highmem64g ? "Use a HIGHMEM64G enabled kernel."
                                                                              : "Use a HIGHMEM enabled kernel.",
                "highmem_pfn_init");
            max_pfn = maxmem_pfn;
        } else if (max_pfn > MAX_NONPAE_PFN && !highmem64g) {
            max_pfn = MAX_NONPAE_PFN;
            say(fmt::format("Warning: only 4GB will be used. {}!", kernel.behaviours.i386_highmem64g
                                                                       ? "Use a HIGHMEM64G enabled kernel"
                                                                       : "Support for CONFIG_HIGHMEM64G was removed"),
                "highmem_pfn_init");
        }
    }
    boot.max_pfn = max_pfn;
    boot.max_low_pfn = max_low_pfn;
}

}  // namespace zonecalc::x86
