// SPDX-License-Identifier: MIT
// The subcommands, one file each. They return the exit status and throw InputError.
#pragma once

#include "cli/options.h"

namespace zonecalc::cli {

int run(const RunOptions& options);
int boards();
int kernels(const KernelsOptions& options);

}  // namespace zonecalc::cli
