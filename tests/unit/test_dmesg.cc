// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/dmesg.h"

using namespace zonecalc;

namespace {

// "NUMBER|TEXT" for each line that has text; a stamped one has '*' before its number.
std::string lines_of(std::string_view log) {
    LogReader reader(log);
    LogLine line;
    std::string out;
    while (reader.next(line)) {
        if (line.text.empty()) continue;
        out += (line.stamped ? "*" : "") + std::to_string(line.number) + "|" + std::string(line.text) + "\n";
    }
    return out;
}

std::string text_of(std::string_view raw) {
    return std::string(clean_line(raw).text);
}

}  // namespace

TEST_CASE("time stamps, levels and callers come off a line") {
    for (const char* raw :
         {"[    0.000000] Zone ranges:", "<6>[    0.000000] Zone ranges:", "[    0.000000][    T0] Zone ranges:",
          "[    0.000000] [      T0] Zone ranges:", "[ 0.000000] Zone ranges:", "[0.000000@2] Zone ranges:",
          "[    0.000000] (0)[0:swapper]Zone ranges:", "<6>[    0.000000]  [0:        swapper:    0] Zone ranges:",
          "[Wed Nov 25 01:18:00 2026] Zone ranges:", "[  +0.000000] Zone ranges:", "[    0.000000 <    0.000000>] Zone ranges:",
          "[Nov25 01:18] Zone ranges:", "2026-11-25T01:18:00,123456+00:00 Zone ranges:",
          "kern  :info  : [    0.000000] Zone ranges:", "6,339,5140900,-;Zone ranges:", "<6>Zone ranges:",
          "[    0.000000]   Zone ranges:  \r"})
        CHECK_MESSAGE(text_of(raw) == "Zone ranges:", raw);
}

TEST_CASE("syslog and journal prefixes come off a line") {
    for (const char* raw :
         {"Nov 25 01:18:00 host kernel: Policy zone: Normal", "Nov 25 01:18:00 host kernel: [    0.000000] Policy zone: Normal",
          "2026-11-25T01:18:00.123456+00:00 host kernel: Policy zone: Normal", "[    0.000000] kernel: Policy zone: Normal",
          "[    0.000000] host kernel: Policy zone: Normal", "> > linux kernel: Policy zone: Normal"})
        CHECK_MESSAGE(text_of(raw) == "Policy zone: Normal", raw);
}

TEST_CASE("mail quoting, escapes and carriage returns come off a line") {
    CHECK(text_of("> [    0.000000] NX protection") == "NX protection");
    CHECK(text_of("> > > NX protection") == "NX protection");
    CHECK(text_of("\033[2J\033[01;01H\033[0m[    0.000000] NX protection") == "NX protection");
    CHECK(text_of("Loading...\r[    0.000000] NX protection\r\r") == "NX protection");
    CHECK(text_of("") == "");
    CHECK(text_of("\033") == "\033");
    CHECK(text_of("\033[") == "");
}

TEST_CASE("colours come off a line") {
    CHECK(lines_of("\033[32m[    0.000000] \033[0m\033[33mACPI\033[0m: SRAT\n\033[1;31mBUG\033[0m\n") == "*1|ACPI: SRAT\n2|BUG\n");
}

TEST_CASE("no-break spaces of mail are blanks") {
    CHECK(
        lines_of("[\xc2\xa0 \xc2\xa0 0.000000] Zone ranges:\n\xef\xbf\xbd\xef\xbf\xbd lowmem\xef\xbf\xbd : 0xc0000000\n\xa0x\n") ==
        "*1|Zone ranges:\n2|lowmem  : 0xc0000000\n3|x\n");
}

TEST_CASE("text that only looks like a stamp stays") {
    CHECK(text_of("memory[0x0]\t[0x0000000000001000-0x000000000009efff]") ==
          "memory[0x0]\t[0x0000000000001000-0x000000000009efff]");
    CHECK(text_of("BIOS-e820: [mem 0x0-0x9fbff] usable") == "BIOS-e820: [mem 0x0-0x9fbff] usable");
    CHECK(text_of("pcpu-alloc: [0] 0 1") == "pcpu-alloc: [0] 0 1");
    CHECK(text_of("the kernel: a book") == "the kernel: a book");
    CHECK(text_of("2026-11-25 a day") == "2026-11-25 a day");
    CHECK(text_of("[Nov25 01:18 a day]") == "[Nov25 01:18 a day]");
    CHECK(text_of("[  +0] a number") == "[  +0] a number");
    CHECK(text_of("6,339,5140900 bytes; free") == "6,339,5140900 bytes; free");
}

