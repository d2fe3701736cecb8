// SPDX-License-Identifier: MIT
// A number of the answer, as people name it, and a condition on it.
//
//     node:1.zone:Movable.present >= 8GiB
//
// A figure is a name, and in front of it which nodes ("node:1"; "node:*": each of them) and which zone ("zone:Movable") it is of.
// Without a node, pages are those of all nodes, a start is the lowest and an end the highest. "findings:movable-too-large" counts
// the findings of that id. A path such as "/nodes/0/spanned" is any number or text of the JSON report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

struct Figure {
    enum class Nodes { all, each, one };
    // What a plain number is measured in; counts can be compared with plain numbers only.
    enum class Unit { count, pages, kib, bytes };

    std::string text;  // as it was written
    Nodes nodes = Nodes::all;
    int node = 0;  // Nodes::one
    std::optional<ZoneType> zone;
    std::string name;     // "present"; "blocks" with an order, "lowmem_reserve" with a zone, "json" with a pointer
    unsigned order = 0;   // of "blocks"
    std::string pointer;  // of "json"; an id of "findings", or empty
    Unit unit = Unit::pages;

    bool operator==(const Figure&) const = default;
};

// What a figure is compared with.
struct Wanted {
    enum class Kind { number, bytes, percent, text };
    Kind kind = Kind::number;
    u64 number =
        0;  // in the figure's unit, in bytes, or in thousandths of a percent of the memory of the node, or else the machine
    std::string text;  // Kind::text; otherwise as it was written
    bool operator==(const Wanted&) const = default;
};

enum class Op { eq, ne, lt, le, gt, ge };
std::string_view to_string(Op op);  // "=", "!=", "<", …

struct Condition {
    Figure figure;
    Op op = Op::eq;
    Wanted wanted;
    SourcePosition position;  // of the value
};

// [[expect]]: what must hold of the answer, evaluated by `check`.
struct Expectation {
    std::optional<ZoneType> zone;
    std::optional<int> node;
    std::vector<Condition> conditions;  // all of them must hold
    std::string alloc;                  // a request in short, "order=9 gfp=GFP_DMA32", that must be served: from zone and node, if given
    std::string reserved;               // an area of that name that must be there: within zone and node, if given
    std::vector<std::string> runs;      // of [[matrix]] for which this is expected; empty: all
    SourcePosition position;
};

// [[matrix]]: the command lines and kernels that expectations are evaluated for: every kernel with every command line with every
// addition. An empty list stands for what the board has.
struct MatrixEntry {
    std::string name;
    std::vector<std::string> kernels;
    std::vector<std::string> cmdlines;  // in place of the board's
    std::vector<std::string> appends;   // added to it
    SourcePosition position;
};

}  // namespace zonecalc
