// SPDX-License-Identifier: MIT
// zonecalc completions: scripts for shells, made of the syntax that the other files here declare.
#include "report/completions.h"

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"

namespace zonecalc::cli {

namespace {

std::string script(const std::string& shell) {
    const std::vector<CommandSyntax> commands = described_commands();
    if (shell == "zsh") return zsh_completions(commands);
    if (shell == "fish") return fish_completions(commands);
    return bash_completions(commands);
}

}  // namespace

Action completions_command(Syntax& syntax) {
    const auto shell = std::make_shared<std::string>();
    const auto output = std::make_shared<std::optional<std::string>>();
    syntax.argument("SHELL", *shell, {"bash", "zsh", "fish"});
    add_output(syntax, *output);
    syntax.footer("Example: eval \"$(zonecalc completions bash)\"");
    return [shell, output] {
        write_result(script(*shell), *output);
        return exit_ok;
    };
}

}  // namespace zonecalc::cli
