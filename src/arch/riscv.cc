// SPDX-License-Identifier: MIT
// riscv64: one border, ZONE_DMA32 up to 4 GiB.
//
// Memory comes from the device tree or from EFI; mem= keeps the first so many bytes of it, and what the linear map cannot hold is
// cut. The firmware below the kernel is a no-map reservation.
//
// Releases: up to 6.3 the linear map begins where the kernel was loaded, and memory below that is not even added. mem= is known
// from 5.13 on. In 4.19 max_low_pfn is an address: "Zone ranges:" shows a Normal zone of astronomic size, the zones themselves are
// right.
//
// Not modelled: what 5.4 to 5.9 do where memory is larger than the linear map (128 GiB); the paging mode that the hardware lacks:
// the largest that the kernel was built for is taken unless no4lvl or no5lvl says otherwise.
//
// What is reserved meanwhile: riscv_early.cc.
// Read beside it: arch/riscv/mm/init.c.
#include <fmt/format.h>

#include "arch/arch.h"
#include "arch/arch_numa.h"
#include "arch/of_memory.h"
#include "arch/riscv_early.h"
#include "mm/early_param.h"

namespace zonecalc::riscv {

namespace {

constexpr u64 GiB = u64{1} << 30;
constexpr u64 pmd_size = u64{2} << 20;

unsigned config_levels(const Kernel& kernel) {
    const auto c = kernel.config.find("PGTABLE_LEVELS");
    const u64 levels = c == kernel.config.end() ? 3 : simple_strtoull(c->second).value;
    return static_cast<unsigned>(std::clamp<u64>(levels, 3, 5));
}

// KERN_VIRT_SIZE: a quarter of what the paging mode addresses.
u64 linear_map_size(unsigned levels) {
    return u64{1} << (9 * levels + 12 - 2);
}

bool has_mmu(const Kernel& kernel) {
    const auto c = kernel.config.find("MMU");
    return c == kernel.config.end() || c->second != "n";
}

// Where PAGE_OFFSET is mapped to while the kernel's own place is the start of the linear map.
PhysAddr kernel_load_address(Boot& boot) {
    if (const auto image = reserved_pages(boot, "kernel image"); !image.empty()) return round_down(image.front().begin, pmd_size);
    if (boot.board.phys_offset) return *boot.board.phys_offset;
    if (boot.board.kernel_base) return round_down(*boot.board.kernel_base, pmd_size);
    const PhysAddr lowest = lowest_bank(boot.board).value_or(0);
    if (!has_mmu(boot.kernel)) return lowest;
    const PhysAddr guess = lowest > ~PhysAddr{0} - pmd_size ? lowest : lowest + pmd_size;
    boot.note(Note::Kind::assumption, "kernel-load-address",
              fmt::format("the kernel is taken to be loaded at {:#x}, 2 MiB above the start of memory; what lies below is not used",
                          guess));
    return guess;
}

class Setup {
public:
    explicit Setup(Boot& boot)
        : boot_(boot),
          k_(boot.kernel.behaviours),
          levels_(std::min(config_levels(boot.kernel), boot.board.page_table_levels.value_or(5))) {}

    void run() {
        MemblockAddrs addrs;
        if (k_.riscv_memory_below_kernel_dropped) addrs.min = kernel_load_address(boot_);
        early_init_dt_scan_memory(boot_, addrs);
        parse_early_param(boot_, [this](const Parameter& p) { return early_param(p); });
        setup_bootmem();
        if (panic_without_memory(boot_)) return;
        const u64 page = boot_.kernel.page_size();
        const PhysAddr phys_ram_base = k_.riscv_memory_below_kernel_dropped ? boot_.memblock.start_of_DRAM()
                                                                            : round_down(boot_.memblock.start_of_DRAM(), pmd_size);
        boot_.min_low_pfn = div_round_up(phys_ram_base, page);
        boot_.max_pfn = boot_.max_low_pfn = boot_.memblock.end_of_DRAM() / page;
        reserve_before_nodes(boot_);
        arch_numa_init(boot_, numa_);
        reserve_after_nodes(boot_);
    }

private:
    bool early_param(const Parameter& p) {
        if (parameq(p.name, "mem")) return early_mem(p);
        if (parameq(p.name, "no4lvl") || parameq(p.name, "no5lvl")) {
            levels_ = std::min(levels_, parameq(p.name, "no4lvl") ? 3u : 4u);
            return true;
        }
        return numa_parse_early_param(boot_, numa_, p) || note_foreign_parameter(boot_, p);
    }

