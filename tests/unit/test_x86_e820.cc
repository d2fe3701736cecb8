// SPDX-License-Identifier: MIT
#include "arch/x86_e820.h"

#include <doctest/doctest.h>

#include "x86_machine.h"

using namespace zonecalc;
using namespace x86_machine;
using x86::E820Table;

namespace {

E820Table table(std::vector<x86::Entry> entries, std::size_t capacity = 128) {
    E820Table t(capacity);
    for (const x86::Entry& e : entries) t.range_add(e.addr, e.size, e.type);
    return t;
}

std::string show(const E820Table& t) {
    std::string out;
    for (const x86::Entry& e : t.entries()) out += fmt::format("{:#x}+{:#x} {}\n", e.addr, e.size, e.type);
    return out;
}

// The map of a PC with 4 GiB after mem= or memmap=, 6.1 unless said otherwise.
std::string map_after(std::string_view words, std::string_view version = "6.1.192") {
    const Board b = board(pc_4g);
    const Kernel k = kernel(version);
    const Cmdline c = parse_args(words);
    Boot boot(b, k, c);
    E820Table t(x86::e820_max_entries(k));
    x86::e820__memory_setup(boot, t);
    bool userdef = false;
    for (const Parameter& p : c.parameters) x86::e820_early_param(boot, t, p, userdef);
    if (!x86::e820__finish_early_params(boot, t, userdef)) return "panic: " + *boot.layout.panic + "\n";
    std::string out;
    for (const KernelMessage& m : boot.layout.messages) out += m.text + '\n';
    return out + show(t);
}

const std::string pc =
    "0x0+0x9fc00 1\n0x9fc00+0x400 2\n0xf0000+0x10000 2\n0x100000+0xbfee0000 1\n0xbffe0000+0x20000 2\n0xfffc0000+0x40000 2\n"
    "0x100000000+0x40000000 1\n";

}  // namespace

TEST_CASE("e820: where entries overlap the largest type number wins") {
    E820Table t = table({{0x5000, 0x5000, 1}, {0x0, 0x8000, 1}, {0x6000, 0x1000, 2}, {0x6800, 0x1000, 4}, {0x1000, 0x0, 5}});
    REQUIRE(t.update_table());
    CHECK(show(t) == "0x0+0x6000 1\n0x6000+0x800 2\n0x6800+0x1000 4\n0x7800+0x2800 1\n");
}

TEST_CASE("e820: neighbours of a type are one entry, but for types that may mean distinct ranges") {
    E820Table t = table({{0x1000, 0x1000, 1}, {0x2000, 0x1000, 1}, {0x3000, 0x1000, 12}, {0x4000, 0x1000, 12}});
    REQUIRE(t.update_table());
    CHECK(show(t) == "0x1000+0x2000 1\n0x3000+0x1000 12\n0x4000+0x1000 12\n");
}

TEST_CASE("e820: one entry, or one that wraps, is left as it is") {
    E820Table one = table({{0x1000, 0x1000, 1}});
    CHECK_FALSE(one.update_table());
    E820Table wraps = table({{0x2000, 0x1000, 1}, {0x1000, ~u64{0}, 1}});
    CHECK_FALSE(wraps.update_table());
    CHECK(show(wraps) == "0x2000+0x1000 1\n0x1000+0xffffffffffffffff 1\n");
    E820Table to_the_end = table({{0x2000, 0x1000, 1}, {~u64{0} - 0xfff, 0x1000, 2}});
    CHECK_FALSE(to_the_end.update_table());
}

TEST_CASE("e820: what does not fit is dropped") {
    E820Table t = table({{0x1000, 0x1000, 1}, {0x3000, 0x1000, 1}}, 2);
    CHECK_FALSE(t.range_add(0x5000, 0x1000, 1));
    t.range_update(0x1400, 0x400, 1, 2);
    CHECK(show(t) == "0x1000+0x400 1\n0x3000+0x1000 1\n");
    CHECK(t.take_dropped().size() == 3);
}

TEST_CASE("e820: ranges change type and go, whatever part of an entry they cover") {
    E820Table t = table({{0x1000, 0x3000, 1}, {0x5000, 0x3000, 1}, {0x9000, 0x1000, 3}});
    CHECK(t.range_update(0x3000, 0x3000, 1, 2) == 0x2000);
    CHECK(show(t) == "0x1000+0x2000 1\n0x6000+0x2000 1\n0x9000+0x1000 3\n0x3000+0x1000 2\n0x5000+0x1000 2\n");
    t.range_remove(0x1800, 0x400, 1);
    t.range_remove(0x6800, ~u64{0}, 0);
    REQUIRE(t.update_table());
    CHECK(show(t) == "0x1000+0x800 1\n0x1c00+0x1400 1\n0x3000+0x1000 2\n0x5000+0x1000 2\n0x6000+0x800 1\n");
}

