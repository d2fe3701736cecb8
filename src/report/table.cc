// SPDX-License-Identifier: MIT
#include "report/table.h"

#include <algorithm>

#include "report/format.h"

namespace zonecalc {

namespace {

constexpr std::size_t gap = 2;

}  // namespace

void Table::print(std::string& out, const Style& style) const {
    std::vector<std::size_t> width;
    for (const Column& c : columns_) width.push_back(display_width(c.name));
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size() && i < width.size(); ++i) width[i] = std::max(width[i], display_width(row[i]));

    // Blanks are owed until something follows them.
    const auto print_line = [&](auto&& cell_at, std::size_t cells) {
        std::string line;
        std::size_t owed = style.indent;
        for (std::size_t i = 0; i < cells && i < columns_.size(); ++i) {
            const std::string_view cell = cell_at(i);
            const std::size_t pad = width[i] - display_width(cell);
            if (cell.empty()) {
                owed += pad + gap;
                continue;
            }
            line.append(owed + (columns_[i].right ? pad : 0), ' ');
            line += cell;
            owed = (columns_[i].right ? 0 : pad) + gap;
        }
        return line;
    };

    out += style.heading_on;
    out += print_line([&](std::size_t i) { return columns_[i].name; }, columns_.size());
    out += style.heading_off;
    out += '\n';
    for (const auto& row : rows_) {
        out += print_line([&](std::size_t i) { return std::string_view(row[i]); }, row.size());
        out += '\n';
    }
}

}  // namespace zonecalc
