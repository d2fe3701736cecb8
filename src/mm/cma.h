// SPDX-License-Identifier: MIT
// Areas for contiguous allocations (mm/cma.c). What activates them is PageAllocator::cma_init_reserved_areas().
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// cma_init_reserved_mem(): the areas that the board lists become Layout::cma_areas.
void cma_init_reserved_mem(Boot& boot);

}  // namespace zonecalc
