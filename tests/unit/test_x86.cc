// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "arch/x86_setup.h"
#include "x86_machine.h"

using namespace zonecalc;
using namespace x86_machine;

namespace {

const std::string pc_2g = "0 9fbff 1\n9fc00 9ffff 2\nf0000 fffff 2\n100000 7ffdffff 1\n7ffe0000 7fffffff 2\nfffc0000 ffffffff 2\n";

// Limits of a PC with 2 GiB on i386, PAE unless said otherwise.
std::string i386(std::string_view words, bool pae = true, bool highmem = true) {
    Kernel k = kernel("6.1.192", Arch::i386);
    k.pae = pae;
    k.highmem = highmem;
    k.zones[static_cast<std::size_t>(ZoneType::HighMem)] = highmem;
    Run run(board(pc_2g, Arch::i386), k, words);
    return run.messages() + run.limits();
}

}  // namespace

TEST_CASE("x86_64: zones end at 16 MiB, 4 GiB and the last pfn") {
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "").limits() == "DMA 0x1000\nDMA32 0x100000\nNormal 0x140000\n");
    CHECK(Run(board(pc_2g), kernel("6.1.192"), "").limits() == "DMA 0x1000\nDMA32 0x7ffe0\nNormal 0x7ffe0\n");
    CHECK(Run(board("0 9fbff 1\n100000 7fffff 1\n"), kernel("6.1.192"), "").limits() == "DMA 0x800\nDMA32 0x800\nNormal 0x800\n");
}

TEST_CASE("x86_64: up to 3.18 the limits of DMA and DMA32 do not end with memory") {
    CHECK(Run(board(pc_2g), kernel("3.14.4"), "").limits() == "DMA 0x1000\nDMA32 0x100000\nNormal 0x7ffe0\n");
}

// Debian 6.1.0-50-686 and -686-pae: these four were recorded.
TEST_CASE("i386: lowmem ends below the areas at the top of the address space") {
    CHECK(i386("") == "DMA 0x1000\nNormal 0x36ffe\nHighMem 0x7ffe0\n");
    CHECK(i386("", false) == "DMA 0x1000\nNormal 0x36bfe\nHighMem 0x7ffe0\n");
    CHECK(i386("vmalloc=256M") == "DMA 0x1000\nNormal 0x2e7fe\nHighMem 0x7ffe0\n");
    CHECK(i386("highmem=512M") == "DMA 0x1000\nNormal 0x36ffe\nHighMem 0x56ffe\n");
}

TEST_CASE("i386: highmem= that does not fit is ignored with a message") {
    CHECK(i386("highmem=1500M") ==
          "only 1167MB highmem pages available, ignoring highmem size of 1500MB!\nDMA 0x1000\nNormal 0x36ffe\nHighMem 0x7ffe0\n");
    Board small = board("0 9fbff 1\n100000 1fffffff 1\n", Arch::i386);
    const Kernel k = kernel("6.1.192", Arch::i386);
    CHECK(Run(small, k, "highmem=128M").limits() == "DMA 0x1000\nNormal 0x18000\nHighMem 0x20000\n");
    CHECK(Run(small, k, "highmem=1G").messages() == "highmem size (1024MB) is bigger than pages available (512MB)!\n");
    CHECK(Run(small, k, "highmem=480M").messages() == "highmem size (480MB) results in <64MB lowmem, ignoring it!\n");
    CHECK(Run(small, k, "highmem=480M").limits() == "DMA 0x1000\nNormal 0x20000\nHighMem 0x20000\n");
}

TEST_CASE("i386: without CONFIG_HIGHMEM memory ends with lowmem") {
    CHECK(i386("", true, false) == "Warning only 883MB will be used.\nUse a HIGHMEM enabled kernel.\nDMA 0x1000\nNormal 0x373fe\n");
}

