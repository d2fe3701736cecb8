// SPDX-License-Identifier: MIT
// Slab caches for people.
#pragma once

#include "report/table.h"
#include "zonecalc/kernel.h"
#include "zonecalc/slub.h"

namespace zonecalc {

// The caches. Of kmalloc sets that are all alike only the first is listed …
Table slub_table(const Kernel& kernel, const Slub& slub);
// … and the others are named here.
std::vector<std::string> slub_remarks(const Slub& slub);

// Bytes, orders, objects and slabs of one cache: the cells below slab_columns().
std::vector<Column> slab_columns(const Kernel& kernel);
std::vector<Cell> slab_cells(const Kernel& kernel, const SlabCache& cache);

}  // namespace zonecalc
