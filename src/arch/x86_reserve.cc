// SPDX-License-Identifier: MIT
// What x86 reserves in memblock before its zones are made, as far as zones depend on it.
//
// Two answers need it: the pages that ZONE_DMA's first estimate lacks (memblock_find_dma_reserve(), up to 6.9), and the nodes that
// hold something of the kernel's and so are never movable. What a board lists is taken as it stands; the flag "early" tells what
// was there before the nodes were known. Below 1 MiB the release says the rest: the first 64 KiB (reservelow= up to 5.13), the BIOS
// area up to 1 MiB, and the real-mode trampoline below it (recorded: 4.19.13 and 5.10.89, 21 pages reserved in all on a PC whose
// BIOS area starts at 0x9f000); from 5.13 on the whole MiB. Page tables and the log buffer, which are allocated before the nodes
// are known, lie where memblock finds room for them, at the top of memory or, with movable_node, next to the kernel image.
//
// Read beside it: early_reserve_memory() in arch/x86/kernel/setup.c, reserve_bios_regions() in arch/x86/kernel/ebda.c,
// reserve_real_mode() in arch/x86/realmode/init.c, memblock_find_dma_reserve() in arch/x86/mm/init.c.
#include <fmt/format.h>

#include <string_view>

#include "arch/x86_early.h"
#include "arch/x86_setup.h"

namespace zonecalc::x86 {

namespace {

constexpr u64 KiB = 1024;
constexpr u64 MiB = 1024 * KiB;
constexpr u64 BIOS_START_MIN = 0x20000;
constexpr u64 BIOS_START_MAX = 0x9f000;
constexpr Pfn MAX_DMA_PFN = 16 * MiB >> 12;

// Does the board say what is reserved below 640 KiB? Then it says all of it.
bool board_lists_low_memory(const Board& board) {
    return std::any_of(board.reserved.begin(), board.reserved.end(), [](const ReservedRange& r) { return r.base < 640 * KiB; });
}

}  // namespace

PhysAddr bios_start(const Board& board) {
    if (board.bios_start) return *board.bios_start;
    for (const E820Entry& e : board.e820)
        if (e.base == 0 && e.type == E820Type::ram && e.size >= BIOS_START_MIN && e.size < BIOS_START_MAX)
            return round_down(e.size, KiB);
    return BIOS_START_MAX;
}

void early_reserve_memory(Boot& boot, const Options& options) {
    RegionList& reserved = boot.memblock.reserved;
    const Behaviours& b = boot.kernel.behaviours;
    for (const ReservedRange& r : boot.board.reserved) reserved.add(r.base, r.size, NUMA_NO_NODE, 0, r.name);
    reserved.add(0, b.reservelow ? round_up(options.reserve_low, boot.kernel.page_size()) : 64 * KiB, NUMA_NO_NODE, 0,
                 "low memory");
    if (board_lists_low_memory(boot.board)) return;
    const PhysAddr start = bios_start(boot.board);
    reserved.add(start, MiB - start, NUMA_NO_NODE, 0, "BIOS area");
}

void reserve_real_mode(Boot& boot) {
    RegionList& reserved = boot.memblock.reserved;
    const Behaviours& b = boot.kernel.behaviours;
    const bool crashkernel = std::any_of(boot.cmdline.parameters.begin(), boot.cmdline.parameters.end(),
                                         [](const Parameter& p) { return p.name == "crashkernel" && p.value; });
    if (b.x86_first_mib_reserved || (b.x86_crashkernel_reserves_first_mib && crashkernel)) {
        reserved.add(0, MiB, NUMA_NO_NODE, 0, "first MiB");
        return;
    }
    if (board_lists_low_memory(boot.board)) return;
    const u64 size = round_up(boot.kernel.size_of("real_mode_blob"), boot.kernel.page_size());
    if (b.x86_dma_reserve && boot.kernel.arch == Arch::x86_64)
        boot.note(
            Note::Kind::assumption, "low-reservations",
            fmt::format("the board lists nothing that is reserved below 640 KiB: the BIOS area is taken to start at {:#x}, "
                        "and the trampoline to have {} KiB{}",
                        bios_start(boot.board), size / KiB,
                        size == 0 ? ", as the profile does not know its size (up to 8 pages of ZONE_DMA's first estimate)" : ""));
    if (size == 0) return;
    std::optional<PhysAddr> place;
    for (const PhysRange& r : boot.memblock.free_ranges()) {
        const PhysRange low = intersection(r, PhysRange{4 * KiB, MiB});
        if (low.size() >= size && round_down(low.end - size, 4 * KiB) >= low.begin) place = round_down(low.end - size, 4 * KiB);
    }
    if (place) reserved.add(*place, size, NUMA_NO_NODE, 0, "real-mode trampoline");
}

KernelRanges kernel_ranges(const Boot& boot) {
    KernelRanges out;
    if (boot.early) {
        for (const MemblockRegion& r : boot.memblock.reserved.regions()) out.push_back({r.base, r.end()});
        return out;
    }
    out = {{0, MiB}, kernel_image(boot)};
    // What the kernel has allocated by then lies where this command line makes it lie. The board may list another boot's.
    const bool listed_with_movable_node = boot.board.cmdline.find("movable_node") != std::string::npos;
    bool allocations_listed = false;
    const auto add = [&out](const auto& r) { out.push_back({r.base, r.base + std::min(r.size, ~u64{0} - r.base)}); };
    for (const ReservedRange& r : boot.board.reserved) {
        if (!r.early && r.name != "initrd") continue;
        if (r.allocated && listed_with_movable_node != boot.movable_node_enabled) continue;
        allocations_listed = allocations_listed || r.allocated;
        add(r);
    }
    std::ranges::for_each(boot.board.loaded, add);
    if (boot.kernel.behaviours.early_x86_acpi_tables) std::ranges::for_each(boot.board.acpi_tables, add);
    if (!allocations_listed)
        for (const PhysRange& r : allocated_before_nodes(boot, out)) out.push_back(r);
    return out;
}

void memblock_find_dma_reserve(Boot& boot) {
    if (boot.kernel.arch != Arch::x86_64 || !boot.kernel.behaviours.x86_dma_reserve) return;
    if (boot.movable_node_enabled && !board_lists_low_memory(boot.board))
        boot.note(Note::Kind::assumption, "movable-node-low-reservations",
                  "movable_node makes early allocations lie low, also below 16 MiB; the board does not list them, so that "
                  "ZONE_DMA's first estimate "
                  "and \"Total pages\" may be too high");
    const unsigned shift = boot.kernel.page_shift;
    u64 pages = 0;
    for (const EarlyRange& r : mem_pfn_ranges(boot.memblock.memory, shift))
        pages += intersection(r.range, PfnRange{0, MAX_DMA_PFN}).size();
    u64 free = 0;
    for (const PhysRange& r : boot.memblock.free_ranges()) {
        const PfnRange whole{div_round_up(r.begin, u64{1} << shift), r.end >> shift};
        free += intersection(whole, PfnRange{0, MAX_DMA_PFN}).size();
    }
    boot.dma_reserve = pages - std::min(pages, free);
}

}  // namespace zonecalc::x86
