// SPDX-License-Identifier: MIT
// Which CPUs a node counts as its own (cpumask_of_node()), once all of them are up.
#pragma once

#include <vector>

#include "zonecalc/board.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

class NodeCpus {
public:
    NodeCpus(const Kernel& kernel, const Board& board, const Layout& layout);

    // The nodes that count the CPUs of firmware's node `nid` as theirs; the first is the one that these run on. Empty: the kernel
    // has no such node.
    std::vector<int> nodes_of(int nid) const;

private:
    struct Part {
        int node;
        int firmware;
    };
    std::vector<Part> parts_;  // by node
    bool emulated_ = false;
    bool known_before_emulation_;
};

}  // namespace zonecalc
