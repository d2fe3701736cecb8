// SPDX-License-Identifier: MIT
// The behaviours table against what was read in 22 source trees, and against itself.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "zonecalc/behaviours.h"
#include "zonecalc/kernel.h"

using namespace zonecalc;

namespace {

// Feature by tree, 1 where the source of that release has it.
constexpr std::string_view matrix =
    R"(feature,3.14.4,4.17.0,4.19.13,5.4.0,5.8.1,5.9.4,5.10.7,5.10.89,5.12.9,5.15.0,5.17.0,5.19.0,6.1.192,6.4.6,6.6.87,6.8.1,6.11.11,6.12.117,6.13.7,6.18.2,6.19.0,7.1.5
Z>=end reset,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1
percent,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
mirror none/kdump check,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1
4G in bytes,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1
movable_node base round up,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1
free_area_init(max_zone),0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
clamp before adjust,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
start_of_DRAM cursor,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1
memmap charge,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0
offline node init print,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,0,0,0,0,0,0,0
offline nodes init,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1
per-zone unavailable,0,0,0,0,0,0,0,1,0,1,1,1,1,1,1,1,1,1,1,1,1,1
memmap msgs pr_debug,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,0,0,0,0,0,0
batch cap 1M,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,0
pcp high from low_wmark,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1
pcp high_min/max,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1
Movable as highmem in wmark,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1
minfree cap 262144,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
khugepaged re-raise,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
reserve: empty upper zone->0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0
reserve: skip empty lower,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
node_load += 1,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1
Fallback order print,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1
local node needs N_MEMORY,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1
MAX_ORDER inclusive,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1
pageblock min(MAX),0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1
pageblock THP,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1
arm64 DMA 30 bits,0,0,0,0,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0
arm64 DT/IORT bits,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0
arm64 zone_dma_limit,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1
arm64 sect 27/29,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1
arm vmalloc excl 8M,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1
x86 first MiB reserved,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1
x86 page0 reserved,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
x86 max_pfn ACPI,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1
x86 NODE_MIN_SIZE,1,1,1,1,1,1,1,1,1,1,1,1,0,1,0,0,0,0,0,0,0,0
x86 dma_reserve,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0
node_spanned = end-start,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0
build zonerefs managed,0,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0
T/P/E memparse,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
)";

