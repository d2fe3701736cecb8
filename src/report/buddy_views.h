// SPDX-License-Identifier: MIT
// Free lists as /proc shows them, and as tables for people.
#pragma once

#include <string>

#include "report/table.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// Which free lists: right after memory was handed over, or once initcalls have added what was deferred, and CMA areas.
enum class FreeListMoment { hand_over, started };

// Was memory handed over at all?
bool has_free_lists(const Layout& layout);

// /proc/buddyinfo
std::string report_buddyinfo(const Kernel& kernel, const Layout& layout, FreeListMoment moment);
// /proc/pagetypeinfo. In 3.x types come in another order.
std::string report_pagetypeinfo(const Kernel& kernel, const Layout& layout, FreeListMoment moment);

// Free blocks: a row for each type that has any, a column for each order. `started`: zones only in which that differs.
Table free_blocks_table(const Kernel& kernel, const Layout& layout, FreeListMoment moment);
// Managed pages, watermarks, lowmem_reserve and per-CPU lists of each zone.
Table zone_reserves_table(const Layout& layout);

}  // namespace zonecalc
