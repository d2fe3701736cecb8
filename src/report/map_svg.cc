// SPDX-License-Identifier: MIT
// The picture as an SVG file of its own: no scripts, no fonts, nothing from outside. Whatever has a place in memory tells its
// range, pages and contents as a tooltip; fills have patterns beside colours; a dark page gets dark paper.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "input/source.h"
#include "report/format.h"
#include "report/map.h"
#include "report/map_parts.h"

namespace zonecalc {

namespace {

constexpr double margin = 24;
constexpr double column = 7.25;  // of a character, 12 pixels high and of equal width
constexpr double row_height = 20;
constexpr double tallest_row = 84;
constexpr double strip_height = 22;
constexpr double stripe = 4;  // a zone's colour beside its memory
constexpr double strip_label = 64;
constexpr std::size_t names_in_a_tooltip = 40;

constexpr std::string_view style = R"(
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1b1f24; }
text.title { font-size: 18px; font-weight: bold; }
text.head { font-weight: bold; }
text.dim { fill: #5c6570; }
text.bad, .mark { fill: #b3261e; }
.paper { fill: #ffffff; }
.band { fill: #b3261e; fill-opacity: 0.08; }
.rule { stroke: #b8bfc8; stroke-width: 1; }
.box { stroke: #ffffff; stroke-width: 1; }
.reserved { fill: #4a6fa5; }
.nomap { fill: url(#cross); }
.lost { fill: url(#dots); }
.hole { fill: none; stroke: #9aa3ad; stroke-dasharray: 3 3; }
.movable { fill: #a9d8a4; }
.unmovable { fill: #f0c75e; }
.reclaimable { fill: #e0a458; }
.cma { fill: url(#rising); }
.reserve { fill: url(#falling); }
.zone-DMA { fill: #b0413e; }
.zone-DMA32 { fill: #d9822b; }
.zone-Normal { fill: #2e7d5b; }
.zone-HighMem { fill: #6b5bb5; }
.zone-Movable { fill: #2a8fbd; }
.zone-Device { fill: #6a737d; }
.row:hover .box { stroke: #1b1f24; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ed; }
  text.dim { fill: #9aa3ad; }
  text.bad, .mark { fill: #ff8a80; }
  .paper { fill: #15181c; }
  .band { fill: #ff8a80; fill-opacity: 0.14; }
  .rule { stroke: #4a525c; }
  .box { stroke: #15181c; }
  .reserved { fill: #6f94cc; }
  .movable { fill: #4f8a52; }
  .unmovable { fill: #b58a24; }
  .reclaimable { fill: #a8722d; }
  .row:hover .box { stroke: #e6e9ed; }
}
)";

constexpr std::string_view patterns = R"(<defs>
<pattern id="rising" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#63b7c6"/><path d="M-2 10 L10 -2 M-2 2 L2 -2 M6 10 L10 6" stroke="#1f6f80" stroke-width="2"/></pattern>
<pattern id="falling" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#c4a3d9"/><path d="M-2 -2 L10 10 M6 -2 L10 2 M-2 6 L2 10" stroke="#6b3f8a" stroke-width="2"/></pattern>
<pattern id="cross" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#c9ced4"/><path d="M0 0 L8 8 M8 0 L0 8" stroke="#6a737d" stroke-width="1"/></pattern>
<pattern id="dots" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#e58b84"/><circle cx="4" cy="4" r="2" fill="#8c1d18"/></pattern>
</defs>
)";

std::string_view class_of(MapPaint paint) {
    switch (paint.use) {
        case MapUse::hole:
            return "hole";
        case MapUse::reserved:
            return "reserved";
        case MapUse::nomap:
            return "nomap";
        case MapUse::lost:
            return "lost";
        case MapUse::free:
            break;
    }
    switch (paint.type) {
        case MigrateType::Movable:
            return "movable";
        case MigrateType::Unmovable:
            return "unmovable";
        case MigrateType::Reclaimable:
            return "reclaimable";
        case MigrateType::Cma:
            return "cma";
        case MigrateType::Reserve:
        case MigrateType::HighAtomic:
        case MigrateType::Isolate:
            return "reserve";
    }
    return "";
}

std::string shortened(std::string_view text, double room) {
    const auto columns = static_cast<std::size_t>(std::max(room / column, 1.0));
    if (display_width(text) <= columns) return std::string(text);
    std::string out;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < text.size() && taken + 1 < columns; ++taken) {
        const unsigned bytes = decode_utf8(text, i).bytes;
        out += text.substr(i, bytes);
        i += bytes;
    }
    return out + "…";
}

class Drawing {
public:
    Drawing(const MapDrawing& drawing, double width) : drawing_(drawing), width_(width), pair_(drawing.machines.size() > 1) {
        for (const MapSection& s : drawing.sections)
            for (const MapRow& r : s.rows)
                if (!is_hole(r)) largest_ = std::max(largest_, r.range.size());
        digits_ = std::max<std::size_t>(fmt::formatted_size("{:x}", drawing.range.end), 8);
        const double left = margin + static_cast<double>(digits_ + 14) * column;
        const double gap = pair_ ? 28 : 0;
        side_width_ = (width_ - margin - left - gap) / (pair_ ? 2 : 1);
        bar_width_ = pair_ ? 120 : 180;
        for (std::size_t i = 0; i < drawing.machines.size(); ++i)
            sides_.push_back(left + static_cast<double>(i) * (side_width_ + gap));
    }

    std::string print() {
        heading();
        to_scale();
        for (const MapSection& s : drawing_.sections) section(s);
        if (!drawing_.sections.empty()) {
            text(margin, y_ + 12, "dim", address(drawing_.range.end));
            y_ += 2 * row_height;
        }
        legend();
        return fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
            "role=\"img\" aria-labelledby=\"map-title map-summary\">\n"
            "<title id=\"map-title\">{2}</title>\n<desc id=\"map-summary\">{3}</desc>\n<style>{4}</style>\n{5}"
            "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{6}</svg>\n",
            width_, y_ + margin, title(), summary(), style, patterns, body_);
    }

private:
    std::string title() const {
        std::string out = "Physical memory of ";
        for (std::size_t i = 0; i < drawing_.machines.size(); ++i)
            out += (i ? " beside " : "") + xml_text(drawing_.machines[i].board);
        return out;
    }
    std::string summary() const {
        std::string out;
        for (std::size_t i = 0; i < drawing_.machines.size(); ++i) {
            const MapMachine& m = drawing_.machines[i];
            out += xml_text(fmt::format("{}{}, kernel {}, command line \"{}\".\n", pair_ ? fmt::format("{}: ", "AB"[i]) : "",
                                        m.board, m.kernel, m.cmdline));
            for (const MapSection& s : drawing_.sections)
                if (s.kind == MapSection::Kind::zone && s.cells[i].zone)
                    out += fmt::format("{}: {}, {}.\n", zone_name(s.cells[i]), format_range(s.range.begin, s.range.end),
                                       amounts(s.cells[i]));
        }
        return out;
    }

    std::string address(u64 a) const { return fmt::format("0x{:0{}x}", a, digits_); }
    void text(double x, double y, std::string_view style_class, std::string_view what, std::string_view anchor = "") {
        body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}{}>{}</text>\n", x, y,
                             style_class.empty() ? "" : fmt::format(" class=\"{}\"", style_class),
                             anchor.empty() ? "" : fmt::format(" text-anchor=\"{}\"", anchor), xml_text(what));
    }
    void box(double x, double y, double width, double height, std::string_view style_class) {
        body_ += fmt::format("<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" class=\"{}\"/>\n", x, y, width,
                             height, style_class);
    }

    void heading() {
        const double x = margin + (pair_ ? 24 : 0);
        for (const MapHeading& h : headings(drawing_)) {
            const bool title = h.style == MapHeading::Style::title;
            y_ += title ? 22 : 17;
            if (!h.letter.empty()) {
                y_ += 6;
                text(margin, y_, "head", h.letter);
            }
            const double left = title && h.letter.empty() ? margin : x;
            text(left, y_,
                 title                               ? "title"
                 : h.style == MapHeading::Style::dim ? "dim"
                 : h.style == MapHeading::Style::bad ? "bad"
                                                     : "",
                 shortened(h.text, (width_ - left - margin) * (title ? 12.0 / 18 : 1)));
        }
        y_ += 12;
    }

    // -- nodes to scale

    void to_scale() {
        const double indent = margin + strip_label + (pair_ ? 16 : 0);
        const std::vector<MapLine> lines = lines_to_scale(drawing_, width_ - indent - margin, 16);
        y_ += 12;
        for (const MapLine& line : lines) {
            std::optional<int> node;
            for (const MapLine::Span& s : line.spans)
                for (const MapCell& c : s.section->cells)
                    if (!node) node = c.node;
            text(margin, y_ + 15, "head", fmt::format("node {}", node.value_or(0)));
            for (std::size_t i = 0; i < drawing_.machines.size(); ++i) {
                if (pair_) text(indent - 14, y_ + 15, "dim", std::string(1, "AB"[i]));
                for (const MapLine::Span& s : line.spans)
                    shares_of(*s.row, i, indent + s.begin, y_, s.end - s.begin, strip_height, 0);
                y_ += strip_height;
                zones(line, i, indent);
                y_ += row_height + 4;
            }
            if (pair_)
                for (const MapLine::Span& s : line.spans)
                    if (s.row->differs) box(indent + s.begin, y_ - 2, std::max(s.end - s.begin, 1.0), 4, "mark");
            y_ += 8;
        }
        y_ += 8;
    }

    void zones(const MapLine& line, std::size_t side, double indent) {
        std::optional<ZoneType> zone;
        for (auto s = line.spans.begin(); s != line.spans.end(); ++s) {
            const MapCell& cell = s->section->cells[side];
            if (!cell.zone || cell.zone == zone) continue;
            zone = cell.zone;
            double end = s->end;
            for (auto t = s; t != line.spans.end(); ++t)
                if (t->section->cells[side].zone == zone) end = std::max(end, t->end);
            body_ += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" class=\"rule\"/>\n",
                                 indent + s->begin, y_, y_ + 2 + stripe);
            const std::string_view name = to_string(*zone);
            box(indent + s->begin, y_ + 2, std::max(end - s->begin, 1.0), stripe, fmt::format("zone-{}", name));
            if (end - s->begin >= static_cast<double>(name.size()) * column + 6) text(indent + s->begin, y_ + 18, "dim", name);
        }
    }

    // One cell as a row of boxes, `least` pixels each.
    void shares_of(const MapRow& row, std::size_t side, double x, double y, double width, double height, double least) {
        const std::vector<MapShare> all = shares(row.cells[side]);
        const double free_width = std::max(width - least * static_cast<double>(all.size()), 0.0);
        body_ += fmt::format("<g class=\"row\"><title>{}</title>\n", tooltip(row));
        for (const MapShare& share : all) {
            const double w =
                std::min(width, least + free_width * static_cast<double>(share.bytes) / static_cast<double>(row.range.size()));
            const bool hole = share.paint.use == MapUse::hole;
            // Things too small to be seen have no border that would hide them.
            box(x, y, w, height, hole ? "hole" : fmt::format("{}{}", w >= 3 ? "box " : "", class_of(share.paint)));
            x += w;
        }
        body_ += "</g>\n";
    }

    std::string tooltip(const MapRow& row) const {
        const unsigned shift = drawing_.machines.front().page_shift;
        std::string out = fmt::format("{}, {}\npfn {:#x} to {:#x}\n", format_range(row.range.begin, row.range.end),
                                      format_size(row.range.size(), false), row.range.begin >> shift, (row.range.end - 1) >> shift);
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            const MapCell& c = row.cells[i];
            if (pair_) out += fmt::format("{}: ", "AB"[i]);
            out += c.zone ? zone_name(c) : "no zone";
            if (c.type) out += fmt::format(", pageblocks {}", to_string(*c.type));
            const std::string sums = amounts(c);
            out += sums.empty() ? "\nno memory\n" : fmt::format("\n{}\n", sums);
            for (std::size_t p = 0; p < c.parts.size(); ++p) {
                if (p == names_in_a_tooltip) {
                    out += fmt::format("and {} more\n", c.parts.size() - p);
                    break;
                }
                out += fmt::format("{}: {}{}\n", printable(c.parts[p].name), format_size(c.parts[p].bytes, false),
                                   c.parts[p].count > 1 ? fmt::format(" in {}", c.parts[p].count) : "");
            }
        }
        out.pop_back();
        return xml_text(out);
    }

    // -- sections row by row

    double height(const MapRow& row) const {
        const double small = static_cast<double>(largest_) / 4096;
        const double size = static_cast<double>(row.range.size());
        return std::round(row_height + (tallest_row - row_height) * std::log2(1 + std::min(size / small, 4096.0)) / 12.0003);
    }

    void section(const MapSection& s) {
        switch (s.kind) {
            case MapSection::Kind::zone:
                y_ += 10;
                for (std::size_t i = 0; i < s.cells.size(); ++i) {
                    const MapCell& c = s.cells[i];
                    text(sides_[i], y_ + 12, "head", zone_name(c));
                    const double used = static_cast<double>(zone_name(c).size() + 2) * column;
                    if (c.memory)
                        text(sides_[i] + used, y_ + 12, "dim",
                             shortened(fmt::format("{}: {}", format_size(c.memory, false), amounts(c)), side_width_ - used));
                }
                y_ += row_height;
                for (const MapRow& r : s.rows) row(s, r, is_hole(r) ? row_height : height(r));
                break;
            case MapSection::Kind::hole:
                y_ += 10;
                for (const MapRow& r : s.rows) row(s, r, row_height);
                break;
            case MapSection::Kind::alike:
                y_ += row_height;
                text(sides_.front(), y_, "head", alike(s));
                y_ += row_height / 2;
                break;
        }
    }

    void row(const MapSection& section, const MapRow& r, double height) {
        if (r.differs) {
            box(margin, y_, width_ - 2 * margin, height, "band");
            text(sides_[1] - 20, y_ + height / 2 + 4, "mark", "≠", "middle");
        }
        text(margin, y_ + 12, "dim", address(r.range.begin));
        text(sides_.front() - 14, y_ + height / 2 + 4, "", format_size(r.range.size(), false), "end");
        for (std::size_t i = 0; i < r.cells.size(); ++i) {
            if (section.cells[i].zone)
                box(sides_[i] - stripe - 2, y_, stripe, height, fmt::format("zone-{}", to_string(*section.cells[i].zone)));
            shares_of(r, i, sides_[i], y_, bar_width_, height, 3);
            const double x = sides_[i] + bar_width_ + 10;
            const double room = side_width_ - bar_width_ - 10;
            text(x, y_ + height / 2 + 4, "",
                 shortened(describe(r.cells[i], static_cast<std::size_t>(std::max(room / column, 8.0))), room));
        }
        y_ += height;
    }

    void legend() {
        double x = margin;
        for (const MapPaint& p : paints(drawing_)) {
            const std::string words = describe(p);
            const double needed = 18 + 8 + static_cast<double>(words.size()) * column + 20;
            if (x > margin && x + needed > width_ - margin) {
                x = margin;
                y_ += row_height + 4;
            }
            box(x, y_, 18, 14, fmt::format("box {}", class_of(p)));
            text(x + 26, y_ + 11, "dim", words);
            x += needed;
        }
        y_ += 14;
    }

    const MapDrawing& drawing_;
    double width_;
    bool pair_;
    u64 largest_ = 1;
    std::size_t digits_ = 8;
    double side_width_ = 0;
    double bar_width_ = 0;
    std::vector<double> sides_;  // left edges
    double y_ = margin / 2;
    std::string body_;
};

}  // namespace

std::string map_svg(const MapDrawing& drawing, std::size_t width) {
    return Drawing(drawing, static_cast<double>(std::max<std::size_t>(width, 60)) * 8).print();
}

}  // namespace zonecalc
