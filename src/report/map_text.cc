// SPDX-License-Identifier: MIT
// The picture in text: nodes as lines to scale, then every section row by row. A fill says what memory is used as, so that neither
// colours nor more than ASCII are needed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"
#include "report/map.h"
#include "report/map_parts.h"

namespace zonecalc {

namespace {

constexpr std::size_t bar_width = 6;
constexpr std::size_t narrowest = 60;

struct Fill {
    std::string_view unicode;
    char ascii;
    std::string_view color;
};
Fill fill_of(MapPaint paint) {
    switch (paint.use) {
        case MapUse::hole:
            return {"·", '~', "\x1b[2m"};
        case MapUse::reserved:
            return {"█", '#', "\x1b[34m"};
        case MapUse::nomap:
            return {"╳", 'x', "\x1b[2m"};
        case MapUse::lost:
            return {"?", '?', "\x1b[31m"};
        case MapUse::free:
            break;
    }
    switch (paint.type) {
        case MigrateType::Movable:
            return {"░", '.', "\x1b[32m"};
        case MigrateType::Unmovable:
            return {"▒", ':', "\x1b[33m"};
        case MigrateType::Reclaimable:
            return {"▒", ',', "\x1b[33m"};
        case MigrateType::Cma:
            return {"▚", 'c', "\x1b[36m"};
        case MigrateType::Reserve:
        case MigrateType::HighAtomic:
            return {"▞", 'r', "\x1b[35m"};
        case MigrateType::Isolate:
            return {"▞", 'i', "\x1b[35m"};
    }
    return {" ", ' ', ""};
}

// Text of the board's, in no more columns than there are.
std::string fitted(std::string_view text, std::size_t columns, bool unicode) {
    std::string out;
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
        if (begins && ++width > columns) {
            // Room for what says that there was more.
            const std::size_t dots = std::min<std::size_t>(unicode ? 1 : 3, columns);
            while (!out.empty() && display_width(out) > columns - dots) out.pop_back();
            return out + (unicode ? "…" : std::string(dots, '.'));
        }
        if (unicode || static_cast<unsigned char>(text[i]) < 0x80)
            out += text[i];
        else if (begins)
            out += '?';
    }
    return out;
}

class Picture {
public:
    Picture(const MapDrawing& drawing, const MapTextOptions& options)
        : drawing_(drawing), options_(options), width_(std::max(options.width, narrowest)), pair_(drawing.machines.size() > 1) {
        digits_ = std::max<std::size_t>(fmt::formatted_size("{:x}", drawing.range.end), 8);
        left_ = digits_ + 17;
        for (const MapSection& s : drawing.sections)
            for (const MapRow& r : s.rows) left_ = std::max(left_, digits_ + 8 + format_size(r.range.size(), false).size());
        for (const MapSection& s : drawing.sections)
            for (const MapRow& r : s.rows)
                if (!is_hole(r)) largest_ = std::max(largest_, r.range.size());
    }

    std::string print() {
        heading();
        to_scale();
        for (const MapSection& s : drawing_.sections) section(s);
        if (!drawing_.sections.empty()) line("  " + address(drawing_.range.end));
        legend();
        return std::move(out_);
    }

private:
    void line(std::string text) {
        while (!text.empty() && text.back() == ' ') text.pop_back();
        out_ += text;
        out_ += '\n';
    }
    std::string colored(std::string_view color, std::string text) const {
        return options_.color && !color.empty() ? fmt::format("{}{}\x1b[0m", color, text) : text;
    }
    std::string dim(std::string text) const { return colored("\x1b[2m", std::move(text)); }
    std::string bold(std::string text) const { return colored("\x1b[1m", std::move(text)); }
    std::string fit(std::string_view text, std::size_t columns) const { return fitted(text, columns, options_.unicode); }
    std::string padded(std::string text, std::size_t columns) const {
        const std::size_t width = display_width(text);
        return width < columns ? text + std::string(columns - width, ' ') : text;
    }
    std::string fill(MapPaint paint, std::size_t columns) const {
        const Fill f = fill_of(paint);
        std::string text;
        for (std::size_t i = 0; i < columns; ++i)
            if (options_.unicode)
                text += f.unicode;
            else
                text += f.ascii;
        return colored(f.color, text);
    }
    std::string address(u64 a) const { return fmt::format("0x{:0{}x}", a, digits_); }

    void heading() {
        for (const MapHeading& h : headings(drawing_)) {
            const std::string text = fit(h.text, width_ - (pair_ ? 3 : 0));
            const std::string_view color = h.style == MapHeading::Style::title ? "\x1b[1m"
                                           : h.style == MapHeading::Style::dim ? "\x1b[2m"
                                           : h.style == MapHeading::Style::bad ? "\x1b[31m"
                                                                               : "";
            line((pair_ ? padded(h.letter, 3) : "") + colored(color, text));
        }
        line("");
    }

