// SPDX-License-Identifier: MIT
// The first pages that are taken: by mem_init(), then by kmem_cache_init(). Both follow from the kernel's rules.
//
// x86_64 takes the page tables of the vmalloc area before anything else (preallocate_vmalloc_pages(), 5.8 and later): a zeroed page
// for every entry of the top level.
//
// Read beside it: mm_core_init() in mm/mm_init.c (mm_init() of init/main.c up to 6.3), arch/x86/mm/init_64.c.
#include "mm/first_allocations.h"

#include "mm/init_late.h"
#include "mm/slub_bring_up.h"

namespace zonecalc {

namespace {

bool preallocate_vmalloc_pages(const Boot& boot, FirstAllocations& first) {
    const Kernel& kernel = boot.kernel;
    const u64 tables = vmalloc_page_tables(boot);
    if (tables == 0) return true;
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

void first_allocations(Boot& boot, const SlubParameters& parameters) {
    const Slub& slub = *boot.layout.slub;
    if (!boot.layout.handed_over() || !slub.panic.empty() || !slub_can_bring_up(slub)) return;
    FirstAllocations first(boot);
    if (!preallocate_vmalloc_pages(boot, first) || !slub_bring_up(boot, parameters, first))
        boot.note(Note::Kind::effect, "slub-out-of-memory",
                  "memory is used up before kmem_cache_init() is over: this kernel does not come up");
}

}  // namespace zonecalc
