// SPDX-License-Identifier: MIT
// What differs between kernel releases, one field per difference. The table that fills them is src/kernel/behaviours.cc; model code
// asks for a field here and never compares versions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zonecalc {

struct Version;

// How the holes in the memory map are accounted for in the boot log.
enum class UnavailableRanges {
    silent,                    // 3.x
    reserved_but_unavailable,  // 4.19: reserved ranges outside memory
    zeroed_struct_page,        // 4.20–5.11: one line for the machine
    zone_total,                // 5.12, 5.13 and some 5.10.y, 5.11.y: one line for a zone, after its memmap lines
    per_zone,                  // 5.14 and later, and late 5.10.y: a line for every hole
};

// How arm64 chooses the end of ZONE_DMA.
enum class Arm64Dma {
    none,           // up to 5.4: no ZONE_DMA
    first_1g,       // 5.5–5.10.21: a 1 GiB window that holds the start of DRAM
    dt_iort_bits,   // 5.10.22–6.11: width in bits of the smallest DMA master's reach
    zone_dma_limit  // 6.12 and later: the very limit
};

// The numbers behind GFP names.
enum class GfpBits {
    v3,     // 3.x, up to 4.3: __GFP_WAIT
    v4_4,   // 4.4–4.18
    v4_19,  // 4.19, 4.20
    v5,     // 5.0 and later
};

// Which pageblocks are Movable to start with: those whose first pfn the walk over the memmap visits.
enum class MemmapWalk {
    zone_span,       // up to 5.7: every valid pfn of the zone's span, holes included where they are valid
    memory_regions,  // 5.8 and later: memory only
};

// How much of a node's last zone is initialised at once.
enum class DeferLimit {
    section_or_node,  // 4.18–5.3: a section's worth, or the node's span if that is less
    region,           // 5.8, 5.9: a section; counted by memory region, only the node's last one can be deferred
    section,          // else: a section
};

// What an allocation does that finds no block of its own type.
enum class Fallback {
    split,            // up to 4.2: the largest block is split at once; only Reclaimable requests take small ones' pageblocks
    steal_and_retry,  // up to 6.9: block or pageblock move to the request's lists, which are searched again
    steal_and_split,  // 6.10–6.14: the largest block; what is not claimed keeps its type
    claim_or_steal,   // 6.15 and later: the largest block whose pageblock can be claimed, else the smallest
};

// Lists of pages of huge-page order in the per-CPU sets.
enum class PcpThp {
    by_type,         // 5.14–5.19
    one,             // 6.0 and later
    movable_or_not,  // 6.10 and later, and back-ported
};

// Where an object that is free keeps the pointer to the next free one.
enum class FreePointer {
    first_word,   // up to 5.6
    middle,       // 5.7–5.10.45: half of the rounded-up size, rounded up
    middle_down,  // 5.10.46, 5.12.13 and later: half of the object size, rounded down
};

// What slub_debug= makes of a list of caches.
enum class SlubDebugLists {
    prefix,  // up to 4.19: one prefix of names
    list,    // 4.20–5.8: names, '*' at their end
    blocks,  // 5.9 and later: blocks of flags and names, divided by ';'
};

// What SLUB's user tracking adds for the size that kmalloc() was asked for.
enum class KmallocOrigSize {
    none,
    word32,  // 6.1 and later
    word,    // 6.19 and later, and back-ported: a word of the machine's
};

struct Behaviours {
    // -- command line
    bool cmdline_dashes_end;      // "--" ends the kernel's part
    bool memparse_tera_suffixes;  // T, P, E; else only K, M, G
    bool core_percent;            // kernelcore=N%, movablecore=N%
    bool core_mirror;             // kernelcore=mirror
    bool numa_fake_uniform;       // numa=fake=NU
    bool memmap_percent;          // memmap=n%a-old+new
    bool memmap_pram;             // memmap=n!a
    bool reservelow;              // reservelow= and reservation of the first 64 KiB only

