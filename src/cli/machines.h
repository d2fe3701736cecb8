// SPDX-License-Identifier: MIT
// Several machines from one command line: every board with every kernel with every command line.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "cli/inputs.h"
#include "zonecalc/compare.h"

namespace zonecalc::cli {

struct MachineOptions {
    std::vector<std::string> boards;
    std::vector<std::string> kernels;
    std::vector<std::string> cmdlines;
    std::vector<std::string> appends;
};

// BOARD..., --cmdline, --append, --kernel
void add_machines(Syntax& syntax, MachineOptions& options);

struct Machine {
    std::string label;  // what tells it from the others
    Inputs in;
    Layout layout;
    Outcome outcome() const { return {in.board, in.kernel, in.cmdline, layout}; }
};

// In the order of the command line. `beside_own`: one board and one of anything else come after what the board has itself.
std::deque<Machine> machines_of(const MachineOptions& options, bool beside_own, Until until);

}  // namespace zonecalc::cli
