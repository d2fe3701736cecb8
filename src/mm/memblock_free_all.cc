// SPDX-License-Identifier: MIT
// From memblock to the page allocator.
//
// Every range that memory has and reserved has not is cut to whole pages and split into the largest aligned blocks. Up to 5.9 a
// block goes to the head of its list, so that the first page handed out later is the highest; since 5.10 to the tail, so that it is
// the lowest. Highmem used to follow page by page, at the head; since 6.15 it is part of the walk.
//
// With deferred initialisation only the first section's worth of each node's last zone is handed over; the rest has no struct pages
// yet. "Last" is a zone that ends where the node does, and the node ends where the sum of its zones' spans says: with
// kernelcore=mirror spans overlap, no zone reaches that end, and nothing is deferred (Debian 6.1.0-56-amd64 with mirrored memory).
//
// Not modelled: the memory of memblock's own grown arrays that 3.x returns after the walk (CONFIG_ARCH_DISCARD_MEMBLOCK), memory
// that a confidential guest has not accepted (6.6), KMSAN's share. Memmap pages of holes that arm gives back before the walk are
// missing from `reserved` already. Before 3.14 arm's bitmap of bootmem follows the walk: it is free memory, given back last.
//
// Read beside it: mm/memblock.c free_low_memory_core_early() (mm/nobootmem.c before 4.20); mm/mm_init.c defer_init()
// (mm/page_alloc.c before 6.4); arch/arm/mm/init.c free_highpages(); arch/x86/mm/highmem_32.c set_highmem_pages_init().
#include "mm/memblock_free_all.h"

#include <fmt/format.h>

#include "mm/alloc_walk.h"
#include "mm/cma.h"
#include "mm/vmstat.h"

namespace zonecalc {

namespace {

// memblock.memory as the walk sees it.
std::vector<MemblockRegion> regions_to_walk(const Kernel& kernel, const Layout& layout) {
    RegionList memory;
    for (const MemblockRegion& r : layout.memory) {
        const unsigned flags = kernel.behaviours.handover_clears_hotplug ? r.flags & ~unsigned{MEMBLOCK_HOTPLUG} : r.flags;
        memory.add(r.base, r.size, r.nid, flags);
    }
    return memory.regions();
}

// for_each_free_mem_range(): what memory has and reserved has not, with the node of the region.
template <typename F>
void walk_free_memory(const Kernel& kernel, const Layout& layout, F&& found) {
    auto taken = layout.reserved.begin();
    const auto last = layout.reserved.end();
    for (const MemblockRegion& r : regions_to_walk(kernel, layout)) {
        if (r.flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED)) continue;
        PhysAddr at = r.base;
        while (taken != last && taken->end() <= at) ++taken;
        for (auto t = taken; t != last && t->base < r.end(); ++t) {
            if (t->base > at) found(r.nid, PhysRange{at, t->base});
            at = std::max(at, std::min(t->end(), r.end()));
        }
        if (at < r.end()) found(r.nid, PhysRange{at, r.end()});
    }
}

// Memory of a zone that the memmap walk initialises.
std::vector<PfnRange> memory_of(const Kernel& kernel, const Layout& layout, const Node& node, const Zone& zone) {
    std::vector<PfnRange> out;
    const u64 page = kernel.page_size();
    for (const MemblockRegion& r : layout.memory) {
        if (r.nid != NUMA_NO_NODE && r.nid != node.id) continue;
        if (layout.movable.path == MovablePath::mirror && zone.type == ZoneType::Movable && r.flags & MEMBLOCK_MIRROR) continue;
        const PfnRange part = intersection(PfnRange{div_round_up(r.base, page), r.end() / page}, {zone.start_pfn, zone.end_pfn()});
        if (!part.empty()) out.push_back(part);
    }
    return out;
}

// The first section border at which more than `limit` pages have been initialised, that page included.
std::optional<Pfn> first_deferred(const std::vector<PfnRange>& memory, u64 section, u64 limit) {
    u64 initialised = 0;
    for (const PfnRange& r : memory) {
        Pfn border = round_up(r.begin, section);
        // Borders before enough pages have passed are of no interest.
        const u64 missing = limit > initialised ? limit - initialised : 0;
        if (border < r.begin + missing) border = round_up(r.begin + missing, section);
        if (border < r.end) return border;
        initialised += r.size();
    }
    return std::nullopt;
}

// What a zone's lists look like now.
void tell(Walker* walker, const Kernel& kernel, const BuddyZone& zone) {
    if (zone.present == 0) return;
    const WalkStep walk(walker, zone_in_words(zone) + ":");
    walk.value("managed_pages", zone.managed, WalkUnit::pages);
    tell_vm_stat(walk, kernel, "NR_FREE_PAGES", zone.nr_free_pages);
    for (unsigned order = 0; order <= kernel.max_order; ++order)
        for (const MigrateType type : all_migrate_types)
            if (const u64 count = zone.free.count(order, type); count != 0)
                walk.value(list_in_words(order, type), fmt::format("{} block{}, the first at pfn {:#x}", count,
                                                                   count == 1 ? "" : "s", *zone.free.first(order, type)));
}

}  // namespace

