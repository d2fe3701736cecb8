// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/size_text.h"
#include "input/source.h"
#include "refusal.h"
#include "report/map.h"

using namespace zonecalc;

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 GiB = u64{1} << 30;

// One or two machines, written down as what bring_up() would leave.
struct Example {
    Board board;
    Kernel kernel;
    Cmdline cmdline;
    Layout layout;

    Example() {
        board.name = "Board";
        board.arch = kernel.arch = Arch::arm64;
        kernel.profile = "6.1-arm64";
        kernel.confirmation = Confirmation::recorded;
        cmdline.text = "quiet";
    }
    void memory(PhysAddr base, u64 size, int node = 0, unsigned flags = MEMBLOCK_NONE) {
        layout.memory.push_back({base, size, node, flags, ""});
    }
    void reserved(PhysAddr base, u64 size, std::string name) {
        layout.reserved.push_back({base, size, NUMA_NO_NODE, MEMBLOCK_NONE, std::move(name)});
    }
    void pages(PhysAddr base, u64 size, ZoneType zone, bool managed = true, MigrateType type = MigrateType::Movable, int node = 0) {
        layout.page_map.push_back({{base >> 12, (base + size) >> 12}, node, zone, type, managed});
    }
    Outcome outcome() const { return {board, kernel, cmdline, layout}; }
    MapDrawing drawing(std::optional<PhysRange> zoom = {}) const { return draw({outcome()}, zoom); }
};

// Memory at 1 GiB: a kernel, an area for contiguous allocations, and memory that the kernel leaves alone.
Example small_board() {
    Example e;
    e.memory(GiB, 16 * MiB);
    e.memory(GiB + 16 * MiB, 1 * MiB, 0, MEMBLOCK_NOMAP);
    e.board.reserved.push_back({"secure <world>", GiB + 16 * MiB, MiB, true, false, {}, false});
    e.reserved(GiB + 2 * MiB, 4 * MiB, "kernel image");
    e.reserved(GiB + 8 * MiB, 4 * MiB, "linux,cma");
    e.layout.cma_areas.push_back({"linux,cma", GiB + 8 * MiB, 4 * MiB});
    e.pages(GiB, 2 * MiB, ZoneType::DMA);
    e.pages(GiB + 2 * MiB, 4 * MiB, ZoneType::DMA, false);
    e.pages(GiB + 6 * MiB, 2 * MiB, ZoneType::DMA);
    e.pages(GiB + 8 * MiB, 4 * MiB, ZoneType::DMA, true, MigrateType::Cma);
    e.pages(GiB + 12 * MiB, 4 * MiB, ZoneType::Normal, true, MigrateType::Unmovable);
    e.pages(GiB + 16 * MiB, 1 * MiB, ZoneType::Normal, false, MigrateType::Unmovable);
    return e;
}

std::string message_of(std::string_view range) {
    return refusal([&] { range_of("--range", range); }, "no error");
}

}  // namespace

TEST_CASE("map: what lies in each zone, by address, in plain ASCII") {
    CHECK(map_text(small_board().drawing(), {}) ==
          "Board\n"
          "arm64, kernel 6.1-arm64\n"
          "quiet\n"
          "17 MiB of memory: 4 MiB reserved, 12 MiB free\n"
          "\n"
          "node 0  ........#################.........ccccccccccccccccc:::::::::::::::::xxxx\n"
          "        |DMA ---------------------------------------------|Normal --------------\n"
          "\n"
          "-- node 0 DMA ---------------------------- 12 MiB: 4 MiB reserved, 8 MiB free --\n"
          "  0x40000000      2 MiB  ......  free, Movable\n"
          "                         ......\n"
          "                         ......\n"
          "  0x40200000      4 MiB  ######  kernel image\n"
          "                         ######\n"
          "                         ######\n"
          "  0x40600000      2 MiB  ......  free, Movable\n"
          "                         ......\n"
          "                         ......\n"
          "  0x40800000      4 MiB  cccccc  free, CMA: linux,cma\n"
          "                         cccccc\n"
          "                         cccccc\n"
          "-- node 0 Normal ------------------------ 5 MiB: 1 MiB not mapped, 4 MiB free --\n"
          "  0x40c00000      4 MiB  ::::::  free, Unmovable\n"
          "                         ::::::\n"
          "                         ::::::\n"
          "  0x41000000      1 MiB  xxxxxx  not mapped: secure <world>\n"
          "                         xxxxxx\n"
          "                         xxxxxx\n"
          "  0x41100000\n"
          "\n"
          "## reserved   xx not mapped   :: free, Unmovable   .. free, Movable\n"
          "cc free, CMA\n");
}