TEST_CASE("mem=: RAM above goes, other types stay; zero and nonsense are ignored; the smallest wins") {
    const std::string to_1g =
        "0x0+0x9fc00 1\n0x9fc00+0x400 2\n0xf0000+0x10000 2\n0x100000+0x3ff00000 1\n0xbffe0000+0x20000 2\n0xfffc0000+0x40000 2\n";
    CHECK(map_after("mem=1G") == to_1g);
    CHECK(map_after("mem=1G mem=3G") == to_1g);
    CHECK(map_after("mem=0x40000000") == to_1g);
    CHECK(map_after("mem=0") == "Malformed early option 'mem'\n" + pc);
    CHECK(map_after("mem=lots") == "Malformed early option 'mem'\n" + pc);
    CHECK(map_after("mem") == "Malformed early option 'mem'\n" + pc);
    CHECK(map_after("mem=nopentium") == "mem=nopentium ignored! (only supported on x86_32)\nMalformed early option 'mem'\n" + pc);
}

TEST_CASE("memmap=: reserved and ACPI ranges beat RAM, RAM beats nothing") {
    CHECK(map_after("memmap=64M$256M,1M#512M memmap=16M@0xc0000000 memmap=4K@0x9fc00") ==
          "0x0+0x9fc00 1\n0x9fc00+0x400 2\n0xa0000+0xc00 1\n0xf0000+0x10000 2\n0x100000+0xff00000 1\n0x10000000+0x4000000 2\n"
          "0x14000000+0xc000000 1\n0x20000000+0x100000 3\n0x20100000+0x9fee0000 1\n0xbffe0000+0x20000 2\n0xc0000000+0x1000000 1\n"
          "0xfffc0000+0x40000 2\n0x100000000+0x40000000 1\n");
}

TEST_CASE("memmap=exactmap empties the map; one entry is no map") {
    CHECK(map_after("memmap=exactmap memmap=640K@0,1023M@1M") == "0x0+0xa0000 1\n0x100000+0x3ff00000 1\n");
    CHECK(map_after("memmap=exactmap memmap=1G@0") == "panic: Invalid user supplied memory map\n");
    CHECK(map_after("memmap=exactmap") == "panic: Invalid user supplied memory map\n");
}

TEST_CASE("memmap=: a bare size is mem=; junk behind a number does not undo it; without a number nothing happens") {
    CHECK(map_after("memmap=1G") == map_after("mem=1G"));
    CHECK(map_after("memmap=64M$256M,junk") == map_after("memmap=64M$256M"));
    CHECK(map_after("memmap=64M$256Mx") == map_after("memmap=64M$256M"));
    CHECK(map_after("memmap=junk") == pc);
    CHECK(map_after("memmap=") == pc);
    CHECK(map_after("memmap") == pc);
}

TEST_CASE("memmap=n%a: types change, come and go") {
    const std::string head = "0x0+0x9fc00 1\n0x9fc00+0x400 2\n0xf0000+0x10000 2\n0x100000+0xff00000 1\n";
    const std::string tail = "0xbffe0000+0x20000 2\n0xfffc0000+0x40000 2\n0x100000000+0x40000000 1\n";
    CHECK(map_after("memmap=16M%256M-1+7") == head + "0x10000000+0x1000000 7\n0x11000000+0xaefe0000 1\n" + tail);
    CHECK(map_after("memmap=16M%256M+7") == head + "0x10000000+0x1000000 7\n0x11000000+0xaefe0000 1\n" + tail);
    CHECK(map_after("memmap=16M%256M-1") == head + "0x11000000+0xaefe0000 1\n" + tail);
    CHECK(map_after("memmap=16M%256M") == head + "0x11000000+0xaefe0000 1\n" + tail);
    CHECK(map_after("memmap=16M%256M-1+7x") == pc);
    CHECK(map_after("memmap=16M%256M-2+2").starts_with("panic: "));
}

