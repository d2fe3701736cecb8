// SPDX-License-Identifier: MIT
// What arm64 reserves where the board does not list it. Sizes and places of whole boots: tests/truth.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "early_machine.h"

using namespace zonecalc;
using zonecalc::test::Run;

namespace {

// 1 GiB, with everything that is in memory before the kernel.
constexpr std::string_view one_gib = R"(schema = 1
[board]
arch = "arm64"
cpus = 2
kernel_base = 0x40200000
[device_tree]
base = 0x48200000
size = "1MiB"
unflattened = 40000
[[loaded]]
name = "initrd"
base = 0x48000000
size = 0xf1000
[[memory]]
base = 0x40000000
size = "1GiB"
)";

u64 tables(std::string_view kernel, std::string_view cmdline) {
    return Run(one_gib, kernel, cmdline).bytes("page tables") / 4096;
}

std::string with(std::string_view more) {
    return std::string(one_gib) + std::string(more);
}

}  // namespace

TEST_CASE("early arm64: page tables by what may be mapped in blocks") {
    // The image takes 7 tables and the identity map 4; the linear map 2, and one for each 2 MiB that is not a block. Where the
    // image begins and ends there are three of these at any rate.
    CHECK(tables("6.1-arm64", "nokaslr rodata=on") == 7 + 4 + 2 + 2);
    CHECK(tables("6.1-arm64", "nokaslr rodata=off") == 7 + 4 + 2 + 2);
    CHECK(tables("6.1-arm64", "nokaslr") == tables("6.1-arm64", "nokaslr rodata=full"));
    CHECK(tables("6.1-arm64", "nokaslr") == 7 + 4 + 2 + 512 - 10);
    CHECK(tables("6.1-arm64", "nokaslr rodata=on crashkernel=64M") == 7 + 4 + 2 + 512 - 10);
    // The last word counts, and one that is not known does nothing.
    CHECK(tables("6.1-arm64", "nokaslr rodata=full rodata=on rodata=what") == 7 + 4 + 2 + 2);
}

TEST_CASE("early arm64: rodata=on means full from 6.18 on, and rodata=noalias is what it was") {
    CHECK(tables("7.1-arm64", "") == tables("7.1-arm64", "rodata=on"));
    CHECK(tables("7.1-arm64", "rodata=noalias") < 8);
    CHECK(tables("7.1-arm64", "rodata=on") > 500);
    CHECK(tables("6.12-arm64", "rodata=on") < 8);
    CHECK(tables("6.12-arm64", "rodata=full") > 500);
}

TEST_CASE("early arm64: the image loses the page tables of its first minutes") {
    CHECK(Run(one_gib, "6.1-arm64", "nokaslr").places("kernel image") == "0x40210000-0x4220afff");
    CHECK(Run(one_gib, "5.10-arm64", "").places("kernel image") == "0x40200000-0x40c9bfff, 0x40c9f000-0x40c9ffff");
    CHECK(Run(one_gib, "6.12-arm64", "").places("kernel image") == "0x40200000-0x4098ffff");
    // 4.19 keeps the first page of swapper_pg_dir.
    CHECK(Run(one_gib, "4.19-arm64", "").places("kernel image") == "0x40200000-0x4091afff");
}

TEST_CASE("early arm64: what the board does not say is assumed, and said so") {
    constexpr std::string_view bare = "schema = 1\n[board]\narch = \"arm64\"\n[[memory]]\nbase = 0x40000000\nsize = \"2GiB\"\n";
    const Run run(bare, "6.1-arm64", "");
    CHECK(run.assumed() == "kernel-base kaslr no-initrd one-cpu device-tree-size device-tree-base device-tree-unflattened");
    CHECK(run.places("kernel image") == "0x40210000-0x4220afff");
    CHECK(run.places("device tree blob") == "0x48000000-0x4800ffff");
    CHECK(run.bytes("device tree") == 256 * 1024);
    CHECK(Run(one_gib, "6.1-arm64", "nokaslr").assumed().empty());
}

