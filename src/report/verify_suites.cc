// SPDX-License-Identifier: MIT
// Logs as test programs report them. A group that the log lacks, or the model, is skipped.
#include "report/verify.h"

namespace zonecalc {

namespace {

TestCase test_case(const GroupResult& g) {
    TestCase c;
    c.name = g.title;
    if (g.verdict == Verdict::equal) return c;
    c.status = g.verdict == Verdict::differs ? TestCase::Status::failed : TestCase::Status::skipped;
    c.message = to_string(g.verdict);
    c.lines = g.diff;
    for (const std::string& remark : g.remarks) c.lines.push_back("depends on: " + remark);
    return c;
}

}  // namespace

std::vector<TestSuite> verify_suites(const std::vector<LogResult>& results) {
    std::vector<TestSuite> suites;
    for (const LogResult& r : results) {
        TestSuite suite{r.log, {}};
        if (r.unusable) suite.cases.push_back({"log", TestCase::Status::error, "unusable", {*r.unusable}, {}, {}});
        for (const GroupResult& g : r.groups) suite.cases.push_back(test_case(g));
        suites.push_back(std::move(suite));
    }
    return suites;
}

}  // namespace zonecalc
