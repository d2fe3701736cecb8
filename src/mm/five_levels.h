// SPDX-License-Identifier: MIT
// Five levels of page tables on x86_64, and how far they reach.
#pragma once

#include "zonecalc/board.h"
#include "zonecalc/cmdline.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

// The kernel is built for them, and not told otherwise: it is up to the CPU.
bool wants_five_levels(const Kernel& kernel, const Cmdline& cmdline);
bool pgtable_l5_enabled(const Board& board, const Kernel& kernel, const Cmdline& cmdline);

// MAX_PHYSMEM_BITS, which on x86_64 depends on them.
unsigned max_physmem_bits(const Board& board, const Kernel& kernel, const Cmdline& cmdline);

}  // namespace zonecalc
