// SPDX-License-Identifier: MIT
// kmem_cache_init() once memory has been handed over: which slabs and objects the first caches take, and from where.
#pragma once

#include "mm/boot.h"
#include "mm/slub.h"

namespace zonecalc {

// Fills in Layout::allocations and what Layout::slub has of slabs and objects. Layout::slub holds the caches already.
void slub_bring_up(Boot& boot, const SlubParameters& parameters);

}  // namespace zonecalc
