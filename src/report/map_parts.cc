// SPDX-License-Identifier: MIT
#include "report/map_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/format.h"

namespace zonecalc {

namespace {

std::string name_of(const MapPart& part) {
    const std::string name = printable(part.name);
    return part.count > 1 ? fmt::format("{} ({})", name, part.count) : name;
}

// As many names as fit, and how many more there are.
std::string list_of(const std::vector<MapPart>& parts, std::size_t columns) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string name = name_of(parts[i]);
        const std::size_t after = parts.size() - i - 1;
        const std::size_t more = after ? fmt::formatted_size(", {} more", after) : 0;
        if (i != 0 && display_width(out) + 2 + display_width(name) + more > columns) {
            out += fmt::format(", {} more", parts.size() - i);
            break;
        }
        out += (i != 0 ? ", " : "") + name;
    }
    return out;
}

}  // namespace

std::string describe(MapPaint paint) {
    switch (paint.use) {
        case MapUse::hole:
            return "no memory";
        case MapUse::free:
            return fmt::format("free, {}", to_string(paint.type));
        case MapUse::reserved:
            return "reserved";
        case MapUse::nomap:
            return "not mapped";
        case MapUse::lost:
            return "never handed over";
    }
    return "";
}

std::vector<MapShare> shares(const MapCell& cell) {
    std::vector<MapShare> out;
    const auto add = [&](MapPaint paint, u64 bytes) {
        if (bytes) out.push_back({paint, bytes});
    };
    add({MapUse::reserved, {}}, cell.reserved);
    add({MapUse::nomap, {}}, cell.nomap);
    add({MapUse::lost, {}}, cell.lost);
    for (const MigrateType type : all_migrate_types) add({MapUse::free, type}, cell.free[static_cast<std::size_t>(type)]);
    add({MapUse::hole, {}}, cell.hole);
    return out;
}

bool is_hole(const MapRow& row) {
    return std::all_of(row.cells.begin(), row.cells.end(), [](const MapCell& c) { return c.use() == MapUse::hole; });
}

std::vector<MapPaint> paints(const MapDrawing& drawing) {
    MapCell all;
    for (const MapSection& section : drawing.sections)
        for (const MapCell& cell : section.cells) {
            all.reserved |= cell.reserved;
            all.nomap |= cell.nomap;
            all.lost |= cell.lost;
            for (std::size_t i = 0; i < nr_migrate_types; ++i) all.free[i] |= cell.free[i];
        }
    std::vector<MapPaint> out;
    for (const MapShare& share : shares(all)) out.push_back(share.paint);
    return out;
}

std::string describe(const MapCell& cell, std::size_t columns) {
    const std::vector<MapShare> all = shares(cell);
    if (all.size() == 1 && all.front().paint.use != MapUse::reserved) {
        const std::string what = describe(all.front().paint);
        return cell.parts.empty() ? what
                                  : fmt::format("{}: {}", what, list_of(cell.parts, columns - std::min(columns, what.size() + 2)));
    }
    std::string rest;
    if (const u64 free = cell.all_free()) rest = fmt::format("; {} free", format_size(free, false));
    if (cell.memory == 0) rest += "; no memory";
    if (cell.lost) rest += fmt::format("; {} never handed over", format_size(cell.lost, false));
    if (cell.parts.empty()) return describe(all.front().paint) + rest;
    return list_of(cell.parts, columns - std::min(columns, rest.size())) + rest;
}

std::string zone_name(const MapCell& cell) {
    if (!cell.zone) return "-";
    return fmt::format("node {} {}", cell.node.value_or(0), to_string(*cell.zone));
}

std::string amounts(const MapCell& cell) {
    std::string out;
    const auto add = [&](u64 bytes, std::string_view what) {
        if (bytes) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", format_size(bytes, false), what);
    };
    add(cell.reserved, "reserved");
    add(cell.nomap, "not mapped");
    add(cell.lost, "never handed over");
    add(cell.all_free(), "free");
    return out;
}

