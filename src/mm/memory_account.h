// SPDX-License-Identifier: MIT
// Where all memory is when the page allocator takes over.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// What firmware calls memory, by address.
RegionList firmware_memory(const Board& board);

// With free lists: what is free is what they hold. Without: what memblock has left, whatever becomes of it.
MemoryAccount memory_account(const Board& board, const Kernel& kernel, const Layout& layout);

}  // namespace zonecalc
