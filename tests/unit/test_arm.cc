// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "arch_machine.h"

using namespace zonecalc;
using namespace zonecalc::test;

namespace {

Machine arm_machine(Version version) {
    Machine m(Arch::arm, version);
    m.kernel.page_offset = 0xc0000000;
    m.kernel.highmem = true;
    m.kernel.have_memblock_node_map = version >= Version{5, 8, 0};
    m.zones({ZoneType::Normal, ZoneType::HighMem, ZoneType::Movable});
    return m;
}

Machine arm_with(Version version, PhysAddr base, u64 size, std::string cmdline = {}) {
    Machine m = arm_machine(version);
    m.bank(base, size);
    m.cmdline = std::move(cmdline);
    return m;
}

}  // namespace

TEST_CASE("arm: lowmem ends 760 MiB above PHYS_OFFSET in 3.14") {
    CHECK(arm_with({3, 14, 4}, 0x20000000, 2 * GiB).run() ==
          "memory 0x20000000-0x9fffffff node 0\n"
          "pfn 0x20000 0x4f800 0xa0000\n"
          "Normal size 0x2f800 hole 0x0\n"
          "HighMem size 0x50800 hole 0x0\n"
          "Movable size 0x0 hole 0x0\n");
}

TEST_CASE("arm: lowmem ends 768 MiB above PHYS_OFFSET from 4.3 on") {
    CHECK(arm_with({6, 1, 176}, 0x40000000, 2 * GiB).run() ==
          "memory 0x40000000-0xbfffffff node 0\n"
          "pfn 0x40000 0x70000 0xc0000\n"
          "Normal 0x70000\n"
          "HighMem 0xc0000\n"
          "Movable 0x0\n");
}

TEST_CASE("arm: vmalloc= holds the gap of 8 MiB before 5.13 and adds it later") {
    CHECK(arm_with({5, 12, 0}, 0x80000000, GiB, "vmalloc=400M").run() ==
          "memory 0x80000000-0xbfffffff node 0\npfn 0x80000 0xa6800 0xc0000\nNormal 0xa6800\nHighMem 0xc0000\nMovable 0x0\n");
    CHECK(arm_with({5, 13, 0}, 0x80000000, GiB, "vmalloc=400M").run() ==
          "memory 0x80000000-0xbfffffff node 0\npfn 0x80000 0xa6000 0xc0000\nNormal 0xa6000\nHighMem 0xc0000\nMovable 0x0\n");
}

TEST_CASE("arm: vmalloc= stays within its limits, each release in its words") {
    const std::string memory =
        "memory 0x80000000-0x8fffffff node 0\npfn 0x80000 0x90000 0x90000\nNormal 0x90000\nHighMem 0x90000\nMovable 0x0\n";
    CHECK(arm_with({5, 9, 0}, 0x80000000, 256 * MiB, "vmalloc=1M").run() == memory + "vmalloc area too small, limiting to 16MB\n");
    CHECK(arm_with({6, 1, 0}, 0x80000000, 256 * MiB, "vmalloc=1M").run() ==
          memory + "vmalloc area is too small, limiting to 16MiB\n");
    // 4 GiB does not fit an unsigned long.
    CHECK(arm_with({6, 1, 0}, 0x80000000, 256 * MiB, "vmalloc=4G").run() ==
          memory + "vmalloc area is too small, limiting to 16MiB\n");
    const std::string cut =
        "memory 0x80000000-0x8fffffff node 0\npfn 0x80000 0x82000 0x90000\nNormal 0x82000\nHighMem 0x90000\nMovable 0x0\n";
    CHECK(arm_with({5, 9, 0}, 0x80000000, 256 * MiB, "vmalloc=3G").run() == cut + "vmalloc area is too big, limiting to 984MB\n");
    CHECK(arm_with({6, 1, 0}, 0x80000000, 256 * MiB, "vmalloc=3G").run() == cut + "vmalloc area is too big, limiting to 976MiB\n");
    CHECK(arm_with({6, 1, 0}, 0x80000000, 256 * MiB, "vmalloc").run() ==
          "memory 0x80000000-0x8fffffff node 0\npanic: vmalloc without a value: memparse() reads through a null pointer\n");
}

