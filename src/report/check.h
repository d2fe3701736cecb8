// SPDX-License-Identifier: MIT
// Boards against their expectations, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "figures/expect.h"
#include "report/test_report.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// One kernel and command line of a board's matrix.
struct CheckedRun {
    std::string label;  // "6.1-x86_64, kernelcore=2G"; empty where there is only one
    std::string kernel;
    std::string cmdline;
    std::vector<ExpectationResult> results;
    std::vector<std::string> remarks;  // what the kernel warns of, and what else may explain a difference
    std::vector<Note> notes;           // findings and assumptions
};

struct CheckedBoard {
    std::string board;                    // as the user named it
    std::string file;                     // that the expectations stand in
    std::optional<std::string> unusable;  // why nothing could be evaluated
    std::vector<CheckedRun> runs;

    std::size_t count(bool holds) const;
};

// `all`: what holds as well.
std::string check_text(const std::vector<CheckedBoard>& boards, bool all);
std::string check_json(const std::vector<CheckedBoard>& boards);  // schema "zonecalc.check/1"
std::vector<TestSuite> check_suites(const std::vector<CheckedBoard>& boards);

}  // namespace zonecalc