    // -- memblock
    bool dt_memory_base_rounds_up;    // early_init_dt_add_memory_arch; before, the base is rounded down
    bool dt_memory_at_any_depth;      // up to 5.16: memory nodes count wherever they are in the tree
    bool dt_memory_at_0;              // up to 3.16: /memory@0 needs no device_type
    bool dt_memory_disabled_ignored;  // memory nodes that are not available do not count
    bool dt_usable_range;             // linux,usable-memory-range is read …
    bool arm64_usable_range;          // … and by arm64 before all others did
    bool dt_usable_ranges;            // … and may have a second range
    bool dt_rng_seed_cleared;         // /chosen/rng-seed is taken out of the blob before it is unflattened
    bool dt_full_paths;               // up to 4.13: unflattened nodes keep their whole path
    bool memblock_flags_nomap_mirror;
    bool dt_nomap_removes;               // up to 5.10.18: no-map takes memory out of memblock; later it is marked NOMAP
    bool efi_mirror_only_x86;            // up to 6.0: other architectures don't read EFI's mirror marks
    bool memblock_mirror_only_if_asked;  // regions are marked MIRROR with kernelcore=mirror only

    bool memblock_bottom_up_above_kernel;       // bottom-up allocations start at the end of the kernel image
    bool memblock_bound_dropped_before_mirror;  // a request gives up its lower bound before it gives up mirrored memory

