// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "report/report.h"

using namespace zonecalc;

namespace {

// The wording of 6.1, the fields that shape nothing left out.
Kernel kernel_6_1() {
    Kernel k;
    k.numa = true;
    k.behaviours = {};
    k.behaviours.unavailable_ranges = UnavailableRanges::per_zone;
    k.behaviours.print_initmem = true;
    k.behaviours.print_initmem_memoryless = true;
    k.behaviours.offline_nodes_print = true;
    k.behaviours.print_fallback_order = true;
    return k;
}

Zone zone(ZoneType type, Pfn start, u64 spanned, u64 present) {
    Zone z;
    z.type = type;
    z.start_pfn = start;
    z.spanned = spanned;
    z.present = present;
    z.managed_initial = present;
    return z;
}

// Debian 6.1.0-56-amd64, three nodes of which the second has no memory: the recorded boot's own lines.
Layout three_nodes() {
    Layout l;
    l.zone_limits = {
        {ZoneType::DMA, {1, 4096}}, {ZoneType::DMA32, {4096, 0x7ffe0}}, {ZoneType::Normal, {}}, {ZoneType::Device, {}}};
    l.early_ranges = {{0, {1, 0x9f}}, {0, {0x100, 0x40000}}, {2, {0x40000, 0x7ffe0}}};
    Node n0, n1, n2;
    n0.id = 0;
    n0.range = {1, 0x40000};
    n0.zones = {zone(ZoneType::DMA, 1, 4095, 3998), zone(ZoneType::DMA32, 4096, 258048, 258048), zone(ZoneType::Normal, 0, 0, 0)};
    n0.fallback_order = {0, 2};
    n0.zonelist = {{0, ZoneType::DMA32}, {0, ZoneType::DMA}, {2, ZoneType::DMA32}};
    n0.zonelist_thisnode = {{0, ZoneType::DMA32}, {0, ZoneType::DMA}};
    n1.id = 1;
    n1.was_offline = true;
    n1.online = false;
    n1.zones = {zone(ZoneType::DMA, 0, 0, 0), zone(ZoneType::DMA32, 0, 0, 0), zone(ZoneType::Normal, 0, 0, 0)};
    n1.fallback_order = {1, 0, 2};
    n2.id = 2;
    n2.range = {0x40000, 0x7ffe0};
    n2.zones = {zone(ZoneType::DMA, 0, 0, 0), zone(ZoneType::DMA32, 0x40000, 262112, 262112), zone(ZoneType::Normal, 0, 0, 0)};
    n2.fallback_order = {2, 0};
    n2.zonelist = {{2, ZoneType::DMA32}, {0, ZoneType::DMA32}, {0, ZoneType::DMA}};
    n2.zonelist_thisnode = {{2, ZoneType::DMA32}};
    l.nodes = {n0, n1, n2};
    l.init_order = {0, 1, 2};
    l.unavailable = {{0, ZoneType::DMA, 1}, {0, ZoneType::DMA, 97}, {2, ZoneType::DMA32, 32}, {2, ZoneType::Normal, 0}};
    l.nr_online_nodes = 3;
    l.total_pages = 515808;
    l.policy_zone = ZoneType::DMA32;
    l.verify_zonelists = true;
    return l;
}

// One node with ZONE_DMA32 and its debug lines.
Layout one_node() {
    Layout l;
    l.zone_limits = {{ZoneType::DMA32, {0x40000, 0xc0000}}, {ZoneType::Normal, {}}};
    l.early_ranges = {{0, {0x40000, 0xc0000}}};
    Node n;
    n.range = {0x40000, 0xc0000};
    n.present = 524288;
    n.zones = {zone(ZoneType::DMA32, 0x40000, 524288, 524288), zone(ZoneType::Normal, 0, 0, 0)};
    n.zones[0].memmap_pages = 8192;
    n.zones[0].dma_reserve = 0;
    n.zones[0].lifo_batch = 63;
    l.nodes = {n};
    l.init_order = {0};
    l.total_pages = 516096;
    l.policy_zone = ZoneType::DMA32;
    return l;
}

}  // namespace

