// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/figure_text.h"
#include "input/board_toml.h"
#include "report/board_writer.h"

using namespace zonecalc;

namespace {

// Written, read, and written again: the second text must be the first.
void round_trip(const Board& board) {
    const std::string once = board_toml(board);
    CHECK(board_toml(parse_board({"board.toml", once})) == once);
}

}  // namespace

TEST_CASE("a board of banks is written for people, and reads back") {
    Board b;
    b.name = "Two \"banks\"";
    b.arch = Arch::arm64;
    b.cpus = 4;
    b.present_cpus = 2;
    b.cache_line_size = 128;
    b.kernel = "6.1-arm64";
    b.cmdline = "console=ttyAMA0 kernelcore=1G";
    b.dma_limit = 0x40000000;
    b.possible_nodes = {3};
    MemoryBank low, high;
    low.base = 0x40000000;
    low.size = u64{2} << 30;
    low.node = 0;
    low.position = {12, 1};
    high.base = 0x8000000000;
    high.size = 0x12345000;
    high.node = 1;
    high.hotplug = high.mirror = true;
    b.memory = {low, high};
    b.nodes = {{0, {10, 20}, {0, 1}, {}}, {1, {20, 10}, {2, 3}, {}}};
    b.nodes[0].distance = {10, 20, 20, 20};
    b.nodes[1].distance = {20, 10, 20, 20};
    b.reserved = {{"setup_arch", 0x40200000, 0x1000, true, false, {30, 1}}};
    BoardComments c;
    c.origin = "boot.log";
    c.lines = {{"cmdline", 7}};
    c.assumed = {"nothing of importance"};
    CHECK(board_toml(b, c) == R"toml(# Made from boot.log; "line N" is the line there that says so.
# Assumed, because the log does not say it:
# - nothing of importance
schema = 1

[board]
name = "Two \"banks\""
arch = "arm64"
cpus = 4
present_cpus = 2
cache_line_size = 128
kernel = "6.1-arm64"
cmdline = "console=ttyAMA0 kernelcore=1G"  # line 7
dma_limit = 0x40000000
possible_nodes = [3]

[[memory]]  # line 12
base = 0x40000000
size = "2GiB"
node = 0

[[memory]]
base = 0x8000000000
size = 0x12345000
node = 1
flags = ["hotplug", "mirror"]

[[node]]
id = 0
distance = [10, 20, 20, 20]
cpus = [0, 1]

[[node]]
id = 1
distance = [20, 10, 20, 20]
cpus = [2, 3]

[[reserved]]  # line 30
name = "setup_arch"
base = 0x40200000
end = 0x40200fff
flags = ["nomap"]
)toml");
    round_trip(b);
}

TEST_CASE("what a machine does not have, and how it pages, is written and reads back") {
    Board b;
    b.arch = Arch::riscv64;
    b.initrd = b.acpi = false;
    b.page_table_levels = 4;
    b.memory = {{}};
    b.memory[0].base = 0x80000000;
    b.memory[0].size = u64{1} << 30;
    CHECK(board_toml(b) == R"toml(schema = 1

[board]
arch = "riscv64"
initrd = false
acpi = false
mmu = "sv48"

[[memory]]
base = 0x80000000
size = "1GiB"
)toml");
    round_trip(b);
}

TEST_CASE("a device tree's part of a board is written and reads back") {
    Board b;
    b.arch = Arch::arm64;
    MemoryBank bank;
    bank.base = 0x40000000;
    bank.size = u64{1} << 30;
    b.memory = {bank};
    b.device_tree = DeviceTree{0x48200000, u64{1} << 20, 49, 301, 2000, 4000, {"serial0", "mmc1"}, {}, 0};
    b.memreserve = {{0x40000000, 0x1000, {}}};
    ReservedMemory fixed, placed;
    fixed.name = "secmon@41000000";
    fixed.base = 0x41000000;
    fixed.size = 0x200000;
    fixed.nomap = true;
    placed.name = "linux,cma";
    placed.size = u64{64} << 20;
    placed.alignment = u64{4} << 20;
    placed.alloc_ranges = {{0x40000000, 0x60000000}, {0x0, 0x1000}};
    placed.reusable = placed.pool = placed.cma_default = true;
    b.reserved_memory = {fixed, placed};
    CHECK(board_toml(b) == R"toml(schema = 1

[board]
arch = "arm64"

[device_tree]
base = 0x48200000
size = "1MiB"
nodes = 49
properties = 301
name_bytes = 2000
path_bytes = 4000
aliases = ["serial0", "mmc1"]

[[memory]]
base = 0x40000000
size = "1GiB"

[[memreserve]]
base = 0x40000000
end = 0x40000fff

[[reserved_memory]]
name = "secmon@41000000"
base = 0x41000000
size = "2MiB"
flags = ["nomap"]

[[reserved_memory]]
name = "linux,cma"
size = "64MiB"
alignment = "4MiB"
alloc_ranges = [{base = 0x40000000, size = "512MiB"}, {base = 0x0, size = "4KiB"}]
flags = ["reusable", "pool", "cma-default"]
)toml");
    round_trip(b);
}