TEST_CASE("early arm64: zones follow from none of the assumptions") {
    constexpr std::string_view bare = "schema = 1\n[board]\narch = \"arm64\"\n[[memory]]\nbase = 0x40000000\nsize = \"2GiB\"\n";
    CHECK(Run(bare, "6.1-arm64", "", Until::zones).assumed().empty());
}

TEST_CASE("early arm64: a board that lists what is reserved is believed") {
    const Run run(with("[[reserved]]\nname = \"all of it\"\nbase = 0x40000000\nsize = \"1MiB\"\n"), "6.1-arm64", "nokaslr");
    REQUIRE(run.layout.reserved.size() == 1);
    CHECK(run.places("all of it") == "0x40000000-0x400fffff");
}

TEST_CASE("early arm64: with ACPI no device tree is unpacked") {
    const Run run(with("[[acpi_table]]\nsignature = \"FACP\"\nbase = 0x7c43fa98\nsize = 276\n"), "6.1-arm64", "nokaslr");
    CHECK(run.bytes("device tree") == 0);
    CHECK(run.bytes("device tree blob") == 1 << 20);
    CHECK(run.assumed() == "no-efi");
}

TEST_CASE("early arm64: which node has which CPU is assumed where a board with nodes does not say") {
    constexpr std::string_view second = "[[memory]]\nbase = 0x100000000\nsize = \"1GiB\"\nnode = 1\n";
    std::string board = with(second);
    board.replace(board.find("size = \"1GiB\"\n"), 14, "size = \"1GiB\"\nnode = 0\n");
    CHECK(Run(board, "6.1-arm64", "nokaslr").assumed() == "cpu-nodes");
    CHECK(Run(board + "[[node]]\nid = 1\ncpus = [1]\n", "6.1-arm64", "nokaslr").assumed().empty());
}

TEST_CASE("early arm64: the tree's size is counted, its aliases have records") {
    std::string board(one_gib);
    board.replace(board.find("unflattened = 40000"), 19,
                  "nodes = 56\nproperties = 276\nname_bytes = 1816\naliases = [\"serial0\", \"ethernet10\"]");
    const Run debian(board, "6.1-arm64", "nokaslr");
    CHECK(debian.bytes("device tree") == 39964);
    CHECK(debian.bytes("device tree alias") == 40 + 7 + 40 + 9);
    CHECK(Run(board, "6.12-arm64", "").bytes("device tree") == 42172);
    CHECK(Run(board, "4.19-arm64", "").bytes("device tree") == 56 * 168 + 276 * 88 + 1816 + 4);
}

TEST_CASE("early arm64: areas without an address are placed in sorted order up to 6.11, later in the tree's") {
    std::string areas;
    for (const char* name : {"a", "b", "c"})
        areas += fmt::format("[[reserved_memory]]\nname = \"{}\"\nsize = \"1MiB\"\nalignment = \"1MiB\"\n", name);
    const Run debian(with(areas), "6.1-arm64", "nokaslr");
    CHECK(debian.places("b") == "0x7ff00000-0x7fffffff");
    CHECK(debian.places("c") == "0x7fe00000-0x7fefffff");
    CHECK(debian.places("a") == "0x7fd00000-0x7fdfffff");
    const Run later(with(areas), "6.12-arm64", "");
    CHECK(later.places("a") == "0x7ff00000-0x7fffffff");
    CHECK(later.places("b") == "0x7fe00000-0x7fefffff");
    CHECK(later.places("c") == "0x7fd00000-0x7fdfffff");
    CHECK(later.bytes("list of reserved memory") == 3 * 48);
}