    // -- early boot
    bool early_log_ring;                  // printk keeps descriptors and records beside the text
    bool early_log_aligned;               // the log buffer is aligned as its records are; before, to cache lines
    bool early_log_by_cpus;               // many CPUs make the log buffer larger
    bool early_sparse_one_by_one;         // memmaps of sections are allocated one by one (without VMEMMAP)
    bool early_sparse_aligned;            // the buffer for memmaps is aligned to a section's memmap, and of the node or nowhere
    bool early_sparse_head_freed;         // what alignment loses at its start is given back
    bool early_usage_near_pgdat;          // usage bits of sections are allocated near the node's data
    bool early_sparse_in_free_area_init;  // sections are set up by free_area_init(), when the architecture's setup is over
    bool early_three_command_lines;       // a third copy of the command line, for initcalls
    bool early_pcpu_slots_two_more;       // lists of percpu chunks: two beside those by size; later four
    bool early_pcpu_bitmaps;              // percpu chunks have bitmaps of what is allocated
    bool early_pcpu_plan_aligned;         // the plan of percpu areas is aligned to pages; before, to cache lines
    bool early_pcpu_plan_stays;           // without SMP the plan of percpu areas is never given back
    bool early_pid_hash;                  // a hash table of process ids is an early allocation
    bool zone_wait_tables;                // zones have tables of queues to wait for pages in
    bool memmap_holes_by_pageblock;       // arm: a memmap for holes is given back in units of pageblocks; before, of largest blocks
    bool early_pcpu_populated_short;      // a percpu chunk's map of populated pages has a byte for a word
    bool early_hashdist_by_nodes;       // with one node, dentry and inode hashes are early allocations; before, not on NUMA kernels
    bool early_stack_depot;             // the stack depot is allocated before the page allocator starts
    bool early_stack_depot_lists;       // … with lists of 16 bytes for buckets
    bool early_stack_depot_pools;       // … and the pointers to its pools are allocated with it
    bool early_swiotlb_slots;           // swiotlb keeps one array of slots; before, two arrays
    bool early_swiotlb_areas;           // … and areas for CPUs
    bool early_swiotlb_overflow;        // … or a buffer for overflows of 32 KiB
    bool early_swiotlb_before_depot;    // bounce buffers come before the stack depot
    bool percpu_larger_reserve;         // PERCPU_DYNAMIC_RESERVE is 28 KiB, on 32-bit kernels 20; before, 20 and 12
    bool percpu_larger_early_size;      // PERCPU_DYNAMIC_EARLY_SIZE is 20 KiB; before, 12
    bool percpu_profiled_modules;       // CONFIG_MEM_ALLOC_PROFILING: PERCPU_MODULE_RESERVE is 64 KiB
    bool swiotlb_noforce;               // swiotlb=noforce is known
    bool swiotlb_noforce_one_slab;      // … and leaves one slab; later no buffer at all
    bool pgt_buf_five_levels;           // x86: INIT_PGD_PAGE_COUNT counts a table for the fifth level
    bool x86_5level_always;             // x86_64: every kernel is built for five levels of page tables
    bool kaslr_anywhere;                // x86_64: KASLR moves the kernel image through all of memory; before, within its first GiB
    bool kaslr_avoids_hotplug;          // … but for what the SRAT calls hot-pluggable
    bool early_x86_acpi_tables;         // ACPI's tables are reserved
    bool efi_memmap_in_acpi_memory;     // the boot stub keeps EFI's memory map in ACPI memory
    bool efi_memmap_slack_32;           // … with room for 32 descriptors more; before, 8
    bool early_x86_cpu_masks;           // three masks of CPU states beside the sibling mask
    bool early_x86_random_entry_areas;  // with KASLR each CPU's entry area lies at a random place
    bool of_full_paths;                 // a device node keeps its whole path, not the last part alone
    bool of_reserved_mem_in_order;      // areas of /reserved-memory are placed in the tree's order; before, sorted
    bool of_reserved_mem_grows_upward;  // … upward where their range starts at one placed before
    bool of_reserved_mem_64;            // up to 6.11: … and there may be 64 of them; before, 32
    bool of_reserved_mem_given_back;    // … and given back where no driver takes them
    bool of_reserved_mem_validates;     // … and reserved only where drivers agree
    bool dt_placed_nomap_removes;       // no-map takes areas that the kernel places out of memblock; later they are marked NOMAP
    bool dt_placed_nomap_stays_reserved;  // … and leaves them reserved
    bool cma_parameter_overrides_dt;      // cma= comes before linux,cma-default
    bool cma_aligned_to_pageblock;  // areas for contiguous allocations are multiples of a pageblock; before, of the largest block
    bool cma_above_4g_first;        // … are looked for from 4 GiB upward first
    bool cma_highmem_before_4g;     // … after highmem
    bool hugetlb_cma_by_node;       // hugetlb_cma=NODE:SIZE is understood
    bool reserve_mem;               // reserve_mem= is understood
    bool hugetlb_default_size_parsed;  // default_hugepagesz= says what hugepages= is about
    bool hugetlb_in_mm_core_init;      // hugetlb takes gigantic pages when all parameters are known; before, with hugepages=
    bool crashkernel_generic;          // the crash kernel may lie high where there is no room low
    bool crashkernel_rounds_memory;    // crashkernel=RANGE:SIZE: memory is rounded up to 128 MiB first
    bool crashkernel_below_memory;     // a size of all memory or more is refused
    bool crashkernel_own_option;       // CONFIG_CRASH_RESERVE decides; before, CONFIG_KEXEC_CORE

