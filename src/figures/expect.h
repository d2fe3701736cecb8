// SPDX-License-Identifier: MIT
// Expectations against a machine that has been brought up.
#pragma once

#include <string>
#include <vector>

#include "figures/figure.h"

namespace zonecalc {

struct ExpectationResult {
    bool holds = false;
    std::string wanted;  // "node:1.zone:Movable.present >= 8GiB"
    std::string actual;  // "node 1: 1048576 pages (4 GiB)"
    SourcePosition position;
};

// One result for each condition, request and area. Throws InputError where a request cannot be read.
std::vector<ExpectationResult> evaluate(const Expectation& expectation, const Outcome& outcome);

}  // namespace zonecalc