TEST_CASE("map: a range shows that range alone, and addresses without memory are a hole") {
    CHECK(map_text(small_board().drawing(PhysRange{GiB - 4 * MiB, GiB + 3 * MiB}), {}) ==
          "Board\n"
          "arm64, kernel 6.1-arm64\n"
          "quiet\n"
          "17 MiB of memory: 4 MiB reserved, 12 MiB free\n"
          "\n"
          "node 0  ................................................########################\n"
          "        |DMA -------------------------------------------------------------------\n"
          "\n"
          "  0x3fc00000      4 MiB  ~~~~~~  no memory\n"
          "-- node 0 DMA ----------------------------- 3 MiB: 1 MiB reserved, 2 MiB free --\n"
          "  0x40000000      2 MiB  ......  free, Movable\n"
          "                         ......\n"
          "                         ......\n"
          "  0x40200000      1 MiB  ######  kernel image\n"
          "                         ######\n"
          "                         ######\n"
          "  0x40300000\n"
          "\n"
          "## reserved   .. free, Movable\n");
    const MapDrawing nothing = small_board().drawing(PhysRange{0, MiB});
    REQUIRE(nothing.sections.size() == 1);
    CHECK(nothing.sections[0].kind == MapSection::Kind::hole);
    CHECK(map_text(nothing, {}).find("  0x00000000      1 MiB  ~~~~~~  no memory\n") != std::string::npos);
    // From there on: up to the end of memory.
    CHECK(small_board().drawing(PhysRange{GiB, 0}).range == PhysRange{GiB, GiB + 17 * MiB});
    CHECK(small_board().drawing(PhysRange{2 * GiB, 0}).range == PhysRange{2 * GiB, 2 * GiB + 1});
}

TEST_CASE("map: no memory at all, and memory up to the last address there is") {
    CHECK(draw({Example().outcome()}, {}).sections.empty());
    CHECK(map_text(draw({Example().outcome()}, {}), {}).find("0 B of memory") != std::string::npos);
    Example e;
    e.memory(~u64{0} - 4095, 4095);
    e.reserved(~u64{0} - 4095, 4095, "top");
    e.pages(~u64{0} - 4095, 0, ZoneType::Normal);
    const MapDrawing d = e.drawing();
    REQUIRE(d.sections.size() == 1);
    CHECK(map_text(d, {}).find("0xfffffffffffff000    4.0 KiB  ######  top") != std::string::npos);
    CHECK(map_svg(d, 80).find("0xfffffffffffff000") != std::string::npos);
}

TEST_CASE("map: many small things share a row, and a range shows them one by one") {
    Example e;
    e.memory(0, GiB);
    for (u64 i = 0; i < 100; ++i) {
        e.reserved(512 * MiB + i * 8192, 4096, i % 2 ? "odd" : "even");
        e.pages(i == 0 ? 0 : 512 * MiB + i * 8192 - 4096, i == 0 ? 512 * MiB : 4096, ZoneType::Normal);
        e.pages(512 * MiB + i * 8192, 4096, ZoneType::Normal, false);
    }
    const u64 end = 512 * MiB + 99 * 8192 + 4096;
    e.pages(end, GiB - end, ZoneType::Normal);
    const MapDrawing d = e.drawing();
    REQUIRE(d.sections.size() == 1);
    REQUIRE(d.sections[0].rows.size() == 3);
    const MapRow& row = d.sections[0].rows[1];
    CHECK(row.grouped);
    CHECK(row.range == PhysRange{512 * MiB, end});
    CHECK(row.cells[0].reserved == 100 * 4096);
    CHECK(row.cells[0].all_free() == 99 * 4096);
    REQUIRE(row.cells[0].parts.size() == 2);
    CHECK(row.cells[0].parts[0].name == "even");
    CHECK(row.cells[0].parts[0].count == 50);
    CHECK(e.drawing(PhysRange{512 * MiB, 512 * MiB + 32768}).sections[0].rows.size() == 8);
}

TEST_CASE("map: pieces of one reserved region count once, and what is left of its last page is not free") {
    Example e;
    e.memory(0, 4 * MiB);
    e.reserved(0, 2 * MiB + 100, "image");
    e.pages(0, MiB, ZoneType::Normal, false);
    e.pages(MiB, MiB + 4096, ZoneType::Normal, false, MigrateType::Unmovable);
    e.pages(2 * MiB + 4096, 2 * MiB - 4096, ZoneType::Normal);
    const MapDrawing d = e.drawing();
    CHECK(d.machines[0].reserved == 2 * MiB + 4096);
    CHECK(d.machines[0].free == 2 * MiB - 4096);
    Example whole = e;
    whole.layout.page_map.clear();
    CHECK(whole.drawing(PhysRange{0, 4 * MiB}).machines[0].free == 0);
}

