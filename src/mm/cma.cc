// SPDX-License-Identifier: MIT
// Areas for contiguous allocations.
//
// Early on such an area is reserved memory as any. An initcall makes it usable: its pageblocks become CMA and are freed, one after
// the other, so that movable pages can live there until somebody wants the area. In per-CPU lists that hold huge pages (5.14 and
// later) each pageblock goes through these, and the last few may stay there.
//
// An area has to lie in one zone. One that does not is given up: since 5.12 as ordinary free memory, before that with its first
// part already freed as CMA and the rest lost. An area whose ends are not aligned is none: its memory stays reserved.
//
// Freed in ascending order pageblocks join to the largest aligned blocks, which enter the lists in that order, so that whole rows
// are put down at once; through per-CPU lists the same, once what comes and goes repeats.
//
// Not modelled: areas of several ranges (6.15), what gigantic pages take of an area before (6.15), reserve_pages_on_error; the
// pages of an area that was given up pass the per-CPU lists by.
// Read beside it: mm/cma.c cma_init_reserved_mem(), cma_activate_area(); init_cma_reserved_pageblock() in mm/page_alloc.c, since
// 6.14 in mm/mm_init.c.
#include "mm/cma.h"

#include <algorithm>

#include "mm/page_alloc.h"

namespace zonecalc {

u64 cma_min_alignment(const Kernel& kernel) {
    const unsigned order =
        kernel.behaviours.cma_aligned_to_pageblock ? kernel.pageblock_order : std::max(kernel.max_order, kernel.pageblock_order);
    return kernel.page_size() << order;
}

bool cma_init_reserved_mem(Boot& boot, std::string_view name, PhysAddr base, u64 size) {
    if ((base | size) & (cma_min_alignment(boot.kernel) - 1)) return false;
    boot.layout.cma_areas.push_back({std::string(name), base, size});
    return true;
}

void init_listed_cma_areas(Boot& boot) {
    if (!boot.kernel.config_enabled("CMA")) return;
    for (const ReservedRange& r : boot.board.reserved)
        if (r.cma && !cma_init_reserved_mem(boot, r.name, r.base, r.size))
            boot.note(Note::Kind::problem, "cma-area-unaligned",
                      "CMA area \"" + r.name + "\" stays reserved: its start and size are not multiples of " +
                          std::to_string(cma_min_alignment(boot.kernel) / 1024) + " KiB");
}

std::vector<std::size_t> PageAllocator::cma_init_reserved_areas() {
    std::vector<std::size_t> failed;
    for (std::size_t i = 0; i < layout_.cma_areas.size(); ++i)
        if (!cma_activate_area(layout_.cma_areas[i])) failed.push_back(i);
    return failed;
}

bool PageAllocator::cma_activate_area(const CmaArea& area) {
    const u64 block = kernel_.pageblock_nr_pages();
    const PfnRange range{area.base >> kernel_.page_shift, (area.base + area.size) >> kernel_.page_shift};
    // Memory that was never reserved, or twice an area.
    if (range.empty() || buddy_.touches_handed_over(range)) return false;
    BuddyZone* zone = buddy_.zone_of(range.begin);
    const Pfn end = zone ? std::min(range.end, buddy_.same_zone_until(range.begin)) : range.begin;
    if (end == range.end) {
        init_cma_reserved_pageblocks(*zone, range);
        return true;
    }
    if (kernel_.behaviours.cma_area_checked_first)
        free_reserved_area(range);
    else if (zone)
        init_cma_reserved_pageblocks(*zone, {range.begin, round_down(end, block)});
    return false;
}

// init_cma_reserved_pageblock() of each.
void PageAllocator::init_cma_reserved_pageblocks(BuddyZone& zone, PfnRange range) {
    if (range.empty()) return;
    freed_later_.push_back(range);
    buddy_.set_pageblock_heads(zone, range, MigrateType::Cma);
    const unsigned order = kernel_.pageblock_order;
    if (!PerCpuLists::allows(kernel_, order)) {
        buddy_.free_range(range, false);
        return;
    }
    const u64 block = kernel_.pageblock_nr_pages();
    const unsigned pindex = PerCpuLists::pindex(kernel_, MigrateType::Movable, order);
    constexpr std::size_t most_states = 256;
    std::vector<std::pair<decltype(zone.pcp.counters()), std::size_t>> states;
    for (Pfn pfn = range.begin; pfn < range.end;) {
        buddy_.adjust_managed_page_count(zone, {pfn, pfn + block});
        rmqueue_.give(zone, pfn, order);
        pfn += block;

        // Once the lists are as they were a few blocks ago, what happens repeats: as many blocks come as go, the oldest first.
        auto& list = zone.pcp.list(pindex);
        const u64 waiting = list.size() * block;
        const std::pair state{zone.pcp.counters(), list.size()};
        const auto seen = std::find(states.rbegin(), states.rend(), state);
        const auto blocks_ago = static_cast<u64>(seen - states.rbegin()) + 1;
        const bool repeats = blocks_ago <= states.size();
        if (states.size() == most_states) states.clear();
        states.push_back(state);
        const bool only_these =
            list.empty() || (waiting <= pfn - range.begin && list.back().pfn == pfn - waiting && list.front().pfn == pfn - block);
        const u64 more = (range.end - pfn) / (blocks_ago * block) * (blocks_ago * block);
        if (!repeats || !only_these || more == 0) continue;
        zone.managed -= waiting;  // counted already
        buddy_.free_range({pfn - waiting, pfn - waiting + more}, false);
        pfn += more;
        buddy_.adjust_managed_page_count(zone, {pfn - waiting, pfn});
        list.clear();
        for (Pfn p = pfn - waiting; p < pfn; p += block) list.push_front({p, MigrateType::Cma});
        states.clear();
    }
}

}  // namespace zonecalc
