// SPDX-License-Identifier: MIT
// Expectations against a machine that has been brought up.
#pragma once

#include <string>
#include <vector>

#include "figures/figure.h"

namespace zonecalc {

// What a result is owed to.
struct ResultReason {
    std::string cause;      // "movablecore=10G"
    std::string rule;       // the kernel function or rule that it goes through
    std::string otherwise;  // what is there without it: "node 1: 5242880 pages (20 GiB)"
};

struct ExpectationResult {
    bool holds = false;
    std::string wanted;  // "node:1.zone:Movable.present >= 8GiB"
    std::string actual;  // "node 1: 1048576 pages (4 GiB)"
    SourcePosition position;
    std::string hint = {};  // "did you mean 'CMA'?"
    std::vector<ResultReason> reasons = {};
};

// One result for each condition, request and area. Throws InputError where a request cannot be read.
std::vector<ExpectationResult> evaluate(const Expectation& expectation, const Outcome& outcome);

struct Evaluated {
    const Expectation& expectation;
    std::vector<ExpectationResult> results;
};

// Gives those results that do not hold on `after`, and have no reason yet, what moves them of all that differs from `before`.
void add_reasons(std::vector<Evaluated>& evaluated, const Outcome& before, const Outcome& after);

}  // namespace zonecalc
