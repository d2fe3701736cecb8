// SPDX-License-Identifier: MIT
// The decompressor of x86_64 switches five levels on, where the kernel is built for them, the CPU has them, and nobody says no5lvl.
// Memory may then lie up to 2^52, else up to 2^46. Releases before 4.17 that were built for five levels ran on no other CPUs; a
// board that does not know is taken to have four there, too.
//
// Read beside it: configure_5level_paging() and paging_prepare() in arch/x86/boot/compressed/pgtable_64.c,
// arch/x86/include/asm/sparsemem.h.
#include "mm/five_levels.h"

#include <algorithm>

namespace zonecalc {

bool wants_five_levels(const Kernel& kernel, const Cmdline& cmdline) {
    return kernel.arch == Arch::x86_64 && (kernel.behaviours.x86_5level_always || kernel.config_enabled("X86_5LEVEL")) &&
           std::ranges::none_of(cmdline.parameters, [](const Parameter& p) { return p.name == "no5lvl" && !p.value; });
}

bool pgtable_l5_enabled(const Board& board, const Kernel& kernel, const Cmdline& cmdline) {
    return wants_five_levels(kernel, cmdline) && board.la57.value_or(false);
}

unsigned max_physmem_bits(const Board& board, const Kernel& kernel, const Cmdline& cmdline) {
    return pgtable_l5_enabled(board, kernel, cmdline) ? 52 : kernel.max_physmem_bits;
}

}  // namespace zonecalc
