// SPDX-License-Identifier: MIT
// What the user asked for. The only header between the command-line library and the commands.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/alloc.h"
#include "cli/import.h"
#include "cli/inputs.h"
#include "cli/slab.h"
#include "cli/verify.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc::cli {

// documented in zonecalc(1)
enum ExitStatus : int {
    exit_ok = 0,
    exit_differs = 1,   // verify
    exit_unusable = 2,  // usage, input, or output that cannot be written
    exit_assumed = 3,   // --strict
    exit_internal = 4,
};

enum class Format { text, dmesg, json };
enum class Color { automatic, always, never };

struct RunOptions : InputOptions {
    Until until = Until::slub;
    Format format = Format::text;
    std::optional<std::string> output;
    bool bytes = false;
    Color color = Color::automatic;
    bool strict = false;
};

struct KernelsOptions {
    bool behaviours = false;
};

struct CommandLine {
    enum class Command { print, run, alloc, slab, import_board, verify, boards, kernels };
    Command command = Command::print;
    std::string text;  // print: help or version
    RunOptions run;
    AllocOptions alloc;
    SlabOptions slab;
    ImportOptions import_board;
    VerifyOptions verify;
    KernelsOptions kernels;
};

// Wrong usage; the message may have several lines.
class UsageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace zonecalc::cli
