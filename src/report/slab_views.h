// SPDX-License-Identifier: MIT
// SLUB's caches with their slabs, and what the kernel takes from the page allocator first.
#pragma once

#include <string>

#include "report/table.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// /proc/slabinfo as kmem_cache_init() leaves it, version 2.1: newest cache first, objects of a CPU's slab as used ones.
std::string report_slabinfo(const Slub& slub);

// The caches that start-up makes later, `most` lines at most, and their slabs as far as they are known.
Table start_up_caches_table(const Slub& slub, std::size_t most);
// NR_SLAB_UNRECLAIMABLE and NR_SLAB_RECLAIMABLE once kmem_cache_init() is over, and at rest_init().
Table slab_pages_table(const Kernel& kernel, const Slub& slub);

// A line for each stretch of equal requests that got adjacent blocks, `most` lines at most. `left_out`: requests behind them.
Table allocations_table(const Layout& layout, std::size_t most, std::size_t& left_out);

}  // namespace zonecalc
