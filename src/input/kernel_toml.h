// SPDX-License-Identifier: MIT
// Kernel profiles: data/kernels/NAME.toml or a file of the user's.
#pragma once

#include "input/source.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

// What a profile file says, before anything is derived from it.
struct KernelProfile {
    std::string name;
    std::string release;
    std::string version;
    std::string like;  // profile that gives what this one leaves out; empty: none
    std::string source;
    Arch arch = Arch::x86_64;
    bool recorded = false;
    std::map<std::string, std::string, std::less<>> config;
    std::map<std::string, u64, std::less<>> sizes;
    std::map<std::string, u64, std::less<>> constants;
    std::string start_up_file;  // beside the profile, where that does not hold them itself; not read yet
    std::vector<StartUp> start_up;
    std::vector<StartUpCache> start_up_caches;
};

// Throws InputError with every error of the text.
KernelProfile parse_kernel_profile(const Source& source);

}  // namespace zonecalc
