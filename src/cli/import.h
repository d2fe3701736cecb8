// SPDX-License-Identifier: MIT
// zonecalc import: boards from what machines say about themselves.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace zonecalc::cli {

struct ImportOptions {
    std::vector<std::string> files;     // boot logs; "-" is standard input
    std::optional<std::string> config;  // the kernel's .config
    std::optional<std::string> output;  // board file; standard output without it
};

int import_command(const ImportOptions& options);

}  // namespace zonecalc::cli
