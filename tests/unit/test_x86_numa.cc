// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/library.h"
#include "x86_machine.h"
#include "zonecalc/zonecalc.h"

using namespace zonecalc;
using namespace x86_machine;

namespace {

// The PC of 4 GiB with this SRAT: node, first byte and size in MiB, "hotplug" or "-".
Board numa_board(const std::string& srat) {
    Board b = board(pc_4g);
    std::istringstream lines(srat);
    int node = 0;
    u64 base = 0;
    u64 size = 0;
    std::string flag;
    while (lines >> node >> base >> size >> flag) b.srat.push_back({base * MiB, size * MiB, node, flag == "hotplug", {}});
    return b;
}

const std::string no_srat = "No NUMA configuration found\nFaking a node at [mem 0x0000000000000000-0x000000013fffffff]\n";

}  // namespace

TEST_CASE("numa: blocks of the SRAT become nodes, and blocks of one node are joined across holes") {
    Run run(numa_board("0 0 640 -\n0 1024 1024 -\n1 2048 1024 -\n1 4096 1024 -\n0 640 384 -"), kernel("6.1.192"), "");
    CHECK(run.memory() == "0: 0x1000-0x9efff\n0: 0x100000-0x7fffffff\n1: 0x80000000-0xbffdffff\n1: 0x100000000-0x13fffffff\n");
    CHECK(run.messages() ==
          "NUMA: Node 0 [mem 0x00000000-0x27ffffff] + [mem 0x40000000-0x7fffffff] -> [mem 0x00000000-0x7fffffff]\n"
          "Warning: node 0 [mem 0x00000000-0x7fffffff] overlaps with itself [mem 0x28000000-0x3fffffff]\n"
          "NUMA: Node 0 [mem 0x00000000-0x7fffffff] + [mem 0x28000000-0x3fffffff] -> [mem 0x00000000-0x7fffffff]\n"
          "NUMA: Node 1 [mem 0x80000000-0xbfffffff] + [mem 0x100000000-0x13fffffff] -> [mem 0x80000000-0x13fffffff]\n");
    CHECK(run.nodes() == "online 0 1, later, possible 0 1");
}

TEST_CASE("numa: from 6.12 on blocks are cut at the ends of DRAM") {
    Run run(numa_board("0 0 1 -\n0 1 2047 -\n1 2048 1024 -\n1 4096 2048 -"), kernel("6.12.117"), "");
    CHECK(run.messages() ==
          "NUMA: Node 0 [mem 0x00001000-0x000fffff] + [mem 0x00100000-0x7fffffff] -> [mem 0x00001000-0x7fffffff]\n"
          "NUMA: Node 1 [mem 0x80000000-0xbfffffff] + [mem 0x100000000-0x13fffffff] -> [mem 0x80000000-0x13fffffff]\n");
}

TEST_CASE("numa: nodes that overlap make one node of all") {
    Run run(numa_board("0 0 2048 -\n1 1024 4096 -"), kernel("6.1.192"), "");
    CHECK(run.messages() == "node 0 [mem 0x00000000-0x7fffffff] overlaps with node 1 [mem 0x40000000-0x13fffffff]\n" + no_srat);
    CHECK(run.nodes() == "online 0, later, possible 0");
}

// x86_64 6.1 with a SRAT that is too short: recorded.
TEST_CASE("numa: a SRAT that leaves out 1 MiB or more is not used") {
    CHECK(Run(numa_board("0 0 1024 -\n1 1024 1024 -"), kernel("6.1.192"), "").messages() ==
          "NUMA: nodes only cover 2047MB of your 4095MB e820 RAM. Not used.\n" + no_srat);
    CHECK(Run(numa_board("0 0 1024 -\n1 1024 1024 -"), kernel("6.12.117"), "").messages() ==
          "NUMA: no nodes coverage for 2047MB of 4095MB RAM\n" + no_srat);
    CHECK(Run(numa_board("0 1 3071 -\n1 4096 1024 -"), kernel("6.1.192"), "").nodes() == "online 0 1, later, possible 0 1");
}

// 4.19.13 and 5.4.49, a PC of 2 GiB whose SRAT begins at 1 MiB: recorded.
TEST_CASE("numa: zones begin with the lowest memory, be it of a node or not") {
    const Layout layout =
        bring_up(numa_board("0 1 3071 -\n1 4096 1024 -"), load_kernel("5.4-x86_64", ""), parse_args(""), Until::zones);
    CHECK(layout.zone_limits[0].range == PfnRange{1, 4096});
    CHECK(layout.nodes[0].zones[0].start_pfn == 256);
}