TEST_CASE("map: nodes that look like the one before are left out, and say so") {
    Example e;
    for (int node = 0; node < 64; ++node) {
        const PhysAddr base = static_cast<u64>(node) << 40;
        e.memory(base, u64{1} << 40, node);
        e.reserved(base, 16 * MiB, node == 0 ? "kernel image" : "NODE_DATA(" + std::to_string(node) + ")");
        e.pages(base, 16 * MiB, ZoneType::Normal, false, MigrateType::Movable, node);
        e.pages(base + 16 * MiB, (u64{1} << 40) - 16 * MiB, ZoneType::Normal, true, MigrateType::Movable, node);
    }
    const MapDrawing d = e.drawing();
    REQUIRE(d.sections.size() == 3);
    CHECK(d.sections[2].kind == MapSection::Kind::alike);
    CHECK(d.sections[2].nodes.size() == 62);
    CHECK(map_text(d, {}).find("  : nodes 2-63, 62 TiB: like the one before\n") != std::string::npos);
    // The nodes drawn are to one scale.
    CHECK(map_text(d, {}).find("node 1  ") != std::string::npos);
    CHECK(map_text(d, {}).find("node 2  ") == std::string::npos);
}

TEST_CASE("map: firmware's names are those of holes, and reserved addresses without memory say so") {
    Example e;
    e.memory(0, MiB);
    e.pages(0, MiB, ZoneType::DMA);
    e.board.e820.push_back({MiB, 2 * MiB, E820Type::nvs, {}});
    e.reserved(3 * MiB, MiB, "BIOS area");
    e.memory(4 * MiB, 4 * MiB);
    e.pages(4 * MiB, 4 * MiB, ZoneType::DMA);
    e.board.e820.push_back({64 * MiB, GiB, E820Type::reserved, {}});
    const MapDrawing d = e.drawing();
    CHECK(d.range == PhysRange{0, 8 * MiB});
    CHECK(d.machines[0].reserved == 0);
    const std::string text = map_text(d, {});
    CHECK(text.find("  0x00100000      2 MiB  ~~~~~~  no memory: ACPI NVS\n") != std::string::npos);
    CHECK(text.find("  0x00300000      1 MiB  ######  BIOS area; no memory\n") != std::string::npos);
}

TEST_CASE("map: nodes that are left out are named, in order and without gaps") {
    Example e;
    for (const int node : {0, 4, 8, 1, 5, 2, 3}) {
        const PhysAddr base = e.layout.memory.size() * GiB;
        e.memory(base, GiB, node);
        e.pages(base, GiB, ZoneType::Normal, true, MigrateType::Movable, node);
    }
    const MapDrawing d = e.drawing();
    REQUIRE(d.sections.size() == 2);
    CHECK(map_text(d, {}).find("  : nodes 1-5,8, 6 GiB: like the one before\n") != std::string::npos);
    e.layout.memory.resize(2);
    e.layout.page_map.resize(2);
    CHECK(e.drawing().sections.size() == 2);
    CHECK(e.drawing().sections[1].kind == MapSection::Kind::zone);
}

TEST_CASE("map: two machines side by side, with a mark where they differ") {
    const Example a = small_board();
    Example b = small_board();
    b.cmdline.text = "quiet movablecore=4M";
    for (PageStretch& p : b.layout.page_map)
        if (p.type == MigrateType::Unmovable) p.zone = ZoneType::Movable;
    const MapDrawing d = draw({a.outcome(), b.outcome()}, {});
    CHECK(map_text(d, {100, false, false}) ==
          "   Board\n"
          "   arm64, kernel 6.1-arm64\n"
          "A  quiet\n"
          "   17 MiB of memory: 4 MiB reserved, 12 MiB free\n"
          "B  quiet movablecore=4M\n"
          "   17 MiB of memory: 4 MiB reserved, 12 MiB free\n"
          "\n"
          "          |DMA ----------------------------------------------------------|Normal -------------------\n"
          "node 0  A ...........#####################..........cccccccccccccccccccccc:::::::::::::::::::::xxxxx\n"
          "        B ...........#####################..........cccccccccccccccccccccc:::::::::::::::::::::xxxxx\n"
          "          |DMA ----------------------------------------------------------|Movable ------------------\n"
          "                                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
          "\n"
          "                         -- node 0 DMA ------------ 12 MiB --   -- node 0 DMA ------------ 12 MiB --\n"
          "  0x40000000      2 MiB  ...... free, Movable                   ...... free, Movable\n"
          "                         ......                                 ......\n"
          "                         ......                                 ......\n"
          "  0x40200000      4 MiB  ###### kernel image                    ###### kernel image\n"
          "                         ######                                 ######\n"
          "                         ######                                 ######\n"
          "  0x40600000      2 MiB  ...... free, Movable                   ...... free, Movable\n"
          "                         ......                                 ......\n"
          "                         ......                                 ......\n"
          "  0x40800000      4 MiB  cccccc free, CMA: linux,cma            cccccc free, CMA: linux,cma\n"
          "                         cccccc                                 cccccc\n"
          "                         cccccc                                 cccccc\n"
          "                         -- node 0 Normal ---------- 5 MiB --   -- node 0 Movable --------- 5 MiB --\n"
          "  0x40c00000      4 MiB  :::::: free, Unmovable               ! :::::: free, Unmovable\n"
          "                         ::::::                               ! ::::::\n"
          "                         ::::::                               ! ::::::\n"
          "  0x41000000      1 MiB  xxxxxx not mapped: secure <world>    ! xxxxxx not mapped: secure <world>\n"
          "                         xxxxxx                               ! xxxxxx\n"
          "                         xxxxxx                               ! xxxxxx\n"
          "  0x41100000\n"
          "\n"
          "## reserved   xx not mapped   :: free, Unmovable   .. free, Movable   cc free, CMA\n");
}