TEST_CASE("lines keep their numbers, with firmware's chatter between") {
    CHECK(
        lines_of(
            "SeaBIOS (version 1.16)\n\n\nBooting from ROM..\n[    0.000000] Linux version 6.1.0 (a@b) (gcc) #1 SMP\r\nwelcome\n") ==
        "1|SeaBIOS (version 1.16)\n4|Booting from ROM..\n*5|Linux version 6.1.0 (a@b) (gcc) #1 SMP\n6|welcome\n");
}

TEST_CASE("a line that a mailer has folded is joined") {
    CHECK(lines_of("> [    0.000000] BIOS-e820: [mem\n> 0x0000000000000000-0x000000000009ffff] usable\n> [    0.000000] NX\n") ==
          "*1|BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n*3|NX\n");
    CHECK(lines_of("[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff]\nusable\n[    0.000000] NX\n") ==
          "*1|BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n*3|NX\n");
    CHECK(lines_of("[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet\nmovable_node kernelcore=1G\n[    "
                   "0.000000] NX\n") ==
          "*1|Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet movable_node kernelcore=1G\n*3|NX\n");
}

TEST_CASE("lines of memblock=debug that a mailer has folded are joined") {
    CHECK(
        lines_of("[    0.000000] memblock_reserve: [0x0000000048200000-0x00000000482fffff]\narm64_memblock_init+0x1c4/0x2a8\n[    "
                 "0.000000] NX\n") ==
        "*1|memblock_reserve: [0x0000000048200000-0x00000000482fffff] arm64_memblock_init+0x1c4/0x2a8\n*3|NX\n");
    CHECK(lines_of("[    0.000000]  memory[0x0]\t[0x0000000040000000-0x000000005fffffff],\n0x0000000020000000 bytes on node 0 "
                   "flags: 0x0\n") ==
          "*1|memory[0x0]\t[0x0000000040000000-0x000000005fffffff], 0x0000000020000000 bytes on node 0 flags: 0x0\n");
    CHECK(lines_of("[    0.000000] memblock_reserve: [0x0000000048200000-0x00000000482fffff] a+0x1/0x2\nlogin:\n") ==
          "*1|memblock_reserve: [0x0000000048200000-0x00000000482fffff] a+0x1/0x2\n2|login:\n");
}

TEST_CASE("complete lines of a log without stamps stay apart") {
    CHECK(lines_of("BIOS-e820: [gap 0x0000000000010000-0x000000000001ffff]\nBIOS-e820: [mem 0x0-0xfff]\nBIOS-e820: [mem "
                   "0x1000-0x1fff] usable\n") ==
          "1|BIOS-e820: [gap 0x0000000000010000-0x000000000001ffff]\n2|BIOS-e820: [mem 0x0-0xfff]\n3|BIOS-e820: [mem "
          "0x1000-0x1fff] usable\n");
}

TEST_CASE("a cut line does not swallow what the kernel printed next") {
    CHECK(lines_of("[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x0000\n[    0.000000] NX\n") ==
          "*1|BIOS-e820: [mem 0x0000000000000000-0x0000\n*2|NX\n");
    CHECK(lines_of("[    0.000000] BIOS-e820: [mem 0x0-0xfff]") == "*1|BIOS-e820: [mem 0x0-0xfff]\n");
}

TEST_CASE("ranges are read as logs have printed them through the years") {
    const auto span = [](std::string_view text) {
        Scan scan(text);
        const auto s = scan_span(scan);
        return s ? std::to_string(s->base) + "+" + std::to_string(s->size()) + std::string(scan.rest) : "none";
    };
    CHECK(span("[mem 0x00001000-0x00001fff] usable") == "4096+4096 usable");
    CHECK(span(" [0x1000-0x1fff], 0x1000 bytes") == "4096+4096, 0x1000 bytes");
    CHECK(span("[0x1000-0x2000) (0MB)") == "4096+4096 (0MB)");
    CHECK(span("0x1000 - 0x1fff") == "4096+4096");
    CHECK(span("[0x0-0xffffffffffffffff]") == "0+18446744073709551615");
    CHECK(span("[0x1000-0xfff]") == "none");
    CHECK(span("[mem 0x1000") == "none");
    CHECK(span("[0x1000-0x1000)") == "none");
    CHECK(span("") == "none");
    CHECK(span("[0x11112222333344445-0x1]") == "none");
}