// 5.4.49, a PC of 2 GiB, 3 MiB of which are a node of their own: recorded.
TEST_CASE("numa: a CPU brings a node of less than 4 MiB online, behind the others' back") {
    Board b = numa_board("0 0 1000 -\n1 1000 3 -\n0 1003 4117 -");
    b.nodes = {{0, {}, {0}, {}}, {1, {}, {1}, {}}};
    b.cpus = 2;
    const Layout with_cpu = bring_up(b, load_kernel("5.4-x86_64", ""), parse_args(""), Until::zones);
    REQUIRE(with_cpu.nodes.size() == 2);
    CHECK(with_cpu.nodes[1].present == 768);
    CHECK(with_cpu.nodes[0].fallback_order == std::vector<int>{0});
    CHECK(with_cpu.nodes[1].fallback_order == std::vector<int>{1, 0});

    b.nodes = {{0, {}, {0, 1}, {}}};
    Run without(b, kernel("5.4.49"), "");
    CHECK(without.nodes() == "online 0, later, possible 0 1");
    CHECK(without.noted("node-too-small"));
}

TEST_CASE("numa=off and numa=noacpi leave the SRAT alone") {
    const Board b = numa_board("0 0 3072 -\n1 4096 1024 -");
    CHECK(Run(b, kernel("6.1.192"), "numa=noacpi").messages() == no_srat);
    CHECK(Run(b, kernel("6.1.192"), "numa=off").messages().starts_with("NUMA turned off\n"));
    CHECK(Run(b, kernel("6.1.192"), "numa=offal").nodes() == "online 0, later, possible 0");
}

TEST_CASE("numa: a hot-pluggable node stays so unless the kernel holds some of it") {
    const std::string srat = "0 0 3072 hotplug\n1 4096 1024 hotplug\n2 8192 1024 hotplug";
    Run run(numa_board(srat), kernel("6.1.192"), "movable_node");
    CHECK(run.memory() == "0: 0x1000-0x9efff\n0: 0x100000-0xbffdffff\n1: 0x100000000-0x13fffffff hotplug\n");
    CHECK(run.nodes() == "online 0 1, later, possible 0 1 2");
    Board b = numa_board(srat);
    b.reserved.push_back({"initrd", 0x110000000, MiB, false, true, {}});
    CHECK(Run(b, kernel("6.1.192"), "movable_node").memory() ==
          "0: 0x1000-0x9efff\n0: 0x100000-0xbffdffff\n1: 0x100000000-0x13fffffff\n");
    b.reserved = {{"NODE_DATA(1)", 0x110000000, MiB, false, false, {}}, {"sparse_init_nid", 0x120000000, MiB, false, false, {}}};
    CHECK(Run(b, kernel("6.1.192"), "movable_node").memory() == run.memory());
    // Page tables that a boot without movable_node had at the top of memory lie low with it.
    b.reserved = {{"alloc_low_pages", 0x13ffff000, 0x1000, false, true, {}, true}};
    CHECK(Run(b, kernel("6.1.192"), "movable_node").memory() == run.memory());
    // ACPI tables lie outside of RAM, but inside the node's block.
    b = numa_board("0 0 2048 -\n1 2048 1024 hotplug\n1 4096 1024 hotplug");
    b.reserved.push_back({"ACPI tables", 0xbffe0000, 0x2000, false, true, {}});
    const std::string tied = "0: 0x1000-0x9efff\n0: 0x100000-0x7fffffff\n1: 0x80000000-0xbffdffff\n1: 0x100000000-0x13fffffff\n";
    const std::string free =
        "0: 0x1000-0x9efff\n0: 0x100000-0x7fffffff\n1: 0x80000000-0xbffdffff hotplug\n1: 0x100000000-0x13fffffff hotplug\n";
    CHECK(Run(b, kernel("6.1.192"), "movable_node").memory() == tied);
    // The flag says so, not the name; tables that the board lists are reserved early by kernels that reserve them at all.
    b.reserved.front().early = false;
    CHECK(Run(b, kernel("6.1.192"), "movable_node").memory() == free);
    b.acpi_tables.push_back({"FACP", 0xbffe0000, 0x2000, {}});
    CHECK(Run(b, kernel("6.1.192"), "movable_node").memory() == tied);
    CHECK(Run(b, kernel("5.4.49"), "movable_node").memory() == free);
    b.acpi_tables.clear();
    b.loaded.push_back({"setup data", 0xbff00000, 0x1000, {}});
    CHECK(Run(b, kernel("5.4.49"), "movable_node").memory() == tied);
}

