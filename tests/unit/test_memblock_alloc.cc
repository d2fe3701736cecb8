// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "mm/memblock_alloc.h"

using namespace zonecalc;

namespace {

constexpr u64 KiB = 1024;
constexpr u64 MiB = 1024 * KiB;

struct Machine {
    Memblock memblock;
    Kernel kernel;
    MemblockAllocator mb;

    explicit Machine(std::string_view version = "6.1") : kernel(make(version)), mb(memblock, kernel) {}
    static Kernel make(std::string_view version) {
        Kernel k;
        k.version = *version_from_string(version);
        k.behaviours = behaviours_of(k.version);
        return k;
    }
    std::string reserved() const {
        std::string out;
        for (const MemblockRegion& r : memblock.reserved.regions())
            out += fmt::format("{:x}-{:x} {}\n", r.base, r.end() - 1, r.name);
        return out;
    }
};

std::string text(const std::optional<PhysAddr>& place) {
    return place ? fmt::format("{:x}", *place) : "none";
}

}  // namespace

TEST_CASE("memblock_alloc: the highest place that fits wins, and small requests fill holes") {
    Machine m;
    m.memblock.memory.add(0, 16 * MiB);
    m.mb.reserve(15 * MiB, MiB, "image");
    CHECK(text(m.mb.alloc({.name = "odd", .size = 0x1800, .align = 64})) == "efe800");
    CHECK(text(m.mb.alloc({.name = "page", .size = 4 * KiB, .align = 4 * KiB})) == "efd000");
    CHECK(text(m.mb.alloc({.name = "small", .size = 100, .align = 64})) == "efe780");
    CHECK(m.reserved() ==
          "efd000-efdfff page\n"
          "efe780-efe7e3 small\n"
          "efe800-efffff odd\n"
          "f00000-ffffff image\n");
    m.mb.free(0xefd000, 4 * KiB);
    CHECK(text(m.mb.alloc({.name = "again", .size = 8 * KiB, .align = 4 * KiB})) == "efc000");
}

TEST_CASE("memblock_alloc: page 0 is never given away, and limits hold") {
    Machine m;
    m.memblock.memory.add(0, 64 * KiB);
    m.memblock.memory.add(MiB, MiB);
    m.mb.current_limit = 64 * KiB;
    CHECK(text(m.mb.alloc({.name = "a", .size = 60 * KiB, .align = 4 * KiB})) == "1000");
    CHECK(text(m.mb.alloc({.name = "b", .size = 4 * KiB, .align = 4 * KiB})) == "none");
    // An upper bound above the limit is the limit; phys_alloc() believes its caller.
    CHECK(text(m.mb.alloc({.name = "c", .size = 4 * KiB, .align = 4 * KiB, .below = 2 * MiB})) == "none");
    CHECK(text(m.mb.phys_alloc({.name = "d", .size = 4 * KiB, .align = 4 * KiB, .below = 2 * MiB})) == "1ff000");
    CHECK_THROWS_AS(m.mb.alloc_or_panic({.name = "e", .size = 4 * KiB, .align = 4 * KiB}), OutOfEarlyMemory);
}

TEST_CASE("memblock_alloc: a lower bound and a node are wishes, an exact node is not") {
    Machine m;
    m.memblock.memory.add(0, 8 * MiB, 0);
    m.memblock.memory.add(32 * MiB, 8 * MiB, 1);
    CHECK(text(m.mb.alloc({.name = "a", .size = MiB, .align = MiB, .from = 16 * MiB, .nid = 0})) == "2700000");
    CHECK(text(m.mb.alloc({.name = "b", .size = MiB, .align = MiB, .from = 16 * MiB, .nid = 0, .exact_nid = true})) == "700000");
    CHECK(text(m.mb.alloc({.name = "c", .size = MiB, .align = MiB, .from = 48 * MiB})) == "2600000");
    CHECK(text(m.mb.alloc({.name = "d", .size = 8 * MiB, .align = MiB, .nid = 1, .exact_nid = true})) == "none");
    CHECK(text(m.mb.phys_alloc({.name = "e", .size = MiB, .align = MiB, .from = 48 * MiB})) == "none");
}

TEST_CASE("memblock_alloc: mirrored memory comes first, hot-pluggable memory is left alone, NOMAP is no memory") {
    Machine m;
    m.memblock.memory.add(0, 32 * MiB);
    m.memblock.memory.set_flags(8 * MiB, 8 * MiB, MEMBLOCK_MIRROR);
    m.memblock.memory.set_flags(24 * MiB, 8 * MiB, MEMBLOCK_HOTPLUG);
    m.memblock.memory.set_flags(23 * MiB, MiB, MEMBLOCK_NOMAP);
    m.mb.has_mirror = true;
    CHECK(text(m.mb.alloc({.name = "mirrored", .size = 6 * MiB, .align = MiB})) == "a00000");
    CHECK(text(m.mb.alloc({.name = "too large", .size = 7 * MiB, .align = MiB})) == "1900000");
    m.mb.movable_node = true;
    CHECK(text(m.mb.alloc({.name = "not hot-pluggable", .size = 7 * MiB, .align = MiB})) == "1000000");
}

TEST_CASE("memblock_alloc: before 5.4 a lower bound goes before mirrored memory does") {
    for (const auto& [version, place] : {std::pair("4.19", "700000"), std::pair("6.1", "1700000")}) {
        Machine m(version);
        m.memblock.memory.add(0, 24 * MiB);
        m.memblock.memory.set_flags(0, 8 * MiB, MEMBLOCK_MIRROR);
        m.mb.has_mirror = true;
        CAPTURE(version);
        CHECK(text(m.mb.alloc({.name = "a", .size = MiB, .align = MiB, .from = 16 * MiB})) == place);
    }
}