TEST_CASE("an x86 board is written with inclusive ends and the kernel's words for its types") {
    Board b;
    b.arch = Arch::x86_64;
    b.mtrr_default = MtrrType::uncachable;
    u64 at = 0;
    for (const E820Type type :
         {E820Type::ram, E820Type::reserved, E820Type::acpi, E820Type::nvs, E820Type::unusable, E820Type::pmem, E820Type::pram,
          E820Type::reserved_kern, E820Type::soft_reserved, static_cast<E820Type>(20)}) {
        b.e820.push_back({at, 0x1000, type, {}});
        at += 0x1000;
    }
    b.srat = {{0, 0x80000000, 0, false, {}}, {0x100000000, 0x80000000, 1, true, {}}};
    b.mirror = {{0x1000, 0x2000, {}}};
    b.mtrr = {{0, 0x80000000, MtrrType::write_back, {}}};
    CHECK(board_toml(b) == R"toml(schema = 1

[board]
arch = "x86_64"
mtrr_default = "uncachable"

[[e820]]
base = 0x0
end = 0xfff
type = "usable"

[[e820]]
base = 0x1000
end = 0x1fff
type = "reserved"

[[e820]]
base = 0x2000
end = 0x2fff
type = "ACPI data"

[[e820]]
base = 0x3000
end = 0x3fff
type = "ACPI NVS"

[[e820]]
base = 0x4000
end = 0x4fff
type = "unusable"

[[e820]]
base = 0x5000
end = 0x5fff
type = "persistent (type 7)"

[[e820]]
base = 0x6000
end = 0x6fff
type = "persistent (type 12)"

[[e820]]
base = 0x7000
end = 0x7fff
type = "type 128"

[[e820]]
base = 0x8000
end = 0x8fff
type = "soft reserved"

[[e820]]
base = 0x9000
end = 0x9fff
type = "type 20"

[[srat]]
base = 0x0
end = 0x7fffffff
node = 0

[[srat]]
base = 0x100000000
end = 0x17fffffff
node = 1
flags = ["hotplug"]

[[mirror]]
base = 0x1000
end = 0x2fff

[[mtrr]]
base = 0x0
size = "2GiB"
type = "write-back"
)toml");
    round_trip(b);
}

TEST_CASE("expectations are written back") {
    Board b;
    b.arch = Arch::arm;
    MemoryBank bank;
    bank.size = u64{1} << 30;
    b.memory = {bank};
    Expectation normal;
    normal.zone = ZoneType::Normal;
    normal.node = 0;
    normal.conditions = {{zone_figure("present", normal.zone, 0), Op::ge, {Wanted::Kind::number, 0x1000, "0x1000"}, {}}};
    Expectation movable;
    movable.zone = ZoneType::Movable;
    movable.conditions = {
        {zone_figure("start_pfn", movable.zone, {}), Op::eq, {Wanted::Kind::number, 5, "0x5"}, {}},
        {zone_figure("pages", movable.zone, {}), Op::eq, {Wanted::Kind::percent, 50000, "50%"}, {}},
    };
    movable.alloc = "order=9 gfp=GFP_KERNEL";
    movable.runs = {"half"};
    Expectation other;
    other.conditions = {{figure_of("test", "node:*.movable"), Op::lt, {Wanted::Kind::bytes, u64{8} << 30, "8GiB"}, {}}};
    other.reserved = "linux,cma";
    b.expect = {normal, movable, other};
    b.matrix = {{"half", {"6.1-arm", "6.12-arm"}, {}, {"kernelcore=50%", ""}, {}}};
    round_trip(b);
}

TEST_CASE("strings of any bytes become TOML strings") {
    CHECK(toml_string("a\"b\\c") == R"("a\"b\\c")");
    CHECK(toml_string("tab\there\x7f") == R"("tab\u0009here\u007F")");
    CHECK(toml_string("Größe") == "\"Größe\"");
    CHECK(toml_string("\xff\xc3(\xed\xa0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}