    // -- x86
    bool x86_limits_clamped;                  // DMA and DMA32 limits are cut at max_low_pfn
    bool x86_max_pfn_counts_acpi;             // e820__end_ram_pfn: ACPI entries raise max_pfn
    bool x86_reserved_kern;                   // E820_TYPE_RESERVED_KERN exists and counts as memory
    bool x86_soft_reserved;                   // E820_TYPE_SOFT_RESERVED exists
    bool x86_first_mib_reserved;              // reserve_real_mode takes [0, 1 MiB)
    bool x86_dma_reserve;                     // set_dma_reserve: ZONE_DMA's first estimate lacks what is reserved below 16 MiB
    bool x86_node_min_size;                   // nodes of less than 4 MiB are dropped
    bool x86_numa_prints_initmem;             // setup_node_data() says "Initmem setup node"
    bool x86_page0_is_ram;                    // 5.10.11–5.10.14: page 0 stays usable in e820
    bool x86_e820_one_entry;                  // one e820 entry is a map; before, fewer than two mean BIOS-e801
    bool x86_crashkernel_reserves_first_mib;  // crashkernel= takes [0, 1 MiB)
    bool x86_crashkernel_below_4g;            // the crash kernel may lie up to 4 GiB, or higher; before, below 896 MiB
    bool x86_crashkernel_low_256m;            // its part below 4 GiB is 256 MiB at least
    bool x86_crashkernel_generic;             // as on other architectures
    bool x86_memoryless_cpu_nodes;            // nodes with CPUs and no memory come online; before, their CPUs move to a near node
    bool x86_memory_blocks_large;             // x86_64 with 64 GiB or more: memory blocks of up to 2 GiB, not of a section …
    bool x86_memory_blocks_divide_end;        // … the largest that the end of memory is a multiple of; before, 2 GiB …
    bool x86_memory_blocks_bare_metal;        // … and 2 GiB where there is no hypervisor
    bool i386_memblock_cut_at_max_pfn;
    bool i386_highmem64g;               // PAE with more than 4 GiB
    bool i386_vmalloc_excludes_offset;  // vmalloc=X reserves X + 8 MiB

    // -- NUMA
    bool numa_memblks;                    // common code of 6.12: blocks are cut at the ends of DRAM, DT as well
    bool numa_cleanup_drops_absent;       // blocks without memory do not count; before, they stay
    bool numa_cleanup_reserved_list;      // 5.10+: blocks outside memory are kept for hot-add; before, they stay or vanish
    bool numa_cover_memblock;             // coverage by memblock_validate_numa_coverage
    bool numa_fake_size_from_no_node;     // numa=fake=SIZE: the first part is of node -1, which is none
    bool numa_fake_uniform_counts_wrong;  // numa=fake=NU: a later physical node with too few parts goes unnoticed
    bool numa_fake_fixes_pxm_map;         // nodes without memory stay possible behind the emulated ones; numa=off undoes numa=fake=
    bool offline_nodes_init;              // possible nodes that are offline get a node too
    bool offline_nodes_print;             // … and say so
    bool numa_dummy_from_zero;            // up to 4.19: the one faked node is printed from address 0 (not x86)
    bool of_numa_ignores_distance_nodes;  // up to 5.15: a node that only the distance map names isn't there

    // -- arm
    bool arm_vmalloc_end_ff000000;     // 3.14; later 0xff800000
    bool arm_vmalloc_excludes_offset;  // vmalloc=X: 8 MiB below VMALLOC_END are extra
    bool arm_memblock_limit_pmd;       // memblock alone knows banks: adjust_lowmem_bounds(); before, a table of banks (meminfo)
    bool arm_unaligned_head_nomap;     // the part of the first bank below a 2 MiB border becomes NOMAP
    bool arm_reads_reserved_memory;    // /reserved-memory is read
    bool arm_limit_lifted;             // all of lowmem is for early allocations once it is mapped
    bool arm_fixmap_table;             // the fixmap has a page table of its own
    bool arm_initrd_whole_pages;       // the initrd is reserved in whole pages; before, to the byte
    bool arm_cma_in_highmem;           // areas for contiguous allocations may be highmem
    bool arm_crashkernel_anywhere;     // crashkernel= without an address finds one
    bool arm_nosparse_bootmem;         // 3.13 and older: bootmem bitmap hands memory over

