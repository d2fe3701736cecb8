// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/file_kind.h"
#include "input/iomem.h"
#include "refusal.h"
#include "report/board_writer.h"

using namespace zonecalc;

namespace {

// Shaped after Debian 6.1.0-56-amd64 on a PC.
constexpr const char* pc = R"(00000000-00000fff : Reserved
00001000-0009fbff : System RAM
0009fc00-0009ffff : Reserved
000a0000-000bffff : PCI Bus 0000:00
000f0000-000fffff : Reserved
  000f0000-000fffff : System ROM
00100000-bffdffff : System RAM
  01000000-01e01d31 : Kernel code
  02a00000-02c4897f : Kernel data
  ae000000-bdffffff : Crash kernel
bffe0000-bfffffff : ACPI Tables
c0000000-febfffff : PCI Bus 0000:00
  c0000000-cfffffff : PCI MMCONFIG 0000 [bus 00-ff]
    c0000000-cfffffff : Reserved
100000000-13fffffff : System RAM
140000000-147ffffff : Persistent Memory
)";

// Shaped after a 6.12 boot of arm64.
constexpr const char* arm64 = R"(09000000-09000fff : pl011@9000000
40000000-7bffffff : System RAM
  40210000-404affff : Kernel code
  404b0000-4050ffff : reserved
  40510000-4098ffff : Kernel data
  48000000-480f1fff : reserved
7c000000-7c00ffff : reserved
7c010000-7fffffff : System RAM
  7ff00000-7ffdafff : reserved
)";

std::string imported(const char* text, std::optional<Arch> arch = {}) {
    return board_toml(board_from_iomem(parse_iomem({"iomem", text}), arch).board);
}

std::string refused(const std::string& text) {
    return refusal_in_words([&] { board_from_iomem(parse_iomem({"iomem", text}), {}); }, "accepted");
}

}  // namespace

TEST_CASE("/proc/iomem of a PC gives the e820 map and the kernel's place") {
    CHECK(imported(pc) == R"toml(schema = 1

[board]
name = "imported board"
arch = "x86_64"
kernel_base = 0x1000000

[[e820]]
base = 0x0
end = 0xfff
type = "reserved"

[[e820]]
base = 0x1000
end = 0x9fbff
type = "usable"

[[e820]]
base = 0x9fc00
end = 0x9ffff
type = "reserved"

[[e820]]
base = 0xf0000
end = 0xfffff
type = "reserved"

[[e820]]
base = 0x100000
end = 0xbffdffff
type = "usable"

[[e820]]
base = 0xbffe0000
end = 0xbfffffff
type = "ACPI data"

[[e820]]
base = 0xc0000000
end = 0xcfffffff
type = "reserved"

[[e820]]
base = 0x100000000
end = 0x13fffffff
type = "usable"

[[e820]]
base = 0x140000000
end = 0x147ffffff
type = "persistent (type 7)"
)toml");
}

TEST_CASE("/proc/iomem of arm64 gives banks, nomap marks, the image and what was reserved") {
    CHECK(imported(arm64) == R"(schema = 1

[board]
name = "imported board"
arch = "arm64"
kernel_base = 0x40200000

[[memory]]
base = 0x40000000
size = "960MiB"

[[memory]]
base = 0x7c000000
size = "64KiB"
flags = ["nomap"]

[[memory]]
base = 0x7c010000
size = 0x3ff0000

[[reserved]]
name = "kernel image"
base = 0x40210000
end = 0x4098ffff

[[reserved]]
name = "reserved"
base = 0x48000000
end = 0x480f1fff

[[reserved]]
name = "reserved"
base = 0x7ff00000
end = 0x7ffdafff
)");
}

TEST_CASE("/proc/iomem: the architecture is what names tell, what was said, or assumed") {
    const Iomem plain = parse_iomem({"iomem", "40000000-7fffffff : System RAM\n  40008000-40164cd3 : Kernel code\n"});
    CHECK(!plain.arch);
    const LogBoard assumed = board_from_iomem(plain, {});
    CHECK(assumed.board.arch == Arch::arm64);
    CHECK(assumed.assumed.front() == "no name in /proc/iomem tells the architecture; arm64 is taken (--kernel names another)");
    const LogBoard said = board_from_iomem(plain, Arch::arm);
    CHECK(said.board.arch == Arch::arm);
    CHECK(said.board.memory.size() == 1);
    CHECK(parse_iomem({"iomem", "80000000-8fffffff : System RAM\n  80200000-81ffffff : Kernel image\n"}).arch == Arch::riscv64);
}

TEST_CASE("/proc/iomem that shows nothing is refused with what to do") {
    CHECK(refused("00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n") ==
          "the kernel hid the addresses: all of them are 0 | read it as root: sudo cat /proc/iomem");
    CHECK(refused("09000000-09000fff : pl011@9000000\n") ==
          "this shows no memory: no range is called \"System RAM\" | give the whole of /proc/iomem, read as root");
    CHECK(refused("hello\n") == "this is not /proc/iomem: no line is a range of addresses with a name");
    CHECK(refused("8000000000000000-ffffffffffffffff : System RAM\n0-ffffffffffffffff : System RAM\n") ==
          "this shows no memory: no range is called \"System RAM\" | give the whole of /proc/iomem, read as root");
}

TEST_CASE("/proc/iomem beside a log gives what the log lacks and nothing else") {
    const std::string head = "Linux version 6.1.0-56-amd64 (a@b) (gcc) #1 SMP Debian 6.1.192-2 (2026-11-16)\nCommand line: quiet\n";
    const Iomem iomem = parse_iomem({"iomem", pc});
    const LogBoard lost = board_from_log({"log", head}, nullptr, &iomem);
    CHECK(lost.board.e820.size() == 9);
    CHECK(lost.board.cmdline == "quiet");
    CHECK(lost.board.e820.front().position.line == 0);  // no line of the log
    const LogBoard whole =
        board_from_log({"log", head + "BIOS-e820: [mem 0x0000000000000000-0x000000007fffffff] usable\n"}, nullptr, &iomem);
    CHECK(whole.board.e820.size() == 1);
    CHECK(whole.board.kernel_base == 0x1000000);
}

TEST_CASE("files to import are known by their content") {
    CHECK(recognise(pc) == FileKind::iomem);
    CHECK(recognise(arm64) == FileKind::iomem);
    CHECK(
        recognise(
            "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 6.6.0 Kernel Configuration\n#\nCONFIG_CC=\"gcc\"\n") ==
        FileKind::kernel_build);
    CHECK(recognise("# CONFIG_NUMA is not set\n") == FileKind::kernel_build);
    CHECK(recognise("ffffffff81000000 T _text\n") == FileKind::kernel_build);
    CHECK(recognise("\xd0\x0d\xfe\xed....") == FileKind::device_tree);
    CHECK(recognise("zonecalc-gather 1\n") == FileKind::gathered);
    CHECK(recognise("[    0.000000] Linux version 6.1.0\n00001000-0009fbff : System RAM\n") == FileKind::boot_log);
    CHECK(recognise("") == FileKind::boot_log);
}