    // -- nodes to scale

    // The paint of each column: what most of it is.
    std::vector<MapPaint> columns_of(const MapLine& drawn, std::size_t side, std::size_t columns) const {
        std::vector<std::pair<double, MapPaint>> best(columns, {0, {}});
        for (const MapLine::Span& s : drawn.spans) {
            const MapCell& cell = s.row->cells[side];
            const double bytes = static_cast<double>(s.row->range.size());
            double at = s.begin;
            for (const MapShare& share : shares(cell)) {
                const double end = at + (s.end - s.begin) * static_cast<double>(share.bytes) / bytes;
                for (auto c = static_cast<std::size_t>(at); c < columns && static_cast<double>(c) < end; ++c) {
                    const double part = std::min(end, static_cast<double>(c) + 1) - std::max(at, static_cast<double>(c));
                    if (part > best[c].first) best[c] = {part, share.paint};
                }
                at = end;
            }
        }
        std::vector<MapPaint> out;
        for (const auto& [part, paint] : best) out.push_back(paint);
        return out;
    }

    std::string strip(const MapLine& drawn, std::size_t side, std::size_t columns) const {
        const std::vector<MapPaint> paints = columns_of(drawn, side, columns);
        std::string text;
        for (std::size_t i = 0; i < paints.size();) {
            std::size_t j = i;
            while (j < paints.size() && paints[j] == paints[i]) ++j;
            text += fill(paints[i], j - i);
            i = j;
        }
        return text;
    }

    // "|DMA|DMA32 ---------|Normal ---": where zones lie, as far as there is room for their names.
    std::string zones(const MapLine& drawn, std::size_t side, std::size_t columns) const {
        std::vector<std::string> cells(columns, " ");
        const std::string_view rule = options_.unicode ? "─" : "-";
        for (auto s = drawn.spans.begin(); s != drawn.spans.end();) {
            const std::optional<ZoneType> zone = s->section->cells[side].zone;
            auto t = s;
            while (t != drawn.spans.end() && t->section->cells[side].zone == zone) ++t;
            const auto begin = static_cast<std::size_t>(s->begin);
            const auto end = std::min(columns, std::max(static_cast<std::size_t>(std::prev(t)->end), begin + 1));
            s = t;
            if (!zone || begin >= end) continue;
            std::string name = fmt::format("|{} ", to_string(*zone));
            if (name.size() > end - begin) name.pop_back();
            if (name.size() > end - begin) name = "|";
            for (std::size_t i = begin; i < end; ++i) cells[i] = i - begin < name.size() ? std::string(1, name[i - begin]) : rule;
        }
        return fmt::format("{}", fmt::join(cells, ""));
    }

    void to_scale() {
        std::size_t name_width = 0;
        for (const MapSection& s : drawing_.sections)
            for (const MapCell& c : s.cells)
                if (c.node) name_width = std::max(name_width, fmt::formatted_size("node {}", *c.node));
        const std::size_t indent = name_width + 2 + (pair_ ? 2 : 0);
        const std::vector<MapLine> lines = lines_to_scale(drawing_, static_cast<double>(width_ - indent), 2);
        if (lines.empty()) return;
        for (const MapLine& drawn : lines) {
            std::optional<int> node;
            for (const MapLine::Span& s : drawn.spans)
                for (const MapCell& c : s.section->cells)
                    if (!node) node = c.node;
            const auto columns = std::max<std::size_t>(static_cast<std::size_t>(std::ceil(drawn.width)), 1);
            const std::string name = padded(fmt::format("node {}", node.value_or(0)), name_width) + "  ";
            const std::string blank(indent, ' ');
            if (!pair_) {
                line(name + strip(drawn, 0, columns));
                line(blank + dim(zones(drawn, 0, columns)));
                continue;
            }
            line(blank + dim(zones(drawn, 0, columns)));
            line(name + "A " + strip(drawn, 0, columns));
            line(std::string(indent - 2, ' ') + "B " + strip(drawn, 1, columns));
            line(blank + dim(zones(drawn, 1, columns)));
            std::string marks(columns, ' ');
            for (const MapLine::Span& s : drawn.spans)
                if (s.row->differs)
                    for (auto c = static_cast<std::size_t>(s.begin); c < columns && static_cast<double>(c) < s.end; ++c)
                        marks[c] = '^';
            if (marks.find('^') != std::string::npos) line(blank + colored("\x1b[31m", marks));
        }
        line("");
    }

