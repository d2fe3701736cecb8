// SPDX-License-Identifier: MIT
// 32-bit arm: how much of memory is lowmem.
//
// The kernel maps memory from PHYS_OFFSET on at PAGE_OFFSET, up to where the vmalloc area begins; that is lowmem, the rest is
// HighMem, or lost without CONFIG_HIGHMEM. vmalloc= moves the border, mem=SIZE[@START] replaces firmware's banks. While lowmem is
// being mapped memblock may only allocate below memory that is not aligned to a page-table entry (2 MiB); zones are made after that
// and don't see this limit.
//
// Releases: up to 3.15 banks live in a table of their own (meminfo), are split at the border, and lowmem ends with the last bank
// below it. Then memblock alone is asked (adjust_lowmem_bounds), twice, since platform code may remove memory in between. Up to 5.7
// zones are handed over as sizes and holes, so "Zone ranges:" and kernelcore= do not exist, and with a ZONE_DMA all holes are
// booked on Normal. From 5.8 on the last page that ZONE_DMA could reach is taken for its end, one page short.
//
// Not modelled: aliasing VIPT caches (ARMv6 with large ways), which give up HighMem; memory that a machine's reserve hook steals
// (list it as a hole); ARM_NR_BANKS of a vendor kernel other than the configured one.
//
// What is reserved meanwhile: arm_early.cc.
// Read beside it: arch/arm/mm/mmu.c, arch/arm/mm/init.c, arch/arm/kernel/setup.c.
#include <fmt/format.h>

#include "arch/arch.h"
#include "arch/arm_early.h"
#include "arch/of_memory.h"
#include "mm/early_param.h"

namespace zonecalc::arm {

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 pmd_size = 2 * MiB;
constexpr u64 vmalloc_offset = 8 * MiB;
constexpr PhysAddr max_32bit = 0xffffffff;

struct Bank {
    PhysAddr start = 0;
    u64 size = 0;
    bool highmem = false;
    PhysAddr end() const { return start + size; }
};

bool has_mmu(const Kernel& kernel) {
    const auto c = kernel.config.find("MMU");
    return c == kernel.config.end() || c->second != "n";
}

// A physical address as printk's %pa shows it.
std::string pa(const Kernel& kernel, PhysAddr address) {
    return kernel.pae ? fmt::format("{:#018x}", address) : fmt::format("{:#010x}", address);
}

// __pv_phys_offset: with CONFIG_ARM_PATCH_PHYS_VIRT the kernel finds out from where it was loaded.
PhysAddr phys_offset_of(Boot& boot) {
    if (boot.board.phys_offset) return *boot.board.phys_offset;
    const u64 text = boot.kernel.constant("_text");
    if (boot.board.kernel_base && text >= boot.kernel.page_offset && *boot.board.kernel_base >= text - boot.kernel.page_offset)
        return *boot.board.kernel_base - (text - boot.kernel.page_offset);
    const auto fixed = boot.kernel.config.find("PHYS_OFFSET");
    if (fixed != boot.kernel.config.end() && !boot.kernel.config_enabled("ARM_PATCH_PHYS_VIRT"))
        return simple_strtoull(fixed->second).value;
    const PhysAddr lowest = lowest_bank(boot.board).value_or(0);
    const PhysAddr guess = round_down(lowest, pmd_size);
    if (lowest % (128 * MiB) != 0)
        boot.note(
            Note::Kind::assumption, "phys-offset",
            fmt::format(
                "PHYS_OFFSET is taken to be {:#x}, where memory starts; it follows from where the boot loader puts the kernel",
                guess));
    return guess;
}

class Setup {
public:
    explicit Setup(Boot& boot) : boot_(boot), kernel_(boot.kernel), k_(boot.kernel.behaviours), phys_offset_(phys_offset_of(boot)) {
        vmalloc_end_ = k_.arm_vmalloc_end_ff000000 ? 0xff000000 : 0xff800000;
        vmalloc_reserve_ = 240 * MiB + vmalloc_offset;
    }

