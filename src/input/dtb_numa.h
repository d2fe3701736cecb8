// SPDX-License-Identifier: MIT
// The nodes of a device tree.
#pragma once

#include <string>

#include "input/dtb.h"
#include "zonecalc/board.h"

namespace zonecalc {

// of_numa_init() [4.7..7.1]: nodes of the board's memory and CPUs, and their distances. If anything of that is wrong the kernel has
// one node, as the board has then; the answer tells what is wrong, and is empty otherwise.
std::string of_numa_init(const DtTree& tree, Board& board);

}  // namespace zonecalc
