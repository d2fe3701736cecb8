// SPDX-License-Identifier: MIT
// What a config makes of the kernel, before it boots: which zones exist, how large the largest free block and the pageblock are,
// how memory is divided into sections.
//
// The kernel computes these from Kconfig with the preprocessor; the rules stand in include/linux/mmzone.h, include/linux/
// pageblock-flags.h and asm/sparsemem.h of each architecture. What changed with a release is asked of the behaviours table.
//
// Not known from a config, and so assumed: x86_64 with 4-level page tables (a CPU with LA57 under CONFIG_X86_5LEVEL has 52 physical
// bits instead of 46), and the section size of arm machines that choose their own (none that was built since 3.14).
#include "kernel/facts.h"

#include <charconv>

namespace zonecalc {

namespace {

constexpr unsigned default_max_order = 10;

class Config {
public:
    explicit Config(const Kernel& kernel) : kernel_(kernel) {}
    bool on(std::string_view symbol) const { return kernel_.config_enabled(symbol); }
    bool known(std::string_view symbol) const { return kernel_.config.find(symbol) != kernel_.config.end(); }
    // Cut to [lowest, highest], so that no later arithmetic can overflow.
    u64 number(std::string_view symbol, u64 otherwise, u64 lowest, u64 highest) const {
        return std::clamp(config_number(kernel_.config, symbol).value_or(otherwise), lowest, highest);
    }

private:
    const Kernel& kernel_;
};

unsigned page_shift(const Kernel& kernel, const Config& config) {
    if (kernel.arch != Arch::arm64) return 12;
    if (config.on("ARM64_64K_PAGES")) return 16;
    if (config.on("ARM64_16K_PAGES")) return 14;
    if (config.on("ARM64_4K_PAGES")) return 12;
    const u64 shift = config.number("PAGE_SHIFT", config.number("ARM64_PAGE_SHIFT", 12, 12, 16), 12, 16);
    return shift == 14 || shift == 16 ? static_cast<unsigned>(shift) : 12;
}

// Bytes that one entry of the second-lowest page table maps: what a huge page is by default.
unsigned pmd_shift(const Kernel& kernel) {
    switch (kernel.arch) {
        case Arch::i386:
            return kernel.pae ? 21 : 22;
        case Arch::arm64:
            return 2 * kernel.page_shift - 3;
        default:
            return 21;
    }
}

unsigned section_size_bits(const Kernel& kernel) {
    switch (kernel.arch) {
        case Arch::i386:
            return kernel.pae ? 29 : 26;
        case Arch::arm:
            return 28;
        case Arch::arm64:
            return !kernel.behaviours.arm64_small_sections ? 30 : kernel.page_shift == 16 ? 29 : 27;
        default:
            return 27;
    }
}

unsigned max_physmem_bits(const Kernel& kernel, const Config& config) {
    switch (kernel.arch) {
        case Arch::x86_64:
            return 46;
        case Arch::i386:
            return kernel.pae ? 36 : 32;
        case Arch::arm:
            return kernel.pae ? 36 : 32;
        case Arch::arm64:
            return static_cast<unsigned>(config.number("ARM64_PA_BITS", 48, 32, 52));
        case Arch::riscv64:
            return 56;
    }
    return 46;
}

// MAX_ORDER - 1, MAX_ORDER or MAX_PAGE_ORDER, as the release calls it.
unsigned max_order(const Kernel& kernel, const Config& config) {
    u64 order = default_max_order;
    if (kernel.arch == Arch::arm64 && kernel.page_shift != 12) order = kernel.page_shift == 14 ? 11 : 13;
    if (kernel.arch == Arch::arm && config.on("SOC_AM33XX")) order = 11;
    if (kernel.arch == Arch::arm && config.on("SA1111")) order = 8;
    const u64 count = kernel.behaviours.max_order_option_inclusive ? 0 : 1;
    for (const std::string_view symbol : {"ARCH_FORCE_MAX_ORDER", "FORCE_MAX_ZONEORDER"})
        if (config.known(symbol)) order = config.number(symbol, order + count, 1 + count, 30) - count;
    return static_cast<unsigned>(order);
}

unsigned pageblock_order(const Kernel& kernel, const Config& config) {
    const Behaviours& b = kernel.behaviours;
    unsigned largest = kernel.max_order;
    if (b.page_block_max_order) largest = static_cast<unsigned>(config.number("PAGE_BLOCK_MAX_ORDER", largest, 1, largest));
    const unsigned huge = pmd_shift(kernel) - kernel.page_shift;
    if (config.on("HUGETLB_PAGE")) return b.pageblock_capped_by_max_order ? std::min(huge, largest) : huge;
    if (b.pageblock_from_thp && config.on("TRANSPARENT_HUGEPAGE")) return std::min(huge, largest);
    return largest;
}

u64 page_offset(const Kernel& kernel, const Config& config) {
    if (kernel.arch == Arch::x86_64 || kernel.arch == Arch::arm64) return 0;
    if (const auto offset = config_number(kernel.config, "PAGE_OFFSET")) return *offset;
    if (!is_32bit(kernel.arch)) return 0;
    if (config.on("VMSPLIT_1G")) return 0x40000000;
    if (config.on("VMSPLIT_2G_OPT")) return 0x78000000;
    if (config.on("VMSPLIT_2G")) return 0x80000000;
    if (config.on("VMSPLIT_3G_OPT")) return 0xb0000000;
    return 0xc0000000;
}

// include/linux/percpu.h. CONFIG_RANDOM_KMALLOC_CACHES multiplies caches, and what they take of each CPU. Not modelled: lockdep
// with pages larger than 4 KiB doubles it (6.12).
void size_percpu(Kernel& kernel, const Config& config) {
    const Behaviours& b = kernel.behaviours;
    const u64 unit = config.on("RANDOM_KMALLOC_CACHES") ? 4096 : 1024;
    const u64 reserve = is_32bit(kernel.arch) ? (b.percpu_larger_reserve ? 20 : 12) : (b.percpu_larger_reserve ? 28 : 20);
    const u64 modules = b.percpu_profiled_modules && config.on("MEM_ALLOC_PROFILING") ? 64 : 8;
    const auto unless_said = [&kernel](std::string_view constant, u64 bytes) {
        const u64 said = kernel.constant(constant);
        return said != 0 ? said : bytes;
    };
    kernel.percpu_module_reserve = config.on("MODULES") ? unless_said("PERCPU_MODULE_RESERVE", modules * 1024) : 0;
    kernel.percpu_dynamic_reserve = unless_said("PERCPU_DYNAMIC_RESERVE", reserve * unit);
    kernel.percpu_dynamic_early_size = unless_said("PERCPU_DYNAMIC_EARLY_SIZE", (b.percpu_larger_early_size ? 20 : 12) * unit);
}

}  // namespace

std::optional<u64> config_number(const std::map<std::string, std::string, std::less<>>& config, std::string_view symbol) {
    const auto found = config.find(symbol);
    if (found == config.end()) return std::nullopt;
    std::string_view text = found->second;
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) text.remove_prefix(2);
    u64 value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return value;
}