TEST_CASE("i386: memory above 4 GiB needs PAE and HIGHMEM64G") {
    Board b = board(pc_4g, Arch::i386);
    CHECK(Run(b, kernel("6.1.192", Arch::i386), "").limits() == "DMA 0x1000\nNormal 0x36ffe\nHighMem 0x140000\n");
    Run late(b, kernel("6.18.2", Arch::i386), "");
    CHECK(late.limits() == "DMA 0x1000\nNormal 0x36ffe\nHighMem 0x100000\n");
    CHECK(late.messages() == "Warning: only 4GB will be used. Support for CONFIG_HIGHMEM64G was removed!\n");
    CHECK(late.memory() == "0: 0x1000-0x9efff\n0: 0x100000-0xbffdffff\n");
    Kernel plain = kernel("6.1.192", Arch::i386);
    plain.pae = false;
    CHECK(Run(b, plain, "").memory() == "0: 0x1000-0x9efff\n0: 0x100000-0xbffdffff\n");
}

TEST_CASE("mtrr: RAM above the write-back registers is reserved") {
    Board b = board(pc_4g);
    b.mtrr_default = MtrrType::uncachable;
    b.mtrr = {{0, 2 * GiB, MtrrType::write_back, {}},
              {2 * GiB, GiB, MtrrType::write_back, {}},
              {0xbf000000, 16 * MiB, MtrrType::uncachable, {}}};
    Run run(b, kernel("6.1.192"), "");
    CHECK(run.memory() == "0: 0x1000-0x9efff\n0: 0x100000-0xbeffffff\n");
    CHECK(run.messages().starts_with("WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 1039MB of RAM.\n"));
    CHECK(run.boot.max_pfn == 0xbf000);
    CHECK(Run(b, kernel("6.1.192"), "disable_mtrr_trim").boot.max_pfn == 0x140000);
    b.mtrr_default = MtrrType::write_back;
    CHECK(Run(b, kernel("6.1.192"), "").boot.max_pfn == 0x140000);
    b.mtrr_default = MtrrType::uncachable;
    b.mtrr.push_back({0xd0000000, 256 * MiB, MtrrType::write_combining, {}});
    CHECK(Run(b, kernel("6.1.192"), "").boot.max_pfn == 0x140000);
}

// Debian 6.1 and the builds of 4.19.13 and 5.10.89, one node, pc: recorded.
TEST_CASE("dma_reserve: pages below 16 MiB that are reserved when the zones are made") {
    CHECK(Run(board(pc_4g), kernel("4.19.13"), "").boot.dma_reserve == 21);
    CHECK(Run(board(pc_4g), kernel("5.10.89"), "").boot.dma_reserve == 21);
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "").boot.dma_reserve == 158);
    CHECK(Run(board(pc_4g), kernel("6.12.117"), "").boot.dma_reserve == 0);
    CHECK(Run(board(pc_4g), kernel("4.19.13"), "reservelow=640K").boot.dma_reserve == 158);
    CHECK(Run(board(pc_4g), kernel("5.10.89"), "crashkernel=64M").boot.dma_reserve == 158);
    CHECK(Run(board(pc_4g), kernel("4.19.13"), "crashkernel=64M").boot.dma_reserve == 21);
}

TEST_CASE("dma_reserve: a board that lists low reservations lists all of them") {
    Board b = board(pc_4g);
    b.reserved = {{"low", 0, 0x10000, false, false, {}},
                  {"BIOS", 0x9f000, 0x61000, false, false, {}},
                  {"firmware", 2 * MiB, 4 * MiB, false, false, {}}};
    CHECK(Run(b, kernel("5.10.89"), "").boot.dma_reserve == 15 + 1024);
}

TEST_CASE("words of one architecture do nothing on the other, and say so") {
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "highmem=512M vmalloc=256M").noted("parameter-without-effect"));
    CHECK(Run(board(pc_4g), kernel("6.1.192"), "reservelow=64K").noted("parameter-without-effect"));
}
