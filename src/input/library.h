// SPDX-License-Identifier: MIT
// The shipped boards and kernels, and how a name on the command line finds one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "input/kernel_toml.h"
#include "input/source.h"
#include "zonecalc/board.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

// $ZONECALC_DATA, or data/ beside the program, or ../share/zonecalc.
std::string data_directory();

// A path (or "-"), or the name of a shipped board.
Board load_board(const std::string& name_or_path);

// A shipped profile, a file, or RELEASE-ARCH of a release between shipped ones, which then follows from the behaviours table and
// the nearest older profile's config (Confirmation::derived). `beside`: the board's file, whose folder is looked into first.
Kernel load_kernel(const std::string& name_or_path, const std::string& beside = {});

// A profile that is no file.
Kernel kernel_of_profile(const Source& profile);
Kernel kernel_of_profile(const KernelProfile& profile, const std::string& name);

// The plain profile of the newest shipped release for an architecture: what is taken where a board names no kernel.
std::string default_kernel(Arch arch);

// What the shipped profiles say something about.
struct ProfileNames {
    std::set<std::string, std::less<>> config, sizes, constants;
};
ProfileNames known_profile_names();

std::vector<std::string> shipped_boards();   // names, sorted
std::vector<std::string> shipped_kernels();  // names, by architecture and release

}  // namespace zonecalc
