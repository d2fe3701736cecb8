// SPDX-License-Identifier: MIT
// Where KASLR may put the kernel image. The decompressor of x86 chooses a place anywhere in memory before the kernel knows of nodes
// and zones, so that in one boot out of some the image lies in memory that was meant to be movable. A board shows one boot; this is
// said of the others.
//
// Before 4.8 the image stays in the first GiB, where ZONE_MOVABLE hardly begins, and so it does on i386: nothing is said there. On
// arm64 and riscv64 it is EFI's stub that moves the image, and boards do not tell whether there was one. Where firmware marks
// memory as mirrored, the image lies in that. Memory that memmap= takes away is avoided, as it is no memory here; that more than
// four of these words keep the image where it is, is not modelled.
//
// Read beside it: arch/x86/boot/compressed/kaslr.c and acpi.c, numa_clear_kernel_node_hotplug() in arch/x86/mm/numa.c.
#include <fmt/format.h>

#include <algorithm>

#include "findings/finder.h"
#include "mm/early_boot.h"
#include "mm/memory_block.h"

namespace zonecalc {

namespace {

bool any_mirrored(const Finder& f) {
    return !f.board.mirror.empty() || std::ranges::any_of(f.board.memory, &MemoryBank::mirror);
}

// What firmware calls hot-pluggable, by address, where KASLR looks at it.
std::vector<PhysRange> avoided(const Finder& f) {
    std::vector<PhysRange> all;
    if (!f.kernel.behaviours.kaslr_avoids_hotplug) return all;
    for (const SratRange& r : f.board.srat)
        if (r.hotplug) all.push_back({r.base, r.base + r.size});
    for (const MemoryBank& b : f.board.memory)
        if (b.hotplug) all.push_back({b.base, b.base + b.size});
    std::sort(all.begin(), all.end(), [](const PhysRange& a, const PhysRange& b) { return a.begin < b.begin; });
    std::vector<PhysRange> joined;
    for (const PhysRange& r : all)
        if (!joined.empty() && r.begin <= joined.back().end)
            joined.back().end = std::max(joined.back().end, r.end);
        else
            joined.push_back(r);
    return joined;
}

// process_mem_region(): what there is to choose from, by address.
std::vector<PhysRange> candidates(const Finder& f) {
    const std::vector<PhysRange> hot = avoided(f);
    std::vector<PhysRange> out;
    auto next = hot.begin();
    for (const MemblockRegion& r : f.layout.memory) {
        PhysAddr from = r.base;
        while (next != hot.end() && next->end <= from) ++next;
        for (auto h = next; h != hot.end() && h->begin < r.end(); ++h) {
            if (h->begin > from) out.push_back({from, h->begin});
            from = std::max(from, h->end);
        }
        if (from < r.end()) out.push_back({from, r.end()});
    }
    return out;
}

// Of `places` in ZONE_MOVABLE, in pieces that hold the image.
u64 movable_bytes(const Finder& f, const std::vector<PhysRange>& places, u64 image) {
    u64 bytes = 0;
    auto next = places.begin();
    for (const EarlyRange& r : f.layout.early_ranges) {
        const Node* node = f.layout.node(r.node);
        const Zone* zone = node ? node->zone(ZoneType::Movable) : nullptr;
        if (!zone || zone->present == 0) continue;
        const PfnRange pfns = intersection(r.range, {zone->start_pfn, zone->end_pfn()});
        const PhysRange memory{pfns.begin << f.kernel.page_shift, pfns.end << f.kernel.page_shift};
        if (pfns.empty()) continue;
        while (next != places.end() && next->end <= memory.begin) ++next;
        for (auto place = next; place != places.end() && place->begin < memory.end; ++place)
            if (const PhysRange part = intersection(memory, *place); part.size() >= image) bytes += part.size();
    }
    return bytes;
}

}  // namespace

void kaslr_in_movable(const Finder& f) {
    constexpr u64 align = u64{2} << 20;  // CONFIG_PHYSICAL_ALIGN
    const MovablePath path = f.layout.movable.path;
    const bool by_node = path == MovablePath::movable_node;
    if (f.kernel.arch != Arch::x86_64 || !f.kernel.behaviours.kaslr_anywhere || !kaslr_enabled(f.kernel, f.cmdline) ||
        f.layout.early_ranges.empty() || any_mirrored(f))
        return;
    const u64 image = std::max(f.reserved("kernel image"), align);
    const std::vector<PhysRange> places = candidates(f);
    const u64 movable = movable_bytes(f, places, image);
    if (movable == 0) return;
    u64 all = 0;
    for (const PhysRange& place : places) all += place.size();
    const std::string chosen =
        fmt::format("KASLR puts the kernel image anywhere in {}, {} of which are ZONE_MOVABLE", f.size(all), f.size(movable));
    if (by_node) {
        f.say(chosen + ": a node that it hits counts as the kernel's, and has no ZONE_MOVABLE in that boot",
              "nokaslr, or Linux 5.1, whose KASLR keeps out of hot-pluggable memory", {.zone = ZoneType::Movable});
        return;
    }
    const u64 block = memory_block_size_bytes(f.kernel, f.layout.early_ranges.back().range.end).bytes;
    const u64 blocks = div_round_up(image - align, block) + 1;
    f.say(fmt::format("{}: in a boot in which it lies there {} ({}) more can never be taken offline", chosen,
                      blocks == 1 ? "a memory block" : fmt::format("up to {} memory blocks", blocks), f.size(block)),
          {}, {.zone = ZoneType::Movable});
}

}  // namespace zonecalc
