// SPDX-License-Identifier: MIT
// Machines side by side: the first is what the others are compared with.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/compare.h"

namespace zonecalc {

struct ComparedMachine {
    std::string label;  // what tells it from the others: "kernelcore=2G", "6.12-arm64"
    std::string board;
    std::string kernel;  // profile
    std::string cmdline;
    unsigned page_shift = 12;
    Comparison comparison;              // with the first; of the first itself: empty
    std::vector<std::string> dmesg;     // lines of the dmesg view
    std::vector<std::string> failed;  // gates: "zone:Movable < 8GiB: is 4 GiB"
};

std::string compare_text(const std::vector<ComparedMachine>& machines, bool bytes);
std::string compare_markdown(const std::vector<ComparedMachine>& machines);
std::string compare_diff(const std::vector<ComparedMachine>& machines);
std::string compare_json(const std::vector<ComparedMachine>& machines);  // schema "zonecalc.compare/1"

}  // namespace zonecalc
