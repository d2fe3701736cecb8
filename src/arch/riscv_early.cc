// SPDX-License-Identifier: MIT
// Early boot of riscv64 as memblock sees it: every reservation from the kernel image to memblock_free_all(), in the kernel's order.
// A board that lists what is reserved is believed and none of this runs.
//
// Memory is mapped linearly with the largest leaves that place and size allow, a table of each level for what is no such leaf; the
// image is mapped by leaves of 2 MiB. Where the kernel's text is read-only (STRICT_KERNEL_RWX) text and read-only data are mapped
// apart, and the image is reserved up to the next 2 MiB. As nothing else is allocated meanwhile, the number of tables is all that
// matters. Logical CPU 0 is the hart that boots: which CPU belongs to which node follows from it.
//
// Releases: 6.12 was recorded; what is here is that release's order.
//
// Not modelled: KFENCE's pool, XIP kernels, KASAN, booting by EFI or ACPI.
// Read beside it: setup_bootmem(), setup_vm_final(), misc_mem_init(), mem_init() in arch/riscv/mm/init.c, init_resources() in
// arch/riscv/kernel/setup.c.
#include "arch/riscv_early.h"

#include <fmt/format.h>

#include "arch/of_early.h"
#include "arch/of_memory.h"
#include "mm/crashkernel.h"

namespace zonecalc::riscv {

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 GiB = u64{1} << 30;
constexpr u64 PAGE = 4096;
constexpr u64 PMD_SIZE = 2 * MiB;
constexpr PhysAddr u32_max = 0xffffffff;

constexpr std::string_view needed_sizes[] = {"page",        "pglist_data",   "mem_section",  "mem_section_usage", "pcpu_chunk",
                                             "device_node", "pcpu_block_md", "reserved_mem", "resource"};
constexpr std::string_view needed_constants[] = {"_start", "_end", "__per_cpu_end", "NR_PAGEBLOCK_BITS"};

bool known(const Kernel& kernel) {
    if (!knows(kernel, needed_sizes, needed_constants)) return false;
    if (kernel.config_enabled("STRICT_KERNEL_RWX"))
        for (const std::string_view name : {"__init_data_begin", "__start_rodata", "_data"})
            if (kernel.constant(name) < kernel.constant("_start") || kernel.constant(name) > kernel.constant("_end")) return false;
    return kernel.constant("_end") > kernel.constant("_start") && kernel.constant("_end") - kernel.constant("_start") < GiB &&
           kernel.constant("__per_cpu_end") - kernel.constant("__per_cpu_start") < GiB &&
           kernel.memory_model == MemoryModel::sparsemem_vmemmap;
}

// Where the linear map begins, by levels of page tables; matters modulo what a table spans.
u64 page_offset(unsigned levels) {
    return levels == 5 ? 0xff60000000000000 : levels == 4 ? 0xffffaf8000000000 : 0xffffffd600000000;
}

PhysAddr pa_symbol(const Boot& boot, std::string_view symbol) {
    return boot.early->riscv->start + (boot.kernel.constant(symbol) - boot.kernel.constant("_start"));
}

void note_assumptions(Boot& boot) {
    const Board& b = boot.board;
    if (!b.kernel_base)
        assume_early(boot, "kernel-base",
                     fmt::format("the board does not say where the kernel image lies: {:#x} is taken, 2 MiB above the start "
                                 "of memory (moves the hole that it makes)",
                                 boot.early->riscv->start));
    note_derived_sizes(boot, boot.early->riscv->end - boot.early->riscv->start);
    assume_common_inputs(boot);
    if (!b.page_table_levels && boot.early->riscv->levels > 3)
        assume_early(boot, "paging-mode",
                     fmt::format("the board does not say how many levels the CPUs' page tables have: {} are taken, the most that "
                                 "the kernel allows (page tables: up to three pages less)",
                                 boot.early->riscv->levels));
}

// The tables of a tree: for each level the spans of virtual addresses that have one.
class Tables {
public:
    Tables(unsigned levels, bool pages_only) : pages_only_(pages_only) {
        if (levels >= 5) levels_.push_back({48, {}});
        if (levels >= 4) levels_.push_back({39, {}});
        levels_.push_back({30, {}});
        levels_.push_back({21, {}});
    }

