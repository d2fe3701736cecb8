// SPDX-License-Identifier: MIT
// Results as test programs report them: TAP, JUnit's XML, and annotations for GitHub.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

struct TestCase {
    enum class Status { passed, failed, skipped, error };
    std::string name;
    Status status = Status::passed;
    std::string message;             // of a failure in a few words, or why it was skipped
    std::vector<std::string> lines;  // all that is to be said of a failure
    std::string file;                // what a reader should look at
    SourcePosition position;
};

// Something beside the cases that a reader should know of; no failure.
struct TestRemark {
    std::string text;
    std::string file;
    bool warning = false;
};

struct TestSuite {
    std::string name;
    std::vector<TestCase> cases;
    std::vector<TestRemark> remarks = {};
};

std::string report_tap(const std::vector<TestSuite>& suites);
std::string report_junit(std::string_view title, const std::vector<TestSuite>& suites);
// Failures, and remarks that are warnings: "::error file=board.toml,line=33,col=1,title=…::…"
std::string report_github(const std::vector<TestSuite>& suites);

}  // namespace zonecalc
