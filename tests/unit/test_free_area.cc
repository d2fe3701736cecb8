// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "mm/free_area.h"

using namespace zonecalc;

namespace {

std::string lists(const FreeArea& area) {
    std::string out;
    for (const FreeList& l : area.lists()) {
        out += fmt::format("{} {}:", l.order, to_string(l.type));
        for (const PageRun& r : l.runs) out += fmt::format(" {}{:+}*{}", r.first, r.step, r.count);
        out += '\n';
    }
    return out;
}

}  // namespace

TEST_CASE("blocks put at the tail one after the other are one ascending run") {
    FreeArea area(10);
    for (Pfn p = 1024; p < 5120; p += 1024) area.add(p, 10, MigrateType::Movable, true);
    CHECK(lists(area) == "10 Movable: 1024+1024*4\n");
}

TEST_CASE("blocks put at the head one after the other are one descending run") {
    FreeArea area(10);
    area.add_run(1024, 4, 10, MigrateType::Movable, false);
    area.add(5120, 10, MigrateType::Movable, false);
    CHECK(lists(area) == "10 Movable: 5120-1024*5\n");
    CHECK(area.first(10, MigrateType::Movable) == 5120);
}

TEST_CASE("a row of blocks costs one run, however long it is") {
    FreeArea area(10);
    area.add_run(0, u64{1} << 24, 10, MigrateType::Movable, true);
    CHECK(area.run_count() == 1);
    CHECK(area.pages() == u64{1} << 34);
}

TEST_CASE("a block taken from the middle leaves two runs in its place") {
    FreeArea area(3);
    area.add_run(0, 5, 3, MigrateType::Movable, true);
    area.add(80, 3, MigrateType::Movable, true);
    area.remove(16, 3);
    CHECK(lists(area) == "3 Movable: 0+8*2 24+8*2 80+0*1\n");
    CHECK_FALSE(area.find(16, 3));
    CHECK(area.find(24, 3) == MigrateType::Movable);

    FreeArea down(3);
    down.add_run(0, 5, 3, MigrateType::Movable, false);
    down.remove(16, 3);
    CHECK(lists(down) == "3 Movable: 32-8*2 8-8*2\n");
    down.remove(32, 3);
    down.remove(0, 3);
    CHECK(lists(down) == "3 Movable: 24+0*1 8+0*1\n");
}

TEST_CASE("only the first page of a block of that very order is found") {
    FreeArea area(10);
    area.add(512, 9, MigrateType::Unmovable, true);
    CHECK(area.find(512, 9) == MigrateType::Unmovable);
    CHECK_FALSE(area.find(512, 8));
    CHECK_FALSE(area.find(1024, 9));
    REQUIRE(area.holding(700));
    CHECK(area.holding(700)->pfn == 512);
    CHECK_FALSE(area.holding(1024));
}

TEST_CASE("blocks of several orders come back by address") {
    FreeArea area(4);
    area.add(8, 2, MigrateType::Movable, true);
    area.add(4, 0, MigrateType::Unmovable, true);
    area.add(16, 4, MigrateType::Movable, true);
    std::string out;
    for (const FreeArea::Block& b : area.starting_in({4, 16})) out += fmt::format("{}:{} ", b.pfn, b.order);
    CHECK(out == "4:0 8:2 ");
}

TEST_CASE("a pageblock is of the type set for its first pfn") {
    PageblockTypes map(9);
    map.set_heads({1, 4096}, MigrateType::Movable);
    CHECK(map.get(0) == MigrateType::Unmovable);
    CHECK(map.get(511) == MigrateType::Unmovable);
    CHECK(map.get(512) == MigrateType::Movable);
    CHECK(map.same_until(512) == 4096);
    map.set(1030, MigrateType::Reclaimable);
    CHECK(map.get(1024) == MigrateType::Reclaimable);
    CHECK(map.get(1536) == MigrateType::Movable);
    CHECK(map.same_until(512) == 1024);
    CHECK(map.count({0, 4096}, MigrateType::Movable) == 6);
    map.set(1024, MigrateType::Movable);
    CHECK(map.same_until(512) == 4096);
}
