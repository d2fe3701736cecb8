// SPDX-License-Identifier: MIT
// What the kernel takes from the page allocator between memblock_free_all() and rest_init(), in order.
#pragma once

#include <string>

#include "mm/boot.h"
#include "mm/mempolicy.h"
#include "mm/page_alloc.h"
#include "mm/slub.h"

namespace zonecalc {

// The page allocator of one boot, and a record of what it was asked for.
class FirstAllocations {
public:
    explicit FirstAllocations(Boot& boot);

    PageAllocator& pages() { return pages_; }
    InitTaskPolicy& policy() { return policy_; }
    Walker* walk() const { return pages_.walk(); }

    // The function that makes the requests from now on, a literal; and are they known from a boot?
    void enter(std::string_view step, bool recorded) {
        step_ = step;
        recorded_ = recorded;
    }
    // __alloc_pages(); NUMA_NO_NODE leaves the node to the memory policy. Null where there is nothing to be had.
    const FirstAllocation* alloc_pages(unsigned order, u64 gfp, int node, const std::string& what);
    // __alloc_pages_bulk() until `count` single pages are there
    bool alloc_pages_bulk(u64 count, u64 gfp, int node, const std::string& what);

private:
    std::vector<FirstAllocation>& done_;
    PageAllocator pages_;
    InitTaskPolicy policy_;
    std::string_view step_;
    bool recorded_ = false;
};

// All of it, as far as it is known: Layout::allocations, and what Layout::slub holds beside its caches.
void first_allocations(Boot& boot, const SlubParameters& parameters);

}  // namespace zonecalc
