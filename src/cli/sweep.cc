// SPDX-License-Identifier: MIT
// zonecalc sweep: a table over parameter values.
#include "sweep/sweep.h"

#include <thread>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/table_options.h"
#include "input/figure_text.h"
#include "report/sweep.h"

namespace zonecalc::cli {

namespace {

enum class SweepFormat { text, csv, json };

struct SweepOptions : InputOptions {
    std::vector<std::string> vary;
    std::vector<std::string> figures;
    std::optional<unsigned> jobs;
    SweepFormat format = SweepFormat::text;
    TableOptions table;
};

int sweep(const SweepOptions& options) {
    if (options.vary.empty()) throw UsageError("sweep: nothing varies; give --vary, as --vary kernelcore=10%..90%/10%");
    std::vector<Vary> varied;
    for (const std::string& v : options.vary) varied.push_back(parse_vary("--vary", v));
    std::vector<Figure> figures;
    for (const std::string& f : options.figures) figures.push_back(figure_of("--figure", f));
    check_table(options.table);
    if (options.table.raw && options.format != SweepFormat::text) throw UsageError("sweep: --raw goes with --format text");
    const Inputs in = load_inputs(options);

    Sweep result;
    {
        Progress progress(rows_of(varied));
        const unsigned jobs = options.jobs.value_or(std::max(1u, std::thread::hardware_concurrency()));
        result = run_sweep(in.board, in.kernel, in.cmdline, std::move(varied), figures, jobs,
                           [&progress](std::size_t done) { progress(done); });
    }
    if (options.strict) {
        result.assumed.insert(result.assumed.begin(), in.notes.begin(), in.notes.end());
        if (complain_of_assumptions(result.assumed)) return exit_assumed;
    }
    const TableOptions& table = options.table;
    write_result(options.format == SweepFormat::json || table.json ? sweep_json(result, in.kernel)
                 : options.format == SweepFormat::csv              ? sweep_csv(result, !table.noheadings)
                                                      : table_text(sweep_table(result, in.kernel, table.bytes), table, "sweep"),
                 table.output);
    return exit_ok;
}

}  // namespace

Action sweep_command(Syntax& syntax) {
    const auto options = std::make_shared<SweepOptions>();
    add_inputs(syntax, *options);
    syntax.option("--vary", "NAME=VALUES", options->vary, "A..B/STEP or A,B,C; repeatable: the product");
    syntax.option("--figure", "FIGURE", options->figures, "a column; repeatable; default: sizes of zones");
    syntax.option("-j,--jobs", "N", options->jobs, 1, 1024, "threads; default: one for each CPU");
    syntax.group("Output");
    syntax.choice<SweepFormat>("--format", options->format,
                               {{"text", SweepFormat::text}, {"csv", SweepFormat::csv}, {"json", SweepFormat::json}}, "report");
    add_table_shape(syntax, options->table, true);
    syntax.footer("Example: zonecalc sweep qemu-pc-4node-slit --vary kernelcore=10%..90%/10%");
    return [options] { return sweep(*options); };
}

}  // namespace zonecalc::cli
