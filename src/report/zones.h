// SPDX-License-Identifier: MIT
// The zones of all nodes as one flat table.
#pragma once

#include "report/table.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc {

// A line for each zone that spans something. `bytes`: sizes as plain numbers.
Table zones_table(const Kernel& kernel, const Layout& layout, bool bytes);

}  // namespace zonecalc
