// SPDX-License-Identifier: MIT
#pragma once

namespace zonecalc::cli {

// documented in zonecalc(1)
enum ExitStatus : int {
    exit_ok = 0,
    exit_differs = 1,   // verify
    exit_unusable = 2,  // usage, input, or output that cannot be written
    exit_assumed = 3,   // --strict
    exit_internal = 4,
};

}  // namespace zonecalc::cli
