// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "arch_machine.h"

using namespace zonecalc;
using namespace zonecalc::test;

namespace {

Machine arm64_machine(Version version) {
    Machine m(Arch::arm64, version);
    m.kernel.numa = version >= Version{4, 7, 0};
    m.kernel.have_memblock_node_map = m.kernel.numa;
    m.zones({ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable});
    if (version >= Version{5, 5, 0}) m.zones({ZoneType::DMA});
    return m;
}

// Only the limits of DMA, DMA32 and Normal.
std::string limits(Version version, PhysAddr base, u64 size, std::optional<PhysAddr> dma_limit = {}) {
    Machine m = arm64_machine(version);
    m.bank(base, size);
    m.board.dma_limit = dma_limit;
    const std::string out = m.run();
    std::string text;
    for (const char* zone : {"DMA ", "DMA32 ", "Normal "})
        if (const auto at = out.find(std::string("\n") + zone); at != std::string::npos)
            text += out.substr(at + 1, out.find('\n', at + 1) - at - 1) + ", ";
    return text.substr(0, text.size() - 2);
}

}  // namespace

TEST_CASE("arm64: zones by release, 6 GiB from 1 GiB on") {
    CHECK(limits({4, 19, 13}, GiB, 6 * GiB) == "DMA32 0x100000, Normal 0x1c0000");
    CHECK(limits({5, 9, 1}, GiB, 6 * GiB) == "DMA 0x80000, DMA32 0x100000, Normal 0x1c0000");
    CHECK(limits({5, 10, 89}, GiB, 6 * GiB) == "DMA 0x100000, DMA32 0x100000, Normal 0x1c0000");
    CHECK(limits({6, 12, 117}, GiB, 6 * GiB) == "DMA 0x100000, DMA32 0x100000, Normal 0x1c0000");
}

TEST_CASE("arm64: memory that starts at 4 GiB") {
    CHECK(limits({4, 19, 13}, 4 * GiB, 2 * GiB) == "DMA32 0x180000, Normal 0x180000");
    CHECK(limits({5, 9, 1}, 4 * GiB, 2 * GiB) == "DMA 0x140000, DMA32 0x180000, Normal 0x180000");
    CHECK(limits({5, 15, 24}, 4 * GiB, 2 * GiB) == "DMA 0x180000, DMA32 0x180000, Normal 0x180000");
    CHECK(limits({6, 12, 117}, 4 * GiB, 2 * GiB) == "DMA 0x180000, DMA32 0x100000, Normal 0x180000");
}

TEST_CASE("arm64: a DMA limit counts in bits from 5.11 on, and to the byte from 6.12 on") {
    CHECK(limits({6, 1, 176}, GiB, 4 * GiB, 0x60000000) == "DMA 0x80000, DMA32 0x100000, Normal 0x140000");
    CHECK(limits({6, 12, 117}, GiB, 4 * GiB, 0x60000000) == "DMA 0x60000, DMA32 0x100000, Normal 0x140000");
    // Below memory: opened up to 32 bits before 6.12, empty later.
    CHECK(limits({6, 1, 176}, GiB, 6 * GiB, 0x40000000) == "DMA 0x100000, DMA32 0x100000, Normal 0x1c0000");
    CHECK(limits({6, 12, 117}, GiB, 6 * GiB, 0x40000000) == "DMA 0x40000, DMA32 0x100000, Normal 0x1c0000");
    CHECK(limits({6, 12, 117}, 4 * GiB, 3 * GiB, 0x140000000) == "DMA 0x140000, DMA32 0x100000, Normal 0x1c0000");
    // 5.9 does not ask.
    CHECK(limits({5, 9, 1}, GiB, 6 * GiB, 0x60000000) == "DMA 0x80000, DMA32 0x100000, Normal 0x1c0000");
}

TEST_CASE("arm64: 64 KiB pages") {
    Machine m = arm64_machine({6, 12, 117});
    m.kernel.page_shift = 16;
    m.kernel.section_size_bits = 29;
    m.bank(GiB + 4096, 6 * GiB);
    CHECK(m.run() ==
          "memory 0x40010000-0x1bfffffff node 0\npfn 0x4001 0x1c000 0x1c000\n"
          "DMA 0x10000\nDMA32 0x10000\nNormal 0x1c000\nMovable 0x0\n"
          "NUMA: Faking a node at [mem 0x0000000040010000-0x00000001bfffffff]\n");
}

