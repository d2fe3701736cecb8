// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace zonecalc {

// Imports `bytes` as the command does, writes what it made of them and reads that again. True: there was a board; false: a clear
// error. Anything else that happens is a finding.
bool import_bytes(std::string_view bytes);

}  // namespace zonecalc
