// SPDX-License-Identifier: MIT
// A boot log, cut in two: what the kernel started from, and what it made of it. A prediction is made of the first half alone and
// compared with the second.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

enum class AnswerGroup { zone_ranges, movable_start, node_ranges, initmem, on_node, zonelists, totals, memory, slub };
inline constexpr std::size_t answer_groups = 9;
inline constexpr std::array<AnswerGroup, answer_groups> all_answer_groups = {
    AnswerGroup::zone_ranges, AnswerGroup::movable_start, AnswerGroup::node_ranges, AnswerGroup::initmem, AnswerGroup::on_node,
    AnswerGroup::zonelists,   AnswerGroup::totals,        AnswerGroup::memory,      AnswerGroup::slub};

std::string_view to_string(AnswerGroup group);  // "zone_ranges"
std::string_view title(AnswerGroup group);      // "zone ranges"

// The kernel's answers of one boot. Lines have no stamp and no blanks at their end; those that belong under a heading are indented.
struct Answers {
    std::array<std::vector<std::string>, answer_groups> lines;
    std::optional<AnswerGroup> first, last;  // where the log begins or ends in the middle of the answers
    bool memory_printed_late = false;        // "Memory:" comes after SLUB's line, when start-up has taken pages
    bool zonelists_rebuilt = false;          // once more after SLUB's line, which is no answer: memory was added
    bool debug_lines = false;                // has lines of the debug level: "On node 0 totalpages", mminit::

    const std::vector<std::string>& operator[](AnswerGroup g) const { return lines[static_cast<std::size_t>(g)]; }
    std::vector<std::string>& operator[](AnswerGroup g) { return lines[static_cast<std::size_t>(g)]; }
};

struct LoggedBoot {
    u32 first_line = 1;  // of the log
    Answers answers;
    std::vector<u32> node_range_lines;
};

struct SplitLog {
    std::string inputs;             // the log with its line numbers, its answers blanked
    std::vector<LoggedBoot> boots;  // one at least, by line

    // The boot that a line belongs to.
    const LoggedBoot& boot_at(u32 line) const;
};

// "Early memory node ranges" are an answer, and in some logs the only memory map that there is: they can be kept among the inputs.
// "Memory:" keeps the kernel's image sizes and loses the totals.
SplitLog split_log(std::string_view text, bool keep_node_ranges = false);

// The answers in text that has no more than one boot, such as a prediction's.
Answers answers_of(std::string_view text);

}  // namespace zonecalc
