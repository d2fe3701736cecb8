// SPDX-License-Identifier: MIT
// The Test Anything Protocol: a test for each group of each log.
#include <fmt/format.h>

#include "report/format.h"
#include "report/verify.h"

namespace zonecalc {

namespace {

// '#' would begin a directive.
std::string plain(std::string_view text) {
    std::string out = printable(text);
    for (char& c : out)
        if (c == '#') c = ' ';
    return out;
}

}  // namespace

std::string verify_tap(const std::vector<LogResult>& results) {
    std::size_t count = 0, number = 0;
    for (const LogResult& r : results) count += r.unusable ? 1 : r.groups.size();
    std::string out = fmt::format("1..{}\n", count);
    for (const LogResult& r : results) {
        const std::string log = plain(r.log);
        if (r.unusable) out += fmt::format("not ok {} - {}: unusable\n# {}\n", ++number, log, printable(*r.unusable));
        for (const GroupResult& g : r.groups) {
            const std::string_view verdict = to_string(g.verdict);
            const bool skipped = g.verdict != Verdict::equal && g.verdict != Verdict::differs;
            out += fmt::format("{} {} - {}: {}{}{}\n", g.verdict == Verdict::differs ? "not ok" : "ok", ++number, log,
                               plain(g.title), skipped ? " # SKIP " : "", skipped ? verdict : std::string_view());
            for (const std::string& line : g.diff) out += fmt::format("# {}\n", printable(line));
            for (const std::string& remark : g.remarks) out += fmt::format("# depends on: {}\n", printable(remark));
        }
    }
    return out;
}

}  // namespace zonecalc
