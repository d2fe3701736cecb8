// SPDX-License-Identifier: MIT
// arm64 with pages of 16 and 64 KiB: by the kernel's rules alone, as no boot of such a kernel was recorded.
#include <doctest/doctest.h>

#include "early_machine.h"

using namespace zonecalc;

namespace {

constexpr std::string_view board_text = R"(schema = 1
[board]
arch = "arm64"
cpus = 2
kernel_base = 0x40200000
initrd = false
[[memory]]
base = 0x40000000
size = "4GiB"
[device_tree]
base = 0x48000000
size = "1MiB"
unflattened = 43708
)";

Kernel kernel_with(std::string_view config) {
    return kernel_of_profile(Source{"large-pages.toml", fmt::format(R"(schema = 1
[kernel]
release = "6.1.0-large-pages"
version = "6.1.176"
arch = "arm64"
like = "6.1-arm64"
[config]
ARM64_4K_PAGES = "n"
{})",
                                                                    config)});
}

constexpr std::string_view pages_64k = R"(ARM64_64K_PAGES = "y"
ARM64_PAGE_SHIFT = 16
PGTABLE_LEVELS = 3
ARCH_FORCE_MAX_ORDER = 14
[const]
VMEMMAP_START = "0xffffffc000000000"
)";
constexpr std::string_view pages_16k = R"(ARM64_16K_PAGES = "y"
ARM64_PAGE_SHIFT = 14
PGTABLE_LEVELS = 4
ARCH_FORCE_MAX_ORDER = 12
[const]
VMEMMAP_START = "0xffffff0000000000"
)";

struct Machine {
    Layout layout;

    explicit Machine(std::string_view config, std::string_view cmdline = "nokaslr") {
        const Board board = parse_board({"board.toml", std::string(board_text)});
        layout = bring_up(board, kernel_with(config), parse_args(cmdline), Until::slub);
    }
    u64 bytes(std::string_view name) const {
        u64 sum = 0;
        for (const MemblockRegion& r : layout.reserved)
            if (r.name == name) sum += r.size;
        return sum;
    }
};

constexpr u64 KiB = 1024;
constexpr u64 MiB = 1024 * KiB;

}  // namespace

TEST_CASE("larger pages make larger blocks, pageblocks and sections") {
    const Kernel k64 = kernel_with(pages_64k);
    CHECK(k64.page_size() == 64 * KiB);
    CHECK(k64.max_order == 13);
    CHECK(k64.pageblock_order == 13);
    CHECK(k64.section_size_bits == 29);
    const Kernel k16 = kernel_with(pages_16k);
    CHECK(k16.page_size() == 16 * KiB);
    CHECK(k16.max_order == 11);
    CHECK(k16.pageblock_order == 11);
    CHECK(k16.section_size_bits == 27);
}

TEST_CASE(
    "with pages of 64 KiB a table of pages maps 512 MiB, and every page "
    "of a memmap is an allocation") {
    const Machine m(pages_64k);
    // The linear map: 8 tables of pages, and one above; the image: one of each; the identity map: one of each.
    CHECK(m.bytes("page tables") == (9 + 2 + 2) * 64 * KiB);
    // 8 sections of 8192 pages.
    CHECK(m.bytes("memmap") == 4 * MiB);
    // The table above is the fixmap's, too.
    CHECK(m.bytes("vmemmap page tables") == 64 * KiB);
    REQUIRE(m.layout.account);
    CHECK(m.layout.account->sum(&MemoryPart::hand_over) == 4096 * MiB);
    CHECK(m.layout.account->sum(&MemoryPart::started) == 4096 * MiB);
}

TEST_CASE(
    "with pages of 16 KiB a table of pages maps 32 MiB, and memmaps lie "
    "in one buffer, whose rest is given back") {
    const Machine m(pages_16k);
    // The linear map: 128 tables of pages and two above; the image: two and two; the identity map: two and two.
    CHECK(m.bytes("page tables") == (130 + 4 + 4) * 16 * KiB);
    // 32 sections of 8192 pages.
    CHECK(m.bytes("memmap") == 16 * MiB);
    CHECK(m.bytes("vmemmap page tables") == 2 * 16 * KiB);
    REQUIRE(m.layout.account);
    CHECK(m.layout.account->sum(&MemoryPart::hand_over) == 4096 * MiB);
}

TEST_CASE("a gigantic page has 16 GiB where pages have 64 KiB") {
    CHECK(Machine(pages_64k, "nokaslr hugepagesz=1G hugepages=1").bytes("gigantic page") == 0);
    CHECK(Machine(pages_16k, "nokaslr hugepagesz=1G hugepages=1").bytes("gigantic page") == 1024 * MiB);
}

TEST_CASE("where vmemmap lies is not taken over from a kernel with pages of 4 KiB") {
    const Machine m(R"(ARM64_64K_PAGES = "y"
ARM64_PAGE_SHIFT = 16
PGTABLE_LEVELS = 3
)");
    CHECK(m.layout.reserved.empty());
}
