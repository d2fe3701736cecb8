// SPDX-License-Identifier: MIT
#include "report/check.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/format.h"
#include "report/notes_json.h"
#include "zonecalc/findings.h"

namespace zonecalc {

namespace {

std::string plural(std::size_t n, std::string_view word) {
    return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

std::string in_brackets(const std::string& label) {
    return label.empty() ? label : fmt::format(" [{}]", label);
}

}  // namespace

std::size_t CheckedBoard::count(bool holds) const {
    std::size_t n = 0;
    for (const CheckedRun& run : runs)
        for (const ExpectationResult& r : run.results) n += r.holds == holds;
    return n;
}

std::string check_text(const std::vector<CheckedBoard>& boards, bool all) {
    std::string out;
    std::size_t held = 0, failed = 0, unusable = 0;
    for (const CheckedBoard& b : boards) {
        held += b.count(true);
        failed += b.count(false);
        unusable += b.unusable.has_value();
        if (b.unusable) {
            out += fmt::format("{}: unusable: {}\n", printable(b.board), printable(*b.unusable));
            continue;
        }
        const std::size_t total = b.count(true) + b.count(false);
        if (total == 0)
            out += fmt::format("{}: nothing is expected\n", printable(b.board));
        else if (b.count(false) == 0)
            out += fmt::format("{}: ok, {}\n", printable(b.board), plural(total, "expectation"));
        else
            out += fmt::format("{}: {} of {} failed\n", printable(b.board), b.count(false), plural(total, "expectation"));
        for (const CheckedRun& run : b.runs) {
            bool any_failed = false;
            for (const ExpectationResult& r : run.results) {
                any_failed |= !r.holds;
                if (r.holds && !all) continue;
                const std::string place = r.position.line ? fmt::format(":{}:{}", r.position.line, r.position.column) : "";
                out += fmt::format("  {} {}{} {}{}\n", r.holds ? "ok  " : "FAIL", printable(b.file), place, printable(r.wanted),
                                   printable(in_brackets(run.label)));
                if (!r.holds) out += fmt::format("       is {}\n", printable(r.actual));
            }
            if (any_failed)
                for (const std::string& remark : run.remarks) out += fmt::format("       note: {}\n", printable(remark));
            else if (all)
                for (const Note& n : run.notes)
                    if (is_finding(n)) out += fmt::format("       note: {} [{}]\n", printable(n.text), n.id);
        }
    }
    if (boards.size() > 1) {
        out += fmt::format("{}: {} hold, {} failed", plural(boards.size(), "board"), held, failed);
        if (unusable) out += fmt::format(", {} unusable", plural(unusable, "board"));
        out += '\n';
    }
    return out;
}

std::vector<TestSuite> check_suites(const std::vector<CheckedBoard>& boards) {
    std::vector<TestSuite> suites;
    for (const CheckedBoard& b : boards) {
        TestSuite suite{b.board, {}};
        if (b.unusable) suite.cases.push_back({"board", TestCase::Status::error, *b.unusable, {}, b.file, {}});
        for (const CheckedRun& run : b.runs)
            for (const ExpectationResult& r : run.results) {
                TestCase c{r.wanted + in_brackets(run.label),
                           r.holds ? TestCase::Status::passed : TestCase::Status::failed,
                           {},
                           {},
                           b.file,
                           r.position};
                if (!r.holds) {
                    c.message = "is " + r.actual;
                    c.lines.push_back(c.message);
                    for (const std::string& remark : run.remarks) c.lines.push_back("note: " + remark);
                }
                suite.cases.push_back(std::move(c));
            }
        for (const CheckedRun& run : b.runs)
            for (const Note& n : run.notes)
                if (const FindingInfo* info = is_finding(n) ? finding_info(n.id) : nullptr)
                    suite.remarks.push_back(
                        {fmt::format("{} [{}]{}", n.text, n.id, in_brackets(run.label)), b.file, info->severity != FindingSeverity::info});
        suites.push_back(std::move(suite));
    }
    return suites;
}

std::string check_json(const std::vector<CheckedBoard>& boards) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    std::size_t held = 0, failed = 0;
    for (const CheckedBoard& b : boards) {
        held += b.count(true);
        failed += b.count(false);
        Json board{{"board", b.board}, {"file", b.file}};
        if (b.unusable) board["unusable"] = *b.unusable;
        Json runs = Json::array();
        for (const CheckedRun& run : b.runs) {
            Json results = Json::array();
            for (const ExpectationResult& r : run.results)
                results.push_back({{"expected", r.wanted},
                                   {"holds", r.holds},
                                   {"actual", r.actual},
                                   {"line", r.position.line},
                                   {"column", r.position.column}});
            runs.push_back({{"label", run.label},
                            {"kernel", run.kernel},
                            {"cmdline", run.cmdline},
                            {"results", std::move(results)},
                            {"remarks", run.remarks},
                            {"notes", notes_json(run.notes)}});
        }
        board["runs"] = std::move(runs);
        list.push_back(std::move(board));
    }
    const Json answer{{"schema", "zonecalc.check/1"}, {"hold", held}, {"failed", failed}, {"boards", std::move(list)}};
    return answer.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zonecalc
