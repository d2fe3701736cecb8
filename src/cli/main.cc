// SPDX-License-Identifier: MIT
// One way in, one way out: exceptions end here and become an exit status.
#include <exception>

#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/syntax.h"

using namespace zonecalc;

int main(int argc, char** argv) {
    try {
        return cli::parse_command_line(argc, argv)();
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
