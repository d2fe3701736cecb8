// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "arch_machine.h"

using namespace zonecalc;
using namespace zonecalc::test;

namespace {

Machine riscv_machine(Version version, PhysAddr base, u64 size) {
    Machine m(Arch::riscv64, version);
    m.zones({ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable});
    m.bank(base, size);
    return m;
}

}  // namespace

TEST_CASE("riscv: DMA32 ends at 4 GiB or with memory") {
    CHECK(riscv_machine({6, 12, 117}, 2 * GiB, 8 * GiB).run() ==
          "memory 0x80000000-0x27fffffff node 0\npfn 0x80000 0x280000 0x280000\nDMA32 0x100000\nNormal 0x280000\nMovable 0x0\n");
    CHECK(riscv_machine({6, 12, 117}, 2 * GiB, GiB).run() ==
          "memory 0x80000000-0xbfffffff node 0\npfn 0x80000 0xc0000 0xc0000\nDMA32 0xc0000\nNormal 0xc0000\nMovable 0x0\n");
}

TEST_CASE("riscv: up to 6.3 memory below the kernel is not added") {
    // Sipeed Lichee RV Dock with 6.1
    CHECK(riscv_machine({6, 1, 0}, GiB, 512 * MiB).run() ==
          "memory 0x40200000-0x5fffffff node 0\npfn 0x40200 0x60000 0x60000\nDMA32 0x60000\nNormal 0x60000\nMovable 0x0\n"
          "OF: fdt: Ignoring memory range 0x40000000 - 0x40200000\n(assumed kernel-load-address)\n");
}

TEST_CASE("riscv: in 4.19 an address is taken for the last pfn") {
    Machine m = riscv_machine({4, 19, 13}, 2 * GiB, 8 * GiB);
    m.board.phys_offset = 2 * GiB;
    CHECK(m.run() ==
          "memory 0x80000000-0x27fffffff node 0\npfn 0x80000 0x280000 0x280000\nDMA32 0x100000\nNormal 0x280000000\nMovable 0x0\n");
}

TEST_CASE("riscv: mem= exists from 5.13 on, the smallest wins") {
    Machine m = riscv_machine({6, 12, 117}, 2 * GiB, 8 * GiB);
    m.cmdline = "mem=1G mem=3G";
    CHECK(m.run() ==
          "memory 0x80000000-0xbfffffff node 0\npfn 0x80000 0xc0000 0xc0000\nDMA32 0xc0000\nNormal 0xc0000\nMovable 0x0\n"
          "Memory limited to 1024MB\nMemory limited to 1024MB\n");
    m.kernel.behaviours = behaviours_of({5, 10, 0});
    m.board.phys_offset = 2 * GiB;
    CHECK(m.run() ==
          "memory 0x80000000-0x27fffffff node 0\npfn 0x80000 0x280000 0x280000\nDMA32 0x100000\nNormal 0x280000\nMovable 0x0\n"
          "(effect mem-unsupported)\n");
}

TEST_CASE("riscv: memory beyond the linear map of the paging mode is cut") {
    Machine m = riscv_machine({6, 12, 117}, 2 * GiB, 256 * GiB);
    m.kernel.config["PGTABLE_LEVELS"] = "5";
    CHECK(m.run().starts_with("memory 0x80000000-0x407fffffff node 0\n"));
    m.cmdline = "no4lvl";
    CHECK(m.run().starts_with("memory 0x80000000-0x207fffffff node 0\n"));
}
