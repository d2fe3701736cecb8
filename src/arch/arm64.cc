// SPDX-License-Identifier: MIT
// arm64: which memory is kept, and where ZONE_DMA and ZONE_DMA32 end.
//
// Memory comes from the device tree or from EFI. What lies beyond the physical address size or does not fit the linear map is
// removed, then mem= keeps the first so many bytes of RAM (NOMAP regions stay), and the kernel image is added back. ZONE_DMA
// follows from what DMA masters reach: the smallest of the device tree's dma-ranges and of ACPI's IORT, board.dma_limit here.
//
// Releases: no ZONE_DMA up to 5.4; from 5.5 the 1 GiB window in which memory starts; from 5.11 (5.10.y too) 32 bits or the width of
// the smallest reach, opened up where memory starts above it; from 6.12 the reach itself, which can leave both DMA zones empty.
// DMA32 was the 4 GiB window in which memory starts, now it ends at 4 GiB. Without NUMA, releases up to 5.7 hand over sizes and
// holes instead of limits.
//
// Not modelled: 52-bit kernels on hardware that lacks it (the linear map is that of 48 bits there), usable-memory-range of a crash
// kernel, KASLR (it moves no zone).
//
// What is reserved meanwhile: arm64_early.cc.
// Read beside it: arch/arm64/mm/init.c.
#include <fmt/format.h>

#include <bit>

#include "arch/arch.h"
#include "arch/arch_numa.h"
#include "arch/arm64_early.h"
#include "arch/of_early.h"
#include "arch/of_memory.h"
#include "mm/early_param.h"

