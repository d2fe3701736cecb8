// SPDX-License-Identifier: MIT
// Pictures of physical memory.
#pragma once

#include <string>

#include "map/drawing.h"

namespace zonecalc {

struct MapTextOptions {
    std::size_t width = 80;  // columns
    bool color = false;
    bool unicode = false;  // else plain ASCII
};
std::string map_text(const MapDrawing& drawing, const MapTextOptions& options);

// schema "zonecalc.map/1"
std::string map_json(const MapDrawing& drawing);
// `width` in columns of 8 pixels
std::string map_svg(const MapDrawing& drawing, std::size_t width);

}  // namespace zonecalc
