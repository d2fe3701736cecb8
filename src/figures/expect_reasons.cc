// SPDX-License-Identifier: MIT
// Why an expectation does not hold: each thing that differs from another machine is taken back by itself, and the expectation
// looked at again. What then comes to something else was moved by it.
#include <algorithm>

#include "compare/reasons.h"
#include "figures/expect.h"
#include "input/source.h"

namespace zonecalc {

namespace {

bool is_open(const ExpectationResult& r) {
    return !r.holds && r.reasons.empty();
}

// Empty where the other machine's kernel has no name for what is asked of the page allocator.
std::vector<ExpectationResult> results_of(const Expectation& expectation, const Outcome& outcome) {
    try {
        return evaluate(expectation, outcome);
    } catch (const InputError&) {
        return {};
    }
}

}  // namespace

void add_reasons(std::vector<Evaluated>& evaluated, const Outcome& before, const Outcome& after) {
    if (std::ranges::none_of(evaluated, [](const Evaluated& e) { return std::ranges::any_of(e.results, is_open); })) return;
    // All reasons of a result count, not the first alone: they are collected beside the results, which stay open meanwhile.
    struct Found {
        ExpectationResult* result;
        ResultReason reason;
    };
    std::vector<Found> found;
    for_each_difference(before, after, [&](const Difference& difference, const Outcome& with, const Outcome& without) {
        for (Evaluated& e : evaluated) {
            if (std::ranges::none_of(e.results, is_open)) continue;
            const std::vector<ExpectationResult> there = results_of(e.expectation, with);
            const std::vector<ExpectationResult> away = results_of(e.expectation, without);
            if (there.size() != e.results.size() || away.size() != e.results.size()) continue;
            for (std::size_t i = 0; i < e.results.size(); ++i)
                if (is_open(e.results[i]) && there[i].actual != away[i].actual)
                    found.push_back({&e.results[i], {difference.cause, difference.rule, away[i].actual}});
        }
    });
    for (Found& f : found) f.result->reasons.push_back(std::move(f.reason));
}

}  // namespace zonecalc
