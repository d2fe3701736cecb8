// SPDX-License-Identifier: MIT
// The walk as a tree of calls, and the parts of it that somebody asked for.
#pragma once

#include <string_view>
#include <vector>

#include "zonecalc/walk.h"

namespace zonecalc {

struct WalkCall {
    // What a function did, in order: a line of its own, or a call.
    struct Item {
        const WalkLine* line = nullptr;  // null: a call
        std::size_t call = 0;            // index in `calls`
    };

    const WalkLine* line = nullptr;
    std::vector<const WalkLine*> arguments;
    std::vector<Item> items;
    std::vector<WalkCall> calls;
};

// `walk` must outlive the tree. The root stands for no function.
WalkCall walk_tree(const Walk& walk);

// Are these calls of one function, with the same functions inside? Short ones must tell the same, too, but for the numbers.
bool alike(const WalkCall& a, const WalkCall& b);

// Calls of `function`, those inside another one left out, each with its callers, outermost first.
struct FoundCall {
    const WalkCall* call = nullptr;
    std::vector<std::string_view> callers;
};
std::vector<FoundCall> find_calls(const WalkCall& root, std::string_view function);

// The functions of the walk, each once, in the order of their first call.
std::vector<std::string_view> functions_of(const Walk& walk);

}  // namespace zonecalc
