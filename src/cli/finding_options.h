// SPDX-License-Identifier: MIT
// -W: which findings are shown, and which of them are errors.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/syntax.h"
#include "zonecalc/compare.h"
#include "zonecalc/findings.h"

namespace zonecalc::cli {

// The words of -W, as read. A later word goes before an earlier one.
class FindingChoice {
public:
    // ID, no-ID, all, no-all, error, no-error, error=ID, no-error=ID. Throws UsageError.
    void read(const std::string& word);

    // Takes the notes that are not wanted away, and adds those that are wanted on request only.
    void apply(const Board& board, const Kernel& kernel, const Cmdline& cmdline, Layout& layout) const;
    bool is_error(const Note& note) const;
    bool any_errors() const { return !errors_.empty(); }

private:
    std::set<std::string_view> hidden_;
    std::set<std::string_view> requested_;  // of those that are not found by default
    std::set<std::string_view> errors_;
};

// -W WORD; -W help lists what there is.
void add_finding_option(Syntax& syntax, FindingChoice& choice);

}  // namespace zonecalc::cli
