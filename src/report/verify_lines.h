// SPDX-License-Identifier: MIT
// What the comparisons of logs and of /proc share.
#pragma once

#include "report/verify.h"

namespace zonecalc {

using Lines = std::vector<std::string>;

GroupResult group_result(std::string_view name, std::string_view title, Verdict verdict);
// Equal, or a unified diff.
GroupResult compare_lines(std::string_view name, std::string_view title, const Lines& kernel, const Lines& predicted);

}  // namespace zonecalc
