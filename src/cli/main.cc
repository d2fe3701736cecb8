// SPDX-License-Identifier: MIT
// One way in, one way out: exceptions end here and become an exit status.
#include <exception>

#include "cli/commands.h"
#include "cli/output.h"

namespace {

using namespace zonecalc;

int dispatch(int argc, char** argv) {
    const cli::CommandLine command_line = cli::parse_command_line(argc, argv);
    switch (command_line.command) {
        case cli::CommandLine::Command::run:
            return cli::run(command_line.run);
        case cli::CommandLine::Command::alloc:
            return cli::alloc_command(command_line.alloc);
        case cli::CommandLine::Command::slab:
            return cli::slab(command_line.slab);
        case cli::CommandLine::Command::import_board:
            return cli::import_command(command_line.import_board);
        case cli::CommandLine::Command::verify:
            return cli::verify_command(command_line.verify);
        case cli::CommandLine::Command::boards:
            return cli::boards();
        case cli::CommandLine::Command::kernels:
            return cli::kernels(command_line.kernels);
        case cli::CommandLine::Command::print:
            break;
    }
    cli::write_result(command_line.text, std::nullopt);
    return cli::exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return dispatch(argc, argv);
    } catch (const cli::UsageError& e) {
        cli::complain("error", e.what());
        return cli::exit_unusable;
    } catch (const InputError& e) {
        cli::complain(e);
        return cli::exit_unusable;
    } catch (const cli::OutputError& e) {
        if (!e.quiet()) cli::complain("error", e.what());
        return cli::exit_unusable;
    } catch (const std::exception& e) {
        cli::complain("internal error", e.what());
        return cli::exit_internal;
    }
}
