// SPDX-License-Identifier: MIT
// What the tables of a board must hold to fit together.
#pragma once

#include <vector>

#include "input/source.h"
#include "zonecalc/board.h"

namespace zonecalc {

// Places that a Board does not keep.
struct BoardPlaces {
    struct Node {
        SourcePosition id, distance;
        std::vector<SourcePosition> distances, cpus;
        bool distance_whole = true;  // false: some values were reported already, so the length says nothing
    };
    std::vector<SourcePosition> memory_base;  // beside Board::memory
    std::vector<Node> nodes;                  // beside Board::nodes
    SourcePosition initrd, acpi;              // Board::initrd and acpi
    bool memory_given = false;
    bool e820_given = false;
};

void check_board(const Board& board, const BoardPlaces& places, Diagnostics& diagnostics);

}  // namespace zonecalc
