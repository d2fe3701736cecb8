// SPDX-License-Identifier: MIT
// zonecalc slab: what becomes of caches for objects of given sizes, on a board or on a kernel with so many CPUs.
//
// A few sizes make a table for people, with the cache of the start that each would be merged with. A file of sizes makes a file of
// answers: its own columns, and size, order, objects, min_partial and cpu_partial.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/table_options.h"
#include "input/library.h"
#include "input/slab_table.h"
#include "mm/cpus.h"
#include "mm/slab_common.h"
#include "report/slub.h"

namespace zonecalc::cli {

namespace {

struct SlabOptions {
    std::vector<std::string> sizes;
    std::optional<std::string> batch;
    std::optional<std::string> align;
    std::optional<std::string> flags;
    std::optional<std::string> board;
    std::optional<std::string> kernel;
    std::optional<unsigned> cpus;
    std::optional<std::string> cmdline;
    bool strict = false;
    TableOptions table;
};

constexpr std::string_view answers[] = {"size", "order", "objects", "min_partial", "cpu_partial"};

// Objects that lie as far apart as the request says, or as far as SLUB puts them.
bool open(const SlubParameters& parameters, const SlabRequest& request, SlabCache& cache) {
    cache.name = request.name;
    cache.object_size = request.object_size;
    cache.flags = request.flags.flags;
    cache.has_ctor = request.flags.ctor;
    cache.align = calculate_alignment(parameters, cache.flags, request.align, cache.object_size);
    if (!request.size) return kmem_cache_open(parameters, cache);
    cache.size = *request.size;
    cache.flags = kmem_cache_flags(parameters, cache.flags, cache.name);
    return slab_geometry(parameters, cache);
}

Table batch_table(const SlubParameters& parameters, const SlabTable& requests) {
    std::vector<std::size_t> kept;
    std::vector<Column> columns;
    for (std::size_t i = 0; i < requests.columns.size(); ++i) {
        if (std::find(std::begin(answers), std::end(answers), requests.columns[i]) != std::end(answers)) continue;
        kept.push_back(i);
        columns.push_back({requests.columns[i]});
    }
    for (const std::string_view answer : answers) columns.push_back({std::string(answer)});
    Table table(std::move(columns));
    for (const SlabRequest& request : requests.rows) {
        std::vector<Cell> cells;
        for (const std::size_t i : kept) {
            Cell& cell = cells.emplace_back(request.cells[i]);
            if (requests.columns[i] == "object_size") cell.number = request.object_size;
            if (requests.columns[i] == "align" && !cell.text.empty()) cell.number = request.align;
        }
        SlabCache c;
        if (open(parameters, request, c))
            for (const u64 n : {c.size, u64{c.order}, u64{c.objects}, u64{c.min_partial}, u64{c.cpu_partial}})
                cells.push_back(number_cell(n));
        else
            cells.insert(cells.end(), std::size(answers), Cell("-"));
        table.row(std::move(cells));
    }
    return table;
}

Table table_for_people(const SlubParameters& parameters, const std::vector<SlabRequest>& requests, std::vector<Note>& notes) {
    const Kernel& kernel = *parameters.kernel;
    const Slub boot = kmem_cache_init(parameters, notes);
    std::vector<Column> columns = slab_columns(kernel);
    columns.push_back({"MERGED WITH"});
    Table table(std::move(columns));
    for (const SlabRequest& r : requests) {
        SlabCache c;
        if (!open(parameters, r, c)) {
            table.row({number_cell(r.object_size), "no slab holds such an object"});
            continue;
        }
        std::vector<Cell> cells = slab_cells(kernel, c);
        const SlabCache* twin = find_mergeable(parameters, boot.caches, {}, r.object_size, r.align, r.flags.flags, r.flags.ctor);
        cells.push_back(twin ? twin->name : "-");
        table.row(std::move(cells));
    }
    return table;
}

int slab(const SlabOptions& options) {
    if (options.sizes.empty() == !options.batch) throw UsageError("slab takes either sizes or --batch FILE");
    if (options.batch && (options.align || options.flags))
        throw UsageError("--align and --flags go with sizes; a table has columns for them");
    if (!options.board && !options.kernel) throw UsageError("slab needs --board BOARD, or --kernel NAME and --cpus N");
    if (!options.board && !options.cpus) throw UsageError("--kernel NAME needs --cpus N");

    Inputs in;
    if (options.board) {
        in = load_inputs({*options.board, options.kernel, options.cmdline, {}});
        if (!options.cpus) note_cpus_not_given(in.board, in.kernel, in.notes);
    } else {
        in.kernel = load_kernel(*options.kernel);
        in.cmdline = parse_cmdline(options.cmdline.value_or(""), in.kernel);
    }
    const Kernel& kernel = in.kernel;
    if (!kernel.config_enabled("SLUB")) throw InputError(fmt::format("kernel {} has no SLUB", kernel.profile));

    if (options.cpus) {
        in.board.cpus = *options.cpus;
        in.board.present_cpus.reset();
    }
    const CpuCount cpus = count_cpus(kernel, in.board, in.cmdline);
    SlabMachine machine;
    machine.nr_cpu_ids = cpus.possible;
    if (cpus.present < cpus.possible) machine.present_cpus = cpus.present;
    machine.cache_line_size = in.board.cache_line_size;
    const SlubParameters parameters = slub_parameters(kernel, in.cmdline, machine);

    // Where the result stands on what was assumed, that is said.
    const auto finish = [&](const std::string& text) {
        if (complain_of_assumptions(in.notes, options.strict ? "error" : "note") && options.strict) return exit_assumed;
        write_result(text, options.table.output);
        return exit_ok;
    };
    if (options.batch) {
        Table table = batch_table(parameters, parse_slab_table(read_source(*options.batch), kernel));
        choose_columns(table, options.table);
        std::string tabs;
        if (!options.table.raw && !options.table.json) table.print_tabs(tabs, !options.table.noheadings);
        return finish(tabs.empty() ? table_text(table, options.table, "slab") : tabs);
    }
    std::vector<SlabRequest> requests;
    for (const std::string& text : options.sizes) {
        SlabRequest r;
        const auto size = parse_object_size(text);
        if (!size) throw UsageError(fmt::format("{} is no size of an object", in_quotes(text)));
        r.object_size = *size;
        if (options.align) {
            const auto align = parse_object_size(*options.align);
            if (!align || *align > (u64{1} << 20) || (*align & (*align - 1)) != 0)
                throw UsageError(fmt::format("--align: {} is no power of two", in_quotes(*options.align)));
            r.align = *align;
        }
        if (options.flags) r.flags = parse_slab_flags(*options.flags, kernel);
        requests.push_back(std::move(r));
    }
    Table table = table_for_people(parameters, requests, in.notes);
    choose_columns(table, options.table);
    return finish(table_text(table, options.table, "slab"));
}

}  // namespace

Action slab_command(Syntax& syntax) {
    const auto options = std::make_shared<SlabOptions>();
    syntax.arguments("SIZE", options->sizes, false);
    syntax.group("Input");
    syntax.option("--batch", "FILE", options->batch, "a table of sizes, answered by a table");
    syntax.option("--align", "N", options->align, "alignment that is asked for");
    syntax.option("--flags", "WORDS", options->flags, "as 'hwcache_align|ctor'");
    syntax.option("--board", "BOARD", options->board, "board to run on");
    syntax.option("--kernel", "NAME|FILE", options->kernel, "profile to boot; default: the board's");
    syntax.option("--cpus", "N", options->cpus, 1, 65536, "possible CPUs; default: the board's");
    syntax.option("--cmdline", "STR", options->cmdline, "command line, instead of the board's");
    add_strict(syntax, options->strict);
    add_table(syntax, options->table, "which, as OBJECTS,ORDER", false);
    syntax.footer("Example: zonecalc slab 192 1000 --kernel 6.1-x86_64 --cpus 8");
    return [options] { return slab(*options); };
}

}  // namespace zonecalc::cli
