// SPDX-License-Identifier: MIT
// zonecalc verify: predicts boots that have happened.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace zonecalc::cli {

enum class VerifyFormat { text, json, tap, junit };

struct VerifyOptions {
    std::vector<std::string> logs;      // boot logs, "-", or directories with dmesg.txt and companions
    std::optional<std::string> config;  // the kernel's .config, for all of them
    std::optional<std::string> kernel;  // profile, instead of what the log names
    std::optional<std::string> proc;    // directory with zoneinfo
    VerifyFormat format = VerifyFormat::text;
    std::optional<std::string> output;
};

int verify_command(const VerifyOptions& options);

}  // namespace zonecalc::cli
