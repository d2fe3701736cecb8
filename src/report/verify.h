// SPDX-License-Identifier: MIT
// A prediction against what the kernel said, group by group, and the ways to show it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/log_answers.h"
#include "input/proc_files.h"
#include "input/zoneinfo.h"
#include "report/test_report.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

enum class Verdict {
    equal,
    differs,
    absent,        // not in the log
    cut,           // the log begins or ends here, and agrees as far as it goes
    not_computed,  // the log has it, the model has no such line
    given,         // equal, but the prediction was made of it
};
std::string_view to_string(Verdict verdict);  // "equal", "not computed"

struct GroupResult {
    std::string name;   // stable, for programs: "zone_ranges"
    std::string title;  // for people: "zone ranges"
    Verdict verdict = Verdict::absent;
    std::vector<std::string> diff;     // unified, without its head: '-' is the kernel, '+' the prediction
    std::vector<std::string> remarks;  // what the log does not say and this group follows from
};

struct LogResult {
    std::string log;  // file, as the user gave it
    std::string board;
    std::string release;                  // as the log says it
    std::string kernel;                   // profile
    std::optional<std::string> unusable;  // why; then the rest is empty
    std::vector<GroupResult> groups;
    std::vector<std::string> assumed;  // sentences: what the log does not say

    std::size_t count(Verdict verdict) const;
};

// The groups of the log, in the order of AnswerGroup. `given`: node ranges were among the inputs.
std::vector<GroupResult> compare_answers(const Answers& log, const Answers& predicted, bool given = false);

// zoneinfo (start_pfn, spanned, present), watermarks, lowmem_reserve, pcp
std::vector<GroupResult> compare_zoneinfo(const std::vector<ZoneinfoZone>& zones, const Layout& layout);

// What of these files a boot settles: see verify_proc.cc.
GroupResult compare_buddyinfo(const std::vector<BuddyinfoZone>& zones, const Kernel& kernel, const Layout& layout);
GroupResult compare_pagetypeinfo(const Pagetypeinfo& info, const Kernel& kernel, const Layout& layout);
GroupResult compare_slabinfo(const std::vector<SlabinfoCache>& caches, const Layout& layout);

// Puts each assumption beside the differences that may follow from it.
void add_remarks(LogResult& result);

std::string verify_text(const std::vector<LogResult>& results);
std::string verify_json(const std::vector<LogResult>& results);
std::vector<TestSuite> verify_suites(const std::vector<LogResult>& results);  // a suite for each log, a case for each group

}  // namespace zonecalc
