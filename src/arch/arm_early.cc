// SPDX-License-Identifier: MIT
// Early boot of 32-bit arm as memblock sees it: every reservation from the kernel image to the hand-over, in the kernel's order. A
// board that lists what is reserved is believed and none of this runs.
//
// The image lies where lowmem starts plus its offset, the first page table right below it. What boot loaders leave in memory (the
// initrd, the device tree blob) is reserved to the byte by older releases, the initrd in whole pages by newer ones. All
// allocations come from lowmem, from the top down, except that 3.13 and older hand memory over to bootmem after memory is mapped:
// from then on they go upward from the lowest free page. A memmap for holes between banks is given back at the end.
//
// Releases: up to 3.14 /reserved-memory is not read, and banks are a table of their own; there the areas for contiguous
// allocations are lowmem, later they may be highmem. Up to 4.8 zones have wait tables.
//
// Not modelled: memory that a machine's reserve hook takes, crashkernel= with ranges of memory sizes, page extensions of flat
// memory, sparse memory of releases after 4.18.
// Read beside it: setup_arch() in arch/arm/kernel/setup.c, arch/arm/mm/init.c, free_unused_memmap() there or in mm/memblock.c
// (5.11 and later).
#include "arch/arm_early.h"

#include <fmt/format.h>

#include "arch/of_early.h"
#include "arch/of_memory.h"
#include "mm/cpus.h"
#include "mm/crashkernel.h"

