// SPDX-License-Identifier: MIT
#include "cli/inputs.h"

#include <fmt/format.h>

#include <set>

#include "cli/output.h"
#include "input/library.h"

namespace zonecalc::cli {

namespace {

// --kernel, or what the board names, or the newest shipped one of its architecture.
Kernel choose_kernel(const InputOptions& options, const Board& board, std::vector<Note>& notes) {
    if (options.kernel) return load_kernel(*options.kernel);
    if (!board.kernel.empty()) return load_kernel(board.kernel, board.file);
    const std::string name = default_kernel(board.arch);
    notes.push_back({Note::Kind::assumption, "kernel-not-given",
                     fmt::format("the board names no kernel and neither does --kernel: {} is taken", name)});
    return load_kernel(name);
}

std::string choose_cmdline(const InputOptions& options, const Board& board) {
    std::string text = options.cmdline.value_or(board.cmdline);
    for (const std::string& more : options.append) {
        if (more.empty()) continue;
        if (!text.empty()) text += ' ';
        text += more;
    }
    return text;
}

}  // namespace

void add_strict(Syntax& syntax, bool& strict) {
    syntax.flag("--strict", strict, "exit with 3 rather than assume a value");
}

void add_inputs(Syntax& syntax, InputOptions& options) {
    syntax.argument("BOARD", options.board);
    syntax.group("Input");
    syntax.option("--kernel", "NAME|FILE", options.kernel, "profile to boot; default: the board's");
    syntax.option("--cmdline", "STR", options.cmdline, "command line, instead of the board's");
    syntax.option("--append", "STR", options.append, "add to the command line; repeatable");
    add_strict(syntax, options.strict);
}

bool complain_of_assumptions(const Layout& layout) {
    return complain_of_assumptions(layout.notes);
}

bool complain_of_assumptions(const std::vector<Note>& notes, std::string_view severity) {
    std::set<std::string> said;
    for (const Note& n : notes)
        if (n.kind == Note::Kind::assumption && said.insert(n.text).second)
            complain(severity, fmt::format("assumed: {} [{}]", n.text, n.id));
    return !said.empty();
}

bool complain_of_assumptions(const std::vector<std::string>& sentences) {
    std::set<std::string> said;
    for (const std::string& s : sentences)
        if (said.insert(s).second) complain("error", "assumed: " + s);
    return !said.empty();
}

Inputs inputs_of(Board board, const InputOptions& options) {
    Inputs in;
    in.board = std::move(board);
    in.kernel = choose_kernel(options, in.board, in.notes);
    if (in.kernel.arch != in.board.arch)
        throw InputError(fmt::format("{}: the board is {}, but kernel {} is {}", in.board.file, to_string(in.board.arch),
                                     in.kernel.profile, to_string(in.kernel.arch)));
    in.cmdline = parse_cmdline(choose_cmdline(options, in.board), in.kernel);
    return in;
}

Inputs load_inputs(const InputOptions& options) {
    return inputs_of(load_board(options.board), options);
}

}  // namespace zonecalc::cli