std::vector<MapHeading> headings(const MapDrawing& drawing) {
    using Style = MapHeading::Style;
    std::vector<MapHeading> out;
    const std::vector<MapMachine>& machines = drawing.machines;
    const auto kernel_of = [](const MapMachine& m) {
        return fmt::format("{}, kernel {}{}", m.arch, printable(m.kernel), m.confirmed ? "" : ", which no recorded boot confirms");
    };
    const bool pair = machines.size() > 1;
    const bool same_board = pair && machines.front().board == machines.back().board;
    const bool same_kernel = same_board && kernel_of(machines.front()) == kernel_of(machines.back());
    if (same_board) out.push_back({"", Style::title, printable(machines.front().board)});
    if (same_kernel) out.push_back({"", Style::plain, kernel_of(machines.front())});
    for (std::size_t i = 0; i < machines.size(); ++i) {
        const MapMachine& m = machines[i];
        std::string letter = pair ? std::string(1, "AB"[i]) : "";
        const auto say = [&](Style style, std::string text) {
            if (!text.empty()) out.push_back({std::exchange(letter, {}), style, std::move(text)});
        };
        if (!same_board) say(Style::title, printable(m.board));
        if (!same_kernel) say(Style::plain, kernel_of(m));
        say(Style::plain, m.cmdline.empty() && pair ? "(no command line)" : printable(m.cmdline));
        if (!m.panic.empty()) say(Style::bad, "does not come up: " + printable(m.panic));
        std::string sums = fmt::format("{} of memory", format_size(m.memory, false));
        if (m.panic.empty())
            sums += fmt::format(": {} reserved, {} free", format_size(m.reserved, false), format_size(m.free, false));
        if (m.assumptions) sums += fmt::format("; {} thing{} assumed", m.assumptions, m.assumptions == 1 ? "" : "s");
        say(Style::dim, sums);
    }
    return out;
}

std::string alike(const MapSection& s) {
    std::vector<int> ids = s.nodes;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::string list;
    for (std::size_t i = 0; i < ids.size();) {
        std::size_t j = i;
        while (j + 1 < ids.size() && ids[j + 1] == ids[j] + 1) ++j;
        list += fmt::format("{}{}", list.empty() ? "" : ",", ids[i]);
        if (j > i) list += fmt::format("-{}", ids[j]);
        i = j + 1;
    }
    return fmt::format("node{} {}, {}: like the one before", ids.size() == 1 ? "" : "s", list,
                       format_size(s.cells.front().memory, false));
}

std::vector<MapLine> lines_to_scale(const MapDrawing& drawing, double width, double hole) {
    std::vector<MapLine> lines;
    std::vector<const MapSection*> holes;
    std::optional<int> node;
    const auto place = [](MapLine& line, const MapSection& section) {
        for (const MapRow& row : section.rows) line.spans.push_back({&section, &row, 0, 0});
    };
    for (const MapSection& section : drawing.sections) {
        if (section.kind != MapSection::Kind::zone) {
            holes.push_back(&section);
            continue;
        }
        std::optional<int> here;
        for (const MapCell& cell : section.cells)
            if (!here) here = cell.node;
        const bool goes_on = !lines.empty() && here == node && std::none_of(holes.begin(), holes.end(), [](const MapSection* s) {
            return s->kind == MapSection::Kind::alike;
        });
        if (!goes_on) lines.emplace_back();
        if (goes_on)
            for (const MapSection* s : holes) place(lines.back(), *s);
        holes.clear();
        node = here;
        place(lines.back(), section);
    }

    // A hole that would be wider than `hole` is cut, which leaves the more to the rest.
    std::size_t most_holes = 1;
    for (const MapLine& line : lines)
        most_holes =
            std::max(most_holes, static_cast<std::size_t>(std::count_if(line.spans.begin(), line.spans.end(),
                                                                        [](const MapLine::Span& s) { return is_hole(*s.row); })));
    hole = std::min(hole, width / 2 / static_cast<double>(most_holes));
    double bytes_per_unit = 0;
    for (const MapLine& line : lines) {
        double bytes = 0;
        double room = width;
        for (const MapLine::Span& s : line.spans) {
            if (is_hole(*s.row))
                room -= hole;
            else
                bytes += static_cast<double>(s.row->range.size());
        }
        bytes_per_unit = std::max(bytes_per_unit, bytes / room);
    }
    for (MapLine& line : lines) {
        double at = 0;
        for (MapLine::Span& s : line.spans) {
            const double to_scale = bytes_per_unit > 0 ? static_cast<double>(s.row->range.size()) / bytes_per_unit : 0;
            s.begin = at;
            at = s.end = at + (is_hole(*s.row) ? std::min(hole, to_scale) : to_scale);
        }
        line.width = at;
    }
    return lines;
}

}  // namespace zonecalc