TEST_CASE("dmesg: 6.1 words nodes without memory, unavailable ranges, fallback order and zonelists as a recorded boot does") {
    CHECK(report_dmesg(kernel_6_1(), three_nodes(), Until::zones) ==
          "Zone ranges:\n"
          "  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n"
          "  DMA32    [mem 0x0000000001000000-0x000000007ffdffff]\n"
          "  Normal   empty\n"
          "  Device   empty\n"
          "Movable zone start for each node\n"
          "Early memory node ranges\n"
          "  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"
          "  node   0: [mem 0x0000000000100000-0x000000003fffffff]\n"
          "  node   2: [mem 0x0000000040000000-0x000000007ffdffff]\n"
          "Initmem setup node 0 [mem 0x0000000000001000-0x000000003fffffff]\n"
          "Initializing node 1 as memoryless\n"
          "Initmem setup node 1 as memoryless\n"
          "Initmem setup node 2 [mem 0x0000000040000000-0x000000007ffdffff]\n"
          "On node 0, zone DMA: 1 pages in unavailable ranges\n"
          "On node 0, zone DMA: 97 pages in unavailable ranges\n"
          "On node 2, zone DMA32: 32 pages in unavailable ranges\n"
          "Fallback order for Node 0: 0 2 \n"
          "Fallback order for Node 1: 1 0 2 \n"
          "Fallback order for Node 2: 2 0 \n"
          "mminit::zonelist general 0:DMA = 0:DMA \n"
          "mminit::zonelist general 0:DMA32 = 0:DMA32 0:DMA 2:DMA32 \n"
          "mminit::zonelist thisnode 0:DMA = 0:DMA \n"
          "mminit::zonelist thisnode 0:DMA32 = 0:DMA32 0:DMA \n"
          "mminit::zonelist general 2:DMA32 = 2:DMA32 0:DMA32 0:DMA \n"
          "mminit::zonelist thisnode 2:DMA32 = 2:DMA32 \n"
          "Built 3 zonelists, mobility grouping on.  Total pages: 515808\n"
          "Policy zone: DMA32\n");
}

TEST_CASE("dmesg: 4.19 prints debug lines of the zones, and one sum of unavailable pages before the nodes") {
    Kernel k;
    k.arch = Arch::arm64;
    k.numa = true;
    k.behaviours = {};
    k.behaviours.unavailable_ranges = UnavailableRanges::reserved_but_unavailable;
    k.behaviours.print_initmem = true;
    k.behaviours.print_node_debug = true;
    Layout l = one_node();
    l.unavailable_pages = 98;
    l.movable.start = {{0, 0xa0000}};
    Node memoryless;
    memoryless.id = 1;
    l.nodes.push_back(memoryless);
    l.init_order = {0, 1};
    l.messages = {{MessageLevel::info, "NUMA: No NUMA configuration found", "dummy_numa_init"}};
    CHECK(report_dmesg(k, l, Until::zones) ==
          "NUMA: No NUMA configuration found\n"
          "Zone ranges:\n"
          "  DMA32    [mem 0x0000000040000000-0x00000000bfffffff]\n"
          "  Normal   empty\n"
          "Movable zone start for each node\n"
          "  Node 0: 0x00000000a0000000\n"
          "Early memory node ranges\n"
          "  node   0: [mem 0x0000000040000000-0x00000000bfffffff]\n"
          "Reserved but unavailable: 98 pages\n"
          "Initmem setup node 0 [mem 0x0000000040000000-0x00000000bfffffff]\n"
          "On node 0 totalpages: 524288\n"
          "  DMA32 zone: 8192 pages used for memmap\n"
          "  DMA32 zone: 0 pages reserved\n"
          "  DMA32 zone: 524288 pages, LIFO batch:63\n"
          "Initmem setup node 1 [mem 0x0000000000000000-0x0000000000000000]\n"
          "On node 1 totalpages: 0\n"
          "Built 1 zonelists, mobility grouping on.  Total pages: 516096\n"
          "Policy zone: DMA32\n");

    k.behaviours.unavailable_ranges = UnavailableRanges::zeroed_struct_page;
    CHECK(report_dmesg(k, l, Until::zones).find("\nZeroed struct page in unavailable ranges: 98 pages\nInitmem") !=
          std::string::npos);
}

TEST_CASE("dmesg: 3.14 on arm has no zone ranges and names the zonelist order") {
    Kernel k;
    k.arch = Arch::arm;
    k.behaviours = {};
    k.behaviours.print_node_debug = true;
    k.behaviours.zonelist_zone_order = true;
    Layout l;
    l.zone_ranges_printed = false;
    Node n;
    n.range = {0x40000, 0x80000};
    n.present = 262144;
    n.zones = {zone(ZoneType::Normal, 0x40000, 194560, 194560), zone(ZoneType::HighMem, 0x6f800, 67584, 67584),
               zone(ZoneType::Movable, 0, 0, 0)};
    n.zones[0].memmap_pages = 1520;
    n.zones[0].dma_reserve = 0;
    n.zones[0].lifo_batch = 31;
    n.zones[1].memmap_pages = 528;
    n.zones[1].lifo_batch = 15;
    n.zonelist = {{0, ZoneType::HighMem}, {0, ZoneType::Normal}};
    l.nodes = {n};
    l.init_order = {0};
    l.total_pages = 260624;
    l.zone_order = true;
    l.verify_zonelists = true;
    CHECK(report_dmesg(k, l, Until::zones) ==
          "On node 0 totalpages: 262144\n"
          "  Normal zone: 1520 pages used for memmap\n"
          "  Normal zone: 0 pages reserved\n"
          "  Normal zone: 194560 pages, LIFO batch:31\n"
          "  HighMem zone: 528 pages used for memmap\n"
          "  HighMem zone: 67584 pages, LIFO batch:15\n"
          "mminit::zonelist general 0:Normal = 0:Normal \n"
          "mminit::zonelist general 0:HighMem = 0:HighMem 0:Normal \n"
          "Built 1 zonelists in Zone order, mobility grouping on.  Total pages: 260624\n");
}

