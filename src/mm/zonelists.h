// SPDX-License-Identifier: MIT
// Node fallback order and zonelists: build_all_zonelists() of mm/page_alloc.c [3.13..7.1].
#pragma once

#include "mm/boot.h"

namespace zonecalc {

void build_all_zonelists(Boot& boot);

}  // namespace zonecalc
