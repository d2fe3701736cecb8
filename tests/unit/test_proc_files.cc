// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/proc_files.h"
#include "refusal.h"
#include "report/verify.h"

using namespace zonecalc;

namespace {

constexpr const char* buddyinfo = "Node 0, zone      DMA      0      0      1 \nNode 0, zone    DMA32      2      1      0 \n";
constexpr const char* pagetypeinfo = R"(Page block order: 9
Pages per block:  512

Free pages count per migrate type at order       0      1      2
Node    0, zone      DMA, type    Unmovable      0      0      0
Node    0, zone    DMA32, type      Movable      1      0      0

Number of blocks type     Unmovable      Movable  Reclaimable          CMA
Node 0, zone      DMA            1            7            0            0
Node 0, zone    DMA32           28          470            6            8
)";
constexpr const char* slabinfo = R"(slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
fscrypt_info           0      0    128   32    1 : tunables    0    0    0 : slabdata      0      0      0
kmalloc-8k            12     12   8192    4    8 : tunables    0    0    0 : slabdata      3      3      0
kmem_cache_node      128    128     64   64    1 : tunables    0    0    0 : slabdata      2      2      0
)";

Kernel kernel() {
    Kernel k;
    k.max_order = 2;
    k.pageblock_order = 9;
    return k;
}

Layout layout() {
    Layout l;
    Node n;
    const auto zone = [](ZoneType type, u64 unmovable, u64 movable, u64 cma) {
        Zone z;
        z.type = type;
        z.present = z.spanned = 4096;
        z.managed = 4000;
        z.pageblocks[static_cast<std::size_t>(MigrateType::Unmovable)] = unmovable;
        z.pageblocks[static_cast<std::size_t>(MigrateType::Movable)] = movable;
        z.pageblocks[static_cast<std::size_t>(MigrateType::Cma)] = cma;
        return z;
    };
    n.zones = {zone(ZoneType::DMA, 0, 8, 0), zone(ZoneType::DMA32, 2, 502, 8), Zone{}};
    n.present = n.spanned = 8192;
    l.nodes = {n};
    Slub s;
    for (const auto& [name, size, objects, order] : {std::tuple("kmem_cache_node", 64, 64, 0), std::tuple("kmalloc-8k", 8192, 4, 3),
                                                     std::tuple("kmalloc-rnd-01-8", 8, 512, 0)}) {
        SlabCache c;
        c.name = name;
        c.size = static_cast<u64>(size);
        c.objects = static_cast<u64>(objects);
        c.order = static_cast<unsigned>(order);
        s.caches.push_back(c);
    }
    l.slub = s;
    return l;
}

template <typename F>
std::string refused(F parse) {
    return refusal_in_words(parse, "accepted");
}

}  // namespace

TEST_CASE("of buddyinfo zones and orders are compared, of pagetypeinfo the pageblocks, of slabinfo the boot caches") {
    CHECK(compare_buddyinfo(parse_buddyinfo({"b", buddyinfo}), kernel(), layout()).verdict == Verdict::equal);
    CHECK(compare_pagetypeinfo(parse_pagetypeinfo({"p", pagetypeinfo}), kernel(), layout()).verdict == Verdict::equal);
    CHECK(compare_slabinfo(parse_slabinfo({"s", slabinfo}), layout()).verdict == Verdict::equal);
}

TEST_CASE("what differs in them is shown") {
    Kernel k = kernel();
    k.max_order = 3;
    k.pageblock_order = 10;
    Layout l = layout();
    l.nodes[0].zones[1].pageblocks[static_cast<std::size_t>(MigrateType::Cma)] = 7;
    l.slub->caches[1].order = 2;
    CHECK(compare_buddyinfo(parse_buddyinfo({"b", buddyinfo}), k, l).diff ==
          std::vector<std::string>{"@@ -1,2 +1,2 @@", "-Node 0, zone DMA: 3 orders", "-Node 0, zone DMA32: 3 orders",
                                   "+Node 0, zone DMA: 4 orders", "+Node 0, zone DMA32: 4 orders"});
    CHECK(compare_pagetypeinfo(parse_pagetypeinfo({"p", pagetypeinfo}), k, l).diff ==
          std::vector<std::string>{"@@ -1,3 +1,3 @@", "-Page block order: 9", "+Page block order: 10",
                                   " Node 0, zone DMA: 8 blocks, 0 of CMA", "-Node 0, zone DMA32: 512 blocks, 8 of CMA",
                                   "+Node 0, zone DMA32: 511 blocks, 7 of CMA"});
    CHECK(compare_slabinfo(parse_slabinfo({"s", slabinfo}), l).diff ==
          std::vector<std::string>{"@@ -1,2 +1,2 @@", "-kmalloc-8k: objects of 8192 bytes, 4 in 8 pages",
                                   "+kmalloc-8k: objects of 8192 bytes, 4 in 4 pages",
                                   " kmem_cache_node: objects of 64 bytes, 64 in 1 pages"});
}

TEST_CASE("what was not computed is not called equal") {
    Layout l = layout();
    for (Zone& z : l.nodes[0].zones) z.managed.reset();
    l.slub.reset();
    CHECK(compare_pagetypeinfo(parse_pagetypeinfo({"p", pagetypeinfo}), kernel(), l).verdict == Verdict::not_computed);
    CHECK(compare_slabinfo(parse_slabinfo({"s", slabinfo}), l).verdict == Verdict::not_computed);
    // None of the boot caches is listed.
    CHECK(compare_slabinfo({{"fscrypt_info", 128, 32, 1}}, layout()).verdict == Verdict::not_computed);
}

TEST_CASE("other files are refused") {
    CHECK(refused([] { parse_buddyinfo({"b", "hello\n"}); }) == "this is no /proc/buddyinfo: it has no line \"Node 0, zone …\"");
    CHECK(refused([] {
              parse_pagetypeinfo({"p", buddyinfo});
          }) == "this is no /proc/pagetypeinfo: it has no lines below \"Number of blocks type\"");
    CHECK(refused([] {
              parse_slabinfo({"s", buddyinfo});
          }) == "this is no /proc/slabinfo: it does not begin with \"slabinfo - version: 2\"");
}
