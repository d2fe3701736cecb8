// SPDX-License-Identifier: MIT
// A kernel profile as TOML for people to read and edit: the inverse of parse_kernel_profile().
#pragma once

#include <string>
#include <vector>

#include "input/kernel_toml.h"

namespace zonecalc {

// `remarks` are sentences, put at the head as comments.
std::string kernel_toml(const KernelProfile& profile, const std::vector<std::string>& remarks = {});

}  // namespace zonecalc
