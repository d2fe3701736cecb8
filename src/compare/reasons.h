// SPDX-License-Identifier: MIT
// What differs between the inputs of two machines, each thing taken back by itself.
#pragma once

#include <functional>
#include <string>

#include "zonecalc/compare.h"

namespace zonecalc {

struct Difference {
    std::string cause;  // "kernelcore=2G", "without kernelcore=2G", "memory map"
    std::string rule;   // the kernel function or rule that it goes through
    bool given = true;  // in so many words: worth telling even where it moves nothing
};

// `without` is the machine `with`, but for the difference.
using VisitDifference = std::function<void(const Difference&, const Outcome& with, const Outcome& without)>;

void for_each_difference(const Outcome& before, const Outcome& after, const VisitDifference& visit);

}  // namespace zonecalc
