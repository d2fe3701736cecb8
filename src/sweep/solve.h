// SPDX-License-Identifier: MIT
// The value of a parameter that reaches a goal.
#pragma once

#include <string>
#include <vector>

#include "figures/figure.h"
#include "sweep/vary.h"

namespace zonecalc {

struct Solution {
    std::string parameter;
    std::vector<std::pair<std::string, std::string>> reached;  // values, from and to, both inclusive, in ascending order
    std::size_t tried = 0;
    // Of the value that comes closest, where none reaches the goal.
    std::string closest;
    std::vector<std::string> missed;  // "node:*.zone:Movable.present >= 8GiB: node 0: 4 GiB"
    std::vector<std::string> remarks;
    std::vector<Note> assumed;  // in any trial
};

// A size from `begin` to `end` in steps: coarse first, then the edges of what reaches the goal are narrowed down to a step. Between
// two tried values that agree all others are taken to agree as well.
struct SizeRange {
    u64 begin = 0, end = 0, step = 0;  // bytes
};
Solution solve_size(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const std::string& parameter,
                    const SizeRange& range, const std::vector<Condition>& goals);

// One of a list, each tried.
Solution solve_list(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Vary& vary,
                    const std::vector<Condition>& goals);
// Words added to the command line, each tried.
Solution solve_candidates(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const std::vector<std::string>& words,
                          const std::vector<Condition>& goals);

// Where a parameter is searched if nobody says: from one step to all memory, in steps of the largest block.
SizeRange default_range(const Board& board, const Kernel& kernel, const Cmdline& cmdline);

}  // namespace zonecalc
