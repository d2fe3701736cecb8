// SPDX-License-Identifier: MIT
// What 32-bit arm and riscv64 reserve where the board does not list it. Sizes and places of whole boots: tests/truth.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <tuple>

#include "early_machine.h"
#include "mm/bootmem.h"
#include "refusal.h"
#include "report/board_writer.h"

using namespace zonecalc;
using zonecalc::test::Run;

namespace {

// 512 MiB of a 3.14 machine, with everything that is in memory before the kernel.
constexpr std::string_view machine = R"(schema = 1
[board]
arch = "arm"
cpus = 1
kernel_base = 0x40008000
[device_tree]
base = 0x480d9000
size = "1MiB"
unflattened = 11732
[[loaded]]
name = "initrd"
base = 0x48000000
end = 0x480d806c
[[memory]]
base = 0x40000000
size = "512MiB"
)";

std::string with(std::string_view more) {
    return std::string(machine) + std::string(more);
}

std::string error_of(const std::string& board) {
    return refusal_in_words([&] { parse_board({"board.toml", board}); });
}

}  // namespace

TEST_CASE("arm 3.14 reserves image, first page table, initrd and blob to the byte") {
    const Run run(machine, "3.14-arm");
    CHECK(run.places("first page table") == "0x40004000-0x40007fff");
    CHECK(run.places("kernel image") == "0x40008200-0x40597d5f");
    CHECK(run.places("initrd") == "0x48000000-0x480d806c");
    CHECK(run.places("device tree blob") == "0x480d9000-0x481d8fff");
    CHECK(run.assumed().empty());
}

TEST_CASE("an initrd is reserved in whole pages by later releases") {
    std::string board = with("");
    board.replace(board.find("0x40008000"), 10, "0x40208000");
    CHECK(Run(board, "6.1-arm").places("initrd") == "0x48000000-0x480d8fff");
}

TEST_CASE("flat memory of arm: what the memmap has for a hole is handed over, up to pageblocks or up to the largest blocks") {
    // The hole begins and ends within a largest block, and on a pageblock's border.
    constexpr std::string_view board = R"(schema = 1
[board]
arch = "arm"
cpus = 1
kernel_base = 0x40208000
[device_tree]
base = 0x48000000
size = "1MiB"
[[memory]]
base = 0x40000000
end = 0x521fffff
[[memory]]
base = 0x5a200000
end = 0x601fffff
)";
    const auto run = [&](bool by_pageblock) {
        return Run(board, "6.1-arm-lpae", "", Until::slub, [&](Kernel& k) {
            REQUIRE(k.pageblock_order == 9);
            REQUIRE(k.max_order == 11);
            k.behaviours.memmap_holes_by_pageblock = by_pageblock;
        });
    };
    const u64 page = load_kernel("6.1-arm-lpae").size_of("page");
    const auto figures = [&](const Run& r) {
        const Zone& zone = r.layout.nodes.front().zones.front();
        const MemoryAccount& account = *r.layout.account;
        CHECK(account.sum(&MemoryPart::hand_over) == account.memory());
        CHECK(account.sum(&MemoryPart::started) == account.memory());
        return std::tuple(*zone.managed, zone.free_pages, r.layout.memory_line->reserved, r.bytes("memmap") / 4096);
    };
    const auto [managed, free, reserved, memmap] = figures(run(true));
    const auto [managed_then, free_then, reserved_then, memmap_then] = figures(run(false));
    // Largest blocks have 8 MiB: 6 MiB of the hole at one end and 2 at the other are 2048 struct pages of 36 bytes, 18 pages that
    // neither begin nor end with a page.
    REQUIRE(page == 36);
    constexpr u64 more = 17;
    CHECK(managed == managed_then + more);
    CHECK(free == free_then + more);
    CHECK(reserved == reserved_then - more);
    CHECK(memmap == memmap_then - more);

    CHECK_FALSE(behaviours_of({5, 9, 1}).memmap_holes_by_pageblock);
    CHECK(behaviours_of({5, 10, 89}).memmap_holes_by_pageblock);
    CHECK_FALSE(behaviours_of({5, 13, 0}).memmap_holes_by_pageblock);
    CHECK(behaviours_of({5, 15, 85}).memmap_holes_by_pageblock);
}

TEST_CASE("static mappings: a record each, tables for what is no section, records for halves that are left over") {
    const u64 before = Run(machine, "3.14-arm").bytes("page tables");
    SUBCASE("whole sections take no table") {
        const Run run(with("[[io_table]]\nmaps = [{virtual = 0xf8000000, base = 0x1c000000, size = \"2MiB\"}]\n"), "3.14-arm");
        CHECK(run.bytes("static mappings") == 40);
        CHECK(run.bytes("page tables") == before);
        CHECK(run.bytes("gap beside a static mapping") == 0);
    }
    SUBCASE("one section leaves the other half of its table") {
        const Run run(with("[[io_table]]\nmaps = [{virtual = 0xf8000000, base = 0x1c000000, size = \"1MiB\"}]\n"), "3.14-arm");
        CHECK(run.bytes("page tables") == before);
        CHECK(run.bytes("gap beside a static mapping") == 40);
    }
    SUBCASE("pages take a table once") {
        const Run run(with("[[io_table]]\nmaps = [{virtual = 0xf8000000, base = 0x10000000, size = 0xff},\n"
                           "        {virtual = 0xf8100000, base = 0x10010000, size = \"64KiB\"}]\n"),
                      "3.14-arm");
        CHECK(run.bytes("static mappings") == 80);
        CHECK(run.bytes("page tables") == before + 4096);
        CHECK(run.bytes("gap beside a static mapping") == 0);
    }
}

