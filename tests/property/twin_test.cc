// SPDX-License-Identifier: MIT
// The page allocator on runs against its twin on pages: random machines, releases and requests; every list after every step.
// ZONECALC_TWIN_STEPS asks for more.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <random>
#include <set>
#include <tuple>

#include "mm/page_alloc.h"
#include "property/twin.h"

using namespace zonecalc;

namespace {

constexpr Version releases[] = {{3, 14, 4},  {4, 4, 0},   {4, 9, 0},    {4, 19, 13}, {5, 0, 0},  {5, 4, 49}, {5, 9, 1},
                                {5, 10, 89}, {5, 15, 24}, {5, 19, 0},   {6, 1, 192}, {6, 3, 0},  {6, 6, 87}, {6, 8, 0},
                                {6, 10, 0},  {6, 12, 5},  {6, 12, 117}, {6, 13, 0},  {6, 15, 0}, {6, 18, 2}, {7, 1, 5}};

class Machine {
public:
    explicit Machine(std::mt19937_64& random) : random_(random) {
        make_kernel();
        make_layout();
    }
    Kernel kernel;
    Layout layout;
    int pages = 0;

    u64 below(u64 n) { return n == 0 ? 0 : random_() % n; }
    bool chance(unsigned percent) { return below(100) < percent; }

private:
    void make_kernel() {
        kernel.version = releases[below(std::size(releases))];
        kernel.behaviours = behaviours_of(kernel.version);
        kernel.release = to_string(kernel.version);
        kernel.arch = chance(60) ? Arch::x86_64 : chance(50) ? Arch::arm64 : Arch::arm;
        kernel.max_order = static_cast<unsigned>(3 + below(8));
        kernel.pageblock_order = chance(50) ? kernel.max_order : static_cast<unsigned>(1 + below(kernel.max_order));
        kernel.memory_model = chance(70) ? MemoryModel::sparsemem_vmemmap : MemoryModel::flatmem;
        kernel.section_size_bits = kernel.page_shift + kernel.max_order + static_cast<unsigned>(below(3));
        kernel.numa = kernel.arch != Arch::arm && chance(60);
        kernel.highmem = kernel.arch == Arch::arm && chance(70);
        kernel.deferred_struct_page_init = kernel.sparse() && !kernel.highmem && kernel.version >= Version{4, 19, 0} && chance(40);
        kernel.config["CMA"] = chance(50) ? "y" : "n";
        const unsigned huge = kernel.behaviours.pcp_thp_is_pmd_order ? 9 : kernel.pageblock_order;
        kernel.config["TRANSPARENT_HUGEPAGE"] = huge > 3 && huge <= kernel.max_order && chance(50) ? "y" : "n";
        for (const ZoneType z : all_zones)
            kernel.zones[static_cast<std::size_t>(z)] = z == ZoneType::Normal || z == ZoneType::Movable || chance(60);
        kernel.zones[static_cast<std::size_t>(ZoneType::HighMem)] = kernel.highmem;
        kernel.zones[static_cast<std::size_t>(ZoneType::Device)] = false;
    }