    void map(u64 va, PhysAddr pa, u64 size, unsigned largest_leaf = 64) {
        if (size != 0) below(va, va + size, va - pa, 0, largest_leaf);
    }
    u64 count() const {
        u64 n = 0;
        for (const Level& l : levels_) n += l.tables.total_size();
        return n;
    }

private:
    struct Level {
        unsigned shift;
        RegionList tables;  // indices
    };

    // A part of a range that no leaf of this level maps takes a table for each entry that it touches.
    void below(u64 begin, u64 end, u64 offset, std::size_t level, unsigned largest_leaf) {
        if (level == levels_.size() || begin >= end) return;
        const unsigned shift = levels_[level].shift;
        const u64 size = u64{1} << shift;
        const auto part = [&](u64 from, u64 to) {
            if (from >= to) return;
            levels_[level].tables.add(from >> shift, ((to - 1) >> shift) + 1 - (from >> shift));
            below(from, to, offset, level + 1, largest_leaf);
        };
        const u64 first = round_up(begin, size);
        const u64 last = round_down(end, size);
        if (level == 0 || pages_only_ || shift > largest_leaf || offset % size != 0 || first >= last) return part(begin, end);
        part(begin, first);
        part(last, end);
    }

    std::vector<Level> levels_;
    bool pages_only_;
};

void setup_vm_final(Boot& boot) {
    const EarlyRiscv& e = *boot.early->riscv;
    const u64 to_virtual = page_offset(e.levels) - e.ram;
    Tables tables(e.levels, debug_pagealloc_enabled(boot));
    std::vector<PhysRange> apart;
    if (boot.kernel.config_enabled("STRICT_KERNEL_RWX"))
        apart = {{e.start, pa_symbol(boot, "__init_data_begin")}, {pa_symbol(boot, "__start_rodata"), pa_symbol(boot, "_data")}};
    RegionList rest = boot.memblock.memory.unwalked();
    for (const PhysRange& r : apart) rest.remove(r.begin, r.size());
    for (const MemblockRegion& r : rest.regions())
        if (!(r.flags & MEMBLOCK_NOMAP)) tables.map(r.base + to_virtual, r.base, r.size);
    for (const PhysRange& r : apart) tables.map(r.begin + to_virtual, r.begin, r.size());

    constexpr unsigned PMD_SHIFT = 21;
    const u64 image = boot.kernel.constant("_start");
    Tables kernel(e.levels, false);
    kernel.map(image, round_down(e.start, PMD_SIZE), round_up(e.end - e.start, PMD_SIZE), PMD_SHIFT);
    const u64 pages = tables.count() + kernel.count();
    if (boot.early->allocator.phys_alloc_pages(pages, {0, ~PhysAddr{0}}, "page tables") != 0)
        throw OutOfEarlyMemory{"page tables", pages * PAGE};
}

// init_resources(): one for each region of memory and of what is reserved by then, and one more; those of what lies in memory
// are given back.
void init_resources(Boot& boot) {
    MemblockAllocator& mb = boot.early->allocator;
    const u64 size = boot.kernel.size_of("resource");
    const RegionList& memory = boot.memblock.memory;
    const u64 count = memory.regions().size() + mb.reserved_count() + 1;
    const PhysAddr place = mb.alloc_or_panic({.name = "memory resources", .size = count * size, .align = SMP_CACHE_BYTES});
    u64 kept = memory.regions().size();
    const MemblockRegion* last = nullptr;
    for (const MemblockRegion& r : mb.reserved().regions()) {
        const bool continues = last && last->end() == r.base && last->nid == r.nid && last->flags == r.flags;
        last = &r;
        if (!continues && !memory.overlaps(round_down(r.base, PAGE), 1)) ++kept;
    }
    if (count > kept) mb.free(place, (count - kept) * size);
}

// Where the crash kernel cannot lie low, up to 6.5, anywhere will do; then high and low parts are told apart.
void reserve_crashkernel(Boot& boot) {
    const Behaviours& b = boot.kernel.behaviours;
    if (!reserves_crashkernel(boot.kernel)) return;
    const WalkStep step(boot.walk, "reserve_crashkernel");
    const PhysAddr end = boot.memblock.end_of_DRAM();
    if (b.riscv_crashkernel_high) {
        reserve_crashkernel_generic(boot, {PMD_SIZE, std::min(4 * GiB, end), end, 128 * MiB});
        return;
    }
    const auto wanted = parse_crashkernel(boot.kernel, boot.cmdline, boot.memblock.memory.total_size());
    if (!wanted || wanted->size == 0) return;
    EarlyRequest request{.name = "crash kernel", .size = round_up(wanted->size, PAGE), .align = PMD_SIZE};
    request.from = wanted->base != 0 ? wanted->base : boot.memblock.start_of_DRAM();
    const PhysAddr below = wanted->base != 0 ? wanted->base + request.size : end;
    request.below = std::min(below, 4 * GiB - 1);
    if (boot.early->allocator.phys_alloc(request)) return;
    request.below = below;
    boot.early->allocator.phys_alloc(request);
}

}  // namespace

