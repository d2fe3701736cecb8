// SPDX-License-Identifier: MIT
// The same board with many command lines.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "figures/figure.h"
#include "sweep/vary.h"

namespace zonecalc {

struct SweepColumn {
    std::string name;  // "node:0.zone:Movable.present"
    Figure figure;
};

struct SweepRow {
    std::vector<std::optional<std::string>> parameters;  // one for each Vary; none: left out
    std::vector<FigureValue> figures;                    // one for each column
    bool panic = false;
};

struct Sweep {
    std::vector<Vary> varied;
    std::vector<SweepColumn> columns;
    std::vector<SweepRow> rows;  // the product, the last parameter fastest
    std::vector<Note> assumed;   // in any row, each text once
};

// How many rows there will be. Throws InputError for more than most_values.
std::size_t rows_of(const std::vector<Vary>& varied);

// `figures` empty: the present pages of every zone, and Movable's in every node. A figure of each node becomes a column for each
// node that has memory. `progress` is told how many rows are done, now and then. `jobs` threads.
Sweep run_sweep(const Board& board, const Kernel& kernel, const Cmdline& cmdline, std::vector<Vary> varied,
                const std::vector<Figure>& figures, unsigned jobs, const std::function<void(std::size_t)>& progress);

// How far the kernel must be followed for these figures.
Until needed_for(const std::vector<Figure>& figures);

}  // namespace zonecalc