void derive_facts(Kernel& kernel) {
    kernel.behaviours = behaviours_of(kernel.version);
    const Behaviours& b = kernel.behaviours;
    const Config config(kernel);

    kernel.page_shift = page_shift(kernel, config);
    kernel.pae = config.on(kernel.arch == Arch::arm ? "ARM_LPAE" : "X86_PAE") && is_32bit(kernel.arch);
    kernel.highmem = config.on("HIGHMEM");
    kernel.page_offset = page_offset(kernel, config);
    kernel.nr_cpus = config.known("SMP") && !config.on("SMP") ? 1 : static_cast<unsigned>(config.number("NR_CPUS", 1, 1, 1u << 16));

    kernel.numa = config.on("NUMA");
    kernel.max_numnodes = kernel.numa ? 1u << config.number("NODES_SHIFT", 0, 0, 10) : 1;
    kernel.numa_emu = config.on("NUMA_EMU");
    kernel.have_memblock_node_map = b.memblock_node_map_always || config.on("HAVE_MEMBLOCK_NODE_MAP");
    kernel.memory_hotplug = config.on("MEMORY_HOTPLUG");
    // The parameter's handler stands among the code for removal: arm64 5.4, which can add but not remove, does not know it.
    kernel.movable_node = config.on(b.movable_node_option ? "MOVABLE_NODE" : "MEMORY_HOTREMOVE");
    kernel.deferred_struct_page_init = config.on("DEFERRED_STRUCT_PAGE_INIT");

    // A config from before arm64 had the option takes its default.
    const bool arm64_zone_dma = kernel.arch == Arch::arm64 && b.arm64_dma != Arm64Dma::none && !config.known("ZONE_DMA");
    const auto zone = [&kernel](ZoneType z, bool exists) { kernel.zones[static_cast<std::size_t>(z)] = exists; };
    zone(ZoneType::DMA, config.on("ZONE_DMA") || arm64_zone_dma);
    zone(ZoneType::DMA32, config.on("ZONE_DMA32"));
    zone(ZoneType::Normal, true);
    zone(ZoneType::HighMem, kernel.highmem);
    zone(ZoneType::Movable, true);
    zone(ZoneType::Device, config.on("ZONE_DEVICE"));

    kernel.memory_model = !config.on("SPARSEMEM")          ? MemoryModel::flatmem
                          : config.on("SPARSEMEM_VMEMMAP") ? MemoryModel::sparsemem_vmemmap
                                                           : MemoryModel::sparsemem;
    kernel.section_size_bits = section_size_bits(kernel);
    kernel.max_physmem_bits = max_physmem_bits(kernel, config);

    kernel.max_order = max_order(kernel, config);
    kernel.pageblock_order = pageblock_order(kernel, config);
    kernel.migrate_types = 4u + config.on("CMA") + config.on("MEMORY_ISOLATION");
    size_percpu(kernel, config);
}

}  // namespace zonecalc