TEST_CASE("map: a machine that has less memory is a hole beside the other") {
    const Example a = small_board();
    Example b;
    b.memory(GiB, 4 * MiB);
    b.pages(GiB, 4 * MiB, ZoneType::DMA);
    const MapDrawing d = draw({a.outcome(), b.outcome()}, {});
    REQUIRE(d.sections.size() == 2);
    CHECK(!d.sections[1].cells[1].zone);
    CHECK(d.sections[1].cells[1].use() == MapUse::hole);
    CHECK(map_text(d, {}).find("! ~~~~~~ no memory\n") != std::string::npos);
}

TEST_CASE("map: names of the board's are safe in XML and on a terminal") {
    Example e = small_board();
    e.board.name = "A & B <\"x\"> \x1b[31m \xff \xef\xbf\xbf";
    const std::string svg = map_svg(e.drawing(), 100);
    CHECK(svg.find("A &amp; B &lt;&quot;x&quot;&gt; ?[31m \xef\xbf\xbd \xef\xbf\xbd") != std::string::npos);
    CHECK(svg.find("not mapped: secure &lt;world&gt;") != std::string::npos);
    CHECK(svg.find('\x1b') == std::string::npos);
    const std::string text = map_text(e.drawing(), {});
    CHECK(text.starts_with("A & B <\"x\"> ?[31m ? ?\n"));
    CHECK(map_json(e.drawing()).find("\"schema\": \"zonecalc.map/1\"") != std::string::npos);
}

TEST_CASE("map: no line is wider than asked for, whatever the board is called") {
    Example e = small_board();
    e.board.name = std::string(300, 'x');
    e.cmdline.text = std::string(300, 'y');
    e.layout.reserved[0].name = std::string(300, 'z');
    for (const std::size_t width : {60, 80, 133}) {
        const std::string text = map_text(e.drawing(), {width, false, false});
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            CHECK(end - at <= width + 2);
            at = end + 1;
        }
    }
}

TEST_CASE("range: addresses, sizes and pages, with either end missing") {
    const auto range = [](std::string_view text) {
        const RangeText r = range_of("--range", text);
        return std::to_string(r.begin) + " " + (r.end ? std::to_string(*r.end) : "end") + (r.pages ? " pages" : "");
    };
    CHECK(range("1KiB..0x800") == "1024 2048");
    CHECK(range("0x1000+4K") == "4096 8192");
    CHECK(range("..1M") == "0 1048576");
    CHECK(range("1M..") == "1048576 end");
    CHECK(range("..") == "0 end");
    CHECK(range("pfn:16..0x20") == "16 32 pages");
    CHECK(range("pfn:16+1") == "16 17 pages");
}

TEST_CASE("range: what is wrong is told with its place") {
    CHECK(message_of("1M") ==
          "--range:1:1: error: '1M' is no range; write 'A..B' or 'A+SIZE', such as '1GiB..0x50000000'\n1M\n^\n");
    CHECK(message_of("1M..4Q") ==
          "--range:1:5: error: '4Q' is no size; write a size such as \"512MiB\", \"4G\" or \"0x80000000\"\n1M..4Q\n    ^\n");
    CHECK(message_of("2M..1M") == "--range:1:5: error: the range ends where it begins, or before\n2M..1M\n    ^\n");
    CHECK(message_of("1M+0") == "--range:1:4: error: the range is empty\n1M+0\n   ^\n");
    CHECK(message_of("0xffffffffffffffff+2") ==
          "--range:1:20: error: the range ends beyond 64 bits\n0xffffffffffffffff+2\n                   ^\n");
    CHECK(message_of("pfn:-1..2") == "--range:1:5: error: '-1' must not be negative\npfn:-1..2\n    ^\n");
    CHECK(message_of("").find("is no range") != std::string::npos);
    CHECK(message_of("+1M").find("is no size") != std::string::npos);
}
