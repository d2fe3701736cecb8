// SPDX-License-Identifier: MIT
#include "report/check.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

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

// Of all runs, each id once.
std::size_t findings_of(const CheckedBoard& board) {
    std::set<std::string_view> ids;
    for (const CheckedRun& run : board.runs)
        for (const Note& n : run.notes)
            if (is_finding(n)) ids.insert(n.id);
    return ids.size();
}

std::string is_line(const ExpectationResult& r) {
    return "is " + r.actual + (r.hint.empty() ? "" : "; " + r.hint);
}

// "reason: movablecore=10G, find_zone_movable_pfns_for_nodes(); otherwise it is …"
std::vector<std::string> reason_lines(const ExpectationResult& r) {
    constexpr std::size_t most = 5;
    std::vector<std::string> out;
    for (const ResultReason& reason : r.reasons) {
        if (out.size() == most) {
            out.push_back(fmt::format("{} more reasons: 'zonecalc compare' lists them", r.reasons.size() - most));
            break;
        }
        out.push_back(fmt::format("reason: {}{}{}; otherwise it is {}", reason.cause, reason.rule.empty() ? "" : ", ", reason.rule,
                                  reason.otherwise));
    }
    return out;
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
            out +=
                fmt::format("{}: ok, {}{}\n", printable(b.board), plural(total, "expectation"),
                            !all && findings_of(b) ? fmt::format("; {}, which -v lists", plural(findings_of(b), "finding")) : "");
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
                if (r.holds) continue;
                out += fmt::format("       {}\n", printable(is_line(r)));
                for (const std::string& reason : reason_lines(r)) out += fmt::format("       {}\n", printable(reason));
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
                    c.message = is_line(r);
                    c.lines.push_back(c.message);
                    for (std::string& reason : reason_lines(r)) c.lines.push_back(std::move(reason));
                    if (!r.reasons.empty()) c.message += fmt::format(" (reason: {})", r.reasons.front().cause);
                    for (const std::string& remark : run.remarks) c.lines.push_back("note: " + remark);
                }
                suite.cases.push_back(std::move(c));
            }
        for (const CheckedRun& run : b.runs)
            for (const Note& n : run.notes)
                if (const FindingInfo* info = is_finding(n) ? finding_info(n.id) : nullptr)
                    suite.remarks.push_back({fmt::format("{} [{}]{}", n.text, n.id, in_brackets(run.label)), b.file,
                                             info->severity != FindingSeverity::info});
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
            for (const ExpectationResult& r : run.results) {
                Json reasons = Json::array();
                for (const ResultReason& reason : r.reasons)
                    reasons.push_back({{"cause", reason.cause}, {"rule", reason.rule}, {"otherwise", reason.otherwise}});
                results.push_back({{"expected", r.wanted},
                                   {"holds", r.holds},
                                   {"actual", r.actual},
                                   {"reasons", std::move(reasons)},
                                   {"line", r.position.line},
                                   {"column", r.position.column}});
            }
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
