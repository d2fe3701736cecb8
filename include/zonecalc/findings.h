// SPDX-License-Identifier: MIT
// Findings: what the owner of a layout should know of. Each is a note (layout.h) whose id is in the table here.
//
// Some are said by the model on its way, where it meets them; the others are computed by src/findings/ of the finished layout.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "zonecalc/zonecalc.h"

namespace zonecalc {

enum class FindingSeverity {
    info,     // worth knowing
    warning,  // not what was asked for, or trouble to come
    error,    // memory is lost, or the machine does not come up
};
std::string_view to_string(FindingSeverity severity);

struct FindingInfo {
    std::string_view id;
    Note::Kind kind = Note::Kind::effect;  // kernel_bug, problem or effect
    FindingSeverity severity = FindingSeverity::info;
    std::string_view what;         // a line for people
    std::string_view remedy = {};  // what would change it, where that is the same for all
    bool by_default = true;        // false: computed on request only
};

// By id.
const std::vector<FindingInfo>& finding_table();
const FindingInfo* finding_info(std::string_view id);  // null: no finding has that id
bool is_finding(const Note& note);

// Looks for those findings that are `wanted`, and appends them to the layout's notes; findings without a remedy get that of the
// table. bring_up() does it for all that are found by default.
void add_findings(const Board& board, const Kernel& kernel, const Cmdline& cmdline, Layout& layout,
                  const std::function<bool(const FindingInfo&)>& wanted);

}  // namespace zonecalc
