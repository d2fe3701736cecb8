// SPDX-License-Identifier: MIT
// Every finding on a board where it fires and on one where it must not.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "input/board_toml.h"
#include "input/library.h"
#include "mm/memory_block.h"
#include "zonecalc/findings.h"

using namespace zonecalc;

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 GiB = u64{1} << 30;

// A machine brought up with a shipped kernel, and what was found.
struct Machine {
    Board board;
    Kernel kernel;
    Cmdline cmdline;
    Layout layout;

    Machine(std::string_view board_text, std::string_view kernel_name, std::string_view words = "",
            const std::function<void(Kernel&)>& change = {})
        : board(parse_board({"board.toml", std::string(board_text)})), kernel(load_kernel(std::string(kernel_name), "")) {
        if (change) change(kernel);
        cmdline = parse_cmdline(words, kernel);
        layout = bring_up(board, kernel, cmdline);
        add_findings(board, kernel, cmdline, layout, [](const FindingInfo& f) { return !f.by_default; });
    }
    const Note* note(std::string_view id) const {
        for (const Note& n : layout.notes)
            if (n.id == id) return &n;
        return nullptr;
    }
    bool has(std::string_view id) const { return note(id) != nullptr; }
    std::string text(std::string_view id) const {
        std::string out;
        for (const Note& n : layout.notes)
            if (n.id == id) out += (out.empty() ? "" : "\n") + n.text;
        return out;
    }
};

std::string banks(std::string_view arch, std::initializer_list<std::string_view> list) {
    std::string out = fmt::format("schema = 1\n[board]\nname = \"b\"\narch = \"{}\"\ncpus = 1\n", arch);
    for (const std::string_view bank : list) out += fmt::format("[[memory]]\n{}\n", bank);
    return out;
}

// A PC as QEMU makes them, with so much memory above 4 GiB; 3 GiB below.
std::string pc(std::string_view arch, u64 high, std::string_view more = "") {
    std::string out = fmt::format(
        "schema = 1\n[board]\nname = \"pc\"\narch = \"{}\"\ncpus = 1\n[[e820]]\nbase = 0x0\nend = 0x9fbff\ntype = \"usable\"\n"
        "[[e820]]\nbase = 0x100000\nend = 0xbffdffff\ntype = \"usable\"\n",
        arch);
    if (high) out += fmt::format("[[e820]]\nbase = 0x100000000\nsize = {}\ntype = \"usable\"\n", high);
    return out + std::string(more);
}

// Two nodes of 4 GiB, the border at 5 GiB.
std::string two_nodes(std::string_view second = "") {
    return pc(
        "x86_64", 5 * GiB,
        fmt::format("[[srat]]\nbase = 0x0\nsize = 0xc0000000\nnode = 0\n[[srat]]\nbase = 0x100000000\nsize = 0x40000000\nnode = "
                    "0\n[[srat]]\nbase = 0x140000000\nsize = 0x100000000\nnode = 1\n{}\n",
                    second));
}

}  // namespace

// -- the table

TEST_CASE("findings: ids are sorted, unique and written alike; none begins as a word of -W does") {
    std::string_view last;
    for (const FindingInfo& f : finding_table()) {
        CAPTURE(f.id);
        CHECK(last < f.id);
        last = f.id;
        CHECK(finding_info(f.id) == &f);
        CHECK(std::all_of(f.id.begin(), f.id.end(),
                          [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }));
        CHECK(!f.id.starts_with("no-"));
        CHECK(!f.id.starts_with("error"));
        CHECK(f.id != "all");
        CHECK(f.id != "help");
        CHECK(!f.what.empty());
        CHECK(f.what.size() <= 56);
        CHECK(is_finding({f.kind, std::string(f.id), ""}));
    }
    CHECK(finding_info("movable") == nullptr);
    CHECK(finding_info("zzz") == nullptr);
    CHECK(!is_finding({Note::Kind::assumption, "x", ""}));
}

