// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "mm/memblock.h"

using namespace zonecalc;

namespace {

std::string show(const RegionList& list) {
    std::string out;
    for (const MemblockRegion& r : list.regions())
        out += fmt::format("[{:#x}-{:#x}) nid={} flags={}\n", r.base, r.end(), r.nid, r.flags);
    return out;
}

}  // namespace

TEST_CASE("memblock: an added range takes only what nobody has") {
    RegionList list;
    list.add(0x1000, 0x1000, 0);
    list.add(0x3000, 0x1000, 0);
    list.add(0x0, 0x5000, 1, MEMBLOCK_NOMAP);
    CHECK(show(list) ==
          "[0x0-0x1000) nid=1 flags=4\n"
          "[0x1000-0x2000) nid=0 flags=0\n"
          "[0x2000-0x3000) nid=1 flags=4\n"
          "[0x3000-0x4000) nid=0 flags=0\n"
          "[0x4000-0x5000) nid=1 flags=4\n");
}

TEST_CASE("memblock: neighbours join if node and flags agree") {
    RegionList list;
    list.add(0x2000, 0x1000, 0);
    list.add(0x1000, 0x1000, 0);
    list.add(0x3000, 0x1000, 1);
    CHECK(show(list) == "[0x1000-0x3000) nid=0 flags=0\n[0x3000-0x4000) nid=1 flags=0\n");
    list.set_node(0x3000, 0x1000, 0);
    CHECK(show(list) == "[0x1000-0x4000) nid=0 flags=0\n");
}

TEST_CASE("memblock: an empty range adds nothing, a wrapping one is cut") {
    RegionList list;
    list.add(0x1000, 0);
    CHECK(list.empty());
    list.add(~u64{0} - 0xfff, 0x2000);
    CHECK(show(list) == "[0xfffffffffffff000-0xffffffffffffffff) nid=-1 flags=0\n");
}

TEST_CASE("memblock: removal and flags cut regions at their borders") {
    RegionList list;
    list.add(0x0, 0x10000, 0);
    list.remove(0x4000, 0x2000);
    list.set_flags(0x8000, 0x1000, MEMBLOCK_MIRROR);
    CHECK(show(list) ==
          "[0x0-0x4000) nid=0 flags=0\n"
          "[0x6000-0x8000) nid=0 flags=0\n"
          "[0x8000-0x9000) nid=0 flags=2\n"
          "[0x9000-0x10000) nid=0 flags=0\n");
    list.clear_flags(0x0, 0x20000, MEMBLOCK_MIRROR);
    CHECK(show(list) == "[0x0-0x4000) nid=0 flags=0\n[0x6000-0x10000) nid=0 flags=0\n");
    CHECK(list.overlaps(0x3fff, 0x100));
    CHECK_FALSE(list.overlaps(0x4000, 0x2000));
    CHECK(list.covers(0x6000, 0xa000));
    CHECK_FALSE(list.covers(0x3000, 0x4000));
}

TEST_CASE("memblock: trimming rounds each region inward and drops what is left without a page") {
    Memblock m;
    m.memory.add(0x1200, 0x2e00);
    m.memory.add(0x5100, 0x200);
    m.memory.add(0x8000, 0x1800);
    m.trim_memory(0x1000);
    CHECK(show(m.memory) == "[0x2000-0x4000) nid=-1 flags=0\n[0x8000-0x9000) nid=-1 flags=0\n");
}

TEST_CASE("memblock: a limit counts bytes of memory, not addresses") {
    Memblock m;
    m.memory.add(0x10000, 0x1000);
    m.memory.add(0x20000, 0x4000);
    m.reserved.add(0x20000, 0x4000);
    CHECK(m.find_max_addr(0x2000) == 0x21000);
    CHECK_FALSE(m.find_max_addr(0x6000));
    m.enforce_memory_limit(0x2000);
    CHECK(show(m.memory) == "[0x10000-0x11000) nid=-1 flags=0\n[0x20000-0x21000) nid=-1 flags=0\n");
    CHECK(show(m.reserved) == "[0x20000-0x21000) nid=-1 flags=0\n");
}

TEST_CASE("memblock: capping keeps what is not mapped") {
    Memblock m;
    m.memory.add(0x0, 0x10000);
    m.memory.set_flags(0xc000, 0x1000, MEMBLOCK_NOMAP);
    m.cap_memory_range(0x2000, 0x6000);
    CHECK(show(m.memory) == "[0x2000-0x8000) nid=-1 flags=0\n[0xc000-0xd000) nid=-1 flags=4\n");
}

TEST_CASE("memblock: free is what memory has and reserved has not") {
    Memblock m;
    m.memory.add(0x1000, 0x4000);
    m.memory.add(0x8000, 0x2000);
    m.memory.add(0xc000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NOMAP);
    m.reserved.add(0x0, 0x1800);
    m.reserved.add(0x4800, 0x4000);
    std::string out;
    for (const PhysRange& r : m.free_ranges()) out += fmt::format("[{:#x}-{:#x})\n", r.begin, r.end);
    CHECK(out == "[0x1800-0x4800)\n[0x8800-0xa000)\n");
}

TEST_CASE("memblock: pfn ranges are rounded inward and skip what holds no page") {
    RegionList list;
    list.add(0x1200, 0x2e00, 0);
    list.add(0x5100, 0x200, 0);
    list.add(0x6000, 0x2000, 1, MEMBLOCK_NOMAP);
    std::string out;
    for (const EarlyRange& r : mem_pfn_ranges(list, 12)) out += fmt::format("{}: {}-{}\n", r.node, r.range.begin, r.range.end);
    CHECK(out == "0: 2-4\n1: 6-8\n");
}