TEST_CASE("early arm64: an area takes the first of its ranges with room, and grows from its neighbour from 6.4 on") {
    constexpr std::string_view areas = R"([[reserved_memory]]
name = "first"
size = "4MiB"
alignment = "1MiB"
alloc_ranges = [{base = 0x90000000, size = "16MiB"}, {base = 0x60000000, size = "256MiB"}]
[[reserved_memory]]
name = "second"
size = "4MiB"
alignment = "1MiB"
alloc_ranges = [{base = 0x70000000, size = "128MiB"}]
)";
    const Run debian(with(areas), "6.1-arm64", "nokaslr");
    CHECK(debian.places("first") == "0x6fc00000-0x6fffffff");
    CHECK(debian.places("second") == "0x77c00000-0x77ffffff");
    const Run later(with(areas), "6.12-arm64", "");
    CHECK(later.places("first") == "0x6fc00000-0x6fffffff");
    CHECK(later.places("second") == "0x70000000-0x703fffff");
}

TEST_CASE("early arm64: no-map takes memory away up to 5.10, and marks it later") {
    constexpr std::string_view area =
        "[[reserved_memory]]\nname = \"secure\"\nbase = 0x50000000\nsize = \"2MiB\"\nflags = [\"nomap\"]\n";
    const Run old(with(area), "5.9-arm64", "");
    REQUIRE(old.layout.memory.size() == 2);
    CHECK(old.layout.memory[0].end() == 0x50000000);
    const Run later(with(area), "6.1-arm64", "nokaslr");
    REQUIRE(later.layout.memory.size() == 3);
    CHECK(later.layout.memory[1].flags == MEMBLOCK_NOMAP);
    CHECK(later.places("secure").empty());
}

TEST_CASE("early arm64: no-map takes areas that the kernel places away up to 5.13, and marks them later") {
    constexpr std::string_view area = "[[reserved_memory]]\nname = \"secure\"\nsize = \"2MiB\"\nflags = [\"nomap\"]\n";
    const Run old(with(area), "5.10-arm64", "");
    REQUIRE(old.layout.memory.size() == 1);
    CHECK(old.layout.memory[0].end() == 0x7fe00000);
    CHECK(old.places("secure").empty());
    // Up to 5.0 it was reserved before.
    const Run first(with(area), "4.19-arm64", "");
    CHECK(first.layout.memory[0].end() == 0x7fe00000);
    CHECK(first.places("secure") == "0x7fe00000-0x7fffffff");
    const Run later(with(area), "5.15-arm64", "");
    REQUIRE(later.layout.memory.size() == 2);
    CHECK(later.layout.memory[1].flags == MEMBLOCK_NOMAP);
}

// 5.9.1, 5.15.24, 7.1.5 and 4.19.13 on arm64.
TEST_CASE("early arm64: from 5.3 on a pool is given back that no driver takes") {
    const auto kept = [](const char* kernel, const char* flags, const char* cmdline = "", const char* place = "") {
        const std::string pool =
            fmt::format("[[reserved_memory]]\nname = \"video\"\n{}size = \"40MiB\"\nflags = [{}]\n", place, flags);
        return Run(with(pool), kernel, cmdline).bytes("video") >> 20;
    };
    const char* const reusable = "\"pool\", \"reusable\"";
    const char* const unaligned = "base = 0x50001000\n";
    // These are built without CMA.
    CHECK(kept("4.19-arm64", reusable) == 40);
    CHECK(kept("5.4-arm64", reusable) == 0);
    CHECK(kept("5.9-arm64", reusable) == 0);
    CHECK(kept("5.15-arm64", reusable) == 0);
    CHECK(kept("6.12-arm64", reusable, "", unaligned) == 0);
    CHECK(kept("7.1-arm64", reusable) == 40);
    CHECK(kept("5.9-arm64", "\"pool\"") == 40);
    CHECK(kept("5.9-arm64", "\"reusable\"") == 40);
    CHECK(kept("5.9-arm64-cma", reusable) == 40);
    CHECK(kept("5.9-arm64-cma", reusable, "", unaligned) == 0);
    // cma= and linux,cma-default
    const char* const standard = "\"pool\", \"reusable\", \"cma-default\"";
    CHECK(kept("5.9-arm64-cma", standard) == 40);
    CHECK(kept("5.9-arm64-cma", standard, "cma=16M") == 0);
}

