// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "mm/early_param.h"
#include "mm/find_zone_movable.h"
#include "zonecalc/zonecalc.h"

using namespace zonecalc;

namespace {

constexpr u64 GiB = u64{1} << 30;

// A kernel of today's rules with DMA, DMA32 and Normal, on a machine of up to four nodes.
struct Machine {
    Board board;
    Kernel kernel;
    Cmdline cmdline;
    Boot boot{board, kernel, cmdline};

    explicit Machine(std::string_view text, Version version = {6, 12, 0}) : cmdline(parse_args(text)) {
        kernel.version = version;
        kernel.behaviours = behaviours_of(version);
        kernel.movable_node = true;
        kernel.config["MEMORY_HOTREMOVE"] = "y";
        kernel.numa = true;
        for (const ZoneType z : {ZoneType::DMA, ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable})
            kernel.zones[static_cast<int>(z)] = true;
    }
    void node(int nid, PhysAddr begin, PhysAddr end, unsigned flags = 0) {
        boot.memblock.memory.add(begin, end - begin, nid, flags);
    }

    std::string starts() {
        parse_early_param(boot, [](const Parameter&) { return false; });
        boot.layout.early_ranges = mem_pfn_ranges(boot.memblock.memory, 12);
        const Pfn end = boot.memblock.end_of_DRAM() >> 12;
        boot.layout.zone_limits = {{ZoneType::DMA, {1, 0x1000}},
                                   {ZoneType::DMA32, {0x1000, std::min<Pfn>(0x100000, end)}},
                                   {ZoneType::Normal, {std::min<Pfn>(0x100000, end), end}}};
        find_zone_movable_pfns_for_nodes(boot);
        std::string out{to_string(boot.layout.movable.path)};
        for (const MovableStart& s : boot.layout.movable.start) out += fmt::format(" {}:{:#x}", s.node, s.pfn);
        for (const KernelMessage& m : boot.layout.messages) out += fmt::format("; {}", m.text);
        for (const Note& n : boot.layout.notes) out += fmt::format("; {}", n.id);
        return out;
    }
};

std::string one_node_8g(std::string_view cmdline, Version version = {6, 12, 0}) {
    Machine m(cmdline, version);
    m.node(0, 0x1000, 3 * GiB);
    m.node(0, 4 * GiB, 9 * GiB);
    return m.starts();
}

std::string two_nodes(std::string_view cmdline, Version version = {6, 12, 0}) {
    Machine m(cmdline, version);
    m.node(0, 0x1000, 2 * GiB);
    m.node(0, 4 * GiB, 6 * GiB);
    m.node(1, 6 * GiB, 10 * GiB, MEMBLOCK_HOTPLUG);
    return m.starts();
}

}  // namespace

TEST_CASE("movable: nothing asked for, nothing movable") {
    CHECK(one_node_8g("console=ttyS0") == "none");
}

TEST_CASE("movable: kernelcore counts memory below the highest zone first") {
    CHECK(one_node_8g("kernelcore=4G") == "kernelcore 0:0x140400");
    // All of it lies below 4 GiB already: the highest zone is movable as a whole.
    CHECK(one_node_8g("kernelcore=512M") == "kernelcore 0:0x100000");
}

TEST_CASE("movable: movablecore is rounded up to the largest block and leaves the rest to the kernel") {
    CHECK(one_node_8g("movablecore=1G") == "movablecore 0:0x200000");
    CHECK(one_node_8g("movablecore=1") == "none; core-no-effect");
    CHECK(one_node_8g("movablecore=4096") == "movablecore 0:0x23fc00");
}

TEST_CASE("movable: percentages are of all pages") {
    CHECK(one_node_8g("kernelcore=50%") == "kernelcore 0:0x140000");
    CHECK(one_node_8g("movablecore=25%") == "movablecore 0:0x1c0000");
    CHECK(one_node_8g("kernelcore=100%") == "none; core-covers-memory");
    // Before 4.17 the sign is junk behind 50 bytes.
    CHECK(one_node_8g("kernelcore=50%", {3, 14, 4}) == "none; core-no-effect");
}

TEST_CASE("movable: the larger kernel part wins where both are given") {
    CHECK(one_node_8g("kernelcore=5G movablecore=1G") == one_node_8g("movablecore=1G"));
    CHECK(one_node_8g("kernelcore=5G movablecore=6G") == one_node_8g("kernelcore=5G").replace(0, 10, "kernelcore"));
}

TEST_CASE("movable: the last word wins, and a percentage beats bytes given before it") {
    CHECK(one_node_8g("kernelcore=1G kernelcore=4G") == "kernelcore 0:0x140400");
    CHECK(one_node_8g("kernelcore=4G kernelcore=50%") == "kernelcore 0:0x140000");
    CHECK(one_node_8g("kernelcore=50% kernelcore=4G") == "kernelcore 0:0x140400");
}

TEST_CASE("movable: kernelcore without a value kills kernels that know mirror") {
    Machine m("kernelcore");
    m.node(0, 0x1000, GiB);
    m.starts();
    CHECK(m.boot.layout.panic == "kernelcore without a value: parse_option_str() reads through a null pointer");
}

TEST_CASE("movable: movable_node takes the lowest hot-pluggable region and ignores amounts") {
    CHECK(two_nodes("movable_node") == "movable_node 1:0x180000");
    CHECK(two_nodes("movable_node kernelcore=1G") == "movable_node 1:0x180000");
    CHECK(one_node_8g("movable_node") == "movable_node; movable-node-without-hotplug");
}

TEST_CASE("movable: kernelcore is spread over the nodes, pass by pass") {
    // Node 0 has 2 GiB of low memory; each node owes 2 GiB.
    CHECK(two_nodes("kernelcore=4G") == "kernelcore 0:0x100400 1:0x200000");
}

TEST_CASE("movable: a start that rounding carries to the node's end is dropped since 5.18") {
    Machine m("kernelcore=2097148K");
    m.node(0, 0x1000, 2 * GiB);
    m.node(1, 4 * GiB, 6 * GiB);
    // Node 0 has less than asked for and is used up; rounding carries its start to its end. Node 1 owes nothing.
    CHECK(m.starts() == "kernelcore 1:0x100000");
}

TEST_CASE("movable: kernelcore=mirror") {
    Machine m("kernelcore=mirror");
    m.node(0, 0x1000, 2 * GiB, MEMBLOCK_MIRROR);
    m.node(0, 4 * GiB, 5 * GiB, MEMBLOCK_MIRROR);
    m.node(0, 5 * GiB, 6 * GiB);
    m.node(1, 6 * GiB, 8 * GiB);
    CHECK(m.starts() == "mirror 0:0x140000 1:0x180000");
    CHECK(one_node_8g("kernelcore=mirror") == "none; The system has no mirror memory, ignore kernelcore=mirror.; mirror-ignored");
    CHECK(one_node_8g("kernelcore=mirror", {6, 1, 192}) ==
          "mirror 0:0x100000; This configuration results in unmirrored kernel memory.; mirror-without-mirrored-memory");
}
