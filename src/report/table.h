// SPDX-License-Identifier: MIT
// A table of aligned columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zonecalc {

struct Column {
    std::string_view name;
    bool right = false;  // numbers
};

class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    // As many cells as there are columns, or fewer: the rest stays blank.
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.empty(); }

    struct Style {
        std::size_t indent = 2;
        std::string_view heading_on;  // escape sequences around the line of names
        std::string_view heading_off;
    };
    // Appends the names and the rows, two blanks between columns and none at the end of a line.
    void print(std::string& out, const Style& style) const;
    void print(std::string& out) const { print(out, Style{}); }

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace zonecalc