    // -- arm64
    Arm64Dma arm64_dma;
    bool arm64_dma32_below_4g;          // up to 3.16: DMA32 ends at 4 GiB; later it is the 4 GiB window in which memory starts
    bool arm64_initrd_loses_flags;      // up to 6.0: the initrd is taken out and added anew, without the flags of its bank
    bool arm64_image_from_stext;        // [_text, _stext) is no part of the image that stays
    bool arm64_allocates_pgd;           // a top-level table is allocated until the tables are switched
    bool arm64_image_mapped_early;      // the image is mapped before memblock exists
    bool arm64_idmap_allocated;         // tables of the identity map are early allocations
    bool arm64_rodata_full;             // rodata=full exists: the linear map is made of pages
    bool arm64_rodata_on_is_full;       // rodata=on means that, and rodata=noalias the blocks
    bool arm64_crashkernel_high;        // crashkernel=SIZE,high and ,low are understood
    bool arm64_crashkernel_maps_pages;  // crashkernel= has the linear map made of pages
    bool arm64_kfence_pool;             // KFENCE's pool is taken before memory is mapped, and it alone is made of pages
    bool arm64_resources_one_by_one;    // each memory region's resource is an allocation below the DMA limit
    bool arm64_mem_param_at_once;       // up to 3.16: mem= cuts memory as it is read, so the smallest wins
    // -- riscv
    bool riscv_dma32_unit_bug;               // 4.19: max_low_pfn is an address: DMA32 is right, Normal's limit far too high
    bool riscv_memory_below_kernel_dropped;  // up to 6.3: the device tree's memory below the kernel image is not added
    bool riscv_mem_param;                    // mem= is understood
    bool riscv_crashkernel;                  // crashkernel= is understood
    bool riscv_crashkernel_high;             // … with ,high and ,low
    bool riscv_kernel_region_cut;            // memory beyond the linear map is cut
    bool riscv_linear_map_spares_4g;         // up to 6.9: the last 4 GiB of the linear map are the kernel's own

    // -- free_area_init
    bool zone_limit_raised_to_cursor;  // a limit below the previous zone's end gives an empty zone; 3.14: not for zone 0
    bool zone_cursor_rounds_down;      // start_of_DRAM >> PAGE_SHIFT; before, PFN_UP of the first region
    bool clamp_before_adjust;          // zone range is cut to the node before ZONE_MOVABLE cuts it
    bool movable_start_past_node_end_is_dropped;
    bool core_all_or_nothing;     // kernelcore >= total pages: no ZONE_MOVABLE; movablecore cut at total
    bool mirror_needs_mirror;     // kernelcore=mirror without mirrored memory is ignored, with a message
    bool mirror_4g_in_bytes;      // the 4 GiB test is in bytes; before, pfn 0x100000 whatever the page size
    bool hotplug_base_rounds_up;  // movable_node: region_base_pfn
    bool movable_round_only_nodes_with_memory;
    bool pgdat_spanned_is_node_range;      // 6.12 only
    bool memmap_charged;                   // the first managed estimate lacks the memmap
    bool memmap_charge_shown_for_highmem;  // 3.x: HighMem's memmap is printed too, though not taken off its estimate
    bool batch_cap_512k;                   // zone_batchsize: cap 512 KiB; else 1 MiB …
    bool batch_4k_of_managed;              // … or managed >> 12 capped at 256 KiB
    UnavailableRanges unavailable_ranges;
    bool arm64_pfn_valid_is_memblock;  // up to 5.15: pfn_valid() wants mapped memory at the pfn itself
    bool arm_pfn_valid_by_pageblock;   // 5.14+: any memory in the pageblock makes its pfns valid
    bool online_by_subsection;         // pfn_to_online_page() wants memory in the pfn's 2 MiB; before, in its section
    bool flatmem_tail_unavailable;     // 6.18+: FLATMEM counts up to the next MAX_ORDER border
    bool zeroed_tail_to_section_end;   // zeroed_struct_page: the tail reaches the section's end; before, max_pfn

