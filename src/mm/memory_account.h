// SPDX-License-Identifier: MIT
// Where all memory goes, and which calls reserved it.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// What firmware calls memory, by address.
RegionList firmware_memory(const Board& board);

// Of what memblock has now, and, once memory was handed over, of the zones' free lists.
MemoryAccount memory_account(const Boot& boot);

// Fills in given_back: who had what the calls to free have freed.
void settle_given_back(std::vector<EarlyCall>& calls);

}  // namespace zonecalc
