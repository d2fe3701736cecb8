// SPDX-License-Identifier: MIT
// Where pages come from that are asked for without a node (mm/mempolicy.c).
#pragma once

#include <vector>

#include "mm/page_alloc.h"
#include "zonecalc/board.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// Where CPU 0 is; of a kernel without NUMA all is in node 0.
int boot_cpu_node(const Kernel& kernel, const Board& board, const Layout& layout);

// The memory policy of the task that starts the machine up.
class InitTaskPolicy {
public:
    InitTaskPolicy(const Kernel& kernel, const Board& board, const Layout& layout);

    // numa_policy_init(), right after setup_per_cpu_pageset(): from then on requests go to the nodes in turn.
    void numa_policy_init();

    // alloc_pages_node(), or alloc_pages() without a node: from the next one in turn; with __GFP_THISNODE from the boot CPU's.
    AllocatedPages alloc_pages(PageAllocator& allocator, unsigned order, u64 gfp, std::optional<int> node);
    // The same of single pages; without a node alloc_pages_bulk_array_mempolicy(), which takes a share of each.
    AllocatedPages alloc_pages_bulk(PageAllocator& allocator, u64 gfp, std::optional<int> node, u64 count);

    // Whose turn it is, and whose share of a bulk request is what.
    int node_for(bool thisnode);
    struct Share {
        int node = 0;
        u64 pages = 0;
    };
    std::vector<Share> shares_of(u64 pages, bool thisnode);

private:
    int interleave_nodes();

    const Kernel& kernel_;
    const Layout& layout_;
    int local_ = 0;
    std::vector<int> nodes_;  // interleaved over; empty: the local node
    std::size_t next_ = 0;
};

}  // namespace zonecalc
