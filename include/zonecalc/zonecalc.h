// SPDX-License-Identifier: MIT
// zonecalc's entry point.
#pragma once

#include "zonecalc/board.h"
#include "zonecalc/cmdline.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"
#include "zonecalc/walk.h"

namespace zonecalc {

std::string_view version();  // of zonecalc

// How far to go.
enum class Until { memblock, zones, buddy, slub };

// Runs what the kernel runs, from the firmware's map to the page allocator. Every board and command line has an answer; what the
// kernel would complain about is in Layout::messages. Throws std::invalid_argument only where board and kernel are of different
// architectures. `walk` takes what the kernel's functions did, where somebody wants to know.
Layout bring_up(const Board& board, const Kernel& kernel, const Cmdline& cmdline, Until until = Until::slub, Walk* walk = nullptr);

}  // namespace zonecalc
