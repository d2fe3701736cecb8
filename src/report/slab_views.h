// SPDX-License-Identifier: MIT
// What the kernel takes from the page allocator first.
#pragma once

#include "report/table.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// A line for each stretch of equal requests that got adjacent blocks, `most` lines at most. `left_out`: requests behind them.
Table allocations_table(const Layout& layout, std::size_t most, std::size_t& left_out);

}  // namespace zonecalc