    bool early_mem(const Parameter& p) {
        if (!k_.riscv_mem_param) {
            boot_.note(Note::Kind::effect, "mem-unsupported", "mem= does nothing: riscv does not know it before 5.13");
        } else if (!p.value) {
            boot_.message(MessageLevel::warning, "Malformed early option 'mem'", "do_early_param");
        } else {
            const u64 size = round_down(memparse(*p.value, k_.memparse_tera_suffixes).value, boot_.kernel.page_size());
            mem_ = std::min(size, mem_.value_or(memory_limit()));
            boot_.message(MessageLevel::info, fmt::format("Memory limited to {}MB", *mem_ >> 20), "early_mem");
            if (*mem_ == 0) boot_.note(Note::Kind::effect, "mem-zero", "mem= has no size that the kernel can read: nothing is cut");
        }
        return true;
    }

    // The kernel's own part of the address space ends the linear map early.
    u64 memory_limit() const {
        const u64 size = linear_map_size(levels_);
        return k_.riscv_mem_param && k_.riscv_linear_map_spares_4g ? size - 4 * GiB : size;
    }

    void setup_bootmem() {
        const WalkStep step(boot_.walk, "setup_bootmem");
        Memblock& m = boot_.memblock;
        if (has_mmu(boot_.kernel) && (k_.riscv_mem_param || k_.riscv_kernel_region_cut)) {
            const u64 before = m.memory.total_size();
            m.enforce_memory_limit(mem_.value_or(memory_limit()));
            begin_early_model(boot_, levels_);
            if (k_.riscv_mem_param && k_.riscv_kernel_region_cut && !m.memory.empty())
                m.cap_memory_range(round_down(m.start_of_DRAM(), pmd_size), linear_map_size(levels_));
            if (!mem_ && m.memory.total_size() != before)
                boot_.note(Note::Kind::effect, "linear-map-too-small",
                           fmt::format("memory beyond the linear map of {} GiB is not used", memory_limit() / GiB));
        } else if (mem_) {
            m.enforce_memory_limit(*mem_);
        }
        if (boot_.early)
            reserve_loaded(boot_, round_down(m.start_of_DRAM(), pmd_size));
        else
            early_init_fdt_scan_reserved_mem(boot_);
    }

    Boot& boot_;
    const Behaviours& k_;
    unsigned levels_;
    std::optional<u64> mem_;  // memory_limit where mem= set it
    NumaParameters numa_;
};

}  // namespace

void setup_arch(Boot& boot) {
    Setup(boot).run();
}

ZoneSetup zone_sizes_init(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    ZoneSetup setup;
    if (boot.memblock.memory.empty()) return setup;
    const PhysAddr end = boot.max_low_pfn << kernel.page_shift;
    if (kernel.has_zone(ZoneType::DMA32))
        setup.max_zone_pfn[static_cast<std::size_t>(ZoneType::DMA32)] = std::min(4 * GiB, end) >> kernel.page_shift;
    setup.max_zone_pfn[static_cast<std::size_t>(ZoneType::Normal)] =
        kernel.behaviours.riscv_dma32_unit_bug ? boot.memblock.end_of_DRAM() : boot.max_low_pfn;
    return setup;
}

}  // namespace zonecalc::riscv
