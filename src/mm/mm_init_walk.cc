// SPDX-License-Identifier: MIT
#include "mm/mm_init_walk.h"

#include <fmt/format.h>

#include "kernel/source_words.h"

namespace zonecalc {

// Which zones the config gives the kernel.
void tell_zones(const WalkPath& walk, const Kernel& kernel) {
    std::string list;
    unsigned count = 0;
    for (const ZoneType type : all_zones) {
        if (!kernel.has_zone(type)) continue;
        list += (list.empty() ? "" : ", ") + std::string(to_string(type));
        ++count;
    }
    walk.value("MAX_NR_ZONES", count);
    walk.because(list + "; the number is generated into bounds.h, because an enum cannot be asked for by #if");
}

void tell_early_ranges(const Boot& boot, const WalkPath& walk) {
    const u64 page = boot.kernel.page_size();
    walk.because("\"Early memory node ranges\", for_each_mem_pfn_range():");
    for (const MemblockRegion& r : boot.memblock.memory.regions()) {
        const PfnRange pfns{div_round_up(r.base, page), r.end() / page};
        walk.value(fmt::format("node {:3}", r.nid), [&] {
            return pfns.empty() ? fmt::format("{:#x}-{:#x} is skipped: it holds no whole page", r.base, r.end() - 1)
                                : fmt::format("pfn {:#x}-{:#x}", pfns.begin, pfns.end - 1);
        });
    }
}

void tell_pages(const WalkStep& step, const Zone& z) {
    step.value("zone_start_pfn", z.start_pfn, WalkUnit::pfn);
    step.value("spanned_pages", z.spanned, WalkUnit::pages);
    step.value("present_pages", z.present, WalkUnit::pages);
}

void tell_memmap(const Boot& boot, const Zone& z) {
    const WalkStep step(boot.walk, "memmap_init_range");
    step.argument("size", z.spanned, WalkUnit::pages);
    step.argument("start_pfn", z.start_pfn, WalkUnit::pfn);
    step.because([&] {
        return fmt::format("every pageblock ({} pages) whose first pfn is {} becomes MIGRATE_MOVABLE ({})",
                           boot.kernel.pageblock_nr_pages(),
                           boot.kernel.behaviours.memmap_walk == MemmapWalk::zone_span ? "valid" : "memory",
                           migratetype_number(boot.kernel, MigrateType::Movable));
    });
}

// What becomes of a zone with pages: its lists are empty, its pageblocks Movable.
void tell_init(const Boot& boot, const Zone& z) {
    if (!boot.walk || z.spanned == 0) return;
    {
        const WalkStep step(boot.walk, "init_currently_empty_zone");
        step.argument("zone_start_pfn", z.start_pfn, WalkUnit::pfn);
        step.argument("size", z.spanned, WalkUnit::pages);
        step.because(fmt::format("zone_init_free_lists: nr_free of orders 0 to {} is 0", boot.kernel.max_order));
    }
    if (!has_function(boot.kernel.version, "memmap_init")) tell_memmap(boot, z);
}

}  // namespace zonecalc
