// SPDX-License-Identifier: MIT
// Views on a walk.
#pragma once

#include <optional>
#include <string>

#include "zonecalc/walk.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc {

struct WalkOptions {
    bool color = false;
    std::optional<std::string> step;  // only what happened in this function
};

std::string report_walk_text(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout,
                             const Walk& walk, const WalkOptions& options);
// Schema "zonecalc.explain/1".
std::string report_walk_json(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout,
                             const Walk& walk, const WalkOptions& options);

}  // namespace zonecalc