TEST_CASE("arm64: mem= keeps the first so many bytes of RAM, NOMAP and the kernel image") {
    Machine m = arm64_machine({6, 1, 176});
    m.bank(GiB, GiB);
    m.bank(3 * GiB, GiB);
    m.bank(5 * GiB, 16 * MiB).nomap = true;
    m.board.reserved.push_back({"kernel image", 0xf0000000, 32 * MiB, false, false, {}});
    m.cmdline = "mem=2G mem=1536M";
    CHECK(
        m.run() ==
        "memory 0x40000000-0x7fffffff node 0\nmemory 0xc0000000-0xdfffffff node 0\nmemory 0xf0000000-0xf1ffffff node 0\n"
        "memory 0x140000000-0x140ffffff node 0 nomap\npfn 0x40000 0x141000 0x141000\n"
        "DMA 0x100000\nDMA32 0x100000\nNormal 0x141000\nMovable 0x0\n"
        "Memory limited to 2048MB\nMemory limited to 1536MB\nNUMA: Faking a node at [mem 0x0000000040000000-0x0000000140ffffff]\n");
    m.cmdline = "mem=x";
    CHECK(m.run().find("(effect mem-zero)") != std::string::npos);
}

TEST_CASE("arm64: memory beyond the linear map is removed") {
    Machine m = arm64_machine({6, 1, 176});
    m.kernel.config["ARM64_VA_BITS"] = "39";
    m.bank(2 * GiB, 2 * GiB);
    m.bank(512 * GiB, 16 * GiB);
    CHECK(m.run() ==
          "memory 0x80000000-0xffffffff node 0\npfn 0x80000 0x100000 0x100000\nDMA 0x100000\nDMA32 0x100000\nNormal "
          "0x100000\nMovable 0x0\n"
          "Memory doesn't fit in the linear mapping, VA_BITS too small\nNUMA: Faking a node at [mem "
          "0x0000000080000000-0x00000000ffffffff]\n(effect linear-map-too-small)\n");
}

TEST_CASE("arm64: without NUMA old releases hand over sizes and holes") {
    Machine m = arm64_machine({4, 19, 13});
    m.kernel.numa = m.kernel.have_memblock_node_map = false;
    m.bank(GiB, GiB);
    m.bank(3 * GiB, 3 * GiB);
    const std::string memory =
        "memory 0x40000000-0x7fffffff node 0\nmemory 0xc0000000-0x17fffffff node 0\npfn 0x40000 0x180000 0x180000\n";
    CHECK(m.run() == memory + "DMA32 size 0xc0000 hole 0x40000\nNormal size 0x80000 hole 0x0\nMovable size 0x0 hole 0x0\n");
    m.board.memory.erase(m.board.memory.begin());
    m.board.memory[0] = {};
    m.board.memory[0].base = 4 * GiB;
    m.board.memory[0].size = 2 * GiB;
    CHECK(m.run() ==
          "memory 0x100000000-0x17fffffff node 0\npfn 0x100000 0x180000 0x180000\n"
          "DMA32 size 0x80000 hole 0x0\nNormal size 0x0 hole 0x0\nMovable size 0x0 hole 0x0\n");
    m.kernel.behaviours = behaviours_of({3, 14, 4});
    CHECK(m.run() ==
          "memory 0x100000000-0x17fffffff node 0\npfn 0x100000 0x180000 0x180000\n"
          "DMA32 size 0x0 hole 0x0\nNormal size 0x80000 hole 0x0\nMovable size 0x0 hole 0x0\n");
}

TEST_CASE("arm64: nodes of the device tree, one of them without memory") {
    Machine m = arm64_machine({6, 1, 176});
    m.bank(GiB, GiB).node = 0;
    m.bank(2 * GiB, GiB).node = 2;
    m.board.nodes = {{0, {10, 12, 20}, {0}, {}}, {1, {12, 10, 16}, {1}, {}}, {2, {20, 16, 10}, {2}, {}}};
    CHECK(m.run() ==
          "memory 0x40000000-0x7fffffff node 0\nmemory 0x80000000-0xbfffffff node 2\npfn 0x40000 0xc0000 0xc0000\n"
          "DMA 0xc0000\nDMA32 0xc0000\nNormal 0xc0000\nMovable 0x0\n"
          "nodes 0 1 2 0-0:10 0-1:12 0-2:20 1-0:12 1-1:10 1-2:16 2-0:20 2-1:16 2-2:10\n"
          "NUMA: Initmem setup node 1 [<memory-less node>]\n");
    m.cmdline = "numa=off";
    CHECK(m.run() ==
          "memory 0x40000000-0xbfffffff node 0\npfn 0x40000 0xc0000 0xc0000\nDMA 0xc0000\nDMA32 0xc0000\nNormal 0xc0000\nMovable "
          "0x0\n"
          "NUMA: NUMA disabled\nNUMA: Faking a node at [mem 0x0000000040000000-0x00000000bfffffff]\n");
}

