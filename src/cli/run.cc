// SPDX-License-Identifier: MIT
// zonecalc run: what Linux makes of a board.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/finding_options.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/table_options.h"
#include "input/source.h"
#include "report/buddy_views.h"
#include "report/format.h"
#include "report/report.h"
#include "report/slab_views.h"
#include "report/zones.h"

namespace zonecalc::cli {

namespace {

enum class Format { text, dmesg, json, zones, buddyinfo, pagetypeinfo, slabinfo };

struct RunOptions : InputOptions {
    Until until = Until::slub;
    std::optional<Format> format;
    TableOptions table;
    bool all = false;
    Color color = Color::automatic;
    FindingChoice findings;
};

// Which free lists the /proc views show.
FreeListMoment moment(const RunOptions& options, const Layout& layout) {
    if (layout.panic) throw InputError("this kernel does not come up: " + *layout.panic);
    if (options.until < Until::buddy) throw UsageError("free lists are made by --until buddy or slub");
    if (!has_free_lists(layout))
        throw InputError("the board does not say what is reserved, so that free lists would be a guess: --until buddy makes it");
    return options.until == Until::buddy ? FreeListMoment::hand_over : FreeListMoment::started;
}

std::string slabinfo(const RunOptions& options, const Layout& layout) {
    if (options.until != Until::slub) throw UsageError("slabs are made by --until slub");
    if (layout.panic) throw InputError("this kernel does not come up: " + *layout.panic);
    if (!layout.slub) throw InputError("this kernel has no SLUB");
    if (!layout.slub->panic.empty()) throw InputError("this kernel does not come up: " + layout.slub->panic);
    if (layout.slub->use.empty()) throw InputError("the board does not say what is reserved, so that slabs would be a guess");
    return report_slabinfo(*layout.slub);
}

std::string report(const RunOptions& options, const Board& board, const Kernel& kernel, const Cmdline& cmdline,
                   const Layout& layout) {
    switch (*options.format) {
        case Format::dmesg:
            return report_dmesg(kernel, layout, options.until);
        case Format::json:
            return report_json(board, kernel, cmdline, layout, options.until);
        case Format::zones: {
            Table table = zones_table(kernel, layout, options.table.bytes);
            choose_columns(table, options.table);
            return table_text(table, options.table, "zones");
        }
        case Format::buddyinfo:
            return report_buddyinfo(kernel, layout, moment(options, layout));
        case Format::pagetypeinfo:
            return report_pagetypeinfo(kernel, layout, moment(options, layout));
        case Format::slabinfo:
            return slabinfo(options, layout);
        case Format::text:
            break;
    }
    return report_text(board, kernel, cmdline, layout,
                       {use_color(options.color, options.table.output), options.table.bytes, options.all, options.until});
}

int run(RunOptions options) {
    const bool as_table = options.table.columns || options.table.noheadings || options.table.raw;
    if (!options.format) options.format = as_table ? Format::zones : options.table.json ? Format::json : Format::text;
    if (as_table && options.format != Format::zones) throw UsageError("--columns, --noheadings and --raw go with --format zones");
    if (options.table.json && options.format != Format::zones && options.format != Format::json)
        throw UsageError("--json goes with --format zones, or stands for --format json");
    const auto [board, kernel, cmdline, notes] = load_inputs(options);

    Layout layout = bring_up(board, kernel, cmdline, options.until);
    layout.notes.insert(layout.notes.begin(), notes.begin(), notes.end());
    options.findings.apply(board, kernel, cmdline, layout);

    if (options.strict && complain_of_assumptions(layout)) return exit_assumed;

    write_result(report(options, board, kernel, cmdline, layout), options.table.output);
    // The boot log of such a kernel ends without a word that could be foretold.
    if (options.format == Format::dmesg && layout.panic) complain("note", "this kernel does not come up: " + *layout.panic);
    bool failed = false;
    for (const Note& n : layout.notes) {
        if (!options.findings.is_error(n)) continue;
        failed = true;
        complain("error", fmt::format("{} [{}]", printable(n.text), n.id));
    }
    return failed ? exit_differs : exit_ok;
}

}  // namespace

Action run_command(Syntax& syntax) {
    const auto options = std::make_shared<RunOptions>();
    add_inputs(syntax, *options);
    syntax.choice<Until>("--until", options->until,
                         {{"memblock", Until::memblock}, {"zones", Until::zones}, {"buddy", Until::buddy}, {"slub", Until::slub}},
                         "where to stop");
    add_finding_option(syntax, options->findings);
    syntax.group("Output");
    syntax.choice<Format>("--format", options->format,
                          {{"text", Format::text},
                           {"dmesg", Format::dmesg},
                           {"json", Format::json},
                           {"zones", Format::zones},
                           {"buddyinfo", Format::buddyinfo},
                           {"pagetypeinfo", Format::pagetypeinfo},
                           {"slabinfo", Format::slabinfo}},
                          {});
    add_table(syntax, options->table, "zones in columns, as NODE,ZONE; +FREE adds", true);
    syntax.flag("--all", options->all, "long lists as a whole; memblock: every call");
    add_color(syntax, options->color);
    return [options] { return run(*options); };
}

}  // namespace zonecalc::cli
