// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "figures/figure.h"
#include "input/figure_text.h"
#include "refusal.h"
#include "sweep/vary.h"

using namespace zonecalc;

namespace {

// Two nodes: DMA32 and Normal on the first, Normal and Movable on the second.
struct Machine {
    Board board;
    Kernel kernel;
    Cmdline cmdline;
    Layout layout;

    Machine() {
        for (const ZoneType z : {ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable})
            kernel.zones[static_cast<std::size_t>(z)] = true;
        layout.nodes = {node(0, {zone(ZoneType::DMA32, 0x100, 0x700), zone(ZoneType::Normal, 0x800, 0x800)}),
                        node(1, {zone(ZoneType::Normal, 0x1000, 0x400), zone(ZoneType::Movable, 0x1400, 0xc00)})};
    }
    static Zone zone(ZoneType type, Pfn start, u64 pages) {
        Zone z;
        z.type = type;
        z.start_pfn = start;
        z.spanned = z.present = pages;
        return z;
    }
    static Node node(int id, std::vector<Zone> zones) {
        Node n;
        n.id = id;
        n.zones = std::move(zones);
        for (const Zone& z : n.zones) n.present += z.present;
        return n;
    }
    Outcome outcome() const { return {board, kernel, cmdline, layout}; }

    // "3072", or why there is no number; of several nodes with blanks between.
    std::string is(std::string_view figure) const {
        std::string out;
        for (const FigureValue& v : values_of(figure_of("test", figure), outcome()))
            out += (out.empty() ? "" : " ") + (v.number ? std::to_string(*v.number) : v.unknown);
        return out;
    }
    bool holds(std::string_view condition) const {
        for (const Judgement& j : judge(condition_of("test", condition), outcome()))
            if (!j.holds) return false;
        return true;
    }
};

std::string error_of(std::string_view condition) {
    return refusal([&] { condition_of("c", condition); }, "fine");
}

}  // namespace

TEST_CASE("figures: nodes and zones select, pages add up, starts and ends reach over all") {
    const Machine m;
    CHECK(m.is("zone:Normal") == "3072");
    CHECK(m.is("node:0.zone:Normal.present") == "2048");
    CHECK(m.is("node:*.movable") == "0 3072");
    CHECK(m.is("zone:Normal.start_pfn") == "2048");
    CHECK(m.is("zone:Normal.end_pfn") == "5120");
    CHECK(m.is("kernel") == "4864");
    CHECK(m.is("node:1.kernel") == "1024");
    CHECK(m.is("zone:Movable.bytes") == "12582912");
    CHECK(m.is("zone:DMA") == "kernel  has no zone DMA");
    CHECK(m.is("node:2") == "there is no node 2");
    CHECK(m.is("zone:Normal.free").starts_with("nothing says what is reserved"));
}

TEST_CASE("conditions: numbers are in the figure's unit, sizes and percentages are converted") {
    const Machine m;
    CHECK(m.holds("movable = 3072"));
    CHECK(m.holds("movable = 12MiB"));
    CHECK(!m.holds("movable > 12MiB"));
    CHECK(m.holds("node:1.movable >= 75%"));
    CHECK(!m.holds("node:1.movable > 75%"));
    CHECK(m.holds("movable < 38.8%"));
    CHECK(!m.holds("node:*.movable >= 1"));
    CHECK(m.holds("zone:Normal.start_pfn == 8MiB"));
    CHECK(m.holds("node:0.zone:DMA32.start_pfn != 0"));
    // What is not known fulfils nothing.
    CHECK(!m.holds("zone:Normal.free >= 0"));
    CHECK(!m.holds("zone:Normal.free < 1"));
}

TEST_CASE("conditions: what is wrong has a place") {
    CHECK(error_of("node:1.zone:Movble.present > 1") ==
          "c:1:8: error: no kernel has a zone 'Movble'; did you mean 'Movable'?\nnode:1.zone:Movble.present > 1\n       ^\n");
    CHECK(error_of("zone:Normal.prsent>1") ==
          "c:1:13: error: no figure is called 'prsent'; did you mean 'present'?\nzone:Normal.prsent>1\n            ^\n");
    CHECK(error_of("movable ! 5") ==
          "c:1:9: error: '!' alone is no comparison; known are: = != < <= > >=\nmovable ! 5\n        ^\n");
    CHECK(error_of("movable > ").starts_with("c:1:11: error: the value: '' is no size"));
    CHECK(error_of("movable > 101x").find("error: the value: '101x'") != std::string::npos);
    CHECK(error_of("movable > 1.2345%") ==
          "c:1:11: error: '1.2345%' is no percentage, as '50%' or '12.5%'\nmovable > 1.2345%\n          ^\n");
    CHECK(error_of("zone:Normal.blocks > 1").find("needs an order, as") != std::string::npos);
    CHECK(error_of("node:x.present > 1").starts_with("c:1:1: error: 'x' is no node"));
    CHECK(error_of("node:1.total_pages > 1").find("is of the machine, not of a node") != std::string::npos);
    CHECK(error_of("") == "c:1:1: error: '' compares nothing: write FIGURE OP VALUE, as 'zone:Movable >= 8GiB'\n\n^\n");
}

TEST_CASE("vary: lists, ranges, words without a value") {
    const auto values = [](std::string_view text) {
        std::string out;
        for (const auto& v : parse_vary("v", text).values) out += (out.empty() ? "" : " ") + v.value_or("-");
        return out;
    };
    CHECK(values("kernelcore=10%..50%/20%") == "10% 30% 50%");
    CHECK(values("mem=1G,3G..5G/1536M,8G") == "1G 3G 4608M 8G");
    CHECK(values("mem=0..10/4") == "0 4 8");
    CHECK(values("crashkernel=256M,\"1G-2G:64M,2G-:128M\",\"\"") == "256M 1G-2G:64M,2G-:128M ");
    CHECK_THROWS_WITH(parse_vary("v", "a=\"1,2"), doctest::Contains("v:1:3: error: the quote is not closed"));
    CHECK_THROWS_WITH(parse_vary("v", "a=\"1\"2"), doctest::Contains("v:1:6: error: there must be a comma after the quote"));
    CHECK(values("mem=0xffffffffffffff00..0xffffffffffffffff/0x80") == "18446744073709551360 18446744073709551488");
    CHECK(parse_vary("v", "movable_node").flag);
    CHECK(with_parameter(parse_args("quiet kernel-core=1G mem=2G \"a=b c\""), "kernel_core", "5G", false) ==
          "quiet mem=2G \"a=b c\" kernel_core=5G");
}

TEST_CASE("vary: what stands behind \"--\" is init's, and the rest stays as it was written") {
    CHECK(with_parameter(parse_args("quiet  mem=1G -- mem=3G single"), "mem", "2G", false) == "quiet  mem=2G -- mem=3G single");
    CHECK(with_parameter(parse_args("  -- x"), "mem", "2G", false) == "mem=2G  -- x");
    CHECK(with_parameter(parse_args("mem=1G"), "mem", std::nullopt, false).empty());
    CHECK(with_parameter(parse_args("\"mem=1G\"  a=\"b\""), "mem", "2G", false) == "a=\"b\" mem=2G");
}