TEST_CASE("findings: none that is on request only is found without one") {
    const Board board = parse_board({"board.toml", pc("x86_64", GiB)});
    const Kernel kernel = load_kernel("6.1-x86_64", "");
    const Layout layout = bring_up(board, kernel, parse_cmdline("", kernel));
    for (const Note& n : layout.notes)
        if (is_finding(n)) CHECK(finding_info(n.id)->by_default);
}

// -- memory blocks

TEST_CASE("memory blocks: a section, and more where x86_64 has 64 GiB") {
    Kernel k;
    const auto size = [&k](std::string_view version, u64 end) {
        k.behaviours = behaviours_of(*version_from_string(version));
        const MemoryBlockSize s = memory_block_size_bytes(k, end >> 12);
        return s.bytes == s.bare_metal ? fmt::format("{}", s.bytes / MiB) : fmt::format("{}/{}", s.bytes / MiB, s.bare_metal / MiB);
    };
    k.arch = Arch::x86_64;
    CHECK(size("6.1", 64 * GiB - MiB) == "128");
    // Debian 6.1.0-56-amd64 on a virtual PC whose memory ends at 65 GiB prints 1024MB.
    CHECK(size("6.1", 65 * GiB) == "1024/2048");
    CHECK(size("6.1", 66 * GiB) == "2048");
    CHECK(size("6.1", 65 * GiB + 64 * MiB) == "128/2048");
    CHECK(size("5.4", 65 * GiB) == "1024");
    CHECK(size("4.14", 65 * GiB) == "2048");
    CHECK(size("3.13", 65 * GiB) == "128");
    k.arch = Arch::arm64;
    k.section_size_bits = 30;
    CHECK(size("5.9", 128 * GiB) == "1024");
}

TEST_CASE("movable-blocks-stay: memmap and hashes at the top of ZONE_MOVABLE") {
    const Machine m(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=3584M");
    CHECK(m.text("movable-blocks-stay") ==
          "2 of the 4 memory blocks (128 MiB) of ZONE_MOVABLE can never be taken offline: 1 with memmap (64 MiB), dentry hash (4 "
          "MiB), "
          "inode hash (2 MiB), 22 more; 1 with a hole or memory of another zone");
    REQUIRE(m.has("movable-blocks-stay"));
    CHECK(m.note("movable-blocks-stay")->place.zone == ZoneType::Movable);
    CHECK(m.note("movable-blocks-stay")->place.node == 0);
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64").has("movable-blocks-stay"));
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=3584M", [](Kernel& k) {
               k.config["MEMORY_HOTREMOVE"] = "n";
           }).has("movable-blocks-stay"));
}

TEST_CASE("movable-blocks-stay: node by node, with what holds blocks in all of them") {
    const Machine m(two_nodes(), "6.1-x86_64", "kernelcore=6G");
    CHECK(
        m.text("movable-blocks-stay") ==
        "3 of the 16 memory blocks (128 MiB) of ZONE_MOVABLE can never be taken offline: 2 with memmap (128 MiB), bounce slots "
        "(768 KiB), percpu area (248 KiB), 21 more; 1 with a hole or memory of another zone (2 of 8 in node 0, 1 of 8 in node 1)");
    REQUIRE(m.has("movable-blocks-stay"));
    CHECK(m.note("movable-blocks-stay")->place.node == std::nullopt);
    // A node that is movable as a whole begins with a whole block.
    CHECK(Machine(two_nodes(), "6.1-x86_64", "kernelcore=2G").text("movable-blocks-stay") ==
          "2 of the 40 memory blocks (128 MiB) of ZONE_MOVABLE can never be taken offline: 2 with memmap (128 MiB), bounce slots "
          "(768 KiB), percpu area (248 KiB), 21 more (1 of 8 in node 0, 1 of 32 in node 1)");
}