    // -- page allocator set-up
    bool zonelist_by_managed;      // only zones with managed pages enter zonelists; else those with present pages
    bool zonelist_zone_order;      // numa_zonelist_order= and the zone-order default
    bool node_load_increments;     // find_next_best_node: load += 1
    bool local_node_needs_memory;  // a memory-less node is not its own first fallback
    bool pageblock_capped_by_max_order;
    bool pageblock_from_thp;     // THP alone sets pageblock_order
    bool page_block_max_order;   // CONFIG_PAGE_BLOCK_MAX_ORDER
    bool offline_refuses_holes;  // a memory block with a hole in it cannot be taken offline

    // -- watermarks, reserves, per-CPU lists
    bool min_free_cap_64m;               // min_free_kbytes is capped at 64 MiB; later 256 MiB
    bool wmark_init_after_khugepaged;    // 3.x: a module_init, which throws khugepaged's raise away; the initrd is freed by then
    bool khugepaged_counts_all_zones;    // 3.x: Movable and HighMem count too
    bool wmark_quarter_and_half;         // 3.x: low = min + t/4, high = min + t/2
    bool wmark_movable_as_highmem;       // ZONE_MOVABLE gets a token minimum
    bool reserve_highmem_ratio_32;       // 3.x: lowmem_reserve_ratio of HighMem is 32
    bool reserve_clear_of_empty_zone;    // a zone without managed pages reserves nothing
    bool reserve_clear_for_empty_upper;  // … and for an empty upper zone nothing is reserved (6.10, 6.11 only)
    bool pcp_high_from_low_wmark;        // else six batches
    bool pcp_updated_after_deferred;     // batches follow what deferred initialisation hands over
    bool pcp_high_min_max;
    bool reserve_follows_managed;        // lowmem_reserve is set up again whenever memory is freed at start-up
    bool smp_locks_freed_late;           // x86: the table of lock prefixes is freed after the watermarks are set
    bool x86_preallocates_vmalloc;       // mem_init() takes the page tables of the vmalloc area
    bool sysctl_args;                    // sysctl.NAME=VALUE
    bool watermark_scale_to_30_percent;  // watermark_scale_factor goes up to 3000; before, 1000
    bool gigantic_pages_managed_early;   // hugetlb's boot pages are managed before watermarks are computed; before, after that
    bool cma_before_wmark;               // CMA areas are managed when watermarks are first computed
    bool cma_area_checked_first;  // a CMA area that lies in two zones becomes free memory; before, what is reached in the first

    // -- hand-over to the page allocator
    bool handover_clears_hotplug;  // memory that differs only in being hot-pluggable is one region again
    bool boot_free_to_tail;        // memory is put at the tail of free lists; before, at the head
    bool highmem_freed_by_pages;   // highmem follows after lowmem, page by page, at the head of lists
    MemmapWalk memmap_walk;
    bool memmap_to_section_end;  // … and all up to the end of the section that the zone ends in
    DeferLimit defer_limit;
    bool page_ext_ends_deferral;  // early_page_ext: nothing is deferred

