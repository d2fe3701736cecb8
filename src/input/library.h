// SPDX-License-Identifier: MIT
// The shipped boards and kernels, and how a name on the command line finds one: what only zonecalc itself asks for.
#pragma once

#include <set>
#include <string>

#include "input/kernel_toml.h"
#include "input/source.h"
#include "zonecalc/library.h"

namespace zonecalc {

// A profile that is no file.
Kernel kernel_of_profile(const Source& profile);
Kernel kernel_of_profile(const KernelProfile& profile, const std::string& name);

// What the shipped profiles say something about.
struct ProfileNames {
    std::set<std::string, std::less<>> config, sizes, constants;
};
ProfileNames known_profile_names();

}  // namespace zonecalc
