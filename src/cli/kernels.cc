// SPDX-License-Identifier: MIT
// zonecalc kernels: what data/kernels ships, and what differs between releases.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/table_options.h"
#include "input/library.h"
#include "report/format.h"
#include "report/table.h"

namespace zonecalc::cli {

namespace {

Table shipped(bool bytes) {
    Table table({{"NAME"},
                 {"RELEASE"},
                 {"ARCH"},
                 {"CONFIRMED"},
                 {"SIZES"},
                 {"VERSION", false, true},
                 {"PAGE SIZE", true, true},
                 {"MAX ORDER", true, true},
                 {"PAGEBLOCK ORDER", true, true},
                 {"ZONES", false, true},
                 {"SOURCE", false, true}});
    for (const std::string& name : shipped_kernels()) {
        const Kernel kernel = load_kernel(name);
        std::vector<std::string_view> zones;
        for (const ZoneType z : all_zones)
            if (kernel.has_zone(z)) zones.push_back(to_string(z));
        table.row({printable(name),
                   printable(kernel.release),
                   std::string(to_string(kernel.arch)),
                   kernel.confirmation == Confirmation::recorded ? "by recorded boots" : "no",
                   kernel.sizes_of.empty() ? "its own" : "derived: those of " + printable(kernel.sizes_of),
                   to_string(kernel.version),
                   {format_size(kernel.page_size(), bytes), kernel.page_size()},
                   number_cell(kernel.max_order),
                   number_cell(kernel.pageblock_order),
                   fmt::format("{}", fmt::join(zones, ",")),
                   printable(kernel.source)});
    }
    return table;
}

// A list and no table: some of these lines are long.
std::string behaviours() {
    std::string out;
    for (const BehaviourInfo& b : behaviour_table()) {
        out += fmt::format("{}{}\n    {}\n    releases: {}\n", out.empty() ? "" : "\n", b.name, b.what, b.releases);
        if (!b.unread.empty()) out += fmt::format("    not read: {}\n", b.unread);
        if (!b.commit.empty()) out += fmt::format("    commit:   {}\n", b.commit);
    }
    return out;
}

}  // namespace

Action kernels_command(Syntax& syntax) {
    struct Options {
        bool behaviours = false;
        TableOptions table;
    };
    const auto options = std::make_shared<Options>();
    syntax.group("Output");
    syntax.flag("--behaviours", options->behaviours, "list what differs between releases instead");
    add_table(syntax, options->table, "which, as NAME,ARCH; +ZONES adds", true);
    syntax.footer("More columns: VERSION, PAGE_SIZE, MAX_ORDER, PAGEBLOCK_ORDER, ZONES, SOURCE.");
    return [options] {
        const TableOptions& t = options->table;
        if (options->behaviours && (t.columns || t.noheadings || t.raw || t.json))
            throw UsageError("kernels: --behaviours is no table: it goes with -o only");
        if (options->behaviours) {
            write_result(behaviours(), options->table.output);
            return exit_ok;
        }
        Table table = shipped(options->table.bytes);
        choose_columns(table, options->table);
        write_result(table_text(table, options->table, "kernels"), options->table.output);
        return exit_ok;
    };
}

}  // namespace zonecalc::cli