namespace zonecalc::arm {

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 PAGE = 4096;
constexpr PhysAddr max_32bit = 0xffffffff;

// Without one of these nothing can be computed.
constexpr std::string_view needed_sizes[] = {"page", "pcpu_chunk", "resource", "static_vm"};
constexpr std::string_view needed_constants[] = {"_end", "_stext", "_text", "NR_PAGEBLOCK_BITS"};

bool known(const Kernel& kernel) {
    if (!knows(kernel, needed_sizes, needed_constants)) return false;
    const u64 text = kernel.constant("_text"), stext = kernel.constant("_stext"), end = kernel.constant("_end");
    if (text < kernel.page_offset || stext < text || end < stext || end > max_32bit) return false;
    if (kernel.constant("__per_cpu_end") - kernel.constant("__per_cpu_start") > 16 * MiB) return false;
    if (kernel.sparse() && kernel.size_of("mem_section") == 0) return false;
    if (kernel.behaviours.zone_wait_tables && kernel.size_of("wait_queue_head") == 0) return false;
    return kernel.memory_model == MemoryModel::flatmem ||
           (kernel.memory_model == MemoryModel::sparsemem && kernel.behaviours.early_sparse_one_by_one);
}

PhysAddr pa(const Boot& boot, u64 virtual_address) {
    return virtual_address - boot.kernel.page_offset + boot.early->arm->phys_offset;
}

void note_assumptions(Boot& boot) {
    const Board& b = boot.board;
    if (boot.kernel.confirmation == Confirmation::derived)
        assume_early(
            boot, "kernel-image",
            fmt::format("no build of this kernel was read: its image is taken to end {} KiB above the start of memory (moves the "
                        "end of one reserved range; a profile made of its System.map settles it)",
                        (boot.kernel.constant("_end") - boot.kernel.page_offset) / 1024));
    note_derived_sizes(boot, boot.kernel.constant("_end") - boot.kernel.page_offset);
    assume_common_inputs(boot);
    if (b.io_tables.empty() && !boot.kernel.config_enabled("ARCH_MULTIPLATFORM"))
        assume_early(
            boot, "no-io-tables",
            "the board names no static mapping of its machine: none is taken (each takes 40 bytes, and a page for each 2 MiB of "
            "virtual addresses that it is the first in)");
}

void reserve_initrd_mem(Boot& boot) {
    const auto initrd = loaded_range(boot.board, "initrd");
    if (!initrd || !boot.kernel.config_enabled("BLK_DEV_INITRD")) return;
    PhysRange r = *initrd;
    if (boot.kernel.behaviours.arm_initrd_whole_pages) r = whole_pages(r, PAGE);
    const char* trouble = !boot.memblock.memory.covers(r.begin, r.size())      ? "is not a memory region"
                          : boot.memblock.reserved.overlaps(r.begin, r.size()) ? "overlaps in-use memory region"
                                                                               : nullptr;
    if (trouble)
        boot.message(MessageLevel::warning,
                     fmt::format("INITRD: {:#010x}+{:#010x} {} - disabling initrd", initrd->begin, initrd->size(), trouble),
                     "arm_memblock_init");
    else
        boot.early->allocator.reserve(r.begin, r.size(), "initrd");
}

// swapper_pg_dir ends where the kernel's text section begins.
void arm_mm_memblock_reserve(Boot& boot) {
    const u64 size = boot.kernel.pae ? PAGE + 4 * 512 * 8 : 2048 * 8;
    boot.early->allocator.reserve(pa(boot, boot.kernel.constant("_text")) - size, size, "first page table");
}

void request_standard_resources(Boot& boot) {
    const WalkStep step(boot.walk, "request_standard_resources");
    for (const MemblockRegion& r : boot.memblock.memory.regions())
        if (!(r.flags & MEMBLOCK_NOMAP))
            boot.early->allocator.alloc_or_panic(
                {.name = "memory resource", .size = boot.kernel.size_of("resource"), .align = SMP_CACHE_BYTES, .low = true});
}

void reserve_crashkernel(Boot& boot) {
    constexpr u64 CRASH_ALIGN = 128 * MiB;
    if (!reserves_crashkernel(boot.kernel)) return;
    const WalkStep step(boot.walk, "reserve_crashkernel");
    const auto wanted =
        parse_crashkernel(boot.kernel, boot.cmdline, (boot.max_low_pfn - boot.min_low_pfn) << boot.kernel.page_shift);
    if (!wanted) return;
    MemblockAllocator& mb = boot.early->allocator;
    const u64 size = wanted->size & max_32bit;
    const PhysAddr base = wanted->base & max_32bit;
    if (size == 0) return;
    if (!boot.kernel.behaviours.arm_crashkernel_anywhere)
        mb.reserve(base, size, "crash kernel");
    else if (base == 0)
        mb.phys_alloc({.name = "crash kernel",
                       .size = size,
                       .align = CRASH_ALIGN,
                       .from = CRASH_ALIGN,
                       .below = std::min(boot.early->arm->lowmem_limit, max_32bit)});
    else
        mb.phys_alloc(
            {.name = "crash kernel", .size = size, .align = boot.kernel.pae ? 2 * MiB : MiB, .from = base, .below = base + size});
}

// free_memmap(): where the memmap of a pfn range lies, in whole pages.
void free_memmap(Boot& boot, Pfn start, Pfn end) {
    const EarlyBoot& early = *boot.early;
    const u64 page = boot.kernel.size_of("page");
    const auto after = [&](Pfn pfn) -> std::optional<PhysAddr> {
        if (!boot.kernel.sparse()) return early.mem_map + (pfn - early.mem_map_start) * page;
        const auto map = early.section_maps.find((pfn - 1) / boot.kernel.pages_per_section());
        if (map == early.section_maps.end()) return std::nullopt;
        return map->second + ((pfn - 1) % boot.kernel.pages_per_section() + 1) * page;
    };
    const auto from = after(start), to = after(end);
    if (!from || !to) return;
    const PhysAddr first = round_up(*from, PAGE), last = round_down(*to, PAGE);
    if (first < last) boot.early->allocator.free(first, last - first);
}

void free_unused_memmap(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    const bool by_pageblock = kernel.behaviours.memmap_holes_by_pageblock;
    const u64 block = by_pageblock ? kernel.pageblock_nr_pages() : kernel.max_order_nr_pages();
    const u64 section = kernel.pages_per_section();
    Pfn prev_end = 0;
    for (const EarlyRange& r : mem_pfn_ranges(boot.memblock.memory, kernel.page_shift)) {
        Pfn start = r.range.begin;
        if (kernel.sparse()) start = std::min(start, round_up(prev_end, section));
        if (!kernel.sparse() || by_pageblock) start = round_down(start, block);
        if (prev_end != 0 && prev_end < start) free_memmap(boot, prev_end, start);
        prev_end = round_up(r.range.end, block);
    }
    if (kernel.sparse() && prev_end % section != 0) free_memmap(boot, prev_end, round_up(prev_end, section));
}

}  // namespace