TEST_CASE("early arm64: swiotlb=noforce leaves one slab up to 5.12, and no buffer later") {
    std::string board(one_gib);
    board.replace(board.rfind("1GiB"), 4, "6GiB");
    const auto buffer = [&](const char* kernel, const char* cmdline) {
        return Run(board, kernel, cmdline).bytes("bounce buffers");
    };
    CHECK(buffer("5.9-arm64", "") == 64 << 20);
    CHECK(buffer("5.9-arm64", "swiotlb=noforce") == 4096);
    CHECK(buffer("5.9-arm64", "swiotlb=noforce swiotlb=1024") == 2 << 20);
    CHECK(buffer("4.19-arm64", "swiotlb=noforce") == 4096);
    CHECK(buffer("5.15-arm64", "swiotlb=noforce") == 0);
    CHECK(buffer("5.15-arm64", "swiotlb=noforce swiotlb=1024,force") == 2 << 20);
    CHECK(Run(one_gib, "5.9-arm64", "swiotlb=noforce").bytes("bounce buffers") == 0);
}

TEST_CASE("early arm64: from 6.18 on the stack depot has an array of its pools") {
    const auto pools = [](const char* kernel, const char* cmdline) {
        return Run(one_gib, kernel, cmdline).bytes("stack depot pools") / 8;
    };
    CHECK(pools("7.1-arm64", "") == 0);
    CHECK(pools("7.1-arm64", "slab_debug=U") == 8192);
    CHECK(pools("7.1-arm64", "slab_debug=U stack_depot_max_pools=2048") == 2048);
    CHECK(pools("7.1-arm64", "slab_debug=U stack_depot_max_pools=1023") == 8192);
    CHECK(pools("7.1-arm64", "slab_debug=U stack_depot_max_pools=131072") == 8192);
    CHECK(pools("6.12-arm64", "slub_debug=U") == 0);
}

TEST_CASE("early arm64: the default area for contiguous allocations") {
    CHECK(Run(one_gib, "6.1-arm64", "nokaslr rodata=on").bytes("CMA") == 64 << 20);
    CHECK(Run(one_gib, "6.1-arm64", "nokaslr rodata=on cma=32M@0x60000000").places("CMA") == "0x60000000-0x61ffffff");
    CHECK(Run(one_gib, "6.1-arm64", "nokaslr rodata=on cma=32M@0x50000000-0x58000000").places("CMA") == "0x56000000-0x57ffffff");
    CHECK(Run(one_gib, "6.1-arm64", "nokaslr cma=0").bytes("CMA") == 0);
    CHECK(Run(one_gib, "6.1-arm64", "nokaslr cma=0xfffffffffffff000").bytes("CMA") == 0);
    CHECK(Run(one_gib, "5.9-arm64-cma", "").bytes("CMA") == 32 << 20);
    CHECK(Run(one_gib, "6.12-arm64", "").bytes("CMA") == 0);
    const Run run(one_gib, "6.1-arm64", "nokaslr rodata=on", Until::buddy);
    REQUIRE(run.layout.cma_areas.size() == 1);
    CHECK(run.layout.cma_areas[0].size == 64 << 20);
}

TEST_CASE("early arm64: a pool of the device tree stands for the default area unless cma= overrides it") {
    constexpr std::string_view pool =
        "[[reserved_memory]]\nname = \"linux,cma\"\nsize = \"96MiB\"\nflags = [\"pool\", \"reusable\", \"cma-default\"]\n";
    const Run run(with(pool), "6.1-arm64", "nokaslr rodata=on");
    CHECK(run.places("linux,cma") == "0x7a000000-0x7fffffff");
    CHECK(run.bytes("CMA") == 0);
    const Run given(with(pool), "6.1-arm64", "nokaslr rodata=on cma=16M");
    CHECK(given.bytes("linux,cma") == 0);
    CHECK(given.bytes("CMA") == 16 << 20);
}