    // -- page allocator
    GfpBits gfp_bits;
    bool gfp_atomic;                  // __GFP_ATOMIC says who may dip into reserves; else the lack of __GFP_DIRECT_RECLAIM does
    bool gfp_nowait_quiet;            // GFP_NOWAIT has __GFP_NOWARN in it
    bool migrate_reserve;             // Reserve pageblocks, and Movable is type 2; later HighAtomic, and Movable is type 1
    bool alloc_fair;                  // zones are used in turn, by NR_ALLOC_BATCH
    bool alloc_nofragment;            // Normal and DMA32 are both tried before a pageblock gets mixed types
    bool nofragment_below_pageblock;  // … for requests smaller than a pageblock
    bool cma_first_when_half;         // Movable requests take from CMA once more than half of what is free is there
    bool watermark_halves_by_order;   // larger orders need half as much each; later one block is enough
    bool reserve_by_preferred_zone;   // lowmem_reserve by the preferred zone, not the highest allowed
    bool watermark_high_first;        // the high mark is looked at before the low one
    Fallback fallback;
    bool move_to_tail;               // blocks that change lists go to the tail; before, to the head
    bool move_whole_pageblock_only;  // a pageblock that leaves the zone is not moved at all; before, its part from the page on is
    bool merge_only_mergeable;       // above pageblock_order only Unmovable, Movable and Reclaimable merge with each other
    bool free_by_pageblock;  // larger blocks are freed by pageblocks, merging changes the buddy's type, types are read when pages
                             // leave per-CPU lists
    bool pcp_high_orders;    // orders 1 to 3 and huge pages go through per-CPU lists
    PcpThp pcp_thp;
    bool pcp_thp_is_pmd_order;  // huge pages are of HPAGE_PMD_ORDER, not pageblock_order
    bool pcp_free_factor;       // the number of pages freed at once doubles while nothing is allocated
    bool pcp_scale_capped;      // … up to 32 batches
    bool pcp_free_high_orders;  // a run of frees of orders 1 to 3 empties the lists
    bool pcp_drain_from_freed;  // draining starts with the list last freed to
    bool pcp_drain_by_batch;    // … and takes the zone's lock anew for each batch
    bool bulk_allocator;        // __alloc_pages_bulk()
    bool bulk_by_policy;        // … without a node is split as the task's memory policy says
    bool bulk_grows_deferred;   // … initialises deferred memory where it would fail

    // -- slab allocator
    bool slub_present_cpus;          // slab orders are chosen for the CPUs that are present; else for the possible ones
    bool slub_order_fixed_minimum;   // calculate_order() gives up on waste only; before, on the number of objects too
    bool slub_orders_cross_checked;  // slub_min_order= above slub_max_order= moves the other
    bool slub_cpu_partial_slabs;     // per-CPU partial lists are counted in slabs, and are longer
    bool deactivate_slab_reverses;   // a slab that stops being a CPU's has its free objects in reverse; later in the same order
    bool slab_always_compound;       // slabs of one page are asked for as compound too
    bool slab_tries_this_node;       // a slab for a node is first asked for from that node alone
    bool slab_nodes_any_memory;      // nodes with memory of any kind have caches; before, with memory that is mapped all the time
    bool nr_slab_per_zone;           // slab pages are counted by zone; later by node
    bool stack_depot_nested_gfp;     // the stack depot asks for memory as for a nested request
    bool page_tables_compound;       // page tables are asked for as compound pages
    bool slub_sheaves;               // every cache has sheaves; no per-CPU slabs
    FreePointer free_pointer;
    bool slub_left_redzone;           // there is a red zone in front of objects too
    bool slub_redzone_moves_freeptr;  // the free pointer of objects smaller than a pointer is outside of their red zone
    KmallocOrigSize kmalloc_orig_size;
    bool kmalloc_orig_size_moves_freeptr;
    bool track_stackdepot;  // struct track has a handle; before, 16 addresses with CONFIG_STACKTRACE
    SlubDebugLists slub_debug_lists;
    bool slub_debug_o_alone;             // slub_debug=O… is read no further: all that is usual is checked
    bool slub_debug_list_keeps_default;  // a list of caches leaves CONFIG_SLUB_DEBUG_ON alone
    bool slab_parameters;                // slab_max_order= and the like beside slub_…
    bool slab_nomerge;                   // slab_nomerge beside slub_nomerge
    bool slab_merge_option;              // CONFIG_SLAB_MERGE_DEFAULT
    bool slab_merge_parameter;           // slab_merge, slub_merge
    bool slab_merge_oldest_first;        // of several caches the oldest is merged with; before, the newest
    bool slab_usersize;                  // a cache with a window for user copies is not merged …
    bool slab_usersize_option;           // … with CONFIG_HARDENED_USERCOPY only
    bool slab_no_merge_flag;             // SLAB_NO_MERGE; before, kmalloc caches had a negative reference count
    bool slab_flags_enum;                // flags are numbered as the config has them
    bool slab_no_obj_ext;                // SLAB_NO_OBJ_EXT …
    bool slab_no_obj_ext_always;         // … whatever the config
    bool kmem_cache_node_pairs;          // struct kmem_cache has two pointers for each node
    bool slab_kmalloc_flag;              // SLAB_KMALLOC
    bool kmalloc_natural_align;          // kmalloc() of powers of two is aligned to the size
    bool kmalloc_divisor_align;          // … of other sizes to the largest power of two in them
    bool kmalloc_odd_sizes_first;        // 96 and 192 are made first; before, after 64 and 128
    bool kmalloc_named_late;             // kmalloc caches get their names once all are there
    bool kmalloc_names_allocated;        // names of kmalloc-rcl-… and dma-kmalloc-… come from kmalloc()
    bool kmalloc_short_names;            // kmalloc-1k; before, kmalloc-1024
    bool kmalloc_reclaim;                // kmalloc-rcl-…
    bool kmalloc_cgroup;                 // kmalloc-cg-… …
    bool kmalloc_cgroup_last;            // … as the last type; before, as the second
    bool kmalloc_dma_usersize;           // dma-kmalloc-… has a window for user copies, as the other types do
    bool kmalloc_dma_with_others;        // dma-kmalloc-… is a type as any; before, made last, 96 and 192 first
    bool kmalloc_random;                 // CONFIG_RANDOM_KMALLOC_CACHES
    bool kmem_buckets;                   // CONFIG_SLAB_BUCKETS
    bool memcg_kmem_option;              // CONFIG_MEMCG_KMEM; later CONFIG_MEMCG
    bool kmalloc_dynamic_minalign;       // kmalloc caches below the cache line where nothing speaks against it
    bool arm64_kmalloc_min_128;          // ARCH_DMA_MINALIGN of arm64; before, the cache line