    // -- sections row by row

    // The shares of a cell, each with a column at least.
    std::string bar(const MapCell& cell) const {
        const std::vector<MapShare> all = shares(cell);
        u64 bytes = 0;
        for (const MapShare& s : all) bytes += s.bytes;
        std::string text;
        std::size_t used = 0;
        double sum = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            sum += static_cast<double>(all[i].bytes) / static_cast<double>(bytes) * static_cast<double>(bar_width);
            const std::size_t left = all.size() - i - 1;
            const std::size_t most = bar_width > left ? bar_width - left : 1;
            const std::size_t end = i + 1 == all.size()
                                        ? bar_width
                                        : std::clamp(static_cast<std::size_t>(std::lround(sum)), std::min(used + 1, most), most);
            if (end > used) text += fill(all[i].paint, end - used);
            used = std::max(used, end);
        }
        return text;
    }

    std::size_t height(const MapRow& row) const {
        if (row.range.size() >= largest_ / 4) return 3;
        return row.range.size() >= largest_ / 32 ? 2 : 1;
    }

    void section(const MapSection& s) {
        switch (s.kind) {
            case MapSection::Kind::zone:
                title(s);
                for (const MapRow& r : s.rows) row(r, is_hole(r) ? 1 : height(r));
                break;
            case MapSection::Kind::hole:
                for (const MapRow& r : s.rows) row(r, 1);
                break;
            case MapSection::Kind::alike:
                line(fmt::format("  {} {}", options_.unicode ? "⋮" : ":", alike(s)));
                break;
        }
    }

    void title(const MapSection& s) {
        const std::string rule = options_.unicode ? "─" : "-";
        const auto side = [&](const MapCell& c, std::size_t columns) {
            const std::string name = fmt::format("{}{} {} ", rule, rule, zone_name(c));
            std::string sums;
            for (const std::string& more :
                 {fmt::format("{}: {}", format_size(c.memory, false), amounts(c)), format_size(c.memory, false)})
                if (c.memory && sums.empty() && display_width(name) + more.size() + 6 <= columns)
                    sums = fmt::format(" {} {}{}", more, rule, rule);
            std::string text = name;
            for (std::size_t i = display_width(name) + display_width(sums); i < columns; ++i) text += rule;
            return text + sums;
        };
        if (!pair_) {
            line(bold(side(s.cells.front(), width_)));
            return;
        }
        const std::string indent(left_, ' ');
        line(indent + bold(side(s.cells[0], side_width())) + "   " + bold(side(s.cells[1], side_width())));
    }

    std::size_t side_width() const { return (width_ - left_ - 3) / 2; }

    void row(const MapRow& r, std::size_t lines) {
        const std::string where =
            fmt::format("  {}  {:>{}}  ", address(r.range.begin), format_size(r.range.size(), false), left_ - digits_ - 8);
        const std::string blank(left_, ' ');
        for (std::size_t i = 0; i < lines; ++i) {
            std::string text = i == 0 ? where : blank;
            if (!pair_) {
                text += bar(r.cells.front());
                if (i == 0) {
                    const std::size_t room = width_ - left_ - bar_width - 2;
                    text += "  " + fit(describe(r.cells.front(), room), room);
                }
                line(text);
                continue;
            }
            const std::size_t room = side_width() - bar_width - 1;
            const auto words = [&](std::size_t side) { return i == 0 ? fit(describe(r.cells[side], room), room) : std::string(); };
            text += bar(r.cells[0]) + " " + padded(words(0), room);
            text += r.differs ? colored("\x1b[31m", options_.unicode ? " ≠ " : " ! ") : "   ";
            text += bar(r.cells[1]) + " " + words(1);
            line(text);
        }
    }

    void legend() {
        std::vector<std::string> items;
        std::string text;
        line("");
        const std::vector<MapPaint> all = paints(drawing_);
        std::size_t width = 0;
        for (const MapPaint& p : all) {
            const std::string words = describe(p);
            if (width != 0 && width + words.size() + 6 > width_) {
                line(text);
                text.clear();
                width = 0;
            }
            text += (width ? "   " : "") + fill(p, 2) + " " + words;
            width += words.size() + 6;
        }
        line(text);
    }

    const MapDrawing& drawing_;
    const MapTextOptions& options_;
    std::size_t width_;
    bool pair_;
    std::size_t digits_ = 8;  // of an address
    std::size_t left_ = 0;    // columns before the bars
    u64 largest_ = 0;
    std::string out_;
};

}  // namespace

std::string map_text(const MapDrawing& drawing, const MapTextOptions& options) {
    return Picture(drawing, options).print();
}

}  // namespace zonecalc
