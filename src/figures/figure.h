// SPDX-License-Identifier: MIT
// What a figure is on a machine that has been brought up, and whether a condition holds there.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/compare.h"

namespace zonecalc {

struct FigureValue {
    std::optional<int> node;    // of which node, where the figure asks for each or for one
    std::optional<u64> number;  // in the figure's unit
    std::string text;           // a json figure that is a text
    std::string unknown;        // why there is neither
    u64 memory = 0;             // pages present in the node, or the machine: what percentages are of
};

// One value, or one for each node that has memory.
std::vector<FigureValue> values_of(const Figure& figure, const Outcome& outcome);

// Why figures of the page allocator may not be known.
inline constexpr std::string_view no_hand_over = "nothing says what is reserved, so that free pages are not known";

// What the kernel warns of, and what else may explain a figure: sentences.
std::vector<std::string> remarks_on(const Layout& layout);

std::string_view to_string(Figure::Unit unit);  // "pages", "kib"
// The bytes in a figure's unit; 0 for a count.
u64 unit_bytes(Figure::Unit unit, const Kernel& kernel);

struct Judgement {
    bool holds = false;
    FigureValue value;
};
std::vector<Judgement> judge(const Condition& condition, const Outcome& outcome);

// "4194304 pages (16 GiB)", "3", "unknown: …"
std::string describe(const Figure& figure, const FigureValue& value, const Kernel& kernel);
// "node 1: zone:Movable.present >= 8GiB"
std::string describe(const Condition& condition);

}  // namespace zonecalc