using Test = bool (*)(const Behaviours&);
const std::map<std::string_view, Test> tests = {
    {"Z>=end reset", [](const Behaviours& b) { return b.movable_start_past_node_end_is_dropped; }},
    {"percent", [](const Behaviours& b) { return b.core_percent; }},
    {"mirror none/kdump check", [](const Behaviours& b) { return b.mirror_needs_mirror; }},
    {"4G in bytes", [](const Behaviours& b) { return b.mirror_4g_in_bytes; }},
    {"movable_node base round up", [](const Behaviours& b) { return b.hotplug_base_rounds_up; }},
    {"free_area_init(max_zone)", [](const Behaviours& b) { return b.memblock_node_map_always; }},
    {"clamp before adjust", [](const Behaviours& b) { return b.clamp_before_adjust; }},
    {"start_of_DRAM cursor", [](const Behaviours& b) { return b.zone_cursor_rounds_down; }},
    {"memmap charge", [](const Behaviours& b) { return b.memmap_charged; }},
    {"offline node init print", [](const Behaviours& b) { return b.offline_nodes_print; }},
    {"offline nodes init", [](const Behaviours& b) { return b.offline_nodes_init; }},
    {"per-zone unavailable", [](const Behaviours& b) { return b.unavailable_ranges == UnavailableRanges::per_zone; }},
    {"memmap msgs pr_debug", [](const Behaviours& b) { return !b.print_node_debug && b.memmap_charged; }},
    {"batch cap 1M", [](const Behaviours& b) { return !b.batch_cap_512k && !b.batch_4k_of_managed; }},
    {"pcp high from low_wmark", [](const Behaviours& b) { return b.pcp_high_from_low_wmark; }},
    {"pcp high_min/max", [](const Behaviours& b) { return b.pcp_high_min_max; }},
    {"Movable as highmem in wmark", [](const Behaviours& b) { return b.wmark_movable_as_highmem; }},
    {"minfree cap 262144", [](const Behaviours& b) { return !b.min_free_cap_64m; }},
    {"khugepaged re-raise", [](const Behaviours& b) { return b.cma_before_wmark && !b.wmark_init_after_khugepaged; }},
    {"reserve: empty upper zone->0", [](const Behaviours& b) { return b.reserve_clear_for_empty_upper; }},
    {"reserve: skip empty lower", [](const Behaviours& b) { return b.reserve_clear_of_empty_zone; }},
    {"node_load += 1", [](const Behaviours& b) { return b.node_load_increments; }},
    {"Fallback order print", [](const Behaviours& b) { return b.print_fallback_order; }},
    {"local node needs N_MEMORY", [](const Behaviours& b) { return b.local_node_needs_memory; }},
    {"MAX_ORDER inclusive", [](const Behaviours& b) { return b.max_order_option_inclusive; }},
    {"pageblock min(MAX)", [](const Behaviours& b) { return b.pageblock_capped_by_max_order; }},
    {"pageblock THP", [](const Behaviours& b) { return b.pageblock_from_thp; }},
    {"arm64 DMA 30 bits", [](const Behaviours& b) { return b.arm64_dma == Arm64Dma::first_1g; }},
    {"arm64 DT/IORT bits", [](const Behaviours& b) { return b.arm64_dma == Arm64Dma::dt_iort_bits; }},
    {"arm64 zone_dma_limit", [](const Behaviours& b) { return b.arm64_dma == Arm64Dma::zone_dma_limit; }},
    {"arm64 sect 27/29", [](const Behaviours& b) { return b.arm64_small_sections; }},
    {"arm vmalloc excl 8M", [](const Behaviours& b) { return b.arm_vmalloc_excludes_offset; }},
    {"x86 first MiB reserved", [](const Behaviours& b) { return b.x86_first_mib_reserved; }},
    {"x86 page0 reserved", [](const Behaviours& b) { return !b.x86_page0_is_ram; }},
    {"x86 max_pfn ACPI", [](const Behaviours& b) { return b.x86_max_pfn_counts_acpi; }},
    {"x86 NODE_MIN_SIZE", [](const Behaviours& b) { return b.x86_node_min_size; }},
    {"x86 dma_reserve", [](const Behaviours& b) { return b.x86_dma_reserve; }},
    {"node_spanned = end-start", [](const Behaviours& b) { return b.pgdat_spanned_is_node_range; }},
    {"build zonerefs managed", [](const Behaviours& b) { return b.zonelist_by_managed; }},
    {"T/P/E memparse", [](const Behaviours& b) { return b.memparse_tera_suffixes; }},
};

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    return cells;
}

Behaviours of(std::string_view version) {
    return behaviours_of(version_from_string(version).value());
}

// Number of fields of an aggregate: the most initialisers that it takes.
struct Anything {
    template <typename T>
    operator T() const;
};
template <typename T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
    return requires {
        T{((void)I, Anything{})...};
    };
}
template <typename T, std::size_t N = 512>
constexpr std::size_t field_count() {
    if constexpr (takes<T>(std::make_index_sequence<N>{}))
        return N;
    else
        return field_count<T, N - 1>();
}

}  // namespace

TEST_CASE("behaviours: every feature of every source tree that was read is as the table says") {
    std::istringstream in{std::string(matrix)};
    std::string line;
    std::getline(in, line);
    const std::vector<std::string> trees = split(line);
    REQUIRE(trees.size() == 23);
    std::size_t compared = 0;
    while (std::getline(in, line)) {
        const std::vector<std::string> cells = split(line);
        REQUIRE(cells.size() == trees.size());
        REQUIRE_MESSAGE(tests.count(cells[0]) == 1, cells[0]);
        for (std::size_t i = 1; i < trees.size(); ++i) {
            CAPTURE(cells[0]);
            CAPTURE(trees[i]);
            CHECK(tests.at(cells[0])(of(trees[i])) == (cells[i] == "1"));
            ++compared;
        }
    }
    CHECK(compared == 22 * tests.size());
}