    // -- what a config means (asked by kernel/facts.cc)
    bool max_order_option_inclusive;  // CONFIG_ARCH_FORCE_MAX_ORDER is the largest order; before, one more
    bool memblock_node_map_always;    // no CONFIG_HAVE_MEMBLOCK_NODE_MAP: every architecture has nodes in memblock
    bool movable_node_option;         // movable_node wants CONFIG_MOVABLE_NODE; later CONFIG_MEMORY_HOTPLUG
    bool arm64_small_sections;        // arm64 sections of 128 MiB (64K pages: 512 MiB); before, 1 GiB

    bool memory_line_late;  // "Memory:" is printed once all CPUs are up
    bool memory_line_cma;   // … and names what is reserved for CMA

    // -- wording of the boot log
    bool print_short_addresses;     // %#010lx instead of %#018Lx
    bool print_node_debug;          // "On node N totalpages", "used for memmap", "LIFO batch" are visible
    bool print_initmem;             // "Initmem setup node …" from free_area_init
    bool print_initmem_memoryless;  // … "as memoryless"
    bool print_fallback_order;
    bool print_unavailable_newline;
    bool print_exceeds_memmap_wording;
    bool pagetypeinfo_capped;  // /proc/pagetypeinfo stops counting at 100000

    bool operator==(const Behaviours&) const = default;
};

Behaviours behaviours_of(const Version& version);

// One row of the table, for people: `zonecalc kernels --behaviours`, and for the notes that name the release that mends a bug.
struct BehaviourInfo {
    std::string_view name;
    std::string releases;     // "5.15.33 to before 5.16, 5.18–"
    std::string_view what;    // one line
    std::string_view commit;  // title or id where known
    std::string unread;       // releases of which no source was read: they are taken for the change's older side
};
const std::vector<BehaviourInfo>& behaviour_table();

// A row that holds in one of two releases.
struct BehaviourChange {
    std::string_view name;
    std::string_view what;
    std::string_view commit;
    bool holds_in_second = false;
    void (*set)(Behaviours&) = nullptr;  // makes the row hold
};
std::vector<BehaviourChange> behaviour_changes(const Version& first, const Version& second);

}  // namespace zonecalc
