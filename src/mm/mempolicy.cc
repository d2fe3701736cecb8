// SPDX-License-Identifier: MIT
// Without a node a request goes to that of the CPU it runs on. On NUMA kernels this holds until numa_policy_init() gives the first
// task a policy of its own: its pages come from all nodes with at least 16 MiB in turn (from the largest, if none has that much),
// so that what start-up allocates does not fill the boot node. Only when user space starts is that taken back; CPUs do not matter
// in between, since there is one.
//
// A bulk request is split: each node gives an equal part, the first ones a page more (5.16 and later; before, the local node gives
// all).
//
// Not modelled: interrupts, which see the default policy, and kernel threads that set their own.
// Read beside it: numa_policy_init(), interleave_nodes(), alloc_pages(), alloc_pages_bulk_array_interleave() in mm/mempolicy.c.
#include "mm/mempolicy.h"

#include <algorithm>

#include "mm/node_cpus.h"

namespace zonecalc {

namespace {

constexpr u64 least_bytes = u64{16} << 20;

}  // namespace

int boot_cpu_node(const Kernel& kernel, const Board& board, const Layout& layout) {
    const NodeCpus node_cpus(kernel, board, layout);
    for (const BoardNode& n : board.nodes) {
        if (!kernel.numa || std::ranges::find(n.cpus, 0u) == n.cpus.end()) continue;
        if (const std::vector<int> counted_by = node_cpus.nodes_of(n.id); !counted_by.empty()) return counted_by.front();
    }
    return layout.nodes.empty() || layout.node(0) ? 0 : layout.nodes.front().id;
}

InitTaskPolicy::InitTaskPolicy(const Kernel& kernel, const Board& board, const Layout& layout) : kernel_(kernel), layout_(layout) {
    local_ = boot_cpu_node(kernel, board, layout);
}

void InitTaskPolicy::numa_policy_init() {
    if (!kernel_.numa) return;
    const Node* largest = nullptr;
    nodes_.clear();
    for (const Node& n : layout_.nodes) {
        if (n.present == 0) continue;
        if (!largest || n.present > largest->present) largest = &n;
        if (n.present >= div_round_up(least_bytes, kernel_.page_size())) nodes_.push_back(n.id);
    }
    if (nodes_.empty() && largest) nodes_.push_back(largest->id);
    next_ = 0;
}

int InitTaskPolicy::interleave_nodes() {
    const int node = nodes_[next_];
    next_ = (next_ + 1) % nodes_.size();
    return node;
}

int InitTaskPolicy::node_for(bool thisnode) {
    return nodes_.empty() || thisnode ? local_ : interleave_nodes();
}

std::vector<InitTaskPolicy::Share> InitTaskPolicy::shares_of(u64 pages, bool thisnode) {
    if (nodes_.empty() || thisnode || !kernel_.behaviours.bulk_by_policy) return {{local_, pages}};
    std::vector<Share> shares;
    const u64 each = pages / nodes_.size();
    const u64 more = pages % nodes_.size();
    for (u64 i = 0; i < nodes_.size(); ++i) shares.push_back({interleave_nodes(), each + (i < more)});
    return shares;
}

AllocatedPages InitTaskPolicy::alloc_pages(PageAllocator& allocator, unsigned order, u64 gfp, std::optional<int> node) {
    return allocator.alloc_pages(order, gfp, node ? *node : node_for(decode_gfp(kernel_, gfp).thisnode));
}

AllocatedPages InitTaskPolicy::alloc_pages_bulk(PageAllocator& allocator, u64 gfp, std::optional<int> node, u64 count) {
    if (node) return allocator.alloc_pages_bulk(gfp, *node, count);
    AllocatedPages all;
    for (const Share& share : shares_of(count, decode_gfp(kernel_, gfp).thisnode)) {
        if (share.pages == 0) continue;
        AllocatedPages more = allocator.alloc_pages_bulk(gfp, share.node, share.pages);
        more.pfns.insert(more.pfns.begin(), all.pfns.begin(), all.pfns.end());
        if (all.zone) more.zone = all.zone;
        all = std::move(more);
    }
    return all;
}

}  // namespace zonecalc
