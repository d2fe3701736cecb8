// SPDX-License-Identifier: MIT
// How many of a board's CPUs the kernel makes room for and starts, once the command line has had its say.
#pragma once

#include "zonecalc/board.h"
#include "zonecalc/cmdline.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

struct CpuCount {
    unsigned possible = 1;  // nr_cpu_ids
    unsigned present = 1;
    unsigned online = 1;         // after smp_init()
    bool more_may_come = false;  // setup_max_cpus is more than one: code for many CPUs stays as it is
};

CpuCount count_cpus(const Kernel& kernel, const Board& board, const Cmdline& cmdline);

// What the kernel's build and nr_cpus= leave of so many CPUs.
unsigned nr_cpu_ids(const Kernel& kernel, const Cmdline& cmdline, unsigned cpus);

}  // namespace zonecalc