TEST_CASE("arm64: one bank without a node refuses them all") {
    Machine m = arm64_machine({6, 1, 176});
    m.bank(GiB, GiB).node = 0;
    m.bank(2 * GiB, GiB).node = 1;
    m.bank(4 * GiB, GiB);
    const std::string zones = "pfn 0x40000 0x140000 0x140000\nDMA 0x100000\nDMA32 0x100000\nNormal 0x140000\nMovable 0x0\n";
    const std::string memory = "memory 0x40000000-0xbfffffff node 0\nmemory 0x100000000-0x13fffffff node 0\n";
    const std::string faking = "NUMA: Faking a node at [mem 0x0000000040000000-0x000000013fffffff]\n(effect numa-refused)\n";
    CHECK(m.run() ==
          memory + zones + "NUMA: Warning: invalid memblk node 16 [mem 0x0000000100000000-0x000000013fffffff]\n" + faking);
    m.kernel.behaviours = behaviours_of({6, 12, 117});
    CHECK(m.run() == memory + zones + "NUMA: no nodes coverage for 1024MB of 3072MB RAM\n" + faking);
    m.board.memory.pop_back();
    m.board.nodes = {{0, {10, 9}, {}, {}}, {1, {20, 10}, {}, {}}};
    CHECK(m.run().find("OF: NUMA: Invalid distance[node0 -> node1] = 9\n") != std::string::npos);
}

TEST_CASE("arm64: numa=fake= splits memory from 6.12 on") {
    Machine m = arm64_machine({6, 12, 117});
    m.kernel.numa_emu = true;
    m.bank(GiB, 4 * GiB);
    m.cmdline = "numa=fake=2";
    const std::string zones = "pfn 0x40000 0x140000 0x140000\nDMA 0x100000\nDMA32 0x100000\nNormal 0x140000\nMovable 0x0\n";
    const std::string faking = "NUMA: Faking a node at [mem 0x0000000040000000-0x000000013fffffff]\n";
    const std::string emulated =
        "Faking node 0 at [mem 0x0000000040000000-0x00000000bfffffff] (2048MB)\n"
        "Faking node 1 at [mem 0x00000000c0000000-0x000000013fffffff] (2048MB)\n";
    CHECK(m.run() == "memory 0x40000000-0xbfffffff node 0\nmemory 0xc0000000-0x13fffffff node 1\n" + zones +
                         "nodes 0 1 0-0:10 0-1:10 1-0:10 1-1:10\n" + faking + emulated);
    // Once the single node is faked NUMA counts as off, and ACPI's fix-up of emulated nodes gives up.
    m.kernel.config["ACPI_NUMA"] = "y";
    CHECK(m.run() == "memory 0x40000000-0x13fffffff node 0\n" + zones + faking + emulated);
    m.kernel.behaviours = behaviours_of({6, 1, 176});
    CHECK(m.run() == "memory 0x40000000-0x13fffffff node 0\n" + zones + faking + "(effect numa-fake-unsupported)\n");
}

TEST_CASE("arm64: hot-plug marks of the device tree are lost from 6.12 on") {
    Machine m = arm64_machine({6, 1, 176});
    m.bank(GiB, GiB).node = 0;
    MemoryBank& b = m.bank(2 * GiB, GiB);
    b.node = 1;
    b.hotplug = true;
    CHECK(m.run().find("memory 0x80000000-0xbfffffff node 1 hotplug\n") != std::string::npos);
    m.kernel.behaviours = behaviours_of({6, 12, 117});
    CHECK(m.run().find("memory 0x80000000-0xbfffffff node 1\n") != std::string::npos);
}

TEST_CASE("arm64: the initrd is plain memory, whatever its bank was marked as") {
    Machine m = arm64_machine({5, 15, 24});
    m.bank(GiB, GiB).hotplug = true;
    m.board.reserved = {{"initrd", 0x48000000, 0xf1800, false, false, {}}};
    CHECK(
        m.run().starts_with("memory 0x40000000-0x47ffffff node 0 hotplug\nmemory 0x48000000-0x480f1fff node 0\nmemory "
                            "0x480f2000-0x7fffffff node 0 hotplug\n"));
    m.kernel.behaviours = behaviours_of({6, 1, 176});
    CHECK(m.run().starts_with("memory 0x40000000-0x7fffffff node 0 hotplug\n"));
    // mem= takes it out, and it comes back.
    m.cmdline = "mem=64M";
    CHECK(m.run().starts_with("memory 0x40000000-0x43ffffff node 0 hotplug\nmemory 0x48000000-0x480f1fff node 0\n"));
}

TEST_CASE("arm64: no-map memory is removed by old releases and NOMAP in later ones") {
    Machine m = arm64_machine({6, 1, 176});
    m.bank(GiB, GiB);
    m.board.reserved = {{"kernel image", 0x40200000, 16 * MiB, false, false, {}}, {"secure", 0x60000000, 2 * MiB, true, false, {}}};
    CHECK(m.run().starts_with(
        "memory 0x40000000-0x5fffffff node 0\nmemory 0x60000000-0x601fffff node 0 nomap\nmemory 0x60200000-0x7fffffff node 0\n"));
    m.kernel.behaviours = behaviours_of({5, 9, 1});
    CHECK(m.run().starts_with("memory 0x40000000-0x5fffffff node 0\nmemory 0x60200000-0x7fffffff node 0\n"));
}

TEST_CASE("arm64: no memory at all") {
    CHECK(arm64_machine({6, 12, 117}).run() == "panic: no memory is left when the kernel makes its first allocation\n");
}
