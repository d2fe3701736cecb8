// SPDX-License-Identifier: MIT
// Where pages come from that are asked for without a node (mm/mempolicy.c).
#pragma once

#include <vector>

#include "zonecalc/board.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// The memory policy of the task that starts the machine up.
class InitTaskPolicy {
public:
    InitTaskPolicy(const Kernel& kernel, const Board& board, const Layout& layout);

    // numa_policy_init(), right after setup_per_cpu_pageset(): from then on requests go to the nodes in turn.
    void numa_policy_init();

    // alloc_pages(): the node of the next request. With __GFP_THISNODE it is always the boot CPU's.
    int node_for(bool thisnode);
    // alloc_pages_bulk_array_mempolicy(): how many pages of which node.
    struct Share {
        int node = 0;
        u64 pages = 0;
    };
    std::vector<Share> shares_of(u64 pages, bool thisnode);

    int local_node() const { return local_; }

private:
    int interleave_nodes();

    const Kernel& kernel_;
    const Layout& layout_;
    int local_ = 0;
    std::vector<int> nodes_;  // interleaved over; empty: the local node
    std::size_t next_ = 0;
};

}  // namespace zonecalc