PhysAddr arm_dma_limit(const Boot& boot, PhysAddr phys_offset) {
    const u64 size = boot.kernel.has_zone(ZoneType::DMA) ? boot.board.dma_zone_size.value_or(0) : 0;
    return size != 0 ? phys_offset + size - 1 : max_32bit;
}

void begin_early_model(Boot& boot, PhysAddr phys_offset) {
    const Kernel& kernel = boot.kernel;
    if (!boot.board.reserved.empty() || boot.memblock.memory.empty() || !known(kernel)) return;
    boot.early = std::make_unique<EarlyBoot>(boot.memblock, kernel);
    EarlyBoot& early = *boot.early;
    early.arm = std::make_shared<EarlyArm>();
    early.arm->phys_offset = phys_offset;
    early.max_physmem_bits = kernel.max_physmem_bits;
    early.percpu_atom = PAGE;
    early.gigantic_page = 0;
    early.allocator.kernel_end = pa(boot, kernel.constant("_end"));
    // MAX_DMA_ADDRESS
    const u64 zone = kernel.has_zone(ZoneType::DMA) ? boot.board.dma_zone_size.value_or(0) : 0;
    early.dma_address = (zone != 0 ? zone : max_32bit - kernel.page_offset) + phys_offset;
    early.gigantic_page = 0;
    early.cpu_node.assign(nr_cpu_ids(kernel, boot.cmdline, boot.board.cpus.value_or(1)), 0);
    note_assumptions(boot);
}

void arm_memblock_init(Boot& boot, PhysAddr lowmem_limit, PhysAddr memblock_limit) {
    early_stretch(boot, [&](EarlyBoot& early) {
        const Kernel& kernel = boot.kernel;
        MemblockAllocator& mb = early.allocator;
        early.lowmem_end = early.arm->lowmem_limit = lowmem_limit;
        mb.current_limit = memblock_limit;

        const u64 stext = kernel.constant("_stext");
        mb.reserve(pa(boot, stext), kernel.constant("_end") - stext, "kernel image");
        reserve_initrd_mem(boot);
        arm_mm_memblock_reserve(boot);
        early_init_fdt_reserve_self(boot);
        reserve_loaded_ranges(boot);
        early_init_fdt_scan_reserved_mem(boot);

        const PhysAddr limit = arm_dma_limit(boot, early.arm->phys_offset);
        dma_contiguous_reserve(boot, kernel.behaviours.arm_cma_in_highmem ? limit : std::min(limit, lowmem_limit));
    });
}

void reserve_until_handover(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot& early) {
        alloc_node_mem_map(boot);
        calc_nr_kernel_pages(boot);
        {
            const WalkPath step(boot.walk, "setup_arch");
            request_standard_resources(boot);
            unflatten_device_tree(boot);
            reserve_crashkernel(boot);
        }
        allocate_in_start_kernel(boot);
        mm_core_init(boot, [&] {
            const PhysAddr limit = arm_dma_limit(boot, early.arm->phys_offset);
            if (boot.kernel.pae && swiotlb_wanted(boot, boot.max_pfn > limit / PAGE)) swiotlb_init(boot, max_32bit);
        });
        free_unused_memmap(boot);
    });
}

}  // namespace zonecalc::arm
