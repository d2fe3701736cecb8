// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <random>

#include "input/gathered.h"
#include "input/log_board.h"
#include "refusal.h"

using namespace zonecalc;

namespace {

Gathered gathered(const std::string& sections) {
    return parse_gathered({"machine.txt", "zonecalc-gather 1\n" + sections + "@ end\n"});
}

std::string refused(const std::string& text) {
    const std::string said = refusal([&] { parse_gathered({"machine.txt", text}); });
    return said.substr(0, said.find('\n') + 1);
}

}  // namespace

TEST_CASE("a gathered file holds the log, the device tree and the kernel's files") {
    const Gathered g = gathered(
        "@ text release\n 6.1.0-test\n"
        "@ text dmesg\n [    0.000000] Linux version 6.1.0-test (x) #1\n @ text not a section\n BIOS-e820: [mem 0x0-0x9ffff] "
        "usable\n"
        "@ hex fdt\n d0 0d fe ed 00\n 01\n"
        "@ text config\n # Linux/x86_64 6.1.5 Kernel Configuration\n CONFIG_X86_64=y\n"
        "@ gzip-base64 symbols\nH4sIAAAAAAAC/0tLgwALQwMwUAhRiC9JrSjhSoNJ\nGEElnBTiU/NSuADDhdKnMQAAAA==\n");
    CHECK(g.log.text ==
          "[    0.000000] Linux version 6.1.0-test (x) #1\n@ text not a section\nBIOS-e820: [mem 0x0-0x9ffff] usable\n");
    REQUIRE(g.dtb);
    CHECK(g.dtb->text == std::string("\xd0\x0d\xfe\xed\0\1", 6));
    REQUIRE(g.kernel.config);
    CHECK(g.kernel.config->value("X86_64") == "y");
    CHECK(g.kernel.symbols.at("_end") == 0xffffffff82000000);
    CHECK(g.kernel.release == "6.1.0-test");
    CHECK(g.put_back.empty());
}

TEST_CASE("what the ring buffer has lost is written anew") {
    const std::string head = "@ text version\n Linux version 6.1.0-test (x) #1\n@ text cmdline\n quiet kernelcore=1G\n";
    const std::string late = "@ text dmesg\n [   12.0] late\n";
    CHECK(gathered(head + late +
                   "@ text memmap\n 0 0x0 0x9ffff System RAM\n 1 0xa0000 0xfffff ACPI Tables\n 2 0x100000 0x1fffff what\n")
              .log.text ==
          "Linux version 6.1.0-test (x) #1\n"
          "Kernel command line: quiet kernelcore=1G\n"
          "BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n"
          "BIOS-e820: [mem 0x00000000000a0000-0x00000000000fffff] ACPI data\n"
          "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] reserved\n"
          "[   12.0] late\n");
    const Gathered g = gathered(
        head + late +
        "@ text iomem\n 00000000-00000fff : Reserved\n 40000000-7fffffff : System RAM\n   40210000-41ffffff : Kernel code\n");
    CHECK(g.log.text ==
          "Linux version 6.1.0-test (x) #1\n"
          "Kernel command line: quiet kernelcore=1G\n"
          "Early memory node ranges\n"
          "  node   0: [mem 0x0000000040000000-0x000000007fffffff]\n"
          "[   12.0] late\n");
    CHECK(g.put_back.size() == 2);
    // Addresses that are hidden from a user are none.
    CHECK(gathered(late + "@ text iomem\n 00000000-00000000 : System RAM\n").log.text == "[   12.0] late\n");
}

TEST_CASE("distances and CPUs of nodes come from the running system") {
    Board board;
    add_gathered(board,
                 gathered("@ text cpus\n possible 0-2,8\n@ text nodes\n 0 cpus=0-1 distance=10 21\n 3 cpus=2,8 distance=21 10\n"));
    CHECK(board.cpus == 4);
    REQUIRE(board.nodes.size() == 2);
    CHECK(board.nodes[1].id == 3);
    CHECK(board.nodes[1].distance == std::vector<u32>{21, 20, 20, 10});
    CHECK(board.nodes[0].cpus == std::vector<u32>{0, 1});
    CHECK(board.nodes[1].cpus == std::vector<u32>{2});  // there are four CPUs
    Board one;
    add_gathered(one, gathered("@ text nodes\n 0 cpus=0-1 distance=10\n"));
    CHECK(one.nodes.empty());
}

TEST_CASE("a damaged file is refused with its line") {
    CHECK(refused("zonecalc-gather 2\n@ end\n") ==
          "machine.txt:1:1: error: this zonecalc reads version 1 of what its script gathers\n");
    CHECK(refused("zonecalc-gather 1\n@ text dmesg\n") ==
          "machine.txt:2:1: error: the file is cut off: it does not end with \"@ end\"\n");
    CHECK(refused("zonecalc-gather 1\n@ word x\n@ end\n") == "machine.txt:2:1: error: a section of a kind that is not known\n");
    CHECK(refused("zonecalc-gather 1\n@ base64 btf\n!!\n@ end\n") == "machine.txt:2:1: error: this section is no base64\n");
    CHECK(refused("zonecalc-gather 1\n@ hex btf\nf\n@ end\n") == "machine.txt:2:1: error: this section is no hexadecimal dump\n");
    CHECK(refused("zonecalc-gather 1\n@ gzip-base64 btf\nAAAA\n@ end\n") ==
          "machine.txt:2:1: error: this section is damaged, or larger than it can be\n");
}

TEST_CASE("the script begins and ends as import expects") {
    CHECK(gather_script().starts_with("#!/bin/sh\n"));
    CHECK(gather_script().find("echo \"zonecalc-gather 1\"") != std::string_view::npos);
    CHECK(gather_script().ends_with("echo \"@ end\"\n"));
}

TEST_CASE("mutated gathered files are read or refused") {
    std::mt19937 random(11);
    const std::string good =
        "zonecalc-gather 1\n@ text release\n 6.1\n@ text dmesg\n x\n@ text memmap\n 0 0x0 0x9ffff System RAM\n@ text iomem\n "
        "40000000-7fffffff : System RAM\n@ hex fdt\nd0 0d fe ed\n@ text cpus\n possible 0-3\n@ text nodes\n 0 cpus=0-1 distance=10 "
        "20\n 1 "
        "cpus=2 distance=20 10\n@ end\n";
    for (int i = 0; i < 3000; ++i) {
        std::string bad = good;
        for (auto n = 1 + random() % 3; n > 0; --n) {
            const std::size_t at = 18 + random() % (bad.size() - 20);
            switch (random() % 3) {
                case 0:
                    bad[at] = static_cast<char>(random());
                    break;
                case 1:
                    bad.insert(at, "9999999999");
                    break;
                default:
                    bad.erase(at, 1 + random() % 9);
            }
        }
        try {
            const Gathered g = parse_gathered({"bad", bad});
            Board board;
            add_gathered(board, g);
        } catch (const InputError&) {
        }
    }
}
