// SPDX-License-Identifier: MIT
// What x86 reserves where the board does not list it. Sizes and places of whole boots: tests/truth.
#include <doctest/doctest.h>

#include "early_machine.h"

using namespace zonecalc;
using zonecalc::test::Run;

namespace {

constexpr u64 MiB = 1024 * 1024;
constexpr u64 GiB = 1024 * MiB;

}  // namespace

TEST_CASE("x86_64: a board of [[memory]] is reserved as well, and the missing firmware map is an assumption") {
    constexpr std::string_view banks =
        "schema = 1\n[board]\narch = \"x86_64\"\n[[memory]]\nbase = 0\nsize = \"2GiB\"\n[[memory]]\nbase = \"4GiB\"\nsize = "
        "\"1GiB\"\n";
    constexpr std::string_view entries =
        "schema = 1\n[board]\narch = \"x86_64\"\n"
        "[[e820]]\nbase = 0\nsize = \"2GiB\"\ntype = \"usable\"\n"
        "[[e820]]\nbase = 0xf0000\nsize = \"64KiB\"\ntype = \"reserved\"\n"
        "[[e820]]\nbase = \"4GiB\"\nsize = \"1GiB\"\ntype = \"usable\"\n";
    const Run of_banks(banks, "6.12-x86_64", "nokaslr"), of_entries(entries, "6.12-x86_64", "nokaslr");
    CHECK(of_banks.bytes("kernel image") > 0);
    CHECK(of_banks.layout.reserved == of_entries.layout.reserved);
    CHECK(of_banks.assumed() == "no-e820 " + of_entries.assumed());
}

TEST_CASE("swiotlb=: each area of bounce buffers has a segment, and all are a power of two of slabs") {
    const std::string board = test::pc_board("cpus = 2", GiB);
    const auto bytes = [&](const char* kernel, const char* words) {
        return Run(board, kernel, std::string("nokaslr swiotlb=") + words).bytes("bounce buffers");
    };
    // Debian 6.12.117+deb12-amd64: "area num 4", "roundup to 128MB".
    CHECK(bytes("6.12-x86_64", "33333,3,force") == 128 * MiB);
    CHECK(bytes("6.12-x86_64", "4096,64,force") == 16 * MiB);
    CHECK(bytes("6.12-x86_64", ",force") == 64 * MiB);
    CHECK(bytes("6.12-x86_64", "3,forced") == 0);
    // Without areas there is no rounding but to whole segments, and a second number is none of the words that are known.
    CHECK(bytes("5.15-x86_64", "33333,force") == 33408 * 2048);
    CHECK(bytes("5.15-x86_64", "33333,3,force") == 0);
}

// 6.1.0-56-amd64 with 3 of 7 possible CPUs: the groups are 0 4 6 and 1 2 3 5.
TEST_CASE("CPUs that the SRAT does not name take turns by their number") {
    const auto of_cpus = [](unsigned possible) {
        const std::string board = test::pc_board(fmt::format("cpus = {}", possible), GiB) +
                                  "[[srat]]\nbase = 0\nsize = \"512MiB\"\nnode = 0\n"
                                  "[[srat]]\nbase = \"512MiB\"\nsize = \"512MiB\"\nnode = 1\n"
                                  "[[node]]\nid = 0\ncpus = [0]\n[[node]]\nid = 1\ncpus = [1, 2]\n";
        return Run(board, "6.1-x86_64", "nokaslr").places("percpu area");
    };
    CHECK(of_cpus(4) == "0x1f400000-0x1f43dfff, 0x3f000000-0x3f03dfff, 0x3f200000-0x3f23dfff, 0x3f400000-0x3f43dfff");
    CHECK(of_cpus(5) ==
          "0x1f400000-0x1f43dfff, 0x1f500000-0x1f53dfff, 0x3f200000-0x3f23dfff, 0x3f300000-0x3f33dfff, 0x3f400000-0x3f43dfff");
}

TEST_CASE("KASLR moves the vmalloc area into one page table more") {
    const auto available = [](const char* words) {
        return Run(test::pc_board("cpus = 1", 2 * GiB), "6.1-x86_64", words, Until::slub)
            .layout.memory_line.value()
            .available.value();
    };
    CHECK(available("nokaslr") == available("") + 1);
    CHECK(available("nokaslr percpu_alloc=page") == available("percpu_alloc=page") + 1);
}

// Debian 6.1.0-50-686-pae with 5 GiB, highmem=1G: bounce buffers are there for what highmem= leaves out.
TEST_CASE("i386: bounce buffers are made for RAM above 4 GiB, used or not") {
    std::string board = test::pc_board("cpus = 1", 5 * GiB);
    board.replace(board.find("x86_64"), 6, "i386");
    CHECK(Run(board, "6.1-i386-pae", "nokaslr").bytes("bounce buffers") == 64 * MiB);
    CHECK(Run(board, "6.1-i386-pae", "nokaslr highmem=1G").bytes("bounce buffers") == 64 * MiB);
    CHECK(Run(board, "6.1-i386-pae", "nokaslr mem=3G").bytes("bounce buffers") == 0);
}
