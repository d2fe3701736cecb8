// SPDX-License-Identifier: MIT
// Lines are compared as the kernel prints them. Three things are none of the kernel's and make no difference: blanks (mail eats
// them), lines of the debug level in a log that has none of that level, and the free pages of a "Memory:" line that is printed when
// other code has taken pages already.
#include "report/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/diff.h"
#include "report/verify_lines.h"

namespace zonecalc {

namespace {

std::string with_single_blanks(std::string_view t) {
    std::string out;
    for (const char c : t)
        if ((c != ' ' && c != '\t') || (!out.empty() && out.back() != ' ')) out += c == '\t' ? ' ' : c;
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

// Lines of the log that differ from a predicted one in blanks only become that one.
Lines with_blanks_of(const Lines& predicted, Lines log) {
    std::map<std::string, const std::string*> by_words;
    for (const std::string& p : predicted) by_words.emplace(with_single_blanks(p), &p);
    for (std::string& l : log)
        if (const auto at = by_words.find(with_single_blanks(l)); at != by_words.end()) l = *at->second;
    return log;
}

bool of_debug_level(const std::string& line) {
    if (line.starts_with("mminit::")) return true;
    if (line.starts_with("On node ")) return line.find(" totalpages: ") != line.npos;
    return line.starts_with("  ") && line.find(" zone: ") != line.npos && line.find("exceeds freesize") == line.npos &&
           line.find("in unavailable ranges") == line.npos;
}

// "Memory: 6104828K/6290936K available" → "Memory: …K/6290936K available"
void hide_free_pages(Lines& lines) {
    for (std::string& l : lines)
        if (const std::size_t slash = l.find('/'); slash != l.npos) l = "Memory: …K" + l.substr(slash);
}

bool begins_with(const Lines& whole, const Lines& part) {
    return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}
bool ends_with(const Lines& whole, const Lines& part) {
    return part.size() <= whole.size() && std::equal(part.rbegin(), part.rend(), whole.rbegin());
}

// A log that has lines from both sides of the place would have these, too.
bool should_be_there(const Answers& log, AnswerGroup g) {
    return g == AnswerGroup::on_node && !log[AnswerGroup::initmem].empty() && !log[AnswerGroup::zonelists].empty();
}

GroupResult compare_group(const Answers& log, const Answers& predicted, AnswerGroup g) {
    Lines mine = predicted[g];
    if (!log.debug_lines) std::erase_if(mine, of_debug_level);
    Lines kernel = with_blanks_of(mine, log[g]);
    if (g == AnswerGroup::memory && log.memory_printed_late) hide_free_pages(mine), hide_free_pages(kernel);
    if (kernel.empty() && (mine.empty() || !should_be_there(log, g))) return group_result(to_string(g), title(g), Verdict::absent);
    if (mine.empty() && (g == AnswerGroup::memory || g == AnswerGroup::slub))
        return group_result(to_string(g), title(g), Verdict::not_computed);
    GroupResult r = compare_lines(to_string(g), title(g), kernel, mine);
    const bool cut = (log.last == g && begins_with(mine, kernel)) || (log.first == g && ends_with(mine, kernel));
    if (r.verdict == Verdict::differs && cut) r.verdict = Verdict::cut, r.diff.clear();
    return r;
}

}  // namespace

GroupResult group_result(std::string_view name, std::string_view title, Verdict verdict) {
    GroupResult r;
    r.name = name;
    r.title = title;
    r.verdict = verdict;
    return r;
}

GroupResult compare_lines(std::string_view name, std::string_view title, const Lines& kernel, const Lines& predicted) {
    GroupResult r = group_result(name, title, Verdict::equal);
    r.diff = unified_diff(kernel, predicted);
    if (!r.diff.empty()) r.verdict = Verdict::differs;
    return r;
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::equal:
            return "equal";
        case Verdict::differs:
            return "differs";
        case Verdict::absent:
            return "not in the log";
        case Verdict::cut:
            return "cut short";
        case Verdict::not_computed:
            return "not computed";
        case Verdict::given:
            return "input";
    }
    return {};
}

std::size_t LogResult::count(Verdict verdict) const {
    return static_cast<std::size_t>(
        std::count_if(groups.begin(), groups.end(), [verdict](const GroupResult& g) { return g.verdict == verdict; }));
}

std::vector<GroupResult> compare_answers(const Answers& log, const Answers& predicted, bool given) {
    std::vector<GroupResult> out;
    for (const AnswerGroup g : all_answer_groups) {
        out.push_back(compare_group(log, predicted, g));
        if (given && g == AnswerGroup::node_ranges && out.back().verdict == Verdict::equal) out.back().verdict = Verdict::given;
    }
    return out;
}

namespace {

// Which groups an assumption can change, by what it speaks of.
bool concerns(std::string_view assumption, std::string_view group) {
    const auto speaks_of = [assumption](std::initializer_list<std::string_view> words) {
        return std::any_of(words.begin(), words.end(),
                           [assumption](std::string_view w) { return assumption.find(w) != assumption.npos; });
    };
    const bool zonelists = group == "zonelists", sums = group == "totals" || group == "memory" || group == "watermarks" ||
                                                        group == "lowmem_reserve" || group == "pcp";
    if (speaks_of({"node distances", "which CPU belongs"})) return zonelists;
    if (speaks_of({"reserved"})) return sums;
    if (speaks_of({"how many CPUs"})) return group == "slub" || group == "pcp";
    if (speaks_of({"DMA masters"})) return group != "slub" && group != "node_ranges" && group != "initmem";
    return true;  // the memory map, the kernel, the command line
}

}  // namespace

void add_remarks(LogResult& result) {
    for (GroupResult& g : result.groups) {
        if (g.verdict != Verdict::differs) continue;
        for (const std::string& a : result.assumed)
            if (concerns(a, g.name)) g.remarks.push_back(a);
    }
}

}  // namespace zonecalc
