// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "report/format.h"
#include "report/report.h"
#include "report/table.h"

using namespace zonecalc;

TEST_CASE("format: sizes are exact where they can be and rounded to a tenth where not") {
    CHECK(format_size(0, false) == "0 B");
    CHECK(format_size(1023, false) == "1023 B");
    CHECK(format_size(4096, false) == "4 KiB");
    CHECK(format_size(u64{262014} * 4096, false) == "1023.5 MiB");
    CHECK(format_size((u64{1} << 30) - 1, false) == "1024.0 MiB");
    CHECK(format_size(u64{3} << 29, false) == "1.5 GiB");
    CHECK(format_size(~u64{0}, false) == "16.0 EiB");
    CHECK(format_size(~u64{0}, true) == "18446744073709551615");
    CHECK(format_pages(256, 12, false) == "1 MiB");
    CHECK(format_pages(256, 16, true) == "16777216");
    CHECK(format_pages(u64{1} << 52, 12, false) == "4503599627370496 pages");
}

TEST_CASE("format: ranges are inclusive when printed, up to the last byte there is") {
    CHECK(format_mem(0x1000, 0x1000000) == "[mem 0x0000000000001000-0x0000000000ffffff]");
    CHECK(format_range(0xfffffffffffff000, 0) == "0xfffffffffffff000-0xffffffffffffffff");
}

TEST_CASE("format: foreign text cannot drive a terminal") {
    CHECK(printable("a\x1b[31mb\nc\x7f") == "a?[31mb?c?");
    CHECK(printable("\xc2\x9b"
                    "2J \xc3\xa9") == "?2J \xc3\xa9");
}

TEST_CASE("table: columns are aligned by what is seen, and no line ends in a blank") {
    Table t({{"NAME"}, {"PAGES", true}, {"NOTE"}});
    t.row({"DMA", "3998", "first"});
    t.row({"caf\xc3\xa9 au lait", "1"});
    t.row({"", "12345678", ""});
    std::string out;
    t.print(out);
    CHECK(out ==
          "  NAME             PAGES  NOTE\n"
          "  DMA               3998  first\n"
          "  caf\xc3\xa9 au lait         1\n"
          "                12345678\n");
}

namespace {

struct Example {
    Board board;
    Kernel kernel;
    Cmdline cmdline;
    Layout layout;

    Example() {
        board.name = "Two banks";
        board.arch = kernel.arch = Arch::arm64;
        kernel.profile = "5.9-arm64";
        kernel.release = "5.9.1";
        kernel.confirmation = Confirmation::recorded;
        kernel.zones = {true, false, true, false, true, false};
        kernel.numa = true;
        kernel.behaviours = {};
        cmdline.text = "kernelcore=1G";
        layout.memory = {{0x40000000, 0x40000000, 0, MEMBLOCK_NONE, {}},
                         {0x100000000, 0x20000000, 1, MEMBLOCK_HOTPLUG | MEMBLOCK_NOMAP, {}}};
        layout.reserved = {{0x40080000, 0x1800, 0, MEMBLOCK_NONE, "kernel image"}, {0x50000000, 16, 0, MEMBLOCK_NONE, {}}};
        layout.zone_limits = {{ZoneType::DMA, {0x40000, 0x80000}}, {ZoneType::Normal, {}}};
        layout.movable = {MovablePath::kernelcore, ZoneType::DMA, 131072, 0, {{0, 0x60000}}};
        Node n0;
        n0.range = {0x40000, 0x80000};
        n0.spanned = n0.present = 0x40000;
        Zone dma, normal, movable;
        dma.start_pfn = 0x40000;
        dma.type = ZoneType::DMA;
        dma.spanned = 0x20000;
        dma.present = 0x1fff0;
        dma.managed_initial = 0x1f7f0;
        normal.type = ZoneType::Normal;
        movable.type = ZoneType::Movable;
        movable.start_pfn = 0x60000;
        movable.spanned = movable.present = movable.managed_initial = 0x20000;
        n0.zones = {dma, normal, movable};
        n0.fallback_order = {0, 1};
        n0.zonelist = {{0, ZoneType::Movable}, {0, ZoneType::DMA}};
        Node n1;
        n1.id = 1;
        n1.fallback_order = {1, 0};
        layout.nodes = {n0, n1};
        layout.unavailable = {{0, ZoneType::DMA, 16}};
        layout.total_pages = 260096;
        layout.policy_zone = ZoneType::DMA;
        layout.messages = {{MessageLevel::info, "NUMA: off", "numa_init"},
                           {MessageLevel::warning, "Malformed early option 'mem'", "do_early_param"}};
        layout.notes = {{Note::Kind::assumption, "kernel-not-given", "5.9 is taken"},
                        {Note::Kind::kernel_bug, "doubled-spans",
                         "node 0: 131072 pages are counted twice: this release spans a node that is movable as a whole by another "
                         "zone as well; later ones "
                         "do not"}};
    }
    std::string text(ReportOptions options = {}) const { return report_text(board, kernel, cmdline, layout, options); }
};

}  // namespace

