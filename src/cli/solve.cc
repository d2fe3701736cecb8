// SPDX-License-Identifier: MIT
// zonecalc solve: the parameter value that reaches a goal.
#include "sweep/solve.h"

#include <algorithm>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "input/figure_text.h"
#include "report/sweep.h"

namespace zonecalc::cli {

namespace {

enum class SolveFormat { text, json };

struct SolveOptions : InputOptions {
    std::vector<std::string> want;
    std::vector<std::string> vary;
    std::vector<std::string> candidates;
    SolveFormat format = SolveFormat::text;
    std::optional<std::string> output;
};

// "kernelcore" alone is searched over all sizes.
bool searched(const std::string& vary) {
    if (vary.find('=') != std::string::npos) return false;
    constexpr std::string_view sizes[] = {"kernelcore",  "movablecore", "mem",     "cma",
                                          "crashkernel", "hugetlb_cma", "vmalloc", "highmem"};
    return std::any_of(std::begin(sizes), std::end(sizes), [&](std::string_view s) { return parameq(vary, s); });
}

int solve(const SolveOptions& options) {
    if (options.want.empty()) throw UsageError("solve: there is no goal; give --want, as --want 'movable >= 50%'");
    if (!options.vary.empty() && !options.candidates.empty()) throw UsageError("solve: give --vary or --candidate, not both");
    std::vector<Condition> goals;
    for (const std::string& w : options.want) goals.push_back(condition_of("--want", w));
    const Inputs in = load_inputs(options);

    std::vector<Solution> solutions;
    const SizeRange range = default_range(in.board, in.kernel, in.cmdline);
    const auto search = [&](const std::string& name) {
        solutions.push_back(solve_size(in.board, in.kernel, in.cmdline, name, range, goals));
    };
    if (!options.candidates.empty()) {
        solutions.push_back(solve_candidates(in.board, in.kernel, in.cmdline, options.candidates, goals));
    } else if (options.vary.empty()) {
        search("kernelcore");
        search("movablecore");
    }
    for (const std::string& v : options.vary) {
        if (searched(v))
            search(v);
        else
            solutions.push_back(solve_list(in.board, in.kernel, in.cmdline, parse_vary("--vary", v), goals));
    }
    if (options.strict) {
        std::vector<Note> notes = in.notes;
        for (const Solution& s : solutions) notes.insert(notes.end(), s.assumed.begin(), s.assumed.end());
        if (complain_of_assumptions(notes)) return exit_assumed;
    }
    write_result(options.format == SolveFormat::json ? solve_json(solutions) : solve_text(solutions), options.output);
    const bool any = std::any_of(solutions.begin(), solutions.end(), [](const Solution& s) { return !s.reached.empty(); });
    return any ? exit_ok : exit_differs;
}

}  // namespace

Action solve_command(Syntax& syntax) {
    const auto options = std::make_shared<SolveOptions>();
    add_inputs(syntax, *options);
    syntax.option("--want", "CONDITION", options->want, "the goal, as 'movable >= 50%'; repeatable: all");
    syntax.option("--vary", "NAME[=VALUES]", options->vary, "what to try; default: kernelcore, movablecore");
    syntax.option("--candidate", "STR", options->candidates, "words to add instead; repeatable");
    syntax.group("Output");
    syntax.choice<SolveFormat>("--format", options->format, {{"text", SolveFormat::text}, {"json", SolveFormat::json}}, "report");
    add_output(syntax, options->output);
    syntax.footer(
        "Exit status: 0 reached, 1 nothing reaches the goal.\n"
        "Example: zonecalc solve qemu-pc-2node --vary movablecore --want 'movable >= 50%'");
    return [options] { return solve(*options); };
}

}  // namespace zonecalc::cli