TEST_CASE("movable-blocks-stay: nothing stays in a node that is hot-pluggable as a whole") {
    std::string board = two_nodes();
    const std::size_t last = board.rfind("node = 1");
    board.insert(last, "flags = [\"hotplug\"]\n");
    const Machine m(board, "6.1-x86_64", "movable_node");
    REQUIRE(m.layout.movable.path == MovablePath::movable_node);
    REQUIRE(m.layout.node(1)->zone(ZoneType::Movable)->present == 4 * GiB / 4096);
    CHECK(!m.has("movable-blocks-stay"));
    CHECK(!m.has("node-without-kernel-memory"));
}

// -- ZONE_MOVABLE and the kernel

TEST_CASE("node-without-kernel-memory: low memory uses kernelcore= up before the second node gets its share") {
    const Machine m(two_nodes(), "6.1-x86_64", "kernelcore=2G");
    CHECK(
        m.text("node-without-kernel-memory") ==
        "node 1: 4 GiB of memory, all of it movable: page tables, slabs and kernel stacks of the CPUs there come from other nodes");
    CHECK(m.note("node-without-kernel-memory")->place.parameter == "kernelcore=2G");
    CHECK(!Machine(two_nodes(), "6.1-x86_64", "kernelcore=6G").has("node-without-kernel-memory"));
    CHECK(!Machine(two_nodes(), "6.1-x86_64").has("node-without-kernel-memory"));
}

TEST_CASE("movable-too-large: more than four to one") {
    const std::string board = banks("arm64", {"base = 0x40000000\nsize = \"1GiB\"", "base = 0x100000000\nsize = \"15GiB\""});
    const Machine m(board, "6.1-arm64", "kernelcore=1G");
    CHECK(m.text("movable-too-large") ==
          "ZONE_MOVABLE has 15 GiB, the kernel 1 GiB (928.0 MiB after early allocations), that is 15:1; page tables alone take 30 "
          "MiB for "
          "every time that processes map all of ZONE_MOVABLE, and memory that is added later a memmap of 16 MiB for each GiB; the "
          "kernel's documentation calls up to 4:1 fine");
    CHECK(m.note("movable-too-large")->remedy == "kernelcore=3277M gives 4:1");
    CHECK(!Machine(board, "6.1-arm64", "kernelcore=3277M").has("movable-too-large"));
    CHECK(!Machine(board, "6.1-arm64").has("movable-too-large"));
}

TEST_CASE("kernelcore-below-lower-zones: memory below the movable zone is the kernel's whatever is asked for") {
    const Machine m(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=1G");
    CHECK(m.text("kernelcore-below-lower-zones") ==
          "kernelcore=1G asks for 1 GiB of kernel memory, and there are 3.0 GiB: movable memory is taken from Normal alone, and "
          "the 3.0 "
          "GiB below it are always the kernel's");
    CHECK(m.note("kernelcore-below-lower-zones")->remedy == "more than 3.0 GiB: anything smaller is the same");
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=3500M").has("kernelcore-below-lower-zones"));
    CHECK(!Machine(pc("x86_64", 0), "6.1-x86_64", "kernelcore=3500M").has("kernelcore-below-lower-zones"));
}

TEST_CASE("movablecore-not-reached: there is less memory in the movable zone") {
    const Machine m(pc("x86_64", GiB), "6.1-x86_64", "movablecore=2G");
    CHECK(m.text("movablecore-not-reached") ==
          "movablecore=2G asks for 2 GiB of movable memory, and there are 1 GiB: movable memory is taken from Normal alone, and "
          "the 3.0 "
          "GiB below it are always the kernel's");
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "movablecore=512M").has("movablecore-not-reached"));
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "movablecore=50%").has("movable-too-large"));
}

// -- parameters

