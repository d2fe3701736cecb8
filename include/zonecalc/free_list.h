// SPDX-License-Identifier: MIT
// Free lists of the page allocator, as values.
#pragma once

#include <string_view>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

// enum migratetype. The numbers differ between releases and are nobody's business here.
enum class MigrateType : unsigned char { Unmovable, Movable, Reclaimable, HighAtomic, Cma, Isolate, Reserve };
inline constexpr std::size_t nr_migrate_types = 7;
inline constexpr MigrateType all_migrate_types[nr_migrate_types] = {
    MigrateType::Unmovable, MigrateType::Movable, MigrateType::Reclaimable, MigrateType::HighAtomic,
    MigrateType::Cma,       MigrateType::Isolate, MigrateType::Reserve};
std::string_view to_string(MigrateType type);  // as /proc/pagetypeinfo has it

// Equally spaced blocks: first pfn, distance from each to the next (0 for a single one), how many.
struct PageRun {
    Pfn first = 0;
    i64 step = 0;
    u64 count = 0;
    bool operator==(const PageRun&) const = default;
};
// A free list, head to tail.
struct FreeList {
    unsigned order = 0;
    MigrateType type = MigrateType::Unmovable;
    std::vector<PageRun> runs;
    bool operator==(const FreeList&) const = default;
};

}  // namespace zonecalc
