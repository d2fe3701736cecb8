// SPDX-License-Identifier: MIT
// How large a machine a kernel of any config can be made for.
#pragma once

#include "zonecalc/types.h"

namespace zonecalc {

inline constexpr int most_cpus = 8192;   // the largest NR_CPUS
inline constexpr int most_nodes = 1024;  // MAX_NUMNODES with the largest NODES_SHIFT, 10
inline constexpr int highest_node = most_nodes - 1;

// Of physical memory. i386 has 36 bits with PAE and 52 in the page table format; arm 40 with LPAE. What a kernel without them
// cannot address it cuts itself.
constexpr unsigned physical_address_bits(Arch arch) {
    return arch == Arch::arm ? 40 : arch == Arch::riscv64 ? 56 : 52;
}

}  // namespace zonecalc
