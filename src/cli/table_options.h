// SPDX-License-Identifier: MIT
// What can be said about a table: which columns, and in which shape.
#pragma once

#include <optional>
#include <string>

#include "cli/syntax.h"
#include "report/table.h"

namespace zonecalc::cli {

struct TableOptions {
    std::optional<std::string> columns;
    bool noheadings = false;
    bool raw = false;
    bool json = false;
    bool bytes = false;
    std::optional<std::string> output;
};

// --columns, --noheadings, --raw, --json, --bytes where `sizes`, and -o FILE; the second without --columns.
void add_table(Syntax& syntax, TableOptions& options, const std::string& columns, bool sizes);
void add_table_shape(Syntax& syntax, TableOptions& options, bool sizes);

// Throws UsageError for what excludes each other.
void check_table(const TableOptions& options);

// Chooses the columns, after check_table(). Throws UsageError for those that the table does not have, and where -o names columns.
void choose_columns(Table& table, const TableOptions& options);

// The table in the shape that is asked for; `name` is that of the JSON schema.
std::string table_text(const Table& table, const TableOptions& options, const std::string& name);

}  // namespace zonecalc::cli