    void run() {
        if (k_.arm_memblock_limit_pmd)
            with_memblock();
        else
            with_meminfo();
        // The kernel, which has no nodes here, calls nothing for that.
        Walker* const walk = std::exchange(boot_.memblock.memory.walk, nullptr);
        boot_.memblock.memory.set_node(0, ~u64{0}, 0);
        boot_.memblock.memory.walk = walk;
    }

private:
    bool early_param(const Parameter& p);
    void early_vmalloc(std::string_view value);
    void early_mem(std::string_view value);
    std::optional<Bank> arm_add_memory(PhysAddr start, u64 size);
    void with_meminfo();
    void add_bank(PhysAddr start, u64 size);
    void sanity_check_meminfo();
    void with_memblock();
    void adjust_lowmem_bounds();
    void reserve_before_mapping();

    PhysAddr vmalloc_limit() const {
        const u64 taken = kernel_.page_offset + vmalloc_reserve_;
        return (vmalloc_end_ > taken ? vmalloc_end_ - taken : 0) + phys_offset_;
    }
    PhysAddr max_addr() const { return kernel_.pae ? ~PhysAddr{0} : max_32bit; }

    Boot& boot_;
    const Kernel& kernel_;
    const Behaviours& k_;
    const PhysAddr phys_offset_;
    u64 vmalloc_end_ = 0;
    u64 vmalloc_reserve_ = 0;  // with the gap of 8 MiB below it
    bool usermem_ = false;     // mem= was seen
    std::vector<Bank> meminfo_;
    PhysAddr arm_lowmem_limit_ = 0;
    PhysAddr memblock_limit_ = 0;  // early allocations stay below it until all of lowmem is mapped
};

bool Setup::early_param(const Parameter& p) {
    const bool mem = parameq(p.name, "mem");
    if (!mem && !(parameq(p.name, "vmalloc") && has_mmu(kernel_))) {
        if (!parameq(p.name, "numa")) return note_foreign_parameter(boot_, p);
        boot_.note(Note::Kind::effect, "numa-unsupported", "numa= does nothing: arm has no NUMA");
        return true;
    }
    if (!p.value)
        boot_.layout.panic = fmt::format("{} without a value: memparse() reads through a null pointer", p.name);
    else if (mem)
        early_mem(*p.value);
    else
        early_vmalloc(*p.value);
    return true;
}

void Setup::early_vmalloc(std::string_view value) {
    const bool gap_is_extra = k_.arm_vmalloc_excludes_offset;
    const std::string_view unit = gap_is_extra ? "MiB" : "MB";
    const u64 least = 16 * MiB;
    const u64 used = kernel_.page_offset + 32 * MiB + (gap_is_extra ? vmalloc_offset : 0);
    const u64 most = vmalloc_end_ > used ? vmalloc_end_ - used : 0;
    u64 size = memparse(value, k_.memparse_tera_suffixes).value & max_32bit;  // unsigned long
    if (size < least) {
        size = least;
        boot_.message(MessageLevel::warning,
                      fmt::format("vmalloc area {}too small, limiting to {}{}", gap_is_extra ? "is " : "", size >> 20, unit),
                      "early_vmalloc");
    }
    if (size > most) {
        size = most;
        boot_.message(MessageLevel::warning, fmt::format("vmalloc area is too big, limiting to {}{}", size >> 20, unit),
                      "early_vmalloc");
    }
    vmalloc_reserve_ = size + (gap_is_extra ? vmalloc_offset : 0);
}

void Setup::early_mem(std::string_view value) {
    if (!usermem_) {
        usermem_ = true;
        meminfo_.clear();
        boot_.memblock.memory.clear();
    }
    const Memparse size = memparse(value, k_.memparse_tera_suffixes);
    PhysAddr start = phys_offset_;
    if (size.rest.starts_with('@')) start = memparse(size.rest.substr(1), k_.memparse_tera_suffixes).value;
    add_bank(start, size.value);
}

std::optional<Bank> Setup::arm_add_memory(PhysAddr start, u64 size) {
    const u64 page = kernel_.page_size();
    if (start > ~PhysAddr{0} - page) return std::nullopt;
    PhysAddr aligned = round_up(start, page);
    if (k_.arm_memblock_limit_pmd)
        size = aligned > start + size ? 0 : size - (aligned - start);
    else
        size -= std::min(size, start % page);
    if (!kernel_.pae) {
        if (aligned > max_32bit) {
            boot_.message(MessageLevel::warning,
                          fmt::format("Ignoring memory at {:#010x} outside 32-bit physical address space", start),
                          "arm_add_memory");
            return std::nullopt;
        }
        if (size > max_32bit - aligned) {
            boot_.message(MessageLevel::warning,
                          fmt::format("Truncating memory at {:#010x} to fit in 32-bit physical address space", start),
                          "arm_add_memory");
            size = max_32bit - aligned;
        }
    } else {
        size = std::min(size, ~PhysAddr{0} - aligned);
    }
    if (aligned < phys_offset_) {
        const PhysAddr end = aligned + size;
        boot_.message(MessageLevel::info,
                      fmt::format("Ignoring memory below PHYS_OFFSET: {:#010x}-{:#010x}", aligned, std::min(end, phys_offset_)),
                      "arm_add_memory");
        if (end <= phys_offset_) return std::nullopt;
        size = end - phys_offset_;
        aligned = phys_offset_;
    }
    size = round_down(size, page);
    if (size == 0) return std::nullopt;
    return Bank{aligned, size};
}

void Setup::add_bank(PhysAddr start, u64 size) {
    if (!k_.arm_memblock_limit_pmd && meminfo_.size() >= kernel_.config_number("ARM_NR_BANKS", 8)) {
        boot_.message(MessageLevel::warning, fmt::format("NR_BANKS too low, ignoring memory at {:#010x}", start), "arm_add_memory");
        return;
    }
    const auto bank = arm_add_memory(start, size);
    if (!bank) return;
    if (k_.arm_memblock_limit_pmd)
        boot_.memblock.memory.add(bank->start, bank->size);
    else
        meminfo_.push_back(*bank);
}

void Setup::with_meminfo() {
    for (const MemoryBank& b : boot_.board.memory)
        if (b.size != 0 && !b.nomap) add_bank(b.base, b.size);
    parse_early_param(boot_, [this](const Parameter& p) { return early_param(p); });
    if (boot_.layout.panic) return;

    std::stable_sort(meminfo_.begin(), meminfo_.end(), [](const Bank& a, const Bank& b) { return a.start < b.start; });
    sanity_check_meminfo();
    {
        const WalkStep step(boot_.walk, "arm_memblock_init");
        for (const Bank& b : meminfo_) boot_.memblock.memory.add(b.start, b.size);
        begin_early_model(boot_, phys_offset_);
        reserve_before_mapping();
    }
    if (panic_without_memory(boot_)) return;

    const unsigned shift = kernel_.page_shift;
    const auto high = std::find_if(meminfo_.begin(), meminfo_.end(), [](const Bank& b) { return b.highmem; });
    boot_.min_low_pfn = meminfo_.front().start >> shift;
    boot_.max_low_pfn = high == meminfo_.begin() ? boot_.min_low_pfn : std::prev(high)->end() >> shift;
    boot_.max_pfn = meminfo_.back().end() >> shift;
    paging_init(boot_, arm_lowmem_limit_, memblock_limit_);
}

void Setup::sanity_check_meminfo() {
    const PhysAddr limit = vmalloc_limit();
    const WalkStep step(boot_.walk, "adjust_lowmem_bounds");
    step.value("vmalloc_limit", limit, WalkUnit::address);
    step.because(
        "lowmem ends there: PHYS_OFFSET and what fits between PAGE_OFFSET and the vmalloc area; a bank across it is split");
    std::vector<Bank> kept;
    bool highmem = false;
    for (Bank b : meminfo_) {
        if (b.start >= limit) highmem = true;
        if (!kernel_.highmem && highmem) {
            boot_.message(MessageLevel::info, fmt::format("Ignoring RAM at {:08x}-{:08x} (!CONFIG_HIGHMEM).", b.start, b.end() - 1),
                          "sanity_check_meminfo");
            continue;
        }
        b.highmem = highmem;
        if (highmem || b.end() <= limit) {
            kept.push_back(b);
            continue;
        }
        if (!kernel_.highmem) {
            boot_.message(MessageLevel::info,
                          fmt::format("Truncating RAM at {:08x}-{:08x} to -{:08x} (vmalloc region overlap).", b.start, b.end() - 1,
                                      limit - 1),
                          "sanity_check_meminfo");
            kept.push_back({b.start, limit - b.start, false});
            continue;
        }
        kept.push_back({b.start, limit - b.start, false});
        if (meminfo_.size() >= kernel_.config_number("ARM_NR_BANKS", 8)) {
            boot_.message(MessageLevel::warning, "NR_BANKS too low, ignoring high memory", "sanity_check_meminfo");
            continue;
        }
        highmem = true;
        kept.push_back({limit, b.end() - limit, true});
    }
    meminfo_ = std::move(kept);

    const u64 section = kernel_.pae ? pmd_size : MiB;
    for (const Bank& b : meminfo_) {
        if (b.highmem) continue;
        arm_lowmem_limit_ = std::max(arm_lowmem_limit_, b.end());
        if (memblock_limit_ == 0) memblock_limit_ = b.start % section != 0 ? b.start : b.end() % section != 0 ? b.end() : 0;
    }
    memblock_limit_ = round_down(memblock_limit_, section);
    if (memblock_limit_ == 0) memblock_limit_ = arm_lowmem_limit_;
    if (!step) return;
    for (std::size_t i = 0; i < meminfo_.size(); ++i) {
        const Bank& b = meminfo_[i];
        step.value(fmt::format("bank[{}]", i),
                   fmt::format("{:#x}-{:#x}, highmem {}", b.start, b.end() - 1, static_cast<int>(b.highmem)));
    }
}

void Setup::with_memblock() {
    early_init_dt_scan_memory(boot_, {phys_offset_, max_addr()});
    parse_early_param(boot_, [this](const Parameter& p) { return early_param(p); });
    if (boot_.layout.panic) return;
    if (usermem_ && banks_are_efi(boot_.board)) {
        // efi_init() comes after early parameters and starts from an empty list.
        boot_.memblock.memory.clear();
        early_init_dt_scan_memory(boot_, {phys_offset_, max_addr()});
        boot_.note(Note::Kind::effect, "mem-undone-by-efi",
                   "mem= does nothing: EFI's memory map is read after it and replaces all memory");
    }
    if (panic_without_memory(boot_)) return;
    begin_early_model(boot_, phys_offset_);
    adjust_lowmem_bounds();
    reserve_before_mapping();
    if (panic_without_memory(boot_)) return;
    adjust_lowmem_bounds();

    const unsigned shift = kernel_.page_shift;
    boot_.min_low_pfn = div_round_up(boot_.memblock.start_of_DRAM(), kernel_.page_size());
    boot_.max_low_pfn = arm_lowmem_limit_ >> shift;
    boot_.max_pfn = boot_.memblock.end_of_DRAM() >> shift;
    if (boot_.max_low_pfn <= boot_.min_low_pfn)
        boot_.layout.panic = "no memory lies in the kernel's linear map: nothing can be allocated";
    else
        paging_init(boot_, arm_lowmem_limit_, memblock_limit_);
}

void Setup::reserve_before_mapping() {
    if (boot_.early)
        arm_memblock_init(boot_, arm_lowmem_limit_, memblock_limit_);
    else
        early_init_fdt_scan_reserved_mem(boot_);
}

void Setup::adjust_lowmem_bounds() {
    const WalkStep step(boot_.walk, "adjust_lowmem_bounds");
    RegionList& memory = boot_.memblock.memory;
    arm_lowmem_limit_ = memory.end();
    if (memory.empty() || !has_mmu(kernel_)) return;
    const auto usable = [this](const MemblockRegion& r) { return !k_.arm_unaligned_head_nomap || !(r.flags & MEMBLOCK_NOMAP); };

    if (k_.arm_unaligned_head_nomap) {
        const auto& regions = memory.regions();
        const auto first = std::find_if(regions.begin(), regions.end(), usable);
        if (first != regions.end() && first->base % pmd_size != 0)
            memory.set_flags(first->base, pmd_size - first->base % pmd_size, MEMBLOCK_NOMAP);
    }

    const PhysAddr border = vmalloc_limit();
    PhysAddr lowmem_limit = 0;
    PhysAddr memblock_limit = 0;
    for (const MemblockRegion& r : memory.regions()) {
        if (!usable(r) || r.base >= border) continue;
        lowmem_limit = std::max(lowmem_limit, std::min(border, r.end()));
        if (memblock_limit != 0) continue;
        if (r.base % pmd_size != 0)
            memblock_limit = r.base;
        else if (r.end() % pmd_size != 0)
            memblock_limit = lowmem_limit;
    }
    if (memblock_limit == 0) memblock_limit = lowmem_limit;
    memblock_limit = memblock_limit_ = round_down(memblock_limit, pmd_size);
    arm_lowmem_limit_ = lowmem_limit;
    step.value("vmalloc_limit", border, WalkUnit::address);
    step.value("arm_lowmem_limit", lowmem_limit, WalkUnit::address);
    step.value("memblock_limit", memblock_limit, WalkUnit::address);

    const PhysAddr end = memory.end();
    if (!kernel_.highmem && end > lowmem_limit) {
        boot_.message(MessageLevel::info, fmt::format("Ignoring RAM at {}-{}", pa(kernel_, memblock_limit), pa(kernel_, end)),
                      "adjust_lowmem_bounds");
        boot_.message(MessageLevel::info, "Consider using a HIGHMEM enabled kernel.", "adjust_lowmem_bounds");
        memory.remove(memblock_limit, end - memblock_limit);
    }
}

// arm_adjust_dma_zone() [..5.7]
void arm_adjust_dma_zone(Boot& boot, ZoneSizes& z, u64 dma_pages) {
    constexpr auto dma = static_cast<std::size_t>(ZoneType::DMA);
    constexpr auto normal = static_cast<std::size_t>(ZoneType::Normal);
    if (z.size[dma] <= dma_pages) return;
    if (z.hole[dma] != 0)
        boot.note(Note::Kind::kernel_bug, "arm-dma-holes",
                  fmt::format("all {} pages of holes in lowmem are booked on Normal, those inside ZONE_DMA as well; mended in 5.8",
                              z.hole[dma]));
    z.size[normal] = z.size[dma] - dma_pages;
    z.hole[normal] = z.hole[dma];
    z.size[dma] = dma_pages;
    z.hole[dma] = 0;
}

}  // namespace