TEST_CASE("arm: the first mem= drops firmware's banks, each adds one") {
    CHECK(arm_with({6, 1, 0}, 0x40000000, GiB, "mem=256M mem=64M@0x60000000").run() ==
          "memory 0x40000000-0x4fffffff node 0\nmemory 0x60000000-0x63ffffff node 0\n"
          "pfn 0x40000 0x64000 0x64000\nNormal 0x64000\nHighMem 0x64000\nMovable 0x0\n");
    CHECK(arm_with({3, 14, 4}, 0x40000000, GiB, "mem=64M@0x60000000 mem=256M").run() ==
          "memory 0x40000000-0x4fffffff node 0\nmemory 0x60000000-0x63ffffff node 0\n"
          "pfn 0x40000 0x64000 0x64000\nNormal size 0x24000 hole 0x10000\nHighMem size 0x0 hole 0x0\nMovable size 0x0 hole 0x0\n");
    CHECK(arm_with({6, 1, 0}, 0x40000000, GiB, "mem=512M@0x30000000").run() ==
          "memory 0x40000000-0x4fffffff node 0\npfn 0x40000 0x50000 0x50000\nNormal 0x50000\nHighMem 0x50000\nMovable 0x0\n"
          "Ignoring memory below PHYS_OFFSET: 0x30000000-0x40000000\n");
    CHECK(arm_with({6, 1, 0}, 0x40000000, GiB, "mem=nothing").run() ==
          "panic: no memory is left when the kernel makes its first allocation\n");
}

TEST_CASE("arm: memory that is not aligned to 2 MiB stays in lowmem") {
    // Debian 6.1.0-50-armmp-lpae, a device tree with holes: the second bank ends at an odd MiB.
    Machine m = arm_with({6, 1, 176}, 0x40000000, 256 * MiB);
    m.bank(0x54000000, 159 * MiB);
    m.bank(0x68000000, 384 * MiB);
    CHECK(m.run() ==
          "memory 0x40000000-0x4fffffff node 0\nmemory 0x54000000-0x5defffff node 0\nmemory 0x68000000-0x7fffffff node 0\n"
          "pfn 0x40000 0x70000 0x80000\nNormal 0x70000\nHighMem 0x80000\nMovable 0x0\n");
    CHECK(arm_with({3, 14, 4}, 0x40000000, 256 * MiB + MiB).run() ==
          "memory 0x40000000-0x500fffff node 0\npfn 0x40000 0x50100 0x50100\n"
          "Normal size 0x10100 hole 0x0\nHighMem size 0x0 hole 0x0\nMovable size 0x0 hole 0x0\n");
}

TEST_CASE("arm: a head that is not aligned to 2 MiB becomes NOMAP from 5.4 on") {
    Machine m = arm_with({6, 1, 0}, 0x40100000, 255 * MiB);
    m.board.phys_offset = 0x40000000;
    const std::string zones = "pfn 0x40100 0x50000 0x50000\nNormal 0x50000\nHighMem 0x50000\nMovable 0x0\n";
    CHECK(m.run() == "memory 0x40100000-0x401fffff node 0 nomap\nmemory 0x40200000-0x4fffffff node 0\n" + zones);
    m.kernel.behaviours = behaviours_of({4, 19, 0});
    CHECK(m.run() == "memory 0x40100000-0x4fffffff node 0\n" + zones);
}

TEST_CASE("arm: without HIGHMEM what lies above lowmem is lost") {
    Machine m = arm_with({6, 1, 0}, 0x40000000, GiB);
    m.kernel.highmem = false;
    m.kernel.zones = {};
    m.zones({ZoneType::Normal, ZoneType::Movable});
    CHECK(m.run() ==
          "memory 0x40000000-0x6fffffff node 0\npfn 0x40000 0x70000 0x70000\nNormal 0x70000\nMovable 0x0\n"
          "Ignoring RAM at 0x70000000-0x80000000\nConsider using a HIGHMEM enabled kernel.\n");
    m.kernel.version = {3, 14, 4};
    m.kernel.behaviours = behaviours_of(m.kernel.version);
    m.kernel.have_memblock_node_map = false;
    CHECK(m.run() ==
          "memory 0x40000000-0x6f7fffff node 0\npfn 0x40000 0x6f800 0x6f800\nNormal size 0x2f800 hole 0x0\nMovable size 0x0 hole "
          "0x0\n"
          "Truncating RAM at 40000000-7fffffff to -6f7fffff (vmalloc region overlap).\n");
}