TEST_CASE("memblock_alloc: bottom-up starts at the end of the kernel image up to 5.11") {
    for (const auto& [version, first, second] : {std::tuple("5.10", "800000", "600000"), std::tuple("5.15", "100000", "300000")}) {
        Machine m(version);
        m.memblock.memory.add(MiB, 11 * MiB);
        m.mb.bottom_up = true;
        m.mb.kernel_end = 8 * MiB;
        CAPTURE(version);
        CHECK(text(m.mb.alloc({.name = "a", .size = 2 * MiB, .align = MiB})) == first);
        // Where nothing is left above the image, from the top down as ever.
        CHECK(text(m.mb.alloc({.name = "b", .size = 2 * MiB, .align = MiB, .below = 8 * MiB})) == second);
    }
}

TEST_CASE("memblock_alloc: pages in a row are the pages that single requests would get") {
    for (const bool up : {false, true}) {
        Machine one;
        Machine many;
        for (Machine* m : {&one, &many}) {
            m->memblock.memory.add(MiB, 40 * KiB);
            m->mb.reserve(MiB + 9 * KiB, KiB, "in the way");
            m->mb.reserve(MiB + 22 * KiB, KiB, "in the way");
            m->mb.bottom_up = up;
        }
        CAPTURE(up);
        for (int i = 0; i < 7; ++i) CHECK(one.mb.phys_alloc({.name = "page", .size = 4 * KiB, .align = 4 * KiB}));
        CHECK(many.mb.phys_alloc_pages(7, {0, ~u64{0}}, "page") == 0);
        CHECK(many.reserved() == one.reserved());
        CHECK(many.mb.phys_alloc_pages(1, {0, ~u64{0}}, "page") == 0);
        CHECK(many.mb.phys_alloc_pages(1, {0, ~u64{0}}, "page") == 1);
    }
}

TEST_CASE("memblock_alloc: the array of reserved regions doubles when the next region may not fit") {
    Machine m;
    m.memblock.memory.add(0, 64 * MiB);
    m.mb.can_resize = true;
    for (u64 i = 0; i < 128; ++i) m.mb.reserve(MiB + i * 8 * KiB, 4 * KiB, "region");
    CHECK(m.mb.reserved_max() == 128);
    m.mb.reserve(8 * MiB, 4 * KiB, "one more");
    CHECK(m.mb.reserved_max() == 256);
    // 256 regions of 24 bytes, above the range that was to be reserved.
    CHECK(m.memblock.reserved.regions().back() ==
          MemblockRegion{64 * MiB - 8 * KiB, 8 * KiB, NUMA_NO_NODE, 0, "array of reserved regions"});
    for (u64 i = 0; i < 128; ++i) m.mb.reserve(16 * MiB + i * 8 * KiB, 4 * KiB, "region");
    CHECK(m.mb.reserved_max() == 512);
    // The old array is free again.
    CHECK(m.memblock.reserved.regions().back() ==
          MemblockRegion{64 * MiB - 8 * KiB - 12 * KiB, 12 * KiB, NUMA_NO_NODE, 0, "array of reserved regions"});
}

TEST_CASE("memblock_alloc: names do not count as regions") {
    Machine m;
    m.memblock.memory.add(0, MiB);
    m.mb.reserve(64 * KiB, 4 * KiB, "a");
    m.mb.reserve(68 * KiB, 4 * KiB, "b");
    m.mb.reserve(128 * KiB, 4 * KiB, "c");
    CHECK(m.memblock.reserved.regions().size() == 3);
    CHECK(m.mb.reserved_count() == 2);
}

TEST_CASE("memblock_alloc: many requests at once get what they get one by one") {
    std::mt19937 random(7);
    const auto below = [&](u64 n) { return random() % n; };
    for (int trial = 0; trial < 400; ++trial) {
        CAPTURE(trial);
        Machine at_once, one_by_one;
        for (PhysAddr at = below(3) * 64 * KiB; at < 8 * MiB;) {
            const u64 size = (1 + below(64)) * 16 * KiB;
            const int nid = static_cast<int>(below(2));
            const unsigned flags = below(4) == 0 ? static_cast<unsigned>(MEMBLOCK_MIRROR) : 0;
            for (Machine* m : {&at_once, &one_by_one}) m->memblock.memory.add(at, size, nid, flags);
            at += size + below(3) * 16 * KiB;
        }
        for (u64 n = below(12); n > 0; --n) {
            const PhysAddr base = below(8 * MiB);
            const u64 size = 1 + below(40 * KiB);
            for (Machine* m : {&at_once, &one_by_one}) m->mb.reserve(base, size, "taken");
        }
        const EarlyRequest request{.name = "page",
                                   .size = below(3) == 0 ? 0x1800u : 4 * KiB,
                                   .align = below(2) == 0 ? 64u : 4 * KiB,
                                   .from = below(2) == 0 ? 0 : below(6 * MiB),
                                   .nid = below(3) == 0 ? NUMA_NO_NODE : static_cast<int>(below(2))};
        const u64 count = 1 + below(600);
        const bool mirror = below(2) == 0;
        for (Machine* m : {&at_once, &one_by_one}) m->mb.has_mirror = mirror;
        std::string failed;
        try {
            at_once.mb.alloc_each_or_panic(request, count);
        } catch (const OutOfEarlyMemory&) {
            failed = "at once";
        }
        try {
            for (u64 i = 0; i < count; ++i) one_by_one.mb.alloc_or_panic(request);
        } catch (const OutOfEarlyMemory&) {
            failed += failed.empty() ? "one by one" : ", one by one";
        }
        CHECK((failed.empty() || failed == "at once, one by one"));
        CHECK(at_once.reserved() == one_by_one.reserved());
    }
}
