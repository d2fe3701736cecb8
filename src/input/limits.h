// SPDX-License-Identifier: MIT
// How large a machine a kernel of any config can be made for.
#pragma once

namespace zonecalc {

inline constexpr int most_cpus = 8192;   // the largest NR_CPUS
inline constexpr int most_nodes = 1024;  // MAX_NUMNODES with the largest NODES_SHIFT, 10
inline constexpr int highest_node = most_nodes - 1;

}  // namespace zonecalc
