// SPDX-License-Identifier: MIT
// Early boot of arm64 as memblock sees it: every reservation from the device tree blob to memblock_free_all(), in the kernel's
// order. A board that lists what is reserved is believed and none of this runs.
//
// Order is everything: each allocation goes right below the one before, and holes that alignment leaves are filled by later
// requests that fit. Sizes come from the kernel's profile, places of what is in memory before the kernel (the device tree blob, the
// initrd, the image itself, what EFI keeps) from the board.
//
// Releases differ: up to 5.10 the areas for the crash kernel and for contiguous allocations are taken before memory is mapped,
// later when the DMA zones are known; 7.0 sets up sections after all else of setup_arch(); up to 4.20 each memory region's resource
// is an allocation of its own. With ACPI no device tree is unpacked. Lines of boots with memblock=debug (4.19 to 7.1) show each
// step.
//
// Not modelled: KASLR (the image and the linear map are taken to lie where they do without it), KVM's hypervisor memory
// (kvm-arm.mode=protected), table upgrades from the initrd.
// Read beside it: setup_arch() in arch/arm64/kernel/setup.c, arm64_memblock_init(), bootmem_init() and reserve_crashkernel() in
// arch/arm64/mm/init.c, kernel/crash_reserve.c (kernel/crash_core.c before 6.9).
#include "arch/arm64_early.h"

#include <fmt/format.h>

#include <string_view>

#include "arch/of_early.h"
#include "arch/of_memory.h"
#include "mm/crashkernel.h"
#include "mm/walk.h"

