// SPDX-License-Identifier: MIT
// Early parameters: who reads which word of the command line, and what becomes of the rest.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// parse_early_param(): offers every word, in order, to `arch_param` and then to the handlers that all architectures share
// (kernelcore=, movablecore=, movable_node, mminit_loglevel=). A handler returns true for a word it knows.
template <typename Handler>
void parse_early_param(Boot& boot, Handler&& arch_param);

bool common_early_param(Boot& boot, const Parameter& parameter);
void mark_handled(Boot& boot, const Parameter& parameter);

// Says which words shape memory in the modelled kernel and were taken by no handler.
void note_unmodelled_parameters(Boot& boot);

template <typename Handler>
void parse_early_param(Boot& boot, Handler&& arch_param) {
    const WalkStep step(boot.walk, "parse_early_param");
    for (const Parameter& p : boot.cmdline.parameters) {
        if (!arch_param(p) && !common_early_param(boot, p)) continue;
        mark_handled(boot, p);
        step.value(p.name, [&] { return p.value.value_or("(no value)"); });
    }
}

}  // namespace zonecalc
