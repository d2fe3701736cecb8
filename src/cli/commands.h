// SPDX-License-Identifier: MIT
// The commands, one file each: what can be said to it, and what it does.
#pragma once

#include <span>
#include <string>

#include "cli/syntax.h"

namespace zonecalc::cli {

Action run_command(Syntax& syntax);
Action explain_command(Syntax& syntax);
Action alloc_command(Syntax& syntax);
Action slab_command(Syntax& syntax);
Action check_command(Syntax& syntax);
Action compare_command(Syntax& syntax);
Action map_command(Syntax& syntax);
Action sweep_command(Syntax& syntax);
Action solve_command(Syntax& syntax);
Action import_command(Syntax& syntax);
Action gather_command(Syntax& syntax);
Action verify_command(Syntax& syntax);
Action boards_command(Syntax& syntax);
Action kernels_command(Syntax& syntax);
Action completions_command(Syntax& syntax);

struct Command {
    std::string name;
    std::string description;  // the first line stands in the list of commands
    Action (*declare)(Syntax&);
};

// In the order of the help.
std::span<const Command> commands();

}  // namespace zonecalc::cli
