// SPDX-License-Identifier: MIT
// kmem_cache_init() once memory has been handed over: which slabs and objects the first caches take, and from where.
#pragma once

#include "mm/first_allocations.h"

namespace zonecalc {

// Are the two caches there that all others need?
bool slub_can_bring_up(const Slub& slub);

// Fills in what Layout::slub has of slabs and objects; it holds the caches already. False where memory runs out.
bool slub_bring_up(Boot& boot, const SlubParameters& parameters, FirstAllocations& first);

}  // namespace zonecalc
