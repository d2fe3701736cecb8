// SPDX-License-Identifier: MIT
#include "report/test_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/source.h"
#include "report/format.h"

namespace zonecalc {

namespace {

using Status = TestCase::Status;

// '#' would begin a directive.
std::string tap_text(std::string_view text) {
    std::string out = printable(text);
    std::replace(out.begin(), out.end(), '#', ' ');
    return out;
}

// A property's value ends with ',' or ':', a message with its line.
std::string github_text(std::string_view text, bool property) {
    std::string out;
    for (const char c : printable(text)) {
        if (c == '%')
            out += "%25";
        else if (property && c == ',')
            out += "%2C";
        else if (property && c == ':')
            out += "%3A";
        else
            out += c;
    }
    return out;
}

std::size_t count(const TestSuite& suite, Status status) {
    return static_cast<std::size_t>(
        std::count_if(suite.cases.begin(), suite.cases.end(), [status](const TestCase& c) { return c.status == status; }));
}

void junit_case(std::string& out, const TestSuite& suite, const TestCase& c) {
    out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml_text(suite.name), xml_text(c.name));
    if (c.status == Status::passed) {
        out += "/>\n";
    } else if (c.status == Status::skipped) {
        out += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml_text(c.message));
    } else {
        const std::string_view element = c.status == Status::error ? "error" : "failure";
        out += fmt::format(">\n      <{} message=\"{}\">", element, xml_text(c.message));
        if (!c.file.empty() && c.position.line) out += fmt::format("{}:{}\n", xml_text(c.file), c.position.line);
        for (const std::string& line : c.lines) out += xml_text(line) + "\n";
        out += fmt::format("</{}>\n    </testcase>\n", element);
    }
}

}  // namespace

std::string report_tap(const std::vector<TestSuite>& suites) {
    std::size_t total = 0, number = 0;
    for (const TestSuite& s : suites) total += s.cases.size();
    std::string out = fmt::format("1..{}\n", total);
    for (const TestSuite& s : suites)
        for (const TestCase& c : s.cases) {
            const bool bad = c.status == Status::failed || c.status == Status::error;
            out += fmt::format("{} {} - {}: {}", bad ? "not ok" : "ok", ++number, tap_text(s.name), tap_text(c.name));
            if (c.status == Status::skipped) out += " # SKIP " + tap_text(c.message);
            out += '\n';
            if (bad && !c.file.empty() && c.position.line) out += fmt::format("# at {}:{}\n", printable(c.file), c.position.line);
            if (bad)
                for (const std::string& line : c.lines) out += fmt::format("# {}\n", printable(line));
        }
    for (const TestSuite& s : suites)
        for (const TestRemark& r : s.remarks) out += fmt::format("# {}: {}\n", printable(s.name), printable(r.text));
    return out;
}

std::string report_junit(std::string_view title, const std::vector<TestSuite>& suites) {
    std::size_t tests = 0, failures = 0, errors = 0;
    for (const TestSuite& s : suites) {
        tests += s.cases.size();
        failures += count(s, Status::failed);
        errors += count(s, Status::error);
    }
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out += fmt::format("<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n", xml_text(title), tests, failures,
                       errors);
    for (const TestSuite& s : suites) {
        out +=
            fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n", xml_text(s.name),
                        s.cases.size(), count(s, Status::failed), count(s, Status::error), count(s, Status::skipped));
        for (const TestCase& c : s.cases) junit_case(out, s, c);
        if (!s.remarks.empty()) {
            out += "    <system-out>";
            for (const TestRemark& r : s.remarks) out += xml_text(r.text) + "\n";
            out += "</system-out>\n";
        }
        out += "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
}

std::string report_github(const std::vector<TestSuite>& suites) {
    std::string out;
    for (const TestSuite& s : suites) {
        for (const TestCase& c : s.cases) {
            if (c.status == Status::passed || c.status == Status::skipped) continue;
            std::string where;
            if (!c.file.empty()) where = fmt::format("file={},", github_text(c.file, true));
            if (c.position.line) where += fmt::format("line={},col={},", c.position.line, c.position.column);
            out += fmt::format("::error {}title={}::{}: {}\n", where, github_text(s.name, true), github_text(c.name, false),
                               github_text(c.message, false));
        }
        for (const TestRemark& r : s.remarks)
            if (r.warning)
                out += fmt::format("::warning {}title={}::{}\n",
                                   r.file.empty() ? "" : fmt::format("file={},", github_text(r.file, true)),
                                   github_text(s.name, true), github_text(r.text, false));
    }
    return out;
}

}  // namespace zonecalc