TEST_CASE("core-ignored: amounts beside movable_node or kernelcore=mirror") {
    CHECK(Machine(two_nodes(), "6.1-x86_64", "movable_node kernelcore=2G").text("core-ignored") ==
          "kernelcore=2G does nothing: find_zone_movable_pfns_for_nodes() does not look at amounts where there is movable_node");
    CHECK(Machine(two_nodes(), "6.1-x86_64", "kernelcore=mirror movablecore=10%").text("core-ignored") ==
          "movablecore=10% does nothing: find_zone_movable_pfns_for_nodes() does not look at amounts where there is "
          "kernelcore=mirror");
    CHECK(!Machine(two_nodes(), "6.1-x86_64", "movable_node").has("core-ignored"));
    CHECK(!Machine(two_nodes(), "6.1-x86_64", "kernelcore=mirror").has("core-ignored"));
    CHECK(!Machine(two_nodes(), "6.1-x86_64", "kernelcore=2G").has("core-ignored"));
}

TEST_CASE("movablecore-ignored: kernelcore= asks for more than movablecore= would leave") {
    CHECK(Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=3500M movablecore=1G").has("movablecore-ignored"));
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=1G movablecore=512M").has("movablecore-ignored"));
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=3500M").has("movablecore-ignored"));
}

TEST_CASE("mirror-ignored: since 6.6, without mirrored memory") {
    CHECK(Machine(pc("x86_64", GiB), "6.12-x86_64", "kernelcore=mirror").has("mirror-ignored"));
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=mirror").has("mirror-ignored"));
    CHECK(!Machine(pc("x86_64", GiB, "[[mirror]]\nbase = 0x0\nsize = 0xc0000000\n"), "6.12-x86_64", "kernelcore=mirror")
               .has("mirror-ignored"));
}

TEST_CASE("linear-map-too-small: banks too far apart for arm64 with 39 bits of addresses") {
    const auto small = [](Kernel& k) { k.config["ARM64_VA_BITS"] = "39"; };
    const std::string far = banks("arm64", {"base = 0x80000000\nsize = \"2GiB\"", "base = 0x8080000000\nsize = \"2GiB\""});
    CHECK(Machine(far, "6.1-arm64", "", small).text("linear-map-too-small") ==
          "2048 MiB of RAM are not used: arm64_memblock_init() cuts what the linear map of this kernel cannot hold");
    CHECK(!Machine(far, "6.1-arm64").has("linear-map-too-small"));
}

TEST_CASE("linear-map-too-small: riscv64 whose CPUs have three levels of page tables") {
    const auto far = [](std::string_view mmu) {
        std::string board = banks("riscv64", {"base = 0x80000000\nsize = \"2GiB\"", "base = 0x2080000000\nsize = \"2GiB\""});
        return board.replace(board.find("cpus"), 0, fmt::format("mmu = \"{}\"\n", mmu));
    };
    CHECK(Machine(far("sv39"), "6.12-riscv64").text("linear-map-too-small") ==
          "memory beyond the linear map of 128 GiB is not used");
    CHECK(!Machine(far("sv48"), "6.12-riscv64").has("linear-map-too-small"));
}

TEST_CASE("mem-no-effect: mem= at or above the end") {
    CHECK(Machine(pc("x86_64", GiB), "6.1-x86_64", "mem=5G").text("mem-no-effect") ==
          "mem=5G cuts nothing: memory ends at 0x13fffffff");
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "mem=4G").has("mem-no-effect"));
    const std::string arm64 = banks("arm64", {"base = 0x80000000\nsize = \"2GiB\""});
    CHECK(Machine(arm64, "6.1-arm64", "mem=2G").text("mem-no-effect") == "mem=2G cuts nothing: memory has 2 GiB");
    CHECK(!Machine(arm64, "6.1-arm64", "mem=1G").has("mem-no-effect"));
    CHECK(!Machine(banks("arm", {"base = 0x80000000\nsize = \"512MiB\""}), "6.1-arm", "mem=512M").has("mem-no-effect"));
}

