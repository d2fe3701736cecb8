// SPDX-License-Identifier: MIT
// Which kernel profile stands for the kernel of a boot log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/kernel_sources.h"
#include "input/kernel_toml.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

struct KernelWanted {
    std::string release;  // as uname -r prints it; empty where unknown
    std::optional<Version> version;
    Arch arch = Arch::x86_64;
    std::optional<bool> smp;
    std::optional<bool> pae;                 // i386
    std::optional<unsigned> config_nr_cpus;  // CONFIG_NR_CPUS
    std::optional<u64> page_offset{};        // i386: CONFIG_PAGE_OFFSET
    bool cma = false;                        // an area for contiguous allocations was made: CONFIG_CMA
};

struct KernelMatch {
    std::string profile;               // name of a shipped profile; empty where none is near
    std::vector<std::string> assumed;  // sentences
    std::vector<std::string> missing;  // sentences: what `own` has from `profile` for want of a file, and which file has it
    // Where the kernel differs from that profile (its config, its release): a profile of its own, which is like `profile`.
    std::optional<KernelProfile> own;
    std::vector<std::string> remarks;  // for the head of that profile's file
};

// The kernel that was found. A profile of its own is named as what it is like.
Kernel load_kernel(const KernelMatch& match);

KernelMatch match_kernel(const KernelWanted& wanted, const KernelConfig* config);

// The same with all that is known of the kernel's build. What the files do not say is taken from the nearest profile, and said.
KernelMatch match_kernel(const KernelWanted& wanted, const KernelSources& sources);

}  // namespace zonecalc
