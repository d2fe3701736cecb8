// SPDX-License-Identifier: MIT
// For people: of one log every group with what differs; of several a table, a total, and what differs below.
#include <fmt/format.h>

#include <algorithm>

#include "report/format.h"
#include "report/table.h"
#include "report/verify.h"

namespace zonecalc {

namespace {

constexpr std::string_view heads[] = {"ZONES", "MOVABLE", "NODES", "INITMEM", "ON NODE", "ZONELISTS", "TOTALS", "MEMORY", "SLUB"};
static_assert(std::size(heads) == answer_groups);

std::string_view cell(Verdict verdict) {
    switch (verdict) {
        case Verdict::equal:
            return "equal";
        case Verdict::differs:
            return "DIFFERS";
        case Verdict::absent:
            return "-";
        case Verdict::cut:
            return "cut";
        case Verdict::not_computed:
            return "?";
        case Verdict::given:
            return "input";
    }
    return {};
}

std::string counts(const std::vector<LogResult>& results) {
    std::size_t equal = 0, differs = 0;
    for (const LogResult& r : results) equal += r.count(Verdict::equal), differs += r.count(Verdict::differs);
    return fmt::format("{} of {} groups equal", equal, equal + differs);
}

void difference(std::string& out, const LogResult& r, const GroupResult& g) {
    out += fmt::format("--- {}: {}\n+++ zonecalc\n", printable(r.log), g.title);
    for (const std::string& line : g.diff) out += printable(line) + "\n";
    for (const std::string& remark : g.remarks) out += fmt::format("Depends on: {}\n", printable(remark));
}

std::string one_log(const LogResult& r) {
    std::string out = fmt::format("Log      {}\n", printable(r.log));
    out += fmt::format("Board    {}\n", printable(r.board));
    out += fmt::format("Kernel   {}, profile {}\n\n", r.release.empty() ? "unknown" : printable(r.release), printable(r.kernel));
    Table table({{"GROUP"}, {"PREDICTION"}});
    for (const GroupResult& g : r.groups) table.row({g.title, std::string(to_string(g.verdict))});
    table.print(out);
    for (const GroupResult& g : r.groups) {
        if (g.verdict != Verdict::differs) continue;
        out += '\n';
        difference(out, r, g);
    }
    if (!r.assumed.empty()) {
        out += "\nWhat the log does not say\n";
        for (const std::string& a : r.assumed) out += fmt::format("  {}\n", printable(a));
    }
    return out + "\n" + counts({r}) + "\n";
}

}  // namespace

std::string verify_text(const std::vector<LogResult>& results) {
    if (results.size() == 1 && !results.front().unusable) return one_log(results.front());

    // Companion files are rare: their groups have columns only where some log has them.
    std::vector<std::string> more;
    for (const LogResult& r : results)
        for (std::size_t i = answer_groups; i < r.groups.size(); ++i)
            if (std::find(more.begin(), more.end(), r.groups[i].title) == more.end()) more.push_back(r.groups[i].title);
    std::vector<std::string> names(std::begin(heads), std::end(heads));
    for (const std::string& m : more) {
        names.push_back(m);
        for (char& c : names.back())
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    std::vector<Column> columns{{"LOG"}, {"KERNEL"}};
    for (const std::string& n : names) columns.push_back({n});
    Table table(columns);
    std::size_t unusable = 0;
    for (const LogResult& r : results) {
        std::vector<Cell> row{printable(r.log), printable(r.kernel)};
        if (r.unusable) {
            ++unusable;
            row[1] = Cell("unusable");
        }
        for (std::size_t i = 0; i < r.groups.size() && i < answer_groups; ++i) row.emplace_back(cell(r.groups[i].verdict));
        for (const std::string& m : more) {
            const auto at = std::find_if(r.groups.begin(), r.groups.end(), [&m](const GroupResult& g) { return g.title == m; });
            row.emplace_back(at == r.groups.end() ? std::string_view() : cell(at->verdict));
        }
        table.row(std::move(row));
    }
    std::string out;
    table.print(out, {.indent = 0, .heading_on = {}, .heading_off = {}});

    std::vector<std::string> titles, total;
    for (const AnswerGroup g : all_answer_groups) titles.emplace_back(title(g));
    titles.insert(titles.end(), more.begin(), more.end());
    for (const std::string& t : titles) {
        std::size_t equal = 0, all = 0;
        for (const LogResult& r : results)
            for (const GroupResult& g : r.groups) {
                if (g.title != t) continue;
                equal += g.verdict == Verdict::equal;
                all += g.verdict == Verdict::equal || g.verdict == Verdict::differs;
            }
        if (all != 0) total.push_back(fmt::format("{} {}/{}", t, equal, all));
    }
    out += fmt::format("\n{} logs: {}", results.size(), counts(results));
    if (!total.empty()) out += fmt::format(" ({})", fmt::join(total, ", "));
    if (unusable != 0) out += fmt::format("; {} unusable", unusable);
    out += '\n';
    for (const LogResult& r : results)
        for (const GroupResult& g : r.groups) {
            if (g.verdict != Verdict::differs) continue;
            out += '\n';
            difference(out, r, g);
        }
    return out;
}

}  // namespace zonecalc
