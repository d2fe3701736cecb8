// SPDX-License-Identifier: MIT
// The language of figures and conditions. Everything reports to `diagnostics` with the place in the text; `at` is where the text
// itself stands.
#pragma once

#include <string_view>
#include <vector>

#include "input/source.h"
#include "zonecalc/figure.h"

namespace zonecalc {

std::optional<Figure> parse_figure(std::string_view text, SourcePosition at, Diagnostics& diagnostics);

// The zone of this name, of any kernel.
std::optional<ZoneType> parse_zone(std::string_view text, SourcePosition at, Diagnostics& diagnostics);

// "8GiB" and "50%"; a plain number is in the figure's unit. A text goes with "json" figures alone.
std::optional<Wanted> parse_wanted(std::string_view text, const Figure& figure, SourcePosition at, Diagnostics& diagnostics);

// "FIGURE OP VALUE"
std::optional<Condition> parse_condition(std::string_view text, SourcePosition at, Diagnostics& diagnostics);

// A condition of the command line's, `option` being the one it belongs to. Throws InputError.
Condition condition_of(std::string_view option, std::string_view text);
Figure figure_of(std::string_view option, std::string_view text);

// The figure of a zone by its plain name, as [[expect]] has it. Known names only.
Figure zone_figure(std::string_view name, std::optional<ZoneType> zone, std::optional<int> node);

// All names that stand alone or after a zone, for messages and completions.
std::vector<std::string_view> figure_names();

}  // namespace zonecalc