TEST_CASE("size-not-understood: what memparse() leaves over") {
    const auto text = [](std::string_view kernel, std::string_view words) {
        return Machine(pc("x86_64", GiB), kernel, words).text("size-not-understood");
    };
    CHECK(text("6.1-x86_64", "kernelcore=3GB") == "kernelcore=3GB is read as kernelcore=3G (3 GiB): memparse() stops at 'B'");
    CHECK(text("6.1-x86_64", "kernelcore=1.5G") == "kernelcore=1.5G is read as kernelcore=1 (1 B): memparse() stops at '.5G'");
    CHECK(text("6.1-x86_64", "movablecore=20% cma=64M@0-4G mem=8G hugepagesz=1G") == "");
    CHECK(text("6.1-x86_64", "kernelcore=mirror") == "");
    CHECK(text("6.1-x86_64", "mem=nopentium") == "");
}

TEST_CASE("parameter-not-built-in: where the config says so") {
    const auto text = [](std::string_view words, const std::function<void(Kernel&)>& change = {}) {
        return Machine(pc("x86_64", GiB), "6.1-x86_64", words, change).text("parameter-not-built-in");
    };
    CHECK(text("hugepages=16", [](Kernel& k) { k.config["HUGETLB_PAGE"] = "n"; }) ==
          "hugepages=16 does nothing: this kernel is built without CONFIG_HUGETLB_PAGE");
    CHECK(text("hugepages=16 crashkernel=256M mminit_loglevel=4 cma=64M") == "");
}

// -- areas

TEST_CASE("crashkernel-does-not-fit: no such hole in memory") {
    CHECK(Machine(pc("x86_64", 0), "6.1-x86_64", "crashkernel=3G").text("crashkernel-does-not-fit") ==
          "crashkernel=3G: there are no free 3 GiB in one piece, and no memory is reserved for a crash kernel");
    CHECK(Machine(pc("x86_64", 0), "6.1-x86_64", "crashkernel=64M@16M").text("crashkernel-does-not-fit") ==
          "crashkernel=64M@16M: 64 MiB there are not free, and no memory is reserved for a crash kernel");
    CHECK(!Machine(pc("x86_64", 0), "6.1-x86_64", "crashkernel=256M").has("crashkernel-does-not-fit"));
    CHECK(!Machine(pc("x86_64", 0), "6.1-x86_64", "crashkernel=1G-:3G").has("crashkernel-does-not-fit"));  // as much as there is
    CHECK(Machine(pc("x86_64", 0), "6.1-x86_64", "crashkernel=1G-:3050M").has("crashkernel-does-not-fit"));
    CHECK(!Machine(pc("x86_64", 0), "6.1-x86_64", "crashkernel=1G-2G:3050M").has("crashkernel-does-not-fit"));
    CHECK(!Machine(pc("x86_64", 0), "6.1-x86_64", "crashkernel=3G,low").has("crashkernel-does-not-fit"));
    CHECK(!Machine(pc("x86_64", 0), "6.1-x86_64").has("crashkernel-does-not-fit"));
}

TEST_CASE("cma-does-not-fit, cma-rounded: of an arm64 board") {
    const std::string board = banks("arm64", {"base = 0x80000000\nsize = \"1GiB\""});
    const auto cma = [](Kernel& k) {
        k.config["CMA"] = k.config["DMA_CMA"] = "y";
        k.config["CMA_SIZE_MBYTES"] = "16";
    };
    CHECK(Machine(board, "6.1-arm64", "cma=1G", cma).has("cma-does-not-fit"));
    CHECK(!Machine(board, "6.1-arm64", "cma=256M", cma).has("cma-does-not-fit"));
    CHECK(!Machine(board, "6.1-arm64", "cma=0", cma).has("cma-does-not-fit"));
    CHECK(Machine(board, "6.1-arm64", "cma=257M", cma).text("cma-rounded") ==
          "cma=257M takes 258 MiB: an area is a multiple of 2 MiB");
    CHECK(!Machine(board, "6.1-arm64", "cma=256M", cma).has("cma-rounded"));
}