TEST_CASE("behaviours: the table has a row for every field") {
    std::set<std::string_view> fields;
    for (const BehaviourInfo& row : behaviour_table()) {
        CHECK(!row.what.empty());
        fields.insert(row.name.substr(0, row.name.find('=')));
    }
    CHECK(fields.size() == field_count<Behaviours>());
}

TEST_CASE("behaviours: a back-port begins inside a stable branch and ends with it") {
    const auto dropped = [](std::string_view v) { return of(v).movable_start_past_node_end_is_dropped; };
    CHECK(!dropped("5.4.49"));
    CHECK(!dropped("5.4.188"));
    CHECK(dropped("5.4.189"));
    CHECK(dropped("5.4.301"));
    CHECK(!dropped("5.5.0"));
    CHECK(!dropped("5.10.89"));
    CHECK(dropped("5.10.265"));
    CHECK(!dropped("5.15.24"));
    CHECK(dropped("5.15.85"));
    CHECK(!dropped("5.17.1"));
    CHECK(dropped("5.17.2"));
    CHECK(dropped("5.18"));
}

TEST_CASE("behaviours: one way of counting holes holds in each release") {
    const auto how = [](std::string_view v) { return of(v).unavailable_ranges; };
    CHECK(how("3.14.4") == UnavailableRanges::silent);
    CHECK(how("4.19.13") == UnavailableRanges::reserved_but_unavailable);
    CHECK(how("5.4.49") == UnavailableRanges::zeroed_struct_page);
    CHECK(how("5.10.23") == UnavailableRanges::zeroed_struct_page);
    CHECK(how("5.10.24") == UnavailableRanges::zone_total);
    CHECK(how("5.10.52") == UnavailableRanges::zone_total);
    CHECK(how("5.10.53") == UnavailableRanges::per_zone);
    CHECK(how("5.11.6") == UnavailableRanges::zeroed_struct_page);
    CHECK(how("5.12.0") == UnavailableRanges::zone_total);
    CHECK(how("5.12.17") == UnavailableRanges::per_zone);
    CHECK(how("5.13.1") == UnavailableRanges::zone_total);
    CHECK(how("5.13.2") == UnavailableRanges::per_zone);
    CHECK(how("5.14") == UnavailableRanges::per_zone);
}

TEST_CASE("behaviours: releases are worded for people") {
    for (const BehaviourInfo& row : behaviour_table()) {
        if (row.name == "core_percent") {
            CHECK(row.releases == "4.17–");
            CHECK(row.unread.empty());
        }
        if (row.name == "x86_page0_is_ram") CHECK(row.releases == "5.10.11 to before 5.10.15");
        if (row.name == "arm64_dma=Arm64Dma::none") CHECK(row.releases == "before 5.5");
    }
}

TEST_CASE("versions: read from what uname prints and from plain numbers") {
    const auto text = [](std::string_view v) {
        const auto version = version_from_string(v);
        return version ? to_string(*version) : std::string("none");
    };
    CHECK(text("6.1") == "6.1");
    CHECK(text("6.1.192") == "6.1.192");
    CHECK(text("6.1.0-56-amd64") == "6.1");
    CHECK(text("6.12.117+deb12-amd64") == "6.12.117");
    CHECK(text("5.13.0-rc3-00115-g9b6193ea776c-dirty") == "5.13");
    CHECK(text("2.6.32.27-generic") == "2.6.32");
    CHECK(text("6") == "none");
    CHECK(text("6.") == "none");
    CHECK(text("6.1x") == "none");
    CHECK(text("") == "none");
    CHECK(text("-6.1") == "none");
    CHECK(text("99999999999.1") == "none");
    CHECK(Version{5, 10, 89} < Version{5, 15, 0});
}
