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

namespace {

// The loader's places of a PC with two CPUs, so that nothing but what a test is about is assumed.
std::string known_pc(std::string_view more = "") {
    return test::pc_board(fmt::format("cpus = 2\nhpet = true\nioapics = 1\ngb_pages = false\nla57 = false\ndmi_bytes = 100\n"
                                      "initrd = false\nacpi = false\n{}",
                                      more),
                          0x80000000);
}

u64 allocations(const Run& run, std::string_view what) {
    return static_cast<u64>(std::ranges::count(run.layout.allocations, what, &FirstAllocation::what));
}

}  // namespace

TEST_CASE("x86_64: KASLR costs page tables, and says what is left to chance") {
    constexpr std::string_view entry_areas = "CPU entry area page tables", vmalloc = "page table of the vmalloc area";
    const Run fixed(known_pc(), "6.12-x86_64", "nokaslr", Until::slub), moved(known_pc(), "6.12-x86_64", "", Until::slub);
    CHECK(fixed.assumed() == "start-up-requests");
    CHECK(moved.assumed() == "kaslr kaslr-memory kaslr-vmalloc start-up-requests");
    CHECK(Run(known_pc("kernel_base = 0x20000000"), "6.12-x86_64").assumed() == "kaslr-memory");

    // 6.12, a PC with two CPUs: 2 pages; 6.1, a PC of 4 GiB: 65 tables.
    CHECK(fixed.bytes(entry_areas) == 3 * 4096);
    CHECK(moved.bytes(entry_areas) == 5 * 4096);
    CHECK(Run(known_pc(), "6.1-x86_64", "").bytes(entry_areas) == 3 * 4096);
    CHECK(allocations(fixed, vmalloc) == 64);
    CHECK(allocations(moved, vmalloc) == 65);
}

TEST_CASE("x86_64: CPUs with five levels of page tables use them where the config has them, and from 6.16 on always") {
    std::string board = known_pc();
    board.replace(board.find("la57 = false"), 12, "la57 = true");
    const auto tables = [&](std::string_view kernel, std::string_view config, std::string_view cmdline) {
        const auto set = [&](Kernel& k) { k.config["X86_5LEVEL"] = config; };
        return allocations(Run(board, kernel, cmdline, Until::slub, set), "page table of the vmalloc area");
    };
    CHECK(tables("6.12-x86_64", "y", "nokaslr") == 50);
    CHECK(tables("6.12-x86_64", "n", "nokaslr") == 64);
    CHECK(tables("6.12-x86_64", "y", "nokaslr no5lvl") == 64);
    CHECK(tables("6.18-x86_64", "n", "nokaslr") == 50);
}

TEST_CASE("a size that the profile lacks is assumed only where the kernel needs it") {
    const auto assumed = [](std::string_view kernel, std::string_view cmdline, std::string_view name) {
        const Run run(known_pc(), kernel, cmdline, Until::memblock, [&](Kernel& k) { k.sizes.erase(std::string(name)); });
        for (const Note& n : run.layout.notes)
            if (n.id == "size-not-known") return n.text;
        return std::string();
    };
    CHECK(assumed("6.12-x86_64", "nokaslr", "nosave_region") ==
          "the profile does not know sizeof(struct nosave_region): 2 of them, which the kernel allocates, take nothing (moves "
          "what is allocated after them)");
    CHECK(assumed("6.12-x86_64", "nokaslr", "firmware_map_entry").find("struct firmware_map_entry): 2 of them") !=
          std::string::npos);
    CHECK(assumed("6.12-x86_64", "nokaslr", "prb_desc").empty());
    CHECK(assumed("6.12-x86_64", "nokaslr log_buf_len=4M", "prb_desc").find("131072 of them") != std::string::npos);
    CHECK(assumed("6.12-x86_64", "nokaslr", "io_tlb_slot").empty());
    CHECK(assumed("6.12-x86_64", "nokaslr swiotlb=force", "io_tlb_slot").find("32768 of them") != std::string::npos);
}

TEST_CASE("i386: CPUs that map no large pages need many tables, which is said") {
    std::string board = known_pc();
    board.replace(board.find("x86_64"), 6, "i386");
    for (const std::string_view line : {"gb_pages = false\n", "la57 = false\n"}) board.erase(board.find(line), line.size());
    CHECK(Run(board, "6.1-i386-pae", "nokaslr").assumed() == "pse");
    board.replace(board.find("cpus = 2"), 8, "cpus = 2\npse = true");
    CHECK(Run(board, "6.1-i386-pae", "nokaslr").assumed().empty());
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

// 5.4 and 4.19, a PC of 6 GiB with dhash_entries=100000 ihash_entries=4096: tables of 131072 and 4096 entries.
TEST_CASE("dhash_entries= and ihash_entries= size the tables of dentries and inodes") {
    const auto entries = [](std::string_view cmdline, const std::function<void(Kernel&)>& change = {}) {
        const Run run(known_pc(), "6.12-x86_64", fmt::format("nokaslr {}", cmdline), Until::memblock, change);
        return fmt::format("{} {}", run.bytes("dentry hash") / 8, run.bytes("inode hash") / 8);
    };
    const std::string by_memory = "262144 131072";
    CHECK(entries("") == by_memory);
    CHECK(entries("dhash_entries=100000 ihash_entries=0x1000") == "131072 4096");
    CHECK(entries("dhash_entries=1 ihash_entries=1") == "2 1");
    CHECK(entries("dhash_entries=4 dhash_entries=9 ihash_entries=1M") == "16 1");
    CHECK(entries("dhash_entries=18446744073709551615") == "8388608 131072");
    for (const char* nothing : {"dhash_entries dhash_entries= ihash_entries=none", "dhash_entries=7 dhash_entries=0", "hashdist=0"})
        CHECK(entries(nothing) == by_memory);

    CHECK(entries("hashdist=1") == "0 0");
    CHECK(entries("hashdist=1", [](Kernel& k) { k.numa = false; }) == by_memory);
}

// 7.1.5, a PC of 1 GiB with slub_debug=FZPU: 64 KiB behind the stack depot's table.
TEST_CASE("the stack depot has room for pointers to as many pools as stack_depot_max_pools= says") {
    const auto pools = [](std::string_view kernel, std::string_view cmdline) {
        return Run(known_pc(), kernel, fmt::format("nokaslr {}", cmdline)).bytes("stack depot pools") / 8;
    };
    CHECK(pools("7.1-x86_64", "") == 0);
    CHECK(pools("7.1-x86_64", "slab_debug=U") == 8192);
    CHECK(pools("7.1-x86_64", "slab_debug=U stack_depot_max_pools=1024") == 1024);
    CHECK(pools("7.1-x86_64", "slab_debug=U stack_depot_max_pools=131071") == 131071);
    for (const char* not_taken : {"1023", "131072", "4096M", ""})
        CHECK(pools("7.1-x86_64", fmt::format("slab_debug=U stack_depot_max_pools={}", not_taken)) == 8192);
    CHECK(pools("6.12-x86_64", "slab_debug=U") == 0);
}