    void make_layout() {
        const u64 largest = kernel.max_order_nr_pages();
        pages = static_cast<int>(std::min<u64>(largest * (4 + below(20)), 8192));
        const int nodes = kernel.numa ? static_cast<int>(1 + below(3)) : 1;
        const bool mirror = kernel.behaviours.core_mirror && chance(15);
        const u64 size = kernel.page_size();

        RegionList memory;
        Pfn at = chance(50) ? 0 : 1 + below(largest);
        int node = 0;
        while (at + 1 < static_cast<Pfn>(pages)) {
            const u64 count = 1 + below(static_cast<u64>(pages) / 3);
            const Pfn end = std::min<Pfn>(static_cast<Pfn>(pages), chance(50) ? round_up(at + count, largest) : at + count);
            unsigned flags = 0;
            if (mirror && chance(50)) flags |= MEMBLOCK_MIRROR;
            if (chance(10)) flags |= MEMBLOCK_HOTPLUG;
            if (kernel.behaviours.memblock_flags_nomap_mirror && chance(5)) flags |= MEMBLOCK_NOMAP;
            memory.add(at * size, (end - at) * size, node, flags);
            at = end + (chance(60) ? 0 : below(largest));
            if (chance(60)) node = static_cast<int>(below(static_cast<u64>(nodes)));
        }
        RegionList reserved;
        for (u64 n = below(12); n > 0; --n)
            reserved.add(below(static_cast<u64>(pages)) * size + (chance(20) ? below(size) : 0),
                         (1 + below(largest)) * (chance(80) ? size : 100), 0, 0);
        layout.memory = memory.regions();
        if (kernel.config_enabled("CMA"))
            for (u64 n = below(4); n > 0; --n) reserve_cma(reserved);
        layout.reserved = reserved.regions();
        layout.early_ranges = mem_pfn_ranges(memory, kernel.page_shift);
        layout.mobility_grouping = !chance(10);
        layout.max_low_pfn = ~Pfn{0};
        if (mirror) layout.movable.path = MovablePath::mirror;

        std::vector<std::pair<ZoneType, PfnRange>> limits;
        Pfn cursor = 0;
        for (const ZoneType z : all_zones) {
            if (!kernel.has_zone(z) || z == ZoneType::Movable) continue;
            Pfn end = std::min<Pfn>(static_cast<Pfn>(pages), cursor + 1 + below(static_cast<u64>(pages) / 2));
            // Within memory, zones meet where a block of the largest size can end, but for highmem that is handed over apart.
            const bool exact = chance(50) && z == ZoneType::Normal && kernel.highmem && kernel.behaviours.highmem_freed_by_pages;
            if (!exact) end = std::min<Pfn>(round_up(end, largest), static_cast<Pfn>(pages));
            if (z == ZoneType::HighMem || (z == ZoneType::Normal && !kernel.highmem)) end = static_cast<Pfn>(pages);
            if (z == ZoneType::HighMem) layout.max_low_pfn = cursor;
            limits.push_back({z, {cursor, std::max(cursor, end)}});
            cursor = std::max(cursor, end);
        }
        for (int nid = 0; nid < nodes; ++nid) {
            Node n;
            n.id = nid;
            PfnRange hull{~Pfn{0}, 0};
            for (const EarlyRange& r : layout.early_ranges)
                if (r.node == nid) hull = {std::min(hull.begin, r.range.begin), std::max(hull.end, r.range.end)};
            n.range = hull.empty() ? PfnRange{} : hull;
            const Pfn movable = chance(30) || mirror ? round_up(n.range.begin + below(n.range.size() + 1), largest) : ~Pfn{0};
            for (const ZoneType z : all_zones) {
                if (!kernel.has_zone(z)) continue;
                Zone zone;
                zone.type = z;
                PfnRange span;
                if (z == ZoneType::Movable) {
                    const PfnRange top = limits.back().second;
                    span = movable == ~Pfn{0} ? PfnRange{} : intersection(PfnRange{std::max(movable, top.begin), n.range.end}, top);
                } else {
                    for (const auto& [type, range] : limits)
                        if (type == z) span = intersection(range, n.range);
                    if (!mirror && movable != ~Pfn{0} && z == limits.back().first)
                        span.end = std::max(span.begin, std::min(span.end, movable));
                }
                if (!span.empty()) {
                    zone.start_pfn = span.begin;
                    zone.spanned = span.size();
                    for (const EarlyRange& r : layout.early_ranges)
                        if (r.node == nid) zone.present += intersection(r.range, span).size();
                }
                zone.managed_initial = chance(50) ? zone.present : below(zone.present + 1);
                n.spanned += zone.spanned;
                n.present += zone.present;
                n.zones.push_back(zone);
            }
            layout.nodes.push_back(std::move(n));
        }
        layout.nr_online_nodes = static_cast<unsigned>(nodes);
        for (Node& n : layout.nodes) {
            const auto append = [&](const Node& from, std::vector<ZoneRef>& list) {
                for (auto z = from.zones.rbegin(); z != from.zones.rend(); ++z)
                    if (z->populated()) list.push_back({from.id, z->type});
            };
            append(n, n.zonelist);
            append(n, n.zonelist_thisnode);
            for (const Node& other : layout.nodes)
                if (other.id != n.id) append(other, n.zonelist);
        }
        defer_init(kernel, layout);
    }

