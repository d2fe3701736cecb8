// SPDX-License-Identifier: MIT
// Which findings come and go from one machine to the other. Those that both have are paired, by id and by the name of the
// parameter that they are about: "kernelcore=1G" and "kernelcore=2G" are one thing to know, said of two amounts.
#include <algorithm>

#include "zonecalc/compare.h"
#include "zonecalc/findings.h"

namespace zonecalc {

namespace {

std::string_view parameter_name(const Note& note) {
    return std::string_view(note.place.parameter).substr(0, note.place.parameter.find('='));
}

bool same_finding(const Note& a, const Note& b) {
    return a.id == b.id && parameter_name(a) == parameter_name(b);
}

// The findings of `a` that are not in `b`, counted as often as they are there.
std::vector<Note> missing_from(const std::vector<Note>& b, const std::vector<Note>& a) {
    std::vector<const Note*> there;
    for (const Note& n : b)
        if (is_finding(n)) there.push_back(&n);
    std::vector<Note> out;
    for (const Note& n : a) {
        if (!is_finding(n)) continue;
        const auto found = std::ranges::find_if(there, [&](const Note* other) { return same_finding(*other, n); });
        if (found == there.end())
            out.push_back(n);
        else
            there.erase(found);
    }
    return out;
}

}  // namespace

FindingChanges finding_changes(const Layout& before, const Layout& after) {
    return {missing_from(before.notes, after.notes), missing_from(after.notes, before.notes)};
}

}  // namespace zonecalc
