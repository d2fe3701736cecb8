// SPDX-License-Identifier: MIT
// From a device tree to the board it describes, as a kernel of a given release reads it.
#pragma once

#include <string>
#include <vector>

#include "input/dtb.h"
#include "zonecalc/board.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

struct DtbBoard {
    Board board;                       // without memory where the boot loader was still to add it; `kernel` is left empty
    std::vector<std::string> assumed;  // sentences: what a blob does not say, and what of it no kernel takes
};

DtbBoard board_from_dtb(const DtTree& tree, const Kernel& kernel);

// What the device tree adds to the board that a boot log of the same machine gave.
void add_device_tree(Board& from_log, const Board& from_dtb);

}  // namespace zonecalc