namespace zonecalc::arm64 {

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 GiB = u64{1} << 30;
constexpr u64 MIN_KIMG_ALIGN = 2 * MiB;
constexpr u64 fixmap = ~u64{0} - 8 * MiB;  // or some 32 MiB below vmemmap: the same tables

// Without one of these nothing can be computed.
constexpr std::string_view needed_sizes[] = {"page",        "pglist_data",   "mem_section", "pcpu_chunk",
                                             "device_node", "pcpu_block_md", "property",    "resource"};
constexpr std::string_view image_symbols[] = {"_text", "_stext", "_etext", "__init_begin", "__initdata_begin", "_data", "_end"};
constexpr std::string_view needed_constants[] = {"_end",        "__init_begin",      "__per_cpu_end", "KIMAGE_VADDR",
                                                 "PAGE_OFFSET", "NR_PAGEBLOCK_BITS", "VMEMMAP_START"};

bool uses_acpi(const Board& board) {
    return !board.acpi_tables.empty() || !board.srat.empty();
}

bool sane(const Kernel& kernel) {
    u64 last = 0;
    for (const std::string_view symbol : image_symbols) {
        const u64 address = kernel.constant(symbol);
        if (address < last) return false;
        last = address;
    }
    // What else of the image is used lies in it.
    std::vector<std::string_view> inside;
    const Behaviours& b = kernel.behaviours;
    if (b.arm64_allocates_pgd)
        inside = {"swapper_pg_dir", "swapper_pg_end"};
    else if (!b.arm64_image_mapped_early)
        inside = {"init_pg_dir", "init_pg_end"};
    if (b.arm64_idmap_allocated) inside.insert(inside.end(), {"__idmap_text_start", "__idmap_text_end"});
    if (b.arm64_idmap_allocated && kernel.config_enabled("UNMAP_KERNEL_AT_EL0")) inside.push_back("__idmap_kpti_flag");
    u64 before = 0;
    for (const std::string_view symbol : inside) {
        const u64 address = kernel.constant(symbol);
        const bool is_end = symbol.ends_with("_end");
        if (address < kernel.constant("_text") || address > last || (is_end && address < before)) return false;
        before = address;
    }
    return last - kernel.constant("_text") < GiB && kernel.constant("__per_cpu_end") - kernel.constant("__per_cpu_start") < GiB;
}

// Larger pages have a smaller vmemmap. A profile whose other sizes are those of a kernel with pages of 4 KiB does not know it.
bool knows_vmemmap(const Kernel& kernel) {
    if (kernel.page_shift == 12) return true;
    const u64 va_bits = std::clamp<u64>(kernel.config_number("ARM64_VA_BITS", 48), 32, 52);
    constexpr unsigned STRUCT_PAGE_MAX_SHIFT = 6;
    return 0 - kernel.constant("VMEMMAP_START") <= (u64{1} << (va_bits + STRUCT_PAGE_MAX_SHIFT - kernel.page_shift)) + 2 * GiB;
}

// Where a loader puts the image that was not told: at the start of memory, as far into it as the image asks for; images that ask
// for nothing go to the next 2 MiB, which leaves room for the loader.
PhysAddr default_text(const Boot& boot) {
    const u64 offset = boot.kernel.constant("TEXT_OFFSET");
    return round_up(std::min(boot.memblock.start_of_DRAM(), PhysAddr{1} << 52), MIN_KIMG_ALIGN) +
           (offset != 0 ? offset : MIN_KIMG_ALIGN);
}

void note_assumptions(Boot& boot) {
    const Board& b = boot.board;
    if (!b.kernel_base)
        assume_early(
            boot, "kernel-base",
            fmt::format("the board does not say where the kernel image lies: {:#x} is taken, where QEMU and firmware put it "
                        "(moves the hole that it makes; page tables change by a few pages)",
                        boot.early->arm64->text));
    if (kaslr_enabled(boot))
        assume_early(
            boot, "kaslr",
            "without nokaslr this kernel's virtual addresses are random where the loader gives it a seed: its page tables are "
            "taken to be those of a kernel that was not moved (two pages more at most)");
    const bool firmware = std::ranges::any_of(b.loaded, [](const LoadedRange& r) { return r.name != "initrd"; });
    if (uses_acpi(b) && !firmware)
        assume_early(boot, "no-efi",
                     "the board has ACPI, so that EFI has started the kernel, but none of what EFI keeps is [[loaded]]: nothing is "
                     "reserved for its memory map and tables (some ten regions, a page or two for each)");
    assume_common_inputs(boot);
}

// reserve_crashkernel(). Up to 5.18 below the DMA limit or where the user says; up to 6.2 ",high" looks from the top.
std::optional<PhysRange> reserve_crashkernel(Boot& boot, PhysAddr low_max) {
    const Behaviours& b = boot.kernel.behaviours;
    if (!reserves_crashkernel(boot.kernel)) return std::nullopt;
    const WalkStep step(boot.walk, "reserve_crashkernel");
    const CrashKernelLimits limits{2 * MiB, low_max, PhysAddr{1} << 48, 128 * MiB};
    if (b.crashkernel_generic) return reserve_crashkernel_generic(boot, limits);

    auto wanted = parse_crashkernel(boot.kernel, boot.cmdline, boot.memblock.memory.total_size());
    u64 low_size = 0;
    PhysAddr below = low_max;
    if (!wanted && b.arm64_crashkernel_high) {
        wanted = parse_crashkernel_suffix(boot.kernel, boot.cmdline, ",high");
        const auto low = parse_crashkernel_suffix(boot.kernel, boot.cmdline, ",low");
        if (low && !low->valid) return std::nullopt;
        if (low) low_size = low->size;
        below = limits.high_max;
    }
    if (!wanted || wanted->size == 0) return std::nullopt;
    const u64 size = round_up(wanted->size, boot.kernel.page_size());
    if (wanted->base != 0) below = wanted->base + size;
    const auto place = boot.early->allocator.phys_alloc(
        {.name = "crash kernel", .size = size, .align = limits.align, .from = wanted->base, .below = below});
    if (!place) return std::nullopt;
    if (*place >= low_max && low_size != 0 && !reserve_crashkernel_low(boot, low_size, limits)) {
        boot.early->allocator.free(*place, size);
        return std::nullopt;
    }
    return PhysRange{*place, *place + size};
}

// From 5.11 on (and late 5.10.y) the DMA zones come first.
bool reserves_after_zones(const Boot& boot) {
    return boot.kernel.behaviours.arm64_dma == Arm64Dma::dt_iort_bits ||
           boot.kernel.behaviours.arm64_dma == Arm64Dma::zone_dma_limit;
}

bool zones_within_setup_arch(const Kernel& kernel) {
    return !kernel.behaviours.early_sparse_in_free_area_init;
}

void request_standard_resources(Boot& boot) {
    const WalkStep step(boot.walk, "request_standard_resources");
    MemblockAllocator& mb = boot.early->allocator;
    const u64 size = boot.kernel.size_of("resource");
    const u64 count = boot.memblock.memory.regions().size();
    if (!boot.kernel.behaviours.arm64_resources_one_by_one) {
        mb.alloc_or_panic({.name = "memory resources", .size = count * size, .align = SMP_CACHE_BYTES});
        return;
    }
    const PhysAddr below = arm64_dma_phys_limit(boot) - 1;
    for (u64 i = 0; i < count; ++i)
        mb.alloc_or_panic({.name = "memory resources", .size = size, .align = SMP_CACHE_BYTES, .below = below});
}

// mem_init(), arch_mm_preinit() later. Without devices that need them small ones serve objects of kmalloc() that share a cache
// line.
void bounce_buffers(Boot& boot) {
    const PhysAddr limit = arm64_dma_phys_limit(boot);
    u64 size = IO_TLB_DEFAULT_SIZE;
    bool wanted = boot.max_pfn > limit / boot.kernel.page_size();
    if (!wanted && boot.kernel.config_enabled("DMA_BOUNCE_UNALIGNED_KMALLOC")) {
        size = std::min(size, div_round_up(boot.memblock.memory.total_size(), 1024));
        wanted = true;
    }
    if (swiotlb_wanted(boot, wanted)) swiotlb_init(boot, limit - 1, size);
}

}  // namespace

