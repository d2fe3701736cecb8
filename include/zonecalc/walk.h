// SPDX-License-Identifier: MIT
// The walk: which functions of the kernel ran, in call order, with what they worked on, what they decided and why.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

// What a number of the walk counts or names; reports word it accordingly.
enum class WalkUnit { number, signed_number, hex, pages, pfn, bytes, address, text };

// One line of the walk, in the order in which things happened. What a function did follows its call, one level deeper.
struct WalkLine {
    enum class Kind {
        call,      // name: the function, as the release at hand calls it; or a label inside one ("restart:")
        argument,  // of the call before it
        value,     // name: the kernel's name for it
        reason,    // text: why, or what follows
    };
    Kind kind = Kind::call;
    WalkUnit unit = WalkUnit::text;
    unsigned depth = 0;
    u64 number = 0;
    std::string name;
    std::string text;  // of a number: what its bits are called, where that says more

    bool operator==(const WalkLine&) const = default;
};

struct Walk {
    std::vector<WalkLine> lines;
    bool cut = false;  // there was more than anybody would read
};

}  // namespace zonecalc
