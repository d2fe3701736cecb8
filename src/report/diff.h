// SPDX-License-Identifier: MIT
// What differs between two texts, line by line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zonecalc {

// A unified diff without its two head lines: "@@ -1,3 +1,3 @@", then lines that begin with ' ', '-' or '+'. Empty where the texts
// are equal. Texts that have little in common are shown as a whole: the search for a shorter answer is bounded.
std::vector<std::string> unified_diff(const std::vector<std::string>& from, const std::vector<std::string>& to,
                                      std::size_t context = 3);

}  // namespace zonecalc
