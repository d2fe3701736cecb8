// SPDX-License-Identifier: MIT
// zonecalc alloc: page allocations on the state after hand-over.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/inputs.h"

namespace zonecalc::cli {

struct AllocOptions : InputOptions {
    std::optional<std::string> script;  // JSON lines; "-" is standard input
    std::vector<std::string> requests;  // --alloc 'order=9 gfp=GFP_DMA32 count=3', after the script
    std::optional<std::string> output;
};

int alloc_command(const AllocOptions& options);

}  // namespace zonecalc::cli