    // Somewhere in the memory, where nothing is reserved yet.
    void reserve_cma(RegionList& reserved) {
        const MemblockRegion& r = layout.memory[below(layout.memory.size())];
        const u64 unit =
            kernel.page_size() << (kernel.behaviours.cma_aligned_to_pageblock ? kernel.pageblock_order : kernel.max_order);
        const u64 first = div_round_up(r.base, unit);
        const u64 end = r.end() / unit;
        if (r.flags & MEMBLOCK_NOMAP || first >= end) return;
        const PhysAddr base = (first + below(end - first)) * unit;
        const u64 size = (1 + below(end - base / unit)) * unit;
        for (const MemblockRegion& taken : reserved.regions())
            if (taken.base < base + size && base < taken.end()) return;
        reserved.add(base, size, 0, 0);
        layout.cma_areas.push_back({"cma", base, size});
    }

    std::mt19937_64& random_;
};

// What differs, or nothing.
std::string difference(PageAllocator& model, twin::Twin& twin, const Machine& machine) {
    for (std::size_t i = 0; i < twin.zones().size(); ++i) {
        const BuddyZone& a = model.buddy().zones()[i];
        const twin::Zone& b = twin.zones()[i];
        const std::string where = fmt::format("node {} {}: ", a.node, to_string(a.type));
        if (a.managed != b.managed) return where + fmt::format("managed {} and {}", a.managed, b.managed);
        if (a.nr_free_pages != b.free_pages) return where + fmt::format("free {} and {}", a.nr_free_pages, b.free_pages);
        std::size_t lists = 0;
        for (const auto& [key, ends] : b.lists) lists += ends.first >= 0;
        const std::vector<FreeList> mine = a.free.lists();
        if (mine.size() != lists) return where + fmt::format("{} lists and {}", mine.size(), lists);
        for (const FreeList& l : mine) {
            const std::vector<int> theirs = twin.list(b, static_cast<int>(l.order), l.type);
            std::size_t at = 0;
            bool same = true;
            for (const PageRun& r : l.runs)
                for (u64 k = 0; k < r.count && same; ++k, ++at)
                    same = at < theirs.size() && static_cast<i64>(r.first) + static_cast<i64>(k) * r.step == theirs[at];
            if (!same || at != theirs.size())
                return where + fmt::format("order {} {} differs at {}", l.order, to_string(l.type), at);
        }
        if (a.pcp.count() != static_cast<u64>(b.pcp_count))
            return where + fmt::format("per-CPU {} and {}", a.pcp.count(), b.pcp_count);
        for (const auto& [index, entries] : b.pcp_lists) {
            const bool none = a.pcp.lists().size() <= static_cast<std::size_t>(index);
            if (none ? !entries.empty() : entries.size() != a.pcp.lists()[static_cast<std::size_t>(index)].size())
                return where + fmt::format("per-CPU list {}", index);
            for (std::size_t k = 0; k < entries.size(); ++k)
                if (static_cast<Pfn>(entries[k].first) != a.pcp.lists()[static_cast<std::size_t>(index)][k].pfn)
                    return where + fmt::format("per-CPU list {} at {}", index, k);
        }
    }
    for (const Node& n : machine.layout.nodes) {
        const auto d = model.first_deferred_pfn(n.id);
        if ((d ? static_cast<int>(*d) : -1) != twin.first_deferred(n.id))
            return fmt::format("node {}: deferred from {} and {}", n.id, d.value_or(0), twin.first_deferred(n.id));
    }
    return {};
}

// Runs one machine; returns the steps made, or fails.
u64 run_machine(u64 seed, u64 most_steps) {
    std::mt19937_64 random(seed);
    Machine m(random);
    PageAllocator model(m.kernel, m.layout);
    twin::Twin twin(m.kernel, m.layout, m.pages);
    std::string what = "hand-over";
    const auto same = [&] {
        const std::string d = difference(model, twin, m);
        if (d.empty()) return true;
        FAIL_CHECK(fmt::format("seed {}, {}, after {}: {}", seed, to_string(m.kernel.version), what, d));
        return false;
    };
    if (!same()) return 0;

    struct Block {
        int pfn;
        int order;
    };
    std::vector<Block> held;
    std::set<Pfn> returned;
    u64 step = 0;
    const bool greedy = m.chance(30);
    bool late = std::none_of(m.layout.nodes.begin(), m.layout.nodes.end(), [](const Node& n) { return n.first_deferred_pfn; });
    bool cma = false;
    bool two_zones = false;
    bool sized = false;
    for (; step < most_steps; ++step) {
        const u64 dice = m.below(100);
        if (dice < (greedy ? 70 : 52)) {
            twin::Request r;
            r.order = static_cast<unsigned>(m.chance(60) ? 0 : m.chance(70) ? m.below(4) : m.below(m.kernel.max_order + 2));
            r.node = static_cast<int>(m.below(m.layout.nodes.size()));
            std::string gfp = "0";
            switch (m.below(6)) {
                case 0:
                    r.type = MigrateType::Movable, gfp += "|__GFP_MOVABLE";
                    break;
                case 1:
                    r.type = MigrateType::Movable, gfp += "|__GFP_MOVABLE|__GFP_HIGHMEM", r.highest = ZoneType::Movable;
                    break;
                case 2:
                    r.type = MigrateType::Reclaimable, gfp += "|__GFP_RECLAIMABLE";
                    break;
                default:
                    break;
            }
            if (r.highest == ZoneType::Normal) {
                switch (m.below(8)) {
                    case 0:
                        gfp += "|__GFP_DMA", r.highest = m.kernel.has_zone(ZoneType::DMA) ? ZoneType::DMA : ZoneType::Normal;
                        break;
                    case 1:
                        gfp += "|__GFP_DMA32", r.highest = m.kernel.has_zone(ZoneType::DMA32) ? ZoneType::DMA32 : ZoneType::Normal;
                        break;
                    case 2:
                        if (r.type == MigrateType::Movable) break;
                        gfp += "|__GFP_HIGHMEM",
                            r.highest = m.kernel.has_zone(ZoneType::HighMem) ? ZoneType::HighMem : ZoneType::Normal;
                        break;
                    default:
                        break;
                }
            }
            if (m.chance(20)) r.thisnode = true, gfp += "|__GFP_THISNODE";
            if (m.chance(20)) r.high = true, gfp += "|__GFP_HIGH";
            if (m.kernel.behaviours.gfp_atomic && m.chance(20)) r.atomic = true, gfp += "|__GFP_ATOMIC";
            if (m.kernel.behaviours.gfp_bits <= GfpBits::v4_4 && m.chance(20)) r.cold = true, gfp += "|__GFP_COLD";
            const auto bits = parse_gfp(m.kernel, gfp);
            REQUIRE(bits);
            if (m.chance(6)) {
                const int count = static_cast<int>(1 + m.below(20));
                what = fmt::format("step {}: bulk {} {}", step, count, gfp);
                const AllocatedPages mine = model.alloc_pages_bulk(*bits, r.node, static_cast<u64>(count));
                const std::vector<int> theirs = twin.bulk(r, count);
                if (std::vector<int>(mine.pfns.begin(), mine.pfns.end()) != theirs) {
                    FAIL_CHECK(fmt::format("seed {}, {}, {}: {} and {}", seed, to_string(m.kernel.version), what,
                                           fmt::join(mine.pfns, " "), fmt::join(theirs, " ")));
                    return 0;
                }
                for (const int p : theirs) held.push_back({p, 0});
            } else {
                what = fmt::format("step {}: order {} {} node {}", step, r.order, gfp, r.node);
                const AllocatedPages mine = model.alloc_pages(r.order, *bits, r.node);
                const int theirs = twin.alloc(r);
                const int pfn = mine.pfns.empty() ? -1 : static_cast<int>(mine.pfns.front());
                if (pfn != theirs) {
                    FAIL_CHECK(fmt::format("seed {}, {}, {}: pfn {} and {}", seed, to_string(m.kernel.version), what, pfn, theirs));
                    return 0;
                }
                if (pfn >= 0) held.push_back({pfn, static_cast<int>(r.order)});
            }
        } else if (dice < 97) {
            if (held.empty()) continue;
            const std::size_t i = m.chance(50) ? held.size() - 1 : m.below(held.size());
            const Block b = held[i];
            held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
            what = fmt::format("step {}: free {} order {}", step, b.pfn, b.order);
            REQUIRE(model.free_pages(static_cast<Pfn>(b.pfn), static_cast<unsigned>(b.order)));
            REQUIRE_FALSE(model.free_pages(static_cast<Pfn>(b.pfn), static_cast<unsigned>(b.order)));
            twin.free(b.pfn, b.order);
        } else if (dice == 97) {
            what = fmt::format("step {}: sizes and watermarks", step);
            const u64 batch = 1 + m.below(12);
            const PerCpuPages size{batch, m.below(60), 4 * batch, 4 * batch + m.below(60)};
            const Watermark mark{m.below(20), 20 + m.below(20), 40 + m.below(40)};
            for (std::size_t i = 0; i < twin.zones().size(); ++i) {
                model.buddy().zones()[i].pcp.resize(size);
                twin.zones()[i].pcp = {size.batch, size.high, size.high_min, size.high_max};
                model.buddy().zones()[i].watermark = twin.zones()[i].mark = mark;
                for (std::size_t k = 0; k < twin.zones()[i].reserve.size(); ++k)
                    model.buddy().zones()[i].lowmem_reserve[k] = twin.zones()[i].reserve[k] = m.below(8);
            }
        } else if (!sized && m.chance(30)) {
            sized = true;
            what = fmt::format("step {}: setup_per_cpu_pageset", step);
            WatermarkSettings settings;
            settings.kernel = &m.kernel;
            settings.cpus_of_node = {1};
            model.setup_per_cpu_pageset(settings);
            twin.setup_per_cpu_pageset();
            for (std::size_t i = 0; i < twin.zones().size(); ++i) {
                const PerCpuPages& size = model.buddy().zones()[i].pcp.size();
                const twin::PcpSize& theirs = twin.zones()[i].pcp;
                if (std::tuple(size.batch, size.high, size.high_min, size.high_max) !=
                    std::tuple(theirs.batch, theirs.high, theirs.high_min, theirs.high_max)) {
                    FAIL_CHECK(fmt::format("seed {}, {}, {}: zone {}: batch {} and {}", seed, to_string(m.kernel.version), what, i,
                                           size.batch, theirs.batch));
                    return 0;
                }
            }
        } else if (dice == 98 && m.chance(20)) {
            late = true;
            what = fmt::format("step {}: page_alloc_init_late", step);
            WatermarkSettings settings;
            settings.kernel = &m.kernel;
            settings.cpus_of_node.assign(m.layout.nodes.size(), 1);
            model.page_alloc_init_late(settings);
            twin.init_late();
            for (std::size_t i = 0; i < twin.zones().size(); ++i) {
                const PerCpuPages& size = model.buddy().zones()[i].pcp.size();
                twin.zones()[i].pcp = {size.batch, size.high, size.high_min, size.high_max};
            }
        } else if (late && !cma && m.chance(50)) {
            cma = true;
            what = fmt::format("step {}: cma_init_reserved_areas", step);
            for (const CmaArea& area : m.layout.cma_areas) {
                const Pfn begin = area.base / m.kernel.page_size();
                const Pfn end = begin + area.size / m.kernel.page_size();
                if (model.buddy().zone_of(begin) && model.buddy().same_zone_until(begin) >= end)
                    twin.activate_cma(static_cast<int>(begin), static_cast<int>(end));
                else
                    two_zones = true;
            }
            model.cma_init_reserved_areas();
            if (two_zones) return step;
        } else if (!m.layout.reserved.empty()) {
            // a reserved page comes back
            const MemblockRegion& r = m.layout.reserved[m.below(m.layout.reserved.size())];
            const Pfn pfn = r.base / m.kernel.page_size();
            what = fmt::format("step {}: reserved {} comes back", step, pfn);
            const bool in_cma = std::any_of(m.layout.cma_areas.begin(), m.layout.cma_areas.end(),
                                            [&](const CmaArea& a) { return a.base <= r.base && r.base < a.base + a.size; });
            if (!in_cma && pfn < static_cast<Pfn>(m.pages) && returned.insert(pfn).second && model.free_pages(pfn, 0))
                twin.free(static_cast<int>(pfn), 0);
        }
        if (!same()) return 0;
    }
    return step;
}

}  // namespace

TEST_CASE("the page allocator on runs and one on pages agree in every list after every step") {
    const char* asked = std::getenv("ZONECALC_TWIN_STEPS");
    const u64 wanted = asked ? std::strtoull(asked, nullptr, 10) : 200000;
    const char* seeds = std::getenv("ZONECALC_TWIN_SEED");
    u64 seed = seeds ? std::strtoull(seeds, nullptr, 10) : 1;
    u64 steps = 0;
    unsigned failed = 0;
    while (steps < wanted && failed < 5) {
        const u64 made = run_machine(seed++, 250);
        failed += made == 0;
        steps += made;
    }
    CHECK(steps >= wanted);
}
