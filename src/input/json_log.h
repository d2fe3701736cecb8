// SPDX-License-Identifier: MIT
// Logs that were asked for as JSON: `journalctl -o json`, a record on each line, and `dmesg --json`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zonecalc {

// The kernel's messages, each on the line that it has in `text`. None where `text` is no such log.
std::optional<std::string> log_of_json(std::string_view text);

}  // namespace zonecalc
