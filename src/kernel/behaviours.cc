// SPDX-License-Identifier: MIT
// The one place where kernel releases differ.
//
// A row says what one field of Behaviours means and in which releases it holds. Releases are half-open spans of source versions. A
// change of mainline holds from its release on, and so does not name the stable branches that follow; a back-port is a span of its
// own that ends where the next branch begins: {5.15.33, 5.16}. Where the sources between two readings are unknown, the row lists
// them as `unread`: the change is then where the change log, or else the first source read with it, has it.
//
// Read beside it: the change log of the release. Adding a release means rows here only where the release changes something.
#include "zonecalc/behaviours.h"

#include "zonecalc/kernel.h"

namespace zonecalc {

namespace {

constexpr Version first{0, 0, 0};
constexpr Version open{~0u, 0, 0};

struct Span {
    Version from;
    Version until;  // exclusive
};
constexpr Version v(unsigned major, unsigned minor, unsigned sublevel = 0) {
    return {major, minor, sublevel};
}
constexpr Span since(Version from) {
    return {from, open};
}
constexpr Span before(Version until) {
    return {first, until};
}

// A switch, or one value of an enumeration. Values of one enumeration stand together; their spans never overlap.
using Setter = void (*)(Behaviours&);

struct Row {
    Setter set;
    std::string_view name;
    std::vector<Span> holds;
    std::string_view what;
    std::string_view commit;
    std::vector<Span> unread;
};

#define SWITCH(field) [](Behaviours& b) { b.field = true; }, #field
#define VALUE(field, value) [](Behaviours& b) { b.field = value; }, #field "=" #value

const std::vector<Row>& rows() {
    // clang-format off
    static const std::vector<Row> table = {
        // -- command line
        {SWITCH(cmdline_dashes_end), {since(v(3, 15))}, "\"--\" ends the kernel's part of the command line",
         "51e158c12aca param: hand arguments after -- straight to init", {{v(3, 15), v(4, 17)}}},
        {SWITCH(memparse_tera_suffixes), {since(v(3, 16))}, "sizes take T, P and E as well as K, M and G",
         "lib/cmdline.c: add size unit t/p/e to memparse", {}},
        {SWITCH(core_percent), {since(v(4, 17))}, "kernelcore= and movablecore= take a percentage",
         "a5c6d6509342 mm, page_alloc: extend kernelcore and movablecore for percent", {}},
        {SWITCH(core_mirror), {since(v(4, 6))}, "kernelcore=mirror",
         "342332e6a925 mm/page_alloc.c: introduce kernelcore=mirror option", {}},
        {SWITCH(numa_fake_uniform), {since(v(4, 19))}, "numa=fake=NU splits every physical node into N",
         "cc9aec03e58f x86/numa_emulation: Introduce uniform split capability", {}},
        {SWITCH(memmap_percent), {since(v(4, 17))}, "memmap=n%a-old+new changes types",
         "ef61f8a340fd x86/e820: Implement a range manipulation operator", {}},
        {SWITCH(memmap_pram), {since(v(4, 1))}, "memmap=n!a makes persistent memory",
         "ec776ef6bbe1 x86/mm: Add support for the non-standard protected e820 type", {}},
        {SWITCH(reservelow), {before(v(5, 14))}, "reservelow= and CONFIG_X86_RESERVE_LOW, by default 64 KiB",
         "1a6a9044b967 x86/setup: Remove CONFIG_X86_RESERVE_LOW and reservelow= options", {}},

        // -- memblock
        {SWITCH(dt_memory_base_rounds_up), {since(v(3, 17))}, "banks of a device tree shrink to whole pages at both ends",
         "of: fix memory block alignment in early_init_dt_add_memory_arch()", {{v(3, 15), v(4, 19)}}},
        {SWITCH(dt_memory_at_any_depth), {before(v(5, 17))}, "memory nodes count at any depth of the device tree; later at its top",
         "1f012283e936 of/fdt: Rework early_init_dt_scan_memory() to call directly", {{v(5, 16), v(5, 18)}}},
        {SWITCH(dt_memory_at_0), {before(v(3, 17))}, "/memory@0 counts without device_type",
         "b44aa25d20e2 of: Handle memory@0 node on PPC32 only", {{v(3, 15), v(4, 19)}}},
        {SWITCH(dt_memory_disabled_ignored), {since(v(5, 19))}, "memory nodes that are disabled do not count",
         "of/fdt: Ignore disabled memory nodes", {{v(5, 19), v(6, 1)}}},
        {SWITCH(dt_usable_range), {since(v(5, 15))}, "linux,usable-memory-range is read on every architecture",
         "of: fdt: Add generic support for parsing usable memory range property", {{v(5, 11), v(5, 15)}}},
        {SWITCH(arm64_usable_range), {since(v(4, 12))}, "linux,usable-memory-range is read on arm64",
         "arm64: limit memory regions based on DT property, usable-memory-range", {{v(3, 15), v(4, 19)}}},
        {SWITCH(dt_usable_ranges), {since(v(6, 0))}, "linux,usable-memory-range may have a second range",
         "of: fdt: Add memory for devices by DT property \"linux,usable-memory-range\"", {{v(5, 19), v(6, 1)}}},
        {SWITCH(dt_rng_seed_cleared), {since(v(5, 4))}, "/chosen/rng-seed is taken out of the blob before it is unflattened",
         "fdt: add support for rng-seed", {{v(4, 20), v(5, 4)}}},
        {SWITCH(dt_full_paths), {before(v(4, 14))}, "unflattened nodes keep their whole path; later their name",
         "a7e4cfb0a7ca of/fdt: only store the device node basename in full_name", {{v(3, 15), v(4, 19)}}},
        {SWITCH(memblock_flags_nomap_mirror), {since(v(4, 5))}, "memblock regions can be NOMAP or MIRROR",
         "bf3d3cc580f9 mm/memblock: add MEMBLOCK_NOMAP attribute to memblock memory table", {}},
        {SWITCH(dt_nomap_removes), {before(v(5, 10, 89)), {v(5, 11), v(5, 12)}},
         "no-map takes memory out of memblock; later it is marked NOMAP",
         "fdt: Properly handle \"no-map\" field in the memory region", {{v(5, 10, 8), v(5, 10, 89)}, {v(5, 11), v(5, 12)}}},
        {SWITCH(efi_mirror_only_x86), {before(v(6, 1))}, "mirror marks of EFI are read on x86 only",
         "efi: Find mirrored memory ranges for arm64", {}},
        {SWITCH(memblock_mirror_only_if_asked), {since(v(6, 0))}, "memory is marked as mirrored with kernelcore=mirror only",
         "902c2d91582c memblock: Disable mirror feature if kernelcore is not specified", {}},

        {SWITCH(memblock_bottom_up_above_kernel), {before(v(5, 12))}, "bottom-up early allocations start at the end of the kernel image",
         "memblock: do not start bottom-up allocations with kernel_end", {{v(5, 11), v(5, 12)}}},
        {SWITCH(memblock_bound_dropped_before_mirror), {before(v(5, 4))},
         "an early allocation gives up its lower bound before mirrored memory",
         "memblock: refactor internal allocation functions", {{v(4, 20), v(5, 4)}}},

        // -- early boot
        {SWITCH(early_log_ring), {since(v(5, 10))}, "printk has descriptors and records beside its text",
         "printk: use the lockless ringbuffer", {}},
        {SWITCH(early_sparse_aligned), {since(v(5, 5))}, "the buffer for memmaps is aligned and of its node",
         "mm: support memblock alloc on the exact node for sparse_buffer_init()", {{v(5, 5), v(5, 10)}}},
        {SWITCH(early_sparse_head_freed), {since(v(5, 4))}, "what alignment loses of the buffer for memmaps is given back",
         "mm/sparse: fix memory leak of sparsemap_buf in aligned memory", {{v(4, 20), v(5, 4)}}},
        {SWITCH(early_usage_near_pgdat), {before(v(7, 0))}, "usage bits of sections lie in the section of their node's data",
         "", {{v(7, 0), v(7, 1)}}},
        {SWITCH(early_sparse_in_free_area_init), {since(v(7, 0))}, "free_area_init() sets up sections",
         "", {{v(7, 0), v(7, 1)}}},
        {SWITCH(early_three_command_lines), {before(v(5, 8))}, "the command line is copied three times",
         "", {{v(5, 5), v(5, 10)}}},
        {SWITCH(early_pcpu_slots_two_more), {before(v(5, 14))}, "percpu chunks have two lists beside those by size; later four",
         "percpu: implement partial chunk depopulation", {}},
        {SWITCH(early_pcpu_populated_short), {before(v(5, 9))}, "a percpu chunk's bitmap of pages is a byte for every word short",
         "percpu: convert flexible array initializers to use struct_size()", {{v(5, 5), v(5, 9)}}},
        {SWITCH(early_hashdist_by_nodes), {since(v(5, 2))}, "large hashes are spread over nodes only where there are several",
         "", {{v(4, 20), v(5, 4)}}},
        {SWITCH(early_stack_depot), {since(v(5, 18))}, "users of the stack depot have it allocated early",
         "lib/stackdepot: allow requesting early initialization dynamically", {}},
        {SWITCH(early_stack_depot_lists), {since(v(6, 3))}, "a bucket of the stack depot is a list", "", {{v(6, 2), v(6, 12)}}},
        {SWITCH(early_swiotlb_slots), {since(v(5, 13))}, "swiotlb has an array of slots", "swiotlb: refactor swiotlb_tbl_map_single",
         {{v(5, 11), v(5, 15)}}},
        {SWITCH(early_swiotlb_areas), {since(v(6, 0))}, "swiotlb has areas", "swiotlb: split up the global swiotlb lock", {}},
        {SWITCH(early_swiotlb_overflow), {before(v(5, 0))}, "swiotlb has a buffer for overflows",
         "swiotlb: remove the overflow buffer", {}},
        {SWITCH(of_full_paths), {before(v(4, 15))}, "a device node keeps its whole path",
         "of: fdt: only store the device node basename in full_name", {{v(3, 15), v(4, 19)}}},
        {SWITCH(of_reserved_mem_in_order), {since(v(6, 12))}, "areas of /reserved-memory are placed in the tree's order",
         "of: reserved_mem: restructure how the reserved memory regions are processed", {{v(6, 2), v(6, 12)}}},
        {SWITCH(of_reserved_mem_grows_upward), {since(v(6, 4))}, "an area whose range starts at one placed before grows upward",
         "of: reserved-mem: try to keep range allocations contiguous", {{v(6, 2), v(6, 12)}}},
        {SWITCH(cma_aligned_to_pageblock), {since(v(5, 19))}, "areas for contiguous allocations are multiples of a pageblock",
         "mm: cma: use pageblock_order as the single alignment", {{v(5, 16), v(6, 1)}}},
        {SWITCH(cma_above_4g_first), {since(v(5, 12))}, "areas for contiguous allocations are looked for from 4 GiB upward first",
         "mm: cma: allocate cma areas bottom-up", {{v(5, 10), v(6, 1)}}},
        {SWITCH(cma_highmem_before_4g), {before(v(6, 2))}, "… after highmem", "", {{v(6, 2), v(6, 12)}}},
        {SWITCH(crashkernel_generic), {since(v(6, 3))}, "the crash kernel may lie high where there is no room low",
         "arm64: kdump: provide default size when crashkernel=Y,low is not specified", {{v(6, 2), v(6, 12)}}},
        {SWITCH(early_x86_acpi_tables), {since(v(5, 12)), {v(5, 10, 30), v(5, 11)}}, "ACPI's tables are reserved",
         "ACPI: tables: x86: Reserve memory occupied by ACPI tables",
         {{v(5, 4, 50), v(5, 5)}, {v(5, 10, 1), v(5, 10, 89)}, {v(5, 11), v(5, 12)}}},
        {SWITCH(efi_memmap_in_acpi_memory), {since(v(6, 1))}, "the boot stub keeps EFI's memory map in ACPI memory",
         "efi: libstub: install boot-time memory map as config table", {}},
        {SWITCH(efi_memmap_slack_32), {{v(6, 12, 117), v(6, 13)}, since(v(6, 14))},
         "EFI's memory map has room for 32 descriptors more", "efi: libstub: Bump up EFI_MMAP_NR_SLACK_SLOTS to 32",
         {{v(6, 2), v(6, 12, 117)}, {v(6, 13), v(6, 14)}}},
        {SWITCH(early_x86_cpu_masks), {before(v(6, 5))}, "masks of CPU states are allocated beside the sibling mask",
         "", {}},

        // -- x86
        {SWITCH(x86_limits_clamped), {since(v(3, 19))}, "the limits of DMA and DMA32 end with memory",
         "c072b90c8dd6 x86/mm: Fix zone ranges boot printout", {}},
        {SWITCH(x86_max_pfn_counts_acpi), {since(v(6, 11))}, "ACPI data above RAM raises max_pfn",
         "x86/mm: Make e820__end_ram_pfn() cover E820_TYPE_ACPI ranges", {}},
        {SWITCH(x86_reserved_kern), {before(v(6, 15))}, "e820 entries of type 128 count as memory",
         "x86/e820: drop E820_TYPE_RESERVED_KERN and related code", {}},
        {SWITCH(x86_soft_reserved), {since(v(5, 5))}, "e820 knows soft reserved memory",
         "262b45ae3ab4 x86/efi: EFI soft reservation to E820 enumeration", {}},
        {SWITCH(x86_first_mib_reserved), {since(v(5, 13))}, "the whole first MiB is reserved",
         "f1d4d47c5851 x86/setup: Always reserve the first 1M of RAM", {{v(5, 13), v(5, 15)}}},
        {SWITCH(x86_dma_reserve), {before(v(6, 10))}, "the first estimate of ZONE_DMA lacks what is reserved below 16 MiB",
         "x86: remove unneeded memblock_find_dma_reserve()", {}},
        {SWITCH(x86_node_min_size),
         {before(v(4, 14, 331)), {v(4, 15), v(4, 19, 300)}, {v(4, 20), v(5, 4, 262)}, {v(5, 5), v(5, 10, 202)},
          {v(5, 11), v(5, 15, 140)}, {v(5, 16), v(6, 1, 64)}, {v(6, 2), v(6, 5, 13)}, {v(6, 6), v(6, 6, 3)}},
         "nodes of less than 4 MiB are dropped", "a1e2b8b36820 x86/mm: Drop the 4 MB restriction on minimal NUMA node memory size",
         {}},
        {SWITCH(x86_page0_is_ram), {{v(5, 10, 11), v(5, 10, 15)}}, "page 0 stays usable",
         "bde9cfa3afe4 x86/setup: don't remove E820_TYPE_RAM for pfn 0", {}},
        {SWITCH(x86_e820_one_entry), {since(v(7, 0))},
         "an e820 map of one entry is taken; before, the BIOS is asked by older calls", "", {}},
        {SWITCH(x86_crashkernel_reserves_first_mib), {{v(5, 5), v(5, 13)}}, "crashkernel= reserves the first MiB",
         "6f599d84231f x86/kdump: Always reserve the low 1M when the crashkernel option is specified", {}},
        {SWITCH(x86_memoryless_cpu_nodes), {since(v(4, 9))}, "nodes with CPUs and without memory come online",
         "2532fc318d7b x86/numa: Online memory-less nodes at boot time", {}},
        {SWITCH(i386_memblock_cut_at_max_pfn), {since(v(6, 15))}, "memory beyond max_pfn leaves memblock",
         "1e07b9fad022 x86/e820: discard high memory that can't be addressed by 32-bit systems", {}},
        {SWITCH(i386_highmem64g), {before(v(6, 15))}, "PAE kernels use memory above 4 GiB",
         "bbeb69ce3013 x86/mm: Remove CONFIG_HIGHMEM64G support", {}},
        {SWITCH(i386_vmalloc_excludes_offset), {since(v(2, 6, 28))}, "vmalloc=X reserves X and a gap of 8 MiB",
         "x86: fix vmalloc=size boot parameter", {}},

        // -- NUMA
        {SWITCH(numa_memblks), {since(v(6, 12))}, "x86, arm64 and riscv share mm/numa_memblks.c",
         "87482708210f mm: introduce numa_memblks", {}},
        {SWITCH(numa_cleanup_drops_absent), {since(v(4, 3))}, "node blocks without memory do not count",
         "95cf82ecc5fd mem-hotplug: handle node hole when initializing numa_meminfo", {}},
        {SWITCH(numa_cleanup_reserved_list), {since(v(5, 7))}, "node blocks without memory are kept for hot-plug",
         "5d30f92e7631 x86/NUMA: Provide a range-to-target_node lookup facility", {}},
        {SWITCH(numa_cover_memblock), {{v(6, 6, 70), v(6, 7)}, since(v(6, 8))},
         "nodes must cover memory but for 1 MiB: memblock_validate_numa_coverage()",
         "ff6c3d81f2e8 NUMA: optimize detection of memory with no node id assigned by firmware", {}},
        {SWITCH(numa_fake_uniform_counts_wrong),
         {{v(4, 19), v(5, 10, 261)}, {v(5, 11), v(5, 15, 212)}, {v(5, 16), v(6, 1, 178)}, {v(6, 2), v(6, 6, 145)},
          {v(6, 7), v(6, 12, 97)}, {v(6, 13), v(7, 1, 5)}}, "numa=fake=NU fails on several physical nodes",
         "mm/fake-numa: fix under-allocation detection in uniform split", {{v(6, 18, 3), v(6, 19)}, {v(7, 0, 1), v(7, 1, 5)}}},
        {SWITCH(numa_fake_fixes_pxm_map), {{v(6, 12, 117), v(6, 13)}, since(v(6, 14))},
         "numa=fake= keeps nodes without memory possible, and numa=off undoes it", "mm/fake-numa: allow later numa node hotplug",
         {{v(6, 12), v(6, 12, 117)}}},
        {SWITCH(offline_nodes_init), {since(v(5, 18))}, "possible nodes that are offline are set up too",
         "09f49dca570a mm: handle uninitialized numa nodes gracefully", {}},
        {SWITCH(offline_nodes_print), {{v(5, 18), v(6, 7)}}, "… with the line \"Initializing node N as memoryless\"",
         "mm: page_alloc: skip memoryless nodes entirely", {{v(6, 7), v(6, 8)}}},
        {SWITCH(numa_dummy_from_zero), {before(v(4, 20))}, "arm64: the one faked node is printed from address 0",
         "arm64/numa: Report correct memblock range for the dummy node", {{v(4, 19, 14), v(5, 4)}}},
        {SWITCH(of_numa_ignores_distance_nodes), {before(v(5, 16))},
         "device tree: a node that only the distance map names is not there",
         "of, numa: Fetch empty NUMA node ID from distance map", {}},

        // -- arm
        {SWITCH(arm_vmalloc_end_ff000000), {before(v(4, 3))}, "vmalloc ends at 0xff000000; later at 0xff800000",
         "ARM: 8432/1: move VMALLOC_END from 0xff000000 to 0xff800000", {{v(3, 15), v(4, 19)}}},
        {SWITCH(arm_vmalloc_excludes_offset), {since(v(5, 13))},
         "vmalloc=X reserves X and a gap of 8 MiB; before, the gap is part of X", "", {}},
        {SWITCH(arm_memblock_limit_pmd), {since(v(3, 16))}, "memblock alone knows banks; before, a table of banks (meminfo)",
         "ARM: 8025/1: Get rid of meminfo; ARM: 8636/1: Cleanup sanity_check_meminfo", {{v(3, 15), v(4, 19)}}},
        {SWITCH(arm_unaligned_head_nomap), {since(v(5, 4))}, "the head of the first bank below a 2 MiB border is NOMAP",
         "00d2ec1e6bd8 ARM: 8903/1: ensure that usable memory in bank 0 starts from a PMD-aligned address",
         {{v(4, 19, 14), v(4, 20)}}},
        {SWITCH(arm_nosparse_bootmem), {before(v(3, 14))}, "a bitmap of bootmem hands memory over", "", {}},

        // -- arm64
        {VALUE(arm64_dma, Arm64Dma::none), {before(v(5, 5))}, "no ZONE_DMA", "", {}},
        {VALUE(arm64_dma, Arm64Dma::first_1g), {{v(5, 5), v(5, 10, 22)}}, "ZONE_DMA is the 1 GiB window in which memory starts",
         "1a8e1cef7603 arm64: use both ZONE_DMA and ZONE_DMA32", {}},
        {VALUE(arm64_dma, Arm64Dma::dt_iort_bits), {{v(5, 10, 22), v(6, 12)}},
         "ZONE_DMA ends at the smallest reach of a master, in bits",
         "8424ecdde7df arm64: mm: Set ZONE_DMA size based on devicetree's dma-ranges", {}},
        {VALUE(arm64_dma, Arm64Dma::zone_dma_limit), {since(v(6, 12))}, "ZONE_DMA ends at the smallest reach of a master",
         "ba0fb44aed47 dma-mapping: replace zone_dma_bits by zone_dma_limit", {}},
        {SWITCH(arm64_dma32_below_4g), {before(v(3, 17))}, "DMA32 ends at 4 GiB, not with the window in which memory starts",
         "arm64: Create non-empty ZONE_DMA when DRAM starts above 4GB", {}},
        {SWITCH(arm64_initrd_loses_flags), {before(v(6, 1))}, "the initrd is added to memory anew, without the flags of its bank",
         "", {{v(5, 15, 25), v(6, 1)}}},
        {SWITCH(arm64_image_from_stext), {{v(5, 11), v(6, 12, 1)}, {v(6, 13), v(6, 15)}}, "[_text, _stext) does not stay",
         "arm64: omit [_text, _stext) from permanent kernel mapping; arm64: map [_text, _stext) again",
         {{v(5, 11), v(5, 15)}, {v(6, 2), v(6, 12, 117)}, {v(6, 13), v(7, 1)}}},
        {SWITCH(arm64_allocates_pgd), {before(v(4, 20))}, "a top-level table is allocated until the tables are switched",
         "2b5548b68199 arm64/mm: separate boot-time page tables from swapper_pg_dir", {{v(4, 20), v(5, 4)}}},
        {SWITCH(arm64_image_mapped_early), {since(v(6, 9))}, "the image is mapped before memblock exists",
         "arm64: head: move early kernel mapping routines into C code", {{v(6, 2), v(6, 12)}}},
        {SWITCH(arm64_idmap_allocated), {{v(6, 0), v(6, 9)}}, "tables of the identity map are early allocations",
         "arm64: head: create a temporary ID map", {{v(5, 16), v(6, 1)}, {v(6, 2), v(6, 12)}}},
        {SWITCH(arm64_rodata_full), {since(v(5, 0))}, "rodata=full", "c55191e96caa arm64: mm: apply r/o permissions of VM areas to its linear alias",
         {}},
        {SWITCH(arm64_rodata_on_is_full), {since(v(6, 18))}, "rodata=on is what rodata=full was, rodata=noalias what it was itself",
         "arm64: refactor the rodata= parameter", {{v(6, 13), v(7, 1)}}},
        {SWITCH(arm64_crashkernel_maps_pages), {{v(5, 10, 22), v(5, 11)}, {v(5, 11), v(6, 4)}}, "crashkernel= has the linear map made of pages",
         "2687275a5843 arm64: force NO_BLOCK_MAPPINGS if crashkernel reservation is required", {{v(6, 2), v(6, 12)}}},
        {SWITCH(arm64_kfence_pool), {since(v(6, 4)), {v(6, 1, 100), v(6, 2)}}, "KFENCE's pool alone is made of pages",
         "arm64: kfence: only map the pool at page granularity", {{v(6, 1, 1), v(6, 1, 176)}, {v(6, 2), v(6, 12)}}},
        {SWITCH(arm64_resources_one_by_one), {before(v(5, 1))}, "each memory region's resource is an allocation",
         "50d7ba36b916 arm64: export memblock_reserve()d regions via /proc/iomem", {{v(4, 20), v(5, 4)}}},
        {SWITCH(arm64_mem_param_at_once), {before(v(3, 17))}, "mem= cuts memory as it is read", "arm64: respect mem= for EFI", {}},

        // -- riscv
        {SWITCH(riscv_dma32_unit_bug), {before(v(5, 1))}, "max_low_pfn is an address: Normal's printed limit is far too high", "",
         {{v(4, 20), v(5, 4)}}},
        {SWITCH(riscv_mem_param), {since(v(5, 13))}, "mem= is understood", "c9811e379b21 riscv: Add mem kernel parameter support",
         {{v(5, 11), v(5, 15)}}},
        {SWITCH(riscv_kernel_region_cut), {before(v(5, 12)), since(v(6, 4))}, "memory beyond the linear map is cut", "",
         {{v(5, 11), v(5, 15)}, {v(6, 2), v(6, 6)}}},
        {SWITCH(riscv_memory_below_kernel_dropped), {before(v(6, 4))}, "memory below the kernel image is not added",
         "riscv: Use PUD/P4D/PGD pages for the linear mapping", {}},
        {SWITCH(riscv_linear_map_spares_4g), {before(v(6, 10))}, "the last 4 GiB of the linear map are the kernel's own", "", {}},

        // -- free_area_init
        {SWITCH(zone_limit_raised_to_cursor), {since(v(4, 8))}, "a zone never ends below the one before it",
         "90cae1fe1c35 mm/init: fix zone boundary creation", {}},
        {SWITCH(zone_cursor_rounds_down), {since(v(6, 1))}, "the first zone starts with the page that memory starts in",
         "fb70c4878d6b mm: kill find_min_pfn_with_active_regions()", {}},
        {SWITCH(clamp_before_adjust),
         {{v(4, 4, 182), v(4, 5)}, {v(4, 9, 182), v(4, 10)}, {v(4, 14, 126), v(4, 15)}, {v(4, 19, 51), v(4, 20)},
          {v(5, 1, 10), v(5, 2)}, since(v(5, 2))}, "a zone is cut to its node before ZONE_MOVABLE cuts it",
         "299c83dce9ea mem-hotplug: fix node spanned pages when we have a node with only ZONE_MOVABLE", {}},
        {SWITCH(movable_start_past_node_end_is_dropped),
         {{v(4, 9, 311), v(4, 10)}, {v(4, 14, 276), v(4, 15)}, {v(4, 19, 238), v(4, 20)}, {v(5, 4, 189), v(5, 5)},
          {v(5, 10, 110), v(5, 11)}, {v(5, 15, 33), v(5, 16)}, {v(5, 16, 19), v(5, 17)}, since(v(5, 17, 2))},
         "ZONE_MOVABLE that would start beyond its node's end is given up",
         "ddbc84f3f595 mm/pages_alloc.c: don't create ZONE_MOVABLE beyond the end of a node", {}},
        {SWITCH(core_all_or_nothing), {since(v(4, 4))}, "kernelcore= of all memory or more means no ZONE_MOVABLE",
         "904769ac82eb mm/page_alloc.c: skip ZONE_MOVABLE if required_kernelcore is larger than totalpages",
         {{v(3, 15), v(4, 17)}}},
        {SWITCH(mirror_needs_mirror), {since(v(6, 6))}, "kernelcore=mirror without mirrored memory is ignored",
         "0db31d63f27e mm/mm_init.c: disable kernelcore=mirror when no mirror memory", {}},
        {SWITCH(mirror_4g_in_bytes), {since(v(5, 18))}, "kernelcore=mirror skips memory below 4 GiB whatever the page size", "",
         {}},
        {SWITCH(hotplug_base_rounds_up), {since(v(6, 11))}, "movable_node rounds a bank's start up to a page",
         "mm/mm_init.c: use memblock_region_memory_base_pfn() to get startpfn", {}},
        {SWITCH(movable_round_only_nodes_with_memory), {since(v(6, 18))}, "only nodes with memory have their movable start rounded",
         "", {{v(6, 13), v(6, 18)}}},
        {SWITCH(pgdat_spanned_is_node_range), {{v(6, 12), v(6, 13)}},
         "a node's spanned pages are its range, not the sum of its zones", "", {}},
        {SWITCH(memmap_charged), {before(v(6, 10))}, "the first estimate of managed pages lacks the memmap",
         "mm/mm_init.c: remove meaningless calculation of zone->managed_pages in free_area_init_core()", {{v(6, 9), v(6, 11)}}},
        {SWITCH(memmap_charge_shown_for_highmem), {before(v(3, 18))}, "HighMem's memmap is printed, though not taken off", "", {}},
        {SWITCH(batch_cap_512k), {before(v(4, 19))}, "per-CPU batches are of at most 512 KiB",
         "d8a759b57035 mm, page_alloc: double zone's batchsize", {}},
        {SWITCH(batch_4k_of_managed), {since(v(6, 19))}, "per-CPU batches are managed/4096, of at most 256 KiB", "", {}},
        {VALUE(unavailable_ranges, UnavailableRanges::silent), {before(v(4, 15))}, "no line about holes", "",
         {{v(3, 15), v(4, 17)}}},
        {VALUE(unavailable_ranges, UnavailableRanges::reserved_but_unavailable), {{v(4, 15), v(4, 20)}},
         "\"Reserved but unavailable\"", "a4a3ede2132a mm: zero reserved and unavailable struct pages", {{v(4, 19, 14), v(5, 4)}}},
        {VALUE(unavailable_ranges, UnavailableRanges::zeroed_struct_page), {{v(4, 20), v(5, 10, 24)}, {v(5, 11), v(5, 11, 7)}},
         "\"Zeroed struct page in unavailable ranges\"", "907ec5fca3dc mm: zero remaining unavailable struct pages", {}},
        {VALUE(unavailable_ranges, UnavailableRanges::zone_total),
         {{v(5, 10, 24), v(5, 10, 53)}, {v(5, 11, 7), v(5, 12, 17)}, {v(5, 13), v(5, 13, 2)}},
         "\"Z zone: … pages in unavailable ranges\"",
         "0740a50b9baa mm/page_alloc.c: refactor initialization of struct page for holes in memory layout", {}},
        {VALUE(unavailable_ranges, UnavailableRanges::per_zone),
         {{v(5, 10, 53), v(5, 11)}, {v(5, 12, 17), v(5, 13)}, since(v(5, 13, 2))},
         "\"On node N, zone Z: … pages in unavailable ranges\"",
         "122e093c1734 mm/page_alloc: fix memory map initialization for descending nodes", {}},

        {SWITCH(arm64_pfn_valid_is_memblock), {before(v(5, 16))}, "arm64: a pfn is valid if mapped memory stands behind it",
         "3de360c3fdb3 arm64/mm: drop HAVE_ARCH_PFN_VALID", {}},
        {SWITCH(arm_pfn_valid_by_pageblock), {since(v(5, 14))}, "arm: a pfn is valid if its pageblock holds any memory",
         "a4d5613c4dc6 arm: extend pfn_valid to take into account freed memory map alignment", {}},
        {SWITCH(online_by_subsection), {since(v(5, 12))}, "a page counts as online where its 2 MiB hold memory; before, its section",
         "mm: teach pfn_to_online_page() about ZONE_DEVICE section collisions", {{v(5, 11), v(5, 15)}}},
        {SWITCH(flatmem_tail_unavailable), {since(v(6, 18))}, "FLATMEM's memmap is accounted for up to the largest block's border",
         "", {}},
        {SWITCH(zeroed_tail_to_section_end), {{v(5, 4, 49), v(5, 5)}, since(v(5, 6))},
         "holes are counted up to the end of the last section",
         "e822969cab48 mm/page_alloc.c: fix uninitialized memmaps on a partially populated last section",
         {{v(5, 4, 1), v(5, 4, 49)}}},

        // -- page allocator set-up
        {SWITCH(zonelist_by_managed),
         {{v(4, 9), v(4, 19, 239)}, {v(4, 20), v(5, 4, 190)}, {v(5, 5), v(5, 10, 112)}, {v(5, 11), v(5, 15, 35)},
          {v(5, 16), v(5, 17, 4)}}, "zones without managed pages stay out of zonelists",
         "6aa303defb74 mm, vmscan: only allocate and reclaim from zones with pages managed by the buddy allocator; mended by "
         "e553f62f10d9 mm, page_alloc: fix build_zonerefs_node()",
         {{v(3, 15), v(4, 17)}, {v(4, 9, 312), v(4, 10)}, {v(4, 14, 277), v(4, 15)}}},
        {SWITCH(zonelist_zone_order), {before(v(4, 14))}, "numa_zonelist_order= and zone order",
         "c9bff3eebc09 mm, page_alloc: rip out ZONELIST_ORDER_ZONE", {}},
        {SWITCH(node_load_increments), {since(v(5, 18))}, "every pick of a node adds one to its load",
         "54d032ced983 mm/page_alloc: add same penalty is enough to get round-robin order", {}},
        {SWITCH(local_node_needs_memory), {since(v(6, 7))}, "a node without memory is not its own first choice",
         "mm: page_alloc: skip memoryless nodes entirely", {{v(6, 7), v(6, 8)}}},
        {SWITCH(pageblock_capped_by_max_order), {since(v(5, 18))}, "a pageblock is never larger than the largest free block",
         "b3d40a2b6d10 mm: enforce pageblock_order < MAX_ORDER", {}},
        {SWITCH(pageblock_from_thp), {since(v(6, 10))}, "transparent huge pages alone set the pageblock's size",
         "mm: set pageblock_order to HPAGE_PMD_ORDER in case with !CONFIG_HUGETLB_PAGE but THP enabled", {}},
        {SWITCH(page_block_max_order), {since(v(6, 16))}, "CONFIG_PAGE_BLOCK_MAX_ORDER limits the pageblock's size",
         "e13e7922d034 mm: add CONFIG_PAGE_BLOCK_ORDER to select page block order", {}},

        // -- watermarks, reserves, per-CPU lists
        {SWITCH(min_free_cap_64m), {before(v(5, 7))}, "min_free_kbytes is at most 64 MiB; later 256 MiB",
         "ee8eb9a5fe86 mm/page_alloc: increase default min_free_kbytes bound", {}},
        {SWITCH(wmark_init_after_khugepaged), {before(v(4, 8))}, "watermarks are computed after khugepaged, whose raise is lost",
         "", {}},
        {SWITCH(khugepaged_counts_all_zones), {before(v(4, 16))}, "khugepaged reckons with Movable and HighMem too",
         "b7d349c74171 mm/thp: don't count ZONE_MOVABLE as the target for freepage reserving", {}},
        {SWITCH(wmark_quarter_and_half), {before(v(4, 6))}, "the low and high marks lie a quarter and a half above the minimum",
         "795ae7a0de6b mm: scale kswapd watermarks in proportion to memory", {}},
        {SWITCH(wmark_movable_as_highmem), {since(v(6, 5))}, "ZONE_MOVABLE keeps a token minimum, as HighMem does", "", {}},
        {SWITCH(reserve_highmem_ratio_32), {before(v(4, 18))}, "HighMem reserves a 32nd for Movable",
         "d3cda2337bbc mm/page_alloc: don't reserve ZONE_HIGHMEM for ZONE_MOVABLE request", {}},
        {SWITCH(reserve_clear_of_empty_zone), {since(v(5, 8))}, "a zone without managed pages reserves nothing",
         "f6366156676e mm/page_alloc.c: clear out zone->lowmem_reserve[] if the zone is empty", {}},
        {SWITCH(reserve_clear_for_empty_upper), {{v(6, 10), v(6, 12)}}, "nothing is reserved for an empty upper zone", "",
         {{v(6, 10), v(6, 11, 11)}}},
        {SWITCH(pcp_high_from_low_wmark), {since(v(5, 14))}, "per-CPU lists share the low watermark",
         "b92ca18e8ca5 mm/page_alloc: disassociate the pcp->high from pcp->batch", {}},
        {SWITCH(pcp_high_min_max), {since(v(6, 7))}, "per-CPU lists tune their length between two bounds",
         "90b41691b988 mm: add framework for PCP high auto-tuning", {}},
        {SWITCH(reserve_follows_managed), {since(v(6, 18))}, "lowmem_reserve follows what is freed once the kernel is up",
         "", {{v(6, 13), v(6, 18)}}},
        {SWITCH(smp_locks_freed_late), {since(v(7, 1))}, "x86: the table of lock prefixes is freed once watermarks are set", "",
         {{v(6, 19), v(7, 1)}}},
        {SWITCH(x86_preallocates_vmalloc), {since(v(5, 9))}, "x86_64: the page tables of the vmalloc area are taken right after the hand-over",
         "6eb82f994026 x86/mm: Pre-allocate P4D/PUD pages for vmalloc area", {}},
        {SWITCH(cma_before_wmark), {before(v(4, 8)), since(v(5, 9))}, "CMA areas are managed when watermarks are first computed",
         "bc22af74f271 mm: update min_free_kbytes from khugepaged after core initialization", {{v(3, 15), v(4, 8)}}},
        {SWITCH(cma_area_checked_first), {since(v(5, 12))}, "a CMA area that lies in two zones becomes free memory as a whole",
         "mm/cma: expose all pages to the buddy if activation of an area fails", {{v(5, 10), v(6, 1)}}},

        // -- what a config means
        {SWITCH(max_order_option_inclusive), {since(v(6, 4))}, "MAX_ORDER is the largest order itself",
         "23baf831a32c mm, treewide: redefine MAX_ORDER sanely", {}},
        {SWITCH(memblock_node_map_always), {since(v(5, 8))}, "zones come from limits and memblock on every architecture",
         "3f08a302f533 mm: remove CONFIG_HAVE_MEMBLOCK_NODE_MAP option", {}},
        {SWITCH(movable_node_option), {before(v(4, 13))}, "movable_node wants CONFIG_MOVABLE_NODE; later CONFIG_MEMORY_HOTPLUG",
         "f70029bbaacb mm, memory_hotplug: drop CONFIG_MOVABLE_NODE", {}},
        {SWITCH(arm64_small_sections), {since(v(5, 12))}, "arm64 has sections of 128 MiB, with 64K pages 512 MiB; before, 1 GiB",
         "f0b13ee23241 arm64/sparsemem: reduce SECTION_SIZE_BITS", {}},

        // -- hand-over to the page allocator
        {SWITCH(handover_clears_hotplug), {since(v(4, 19))},
         "memory that is hot-pluggable is handed over together with what is not", "", {{v(3, 15), v(4, 19)}}},
        {SWITCH(boot_free_to_tail), {since(v(5, 10))},
         "memory goes to the tail of free lists, so that the lowest is handed out first",
         "7fef431be9c9 mm/page_alloc: place pages to tail in __free_pages_core()", {}},
        {SWITCH(highmem_freed_by_pages), {before(v(6, 15))},
         "highmem is handed over after lowmem, page by page, at the head of free lists",
         "6faea3422e3b arch, mm: streamline HIGHMEM freeing", {}},
        {VALUE(memmap_walk, MemmapWalk::zone_span), {before(v(5, 8))},
         "pageblocks that start in a hole with struct pages are Movable", "", {}},
        {VALUE(memmap_walk, MemmapWalk::memory_regions), {since(v(5, 8))}, "pageblocks that start in a hole are Unmovable",
         "73a6e474cb37 mm: memmap_init: iterate over memblock regions rather that check each PFN", {}},
        {VALUE(defer_limit, DeferLimit::section_or_node), {before(v(5, 4))},
         "a section's worth, or the node's span, is initialised early", "", {{v(3, 15), v(4, 19)}, {v(5, 0), v(5, 4)}}},
        {VALUE(defer_limit, DeferLimit::section), {{v(5, 4), v(5, 8)}, since(v(5, 10))}, "a section's worth is initialised early",
         "", {}},
        {VALUE(defer_limit, DeferLimit::region), {{v(5, 8), v(5, 10)}}, "only a node's last memory region can be deferred", "", {}},
        {SWITCH(page_ext_ends_deferral), {since(v(6, 1))}, "early_page_ext: nothing is deferred",
         "c4f20f1479c4 page_ext: introduce boot parameter 'early_page_ext'", {}},

        // -- page allocator
        {VALUE(gfp_bits, GfpBits::v3), {before(v(4, 4))}, "numbers of GFP flags with __GFP_WAIT", "", {}},
        {VALUE(gfp_bits, GfpBits::v4_4), {{v(4, 4), v(4, 19)}}, "… with __GFP_DIRECT_RECLAIM and __GFP_KSWAPD_RECLAIM",
         "d0164adc89f6 mm, page_alloc: distinguish between being unable to sleep, unwilling to sleep and avoiding waking kswapd",
         {{v(4, 4), v(4, 19)}}},
        {VALUE(gfp_bits, GfpBits::v4_19), {{v(4, 19), v(5, 0)}}, "… without gaps", "", {}},
        {VALUE(gfp_bits, GfpBits::v5), {since(v(5, 0))}, "… with the flags of GFP_KERNEL side by side", "",
         {{v(5, 0), v(5, 4, 49)}}},
        {SWITCH(gfp_atomic), {{v(4, 4), v(6, 3)}}, "__GFP_ATOMIC", "2973d8229b78 mm: discard __GFP_ATOMIC", {}},
        {SWITCH(migrate_reserve), {before(v(4, 4))}, "Reserve pageblocks; later HighAtomic",
         "974a786e63c9 mm, page_alloc: remove MIGRATE_RESERVE", {}},
        {SWITCH(alloc_fair), {{v(3, 12), v(4, 8)}}, "zones of a node are used in turn",
         "81c0a2bb515f mm: page_alloc: fair zone allocator policy; e6cbd7f2efb4 mm, page_alloc: remove fair zone allocation policy",
         {{v(3, 15), v(4, 8)}}},
        {SWITCH(alloc_nofragment), {since(v(5, 0))}, "Normal and DMA32 are both tried before a pageblock gets mixed types",
         "6bb154504f8b mm, page_alloc: spread allocations across zones before introducing fragmentation", {{v(5, 0), v(5, 4, 49)}}},
        {SWITCH(nofragment_below_pageblock), {since(v(5, 18))}, "… for requests smaller than a pageblock", "",
         {{v(5, 18), v(6, 1)}}},
        {SWITCH(cma_first_when_half), {since(v(5, 7))},
         "Movable requests take from CMA once more than half of what is free is there",
         "16867664936e mm,page_alloc,cma: conditionally prefer cma pageblocks for movable allocations", {}},
        {SWITCH(watermark_halves_by_order), {before(v(4, 4))}, "larger blocks must leave half as much each",
         "97a16fc82a7c mm, page_alloc: only enforce watermarks for order-0 allocations", {}},
        {SWITCH(reserve_by_preferred_zone), {before(v(5, 8))}, "lowmem_reserve by the preferred zone",
         "97a225e69a1f mm/page_alloc: integrate classzone_idx and high_zoneidx", {}},
        {SWITCH(watermark_high_first), {since(v(6, 7))}, "the high mark is looked at first",
         "mm, pcp: decrease PCP high if free pages < high watermark", {}},
        {VALUE(fallback, Fallback::split), {before(v(4, 12))}, "a block of another type is halved at once", "",
         {{v(3, 15), v(4, 12)}}},
        {VALUE(fallback, Fallback::steal_and_retry), {{v(4, 12), v(6, 10)}},
         "… moves to the request's lists, which are searched again",
         "3bc48f96cf11 mm, page_alloc: split smallest stolen page in fallback", {}},
        {VALUE(fallback, Fallback::steal_and_split), {{v(6, 10), v(6, 12, 117)}, {v(6, 13), v(6, 15)}},
         "… is halved, and its rest keeps its type unless the pageblock is claimed",
         "mm: page_alloc: consolidate free page accounting", {{v(6, 12, 1), v(6, 12, 117)}}},
        {VALUE(fallback, Fallback::claim_or_steal), {{v(6, 12, 117), v(6, 13)}, since(v(6, 15))},
         "… is taken from the largest pageblock that can be claimed, else from the smallest block",
         "c2f6ea38fc1b mm: page_alloc: don't steal single pages from biggest buddy", {}},
        {SWITCH(move_to_tail), {since(v(5, 10))}, "blocks that change lists go to the tail",
         "293ffa5ebb9c mm/page_alloc: move pages to tail in move_to_free_list()", {}},
        {SWITCH(move_whole_pageblock_only), {since(v(6, 10))}, "a pageblock that leaves the zone does not change lists",
         "mm: page_alloc: fix move_freepages_block() range error", {}},
        {SWITCH(merge_only_mergeable), {since(v(5, 18))}, "CMA, HighAtomic and isolated pageblocks join only their like",
         "1dd214b8f21c mm: page_alloc: avoid merging non-fallbackable pageblocks with others", {}},
        {SWITCH(free_by_pageblock), {since(v(6, 10))}, "free blocks always have their pageblocks' type",
         "mm: page_alloc: freelist hygiene", {}},
        {SWITCH(pcp_high_orders), {since(v(5, 14))}, "per-CPU lists for orders 1 to 3 and huge pages",
         "44042b449872 mm/page_alloc: allow high-order pages to be stored on the per-cpu lists", {}},
        {VALUE(pcp_thp, PcpThp::by_type), {before(v(6, 0))}, "a per-CPU list of huge pages for each type", "", {}},
        {VALUE(pcp_thp, PcpThp::one), {{v(6, 0), v(6, 1, 192)}, {v(6, 2), v(6, 6, 87)}, {v(6, 7), v(6, 10)}},
         "one per-CPU list of huge pages", "5d0a661d808f mm/page_alloc: use only one PCP list for THP-sized allocations",
         {{v(6, 1, 1), v(6, 1, 192)}, {v(6, 6, 1), v(6, 6, 87)}}},
        {VALUE(pcp_thp, PcpThp::movable_or_not), {{v(6, 1, 192), v(6, 2)}, {v(6, 6, 87), v(6, 7)}, since(v(6, 10))},
         "per-CPU lists of huge pages, Movable or not",
         "bf14ed81f571 mm/page_alloc: Separate THP PCP into movable and non-movable categories", {}},
        {SWITCH(pcp_thp_is_pmd_order), {since(v(6, 9))}, "huge pages on per-CPU lists are of HPAGE_PMD_ORDER", "",
         {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(pcp_free_factor), {{v(5, 14), v(6, 7)}}, "the number of pages that a full per-CPU list gives back doubles",
         "3b12e7e97938 mm/page_alloc: scale the number of pages that are batch freed", {}},
        {SWITCH(pcp_scale_capped), {{v(6, 1, 192), v(6, 2)}, {v(6, 6, 87), v(6, 7)}, since(v(6, 7))}, "… up to 32 batches",
         "52166607ecc9 mm: restrict the pcp batch scale factor to avoid too long latency",
         {{v(6, 1, 1), v(6, 1, 192)}, {v(6, 6, 1), v(6, 6, 87)}}},
        {SWITCH(pcp_free_high_orders), {since(v(5, 18))}, "a run of frees of orders 1 to 3 empties the lists",
         "f26b3fa04611 mm/page_alloc: limit number of high-order pages on PCP during bulk free", {}},
        {SWITCH(pcp_drain_from_freed), {since(v(5, 18))}, "a full per-CPU list is the first to give pages back",
         "fd56eef258a1 mm/page_alloc: simplify how many pages are selected per pcp list during bulk free", {}},
        {SWITCH(pcp_drain_by_batch), {since(v(7, 0))}, "per-CPU lists give back a batch at a time", "",
         {{v(6, 18, 3), v(7, 1, 5)}}},
        {SWITCH(bulk_allocator), {since(v(5, 13))}, "__alloc_pages_bulk()", "387ba26fb1cb mm/page_alloc: add a bulk page allocator",
         {}},
        {SWITCH(bulk_by_policy), {since(v(5, 16))}, "… without a node is split as the task's memory policy says",
         "c00b6b961099 mm/vmalloc: introduce alloc_pages_bulk_array_mempolicy to accelerate memory allocation", {{v(5, 16), v(6, 1)}}},
        {SWITCH(bulk_grows_deferred), {since(v(6, 12))}, "… initialises deferred memory", "", {{v(6, 2), v(6, 12, 117)}}},

        // -- slab allocator
        {SWITCH(slub_present_cpus), {since(v(5, 11))}, "slab orders go by the CPUs that are present",
         "3286222fc609 mm, slub: better heuristic for number of cpus when calculating slab order", {}},
        {SWITCH(slub_order_fixed_minimum), {since(v(6, 7))}, "slab orders never fall below what the least number of objects needs",
         "0fe2735d5e2e mm/slub: remove min_objects loop from calculate_order()", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(slub_orders_cross_checked), {since(v(6, 7))}, "slub_min_order= and slub_max_order= move each other",
         "e519ce7a26b4 mm/slub: add sanity check for slub_min/max_order cmdline setup", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(slub_cpu_partial_slabs), {since(v(5, 16))}, "per-CPU partial lists are counted in slabs",
         "b47291ef02b0 mm, slub: change percpu partial accounting from objects to pages", {{v(5, 16), v(6, 1)}}},
        {SWITCH(deactivate_slab_reverses), {before(v(5, 12))}, "a slab that stops being a CPU's has its free objects in reverse",
         "d930ff03c4f0 mm, slub: splice cpu and page freelists in deactivate_slab()", {{v(5, 11), v(5, 15)}}},
        {SWITCH(slab_always_compound), {since(v(6, 7))}, "slabs of one page are asked for as compound too",
         "", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(slab_tries_this_node), {since(v(6, 10))}, "a slab for a node is first asked for from that node alone",
         "9198ffbd2b49 mm/slub: Reduce memory consumption in extreme scenarios", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(slab_nodes_any_memory), {since(v(6, 18))}, "nodes with memory of any kind have caches",
         "", {{v(6, 13), v(6, 18)}}},
        {SWITCH(nr_slab_per_zone), {before(v(4, 13))}, "slab pages are counted by zone; later by node",
         "385386cff4c6 mm: vmstat: move slab statistics from zone to node counters", {{v(3, 15), v(4, 19)}}},
        {SWITCH(stack_depot_nested_gfp), {since(v(6, 10))}, "the stack depot asks for memory as for a nested request",
         "stackdepot: use gfp_nested_mask() instead of open coded masking", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(page_tables_compound), {since(v(6, 6))}, "page tables are asked for as compound pages",
         "asm-generic: convert pgalloc functions to use ptdescs", {{v(6, 2), v(6, 6)}}},
        {SWITCH(slub_sheaves), {since(v(7, 0))}, "every cache has sheaves, and no slab belongs to a CPU", "", {{v(6, 18, 3), v(7, 1, 5)}}},
        {VALUE(free_pointer, FreePointer::first_word), {before(v(5, 7))}, "free pointers are in the first word of objects", "", {}},
        {VALUE(free_pointer, FreePointer::middle), {{v(5, 7), v(5, 10, 46)}, {v(5, 11), v(5, 12, 13)}}, "… in the middle",
         "3202fa62fb43 slub: relocate freelist pointer to middle of object", {}},
        {VALUE(free_pointer, FreePointer::middle_down), {{v(5, 10, 46), v(5, 11)}, since(v(5, 12, 13))},
         "… in the middle of what was asked for, rounded down", "e41a49fadbc8 mm/slub: actually fix freelist pointer vs redzoning",
         {{v(5, 10, 46), v(5, 10, 89)}, {v(5, 12, 13), v(5, 15)}}},
        {SWITCH(slub_left_redzone), {since(v(4, 6))}, "red zones are in front of objects too",
         "d86bd1bece6f mm/slub: support left redzone", {{v(3, 15), v(4, 19)}}},
        {SWITCH(slub_redzone_moves_freeptr), {{v(5, 10, 46), v(5, 11)}, since(v(5, 12, 13))},
         "red zones of objects smaller than a pointer are whole", "74c1d3e08153 mm/slub: fix redzoning for small allocations",
         {{v(4, 19, 14), v(5, 4)}, {v(5, 4, 50), v(5, 9)}, {v(5, 10, 46), v(5, 10, 89)}, {v(5, 12, 13), v(5, 15)}}},
        {VALUE(kmalloc_orig_size, KmallocOrigSize::none), {before(v(6, 1))}, "what kmalloc() was asked for is not kept", "", {}},
        {VALUE(kmalloc_orig_size, KmallocOrigSize::word32), {{v(6, 1), v(6, 12, 117)}, {v(6, 13), v(6, 19)}},
         "user tracking keeps what kmalloc() was asked for", "6edf2576a6cc mm/slub: enable debugging memory wasting of kmalloc", {}},
        {VALUE(kmalloc_orig_size, KmallocOrigSize::word), {{v(6, 12, 117), v(6, 13)}, since(v(6, 19))}, "… in a word of the machine's",
         "mm/slab: ensure all metadata in slab object are word-aligned", {{v(6, 12, 1), v(6, 12, 117)}, {v(6, 18, 3), v(7, 1, 5)}}},
        {SWITCH(kmalloc_orig_size_moves_freeptr), {since(v(6, 2))}, "red zones reach what kmalloc() was not asked for",
         "946fa0dbf2d8 mm/slub: extend redzone check to extra allocated kmalloc space than requested", {{v(6, 2), v(6, 6)}}},
        {SWITCH(track_stackdepot), {since(v(5, 19))}, "user tracking keeps stacks in the depot; before, beside the object",
         "788691464c29 mm/slub: use stackdepot to save stack trace in objects", {{v(5, 19), v(6, 1)}}},
        {VALUE(slub_debug_lists, SlubDebugLists::prefix), {before(v(4, 20))}, "slub_debug=flags,name: caches whose names begin so", "", {}},
        {VALUE(slub_debug_lists, SlubDebugLists::list), {{v(4, 20), v(5, 9)}}, "slub_debug=flags,name,name*",
         "c5fd3ca06b46 slub: extend slub debug to handle multiple slabs", {{v(4, 20), v(5, 4)}}},
        {VALUE(slub_debug_lists, SlubDebugLists::blocks), {since(v(5, 9))}, "slub_debug=flags,name;flags,name",
         "e17f1dfba37b mm, slub: extend slub_debug syntax for multiple blocks", {}},
        {SWITCH(slub_debug_o_alone), {before(v(4, 1))}, "slub_debug=O takes no other flag",
         "08303a73c6b2 mm/slub.c: parse slub_debug O option in switch statement", {{v(3, 15), v(4, 8)}}},
        {SWITCH(slub_debug_list_keeps_default), {since(v(5, 14))}, "slub_debug=flags,name leaves CONFIG_SLUB_DEBUG_ON as it is",
         "a7f1d48585b3 mm: slub: fix slub_debug disabling for list of slabs", {{v(5, 14), v(6, 1)}}},
        {SWITCH(slab_parameters), {since(v(6, 9))}, "slab_min_order= and friends beside slub_min_order=",
         "mm/slub: unify all sl[au]b parameters with \"slab_$param\"", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(slab_nomerge), {since(v(3, 18))}, "slab_nomerge beside slub_nomerge", "423c929cbbec mm/slab_common: commonize slab merge logic",
         {{v(3, 15), v(4, 8)}}},
        {SWITCH(slab_merge_option), {since(v(4, 13))}, "CONFIG_SLAB_MERGE_DEFAULT",
         "7660a6fddcba mm: allow slab_nomerge to be set at build time", {}},
        {SWITCH(slab_merge_parameter), {since(v(5, 13))}, "slab_merge", "", {{v(5, 11), v(6, 1)}}},
        {SWITCH(slab_merge_oldest_first), {since(v(3, 18))}, "of several caches the oldest is merged with",
         "423c929cbbec mm/slab_common: commonize slab merge logic", {{v(3, 15), v(4, 19)}}},
        {SWITCH(slab_usersize), {since(v(4, 16))}, "caches with a window for user copies are not merged",
         "8eb8284b4129 usercopy: Prepare for usercopy whitelisting", {{v(3, 15), v(4, 19)}}},
        {SWITCH(slab_usersize_option), {since(v(6, 2))}, "… with CONFIG_HARDENED_USERCOPY only",
         "346907ceb9d1 mm, slab: ignore hardened usercopy parameters when disabled", {{v(6, 2), v(6, 6)}}},
        {SWITCH(slab_no_merge_flag), {since(v(6, 5))}, "SLAB_NO_MERGE",
         "d0bf7d5759c1 mm/slab: introduce kmem_cache flag SLAB_NO_MERGE", {{v(6, 5), v(6, 6)}}},
        {SWITCH(slab_flags_enum), {since(v(6, 9))}, "flags of caches are numbered as the config has them",
         "cc61eb851e16 mm, slab: use an enum to define SLAB_ cache creation flags", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(slab_no_obj_ext), {since(v(6, 10))}, "SLAB_NO_OBJ_EXT, with CONFIG_SLAB_OBJ_EXT",
         "mm/slab: add allocation accounting into slab allocation and free paths", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(slab_no_obj_ext_always), {since(v(7, 1))}, "SLAB_NO_OBJ_EXT whatever the config", "", {{v(6, 18, 3), v(7, 1, 5)}}},
        {SWITCH(kmem_cache_node_pairs), {since(v(7, 1))}, "struct kmem_cache has a barn beside each node", "", {{v(6, 18, 3), v(7, 1, 5)}}},
        {SWITCH(slab_kmalloc_flag), {since(v(6, 1))}, "SLAB_KMALLOC", "6edf2576a6cc mm/slub: enable debugging memory wasting of kmalloc", {}},
        {SWITCH(kmalloc_natural_align), {since(v(5, 4))}, "kmalloc() of a power of two is aligned to it",
         "59bb47985c1d mm, sl[aou]b: guarantee natural alignment for kmalloc(power-of-two)", {}},
        {SWITCH(kmalloc_divisor_align), {since(v(6, 11))}, "kmalloc() is aligned to the largest power of two in its size",
         "ad59baa31695 slab, rust: extend kmalloc() alignment guarantees to remove Rust padding", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(kmalloc_odd_sizes_first), {since(v(6, 10))}, "kmalloc-96 and kmalloc-192 are made first", "", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(kmalloc_named_late), {before(v(4, 2))}, "kmalloc caches have no names when they are made",
         "4066c33d0308 mm/slab_common: support the slub_debug boot option on specific object size", {{v(3, 15), v(4, 8)}}},
        {SWITCH(kmalloc_names_allocated), {before(v(5, 5))}, "names of kmalloc-rcl-… and dma-kmalloc-… come from kmalloc()",
         "cb5d9fb38c34 mm, slab: make kmalloc_info[] contain all types of names", {{v(5, 5), v(5, 9)}}},
        {SWITCH(kmalloc_short_names), {since(v(4, 20))}, "kmalloc-1k; before, kmalloc-1024",
         "mm, slab: shorten kmalloc cache names for large sizes", {{v(4, 20), v(5, 4)}}},
        {SWITCH(kmalloc_reclaim), {since(v(4, 20))}, "kmalloc-rcl-…",
         "1291523f2c1d mm, slab/slub: introduce kmalloc-reclaimable caches", {{v(4, 20), v(5, 4)}}},
        {SWITCH(kmalloc_cgroup), {since(v(5, 14))}, "kmalloc-cg-…",
         "494c1dfe855e mm: memcg/slab: create a new set of kmalloc-cg-<n> caches", {{v(5, 14), v(5, 15)}}},
        {SWITCH(kmalloc_cgroup_last), {since(v(6, 6))}, "… as the last type",
         "3c6152940584 Randomized slab caches for kmalloc()", {}},
        {SWITCH(kmalloc_dma_usersize),
         {{v(4, 19, 129), v(4, 20)}, {v(5, 4, 47), v(5, 5)}, {v(5, 7, 3), v(5, 8)}, since(v(5, 8))},
         "dma-kmalloc-… has a window for user copies too", "49f2d2419d60 usercopy: mark dma-kmalloc caches as usercopy caches",
         {{v(4, 19, 14), v(4, 20)}, {v(5, 4, 1), v(5, 4, 49)}, {v(5, 7, 1), v(5, 8)}}},
        {SWITCH(kmalloc_dma_with_others), {since(v(5, 19))}, "dma-kmalloc-… is made as the other types are",
         "33647783de15 mm/slab_common: move dma-kmalloc caches creation into new_kmalloc_cache()", {{v(5, 16), v(6, 1)}}},
        {SWITCH(kmalloc_random), {since(v(6, 6))}, "kmalloc-rnd-…", "3c6152940584 Randomized slab caches for kmalloc()", {}},
        {SWITCH(kmem_buckets), {since(v(6, 11))}, "kmalloc_buckets", "mm/slab: Introduce kmem_buckets_create() and family",
         {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(memcg_kmem_option), {before(v(6, 11))}, "CONFIG_MEMCG_KMEM; later CONFIG_MEMCG",
         "3a3b7fec3974 mm: remove CONFIG_MEMCG_KMEM", {{v(6, 7), v(6, 12, 117)}}},
        {SWITCH(kmalloc_dynamic_minalign), {since(v(6, 5))}, "kmalloc caches are smaller than a cache line where DMA does not mind",
         "963e84b0f262 mm/slab: limit kmalloc() minimum alignment to dma_get_cache_alignment()", {{v(6, 5), v(6, 6)}}},
        {SWITCH(arm64_kmalloc_min_128), {since(v(4, 18))}, "arm64: kmalloc() is aligned to 128 bytes",
         "ebc7e21e0fa2 arm64: Increase ARCH_DMA_MINALIGN to 128", {{v(3, 15), v(4, 19)}}},

        {SWITCH(memory_line_late), {since(v(6, 11))}, "\"Memory:\" is printed by page_alloc_init_late()",
         "", {{v(6, 9), v(6, 11)}}},
        {SWITCH(memory_line_cma), {since(v(3, 19))}, "\"Memory:\" has a figure for CMA",
         "e48322abb061 mm: cma: split cma-reserved in dmesg log", {{v(3, 15), v(4, 17)}}},

        // -- wording of the boot log
        {SWITCH(print_short_addresses), {before(v(4, 0))}, "addresses have 8 digits where they fit; later 16", "",
         {{v(3, 19), v(4, 4)}}},
        {SWITCH(print_node_debug), {before(v(5, 14))}, "\"On node N totalpages\" and what follows it is in the log",
         "9660ecaa79ce mm/page_alloc: switch to pr_debug", {}},
        {SWITCH(print_initmem), {since(v(3, 17))}, "free_area_init_node() says \"Initmem setup node N\"", "",
         {{v(3, 15), v(4, 19)}}},
        {SWITCH(print_initmem_memoryless), {since(v(5, 18))}, "… \"as memoryless\"",
         "7c30daac20d6 mm: make free_area_init_node aware of memory less nodes", {}},
        {SWITCH(print_fallback_order), {since(v(5, 16))}, "\"Fallback order for Node N\"",
         "6cf253925df7 mm/page_alloc: print node fallback order", {}},
        {SWITCH(print_unavailable_newline), {since(v(6, 7))}, "the line about holes ends with a newline", "",
         {{v(6, 7), v(6, 12)}}},
        {SWITCH(pagetypeinfo_capped), {{v(4, 19, 84), v(4, 20)}, since(v(5, 4))}, "/proc/pagetypeinfo stops counting at 100000",
         "93b3a674485f mm,vmstat: reduce zone->lock holding time by /proc/pagetypeinfo", {{v(4, 20), v(5, 4)}}},
        {SWITCH(print_exceeds_memmap_wording), {since(v(5, 15))}, "\"memmap pages exceeds freesize\"", "", {{v(5, 14), v(5, 15)}}},
    };
    // clang-format on
    return table;
}

#undef SWITCH
#undef VALUE

bool within(const std::vector<Span>& spans, const Version& version) {
    for (const Span& s : spans)
        if (s.from <= version && version < s.until) return true;
    return false;
}

// "–4.18, 5.10.11–5.10.14, 5.18–": the last release of a span, where the span ends with a release, is the one before its end.
std::string releases(const std::vector<Span>& spans) {
    std::string out;
    for (const Span& s : spans) {
        if (!out.empty()) out += ", ";
        if (s.from != first) out += to_string(s.from);
        out += s.until == open ? "–" : s.from == first ? "before " + to_string(s.until) : " to before " + to_string(s.until);
    }
    return out;
}

}  // namespace

Behaviours behaviours_of(const Version& version) {
    Behaviours b{};
    for (const Row& row : rows())
        if (within(row.holds, version)) row.set(b);
    return b;
}

const std::vector<BehaviourInfo>& behaviour_table() {
    static const std::vector<BehaviourInfo> table = [] {
        std::vector<BehaviourInfo> out;
        for (const Row& row : rows()) out.push_back({row.name, releases(row.holds), row.what, row.commit, releases(row.unread)});
        return out;
    }();
    return table;
}

std::vector<BehaviourChange> behaviour_changes(const Version& first_version, const Version& second_version) {
    std::vector<BehaviourChange> out;
    for (const Row& row : rows()) {
        const bool in_first = within(row.holds, first_version), in_second = within(row.holds, second_version);
        if (in_first != in_second) out.push_back({row.name, row.what, row.commit, in_second, row.set});
    }
    return out;
}

}  // namespace zonecalc
