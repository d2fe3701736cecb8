// SPDX-License-Identifier: MIT
// nr_cpus= limits the CPUs that are possible; maxcpus= those that start-up brings online, of which at least one is. nosmp is
// maxcpus=0. On x86 maxcpus=0 leaves a single CPU possible; elsewhere there is room for the others all the same.
//
// Not modelled: possible_cpus=, cpu0_hotplug and what user space brings online later; a board's `cpus` are taken to be what
// possible_cpus= made of them, and what its kernel was built for: a profile that stands in for that kernel may be for fewer.
//
// Read beside it: nrcpus(), maxcpus(), smp_init() in kernel/smp.c, prefill_possible_map() in arch/x86/kernel/smpboot.c.
#include "mm/cpus.h"

#include <algorithm>

namespace zonecalc {

namespace {

// setup_max_cpus
u64 max_cpus(const Cmdline& cmdline) {
    u64 most = ~u64{0};
    for (const Parameter& p : cmdline.parameters) {
        if (parameq(p.name, "nosmp")) most = 0;
        if (parameq(p.name, "maxcpus") && p.value && !p.value->empty())
            most = p.value->starts_with('-') ? ~u64{0} : simple_strtoull(*p.value).value;
    }
    return most;
}

// nrcpus()
unsigned limited(unsigned cpus, const Cmdline& cmdline) {
    for (const Parameter& p : cmdline.parameters) {
        if (!parameq(p.name, "nr_cpus") || !p.value) continue;
        if (const u64 n = simple_strtoull(*p.value).value; n > 0) cpus = static_cast<unsigned>(std::min<u64>(cpus, n));
    }
    return std::max(1u, cpus);
}

}  // namespace

unsigned nr_cpu_ids(const Kernel& kernel, const Cmdline& cmdline, unsigned cpus) {
    return std::min(limited(cpus, cmdline), std::max(1u, kernel.nr_cpus));
}

CpuCount count_cpus(const Kernel& kernel, const Board& board, const Cmdline& cmdline) {
    const u64 most = max_cpus(cmdline);
    CpuCount count;
    count.possible = is_x86(kernel.arch) && most == 0 ? 1 : limited(board.cpus.value_or(1), cmdline);
    count.present = std::min(board.present_cpus.value_or(count.possible), count.possible);
    count.online = static_cast<unsigned>(std::clamp<u64>(most, 1, count.present));
    count.more_may_come = most > 1;
    return count;
}

}  // namespace zonecalc