TEST_CASE("dmesg: short addresses grow with the value, and lose what a 32-bit unsigned long cannot hold") {
    Kernel k;
    k.behaviours = {};
    k.behaviours.print_short_addresses = true;
    Layout l;
    l.zone_limits = {{ZoneType::DMA, {1, 0x1000}}, {ZoneType::HighMem, {0x38000, 0x140000}}};
    l.early_ranges = {{0, {0x100000, 0x140000}}};
    const auto first_lines = [&] {
        const std::string s = report_dmesg(k, l, Until::zones);
        return s.substr(0, s.find("Built"));
    };
    CHECK(first_lines() ==
          "Zone ranges:\n"
          "  DMA      [mem 0x00001000-0x00ffffff]\n"
          "  HighMem  [mem 0x38000000-0x13fffffff]\n"
          "Movable zone start for each node\n"
          "Early memory node ranges\n"
          "  node   0: [mem 0x100000000-0x13fffffff]\n");
    k.arch = Arch::i386;
    CHECK(first_lines() ==
          "Zone ranges:\n"
          "  DMA      [mem 0x00001000-0x00ffffff]\n"
          "  HighMem  [mem 0x38000000-0x3fffffff]\n"
          "Movable zone start for each node\n"
          "Early memory node ranges\n"
          "  node   0: [mem 0x00000000-0x3fffffff]\n");
}

TEST_CASE("dmesg: a memmap larger than its zone is a warning in either wording") {
    Kernel k;
    k.behaviours = {};
    Layout l;
    Node n;
    n.range = {0, 0x40000};
    n.zones = {zone(ZoneType::Normal, 0, 0x40000, 16)};
    n.zones[0].memmap_exceeds = true;
    n.zones[0].memmap_pages = 4096;
    l.zone_ranges_printed = false;
    l.nodes = {n};
    l.init_order = {0};
    CHECK(report_dmesg(k, l, Until::zones) ==
          "  Normal zone: 4096 pages exceeds freesize 16\n"
          "Built 1 zonelists, mobility grouping on.  Total pages: 0\n");
    k.behaviours.print_exceeds_memmap_wording = true;
    l.mobility_grouping = false;
    CHECK(report_dmesg(k, l, Until::zones) ==
          "  Normal zone: 4096 memmap pages exceeds freesize 16\n"
          "Built 1 zonelists, mobility grouping off.  Total pages: 0\n");
}

TEST_CASE("dmesg: a node list in another order than the ids is kept, and nothing is said of zones before they are made") {
    Layout l = three_nodes();
    l.init_order = {2, 0};
    l.verify_zonelists = false;
    const std::string log = report_dmesg(kernel_6_1(), l, Until::zones);
    CHECK(log.find("node 2 [mem") < log.find("node 0 [mem"));
    CHECK(report_dmesg(kernel_6_1(), l, Until::memblock).empty());
    l.messages = {{MessageLevel::warning, "Malformed early option 'mem'", "do_early_param"}};
    l.panic = "it dies";
    CHECK(report_dmesg(kernel_6_1(), l, Until::zones) == "Malformed early option 'mem'\n");
}

TEST_CASE("dmesg: 5.12 and 5.13 print the unavailable pages of each zone below what they say of it") {
    Kernel k;
    k.arch = Arch::arm64;
    k.behaviours = {};
    k.behaviours.unavailable_ranges = UnavailableRanges::zone_total;
    k.behaviours.print_initmem = true;
    k.behaviours.print_node_debug = true;
    Layout l = one_node();
    l.unavailable = {{0, ZoneType::DMA32, 96}, {0, ZoneType::Normal, 0}, {1, ZoneType::DMA32, 7}};
    CHECK(report_dmesg(k, l, Until::zones)
              .find("Initmem setup node 0 [mem 0x0000000040000000-0x00000000bfffffff]\n"
                    "On node 0 totalpages: 524288\n"
                    "  DMA32 zone: 8192 pages used for memmap\n"
                    "  DMA32 zone: 0 pages reserved\n"
                    "  DMA32 zone: 524288 pages, LIFO batch:63\n"
                    "  DMA32 zone: 96 pages in unavailable ranges\n"
                    "Built 1 zonelists") != std::string::npos);
}

TEST_CASE("dmesg: x86 up to 3.16 says where nodes lie before the zones are known, and nothing after") {
    Kernel k;
    k.arch = Arch::x86_64;
    k.behaviours = {};
    k.behaviours.print_short_addresses = true;
    Layout l = one_node();
    l.arch_node_setup = {{0, 0, 0x15fffffff}};
    const std::string text = report_dmesg(k, l, Until::zones);
    CHECK(text.substr(0, text.find("  DMA32")) == "Initmem setup node 0 [mem 0x00000000-0x15fffffff]\nZone ranges:\n");
    CHECK(text.find("Initmem", 10) == text.npos);
}
