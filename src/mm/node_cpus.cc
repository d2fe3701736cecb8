// SPDX-License-Identifier: MIT
// Firmware says which node a CPU is on. With numa=fake= that node may have become several, and the CPU counts as one of each
// (numa_add_cpu()), so that each makes its per-CPU lists as small as the whole node would. It runs on the first of them
// (numa_emu_update_cpu_to_node()), or on node 0 if its node had no memory to be cut up. That is so on x86, which reads its SRAT
// before it emulates; arm64 and riscv learn of CPUs afterwards and take firmware's number for an emulated node's. Before 4.19 an
// emulated node counts as firmware's node of the same number, whatever it was cut out of.
//
// A layout does not say how its nodes came to be: one is taken to be a part of the node that firmware gives its memory to. Not
// modelled: numa=fake= where the kernel does not use firmware's nodes although the board has some.
//
// Read beside it: mm/numa_emulation.c (arch/x86/mm/numa_emulation.c before 6.12), early_map_cpu_to_node() in
// drivers/base/arch_numa.c.
#include "mm/node_cpus.h"

#include <algorithm>

namespace zonecalc {

namespace {

std::optional<int> firmware_node(const Board& board, PhysAddr at) {
    for (const SratRange& r : board.srat)
        if (at >= r.base && at - r.base < r.size) return r.node;
    for (const MemoryBank& b : board.memory)
        if (at >= b.base && at - b.base < b.size) return b.node;
    return std::nullopt;
}

}  // namespace

NodeCpus::NodeCpus(const Kernel& kernel, const Board& board, const Layout& layout) : known_before_emulation_(is_x86(kernel.arch)) {
    for (const Node& n : layout.nodes) {
        const bool by_memory = kernel.behaviours.numa_fake_uniform && !n.range.empty();
        const int firmware = by_memory ? firmware_node(board, n.range.begin << kernel.page_shift).value_or(n.id) : n.id;
        parts_.push_back({n.id, firmware});
        emulated_ = emulated_ || firmware != n.id;
    }
}

std::vector<int> NodeCpus::nodes_of(int nid) const {
    auto home = std::ranges::find(parts_, nid, known_before_emulation_ ? &Part::firmware : &Part::node);
    if (home == parts_.end() && emulated_) home = parts_.begin();
    if (home == parts_.end()) return {};
    std::vector<int> nodes{home->node};
    for (const Part& p : parts_)
        if (p.firmware == home->firmware && p.node != home->node) nodes.push_back(p.node);
    return nodes;
}

}  // namespace zonecalc