TEST_CASE("numa: a node with CPUs and no memory is possible, and comes online after the zones are made") {
    Board b = numa_board("1 0 3072 -\n1 4096 1024 -");
    b.nodes = {{0, {}, {0}, {}}, {1, {}, {1}, {}}};
    CHECK(Run(b, kernel("6.12.117"), "").nodes() == "online 1, later 0, possible 0 1");
    CHECK(Run(b, kernel("3.14.4"), "").nodes() == "online 1, later, possible 0 1");
    b.nodes.clear();
    b.possible_nodes = {0};
    CHECK(Run(b, kernel("6.12.117"), "").nodes() == "online 1, later 0, possible 0 1");
}

TEST_CASE("numa: nodes of less than 4 MiB stay offline, up to 6.5") {
    const Board b = numa_board("0 0 3069 -\n1 3069 3 -\n0 4096 1024 -");
    CHECK(Run(b, kernel("5.10.89"), "").nodes() == "online 0, later 1, possible 0 1");
    CHECK(Run(b, kernel("6.6.87"), "").nodes() == "online 0 1, later, possible 0 1");
}

TEST_CASE("numa: banks with nodes stand for a SRAT") {
    Board b;
    b.memory = {{0, 2 * GiB, 0, false, false, false, false, {}}, {4 * GiB, 2 * GiB, 1, true, false, false, false, {}}};
    CHECK(Run(b, kernel("6.1.192"), "movable_node").memory() ==
          "0: 0x1000-0x9ffff\n0: 0x100000-0x7fffffff\n1: 0x100000000-0x17fffffff hotplug\n");
}

TEST_CASE("numa: distances come from the SLIT, if it is sane") {
    Board b = numa_board("0 0 3072 -\n1 4096 1024 -");
    b.nodes = {{0, {10, 31}, {0}, {}}, {1, {31, 10}, {1}, {}}};
    Run run(b, kernel("6.1.192"), "");
    CHECK(run.boot.node_distance(0, 1) == 31);
    b.nodes[1].distance = {10, 10};
    Run bad(b, kernel("6.1.192"), "");
    CHECK(bad.messages() == "ACPI: SLIT table looks invalid. Not used.\n");
    CHECK(bad.boot.node_distance(0, 1) == 20);
}

TEST_CASE("numa: more nodes than the kernel has room for") {
    Run run(numa_board("0 0 3072 -\n64 4096 1024 -"), kernel("6.1.192"), "");
    CHECK(run.messages() == "ACPI: SRAT: Too many proximity domains.\nACPI: SRAT: SRAT not used.\n" + no_srat);
}

// x86_64 6.1 with 4 GiB, 6.12 and 6.18 with 2 GiB: recorded.
TEST_CASE("numa=fake=N: nodes of about equal size") {
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "numa=fake=4").messages() ==
          no_srat +
              "Faking node 0 at [mem 0x0000000000000000-0x000000003fffffff] (1024MB)\n"
              "Faking node 1 at [mem 0x0000000040000000-0x000000007fffffff] (1024MB)\n"
              "Faking node 2 at [mem 0x0000000080000000-0x00000000ffffffff] (2048MB)\n"
              "Faking node 3 at [mem 0x0000000100000000-0x000000013fffffff] (1024MB)\n");
    const Board b = board("0 9fbff 1\n9fc00 9ffff 2\nf0000 fffff 2\n100000 7ffdffff 1\n7ffe0000 7fffffff 2\nfffc0000 ffffffff 2\n");
    CHECK(Run(b, kernel("6.18.2"), "numa=fake=3").messages() ==
          "No NUMA configuration found\nFaking a node at [mem 0x0000000000000000-0x000000007ffdffff]\n"
          "Faking node 0 at [mem 0x0000000000001000-0x000000002c000fff] (704MB)\n"
          "Faking node 1 at [mem 0x000000002c001000-0x000000007ffdffff] (1343MB)\n");
}