TEST_CASE("memmap=n!a and n%a are bare sizes for kernels that do not know them") {
    const std::string to_16m =
        "0x0+0x9fc00 1\n0x9fc00+0x400 2\n0xf0000+0x10000 2\n0x100000+0xf00000 1\n0xbffe0000+0x20000 2\n0xfffc0000+0x40000 2\n";
    CHECK(map_after("memmap=16M!256M", "3.14") == to_16m);
    CHECK(map_after("memmap=16M%256M-1+7", "3.14") == to_16m);
    CHECK(map_after("memmap=16M!256M", "4.19").find("0x10000000+0x1000000 12\n") != std::string::npos);
}

TEST_CASE("e820: a map of one entry sends the kernel to the older BIOS calls, up to 6.18") {
    const Board b = board("0 3fffffff 1\n");
    CHECK(Run(b, kernel("6.18.2"), "").memory() == "0: 0x1000-0x9efff\n0: 0x100000-0x3fffffff\n");
    CHECK(Run(b, kernel("7.1.5"), "").memory() == "0: 0x1000-0x9ffff\n0: 0x100000-0x3fffffff\n");
    CHECK(Run(b, kernel("6.18.2"), "").noted("bios-e801"));
}

TEST_CASE("e820: banks stand for a map") {
    Board b;
    b.memory.push_back({0, 4 * GiB, std::nullopt, false, false, false, {}});
    b.memory.push_back({4 * GiB, GiB, std::nullopt, false, false, true, {}});
    CHECK(Run(b, kernel("6.1.192"), "").memory() == "0: 0x1000-0x9ffff\n0: 0x100000-0xffffffff\n");
}

TEST_CASE("memblock gets RAM in whole pages, without page 0 and 640K to 1M") {
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "").memory() ==
          "0: 0x1000-0x9efff\n0: 0x100000-0xbffdffff\n0: 0x100000000-0x13fffffff\n");
    CHECK(Run(board(pc_4g), kernel("5.10.11"), "").memory() ==
          "0: 0x0-0x9efff\n0: 0x100000-0xbffdffff\n0: 0x100000000-0x13fffffff\n");
}

TEST_CASE("soft reserved memory is reserved, not added; reserved for the kernel counts as RAM up to 6.14") {
    const Board b =
        board("0 9fbff 1\n100000 fffffff 1\n10000000 1fffffff 128\n20000000 2fffffff 4026531839\n30000000 3fffffff 1\n");
    Run old(b, kernel("6.1.192"), "");
    CHECK(old.memory() == "0: 0x1000-0x9efff\n0: 0x100000-0x1fffffff\n0: 0x30000000-0x3fffffff\n");
    CHECK(old.boot.memblock.reserved.covers(0x20000000, 0x10000000));
    CHECK(Run(b, kernel("6.18.2"), "").memory() == "0: 0x1000-0x9efff\n0: 0x100000-0xfffffff\n0: 0x30000000-0x3fffffff\n");
}

TEST_CASE("ACPI data on top of RAM raises the last pfn from 6.9 on") {
    const Board b = board("0 9fbff 1\n100000 3ffdffff 1\n3ffe0000 3fffffff 3\n");
    CHECK(Run(b, kernel("6.1.192"), "").boot.max_pfn == 0x3ffe0);
    CHECK(Run(b, kernel("6.12.117"), "").boot.max_pfn == 0x40000);
}

TEST_CASE("the kernel makes its own image RAM again") {
    Run run(board(pc_4g), kernel("6.1.192"), "memmap=64M$8M");
    CHECK(run.messages().starts_with(".text .data .bss are not marked as E820_TYPE_RAM!\n"));
    CHECK(run.memory() ==
          "0: 0x1000-0x9efff\n0: 0x100000-0x7fffff\n0: 0x1000000-0x10fffff\n0: 0x4800000-0xbffdffff\n0: 0x100000000-0x13fffffff\n");
}

TEST_CASE("mirrored memory is marked with kernelcore=mirror only, from 6.0 on") {
    Board b = board(pc_4g);
    b.mirror.push_back({0, GiB, {}});
    const std::string marked =
        "0: 0x1000-0x9efff mirror\n0: 0x100000-0x3fffffff mirror\n0: 0x40000000-0xbffdffff\n0: 0x100000000-0x13fffffff\n";
    CHECK(Run(b, kernel("6.1.192"), "").memory() == "0: 0x1000-0x9efff\n0: 0x100000-0xbffdffff\n0: 0x100000000-0x13fffffff\n");
    CHECK(Run(b, kernel("5.15.24"), "").memory() == marked);
    Run asked(b, kernel("6.1.192"), "kernelcore=mirror");
    CHECK(asked.memory() == marked);
    CHECK(asked.messages().starts_with("efi: Memory: 1023M/4095M mirrored memory\n"));
}