TEST_CASE("cma-crosses-zones: an area over the border of DMA32 and Normal") {
    const auto board = [](std::string_view base) {
        return banks("arm64", {"base = 0x80000000\nsize = \"4GiB\""}) +
               fmt::format("[[reserved]]\nname = \"pool\"\nbase = {}\nsize = \"64MiB\"\nflags = [\"cma\"]\n", base);
    };
    const auto cma = [](Kernel& k) { k.config["CMA"] = k.config["DMA_CMA"] = "y"; };
    CHECK(Machine(board("0xfe000000"), "6.1-arm64", "", cma).text("cma-crosses-zones") ==
          "CMA area \"pool\" (64 MiB) lies in DMA of node 0 and Normal of node 0: cma_activate_area() gives it up, and its memory "
          "is free "
          "as any other");
    CHECK(!Machine(board("0xf0000000"), "6.1-arm64", "", cma).has("cma-crosses-zones"));
}

TEST_CASE("swiotlb-does-not-fit: no room below 4 GiB") {
    const std::string board = pc("x86_64", GiB);
    const Machine halved(board, "6.1-x86_64", "swiotlb=2097152");
    CHECK(halved.text("swiotlb-does-not-fit") ==
          "swiotlb_init() finds no 4194304 KiB for bounce buffers in one piece below 0xffffffff: it makes do with 2097152 KiB, and "
          "transfers of devices that do not reach all memory fail");
    CHECK(halved.note("swiotlb-does-not-fit")->place.parameter == "swiotlb=2097152");
    // Earlier releases do not try a smaller one.
    CHECK(Machine(board, "5.10-x86_64", "swiotlb=2097152").text("swiotlb-does-not-fit") ==
          "swiotlb_init() finds no 4194304 KiB for bounce buffers in one piece below 0xffffffff: there are none, and transfers of "
          "devices that do not reach all memory fail");
    CHECK(!Machine(board, "6.1-x86_64").has("swiotlb-does-not-fit"));
    CHECK(!Machine(board, "6.1-x86_64", "swiotlb=2097152,noforce").has("swiotlb-does-not-fit"));
    // All memory is below 4 GiB: no buffers are wanted.
    CHECK(!Machine(pc("x86_64", 0), "6.1-x86_64", "swiotlb=2097152").has("swiotlb-does-not-fit"));
}

TEST_CASE("kaslr-in-movable: the image of x86_64 lies anywhere but in hot-pluggable memory") {
    CHECK(Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=3584M").text("kaslr-in-movable") ==
          "KASLR puts the kernel image anywhere in 4.0 GiB, 508 MiB of which are ZONE_MOVABLE: in a boot in which it lies there up "
          "to "
          "2 memory blocks (128 MiB) more can never be taken offline");
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=3584M nokaslr").has("kaslr-in-movable"));
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64").has("kaslr-in-movable"));
    // Not built for it, or so old that it stays in the first GiB.
    CHECK(!Machine(pc("x86_64", GiB), "5.10-x86_64", "kernelcore=3584M").has("kaslr-in-movable"));
    const auto random = [](Kernel& k) { k.config["RANDOMIZE_BASE"] = "y"; };
    CHECK(Machine(pc("x86_64", GiB), "5.10-x86_64", "kernelcore=3584M", random).has("kaslr-in-movable"));
    const auto near = [](Kernel& k) { k.behaviours.kaslr_anywhere = false; };
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64", "kernelcore=3584M", near).has("kaslr-in-movable"));
    const std::string mirror = "[[mirror]]\nbase = 0x0\nsize = \"1GiB\"\n";
    CHECK(!Machine(pc("x86_64", GiB, mirror), "6.1-x86_64", "kernelcore=3584M").has("kaslr-in-movable"));

    std::string board = two_nodes();
    board.insert(board.rfind("node = 1"), "flags = [\"hotplug\"]\n");
    CHECK(!Machine(board, "6.1-x86_64", "movable_node").has("kaslr-in-movable"));
    // With an amount instead, what is hot-pluggable is still left out: 1 GiB of the first node is movable.
    CHECK(Machine(board, "6.1-x86_64", "kernelcore=2G").text("kaslr-in-movable").find("anywhere in 4.0 GiB, 1 GiB of which") !=
          std::string::npos);
    CHECK(Machine(board, "4.19-x86_64", "movable_node", random).text("kaslr-in-movable") ==
          "KASLR puts the kernel image anywhere in 8.0 GiB, 4 GiB of which are ZONE_MOVABLE: a node that it hits counts as the "
          "kernel's, and has no ZONE_MOVABLE in that boot");
}

