// SPDX-License-Identifier: MIT
// zonecalc run: what Linux makes of a board.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "report/report.h"

namespace zonecalc::cli {

namespace {

std::string report(const RunOptions& options, const Board& board, const Kernel& kernel, const Cmdline& cmdline,
                   const Layout& layout) {
    switch (options.format) {
        case Format::dmesg:
            return report_dmesg(kernel, layout, options.until);
        case Format::json:
            return report_json(board, kernel, cmdline, layout, options.until);
        case Format::text:
            break;
    }
    return report_text(board, kernel, cmdline, layout, {use_color(options.color, options.output), options.bytes, options.until});
}

}  // namespace

int run(const RunOptions& options) {
    const auto [board, kernel, cmdline, notes] = load_inputs(options);

    Layout layout = bring_up(board, kernel, cmdline, options.until);
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

    write_result(report(options, board, kernel, cmdline, layout), options.output);
    // The boot log of such a kernel ends without a word that could be foretold.
    if (options.format == Format::dmesg && layout.panic) complain("note", "this kernel does not come up: " + *layout.panic);
    return exit_ok;
}

}  // namespace zonecalc::cli