TEST_CASE("text: the whole report") {
    CHECK(Example().text() == R"(Board    Two banks (arm64)
Kernel   5.9.1, profile 5.9-arm64, confirmed by recorded boots
         pages of 4 KiB, blocks up to order 10, pageblocks of order 9
Cmdline  kernelcore=1G

Memory (memblock.memory), 1.5 GiB
  PHYSICAL RANGE                            SIZE  NODE  FLAGS
  0x0000000040000000-0x000000007fffffff    1 GiB     0  -
  0x0000000100000000-0x000000011fffffff  512 MiB     1  hotplug,nomap

Reserved (memblock.reserved), 6.0 KiB
  PHYSICAL RANGE                          SIZE  WHAT
  0x0000000040080000-0x00000000400817ff  6 KiB  kernel image
  0x0000000050000000-0x000000005000000f   16 B

Zones: the limits that the boot log prints, and what the nodes really have
  ZONE     "ZONE RANGES" OF THE BOOT LOG                NODE  SPANNED BY THE NODE                            PRESENT
  DMA      [mem 0x0000000040000000-0x000000007fffffff]     0  [mem 0x0000000040000000-0x000000005fffffff]  511.9 MiB
  Normal   empty                                              empty
  Movable  (not printed)                                   0  [mem 0x0000000060000000-0x000000007fffffff]    512 MiB

ZONE_MOVABLE
  decided by      kernelcore
  kernelcore      131072 pages, 512 MiB
  taken from      DMA
  node   0 starts at pfn 393216, 0x0000000060000000
  node   1 has none

Node 0: pfn 262144 to 524287, 1 GiB present
  ZONE     FIRST PFN  LAST PFN  PHYSICAL RANGE                         SPANNED     SIZE  PRESENT       SIZE  ABSENT  ESTIMATE
  DMA         262144    393215  0x0000000040000000-0x000000005fffffff   131072  512 MiB   131056  511.9 MiB      16    129008
  Movable     393216    524287  0x0000000060000000-0x000000007fffffff   131072  512 MiB   131072    512 MiB       0    131072
  Normal: empty

Node 1: no memory

Spanned, present, absent and estimate are pages. The estimate is what the kernel takes for
managed pages until the buddy allocator gets its memory.

Unavailable ranges: struct pages without memory
  node   0, zone DMA: 16 pages, 64 KiB

Zonelists: where a node's allocations go, first to last
  NODE  NODE ORDER  ZONELIST (NODE:ZONE)
     0  0 1         0:Movable 0:DMA
     1  1 0         empty
  260096 pages in all (1016 MiB), mobility grouping on, policy zone DMA

What the kernel says
  NUMA: off
  warning: Malformed early option 'mem'

Kernel bugs that this layout meets
  - node 0: 131072 pages are counted twice: this release spans a node that is movable as a whole by
    another zone as well; later ones do not [doubled-spans]

Assumed
  - 5.9 is taken [kernel-not-given]
)");
}

TEST_CASE("text: plain bytes, a kernel that no boot confirms, and one that prints no zone ranges") {
    Example e;
    e.kernel.confirmation = Confirmation::derived;
    e.layout.zone_ranges_printed = false;
    ReportOptions options;
    options.bytes = true;
    const std::string text = e.text(options);
    CHECK(text.find("profile 5.9-arm64, not confirmed by recorded boots\n") != std::string::npos);
    CHECK(text.find("\nMemory (memblock.memory), 1610612736\n") != std::string::npos);
    CHECK(text.find("  DMA      (not printed)") != std::string::npos);
    CHECK(text.find("MiB") == std::string::npos);
}

TEST_CASE("text: colour appears on demand only, and every colour ends") {
    Example e;
    CHECK(e.text().find('\x1b') == std::string::npos);
    ReportOptions options;
    options.color = true;
    const std::string text = e.text(options);
    CHECK(text.find("\x1b[33mwarning: Malformed early option 'mem'\x1b[0m\n") != std::string::npos);
    CHECK(text.rfind("\x1b[0m") > text.rfind("\x1b[3"));
}

TEST_CASE("text: nothing is said of zones before they are made, nor after a panic") {
    Example e;
    ReportOptions options;
    options.until = Until::memblock;
    CHECK(e.text(options).find("Zone") == std::string::npos);
    e.layout.panic = "it dies";
    const std::string text = e.text();
    CHECK(text.find("\nPanic    this kernel does not come up: it dies\n") != std::string::npos);
    CHECK(text.find("Zonelists") == std::string::npos);
}
