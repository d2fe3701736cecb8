// SPDX-License-Identifier: MIT
// What x86 reserves where the board does not list it. Sizes and places of whole boots: tests/truth.
#include <doctest/doctest.h>

#include "early_machine.h"

using namespace zonecalc;
using zonecalc::test::Run;

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
          "the profile does not know sizeof(struct nosave_region): 2 of them, which the kernel allocates, take nothing (moves what "
          "is "
          "allocated after them)");
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
