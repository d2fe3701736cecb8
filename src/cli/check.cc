// SPDX-License-Identifier: MIT
// zonecalc check: what boards are expected to be, for every command line and kernel of their matrix. Boards are brought up side by
// side; the report is in the order of the command line.
#include "report/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/finding_options.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "input/expect_toml.h"
#include "input/library.h"
#include "report/paint.h"

namespace zonecalc::cli {

namespace {

enum class CheckFormat { text, json, tap, junit, github };

struct CheckOptions : InputOptions {
    std::vector<std::string> boards;
    std::optional<std::string> expect;
    std::optional<unsigned> jobs;
    CheckFormat format = CheckFormat::text;
    bool verbose = false;
    FindingChoice findings;
    std::optional<std::string> output;
    Color color = Color::automatic;
};

struct PlannedRun {
    std::string entry;  // of the matrix
    std::string label;
    InputOptions inputs;
};

// Where the list is empty, `given` stands for it.
std::vector<std::optional<std::string>> choices(const std::vector<std::string>& list, const std::optional<std::string>& given) {
    if (list.empty()) return {given};
    return {list.begin(), list.end()};
}

std::vector<PlannedRun> plan(const std::vector<MatrixEntry>& matrix, const InputOptions& options) {
    if (matrix.empty()) return {{{}, {}, options}};
    std::vector<PlannedRun> runs;
    for (const MatrixEntry& m : matrix)
        for (const auto& kernel : choices(m.kernels, options.kernel))
            for (const auto& cmdline : choices(m.cmdlines, options.cmdline))
                for (const auto& append : choices(m.appends, std::nullopt)) {
                    PlannedRun run{m.name, m.name, options};
                    run.inputs.kernel = kernel;
                    run.inputs.cmdline = cmdline;
                    if (append) run.inputs.append.push_back(*append);
                    const auto label = [&run](bool varied, const std::optional<std::string>& value) {
                        if (varied) run.label += (run.label.empty() ? "" : ", ") + value.value_or("");
                    };
                    label(m.kernels.size() > 1 || (m.name.empty() && !m.kernels.empty()), kernel);
                    label(m.cmdlines.size() > 1 || (m.name.empty() && !m.cmdlines.empty()), cmdline);
                    label(m.appends.size() > 1 || (m.name.empty() && !m.appends.empty()), append);
                    runs.push_back(std::move(run));
                }
    return runs;
}

bool concerns(const Expectation& e, const PlannedRun& run) {
    return e.runs.empty() || std::find(e.runs.begin(), e.runs.end(), run.entry) != e.runs.end();
}

// What -W makes an error is expected not to be there.
void add_findings_to(CheckedRun& checked, const FindingChoice& choice) {
    if (!choice.any_errors()) return;
    bool any = false;
    for (const Note& n : checked.notes) {
        if (!choice.is_error(n)) continue;
        any = true;
        checked.results.push_back({false, "findings:" + n.id + " = 0", n.text, {}, {}, {}});
    }
    if (!any) checked.results.push_back({true, "no finding that is an error", "none", {}, {}, {}});
}

// Why some of it does not hold: by what differs from the board as it is, else by a word of the command line. All machines are
// looked at with all findings, whatever -W hides.
void find_reasons(std::vector<Evaluated>& evaluated, const Inputs& in) {
    if (std::ranges::all_of(evaluated,
                            [](const Evaluated& e) { return std::ranges::all_of(e.results, &ExpectationResult::holds); }))
        return;
    const Layout layout = bring_up(in.board, in.kernel, in.cmdline);
    const Outcome here{in.board, in.kernel, in.cmdline, layout};
    const auto beside = [&](const Kernel& kernel, const Cmdline& cmdline) {
        const Layout other = bring_up(in.board, kernel, cmdline);
        add_reasons(evaluated, {in.board, kernel, cmdline, other}, here);
    };
    try {
        const Inputs own = inputs_of(in.board, {});
        if (own.kernel.profile != in.kernel.profile || own.cmdline.text != in.cmdline.text) beside(own.kernel, own.cmdline);
    } catch (const InputError&) {
        // The board's own kernel is of no use, which is why it was given another.
    }
    beside(in.kernel, parse_cmdline("", in.kernel));
}

CheckedRun check_run(const Board& board, const std::string& file, const std::vector<Expectation>& expectations,
                     const PlannedRun& run, const FindingChoice& choice, std::vector<Note>& assumed) {
    CheckedRun checked;
    checked.label = run.label;
    const Inputs in = inputs_of(board, run.inputs);
    checked.kernel = in.kernel.profile;
    checked.cmdline = in.cmdline.text;
    Layout layout = bring_up(in.board, in.kernel, in.cmdline);
    choice.apply(in.board, in.kernel, in.cmdline, layout);
    assumed.insert(assumed.end(), in.notes.begin(), in.notes.end());
    assumed.insert(assumed.end(), layout.notes.begin(), layout.notes.end());
    const Outcome outcome{in.board, in.kernel, in.cmdline, layout};
    std::vector<Evaluated> evaluated;
    for (const Expectation& e : expectations) {
        if (!concerns(e, run)) continue;
        try {
            evaluated.push_back({e, evaluate(e, outcome)});
        } catch (const InputError& error) {
            // The request's own text is part of the file.
            const std::string why = error.diagnostics().empty() ? error.what() : error.diagnostics().front().message;
            throw InputError({{Severity::error, file, e.position, fmt::format("alloc {}: {}", in_quotes(e.alloc), why), {}, 0}});
        }
    }
    find_reasons(evaluated, in);
    for (Evaluated& e : evaluated)
        for (ExpectationResult& r : e.results) checked.results.push_back(std::move(r));
    for (const Note& n : in.notes) checked.remarks.push_back(fmt::format("{} [{}]", n.text, n.id));
    for (std::string& remark : remarks_on(layout)) checked.remarks.push_back(std::move(remark));
    checked.notes = in.notes;
    checked.notes.insert(checked.notes.end(), layout.notes.begin(), layout.notes.end());
    add_findings_to(checked, choice);
    return checked;
}

struct Checked {
    CheckedBoard board;
    std::optional<InputError> error;
    std::vector<Note> notes;  // of all runs
};

Checked check_board(const std::string& name, const CheckOptions& options, const Expectations* own, const std::string& own_file) {
    Checked out;
    out.board.board = out.board.file = name;
    try {
        const Board board = load_board(name);
        out.board.file = own ? own_file : board.file;
        const std::vector<Expectation>& expectations = own ? own->expect : board.expect;
        for (const PlannedRun& run : plan(own ? own->matrix : board.matrix, options))
            out.board.runs.push_back(check_run(board, out.board.file, expectations, run, options.findings, out.notes));
    } catch (const InputError& e) {
        out.error = e;
        out.board.unusable = e.diagnostics().empty() ? e.what() : e.diagnostics().front().message;
        out.board.runs.clear();
    }
    return out;
}

std::vector<Checked> check_all(const CheckOptions& options, const Expectations* own, const std::string& own_file) {
    std::vector<Checked> out(options.boards.size());
    std::atomic<std::size_t> next = 0;
    std::exception_ptr broken;
    std::atomic_flag caught;
    const auto work = [&] {
        for (std::size_t i = next++; i < out.size(); i = next++) {
            try {
                out[i] = check_board(options.boards[i], options, own, own_file);
            } catch (...) {
                if (!caught.test_and_set()) broken = std::current_exception();
            }
        }
    };
    const std::size_t jobs =
        std::min<std::size_t>(options.jobs.value_or(std::max(1u, std::thread::hardware_concurrency())), out.size());
    std::vector<std::thread> helpers;
    for (std::size_t i = 1; i < jobs; ++i) helpers.emplace_back(work);
    work();
    for (std::thread& t : helpers) t.join();
    if (broken) std::rethrow_exception(broken);
    return out;
}

std::string report(const CheckOptions& options, const std::vector<CheckedBoard>& boards) {
    switch (options.format) {
        case CheckFormat::json:
            return check_json(boards);
        case CheckFormat::tap:
            return report_tap(check_suites(boards));
        case CheckFormat::junit:
            return report_junit("zonecalc check", check_suites(boards));
        case CheckFormat::github:
            return report_github(check_suites(boards));
        case CheckFormat::text:
            break;
    }
    std::string text = check_text(boards, options.verbose);
    return use_color(options.color, options.output) ? painted(text) : text;
}

int check(const CheckOptions& options) {
    std::optional<Expectations> own;
    if (options.expect) own = parse_expectations(read_source(*options.expect));

    std::vector<CheckedBoard> boards;
    bool unusable = false;
    std::size_t failed = 0, evaluated = 0;
    std::vector<Note> notes;
    for (Checked& c : check_all(options, own ? &*own : nullptr, options.expect.value_or(""))) {
        if (c.error) {
            if (options.boards.size() == 1) throw InputError(*c.error);
            complain(*c.error);
            unusable = true;
        }
        failed += c.board.count(false);
        evaluated += c.board.count(false) + c.board.count(true);
        notes.insert(notes.end(), c.notes.begin(), c.notes.end());
        boards.push_back(std::move(c.board));
    }
    if (options.strict && !unusable && complain_of_assumptions(notes)) return exit_assumed;
    if (evaluated == 0 && !unusable)
        throw InputError("nothing is expected: the boards have no [[expect]]; give one with --expect FILE");
    write_result(report(options, boards), options.output);
    return unusable ? exit_unusable : failed ? exit_differs : exit_ok;
}

}  // namespace

Action check_command(Syntax& syntax) {
    const auto options = std::make_shared<CheckOptions>();
    syntax.arguments("BOARD", options->boards);
    syntax.group("Input");
    syntax.option("--expect", "FILE", options->expect, "expectations, instead of the boards'");
    syntax.option("--kernel", "NAME|FILE", options->kernel, "profile to boot; default: the board's");
    syntax.option("--cmdline", "STR", options->cmdline, "command line, instead of the board's");
    syntax.option("--append", "STR", options->append, "add to the command line; repeatable");
    add_finding_option(syntax, options->findings);
    syntax.option("-j,--jobs", "N", options->jobs, 1, 1024, "boards at a time; default: one for each CPU");
    add_strict(syntax, options->strict);
    syntax.group("Output");
    syntax.choice<CheckFormat>("--format", options->format,
                               {{"text", CheckFormat::text},
                                {"json", CheckFormat::json},
                                {"tap", CheckFormat::tap},
                                {"junit", CheckFormat::junit},
                                {"github", CheckFormat::github}},
                               "report");
    add_output(syntax, options->output);
    syntax.flag("-v,--verbose", options->verbose, "list what holds as well");
    add_color(syntax, options->color);
    syntax.footer("Example: zonecalc check boards/*.toml --format junit -o check.xml");
    return [options] { return check(*options); };
}

}  // namespace zonecalc::cli
