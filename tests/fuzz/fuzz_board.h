// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace zonecalc {

// Runs the main job on `bytes` as a board TOML and makes every report. True: there was an answer; false: a clear error. Anything
// else that happens is a finding.
bool run_board_bytes(std::string_view bytes, std::string_view kernel_name);

}  // namespace zonecalc
