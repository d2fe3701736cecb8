// SPDX-License-Identifier: MIT
// Nodes of device trees and of ACPI outside x86: drivers/base/arch_numa.c (arch/arm64/mm/numa.c up to 5.11).
#pragma once

#include "mm/boot.h"

namespace zonecalc {

struct NumaParameters {
    bool off = false;
    std::optional<std::string> fake;  // what follows "fake="
};

// numa_parse_early_param(). True for numa=.
bool numa_parse_early_param(Boot& boot, NumaParameters& numa, const Parameter& parameter);

// Gives every region of memblock.memory its node, and sets the node lists and distances. Without CONFIG_NUMA all of it is node 0.
void arch_numa_init(Boot& boot, const NumaParameters& numa);

}  // namespace zonecalc
