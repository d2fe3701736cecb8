// SPDX-License-Identifier: MIT
// What /proc/pagetypeinfo counts (mm/vmstat.c).
#pragma once

#include "mm/buddy.h"

namespace zonecalc {

// pagetypeinfo_showblockcount_print(): pageblocks of a zone by type. From `deferred` on struct pages are not initialised.
PageblockCounts pagetypeinfo_showblockcount(const Buddy& buddy, const BuddyZone& zone, std::optional<Pfn> deferred);

}  // namespace zonecalc
