// SPDX-License-Identifier: MIT
// Free lists as /proc shows them, right after hand-over.
#pragma once

#include <string>

#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// /proc/buddyinfo
std::string report_buddyinfo(const Kernel& kernel, const Layout& layout);
// The first table of /proc/pagetypeinfo: free blocks by migratetype. In 3.x types come in another order.
std::string report_pagetypeinfo(const Kernel& kernel, const Layout& layout);

}  // namespace zonecalc