PhysAddr pa_symbol(const Boot& boot, std::string_view symbol) {
    return boot.early->arm64->text + (boot.kernel.constant(symbol) - boot.kernel.constant("_text"));
}

void begin_early_model(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    if (!boot.board.reserved.empty() || boot.memblock.memory.empty() || !knows_vmemmap(kernel)) return;
    if (!knows(kernel, needed_sizes, needed_constants) || !sane(kernel)) return;

    boot.early = std::make_unique<EarlyBoot>(boot.memblock, kernel);
    early_stretch(boot, [&](EarlyBoot& early) {
        early.arm64 = std::make_shared<EarlyArm64>();
        EarlyArm64& e = *early.arm64;
        e.text = boot.board.kernel_base.value_or(default_text(boot));
        e.start = pa_symbol(boot, kernel.behaviours.arm64_image_from_stext ? "_stext" : "_text");
        e.init_begin = pa_symbol(boot, "__init_begin");
        e.end = pa_symbol(boot, "_end");
        note_derived_sizes(boot, e.end - e.start);
        note_assumptions(boot);

        early.max_physmem_bits = kernel.max_physmem_bits;
        early.percpu_atom = kernel.page_size();
        early.levels = static_cast<unsigned>(kernel.config_number("PGTABLE_LEVELS", 4));
        if (kernel.page_shift == 16) early.gigantic_page = 16 * GiB;
        early.percpu_by_node = kernel.numa;
        early.allocator.kernel_end = e.end;
        early.allocator.movable_node = boot.movable_node_enabled;
        for (const MemblockRegion& r : boot.memblock.memory.regions())
            early.allocator.has_mirror = early.allocator.has_mirror || r.flags & MEMBLOCK_MIRROR;

        early_init_fdt_reserve_self(boot);
        reserve_loaded_ranges(boot);
    });
}

void reserve_before_nodes(Boot& boot, PhysAddr dma32_limit) {
    early_stretch(boot, [&](EarlyBoot& early) {
        const Kernel& kernel = boot.kernel;
        EarlyArm64& e = *early.arm64;
        early.dma_address = e.memstart;
        early.lowmem_end = boot.memblock.end_of_DRAM();
        const u64 vmemmap = kernel.constant("VMEMMAP_START");
        early.vmemmap = vmemmap - (e.memstart / kernel.page_size()) * kernel.size_of("page");
        if (!kernel.numa) early.node_data[0] = e.end - 1;  // contig_page_data
        if (vmemmap % GiB != 0)
            early.vmemmap_mapped = vmemmap;  // right above the fixmap, whose tables are static
        else if (kernel.page_shift != 12)
            early.vmemmap_mapped = fixmap;  // tables of the upper levels span both

        if (!reserves_after_zones(boot)) {
            e.crash_kernel = reserve_crashkernel(boot, dma32_limit).value_or(PhysRange{});
            dma_contiguous_reserve(boot, dma32_limit);
        }
        paging_init(boot);
        if (!uses_acpi(boot.board)) unflatten_device_tree(boot);
    });
}

void reserve_after_nodes(Boot& boot, PhysAddr dma_limit) {
    early_stretch(boot, [&](EarlyBoot&) {
        hugetlb_reserve(boot, HugetlbMoment::setup_arch);
        if (!boot.kernel.behaviours.early_sparse_in_free_area_init) sparse_init(boot);
        if (reserves_after_zones(boot)) {
            dma_contiguous_reserve(boot, dma_limit);
            reserve_crashkernel(boot, dma_limit);
        }
    });
}

void reserve_after_bootmem_init(Boot& boot) {
    if (zones_within_setup_arch(boot.kernel)) return;
    early_stretch(boot, [&](EarlyBoot&) { request_standard_resources(boot); });
}

void reserve_until_handover(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot&) {
        const Kernel& kernel = boot.kernel;
        if (zones_within_setup_arch(kernel)) {
            const WalkPath step(boot.walk, "setup_arch");
            request_standard_resources(boot);
        }
        hugetlb_reserve(boot, HugetlbMoment::before_zones);
        if (kernel.behaviours.early_sparse_in_free_area_init) sparse_init(boot);
        if (kernel.behaviours.offline_nodes_init) alloc_offline_node_data(boot);
        calc_nr_kernel_pages(boot);
        allocate_in_start_kernel(boot);
        mm_core_init(boot, [&] { bounce_buffers(boot); });
    });
}

}  // namespace zonecalc::arm64
