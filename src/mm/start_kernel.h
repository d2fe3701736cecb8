// SPDX-License-Identifier: MIT
// What start_kernel() takes from the page allocator between kmem_cache_init() and rest_init().
#pragma once

#include "mm/first_allocations.h"

namespace zonecalc {

// Answers the requests that the profile knows for such a machine, and adds the caches that start-up makes to Layout::slub. The
// first caches are there, with their slabs.
void start_kernel_requests(Boot& boot, const SlubParameters& parameters, FirstAllocations& first);

}  // namespace zonecalc
