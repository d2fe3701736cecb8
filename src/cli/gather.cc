// SPDX-License-Identifier: MIT
// zonecalc gather: the script that collects what import reads.
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "input/gathered.h"

namespace zonecalc::cli {

Action gather_command(Syntax& syntax) {
    const auto output = std::make_shared<std::optional<std::string>>();
    add_output(syntax, *output);
    syntax.footer("Example: zonecalc gather | ssh root@board sh >board.txt");
    return [output] {
        write_result(gather_script(), *output);
        return exit_ok;
    };
}

}  // namespace zonecalc::cli
