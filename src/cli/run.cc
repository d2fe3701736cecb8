// SPDX-License-Identifier: MIT
// zonecalc run: what Linux makes of a board.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "input/library.h"
#include "report/report.h"

namespace zonecalc::cli {

namespace {

// --kernel, or what the board names, or the newest shipped one of its architecture.
Kernel choose_kernel(const RunOptions& options, const Board& board, std::vector<Note>& notes) {
    if (options.kernel) return load_kernel(*options.kernel);
    if (!board.kernel.empty()) return load_kernel(board.kernel, board.file);
    const std::string name = default_kernel(board.arch);
    notes.push_back({Note::Kind::assumption, "kernel-not-given",
                     fmt::format("the board names no kernel and neither does --kernel: {} is taken", name)});
    return load_kernel(name);
}

std::string choose_cmdline(const RunOptions& options, const Board& board) {
    std::string text = options.cmdline.value_or(board.cmdline);
    for (const std::string& more : options.append) {
        if (more.empty()) continue;
        if (!text.empty()) text += ' ';
        text += more;
    }
    return text;
}

std::string report(const RunOptions& options, Until until, const Board& board, const Kernel& kernel, const Cmdline& cmdline,
                   const Layout& layout) {
    switch (options.format) {
        case Format::dmesg:
            return report_dmesg(kernel, layout, until);
        case Format::json:
            return report_json(board, kernel, cmdline, layout, until);
        case Format::text:
            break;
    }
    return report_text(board, kernel, cmdline, layout, {use_color(options.color, options.output), options.bytes, until});
}

}  // namespace

int run(const RunOptions& options) {
    const Board board = load_board(options.board);
    std::vector<Note> notes;
    const Kernel kernel = choose_kernel(options, board, notes);
    if (kernel.arch != board.arch)
        throw InputError(fmt::format("{}: the board is {}, but kernel {} is {}", board.file, to_string(board.arch), kernel.profile,
                                     to_string(kernel.arch)));
    const Cmdline cmdline = parse_cmdline(choose_cmdline(options, board), kernel);

    // Free lists of a board that does not say what is reserved would be a guess: they are made when asked for.
    const Until until = options.until.value_or(board.reserved.empty() ? Until::zones : Until::buddy);
    Layout layout = bring_up(board, kernel, cmdline, until);
    layout.notes.insert(layout.notes.begin(), notes.begin(), notes.end());

    if (options.strict) {
        bool assumed = false;
        for (const Note& n : layout.notes) {
            if (n.kind != Note::Kind::assumption) continue;
            assumed = true;
            complain("error", fmt::format("assumed: {} [{}]", n.text, n.id));
        }
        if (assumed) return exit_assumed;
    }

    write_result(report(options, until, board, kernel, cmdline, layout), options.output);
    // The boot log of such a kernel ends without a word that could be foretold.
    if (options.format == Format::dmesg && layout.panic) complain("note", "this kernel does not come up: " + *layout.panic);
    return exit_ok;
}

}  // namespace zonecalc::cli
