// SPDX-License-Identifier: MIT
// Two machines side by side: what moved, and what moved it.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/figure.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc {

// A machine that has been brought up. Refers to its parts.
struct Outcome {
    const Board& board;
    const Kernel& kernel;
    const Cmdline& cmdline;
    const Layout& layout;
};

// A figure that differs. Where the page sizes differ, pages and pfns are given in bytes.
struct Change {
    std::optional<int> node;
    std::optional<ZoneType> zone;
    std::string figure;  // "start_pfn", "present", "movable path"
    Figure::Unit unit = Figure::Unit::pages;
    bool address = false;                 // a place and no amount
    std::optional<u64> before, after;     // none: not there, or not known
    std::string text_before, text_after;  // where the figure is no number
};

// Something that differs between the inputs, and what follows from it alone.
struct Reason {
    std::string cause;               // "kernelcore=2G", "behaviour init_on_alloc", "memory map"
    std::string rule;                // the kernel function or rule that it goes through
    std::vector<std::string> moves;  // "node 0 Movable"; empty: it moves nothing here
};

// Findings (findings.h) that one machine has and the other has not. A finding that words it otherwise is the same one, as long as
// it is about the same parameter.
struct FindingChanges {
    std::vector<Note> appeared, gone;
};

struct Comparison {
    std::vector<Change> changes;  // machine, nodes, zones
    std::vector<Reason> reasons;
    FindingChanges findings;

    bool equal() const { return changes.empty(); }
};

// What differs between two answers, without reasons.
std::vector<Change> changes_between(const Outcome& before, const Outcome& after);
FindingChanges finding_changes(const Layout& before, const Layout& after);

// Each thing that differs between the inputs is taken back by itself, and the machine brought up again: what then changes is what
// it moves.
Comparison compare(const Outcome& before, const Outcome& after);

}  // namespace zonecalc
