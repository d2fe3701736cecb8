// SPDX-License-Identifier: MIT
// What all pictures of memory share: words, what a cell consists of, and where things lie on a line to scale.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "map/drawing.h"

namespace zonecalc {

// What is drawn in one colour.
struct MapPaint {
    MapUse use = MapUse::hole;
    MigrateType type = MigrateType::Unmovable;  // free
    bool operator==(const MapPaint&) const = default;
};
std::string describe(MapPaint paint);  // "reserved", "free, Movable"

struct MapShare {
    MapPaint paint;
    u64 bytes = 0;
};
// What a cell consists of, in a fixed order.
std::vector<MapShare> shares(const MapCell& cell);

bool is_hole(const MapRow& row);  // of every machine

// All paints of a drawing, for the legend.
std::vector<MapPaint> paints(const MapDrawing& drawing);

// "free, Movable", "kernel image", "dentry hash, percpu area (8), 21 more; 72 KiB free": names as long as they fit.
std::string describe(const MapCell& cell, std::size_t columns);
// "node 0 Normal", "-" where the machine has nothing there
std::string zone_name(const MapCell& cell);
// "27.5 MiB reserved, 1.9 GiB free"
std::string amounts(const MapCell& cell);

// What is said before the picture. What two machines share is said once, without a letter.
struct MapHeading {
    enum class Style { title, plain, dim, bad };
    std::string letter;
    Style style = Style::plain;
    std::string text;
};
std::vector<MapHeading> headings(const MapDrawing& drawing);
// "nodes 2-62, 61 TiB: like the one before"
std::string alike(const MapSection& section);

// Sections of one node, in order, as one line. Positions of its rows, from 0 on.
struct MapLine {
    struct Span {
        const MapSection* section = nullptr;
        const MapRow* row = nullptr;
        double begin = 0;
        double end = 0;
    };
    std::vector<Span> spans;
    double width = 0;
};
// All to one scale, the longest `width` wide. Long holes are `hole` wide.
std::vector<MapLine> lines_to_scale(const MapDrawing& drawing, double width, double hole);

}  // namespace zonecalc