namespace zonecalc::arm64 {

namespace {

constexpr PhysAddr u32_max = 0xffffffff;
constexpr PhysAddr phys_addr_max = ~PhysAddr{0};

unsigned config_bits(const Kernel& kernel, std::string_view symbol, unsigned otherwise) {
    const u64 bits = kernel.config_number(symbol, otherwise);
    return bits >= 32 && bits <= 56 ? static_cast<unsigned>(bits) : otherwise;
}

// ARM64_MEMSTART_ALIGN: what a block mapping of the linear map spans, a section at least.
u64 memstart_align(const Kernel& kernel) {
    const unsigned shift = kernel.page_shift == 16 ? 29 : 30;
    return u64{1} << std::max(shift, kernel.sparse() ? kernel.section_size_bits : 0u);
}

struct MemoryLimit {
    std::optional<u64> bytes;
};

bool early_mem(Boot& boot, MemoryLimit& limit, const Parameter& p) {
    if (!parameq(p.name, "mem")) return false;
    const Behaviours& k = boot.kernel.behaviours;
    if (!p.value) {
        boot.message(MessageLevel::warning, "Malformed early option 'mem'", "do_early_param");
        return true;
    }
    limit.bytes = round_down(memparse(*p.value, k.memparse_tera_suffixes).value, boot.kernel.page_size());
    boot.message(MessageLevel::info, fmt::format("Memory limited to {}MB", *limit.bytes >> 20), "early_mem");
    if (*limit.bytes == 0) boot.note(Note::Kind::effect, "mem-zero", "mem= has no size that the kernel can read: nothing is cut");
    if (k.arm64_mem_param_at_once) boot.memblock.enforce_memory_limit(*limit.bytes);
    return true;
}

void remove_from(RegionList& memory, PhysAddr base) {
    memory.remove(base, phys_addr_max - base);
}

// The image from _text to _end: a board that lists what is reserved can name it, or say where it lies.
std::vector<PhysRange> kernel_image(const Boot& boot) {
    if (boot.early) return {{boot.early->arm64->text, boot.early->arm64->end}};
    const std::vector<PhysRange> named = reserved_pages(boot, "kernel image");
    const u64 text = boot.kernel.constant("_text");
    const u64 end = boot.kernel.constant("_end");
    constexpr u64 most = u64{1} << 30;
    if (!named.empty() || !boot.board.kernel_base || text == 0 || end < text || end - text > most) return named;
    return {{*boot.board.kernel_base, *boot.board.kernel_base + (end - text)}};
}

// In whole pages.
std::vector<PhysRange> initrd_pages(const Boot& boot) {
    if (const std::vector<PhysRange> named = reserved_pages(boot, "initrd"); !named.empty()) return named;
    const auto r = loaded_range(boot.board, "initrd");
    if (!r) return {};
    return {whole_pages(*r, boot.kernel.page_size())};
}

void arm64_memblock_init(Boot& boot, const MemoryLimit& limit) {
    Memblock& m = boot.memblock;
    const Kernel& kernel = boot.kernel;
    const WalkStep step(boot.walk, "arm64_memblock_init");
    if (!kernel.behaviours.arm64_mem_param_at_once) {
        remove_from(m.memory, PhysAddr{1} << config_bits(kernel, "ARM64_PA_BITS", 48));
        if (m.memory.empty()) return;

        const u64 align = memstart_align(kernel);
        const u64 linear = u64{1} << (std::min(config_bits(kernel, "ARM64_VA_BITS", 48), 48u) - 1);
        PhysAddr memstart = round_down(m.start_of_DRAM(), align);
        step.value("memstart_addr", memstart, WalkUnit::address);
        step.value("linear_region_size", linear, WalkUnit::bytes);
        if (m.end_of_DRAM() - memstart > linear)
            boot.message(MessageLevel::warning, "Memory doesn't fit in the linear mapping, VA_BITS too small",
                         "arm64_memblock_init");
        // The kernel image must survive: where it lies beyond the linear map's end, the low end is cut instead.
        const std::vector<PhysRange> image = kernel_image(boot);
        const PhysAddr kernel_end = image.empty() ? 0 : image.back().end;
        const u64 before = m.memory.total_size();
        remove_from(m.memory, std::max(memstart + linear, kernel_end));
        if (memstart + linear < m.end_of_DRAM()) {
            memstart = round_up(m.end_of_DRAM() - linear, align);
            m.memory.remove(0, memstart);
        }
        if (const u64 cut = before - m.memory.total_size(); cut != 0)
            boot.note(
                Note::Kind::effect, "linear-map-too-small",
                fmt::format("{} MiB of RAM are not used: arm64_memblock_init() cuts what the linear map of this kernel cannot "
                            "hold",
                            cut >> 20));
        if (boot.early) boot.early->arm64->memstart = memstart;

        if (limit.bytes) {
            m.mem_limit_remove_map(*limit.bytes);
            for (const PhysRange& r : image) m.memory.add(r.begin, r.size());
        }
        for (const PhysRange& r : initrd_pages(boot)) {
            if (m.memory.empty() || r.begin < m.start_of_DRAM() || r.end > m.start_of_DRAM() + linear) continue;
            if (kernel.behaviours.arm64_initrd_loses_flags) m.memory.remove(r.begin, r.size());
            m.memory.add(r.begin, r.size());
            m.memory.clear_flags(r.begin, r.size(), MEMBLOCK_NOMAP);
            if (boot.early) boot.early->allocator.reserve(r.begin, r.size(), "initrd");
        }
        if (boot.early) {
            const EarlyArm64& e = *boot.early->arm64;
            boot.early->allocator.reserve(e.start, e.end - e.start, "kernel image");
        }
    }
    early_init_fdt_scan_reserved_mem(boot);
}

Pfn pfn_down(const Kernel& kernel, PhysAddr address) {
    return address >> kernel.page_shift;
}

// max_zone_phys() of 5.5 to 5.10: the window of so many bits in which memory starts.
PhysAddr window_end(const Memblock& m, unsigned bits) {
    const PhysAddr offset = m.start_of_DRAM() & ~((PhysAddr{1} << bits) - 1);
    return offset > phys_addr_max - (PhysAddr{1} << bits) ? m.end_of_DRAM()
                                                          : std::min(offset + (PhysAddr{1} << bits), m.end_of_DRAM());
}

// max_zone_phys() of 5.11 to 6.11.
PhysAddr end_by_bits(const Memblock& m, unsigned bits) {
    PhysAddr mask = bits >= 64 ? phys_addr_max : (PhysAddr{1} << bits) - 1;
    if (m.start_of_DRAM() > u32_max)
        mask = phys_addr_max;
    else if (m.start_of_DRAM() > mask)
        mask = u32_max;
    return std::min(mask, m.end_of_DRAM() - 1) + 1;
}

// max_zone_phys() from 6.12 on. `limit` is the last address of the zone.
PhysAddr end_by_limit(const Memblock& m, PhysAddr limit) {
    return std::min(limit, m.end_of_DRAM() - 1) + 1;
}

struct DmaLimits {
    PhysAddr dma = 0;
    PhysAddr dma32 = 0;
};

DmaLimits dma_limits_init(const Boot& boot) {
    const Memblock& m = boot.memblock;
    const PhysAddr reach = boot.board.dma_limit && *boot.board.dma_limit != 0 ? *boot.board.dma_limit - 1 : phys_addr_max;
    switch (boot.kernel.behaviours.arm64_dma) {
        case Arm64Dma::none:
            return {0, window_end(m, 32)};
        case Arm64Dma::first_1g:
            return {window_end(m, 30), window_end(m, 32)};
        case Arm64Dma::dt_iort_bits: {
            const auto zone_dma_bits = std::min(32u, static_cast<unsigned>(std::bit_width(reach)));
            return {end_by_bits(m, zone_dma_bits), end_by_bits(m, 32)};
        }
        case Arm64Dma::zone_dma_limit: {
            const PhysAddr zone_dma_limit = m.start_of_DRAM() < u32_max ? std::min(reach, u32_max) : reach;
            return {end_by_limit(m, zone_dma_limit), end_by_limit(m, u32_max)};
        }
    }
    return {};
}

void tell(const Boot& boot, const DmaLimits& limits) {
    const WalkNote walk(boot.walk);
    const Arm64Dma how = boot.kernel.behaviours.arm64_dma;
    if (boot.kernel.has_zone(ZoneType::DMA)) {
        walk.value("arm64_dma_phys_limit", limits.dma, WalkUnit::address);
        walk.because(how == Arm64Dma::first_1g       ? "ZONE_DMA is the 1 GiB window in which memory starts (zone_dma_bits = 30)"
                     : how == Arm64Dma::dt_iort_bits ? "ZONE_DMA ends with the bits of the narrowest DMA master, 32 at most"
                                                     : "ZONE_DMA ends with the reach of the narrowest DMA master, 4 GiB at most");
    }
    if (boot.kernel.has_zone(ZoneType::DMA32)) {
        walk.value("arm64_dma32_phys_limit", limits.dma32, WalkUnit::address);
        walk.because(how == Arm64Dma::none || how == Arm64Dma::first_1g ? "ZONE_DMA32 is the 4 GiB window in which memory starts"
                                                                        : "ZONE_DMA32 ends at 4 GiB");
    }
    walk.because("ZONE_NORMAL ends with memory");
}

}  // namespace

PhysAddr arm64_dma_phys_limit(const Boot& boot) {
    const DmaLimits limits = dma_limits_init(boot);
    if (boot.kernel.has_zone(ZoneType::DMA)) return limits.dma;
    return boot.kernel.has_zone(ZoneType::DMA32) ? limits.dma32 : PhysAddr{1} << config_bits(boot.kernel, "ARM64_PA_BITS", 48);
}

void setup_arch(Boot& boot) {
    MemoryLimit limit;
    NumaParameters numa;
    const MemblockAddrs addrs;
    early_init_dt_scan_memory(boot, addrs);
    parse_early_param(boot, [&](const Parameter& p) {
        return early_mem(boot, limit, p) || numa_parse_early_param(boot, numa, p) || note_foreign_parameter(boot, p);
    });
    begin_early_model(boot);
    arm64_memblock_init(boot, limit);
    if (panic_without_memory(boot)) return;

    const u64 page = boot.kernel.page_size();
    boot.min_low_pfn = div_round_up(boot.memblock.start_of_DRAM(), page);
    boot.max_pfn = boot.max_low_pfn = boot.memblock.end_of_DRAM() / page;
    reserve_before_nodes(boot, dma_limits_init(boot).dma32);
    {
        const WalkPath step(boot.walk, "bootmem_init");
        arch_numa_init(boot, numa);
        reserve_after_nodes(boot, arm64_dma_phys_limit(boot));
    }
    reserve_after_bootmem_init(boot);
}

ZoneSetup zone_sizes_init(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    ZoneSetup setup;
    if (boot.memblock.memory.empty()) return setup;
    const DmaLimits limits = dma_limits_init(boot);
    if (boot.walk) tell(boot, limits);
    const bool dma32 = kernel.has_zone(ZoneType::DMA32);

    if (!kernel.have_memblock_node_map) {
        Pfn border = boot.min_low_pfn;
        if (dma32 && kernel.behaviours.arm64_dma32_below_4g)
            border = std::max(boot.min_low_pfn, std::min(boot.max_pfn, pfn_down(kernel, u32_max + 1)));
        else if (dma32)
            border = pfn_down(kernel, limits.dma32);
        setup.sizes = zone_sizes_and_holes(boot, boot.min_low_pfn, border, boot.max_pfn, dma32 ? ZoneType::DMA32 : ZoneType::Normal,
                                           ZoneType::Normal);
        return setup;
    }

    const auto set = [&setup](ZoneType zone, Pfn pfn) { setup.max_zone_pfn[static_cast<std::size_t>(zone)] = pfn; };
    if (kernel.has_zone(ZoneType::DMA)) set(ZoneType::DMA, pfn_down(kernel, limits.dma));
    if (dma32) set(ZoneType::DMA32, pfn_down(kernel, limits.dma32));
    set(ZoneType::Normal, boot.max_pfn);
    return setup;
}

}  // namespace zonecalc::arm64
