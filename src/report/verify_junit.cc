// SPDX-License-Identifier: MIT
// JUnit's XML, as CI systems read it: a suite for each log, a case for each group.
#include <fmt/format.h>

#include "input/source.h"
#include "report/verify.h"

namespace zonecalc {

namespace {

// Text for element or attribute. What XML cannot hold becomes '?'.
std::string xml(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Char c = decode_utf8(text, at);
        const std::string_view bytes = text.substr(at, c.bytes);
        at += std::max(c.bytes, 1u);
        const bool allowed = c.valid && (c.code >= 0x20 || c.code == '\t' || c.code == '\n') && c.code != 0xfffe &&
                             c.code != 0xffff && c.code != 0x7f;
        if (!allowed)
            out += '?';
        else if (c.code == '<')
            out += "&lt;";
        else if (c.code == '>')
            out += "&gt;";
        else if (c.code == '&')
            out += "&amp;";
        else if (c.code == '"')
            out += "&quot;";
        else
            out += bytes;
    }
    return out;
}

void suite(std::string& out, const LogResult& r) {
    const std::string log = xml(r.log);
    if (r.unusable) {
        out += fmt::format("  <testsuite name=\"{}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n", log);
        out += fmt::format(
            "    <testcase classname=\"{}\" name=\"log\">\n      <error message=\"unusable\">{}</error>\n    </testcase>\n", log,
            xml(*r.unusable));
        out += "  </testsuite>\n";
        return;
    }
    const std::size_t failures = r.count(Verdict::differs), skipped = r.groups.size() - failures - r.count(Verdict::equal);
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n", log, r.groups.size(),
                       failures, skipped);
    for (const GroupResult& g : r.groups) {
        out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", log, xml(g.title));
        if (g.verdict == Verdict::equal) {
            out += "/>\n";
            continue;
        }
        if (g.verdict == Verdict::differs) {
            out += ">\n      <failure message=\"differs\">";
            for (const std::string& line : g.diff) out += xml(line) + "\n";
            for (const std::string& remark : g.remarks) out += "depends on: " + xml(remark) + "\n";
            out += "</failure>\n    </testcase>\n";
        } else {
            out += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", to_string(g.verdict));
        }
    }
    out += "  </testsuite>\n";
}

}  // namespace

std::string verify_junit(const std::vector<LogResult>& results) {
    std::size_t tests = 0, failures = 0, errors = 0;
    for (const LogResult& r : results) {
        tests += r.unusable ? 1 : r.groups.size();
        failures += r.count(Verdict::differs);
        errors += r.unusable ? 1 : 0;
    }
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out +=
        fmt::format("<testsuites name=\"zonecalc verify\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n", tests, failures, errors);
    for (const LogResult& r : results) suite(out, r);
    return out + "</testsuites>\n";
}

}  // namespace zonecalc