std::vector<FreeRange> free_mem_pfn_ranges(const Kernel& kernel, const Layout& layout) {
    std::vector<FreeRange> out;
    const u64 page = kernel.page_size();
    walk_free_memory(kernel, layout, [&](int node, const PhysRange& r) {
        const PfnRange range{div_round_up(r.begin, page), r.end / page};
        if (!range.empty()) out.push_back({node, range});
    });
    return out;
}

std::vector<PhysRange> free_mem_ranges(const Kernel& kernel, const Layout& layout) {
    std::vector<PhysRange> out;
    walk_free_memory(kernel, layout, [&](int, const PhysRange& r) { out.push_back(r); });
    return out;
}

void defer_init(const Kernel& kernel, Layout& layout) {
    if (!kernel.deferred_struct_page_init || !kernel.sparse()) return;
    const u64 section = kernel.pages_per_section();
    for (Node& node : layout.nodes) {
        node.first_deferred_pfn.reset();
        const Pfn node_end = node.range.begin + node.spanned;
        for (const Zone& zone : node.zones) {
            if (!zone.populated() || zone.end_pfn() < node_end || node.first_deferred_pfn) continue;
            const std::vector<PfnRange> memory = memory_of(kernel, layout, node, zone);
            switch (kernel.behaviours.defer_limit) {
                case DeferLimit::section_or_node:
                    node.first_deferred_pfn = first_deferred(memory, section, std::min(section, node.spanned));
                    break;
                case DeferLimit::region:
                    if (!memory.empty() && memory.back().end >= node_end)
                        node.first_deferred_pfn = first_deferred({memory.back()}, section, section);
                    break;
                case DeferLimit::section:
                    node.first_deferred_pfn = first_deferred(memory, section, section);
                    break;
            }
        }
    }
}

