// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "allocator_machine.h"
#include "mm/cma.h"
#include "mm/page_alloc.h"
#include "mm/vmstat.h"

using namespace zonecalc;
using zonecalc::test::take;

namespace {

Kernel kernel_of(Version version) {
    Kernel k;
    k.version = version;
    k.release = to_string(version);
    k.behaviours = behaviours_of(version);
    k.config["CMA"] = "y";
    for (const ZoneType z : {ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable}) k.zones[static_cast<std::size_t>(z)] = true;
    return k;
}

// Pages 0 to 8191: DMA32 up to `border`, Normal above. The area is reserved, nothing else.
Layout machine(Pfn border, PfnRange area) {
    Layout layout;
    layout.memory = {{0, 8192 * 4096, 0, 0, {}}};
    layout.early_ranges = {{0, {0, 8192}}};
    layout.reserved = {{area.begin * 4096, area.size() * 4096, 0, 0, {}}};
    layout.cma_areas = {{"reserved", area.begin * 4096, area.size() * 4096}};
    layout.max_low_pfn = 8192;
    Node node;
    node.range = {0, 8192};
    node.spanned = node.present = 8192;
    for (const ZoneType type : {ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable}) {
        Zone z;
        z.type = type;
        if (type == ZoneType::DMA32) z.spanned = border;
        if (type == ZoneType::Normal) z.start_pfn = border, z.spanned = 8192 - border;
        z.present = z.managed_initial = z.spanned;
        node.zones.push_back(z);
    }
    node.zonelist = node.zonelist_thisnode = {{0, ZoneType::Normal}, {0, ZoneType::DMA32}};
    layout.nodes.push_back(node);
    return layout;
}

std::string cma_lists(PageAllocator& allocator, ZoneType type = ZoneType::DMA32) {
    std::string out;
    for (const FreeList& l : allocator.buddy().zone(0, type)->free.lists()) {
        if (l.type != MigrateType::Cma) continue;
        out += fmt::format("{}:", l.order);
        out += test::runs_of(l) + '\n';
    }
    return out;
}

}  // namespace

TEST_CASE("a CMA area becomes free pageblocks, at the head of lists") {
    const Kernel k = kernel_of({5, 4, 49});
    const Layout layout = machine(8192, {2048, 4096});
    PageAllocator allocator(k, layout);
    CHECK(allocator.buddy().zone(0, ZoneType::DMA32)->managed == 6144);
    CHECK(allocator.cma_init_reserved_areas().empty());
    CHECK(allocator.buddy().zone(0, ZoneType::DMA32)->managed == 8192);
    CHECK(allocator.buddy().zone(0, ZoneType::DMA32)->nr_free_cma == 2048);
    CHECK(cma_lists(allocator) == "10: 3072-1024*2\n");
    const PageblockCounts counts = pagetypeinfo_showblockcount(allocator.buddy(), allocator.buddy().zones().front(), {});
    CHECK(counts[static_cast<std::size_t>(MigrateType::Movable)] == 12);
    CHECK(counts[static_cast<std::size_t>(MigrateType::Cma)] == 4);
}

TEST_CASE("since 5.18 CMA pageblocks do not join ordinary ones") {
    const Kernel k = kernel_of({6, 1, 192});
    const Layout layout = machine(8192, {2560, 4608});
    PageAllocator allocator(k, layout);
    CHECK(allocator.cma_init_reserved_areas().empty());
    CHECK(cma_lists(allocator) == "9: 4096+0*1 2560+0*1\n10: 3072+0*1\n");
}

TEST_CASE("a CMA area in two zones becomes ordinary memory; before 5.12 its first part is used and the rest lost") {
    const Layout layout = machine(4096, {2048, 6144});
    const Kernel newer = kernel_of({6, 1, 192});
    PageAllocator given_up(newer, layout);
    CHECK(given_up.cma_init_reserved_areas() == std::vector<std::size_t>{0});
    CHECK(cma_lists(given_up) == "");
    CHECK(given_up.buddy().zone(0, ZoneType::DMA32)->managed == 4096);
    CHECK(given_up.buddy().zone(0, ZoneType::Normal)->managed == 4096);

    const Kernel older = kernel_of({5, 4, 49});
    PageAllocator half(older, layout);
    CHECK(half.cma_init_reserved_areas() == std::vector<std::size_t>{0});
    CHECK(cma_lists(half) == "10: 3072-1024*2\n");
    CHECK(half.buddy().zone(0, ZoneType::DMA32)->managed == 4096);
    CHECK(half.buddy().zone(0, ZoneType::Normal)->managed == 2048);
}

TEST_CASE("an area is activated once") {
    const Kernel k = kernel_of({6, 1, 192});
    const Layout layout = machine(8192, {2048, 4096});
    PageAllocator allocator(k, layout);
    CHECK(allocator.cma_init_reserved_areas().empty());
    CHECK(allocator.cma_init_reserved_areas().size() == 1);
    CHECK(allocator.buddy().zone(0, ZoneType::DMA32)->managed == 8192);
}

TEST_CASE("a huge area through per-CPU lists: the last pageblocks stay there, at the cost of a few") {
    Kernel k = kernel_of({6, 12, 117});
    k.config["TRANSPARENT_HUGEPAGE"] = "y";
    constexpr Pfn end = Pfn{1} << 34;
    Layout layout = machine(8192, {4096, 8192});
    layout.memory.front().size = end * 4096;
    layout.early_ranges.front().range.end = end;
    layout.reserved.front().size = layout.cma_areas.front().size = (end - 4096) * 4096;
    layout.nodes.front().zones.front().spanned = layout.nodes.front().zones.front().present = end;
    layout.nodes.front().range.end = layout.nodes.front().spanned = end;
    PageAllocator allocator(k, layout);
    BuddyZone& zone = *allocator.buddy().zone(0, ZoneType::DMA32);
    zone.pcp.resize({.batch = 63, .high_min = 252, .high_max = 16384});
    CHECK(allocator.cma_init_reserved_areas().empty());
    CHECK(zone.managed == end);
    CHECK(static_cast<u64>(zone.nr_free_cma) + zone.pcp.count() == end - 4096);
    CHECK(zone.pcp.count() != 0);
    CHECK(zone.free.run_count() < 50);
}

TEST_CASE("Movable requests take from CMA when their own lists are empty, or since 5.7 when half of what is free is there") {
    const Layout layout = machine(8192, {2048, 8192});
    const Kernel older = kernel_of({5, 4, 49});
    PageAllocator last(older, layout);
    last.cma_init_reserved_areas();
    CHECK(take(last, 3, 10, "GFP_HIGHUSER_MOVABLE") == "1024 0 7168 ");
    CHECK(take(last, 1, 10, "GFP_KERNEL") == "null ");

    const Kernel newer = kernel_of({6, 1, 192});
    PageAllocator first(newer, layout);
    first.cma_init_reserved_areas();
    CHECK(take(first, 6, 10, "GFP_HIGHUSER_MOVABLE") == "7168 6144 5120 4096 0 3072 ");
    CHECK(take(first, 2, 10, "GFP_KERNEL") == "1024 null ");
}
