// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <fmt/format.h>
#include <libfdt.h>

#include "input/board_toml.h"
#include "input/dtb_board.h"
#include "input/dtb_cpus.h"
#include "input/dtb_dma.h"
#include "input/library.h"
#include "refusal.h"
#include "report/board_writer.h"

using namespace zonecalc;

namespace {

// A blob, written node by node. Values are cells or strings.
class Blob {
public:
    Blob() : bytes_(64 * 1024, '\0') { CHECK(fdt_create(bytes_.data(), static_cast<int>(bytes_.size())) == 0); }
    Blob& reserve(u64 base, u64 size) {
        CHECK(fdt_add_reservemap_entry(bytes_.data(), base, size) == 0);
        return *this;
    }
    Blob& begin(const char* name = "") {
        if (!begun_) CHECK(fdt_finish_reservemap(bytes_.data()) == 0);
        begun_ = true;
        CHECK(fdt_begin_node(bytes_.data(), name) == 0);
        return *this;
    }
    Blob& end() {
        CHECK(fdt_end_node(bytes_.data()) == 0);
        return *this;
    }
    Blob& flag(const char* name) { return raw(name, {}); }
    Blob& text(const char* name, const std::string& value) { return raw(name, value + '\0'); }
    Blob& cells(const char* name, std::initializer_list<u32> values) {
        std::string bytes;
        for (const u32 v : values)
            for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(v >> shift);
        return raw(name, bytes);
    }
    Blob& raw(const char* name, const std::string& value) {
        CHECK(fdt_property(bytes_.data(), name, value.data(), static_cast<int>(value.size())) == 0);
        return *this;
    }
    Source source() {
        CHECK(fdt_finish(bytes_.data()) == 0);
        bytes_.resize(fdt_totalsize(bytes_.data()));
        return {"board.dtb", bytes_};
    }

private:
    std::string bytes_;
    bool begun_ = false;
};

// A root with two cells each, its end still open.
Blob machine() {
    Blob b;
    b.begin().cells("#address-cells", {2}).cells("#size-cells", {2}).text("model", "Test machine");
    return b;
}

Blob& memory(Blob& b, u32 base, u32 size, const char* name = "memory") {
    return b.begin(name).text("device_type", "memory").cells("reg", {0, base, 0, size});
}

DtbBoard board_of(const Source& source, const std::string& kernel = "6.1-arm64") {
    return board_from_dtb(parse_dtb(source), load_kernel(kernel));
}

std::string refused(const Source& source) {
    return refusal([&] { parse_dtb(source); });
}

void put32(std::string& text, std::size_t at, u32 value) {
    for (int i = 0; i < 4; ++i) text[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (24 - 8 * i));
}

std::vector<Source> recorded_trees() {
    std::vector<Source> list;
    for (const auto& entry : std::filesystem::directory_iterator(TRUTH_DIRECTORY "/../trees")) {
        std::ifstream in(entry.path(), std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        list.push_back({entry.path().filename().string(), text.str()});
    }
    std::sort(list.begin(), list.end(), [](const Source& a, const Source& b) { return a.name < b.name; });
    return list;
}

}  // namespace

TEST_CASE("a device tree becomes a board") {
    Blob b;
    b.reserve(0x40000000, 0x1000).begin().cells("#address-cells", {2}).cells("#size-cells", {2}).text("model", "Test machine");
    b.begin("aliases").text("serial0", "/soc/uart@1000").text("mmc", "/soc").text("spi7", "/nowhere").end();
    b.begin("chosen").text("bootargs", "console=ttyS0 kernelcore=1G");
    b.cells("linux,initrd-start", {0, 0x48000000}).cells("linux,initrd-end", {0x48123456}).raw("rng-seed", "12345678").end();
    b.begin("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
    b.begin("cpu@0").text("device_type", "cpu").text("compatible", "arm,cortex-a53").cells("numa-node-id", {0}).end();
    b.begin("cpu@1").text("device_type", "cpu").text("status", "disabled").cells("numa-node-id", {1}).end();
    b.begin("cpu@2").text("device_type", "cpu").text("status", "fail-burnt").end();
    b.begin("cpu-map").end().end();
    b.begin("distance-map").text("compatible", "numa-distance-map-v1");
    b.cells("distance-matrix", {0, 0, 10, 0, 1, 30, 1, 1, 10}).end();
    b.begin("memory@40000000").text("device_type", "memory").cells("numa-node-id", {0});
    b.cells("reg", {0, 0x40000000, 0, 0x40000000, 0, 0x90000000, 0, 0}).end();
    b.begin("memory@100000000").text("device_type", "memory").cells("numa-node-id", {1}).flag("hotpluggable");
    b.cells("reg", {1, 0, 0, 0x80000000}).cells("linux,usable-memory", {1, 0, 0, 0x40000000}).end();
    b.begin("reserved-memory").cells("#address-cells", {2}).cells("#size-cells", {2}).flag("ranges");
    b.begin("secmon@41000000").cells("reg", {0, 0x41000000, 0, 0x200000, 0, 0x42000000, 0, 0x1000}).flag("no-map").end();
    b.begin("off@43000000").cells("reg", {0, 0x43000000, 0, 0x200000}).text("status", "disabled").end();
    b.begin("linux,cma").text("compatible", "shared-dma-pool").flag("reusable").flag("linux,cma-default");
    b.cells("size", {0, 0x4000000}).cells("alignment", {0, 0x400000}).cells("alloc-ranges", {0, 0x40000000, 0, 0x20000000}).end();
    b.end();
    b.begin("soc").cells("#address-cells", {2}).cells("#size-cells", {2}).cells("dma-ranges", {0, 0, 0, 0, 0, 0xc0000000});
    b.begin("uart@1000").end().end().end();
    const Source source = b.source();
    const DtbBoard made = board_of(source);
    CHECK(made.assumed == std::vector<std::string>{});
    CHECK(board_toml(made.board) == R"toml(schema = 1

[board]
name = "Test machine"
arch = "arm64"
cpus = 2
cmdline = "console=ttyS0 kernelcore=1G"
dma_limit = 0xc0000000

[device_tree]
size = )toml" + fmt::format("0x{:x}", source.text.size()) +
                                        R"toml(
nodes = 17
properties = 62
name_bytes = 365
path_bytes = 477
aliases = ["serial0"]

[[memory]]
base = 0x40000000
size = "1GiB"
node = 0

[[memory]]
base = 0x100000000
size = "1GiB"
node = 1
flags = ["hotplug"]

[[node]]
id = 0
distance = [10, 30]
cpus = [0]

[[node]]
id = 1
distance = [30, 10]
cpus = [1]

[[loaded]]
name = "initrd"
base = 0x48000000
end = 0x48123455

[[memreserve]]
base = 0x40000000
end = 0x40000fff

[[reserved_memory]]
name = "secmon@41000000"
base = 0x41000000
size = "2MiB"
flags = ["nomap"]

[[reserved_memory]]
name = "secmon@41000000"
base = 0x42000000
size = "4KiB"
flags = ["nomap"]

[[reserved_memory]]
name = "linux,cma"
size = "64MiB"
alignment = "4MiB"
alloc_ranges = [{base = 0x40000000, size = "512MiB"}]
flags = ["reusable", "pool", "cma-default"]
)toml");
}

TEST_CASE("which memory nodes count depends on the release") {
    Blob b = machine();
    memory(b, 0x40000000, 0x1000000, "memory@40000000").end();
    memory(b, 0x50000000, 0x1000000, "memory@50000000").text("status", "disabled").end();
    b.begin("soc");
    memory(b, 0x60000000, 0x1000000, "memory@60000000").end().end();
    b.begin("memory@0").cells("reg", {0, 0x70000000, 0, 0x1000000}).end();
    const Source source = b.end().source();
    const auto bases = [&](const std::string& kernel) {
        std::vector<PhysAddr> list;
        for (const MemoryBank& m : board_of(source, kernel).board.memory) list.push_back(m.base);
        return list;
    };
    CHECK(bases("6.1-arm64") == std::vector<PhysAddr>{0x40000000});
    CHECK(bases("5.4-arm64") == std::vector<PhysAddr>{0x40000000, 0x50000000, 0x60000000});
    CHECK(bases("3.14-arm") == std::vector<PhysAddr>{0x40000000, 0x50000000, 0x60000000, 0x70000000});
}

TEST_CASE("a crash kernel keeps to its usable ranges") {
    Blob b = machine();
    b.begin("chosen")
        .text("bootargs", "x")
        .cells("linux,usable-memory-range", {0, 0x48000000, 0, 0x1000000, 0, 0x60000000, 0, 0x2000000});
    b.cells("linux,elfcorehdr", {0, 0x48ff0000, 0, 0x10000}).end();
    memory(b, 0x40000000, 0x30000000).end();
    const Source source = b.end().source();
    const auto banks = [&](const std::string& kernel) {
        std::vector<std::pair<PhysAddr, u64>> list;
        for (const MemoryBank& m : board_of(source, kernel).board.memory) list.emplace_back(m.base, m.size);
        return list;
    };
    CHECK(banks("6.1-arm64") == std::vector<std::pair<PhysAddr, u64>>{{0x48000000, 0x1000000}, {0x60000000, 0x2000000}});
    CHECK(banks("5.15-arm64") == std::vector<std::pair<PhysAddr, u64>>{{0x48000000, 0x1000000}});
    CHECK(banks("5.4-arm64") == std::vector<std::pair<PhysAddr, u64>>{{0x48000000, 0x1000000}});
    CHECK(banks("6.1-arm") == std::vector<std::pair<PhysAddr, u64>>{{0x48000000, 0x1000000}, {0x60000000, 0x2000000}});
    CHECK(banks("3.14-arm") == std::vector<std::pair<PhysAddr, u64>>{{0x40000000, 0x30000000}});
    const Board board = board_of(source).board;
    REQUIRE(board.loaded.size() == 1);
    CHECK(board.loaded[0].name == "elfcorehdr");
}

TEST_CASE("NUMA of a device tree that a kernel would refuse is left out, and said") {
    Blob b = machine();
    b.begin("distance-map").text("compatible", "numa-distance-map-v1").cells("distance-matrix", {0, 1, 5}).end();
    memory(b, 0x40000000, 0x1000000, "memory@40000000").cells("numa-node-id", {0}).end();
    memory(b, 0x80000000, 0x1000000, "memory@80000000").cells("numa-node-id", {1}).end();
    const Source one = b.end().source();
    DtbBoard made = board_of(one);
    CHECK(made.board.nodes.empty());
    CHECK(!made.board.memory[1].node);
    CHECK(made.assumed.back() == "the distance from node 0 to node 1 is 5: the kernel has one node");

    Blob c = machine();
    memory(c, 0x40000000, 0x1000000, "memory@40000000").cells("numa-node-id", {0}).end();
    memory(c, 0x80000000, 0x1000000, "memory@80000000").end();
    const Source two = c.end().source();
    made = board_of(two);
    CHECK(!made.board.memory[0].node);
    CHECK(made.assumed.back() == "memory at 0x80000000 has no \"numa-node-id\" while other memory has: the kernel has one node");
}

TEST_CASE("banks that overlap are kept apart") {
    Blob b = machine();
    memory(b, 0x40000000, 0x2000000, "memory@40000000").end();
    memory(b, 0x3f000000, 0x4000000, "memory@3f000000").end();
    const Source source = b.end().source();
    const DtbBoard made = board_of(source);
    std::vector<std::pair<PhysAddr, u64>> banks;
    for (const MemoryBank& m : made.board.memory) banks.emplace_back(m.base, m.size);
    CHECK(banks ==
          std::vector<std::pair<PhysAddr, u64>>{{0x40000000, 0x2000000}, {0x3f000000, 0x1000000}, {0x42000000, 0x1000000}});
}

TEST_CASE("the reach of DMA masters is the lowest of the buses' highest addresses, as the root sees them") {
    const auto limit = [](Blob& b) {
        const Source source = b.source();
        return of_dma_limit(parse_dtb(source));
    };
    Blob none = machine();
    CHECK(limit(none.begin("soc").flag("dma-ranges").end().end()) == std::nullopt);

    // Raspberry Pi 4: bus address 0xc0000000 is physical 0; the window is 1 GiB.
    Blob pi = machine();
    pi.begin("soc")
        .cells("#address-cells", {1})
        .cells("#size-cells", {1})
        .cells("dma-ranges", {0xc0000000, 0, 0, 0x40000000})
        .end();
    CHECK(limit(pi.end()) == 0x40000000);

    // A bridge of two windows on a bus that shifts addresses by 4 GiB; a disabled bus with a smaller one does not count.
    Blob nested = machine();
    nested.begin("soc").cells("#address-cells", {1}).cells("#size-cells", {1}).cells("dma-ranges", {0, 1, 0, 0xf0000000});
    nested.begin("bus")
        .cells("#address-cells", {1})
        .cells("#size-cells", {1})
        .cells("dma-ranges", {0, 0x10000000, 0x1000, 0x80000000, 0x20000000, 0x2000})
        .end();
    nested.begin("off")
        .text("status", "disabled")
        .cells("#address-cells", {1})
        .cells("#size-cells", {1})
        .cells("dma-ranges", {0, 0, 0x1000})
        .end()
        .end();
    CHECK(limit(nested.end()) == 0x120002000);

    // PCI: a cell of flags goes before the address.
    Blob pci = machine();
    pci.begin("pcie@0").text("device_type", "pci").cells("#address-cells", {3}).cells("#size-cells", {2});
    pci.cells("dma-ranges", {0x42000000, 0, 0, 0, 0x80000000, 0, 0x40000000}).end();
    CHECK(limit(pci.end()) == 0xc0000000);

    // "dma-mem": addresses go through another bus, here one that leads back.
    Blob ring = machine();
    ring.begin("a")
        .cells("phandle", {1})
        .cells("#interconnect-cells", {0})
        .cells("interconnects", {2})
        .text("interconnect-names", "dma-mem");
    ring.cells("dma-ranges", {0, 0, 0, 0, 0, 0x1000}).end();
    ring.begin("b")
        .cells("phandle", {2})
        .cells("#interconnect-cells", {0})
        .cells("interconnects", {1})
        .text("interconnect-names", "dma-mem")
        .end();
    CHECK(limit(ring.end()).has_value());
}

TEST_CASE("an architecture is known by its CPUs") {
    const auto arch = [](const char* compatible) -> std::optional<Arch> {
        Blob b = machine();
        b.begin("cpus").begin("cpu@0").text("device_type", "cpu").text("compatible", compatible).end().end();
        const Source source = b.end().source();
        const auto found = arch_of(parse_dtb(source));
        return found ? std::optional(found->arch) : std::nullopt;
    };
    CHECK(arch("arm,cortex-a15") == Arch::arm);
    CHECK(arch("arm,cortex-a7") == Arch::arm);
    CHECK(arch("arm,arm1176jzf-s") == Arch::arm);
    CHECK(arch("arm,cortex-a72") == Arch::arm64);
    CHECK(arch("apple,icestorm") == Arch::arm64);
    CHECK(arch("riscv") == Arch::riscv64);
    CHECK(arch("altr,nios2-1.1") == std::nullopt);
}

TEST_CASE("a damaged blob is refused with the byte where it is damaged") {
    Blob b = machine();
    memory(b, 0x40000000, 0x1000000).end();
    const Source good = b.end().source();
    REQUIRE(refused(good).empty());
    const auto damaged = [&](std::size_t at, u32 value) {
        Source bad = good;
        put32(bad.text, at, value);
        return refused(bad);
    };
    const std::size_t structure = fdt_off_dt_struct(good.text.data());
    CHECK(refused({"x.dtb", "\xd0\x0d\xfe\xed"}) ==
          "x.dtb: error: byte 0x0: this is no device tree blob: it does not start with d00dfeed and a header\n");
    Source cut = good;
    cut.text.resize(cut.text.size() - 9);
    CHECK(refused(cut) == fmt::format("board.dtb: error: byte 0x4: the blob is cut off: its header says {} bytes, there are {}\n",
                                      good.text.size(), cut.text.size()));
    CHECK(damaged(8, 0x7fffffff) == "board.dtb: error: byte 0x0: the header is damaged: FDT_ERR_TRUNCATED\n");
    CHECK(damaged(structure, 7) ==
          fmt::format("board.dtb: error: byte {:#x}: the structure block is damaged: FDT_ERR_BADSTRUCTURE\n", structure));
    // A length that leads the walk back to where it is.
    CHECK(damaged(structure + 12, 0xfffffff4) != "");
    CHECK(damaged(structure + 12, 0x40000000) != "");
    CHECK(damaged(structure + 16, 0x7fffffff) != "");

    Blob deep = machine();
    for (int i = 0; i < 70; ++i) deep.begin("n");
    for (int i = 0; i < 70; ++i) deep.end();
    CHECK(refused(deep.end().source()).find("nodes are nested more than 64 deep") != std::string::npos);

    Blob cells;
    const Source huge = cells.begin().cells("#address-cells", {0x7fffffff}).end().source();
    CHECK_THROWS_WITH_AS(board_of(huge), doctest::Contains("'#address-cells' of the root is 2147483647"), InputError);
}

// Shaped after a boot of Debian 6.1.0-50-arm64 whose tree has a no-map area at a place and one without.
TEST_CASE("a tree's memory replaces what a log shows of it, unless the log has marks that the tree does not explain") {
    Board tree;
    tree.memory = {{0x40000000, 0x80000000, std::nullopt, false, false, false, false, {}}};
    ReservedMemory placed, somewhere;
    placed.base = 0x4f000000, placed.size = 0x123000, placed.nomap = true;
    somewhere.size = 0x345000, somewhere.nomap = true;
    tree.reserved_memory = {placed, somewhere};
    const auto bank = [](PhysAddr base, u64 size, bool nomap) {
        MemoryBank b;
        b.base = base, b.size = size, b.nomap = nomap;
        return b;
    };
    const std::vector<MemoryBank> left = {bank(0x40000000, 0xf000000, false), bank(0x4f000000, 0x123000, true),
                                          bank(0x4f123000, 0x70b8d000, false), bank(0xbfcb0000, 0x345000, true),
                                          bank(0xbfff5000, 0xb000, false)};
    Board board;
    board.memory = left;
    add_device_tree(board, tree);
    CHECK(board.memory.size() == 1);
    CHECK(board.memory.front().size == 0x80000000);
    board.memory = left;
    board.memory.push_back(bank(0x200000000, 0x1000, true));  // of EFI's map
    add_device_tree(board, tree);
    CHECK(board.memory.size() == 6);
}

TEST_CASE("recorded device trees, mutated, are read or refused") {
    std::mt19937 random(3);
    const std::vector<Source> trees = recorded_trees();
    REQUIRE(trees.size() >= 15);
    const Kernel kernels[] = {load_kernel("6.1-arm64"), load_kernel("3.14-arm"), load_kernel("6.12-riscv64")};
    unsigned read = 0, refused = 0;
    for (int i = 0; i < 4000; ++i) {
        Source bad = trees[random() % trees.size()];
        const std::size_t structure = fdt_off_dt_struct(bad.text.data());
        for (auto n = 1 + random() % 4; n > 0; --n) {
            const std::size_t at = random() % 3 == 0 ? random() % 64 : structure + random() % (bad.text.size() - structure - 4);
            switch (random() % 4) {
                case 0:
                    bad.text[at] = static_cast<char>(random());
                    break;
                case 1:
                    put32(bad.text, at & ~std::size_t{3}, static_cast<u32>(random() % 10));
                    break;
                case 2:
                    put32(bad.text, at & ~std::size_t{3}, ~u32{0} - static_cast<u32>(random() % 64));
                    break;
                default:
                    put32(bad.text, at & ~std::size_t{3}, static_cast<u32>(random()));
            }
        }
        if (random() % 16 == 0) bad.text.resize(random() % bad.text.size());
        bad.text.reserve(64);
        try {
            const DtTree tree = parse_dtb(bad);
            for (const Kernel& k : kernels) {
                const DtbBoard made = board_from_dtb(tree, k);
                if (!made.board.memory.empty()) parse_board({"again.toml", board_toml(made.board)});
            }
            arch_of(tree);
            ++read;
        } catch (const InputError& e) {
            CHECK(std::string(e.what()).find("again.toml") == std::string::npos);
            ++refused;
        }
    }
    MESSAGE(read << " read, " << refused << " refused");
    CHECK(read > 100);
    CHECK(refused > 100);
}
