// SPDX-License-Identifier: MIT
// Memory that the board has and the kernel does not use: beyond what it can address or map, below where it begins to, and the ends
// of banks that are no whole pages.
//
// Where the command line edits memory (mem=, memmap=, highmem=) what is missing is what was asked for, and nothing is said.
//
// Read beside it: adjust_lowmem_bounds() in arch/arm/mm/mmu.c, find_low_pfn_range() in arch/x86/mm/init_32.c, setup_bootmem() in
// arch/riscv/mm/init.c, arm64_memblock_init() in arch/arm64/mm/init.c, early_init_dt_add_memory_arch() in drivers/of/fdt.c.
#include <fmt/format.h>

#include <algorithm>

#include "findings/finder.h"
#include "mm/five_levels.h"
#include "mm/memory_account.h"

namespace zonecalc {

namespace {

bool edited(const Finder& f) {
    for (const std::string_view name : {"mem", "memmap", "highmem", "vmalloc"})
        if (f.parameter(name)) return true;
    return false;
}

struct Lost {
    u64 bytes = 0;
    PhysRange hull{~PhysAddr{0}, 0};

    void add(PhysRange r) {
        bytes += r.size();
        hull = {std::min(hull.begin, r.begin), std::max(hull.end, r.end)};
    }
};

// Of what firmware calls memory.
Lost ram_within(const Board& board, PhysRange range) {
    const auto touches = [&](PhysAddr base, u64 size) {
        return base < range.end && size > range.begin - std::min(base, range.begin);
    };
    const bool any =
        std::any_of(board.e820.begin(), board.e820.end(), [&](const E820Entry& e) { return touches(e.base, e.size); }) ||
        std::any_of(board.memory.begin(), board.memory.end(), [&](const MemoryBank& b) { return touches(b.base, b.size); });
    Lost lost;
    if (!any) return lost;
    const RegionList firmware = firmware_memory(board);
    for (const MemblockRegion& r : firmware.regions())
        if (const PhysRange part = intersection(PhysRange{r.base, r.end()}, range); !part.empty()) lost.add(part);
    return lost;
}

// Where memory that has a struct page ends. 0 where there is none.
PhysAddr end_of_used(const Finder& f) {
    Pfn end = 0;
    for (const Node& n : f.layout.nodes)
        for (const Zone& z : n.zones)
            if (z.present != 0) end = std::max(end, z.end_pfn());
    return end << f.kernel.page_shift;
}

PhysAddr start_of_used(const Layout& layout) {
    return layout.memory.empty() ? 0 : layout.memory.front().base;
}

constexpr PhysAddr everything = ~PhysAddr{0};
constexpr PhysAddr four_gib = PhysAddr{1} << 32;

}  // namespace

void lowmem_limit(const Finder& f) {
    const PhysAddr end = end_of_used(f);
    if (!is_32bit(f.kernel.arch) || f.kernel.highmem || end == 0 || edited(f)) return;
    const Lost lost = ram_within(f.board, {end, four_gib});
    if (lost.bytes < f.kernel.page_size()) return;
    f.say(fmt::format("{} of RAM from {:#x} on are not used: this kernel has no highmem, and {} ends lowmem there",
                      f.size(lost.bytes), end, f.kernel.arch == Arch::arm ? "adjust_lowmem_bounds()" : "find_low_pfn_range()"),
          "CONFIG_HIGHMEM, another CONFIG_VMSPLIT, or a smaller vmalloc=", {.range = lost.hull});
}

void memory_above_4g(const Finder& f) {
    const bool wide =
        !is_32bit(f.kernel.arch) || (f.kernel.pae && (f.kernel.arch == Arch::arm || f.kernel.behaviours.i386_highmem64g));
    if (wide || f.layout.nodes.empty()) return;
    const Lost lost = ram_within(f.board, {four_gib, everything});
    if (lost.bytes < f.kernel.page_size()) return;
    const bool had = f.kernel.arch == Arch::arm || f.kernel.behaviours.i386_highmem64g;
    f.say(fmt::format("{} of RAM above 4 GiB are not used: {}", f.size(lost.bytes),
                      had ? "physical addresses of this kernel have 32 bits" : "this release has no CONFIG_HIGHMEM64G any more"),
          f.kernel.arch == Arch::arm ? "CONFIG_ARM_LPAE"
          : had                      ? "CONFIG_HIGHMEM64G"
                                     : "a 64-bit kernel",
          {.range = lost.hull});
}

void memory_beyond_physmem(const Finder& f) {
    const unsigned bits = max_physmem_bits(f.board, f.kernel, f.cmdline);
    if (is_32bit(f.kernel.arch) || f.layout.nodes.empty() || bits >= 64 || edited(f)) return;
    const PhysAddr limit = PhysAddr{1} << bits;
    const Lost lost = ram_within(f.board, {limit, everything});
    if (lost.bytes < f.kernel.page_size()) return;
    f.say(fmt::format("{} of RAM from {:#x} on are not used: MAX_PHYSMEM_BITS of this kernel is {}", f.size(lost.bytes),
                      std::max(limit, lost.hull.begin), bits),
          f.kernel.arch == Arch::arm64                 ? "CONFIG_ARM64_PA_BITS_52"
          : f.kernel.arch == Arch::x86_64 && bits < 52 ? "five levels of page tables, where CPUs have them"
                                                       : "",
          {.range = lost.hull});
}

void memory_below_phys_offset(const Finder& f) {
    if (f.kernel.arch != Arch::arm || f.layout.memory.empty() || edited(f)) return;
    const PhysAddr start = start_of_used(f.layout);
    const Lost lost = ram_within(f.board, {0, start});
    if (lost.bytes < f.kernel.page_size()) return;
    f.say(fmt::format(
              "{} of RAM below {:#x} are not used: memory begins at PHYS_OFFSET, which follows from where the kernel was loaded",
              f.size(lost.bytes), start),
          "a kernel that is loaded into the first 16 MiB (2 MiB in later releases) of memory", {.range = lost.hull});
}

void riscv_memory_below_kernel(const Finder& f) {
    if (f.kernel.arch != Arch::riscv64 || !f.kernel.behaviours.riscv_memory_below_kernel_dropped || f.layout.memory.empty()) return;
    const PhysAddr start = start_of_used(f.layout);
    const Lost lost = ram_within(f.board, {0, start});
    if (lost.bytes < f.kernel.page_size()) return;
    f.say(fmt::format("{} of RAM below {:#x} are not used: up to 6.3 the linear map begins where the kernel was loaded, and "
                      "early_init_dt_add_memory_arch() ignores what lies below; 6.4 maps all of it",
                      f.size(lost.bytes), start),
          "a kernel that is loaded lower, or 6.4", {.range = lost.hull});
}

void riscv_normal_limit(const Finder& f) {
    const ZoneLimit* normal = f.layout.limit(ZoneType::Normal);
    if (f.kernel.arch != Arch::riscv64 || !f.kernel.behaviours.riscv_dma32_unit_bug || !normal) return;
    f.say(
        "\"Zone ranges:\" shows a Normal zone that ends far beyond memory: zone_sizes_init() takes an address for a page number; "
        "the "
        "zones are right; mended in 5.1",
        "", {.zone = ZoneType::Normal});
}

void memory_lost_to_alignment(const Finder& f) {
    if (f.layout.memory.empty()) return;
    const u64 page = f.kernel.page_size();
    Lost lost;
    const RegionList firmware = firmware_memory(f.board);
    for (const MemblockRegion& r : firmware.regions()) {
        const PhysAddr first = r.base > everything - page ? r.end() : std::min(round_up(r.base, page), r.end());
        const PhysAddr last = std::max(round_down(r.end(), page), first);
        if (first > r.base) lost.add({r.base, first});
        if (last < r.end()) lost.add({last, r.end()});
    }
    if (lost.bytes == 0) return;
    f.say(fmt::format("{} of RAM are not used: banks begin or end inside a page of {}", f.size(lost.bytes), f.size(page)),
          "banks of whole pages, or smaller pages", {.range = lost.hull});
}

void memmap_of_holes(const Finder& f) {
    const Kernel& kernel = f.kernel;
    if (kernel.memory_model != MemoryModel::sparsemem_vmemmap) return;
    u64 sections = 0;
    u64 present = 0;
    u64 seen = 0;
    for (const EarlyRange& r : f.layout.early_ranges) {
        const u64 end = div_round_up(r.range.end, kernel.pages_per_section());
        const u64 from = std::max(r.range.begin / kernel.pages_per_section(), seen);
        if (from < end) sections += end - from;
        seen = std::max(seen, end);
        present += r.range.size();
    }
    const u64 spanned = sections * kernel.pages_per_section();
    if (spanned <= present) return;
    const u64 waste = (spanned - present) * kernel.size_of("page");
    if (waste < (u64{1} << 20)) return;
    f.say(fmt::format(
              "{} of memmap stand for holes: sparse_init() makes struct pages for whole sections of {}, and {} of their memory are "
              "not there",
              f.size(waste), f.size(u64{1} << kernel.section_size_bits), f.pages(spanned - present)),
          "banks that begin and end on borders of sections");
}

}  // namespace zonecalc
