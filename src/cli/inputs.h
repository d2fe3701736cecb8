// SPDX-License-Identifier: MIT
// What every command that brings a machine up starts from: a board, a kernel, a command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/syntax.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc::cli {

struct InputOptions {
    std::string board;
    std::optional<std::string> kernel;
    std::optional<std::string> cmdline;
    std::vector<std::string> append;
    bool strict = false;
};

// --strict
void add_strict(Syntax& syntax, bool& strict);

// BOARD, --kernel, --cmdline, --append, --strict
void add_inputs(Syntax& syntax, InputOptions& options);

// --strict: says what had to be assumed, if anything had to, each thing once. Sentences are what is assumed of logs.
bool complain_of_assumptions(const Layout& layout);
bool complain_of_assumptions(const std::vector<Note>& notes, std::string_view severity = "error");
bool complain_of_assumptions(const std::vector<std::string>& sentences);

struct Inputs {
    Board board;
    Kernel kernel;
    Cmdline cmdline;
    std::vector<Note> notes;  // what had to be assumed on the way
};

// --kernel, or what the board names, or the newest shipped one of its architecture; --cmdline or the board's, and what --append
// adds.
Inputs load_inputs(const InputOptions& options);
// The same for a board that has been read already; options.board is not looked at.
Inputs inputs_of(Board board, const InputOptions& options);

}  // namespace zonecalc::cli
