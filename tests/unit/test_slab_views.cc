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

namespace {

SlabCache cache(std::string name, u64 object_size, u64 size, u64 objects, unsigned order = 0) {
    SlabCache c;
    c.name = std::move(name);
    c.object_size = object_size;
    c.size = size;
    c.align = 8;
    c.objects = objects;
    c.order = order;
    return c;
}

}  // namespace

TEST_CASE("slabinfo: the newest cache first") {
    Slub slub;
    slub.caches = {cache("kmem_cache_node", 64, 64, 64), cache("kmalloc-2k", 2048, 2048, 16, 3)};
    slub.use = {{1, 64, 55}, {2, 32, 32}};
    CHECK(report_slabinfo(slub) ==
          "slabinfo - version: 2.1\n"
          "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> "
          "<sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
          "kmalloc-2k            32     32   2048   16    8 : tunables    0    0    0 : slabdata      2      2      0\n"
          "kmem_cache_node       55     64     64   64    1 : tunables    0    0    0 : slabdata      1      1      0\n");
}

TEST_CASE("pages of slabs: by node, and by zone where the release counts so; a dash for what is not known") {
    Kernel kernel{};
    Slub slub;
    slub.pages = {{0, ZoneType::DMA32, 0, 15}};
    std::string out;
    slab_pages_table(kernel, slub).print(out);
    CHECK(out ==
          "  NODE  ZONE  UNRECLAIMABLE  RECLAIMABLE  AT rest_init()  RECLAIMABLE\n"
          "     0  -                15            0               -            -\n");
    kernel.behaviours.nr_slab_per_zone = true;
    slub.start_up_use = {{1, 64, 0}};
    slub.start_up_pages = {{0, ZoneType::DMA32, 4, 90}, {1, ZoneType::Normal, 0, 3}};
    out.clear();
    slab_pages_table(kernel, slub).print(out);
    CHECK(out ==
          "  NODE  ZONE    UNRECLAIMABLE  RECLAIMABLE  AT rest_init()  RECLAIMABLE\n"
          "     0  DMA32              15            0              90            4\n"
          "     1  Normal              0            0               3            0\n");
}