TEST_CASE("early arm64: the crash kernel") {
    std::string board(one_gib);
    board.replace(board.rfind("1GiB"), 4, "8GiB");
    const auto places = [&](std::string_view cmdline, std::string_view name = "crash kernel") {
        return Run(board, "6.1-arm64", fmt::format("nokaslr cma=0 {}", cmdline)).places(name);
    };
    CHECK(places("crashkernel=256M") == "0xf0000000-0xffffffff");
    CHECK(places("crashkernel=64M@0x60000000") == "0x60000000-0x63ffffff");
    CHECK(places("crashkernel=64M@0x47000000").empty());  // the initrd is in the way
    CHECK(places("crashkernel=256M,high").starts_with("0x2"));
    CHECK(places("crashkernel=256M,high", "crash kernel, low part").empty());
    CHECK(places("crashkernel=256M,high crashkernel=64M,low", "crash kernel, low part") == "0xfc000000-0xffffffff");
    CHECK(places("crashkernel=9999G").empty());
    CHECK(places("crashkernel=").empty());
}

TEST_CASE("early arm64: hugetlb_cma= is spread over nodes, a gigabyte at least") {
    constexpr std::string_view two_nodes = R"(schema = 1
[board]
arch = "arm64"
cpus = 1
kernel_base = 0x40200000
[[memory]]
base = 0x40000000
size = "4GiB"
node = 0
[[memory]]
base = 0x140000000
size = "4GiB"
node = 1
)";
    CHECK(Run(two_nodes, "6.1-arm64", "nokaslr rodata=on hugetlb_cma=1G").bytes("hugetlb CMA") == u64{1} << 30);
    CHECK(Run(two_nodes, "6.1-arm64", "nokaslr rodata=on hugetlb_cma=2G").bytes("hugetlb CMA") == u64{2} << 30);
    CHECK(Run(two_nodes, "6.1-arm64", "nokaslr rodata=on hugetlb_cma=512M").bytes("hugetlb CMA") == 0);
    CHECK(Run(two_nodes, "6.12-arm64", "hugetlb_cma=1G").bytes("hugetlb CMA") == 0);  // no CMA in this kernel
}

TEST_CASE("early arm64: memory that is too small ends the model, not the program") {
    std::string board(one_gib);
    board.replace(board.rfind("1GiB"), 4, "130MiB");
    const Run run(board, "6.1-arm64", "nokaslr log_buf_len=1G cma=64M");
    CHECK(run.layout.reserved.size() > 3);
    board.replace(board.rfind("130MiB"), 6, "35MiB");
    const Run less(board, "6.1-arm64", "nokaslr");
    const bool said = std::any_of(less.layout.notes.begin(), less.layout.notes.end(),
                                  [](const Note& n) { return n.id == "out-of-early-memory"; });
    CHECK(said);
}

TEST_CASE("early arm64: the cost is that of regions") {
    std::string board(one_gib);
    board.replace(board.rfind("1GiB"), 4, "64TiB");
    CHECK(Run(board, "6.1-arm64", "nokaslr").bytes("page tables") > u64{64} << 30);
}

// Debian 6.1.0-50-arm64 with three CPUs.
TEST_CASE("early arm64: percpu areas made of pages share the last page tables of the image until they are full") {
    const auto tables = [](const char* cpus) {
        const std::string board =
            "schema = 1\n[board]\narch = \"arm64\"\n" + std::string(cpus) + "[[memory]]\nbase = 0x40000000\nsize = \"1GiB\"\n";
        return Run(board, "6.1-arm64", "nokaslr percpu_alloc=page").bytes("percpu page tables") / 4096;
    };
    CHECK(tables("cpus = 3\n") == 0);
    CHECK(tables("cpus = 40\n") == 2);
}

TEST_CASE("early arm64: percpu_alloc=page is known from 5.16 on") {
    const auto areas = [](const char* kernel, const char* cmdline) { return Run(one_gib, kernel, cmdline).places("percpu area"); };
    for (const char* kernel : {"4.19-arm64", "5.9-arm64", "5.15-arm64"})
        CHECK(areas(kernel, "percpu_alloc=page") == areas(kernel, ""));
    CHECK(areas("6.1-arm64", "percpu_alloc=page") != areas("6.1-arm64", ""));
}
