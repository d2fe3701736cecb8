// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "input/zoneinfo.h"

using namespace zonecalc;

namespace {

std::string shown(const std::vector<ZoneinfoZone>& zones) {
    std::string out;
    for (const ZoneinfoZone& z : zones) {
        out += fmt::format("{} {}:", z.node, z.zone);
        const auto figure = [&out](const char* name, const std::optional<u64>& value) {
            if (value) out += fmt::format(" {}={}", name, *value);
        };
        figure("min", z.min), figure("low", z.low), figure("high", z.high);
        figure("spanned", z.spanned), figure("present", z.present), figure("managed", z.managed), figure("start", z.start_pfn);
        if (!z.protection.empty()) out += fmt::format(" protection={}", fmt::join(z.protection, ","));
        figure("batch", z.pcp_batch), figure("pcp_high", z.pcp_high), figure("high_min", z.pcp_high_min),
            figure("high_max", z.pcp_high_max);
        out += "\n";
    }
    return out;
}

constexpr std::string_view of_6_18 = R"(Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 0
      nr_dirtied   12
  pages free     3712
        boost    0
        min      86
        low      107
        high     128
        promo    149
        spanned  4095
        present  3998
        managed  3840
        cma      0
        protection: (0, 1955, 1955, 1955, 1955)
      nr_free_pages 3712
  pagesets
    cpu: 0
              count:    0
              high:     0
              batch:    1
              high_min: 9
              high_max: 480
  vm stats threshold: 4
    cpu: 1
              count:    5
              high:     7
              batch:    1
              high_min: 9
              high_max: 480
  vm stats threshold: 4
  node_unreclaimable:  0
  start_pfn:           1
Node 0, zone  Movable
  pages free     0
        min      32
        low      32
        high     32
        spanned  0
        present  0
        managed  0
        protection: (0, 0, 0, 0, 0)
)";

constexpr std::string_view of_3_14 = R"(Node 0, zone   Normal
  pages free     107386
        min      867
        low      1083
        high     1300
        scanned  0
        spanned  194560
        present  194560
        managed  187530
    nr_free_pages 107386
        protection: (0, 2112)
  pagesets
    cpu: 0
              count: 46
              high:  186
              batch: 31
  all_unreclaimable: 0
  start_pfn:         262144
  inactive_ratio:    1
)";

}  // namespace

TEST_CASE("zones of a kernel that tunes its per-CPU lists") {
    CHECK(shown(parse_zoneinfo({"zoneinfo", std::string(of_6_18)})) ==
          "0 DMA: min=86 low=107 high=128 spanned=4095 present=3998 managed=3840 start=1 protection=0,1955,1955,1955,1955 batch=1 "
          "pcp_high=0 high_min=9 high_max=480\n"
          "0 Movable: min=32 low=32 high=32 spanned=0 present=0 managed=0 protection=0,0,0,0,0\n");
}

TEST_CASE("zones of an old kernel") {
    CHECK(shown(parse_zoneinfo({"zoneinfo", std::string(of_3_14)})) ==
          "0 Normal: min=867 low=1083 high=1300 spanned=194560 present=194560 managed=187530 start=262144 protection=0,2112 "
          "batch=31 pcp_high=186\n");
}

TEST_CASE("a text without zones is refused") {
    CHECK_THROWS_AS(parse_zoneinfo({"zoneinfo", "MemTotal: 1 kB\n"}), InputError);
    CHECK_THROWS_AS(parse_zoneinfo({"zoneinfo", ""}), InputError);
    CHECK_THROWS_AS(parse_zoneinfo({"zoneinfo", "Node 99999, zone DMA\n"}), InputError);
}

TEST_CASE("numbers that do not fit are left out") {
    CHECK(shown(parse_zoneinfo(
              {"zoneinfo",
               "Node 0, zone DMA\n  min 99999999999999999999\n  low -3\n  high 7 8\n  spanned 0x10\n  protection: (1, , 2\n"})) ==
          "0 DMA: protection=1\n");
}

TEST_CASE("more zones than any machine has are refused") {
    std::string text;
    for (int i = 0; i < 7000; ++i) text += "Node 0, zone DMA\n";
    CHECK_THROWS_AS(parse_zoneinfo({"zoneinfo", text}), InputError);
}

TEST_CASE("damaged texts are read or refused") {
    std::mt19937 random(3);
    for (int i = 0; i < 2000; ++i) {
        std::string text(i % 2 ? of_6_18 : of_3_14);
        for (auto n = 1 + random() % 8; n > 0; --n) {
            const std::size_t at = random() % text.size();
            switch (random() % 3) {
                case 0:
                    text[at] = static_cast<char>(random());
                    break;
                case 1:
                    text.erase(at, random() % 20);
                    break;
                default:
                    text.insert(at, text.substr(random() % text.size(), random() % 20));
                    break;
            }
            if (text.empty()) text = "x";
        }
        try {
            parse_zoneinfo({"zoneinfo", text});
        } catch (const InputError&) {
        }
    }
}
