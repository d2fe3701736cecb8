// SPDX-License-Identifier: MIT
// Colour for reports that are made of lines: differences and verdicts.
#pragma once

#include <string>
#include <string_view>

namespace zonecalc {

// A line that is taken away or fails becomes red, one that is added or holds green, the head of a difference bold. Nothing but
// escape sequences is added.
std::string painted(std::string_view text);

}  // namespace zonecalc
