// SPDX-License-Identifier: MIT
// x86: from the firmware's map to zones; the table of contents of x86_64 and i386.
//
// setup_arch() calls what the kernel calls, in its order, as far as memory is concerned. Two ends of memory matter afterwards:
// max_pfn, the highest page that the map calls RAM (ACPI data counts from 6.9 on), and max_low_pfn, the highest page that the
// kernel always maps: max_pfn on x86_64, the end of lowmem on i386. Zones end at 16 MiB, at 4 GiB (x86_64) and at these two. Up
// to 3.18 the first two limits are not cut at the end of memory, so that "Zone ranges:" names addresses without RAM.
//
// Read beside it: setup_arch() in arch/x86/kernel/setup.c, zone_sizes_init() in arch/x86/mm/init.c (arch_zone_limits_init()
// in 7.1).
#include <fmt/format.h>

#include "arch/arch.h"
#include "arch/x86_e820.h"
#include "arch/x86_early.h"
#include "arch/x86_setup.h"
#include "mm/early_param.h"

namespace zonecalc::x86 {

namespace {

constexpr u64 MiB = 1024 * 1024;
constexpr Pfn MAX_DMA_PFN = 16 * MiB >> 12;
constexpr Pfn MAX_DMA32_PFN = 4096 * MiB >> 12;

bool no_effect(Boot& boot, const Parameter& p, std::string_view why) {
    boot.note(Note::Kind::effect, "parameter-without-effect", fmt::format("{}= does nothing: {}", p.name, why));
    return true;
}

bool parse_numa(Boot& boot, const Parameter& p, Options& options) {
    if (!boot.kernel.numa) return no_effect(boot, p, "this kernel is built without NUMA");
    if (!p.value) {
        boot.message(MessageLevel::warning, "Malformed early option 'numa'", "do_early_param");
        return true;
    }
    const std::string& opt = *p.value;
    if (opt.starts_with("off")) options.numa_off = true;
    if (opt.starts_with("fake=")) {
        if (boot.kernel.numa_emu)
            options.numa_fake = opt.substr(5);
        else
            return no_effect(boot, p, "this kernel is built without NUMA emulation");
    }
    if (opt.starts_with("noacpi")) options.srat_disabled = true;
    return true;
}

bool parse_i386_sizes(Boot& boot, const Parameter& p, Options& options) {
    const bool highmem = parameq(p.name, "highmem");
    if (!highmem && !parameq(p.name, "vmalloc")) return false;
    if (boot.kernel.arch != Arch::i386) return no_effect(boot, p, "x86_64 does not know it");
    if (!p.value) {
        boot.message(MessageLevel::warning, fmt::format("Malformed early option '{}'", p.name), "do_early_param");
        return true;
    }
    const u64 size = memparse(*p.value, boot.kernel.behaviours.memparse_tera_suffixes).value;
    if (highmem)
        options.highmem_pages = static_cast<u32>(size >> 12);
    else
        options.vmalloc_reserve = static_cast<u32>(size + (boot.kernel.behaviours.i386_vmalloc_excludes_offset ? 8 * MiB : 0));
    return true;
}

bool parse_reservelow(Boot& boot, const Parameter& p, Options& options) {
    if (!boot.kernel.behaviours.reservelow) return no_effect(boot, p, "this release reserves the first MiB in any case");
    if (!p.value) {
        boot.message(MessageLevel::warning, "Malformed early option 'reservelow'", "do_early_param");
        return true;
    }
    options.reserve_low =
        std::clamp<u64>(memparse(*p.value, boot.kernel.behaviours.memparse_tera_suffixes).value, 4096, 640 * 1024);
    return true;
}

bool arch_early_param(Boot& boot, const Parameter& p, Options& options) {
    if (parameq(p.name, "numa")) return parse_numa(boot, p, options);
    if (parameq(p.name, "reservelow")) return parse_reservelow(boot, p, options);
    if (parameq(p.name, "disable_mtrr_trim")) return options.disable_mtrr_trim = true;
    return parse_i386_sizes(boot, p, options);
}

void tell(const WalkStep& step, const E820Table& e820) {
    for (const Entry& e : e820.entries())
        step.value(fmt::format("e820 {:#x}-{:#x}", e.addr, e.end() - 1), fmt::format("type {}", e.type));
}

u64 default_reserve_low(const Kernel& kernel) {
    const auto found = kernel.config.find("X86_RESERVE_LOW");
    const u64 kib = found == kernel.config.end() ? 64 : simple_strtoull(found->second).value;
    return std::clamp<u64>(kib, 4, 640) * 1024;
}

}  // namespace

void setup_arch(Boot& boot) {
    const bool i386 = boot.kernel.arch == Arch::i386;
    Options options;
    options.reserve_low = default_reserve_low(boot.kernel);
    E820Table e820(e820_max_entries(boot.kernel));
    bool userdef = false;

    // The firmware's map, and what the user makes of it.
    {
        const WalkStep step(boot.walk, "e820__memory_setup");
        e820__memory_setup(boot, e820);
        if (step) tell(step, e820);
    }
    const std::size_t firmware_map_entries = e820.entries().size();
    parse_early_param(boot, [&](const Parameter& p) {
        return !boot.layout.panic && (e820_early_param(boot, e820, p, userdef) || arch_early_param(boot, p, options));
    });
    e820__reserve_setup_data(boot, e820);
    if (!e820__finish_early_params(boot, e820, userdef)) return;

    // What must not be RAM stops being RAM.
    e820_add_kernel_range(boot, e820, userdef);
    trim_bios_range(boot, e820);

    // The ends of memory.
    boot.max_pfn = e820__end_ram_pfn(boot, e820, max_arch_pfn(boot.kernel));
    if (mtrr_trim_uncached_memory(boot, options, e820, boot.max_pfn))
        boot.max_pfn = e820__end_ram_pfn(boot, e820, max_arch_pfn(boot.kernel));
    const Pfn max_possible_pfn = boot.max_pfn;  // highmem= does not lower it
    if (i386)
        find_low_pfn_range(boot, options);
    else
        boot.max_low_pfn = boot.max_pfn;  // once init_mem_mapping() has run

    // RAM enters memblock.
    begin_early_model(boot);
    if (boot.early)
        reserve_loaded(boot, firmware_map_entries, e820, max_possible_pfn);
    else
        early_reserve_memory(boot, options);
    const bool modelled = boot.early != nullptr;
    {
        const WalkStep step(boot.walk, "e820__memblock_setup");
        e820__memblock_setup(boot, e820);
    }
    efi_find_mirror(boot);
    if (modelled)
        reserve_before_nodes(boot, options);
    else
        reserve_real_mode(boot);

    // Memory gets its nodes.
    {
        const WalkStep step(boot.walk, "initmem_init");
        initmem_init(boot, options);
    }
    reserve_after_nodes(boot);
    memblock_find_dma_reserve(boot);
    reserve_in_paging_init(boot);
}

ZoneSetup zone_sizes_init(Boot& boot) {
    const bool clamped = boot.kernel.behaviours.x86_limits_clamped;
    const auto limit = [&](Pfn pfn) { return clamped ? std::min(pfn, boot.max_low_pfn) : pfn; };
    ZoneSetup setup;
    const auto set = [&](ZoneType z, Pfn pfn) {
        if (boot.kernel.has_zone(z)) setup.max_zone_pfn[static_cast<std::size_t>(z)] = pfn;
    };
    set(ZoneType::DMA, limit(MAX_DMA_PFN));
    set(ZoneType::DMA32, limit(MAX_DMA32_PFN));
    set(ZoneType::Normal, boot.max_low_pfn);
    set(ZoneType::HighMem, boot.max_pfn);
    return setup;
}

}  // namespace zonecalc::x86
