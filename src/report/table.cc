// SPDX-License-Identifier: MIT
#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/format.h"
#include "report/json_text.h"

namespace zonecalc {

namespace {

constexpr std::size_t gap = 2;

// "MIN PARTIAL" → "min_partial"
std::string key_of(std::string_view name) {
    std::string key;
    for (const char c : name) key += c == ' ' || c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return key;
}

std::string raw(std::string_view text) {
    if (text.empty()) return "-";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == '\\' || byte >= 0x7f)
            out += fmt::format("\\x{:02x}", byte);
        else
            out += c;
    }
    return out;
}

}  // namespace

Cell number_cell(u64 number) {
    return {std::to_string(number), number};
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (!columns_[i].extra) shown_.push_back(i);
}

std::optional<std::size_t> Table::find(std::string_view name) const {
    const std::string key = key_of(name);
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (key_of(columns_[i].name) == key) return i;
    return std::nullopt;
}

const Cell* Table::at(const std::vector<Cell>& row, std::size_t shown) const {
    return shown_[shown] < row.size() ? &row[shown_[shown]] : nullptr;
}

void Table::print(std::string& out, const Style& style) const {
    const auto name_of = [&](std::size_t i) -> const Column& { return columns_[shown_[i]]; };
    std::vector<std::size_t> width;
    for (std::size_t i = 0; i < shown_.size(); ++i) width.push_back(style.headings ? display_width(name_of(i).name) : 0);
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < shown_.size(); ++i)
            if (const Cell* cell = at(row, i)) width[i] = std::max(width[i], display_width(cell->text));

    // Blanks are owed until something follows them.
    const auto print_line = [&](auto&& cell_at) {
        std::string line;
        std::size_t owed = style.indent;
        for (std::size_t i = 0; i < shown_.size(); ++i) {
            const std::string_view cell = cell_at(i);
            const std::size_t pad = width[i] - display_width(cell);
            if (cell.empty()) {
                owed += pad + gap;
                continue;
            }
            line.append(owed + (name_of(i).right ? pad : 0), ' ');
            line += cell;
            owed = (name_of(i).right ? 0 : pad) + gap;
        }
        return line;
    };

    if (style.headings) {
        out += style.heading_on;
        out += print_line([&](std::size_t i) { return std::string_view(name_of(i).name); });
        out += style.heading_off;
        out += '\n';
    }
    for (const auto& row : rows_) {
        out += print_line([&](std::size_t i) {
            const Cell* cell = at(row, i);
            return cell ? std::string_view(cell->text) : std::string_view();
        });
        out += '\n';
    }
}

void Table::print_raw(std::string& out, bool headings) const {
    std::vector<std::string> cells;
    const auto flush = [&] {
        out += fmt::format("{}\n", fmt::join(cells, " "));
        cells.clear();
    };
    if (headings) {
        for (const std::size_t i : shown_) {
            std::string name = columns_[i].name;
            std::replace(name.begin(), name.end(), ' ', '_');
            cells.push_back(raw(name));
        }
        flush();
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < shown_.size(); ++i) {
            const Cell* cell = at(row, i);
            cells.push_back(raw(cell ? cell->text : ""));
        }
        flush();
    }
}

void Table::print_tabs(std::string& out, bool headings) const {
    const auto print_line = [&](auto&& cell_at) {
        for (std::size_t i = 0; i < shown_.size(); ++i) out.append(i ? "\t" : "").append(cell_at(i));
        out += '\n';
    };
    if (headings) print_line([&](std::size_t i) { return columns_[shown_[i]].name; });
    for (const auto& row : rows_)
        print_line([&](std::size_t i) {
            const Cell* cell = at(row, i);
            return cell ? cell->text : std::string();
        });
}

std::string Table::json(const std::string& name) const {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const auto& row : rows_) {
        Json object = Json::object();
        for (std::size_t i = 0; i < shown_.size(); ++i) {
            Json& value = object[key_of(columns_[shown_[i]].name)];
            const Cell* cell = at(row, i);
            if (!cell) continue;
            if (cell->number)
                value = *cell->number;
            else if (!columns_[shown_[i]].right && !cell->text.empty() && cell->text != "-")
                value = cell->text;
        }
        list.push_back(std::move(object));
    }
    return json_text({{"schema", fmt::format("zonecalc.{}/1", name)}, {name, std::move(list)}});
}

}  // namespace zonecalc
