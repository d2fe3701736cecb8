// SPDX-License-Identifier: MIT
// What the benchmarks and the table of their results share.
#pragma once

#include <string>
#include <vector>

// Rows of the tables, in the order in which benchmarks were registered.
std::vector<std::string>& bench_rows();
