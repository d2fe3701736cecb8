// SPDX-License-Identifier: MIT
// The first pages that are taken: by mem_init(), by kmem_cache_init(), and by what start_kernel() calls after it. The first two
// follow from the kernel's rules.
//
// x86_64 takes the page tables of the vmalloc area before anything else (preallocate_vmalloc_pages(), 5.8 and later): a zeroed page
// for every entry of the top level.
//
// Read beside it: mm_core_init() in mm/mm_init.c (mm_init() of init/main.c up to 6.3), arch/x86/mm/init_64.c.
#include "mm/first_allocations.h"

#include <fmt/format.h>

#include <algorithm>

#include "mm/init_late.h"
#include "mm/slub_bring_up.h"
#include "mm/start_kernel.h"

namespace zonecalc {

namespace {

bool preallocate_vmalloc_pages(Boot& boot, FirstAllocations& first) {
    const Kernel& kernel = boot.kernel;
    const u64 tables = vmalloc_page_tables(boot);
    if (tables == 0) return true;
    if (kaslr_memory_enabled(boot))
        boot.note(
            Note::Kind::assumption, "kaslr-vmalloc",
            fmt::format("without nokaslr the vmalloc area starts at a random address, which no log shows: it is taken to have {} "
                        "page tables (one page less where it starts on a border or ends where the memmap starts)",
                        tables));
    const WalkPath step(first.walk(), "preallocate_vmalloc_pages");
    first.enter("preallocate_vmalloc_pages", false);
    const bool compound = kernel.behaviours.page_tables_compound;
    const u64 gfp = parse_gfp(kernel, compound ? "GFP_KERNEL|__GFP_ZERO|__GFP_COMP" : "GFP_KERNEL|__GFP_ZERO").value_or(0);
    for (u64 i = 0; i < tables; ++i)
        if (!first.alloc_pages(0, gfp, NUMA_NO_NODE, "page table of the vmalloc area")) return false;
    return true;
}

}  // namespace

FirstAllocations::FirstAllocations(Boot& boot)
    : done_(boot.layout.allocations), pages_(boot.kernel, boot.layout), policy_(boot.kernel, boot.board, boot.layout) {
    pages_.follow(boot.walk);
}

const FirstAllocation* FirstAllocations::alloc_pages(unsigned order, u64 gfp, int node, const std::string& what) {
    const AllocatedPages got = policy_.alloc_pages(pages_, order, gfp, node == NUMA_NO_NODE ? std::nullopt : std::optional(node));
    if (got.pfns.empty()) return nullptr;
    return &done_.emplace_back(FirstAllocation{step_, order, gfp, what, got.zone->node, got.zone->type, got.pfns.front(), got.type,
                                               got.origin, recorded_});
}

bool FirstAllocations::alloc_pages_bulk(u64 count, u64 gfp, int node, const std::string& what) {
    while (count > 0) {
        const AllocatedPages got =
            policy_.alloc_pages_bulk(pages_, gfp, node == NUMA_NO_NODE ? std::nullopt : std::optional(node), count);
        if (got.pfns.empty()) return false;
        BlockOrigin origin = got.origin;
        for (const Pfn pfn : got.pfns) {
            const BuddyZone& zone = *pages_.buddy().zone_of(pfn);
            done_.push_back({step_, 0, gfp, what, zone.node, zone.type, pfn, got.type, origin, recorded_});
            origin = {};
        }
        count -= std::min<u64>(count, got.pfns.size());
    }
    return true;
}

void first_allocations(Boot& boot, const SlubParameters& parameters) {
    const Slub& slub = *boot.layout.slub;
    if (!boot.layout.handed_over() || !slub.panic.empty() || !slub_can_bring_up(slub)) return;
    FirstAllocations first(boot);
    bool comes_up = preallocate_vmalloc_pages(boot, first);
    if (!boot.kernel.behaviours.memory_line_late) mem_init_print_info(boot);
    comes_up = comes_up && slub_bring_up(boot, parameters, first);
    if (comes_up)
        start_kernel_requests(boot, parameters, first);
    else
        boot.note(Note::Kind::problem, "slub-out-of-memory",
                  "memory is used up before kmem_cache_init() is over: this kernel does not come up");
}

}  // namespace zonecalc
