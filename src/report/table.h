// SPDX-License-Identifier: MIT
// Tables: aligned for people, or in one of the shapes that programs read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

struct Column {
    std::string name;
    bool right = false;  // numbers: what is none, is null in JSON
    bool extra = false;  // only shown where it is asked for
};

struct Cell {
    Cell(std::string words) : text(std::move(words)) {}
    Cell(std::string_view words) : text(words) {}
    Cell(const char* words) : text(words) {}
    Cell(std::string words, u64 value) : text(std::move(words)), number(value) {}

    std::string text;           // "" or "-": nothing to say
    std::optional<u64> number;  // what the text stands for, where that is a number
};
Cell number_cell(u64 number);

class Table {
public:
    explicit Table(std::vector<Column> columns);
    // As many cells as there are columns, or fewer: the rest stays blank.
    void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.empty(); }

    const std::vector<Column>& columns() const { return columns_; }
    // The column of that name, in any case, '_' or '-' for a blank.
    std::optional<std::size_t> find(std::string_view name) const;
    // Which columns are shown, in this order. Until then those that are not extra.
    void show(std::vector<std::size_t> columns) { shown_ = std::move(columns); }
    const std::vector<std::size_t>& shown() const { return shown_; }

    struct Style {
        std::size_t indent = 2;
        std::string_view heading_on;  // escape sequences around the line of names
        std::string_view heading_off;
        bool headings = true;
    };
    // Appends the names and the rows, two blanks between columns and none at the end of a line.
    void print(std::string& out, const Style& style) const;
    void print(std::string& out) const { print(out, Style{}); }
    // One blank between columns; in a cell, what is no printable ASCII or is a blank is \xHH. An empty cell is "-".
    void print_raw(std::string& out, bool headings) const;
    // A tab between columns.
    void print_tabs(std::string& out, bool headings) const;
    // The schema "zonecalc.NAME/1": a list NAME of objects whose keys are the names of the columns.
    std::string json(const std::string& name) const;

private:
    const Cell* at(const std::vector<Cell>& row, std::size_t shown) const;

    std::vector<Column> columns_;
    std::vector<std::size_t> shown_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace zonecalc