TEST_CASE("what the board does not say is assumed and listed") {
    const Run run("schema = 1\n[board]\narch = \"arm\"\n[[memory]]\nbase = 0x20000000\nsize = \"512MiB\"\n", "3.13-arm-exynos5420");
    CHECK(run.assumed() ==
          "kernel-image sizes-of-another-release no-initrd one-cpu no-io-tables device-tree-size device-tree-base "
          "device-tree-unflattened");
}

TEST_CASE("[[io_table]]: what is wrong is said, and what is right is written again") {
    CHECK(error_of(with("[[io_table]]\n")).find("'maps'") != std::string::npos);
    CHECK(error_of(with("[[io_table]]\nmaps = [{base = 0, size = 1}]\n")).find("'virtual'") != std::string::npos);
    CHECK(error_of(with("[[io_table]]\nmaps = [{virtual = 0x100000000, base = 0, size = 1}]\n")).find("no virtual address") !=
          std::string::npos);
    const std::string text = with("[[io_table]]\nmaps = [{virtual = 0xf8000000, base = 0x10000000, size = 0xff}]\n");
    const Board board = parse_board({"board.toml", text});
    const Board again = parse_board({"again.toml", board_toml(board)});
    REQUIRE(again.io_tables.size() == 1);
    REQUIRE(again.io_tables.front().maps.size() == 1);
    CHECK(again.io_tables.front().maps.front().virtual_address == 0xf8000000);
    CHECK(again.io_tables.front().maps.front().size == 0xff);
}

TEST_CASE("bootmem: small requests share a page, the search goes on from the last, what is free again pulls it back") {
    Memblock m;
    m.memory.add(0x10000, 0x100000);
    Bootmem bootmem({0x10, 0x110}, {}, ~PhysAddr{0}, 4096);
    const auto take = [&](u64 size, u64 align) {
        const auto at = bootmem.find(m, size, align, std::nullopt, false);
        if (at) m.reserved.add(*at, size);
        return at;
    };
    CHECK(take(100, 64) == 0x10000);
    CHECK(take(100, 64) == 0x10080);
    CHECK(take(0x2000, 0x1000) == 0x11000);  // nothing is shared across a page border
    CHECK(take(100, 64) == 0x13000);
    const PhysRange whole = bootmem.free(0x11800, 0x1800);  // a page and a half
    CHECK(whole.begin == 0x12000);
    CHECK(whole.end == 0x13000);
    m.reserved.remove(whole.begin, whole.size());
    CHECK(take(0x1000, 0x1000) == 0x12000);
    CHECK_FALSE(take(0x200000, 0x1000).has_value());
}

TEST_CASE("riscv64: levels of page tables that the command line takes away") {
    constexpr std::string_view board = R"(schema = 1
[board]
arch = "riscv64"
cpus = 1
kernel_base = 0x80200000
[device_tree]
base = 0xbfe00000
size = 0x1573
unflattened = 23372
[[memory]]
base = 0x80000000
size = "1GiB"
)";
    CHECK(Run(board, "6.12-riscv64").bytes("page tables") == 5 * 4096);
    CHECK(Run(board, "6.12-riscv64", "no5lvl").bytes("page tables") == 3 * 4096);
    CHECK(Run(board, "6.12-riscv64", "no4lvl").bytes("page tables") == 2 * 4096);
    CHECK(Run(board, "6.12-riscv64").assumed() == "no-initrd paging-mode");
}

// Debian 6.1.0-50-armmp-lpae, 5 GiB: highmem is tried, and then forgotten for what lies above 4 GiB.
TEST_CASE("arm with LPAE: up to 6.1 an area for contiguous allocations loses memory where RAM ends above 4 GiB") {
    constexpr std::string_view start = "schema = 1\n[board]\narch = \"arm\"\ncpus = 2\n[[memory]]\nbase = 0x40000000\nsize = ";
    const Run above(std::string(start) + "\"5GiB\"\n", "6.1-arm-lpae");
    CHECK(above.places("CMA") == "0x6f000000-0x6fffffff, 0xfee00000-0xffdfffff");
    CHECK(std::ranges::count(above.layout.notes, "cma-lost-in-highmem", &Note::id) == 1);
    const Run below(std::string(start) + "\"3GiB\"\n", "6.1-arm-lpae");
    CHECK(below.bytes("CMA") == u64{16} << 20);
}
