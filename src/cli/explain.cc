// SPDX-License-Identifier: MIT
// zonecalc explain: the walk through the kernel's functions, with the values that each worked on and the reasons.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "kernel/source_words.h"
#include "report/walk.h"
#include "report/walk_tree.h"

namespace zonecalc::cli {

namespace {

enum class Format { text, json };

struct ExplainOptions : InputOptions {
    Until until = Until::slub;
    std::optional<std::string> step;
    Format format = Format::text;
    std::optional<std::string> output;
    Color color = Color::automatic;
};

// A function that the walk does not come past: one that this release calls otherwise, or does not have, or a slip of the finger.
[[noreturn]] void unknown_step(const std::string& step, const Kernel& kernel, const Walk& walk) {
    const std::vector<std::string_view> walked = functions_of(walk);
    std::string hint;
    const std::string_view renamed = function_name(kernel.version, latest_function_name(step));
    if (std::find(walked.begin(), walked.end(), renamed) != walked.end())
        hint = fmt::format("; {} calls it '{}'", kernel.release, renamed);
    else if (const std::string_view close = closest_match(step, walked); !close.empty())
        hint = fmt::format(" (did you mean '{}'?)", close);
    throw UsageError(fmt::format("--step: the walk does not come past {}{}", in_quotes(step), hint));
}

int explain(const ExplainOptions& options) {
    const auto [board, kernel, cmdline, notes] = load_inputs(options);

    Walk walk;
    Layout layout = bring_up(board, kernel, cmdline, options.until, &walk);
    layout.notes.insert(layout.notes.begin(), notes.begin(), notes.end());
    if (options.strict && complain_of_assumptions(layout)) return exit_assumed;
    if (options.step) {
        const std::vector<std::string_view> walked = functions_of(walk);
        if (std::find(walked.begin(), walked.end(), *options.step) == walked.end()) unknown_step(*options.step, kernel, walk);
    }

    const WalkOptions how{use_color(options.color, options.output), options.step};
    write_result(options.format == Format::json ? report_walk_json(board, kernel, cmdline, layout, walk, how)
                                                : report_walk_text(board, kernel, cmdline, layout, walk, how),
                 options.output);
    return exit_ok;
}

}  // namespace

Action explain_command(Syntax& syntax) {
    const auto options = std::make_shared<ExplainOptions>();
    add_inputs(syntax, *options);
    syntax.choice<Until>("--until", options->until,
                         {{"memblock", Until::memblock}, {"zones", Until::zones}, {"buddy", Until::buddy}, {"slub", Until::slub}},
                         "where to stop");
    syntax.option("--step", "FUNCTION", options->step, "only what happens in this function");
    syntax.group("Output");
    syntax.choice<Format>("--format", options->format, {{"text", Format::text}, {"json", Format::json}},
                          "for people, for programs");
    add_output(syntax, options->output);
    add_color(syntax, options->color);
    syntax.footer("Example: zonecalc explain qemu-pc-2node --step build_all_zonelists");
    return [options] { return explain(*options); };
}

}  // namespace zonecalc::cli