void hand_over(Buddy& buddy, const std::vector<FreeRange>& ranges) {
    const Layout& layout = buddy.layout();
    const Kernel& kernel = buddy.kernel();
    const bool apart = kernel.highmem && kernel.behaviours.highmem_freed_by_pages;
    std::optional<WalkStep> walk(std::in_place, buddy.walk(), "free_low_memory_core_early");
    walk->because(kernel.behaviours.boot_free_to_tail
                      ? "free ranges by address, each cut to the largest aligned blocks; a block goes to the tail of its list"
                      : "free ranges by address, each cut to the largest aligned blocks; a block goes to the head of its list");
    for (FreeRange r : ranges) {
        if (apart) r.range.end = std::min(r.range.end, layout.max_low_pfn);
        // __free_memory_core(): memory may reach further than the kernel does (x86_64 beyond MAX_PHYSMEM_BITS).
        if (!kernel.highmem && r.range.end > layout.max_low_pfn) {
            const PfnRange beyond{std::max(r.range.begin, layout.max_low_pfn), r.range.end};
            buddy.note_nowhere(beyond.size());
            r.range.end = beyond.begin;
        }
        if (const Node* node = layout.node(r.node); node && node->first_deferred_pfn)
            r.range.end = std::min(r.range.end, *node->first_deferred_pfn);
        if (!r.range.empty()) buddy.free_range(r.range, kernel.behaviours.boot_free_to_tail);
    }
    if (!apart) return;
    walk.emplace(buddy.walk(), "free_highpages");
    walk->because("highmem follows page by page, which leaves the same blocks; each goes to the head of its list");
    // Highmem ends where its zone does, memory may not (i386 with highmem=).
    const ZoneLimit* highmem = layout.limit(ZoneType::HighMem);
    for (FreeRange r : ranges) {
        r.range.begin = std::max(r.range.begin, layout.max_low_pfn);
        if (highmem && r.range.end > highmem->range.end) {
            const PfnRange beyond{std::max(r.range.begin, highmem->range.end), r.range.end};
            buddy.note_nowhere(beyond.size());
            r.range.end = beyond.begin;
        }
        if (!r.range.empty()) buddy.free_range(r.range, false);
    }
}

void memblock_free_all(Boot& boot) {
    Layout& layout = boot.layout;
    const Kernel& kernel = boot.kernel;
    const WalkPath walk(boot.walk, "memblock_free_all");
    layout.memory = boot.memblock.memory.regions();
    layout.reserved = boot.memblock.reserved.regions();
    layout.max_low_pfn = boot.max_low_pfn;
    bool early_page_ext = false;
    for (const Parameter& p : boot.cmdline.parameters) early_page_ext |= parameq(p.name, "early_page_ext");
    if (!early_page_ext || !kernel.behaviours.page_ext_ends_deferral) defer_init(kernel, layout);

    if (boot.board.reserved.empty() && !boot.early)
        boot.note(Note::Kind::assumption, "reserved-not-given",
                  "the board does not say what is reserved when the page allocator takes over: all memory but what the kernel "
                  "always reserves is "
                  "taken to be free");

    init_listed_cma_areas(boot);
    walk.because("managed_pages of every zone is 0 now, and grows with what is freed");
    for (const CmaArea& area : layout.cma_areas)
        walk.because([&] {
            return fmt::format("CMA area {} stays reserved: an initcall frees its pageblocks as {}, for movable allocations",
                               area.name, type_in_words(kernel, MigrateType::Cma));
        });
    for (const Node& node : layout.nodes)
        if (node.first_deferred_pfn) walk.value("first_deferred_pfn", *node.first_deferred_pfn, WalkUnit::pfn);

    Buddy buddy(kernel, layout);
    buddy.follow(boot.walk);
    hand_over(buddy, free_mem_pfn_ranges(kernel, layout));
    if (boot.early && boot.early->allocator.bootmem()) {
        const PhysRange map = boot.early->allocator.bootmem()->map();
        buddy.free_range({map.begin / kernel.page_size(), map.end / kernel.page_size()}, false);
        boot.memblock.reserved.remove(map.begin, map.size());
        layout.reserved = boot.memblock.reserved.regions();
        boot.note(Note::Kind::effect, "bootmem-bitmap",
                  fmt::format("bootmem's bitmap of {} bytes at {:#x} is free memory as well: it was handed over last", map.size(),
                              map.begin));
    }
    boot.handed_over.no_zone = buddy.nowhere();
    auto from = buddy.zones().begin();
    for (Node& node : layout.nodes) {
        for (Zone& zone : node.zones) {
            zone.managed = from->managed;
            zone.free_pages = static_cast<u64>(from->nr_free_pages);
            zone.free_lists = from->free.lists();
            zone.pageblocks = pagetypeinfo_showblockcount(buddy, *from, layout.node(from->node)->first_deferred_pfn);
            if (walk) tell(boot.walk, kernel, *from);
            ++from;
        }
    }
}

}  // namespace zonecalc
