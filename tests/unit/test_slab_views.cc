// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "report/slab_views.h"

using namespace zonecalc;

namespace {

FirstAllocation slab(Pfn pfn, BlockOrigin origin = {0, std::nullopt, false}) {
    return {"kmem_cache_init", 0, 0x12000, "slab kmem_cache", 0, ZoneType::DMA32, pfn, MigrateType::Unmovable, origin, false};
}

std::string table(const Layout& layout, std::size_t most, std::size_t expected_left_out) {
    std::string out;
    std::size_t left_out = 0;
    allocations_table(layout, most, left_out).print(out);
    CHECK(left_out == expected_left_out);
    return out;
}

}  // namespace

TEST_CASE("first allocations: a line stands for equal requests that got adjacent blocks of the type's own") {
    Layout layout;
    layout.allocations = {slab(512, {10, MigrateType::Movable, true}), slab(513), slab(514), slab(516),
                          slab(517, {3, MigrateType::Reclaimable, false})};
    layout.allocations.push_back({"start_kernel",
                                  2,
                                  0x152000,
                                  "slab kmalloc-2k",
                                  1,
                                  ZoneType::Normal,
                                  2048,
                                  MigrateType::Unmovable,
                                  {std::nullopt, std::nullopt, false},
                                  true});
    layout.allocations.push_back(layout.allocations.back());
    layout.allocations.back().pfn = 2052;
    CHECK(table(layout, 100, 0) ==
          "  IN               REQUESTS  ORDER       GFP  NODE:ZONE        PFN  TYPE       FALLBACK                     FOR\n"
          "  kmem_cache_init         3      0   0x12000  0:DMA32      512-514  Unmovable  claimed, Movable order 10    slab "
          "kmem_cache\n"
          "                          1      0   0x12000  0:DMA32          516  Unmovable  -                            slab "
          "kmem_cache\n"
          "                          1      0   0x12000  0:DMA32          517  Unmovable  stolen, Reclaimable order 3  slab "
          "kmem_cache\n"
          "  start_kernel            2      2  0x152000  1:Normal   2048-2055  Unmovable  -                            slab "
          "kmalloc-2k\n");
    CHECK(
        table(layout, 2, 3) ==
        "  IN               REQUESTS  ORDER      GFP  NODE:ZONE      PFN  TYPE       FALLBACK                   FOR\n"
        "  kmem_cache_init         3      0  0x12000  0:DMA32    512-514  Unmovable  claimed, Movable order 10  slab kmem_cache\n"
        "                          1      0  0x12000  0:DMA32        516  Unmovable  -                          slab kmem_cache\n");
}