TEST_CASE("numa=fake=SIZE and NU") {
    const std::string head = no_srat;
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "numa=fake=1G").messages() ==
          head +
              "Faking node 0 at [mem 0x0000000000000000-0x0000000041ffffff] (1056MB)\n"
              "Faking node 1 at [mem 0x0000000042000000-0x0000000081ffffff] (1024MB)\n"
              "Faking node 2 at [mem 0x0000000082000000-0x000000013fffffff] (3040MB)\n");
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "numa=fake=2G").messages() ==
          head + "Faking node 0 at [mem 0x0000000000000000-0x000000013fffffff] (5120MB)\n");
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "numa=fake=2U").messages() ==
          head +
              "Faking node 0 at [mem 0x0000000000000000-0x000000009fffffff] (2560MB)\n"
              "Faking node 1 at [mem 0x00000000a0000000-0x000000013fffffff] (2560MB)\n");
    CHECK(Run(board(pc_4g), kernel("3.14.4"), "numa=fake=2U").messages() ==
          Run(board(pc_4g), kernel("3.14.4"), "numa=fake=2").messages());
}

// 5.4.49, a PC of 3 GiB with numa=fake=700M: recorded.
TEST_CASE("numa=fake=SIZE begins with node -1 in releases that start counting there") {
    const Board b = board("0 9fbff 1\n9fc00 9ffff 2\nf0000 fffff 2\n100000 bffdffff 1\nbffe0000 bfffffff 2\nfffc0000 ffffffff 2\n");
    const Run run(b, kernel("5.4.49"), "numa=fake=700M");
    CHECK(run.messages() ==
          "No NUMA configuration found\nFaking a node at [mem 0x0000000000000000-0x00000000bffdffff]\n"
          "Faking node -1 at [mem 0x0000000000000000-0x000000002bffffff] (704MB)\n"
          "Faking node 0 at [mem 0x000000002c000000-0x0000000055ffffff] (672MB)\n"
          "Faking node 1 at [mem 0x0000000056000000-0x000000007fffffff] (672MB)\n"
          "Faking node 2 at [mem 0x0000000080000000-0x00000000bffdffff] (1023MB)\n");
    CHECK(run.nodes() == "online 0 1 2, later, possible 0 1 2");
    CHECK(Run(b, kernel("5.4.64"), "numa=fake=700M").nodes() == "online 0 1 2 3, later, possible 0 1 2 3");
}

// 4.19.13, a PC of 2 GiB whose SRAT leaves 100 MiB out: recorded.
TEST_CASE("numa=fake=: what was read for nodes that are not used is not read again") {
    Run run(numa_board("0 0 500 -\n1 600 4520 -"), kernel("4.19.13"), "numa=fake=2");
    CHECK(run.nodes() == "online 0, later, possible 0");
}

TEST_CASE("numa=fake=: what cannot be done leaves the physical nodes") {
    for (const char* words : {"numa=fake=", "numa=fake=0", "numa=fake=many", "numa=fake=0M", "numa=fake=-1"}) {
        Run run(board(pc_4g), kernel("6.1.192"), words);
        CHECK(run.nodes() == "online 0, later, possible 0");
        CHECK(run.noted("numa-fake-failed"));
    }
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "numa=fake=1000000")
              .messages()
              .starts_with(no_srat + "numa=fake=1000000 too large, reducing to 64\n"));
    Kernel k = kernel("6.1.192");
    k.numa_emu = false;
    CHECK(Run(board(pc_4g), k, "numa=fake=4").noted("parameter-without-effect"));
}

TEST_CASE("numa=fake=: emulated nodes of one physical node are local to each other, unless distances are given") {
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "numa=fake=4").boot.node_distance(0, 3) == 10);
    CHECK(Run(board(pc_4g), kernel("3.14.4"), "numa=fake=4").boot.node_distance(0, 3) == 20);
    Run given(board(pc_4g), kernel("6.1.192"), "numa=fake=2:10,15,21,10");
    CHECK(given.boot.node_distance(0, 1) == 15);
    CHECK(given.boot.node_distance(1, 0) == 21);
}

TEST_CASE("numa=off undoes numa=fake= in releases that renumber proximity domains") {
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "numa=off numa=fake=2").nodes() == "online 0 1, later, possible 0 1");
    CHECK(Run(board(pc_4g), kernel("6.18.2"), "numa=off numa=fake=2").nodes() == "online 0, later, possible 0");
}

TEST_CASE("numa=fake= on huge sizes ends") {
    for (const char* words : {"numa=fake=18446744073709551615M", "numa=fake=17179869183G", "numa=fake=64", "numa=fake=1M",
                              "numa=fake=99999999999999999999U"}) {
        Board b = board(pc_4g);
        b.e820.push_back({u64{1} << 45, u64{1} << 44, E820Type::ram, {}});
        Run run(b, kernel("6.1.192"), words);
        CHECK(!run.boot.online_nodes.empty());
    }
}