TEST_CASE("hugepages-not-had: more than there is") {
    const auto text = [](std::string_view words, bool gb_pages = true) {
        std::string board = pc("x86_64", GiB);
        if (gb_pages) board.replace(board.find("cpus = 1"), 8, "cpus = 1\ngb_pages = true");
        return Machine(board, "6.1-x86_64", words).text("hugepages-not-had");
    };
    CHECK(text("hugepages=3000").starts_with("hugepages=3000 asks for 3000 pages of 2 MiB: the page allocator has 3.8 GiB in all"));
    CHECK(text("hugepages=1000") == "");
    CHECK(text("hugepagesz=1G hugepages=8") ==
          "hugepages=8: 1 of 8 pages of 1 GiB can be had; alloc_bootmem_huge_page() needs free memory on borders of 1 GiB");
    CHECK(text("hugepagesz=1G hugepages=1") == "");
    CHECK(text("hugepagesz=1G hugepages=1", false) ==
          "hugepages=1: none can be had: the board does not say that its CPUs have pages of 1 GiB (gb_pages)");
}

// -- memory that is not used

TEST_CASE("lowmem-limit: without highmem") {
    const auto no_highmem = [](Kernel& k) {
        k.highmem = false;
        k.zones[static_cast<std::size_t>(ZoneType::HighMem)] = false;
    };
    const std::string board = banks("arm", {"base = 0x80000000\nsize = \"1GiB\""});
    CHECK(
        Machine(board, "6.1-arm", "", no_highmem).text("lowmem-limit") ==
        "256 MiB of RAM from 0xb0000000 on are not used: this kernel has no highmem, and adjust_lowmem_bounds() ends lowmem there");
    CHECK(!Machine(board, "6.1-arm").has("lowmem-limit"));
    CHECK(!Machine(banks("arm", {"base = 0x80000000\nsize = \"512MiB\""}), "6.1-arm", "", no_highmem).has("lowmem-limit"));
    CHECK(Machine(pc("i386", 0), "6.1-i386", "", no_highmem).has("lowmem-limit"));
    CHECK(!Machine(pc("i386", 0), "6.1-i386").has("lowmem-limit"));
}

TEST_CASE("memory-above-4g: 32-bit addresses") {
    CHECK(Machine(pc("i386", GiB), "6.1-i386").text("memory-above-4g") ==
          "1 GiB of RAM above 4 GiB are not used: physical addresses of this kernel have 32 bits");
    CHECK(!Machine(pc("i386", GiB), "6.1-i386-pae").has("memory-above-4g"));
    CHECK(!Machine(pc("i386", 0), "6.1-i386").has("memory-above-4g"));
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64").has("memory-above-4g"));
}