void setup_arch(Boot& boot) {
    Setup(boot).run();
}

ZoneSetup zone_sizes_init(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    ZoneSetup setup;
    if (boot.memblock.memory.empty()) return setup;
    const bool has_dma = kernel.has_zone(ZoneType::DMA);
    const u64 dma_zone_size = has_dma ? boot.board.dma_zone_size.value_or(0) : 0;
    const std::optional<ZoneType> high = kernel.highmem ? std::optional(ZoneType::HighMem) : std::nullopt;
    if (has_dma && !boot.board.dma_zone_size)
        boot.note(
            Note::Kind::assumption, "dma-zone-size",
            "the board does not say how large a ZONE_DMA its machine asks for: none is taken, and ZONE_DMA has all of lowmem");

    if (!kernel.have_memblock_node_map) {
        setup.sizes = zone_sizes_and_holes(boot, boot.min_low_pfn, boot.max_low_pfn, boot.max_pfn,
                                           has_dma ? ZoneType::DMA : ZoneType::Normal, high);
        if (dma_zone_size != 0) arm_adjust_dma_zone(boot, *setup.sizes, dma_zone_size >> kernel.page_shift);
        return setup;
    }

    const auto set = [&setup](ZoneType zone, Pfn pfn) { setup.max_zone_pfn[static_cast<std::size_t>(zone)] = pfn; };
    if (has_dma) {
        // arm_dma_pfn_limit is the last page that DMA reaches.
        const PhysAddr last = dma_zone_size != 0 ? phys_offset_of(boot) + dma_zone_size - 1 : max_32bit;
        const Pfn arm_dma_pfn_limit = last >> kernel.page_shift;
        if (arm_dma_pfn_limit < boot.max_low_pfn && dma_zone_size != 0)
            boot.note(
                Note::Kind::kernel_bug, "arm-dma-one-page-short",
                fmt::format("ZONE_DMA lacks its last page: pfn {:#x} is taken for its end and falls to Normal; no release mends it",
                            arm_dma_pfn_limit));
        set(ZoneType::DMA, std::min(arm_dma_pfn_limit, boot.max_low_pfn));
    }
    set(ZoneType::Normal, boot.max_low_pfn);
    if (high) set(*high, boot.max_pfn);
    return setup;
}

}  // namespace zonecalc::arm
