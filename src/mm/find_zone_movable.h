// SPDX-License-Identifier: MIT
// Where ZONE_MOVABLE starts: find_zone_movable_pfns_for_nodes() of mm/mm_init.c [3.13..7.1], mm/page_alloc.c before 6.4.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// Needs layout's zone limits and early ranges; fills layout.movable. Pfns.
void find_zone_movable_pfns_for_nodes(Boot& boot);

}  // namespace zonecalc
