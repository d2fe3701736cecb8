// SPDX-License-Identifier: MIT
#include "cli/table_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.h"
#include "input/source.h"

namespace zonecalc::cli {

namespace {

std::vector<std::string> parts_of(std::string_view list) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        parts.emplace_back(list.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

std::size_t column_of(const Table& table, const std::string& name) {
    if (const auto found = table.find(name)) return *found;
    std::vector<std::string_view> names;
    for (const Column& c : table.columns()) names.push_back(c.name);
    const std::string meant = did_you_mean(name, names);
    throw UsageError(fmt::format("--columns: no column {}{}", in_quotes(name),
                                 meant.empty() ? fmt::format("; there are {}", fmt::join(names, ", ")) : meant));
}

}  // namespace

void add_table(Syntax& syntax, TableOptions& options, const std::string& columns, bool sizes) {
    syntax.group("Output");
    syntax.option("-c,--columns", "LIST", options.columns, columns);
    add_table_shape(syntax, options, sizes);
}

void add_table_shape(Syntax& syntax, TableOptions& options, bool sizes) {
    syntax.flag("-n,--noheadings", options.noheadings, "no line with the names of columns");
    syntax.flag("-r,--raw", options.raw, "one blank between columns, none within");
    syntax.flag("-J,--json", options.json, "as JSON");
    if (sizes) syntax.flag("-b,--bytes", options.bytes, "sizes in bytes, not in KiB, MiB, GiB");
    add_output(syntax, options.output);
}

void check_table(const TableOptions& options) {
    if (options.raw && options.json) throw UsageError("--raw and --json exclude each other");
}

void choose_columns(Table& table, const TableOptions& options) {
    check_table(options);
    if (options.output) {
        const std::vector<std::string> parts = parts_of(*options.output);
        if (std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
                const auto found = table.find(part);
                return found && table.columns()[*found].name == part;
            }))
            throw UsageError(fmt::format("--output: {} are columns: --columns {} chooses them; a file of that name is ./{}",
                                         in_quotes(*options.output), *options.output, *options.output));
    }
    if (!options.columns) return;
    const bool more = options.columns->starts_with('+');
    std::vector<std::size_t> shown;
    if (more) shown = table.shown();
    for (std::string name : parts_of(std::string_view(*options.columns).substr(more))) {
        if (name.starts_with('+')) name.erase(0, 1);
        const std::size_t column = column_of(table, name);
        if (std::find(shown.begin(), shown.end(), column) == shown.end()) shown.push_back(column);
    }
    table.show(std::move(shown));
}

std::string table_text(const Table& table, const TableOptions& options, const std::string& name) {
    if (options.json) return table.json(name);
    std::string out;
    if (options.raw)
        table.print_raw(out, !options.noheadings);
    else
        table.print(out, {0, "", "", !options.noheadings});
    return out;
}

}  // namespace zonecalc::cli