TEST_CASE("memory-beyond-physmem: what four levels of page tables do not reach, five do") {
    const std::string far = pc("x86_64", GiB, "[[e820]]\nbase = 0x400000000000\nsize = \"1GiB\"\ntype = \"usable\"\n");
    const std::string five = std::string(far).replace(far.find("cpus"), 0, "la57 = true\n");
    constexpr std::string_view lost = "1 GiB of RAM from 0x400000000000 on are not used: MAX_PHYSMEM_BITS of this kernel is 46";
    const auto end = [](const Machine& m) { return m.layout.nodes.front().zone(ZoneType::Normal)->end_pfn() * 4096; };
    const Machine four(far, "6.1-x86_64");
    CHECK(four.text("memory-beyond-physmem") == lost);
    CHECK(four.note("memory-beyond-physmem")->place.range == PhysRange{u64{1} << 46, (u64{1} << 46) + GiB});
    CHECK(end(four) == 5 * GiB);
    // Nor does what lies beyond become free: __free_memory_core() ends at max_low_pfn.
    const Machine whole(far, "5.15-x86_64");
    for (const Zone& z : whole.layout.nodes.front().zones) CHECK(z.managed.value_or(0) <= z.present);

    const Machine m(five, "6.1-x86_64");
    CHECK(!m.has("memory-beyond-physmem"));
    CHECK(end(m) == (u64{1} << 46) + GiB);
    // Not every kernel is built for it, and users may have it otherwise.
    CHECK(Machine(five, "5.15-x86_64").text("memory-beyond-physmem") == lost);
    CHECK(Machine(five, "6.1-x86_64", "no5lvl").text("memory-beyond-physmem") == lost);
    CHECK(!Machine(five, "6.18-x86_64").has("memory-beyond-physmem"));
    CHECK(!Machine(pc("x86_64", GiB), "6.1-x86_64").has("memory-beyond-physmem"));
}

TEST_CASE("memory-below-phys-offset: an arm kernel that was loaded high") {
    const std::string board = banks("arm", {"base = 0x80000000\nsize = \"512MiB\""});
    CHECK(!Machine(board, "6.1-arm").has("memory-below-phys-offset"));
    std::string high = board;
    high.insert(high.find("cpus"), "phys_offset = 0x81000000\n");
    CHECK(Machine(high, "6.1-arm").text("memory-below-phys-offset") ==
          "16 MiB of RAM below 0x81000000 are not used: memory begins at PHYS_OFFSET, which follows from where the kernel was "
          "loaded");
}

TEST_CASE("riscv-memory-below-kernel: up to 6.3") {
    const std::string board = banks("riscv64", {"base = 0x80000000\nsize = \"1GiB\""});
    const auto older = [](Kernel& k) {
        k.version = {6, 1, 0};
        k.behaviours = behaviours_of(k.version);
    };
    CHECK(Machine(board, "6.12-riscv64", "", older).has("riscv-memory-below-kernel"));
    CHECK(!Machine(board, "6.12-riscv64").has("riscv-memory-below-kernel"));
    CHECK(!Machine(board, "6.12-riscv64").has("riscv-normal-limit"));
    CHECK(Machine(board, "6.12-riscv64", "", [](Kernel& k) {
              k.version = {4, 19, 13};
              k.behaviours = behaviours_of(k.version);
          }).has("riscv-normal-limit"));
}

TEST_CASE("memory-lost-to-alignment, memmap-of-holes: on request") {
    const Machine m(banks("arm64", {"base = 0x80000000\nsize = 0x3fff0800"}), "6.1-arm64");
    CHECK(m.text("memory-lost-to-alignment") == "2 KiB of RAM are not used: banks begin or end inside a page of 4 KiB");
    CHECK(!Machine(banks("arm64", {"base = 0x80000000\nsize = \"1GiB\""}), "6.1-arm64").has("memory-lost-to-alignment"));
    const Machine holes(banks("arm64", {"base = 0x80000000\nsize = \"64MiB\"", "base = 0xc0000000\nsize = \"512MiB\""}),
                        "6.1-arm64");
    CHECK(holes.text("memmap-of-holes") ==
          "1 MiB of memmap stand for holes: sparse_init() makes struct pages for whole sections of 128 MiB, and 64 MiB of their "
          "memory are "
          "not there");
    CHECK(!Machine(banks("arm64", {"base = 0x80000000\nsize = \"1GiB\""}), "6.1-arm64").has("memmap-of-holes"));
}
