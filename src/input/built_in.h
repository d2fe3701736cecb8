// SPDX-License-Identifier: MIT
// What a kernel whose config nobody has was built with, as far as the shape of its answers tells.
#pragma once

#include <string>
#include <vector>

#include "input/log_answers.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

// "Zone ranges:" lists every zone that the kernel was built with, empty ones too, and "Policy zone:" is printed by NUMA kernels
// only. Takes over which zones are named, and that there is no NUMA; never a number. Returns what was changed, as sentences.
std::vector<std::string> take_built_in(Kernel& kernel, const Answers& answers);

}  // namespace zonecalc