TEST_CASE("arm: without LPAE memory ends a page below 4 GiB") {
    // Debian 6.1.0-50-armmp, virt with 3 GiB; 3.14.4, virt with 3 GiB
    CHECK(arm_with({6, 1, 176}, 0x40000000, 3 * GiB).run() ==
          "memory 0x40000000-0xfffffffe node 0\npfn 0x40000 0x70000 0xfffff\nNormal 0x70000\nHighMem 0xfffff\nMovable 0x0\n");
    CHECK(arm_with({3, 14, 4}, 0x40000000, 3 * GiB).run() ==
          "memory 0x40000000-0xffffefff node 0\npfn 0x40000 0x6f800 0xfffff\n"
          "Normal size 0x2f800 hole 0x0\nHighMem size 0x907ff hole 0x0\nMovable size 0x0 hole 0x0\n"
          "Truncating memory at 0x40000000 to fit in 32-bit physical address space\n");
    Machine lpae = arm_with({6, 1, 176}, 0x40000000, 6 * GiB);
    lpae.kernel.pae = true;
    CHECK(lpae.run() ==
          "memory 0x40000000-0x1bfffffff node 0\npfn 0x40000 0x70000 0x1c0000\nNormal 0x70000\nHighMem 0x1c0000\nMovable 0x0\n");
}

TEST_CASE("arm: a machine's DMA zone is a page short from 5.8 on") {
    Machine m = arm_with({6, 1, 176}, 0, 2 * GiB);
    m.zones({ZoneType::DMA});
    m.board.dma_zone_size = 512 * MiB;
    CHECK(m.run() ==
          "memory 0x0-0x7fffffff node 0\npfn 0x0 0x30000 0x80000\nDMA 0x1ffff\nNormal 0x30000\nHighMem 0x80000\nMovable 0x0\n"
          "(kernel bug arm-dma-one-page-short)\n");
    constexpr std::string_view all_of_lowmem =
        "memory 0x0-0x7fffffff node 0\npfn 0x0 0x30000 0x80000\nDMA 0x30000\nNormal 0x30000\nHighMem 0x80000\nMovable 0x0\n";
    m.board.dma_zone_size = 0;
    CHECK(m.run() == all_of_lowmem);
    m.board.dma_zone_size.reset();
    CHECK(m.run() == std::string(all_of_lowmem) + "(assumed dma-zone-size)\n");
}

TEST_CASE("arm: up to 5.7 all holes of lowmem are booked on Normal where a DMA zone is split off") {
    Machine m = arm_with({4, 19, 13}, 0, 256 * MiB);
    m.bank(512 * MiB, 256 * MiB);
    m.zones({ZoneType::DMA});
    m.board.dma_zone_size = 384 * MiB;
    CHECK(m.run() ==
          "memory 0x0-0xfffffff node 0\nmemory 0x20000000-0x2fffffff node 0\npfn 0x0 0x30000 0x30000\n"
          "DMA size 0x18000 hole 0x0\nNormal size 0x18000 hole 0x10000\nHighMem size 0x0 hole 0x0\nMovable size 0x0 hole 0x0\n"
          "(kernel bug arm-dma-holes)\n");
}

TEST_CASE("arm: banks beyond the table of 3.14 are dropped") {
    Machine m = arm_machine({3, 14, 4});
    for (u64 i = 0; i < 9; ++i) m.bank(0x40000000 + 2 * i * MiB, MiB);
    const std::string out = m.run();
    CHECK(out.find("memory 0x4e000000") == std::string::npos);
    CHECK(out.find("NR_BANKS too low, ignoring memory at 0x41000000\n") != std::string::npos);
}

TEST_CASE("arm: PHYS_OFFSET is assumed where memory starts at an odd place") {
    CHECK(arm_with({6, 1, 0}, 0x80200000, GiB).run() ==
          "memory 0x80200000-0xc01fffff node 0\npfn 0x80200 0xb0200 0xc0200\nNormal 0xb0200\nHighMem 0xc0200\nMovable 0x0\n"
          "(assumed phys-offset)\n");
}

TEST_CASE("arm: words of other architectures are named") {
    CHECK(arm_with({6, 1, 0}, 0x40000000, 256 * MiB, "memmap=64M$0x50000000 numa=off").run() ==
          "memory 0x40000000-0x4fffffff node 0\npfn 0x40000 0x50000 0x50000\nNormal 0x50000\nHighMem 0x50000\nMovable 0x0\n"
          "(effect parameter-of-another-architecture)\n(effect numa-unsupported)\n");
}
