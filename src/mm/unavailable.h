// SPDX-License-Identifier: MIT
// Struct pages that no memory stands behind: init_unavailable_range(), zero_resv_unavail() [4.19..7.1].
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// Needs the nodes' zones; fills layout.unavailable and layout.unavailable_pages.
void init_unavailable_ranges(Boot& boot);

}  // namespace zonecalc
