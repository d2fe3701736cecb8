// SPDX-License-Identifier: MIT
// The CPUs of a device tree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/dtb.h"

namespace zonecalc {

// Those that a kernel of `arch` counts, in its order: for_each_of_cpu_node() [4.20..7.1].
std::vector<const DtNode*> cpu_nodes(const DtTree& tree, Arch arch);

// Which kernel the CPUs of a tree are for, and the property that says so. 64-bit ARM CPUs can run 32-bit kernels as well.
struct DtbArch {
    Arch arch;
    std::string because;  // "cpu@0 is compatible with 'arm,cortex-a53'"
};
std::optional<DtbArch> arch_of(const DtTree& tree);

}  // namespace zonecalc