void begin_early_model(Boot& boot, unsigned levels) {
    const Kernel& kernel = boot.kernel;
    if (!boot.board.reserved.empty() || boot.memblock.memory.empty() || !known(kernel)) return;
    boot.early = std::make_unique<EarlyBoot>(boot.memblock, kernel);
    early_stretch(boot, [&](EarlyBoot& early) {
        early.riscv = std::make_shared<EarlyRiscv>();
        EarlyRiscv& e = *early.riscv;
        const PhysAddr start = std::min(boot.memblock.start_of_DRAM(), PhysAddr{1} << 56);
        e.levels = levels;
        e.start = boot.board.kernel_base.value_or(round_up(start, PMD_SIZE) + PMD_SIZE);
        e.end = pa_symbol(boot, "_end");
        note_assumptions(boot);
        early.max_physmem_bits = kernel.max_physmem_bits;
        early.levels = levels;
        early.percpu_atom = PAGE;
        early.percpu_by_node = kernel.numa;
        early.allocator.kernel_end = e.end;
        early.allocator.movable_node = boot.movable_node_enabled;
        const PhysAddr end = kernel.config_enabled("STRICT_KERNEL_RWX") ? round_up(e.end, PMD_SIZE) : e.end;
        early.allocator.reserve(e.start, end - e.start, "kernel image");
    });
}

void reserve_loaded(Boot& boot, PhysAddr ram) {
    early_stretch(boot, [&](EarlyBoot& early) {
        const Kernel& kernel = boot.kernel;
        early.riscv->ram = early.dma_address = ram;
        early.lowmem_end = boot.memblock.end_of_DRAM();
        // A multiple of what any table spans is as good as where vmemmap lies.
        const u64 section = kernel.pages_per_section() * PAGE;
        early.vmemmap = (u64{1} << 59) - (round_down(ram, section) / PAGE) * kernel.size_of("page");
        if (const auto r = loaded_range(boot.board, "initrd")) {
            const PhysRange pages = whole_pages(*r, PAGE);
            early.allocator.reserve(pages.begin, pages.size(), "initrd");
        }
        early_init_fdt_scan_reserved_mem(boot);
        early_init_fdt_reserve_self(boot);
        reserve_loaded_ranges(boot);
        dma_contiguous_reserve(boot, std::min(4 * GiB, early.lowmem_end));
        hugetlb_reserve(boot, HugetlbMoment::setup_arch);
    });
}

void reserve_before_nodes(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot& early) {
        setup_vm_final(boot);
        early.allocator.can_resize = true;
        unflatten_device_tree(boot);
    });
}

void reserve_after_nodes(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot&) {
        if (!boot.kernel.behaviours.early_sparse_in_free_area_init) sparse_init(boot);
        reserve_crashkernel(boot);
        init_resources(boot);
    });
}

void reserve_until_handover(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot& early) {
        const Kernel& kernel = boot.kernel;
        hugetlb_reserve(boot, HugetlbMoment::before_zones);
        if (kernel.behaviours.early_sparse_in_free_area_init) sparse_init(boot);
        if (kernel.behaviours.offline_nodes_init) alloc_offline_node_data(boot);
        calc_nr_kernel_pages(boot);
        allocate_in_start_kernel(boot);
        mm_core_init(boot, [&] {
            const PhysAddr limit = std::min(4 * GiB, early.lowmem_end);
            if (swiotlb_wanted(boot, boot.max_pfn > limit / PAGE)) swiotlb_init(boot, u32_max);
        });
    });
}

}  // namespace zonecalc::riscv
