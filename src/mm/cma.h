// SPDX-License-Identifier: MIT
// Areas for contiguous allocations (mm/cma.c). What activates them is PageAllocator::cma_init_reserved_areas().
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// CMA_MIN_ALIGNMENT_BYTES
u64 cma_min_alignment(const Kernel& kernel);
// cma_init_reserved_mem(): what is reserved already becomes an area. False where it is not aligned.
bool cma_init_reserved_mem(Boot& boot, std::string_view name, PhysAddr base, u64 size);
// The areas that the board lists.
void init_listed_cma_areas(Boot& boot);

}  // namespace zonecalc
