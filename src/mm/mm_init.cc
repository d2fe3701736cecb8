// SPDX-License-Identifier: MIT
// Zones of every node, and ZONE_MOVABLE among them.
//
// free_area_init() lays the architecture's limits end to end from the start of DRAM; that is what "Zone ranges:" prints. Where
// ZONE_MOVABLE starts on each node is decided next (find_zone_movable.cc). Then each node cuts the limits to its own range: spanned
// is what is left, present is what memory covers of it. The holes between memory regions have struct pages too, which are counted
// as unavailable.
//
// Releases differ in where the first zone starts, in whether a zone's range is cut to the node before or after ZONE_MOVABLE cuts
// it, in what is taken off the first estimate of managed pages, and in how holes are reported: kernel/behaviours.cc has the rows.
// Before 5.8, arm (and arm64 without NUMA) hand over sizes and holes instead of limits; kernelcore= does not exist there.
//
// Read beside it: mm/mm_init.c (mm/page_alloc.c before 6.4). Not modelled: the memmap's own allocation and deferred initialisation.
#include "mm/mm_init.h"

#include <fmt/format.h>

#include <bit>

#include "kernel/source_words.h"
#include "mm/find_zone_movable.h"
#include "mm/mm_init_walk.h"
#include "mm/unavailable.h"

namespace zonecalc {

namespace {

constexpr u64 KiB = 1024;

// Pages of a node inside [start, end), whatever their flags.
u64 pages_in_range(const std::vector<EarlyRange>& ranges, int nid, PfnRange within) {
    u64 pages = 0;
    for (const EarlyRange& r : ranges)
        if (r.node == nid) pages += intersection(r.range, within).size();
    return pages;
}

PfnRange get_pfn_range_for_nid(const std::vector<EarlyRange>& ranges, int nid) {
    PfnRange hull{~Pfn{0}, 0};
    for (const EarlyRange& r : ranges) {
        if (r.node != nid) continue;
        hull.begin = std::min(hull.begin, r.range.begin);
        hull.end = std::max(hull.end, r.range.end);
    }
    return hull.empty() ? PfnRange{} : hull;
}

Pfn movable_start(const Layout& layout, int nid) {
    for (const MovableStart& s : layout.movable.start)
        if (s.node == nid) return s.pfn;
    return 0;
}

class NodeZones {
public:
    NodeZones(const Boot& boot, int nid, PfnRange node)
        : boot_(boot), node_(node), movable_pfn_(movable_start(boot.layout, nid)), nid_(nid) {}

    // zone_spanned_pages_in_node()
    PfnRange span(ZoneType type) const {
        const WalkStep step(boot_.walk, "zone_spanned_pages_in_node");
        if (node_.begin == 0 && node_.end == 0) return {};
        PfnRange r = limits(type);
        step.value("arch_zone_lowest_possible_pfn", r.begin, WalkUnit::pfn);
        step.value("arch_zone_highest_possible_pfn", r.end, WalkUnit::pfn);
        if (boot_.kernel.behaviours.clamp_before_adjust) r = clamp_to_node(r);
        adjust_zone_range_for_zone_movable(type, r);
        if (r.end < node_.begin || r.begin > node_.end) {
            step.because("the zone and the node have no page in common");
            return {};
        }
        r.end = std::min(r.end, node_.end);
        r.begin = std::max(r.begin, node_.begin);
        step.value("zone_start_pfn", r.begin, WalkUnit::pfn);
        step.value("zone_end_pfn", r.end, WalkUnit::pfn);
        return r.empty() ? PfnRange{} : r;
    }

    // zone_absent_pages_in_node(). Two bugs come from here, and both are kept:
    // - up to 5.1 a range that the adjustment has emptied has nothing absent although its span was kept: "doubled spans";
    // - a movable start that rounding has carried past the node's end makes a range that runs backwards, and its length is less
    // than
    //   nothing: the pages come back as present pages of a zone that spans nothing (boots of 4.19, 5.4, 5.10 and 5.15.24 show it).
    i64 absent(ZoneType type) const {
        const WalkStep step(boot_.walk, "zone_absent_pages_in_node");
        if (node_.begin == 0 && node_.end == 0) return 0;
        PfnRange r = clamp_to_node(limits(type));
        adjust_zone_range_for_zone_movable(type, r);
        step.value("zone_start_pfn", r.begin, WalkUnit::pfn);
        step.value("zone_end_pfn", r.end, WalkUnit::pfn);
        i64 absent = static_cast<i64>(r.end) - static_cast<i64>(r.begin);
        if (absent > 0) {
            absent -= static_cast<i64>(pages_in_range(boot_.layout.early_ranges, nid_, r));
            if (boot_.core.mirrored_kernelcore && movable_pfn_ != 0) {
                const u64 mirrored = mirror_absent(type, r);
                step.value("absent by kernelcore=mirror", mirrored, WalkUnit::pages);
                absent += static_cast<i64>(mirrored);
            }
        }
        step.value("nr_absent", absent);
        return absent;
    }

private:
    PfnRange limits(ZoneType type) const {
        const ZoneLimit* l = boot_.layout.limit(type);
        return l ? l->range : PfnRange{};
    }
    PfnRange clamp_to_node(PfnRange zone) const {
        return {std::clamp(node_.begin, zone.begin, std::max(zone.begin, zone.end)),
                std::clamp(node_.end, zone.begin, std::max(zone.begin, zone.end))};
    }
    void adjust_zone_range_for_zone_movable(ZoneType type, PfnRange& r) const {
        if (movable_pfn_ == 0) return;
        const WalkStep step(boot_.walk, "adjust_zone_range_for_zone_movable");
        step.value("zone_movable_pfn", movable_pfn_, WalkUnit::pfn);
        if (type == ZoneType::Movable) {
            step.because("ZONE_MOVABLE is what lies from there to the node's end, in the zone that it is taken from");
            r = {movable_pfn_, std::min(node_.end, limits(boot_.layout.movable.zone).end)};
        } else if (!boot_.core.mirrored_kernelcore && r.begin < movable_pfn_ && r.end > movable_pfn_) {
            step.because("ZONE_MOVABLE starts inside this zone: the zone ends there");
            r.end = movable_pfn_;
        } else if (r.begin >= movable_pfn_) {
            step.because("all of this zone lies behind the start of ZONE_MOVABLE: nothing of it is left");
            r.begin = r.end;
        }
    }
    // With kernelcore=mirror, ZONE_NORMAL and ZONE_MOVABLE overlap: what is mirrored is absent from one, the rest from the other.
    u64 mirror_absent(ZoneType type, PfnRange r) const {
        if (type != ZoneType::Movable && type != ZoneType::Normal) return 0;
        const u64 page = boot_.kernel.page_size();
        u64 pages = 0;
        for (const MemblockRegion& m : boot_.memblock.memory.regions()) {
            const bool mirrored = m.flags & MEMBLOCK_MIRROR;
            if (mirrored != (type == ZoneType::Movable)) continue;
            pages += intersection(PfnRange{div_round_up(m.base, page), m.end() / page}, r).size();
        }
        return pages;
    }

    const Boot& boot_;
    PfnRange node_;
    Pfn movable_pfn_;
    int nid_;
};

// free_area_init_core(): the first estimate of managed pages.
void free_area_init_core(Boot& boot, Node& node) {
    const Kernel& kernel = boot.kernel;
    const WalkStep core(boot.walk, "free_area_init_core");
    bool first = true;
    for (Zone& z : node.zones) {
        const WalkStep step(boot.walk, "zone_init_internals");
        step.argument("zone", to_string(z.type));
        u64 freesize = z.present;
        const bool highmem = is_highmem(boot.layout, z.type);
        if (kernel.behaviours.memmap_charged) {
            const u64 memmap = calc_memmap_size(kernel, z.spanned, z.present);
            if (!highmem || kernel.behaviours.memmap_charge_shown_for_highmem) {
                z.memmap_pages = memmap;
                z.memmap_exceeds = freesize < memmap;
                step.value("memmap_pages", memmap, WalkUnit::pages);
                if (z.memmap_exceeds) step.because("the memmap would cost more than the zone has: it is not charged");
                if (!z.memmap_exceeds) freesize -= memmap;
            }
            if (first && freesize > boot.dma_reserve) {
                freesize -= boot.dma_reserve;
                z.dma_reserve = boot.dma_reserve;
                step.value("dma_reserve", boot.dma_reserve, WalkUnit::pages);
            }
        }
        z.managed_initial = highmem ? z.present : freesize;
        z.lifo_batch = zone_batchsize(kernel, z.managed_initial);
        step.value("managed_pages", z.managed_initial, WalkUnit::pages);
        step.because("an estimate: memblock_free_all() counts anew");
        if (kernel.behaviours.alloc_fair) step.value("vm_stat[NR_ALLOC_BATCH]", z.managed_initial);
        step.value("zone_batchsize", z.lifo_batch);
        tell_init(boot, z);
        first = false;
    }
}

void calculate_node_totalpages(const Boot& boot, Node& node) {
    const WalkStep step(boot.walk, "calculate_node_totalpages");
    step.argument("node_start_pfn", node.range.begin, WalkUnit::pfn);
    step.argument("node_end_pfn", node.range.end, WalkUnit::pfn);
    const NodeZones zones(boot, node.id, node.range);
    for (const ZoneType type : all_zones) {
        if (!boot.kernel.has_zone(type)) continue;
        const WalkStep each(boot.walk, boot.walk ? std::string(zone_constant(type)) + ":" : std::string());
        const PfnRange span = zones.span(type);
        Zone z;
        z.type = type;
        z.spanned = span.size();
        z.present = static_cast<u64>(std::max<i64>(static_cast<i64>(z.spanned) - zones.absent(type), 0));
        z.start_pfn = z.spanned ? span.begin : 0;
        tell_pages(each, z);
        node.zones.push_back(z);
        node.spanned += z.spanned;
        node.present += z.present;
    }
    step.value("node_present_pages", node.present, WalkUnit::pages);
    if (boot.kernel.behaviours.pgdat_spanned_is_node_range) node.spanned = node.range.size();
}

// The older way: the architecture says how long each zone is and how much of it is a hole.
void calculate_node_totalpages(const Boot& boot, Node& node, const ZoneSizes& sizes) {
    const WalkStep step(boot.walk, "calculate_node_totalpages");
    Pfn at = sizes.start_pfn;
    for (const ZoneType type : all_zones) {
        if (!boot.kernel.has_zone(type)) continue;
        const WalkStep each(boot.walk, boot.walk ? std::string(zone_constant(type)) + ":" : std::string());
        const auto i = static_cast<std::size_t>(type);
        Zone z;
        z.type = type;
        z.spanned = sizes.size[i];
        z.present = z.spanned - std::min(z.spanned, sizes.hole[i]);
        // Zones lie end to end; an empty one keeps the place where it would start.
        z.start_pfn = at;
        at += z.spanned;
        tell_pages(each, z);
        node.zones.push_back(z);
        node.spanned += z.spanned;
        node.present += z.present;
    }
    step.value("node_present_pages", node.present, WalkUnit::pages);
}

// The architecture's limits, end to end.
void set_zone_limits(Boot& boot, const ZonePfns& max_zone_pfn, const WalkPath& walk) {
    const Kernel& kernel = boot.kernel;
    Layout& layout = boot.layout;
    // Memory of no node counts here as well.
    const std::vector<EarlyRange> active = mem_pfn_ranges(boot.memblock.memory, kernel.page_shift);
    Pfn start = kernel.behaviours.zone_cursor_rounds_down ? boot.memblock.start_of_DRAM() / kernel.page_size()
                : active.empty()                          ? 0
                                                          : active.front().range.begin;
    if (walk) tell_zones(walk, kernel);
    walk.because("arch_zone_lowest_possible_pfn[] and arch_zone_highest_possible_pfn[] are zeroed, and filled zone by zone");
    walk.value(
        kernel.behaviours.zone_cursor_rounds_down ? "memblock_start_of_DRAM() in pages" : "find_min_pfn_with_active_regions()",
        start, WalkUnit::pfn);
    if (walk && has_function(kernel.version, "arch_has_descending_max_zone_pfns"))
        walk.value("arch_has_descending_max_zone_pfns()", "false");
    bool first = true;
    for (const ZoneType type : all_zones) {
        if (!kernel.has_zone(type) || type == ZoneType::Movable) continue;
        const Pfn limit = max_zone_pfn[static_cast<std::size_t>(type)];
        const bool raised = kernel.behaviours.zone_limit_raised_to_cursor || !first;
        const Pfn end = raised ? std::max(limit, start) : limit;
        layout.zone_limits.push_back({type, {start, end}});
        if (walk) {
            const std::string zone(zone_constant(type));
            walk.value("arch_zone_lowest_possible_pfn[" + zone + "]", start, WalkUnit::pfn);
            walk.value("arch_zone_highest_possible_pfn[" + zone + "]", end, WalkUnit::pfn);
            if (type == ZoneType::Device) walk.because("ZONE_DEVICE is empty: memremap_pages() fills it when a driver asks");
        }
        start = end;
        first = false;
    }
}

bool phantom(const Node& node) {
    return std::any_of(node.zones.begin(), node.zones.end(), [](const Zone& z) { return z.spanned == 0 && z.present != 0; });
}

// What no zone holds, or two zones hold.
void note_lost_memory(Boot& boot) {
    for (const Node& node : boot.layout.nodes) {
        u64 pages = 0;
        for (const EarlyRange& r : boot.layout.early_ranges)
            if (r.node == node.id) pages += r.range.size();
        if (node.present == pages) continue;
        const bool lost = node.present < pages;
        const u64 difference = lost ? pages - node.present : node.present - pages;
        const std::string amount =
            std::to_string(difference) + " pages (" + std::to_string(difference * boot.kernel.page_size() / KiB) + " KiB)";
        const std::string where = "node " + std::to_string(node.id) + ": " + amount;
        if (phantom(node)) {
            boot.note(Note::Kind::kernel_bug, "phantom-zone",
                      where +
                          " are counted twice: ZONE_MOVABLE would start past the node's end, and shows the pages in between as "
                          "present though it "
                          "spans nothing; mended in 5.18 and in 5.4.y, 5.10.y and 5.15.y",
                      {.node = node.id, .zone = ZoneType::Movable});
        } else if (boot.core.mirrored_kernelcore && lost) {
            boot.note(Note::Kind::kernel_bug, "mirror-memory-in-no-zone",
                      where +
                          " are in no zone: kernelcore=mirror leaves mirrored memory above a node's movable start, and what lies "
                          "between the first unmirrored page and the rounded start, out of both ZONE_NORMAL and ZONE_MOVABLE; "
                          "every release up to 7.1 does so",
                      {.node = node.id, .parameter = "kernelcore=mirror"});
        } else if (boot.core.mirrored_kernelcore && !boot.kernel.behaviours.clamp_before_adjust) {
            boot.note(Note::Kind::kernel_bug, "doubled-spans",
                      where +
                          " are counted twice: this release spans a node that is movable as a whole by ZONE_NORMAL as well; mended "
                          "in 5.2 "
                          "(299c83dce9ea)",
                      {.node = node.id});
        } else if (boot.core.mirrored_kernelcore) {
            boot.note(Note::Kind::kernel_bug, "mirror-memory-in-two-zones",
                      where + " are counted twice: kernelcore=mirror takes memory out of ZONE_NORMAL only, and here it is " +
                          std::string(to_string(boot.layout.movable.zone)) + " that ZONE_MOVABLE overlaps",
                      {.node = node.id, .parameter = "kernelcore=mirror"});
        } else if (lost) {
            boot.note(Note::Kind::effect, "memory-in-no-zone",
                      where + " are in no zone: they lie outside the limits that the architecture gives its zones",
                      {.node = node.id});
        }
    }
}

}  // namespace

u64 calc_memmap_size(const Kernel& kernel, u64 spanned, u64 present) {
    const u64 pages = kernel.sparse() && spanned > present + (present >> 4) ? present : spanned;
    return div_round_up(pages * kernel.size_of("page"), kernel.page_size());
}

bool is_highmem(const Layout& layout, ZoneType type) {
    return type == ZoneType::HighMem || (type == ZoneType::Movable && layout.movable.zone == ZoneType::HighMem);
}

unsigned zone_batchsize(const Kernel& kernel, u64 managed) {
    const u64 page = kernel.page_size();
    u64 batch = 0;
    if (kernel.behaviours.batch_4k_of_managed) {
        batch = std::min(managed >> 12, 256 * KiB / page);
        if (batch <= 1) return 1;
    } else {
        const u64 cap = (kernel.behaviours.batch_cap_512k ? 512 : 1024) * KiB / page;
        batch = std::max(std::min(managed >> 10, cap) / 4, u64{1});
    }
    return static_cast<unsigned>(std::bit_floor(batch + batch / 2) - 1);
}

void free_area_init(Boot& boot, const ZoneSetup& setup) {
    const Kernel& kernel = boot.kernel;
    Layout& layout = boot.layout;
    const WalkPath walk(boot.walk, setup.sizes ? "free_area_init_node" : "free_area_init");
    layout.early_ranges = mem_pfn_ranges(boot.memblock.memory, kernel.page_shift);
    // Memory that belongs to no node is in nobody's zones.
    std::erase_if(layout.early_ranges, [](const EarlyRange& r) { return r.node == NUMA_NO_NODE; });

    if (setup.sizes) {
        layout.zone_ranges_printed = false;
        layout.movable.zone = ZoneType::Normal;
        if (boot.core.kernelcore || boot.core.movablecore)
            boot.note(Note::Kind::effect, "core-unsupported",
                      "kernelcore= and movablecore= do nothing: this kernel sizes its zones without a node map");
    } else {
        set_zone_limits(boot, setup.max_zone_pfn, walk);
        walk.because("zone_movable_pfn[] is zeroed");
        find_zone_movable_pfns_for_nodes(boot);
        if (walk) tell_early_ranges(boot, walk);
    }

    const std::vector<int>& nids = kernel.behaviours.offline_nodes_init ? boot.possible_nodes : boot.online_nodes;
    for (const int nid : nids) {
        Node node;
        node.id = nid;
        node.online = std::find(boot.online_nodes.begin(), boot.online_nodes.end(), nid) != boot.online_nodes.end();
        node.was_offline = !node.online;
        node.range = get_pfn_range_for_nid(layout.early_ranges, nid);
        std::optional<WalkStep> step;
        if (!setup.sizes) step.emplace(boot.walk, "free_area_init_node");
        const WalkNote here(boot.walk);
        here.value("nid", nid);
        here.value("node_start_pfn", node.range.begin, WalkUnit::pfn);
        if (setup.sizes)
            calculate_node_totalpages(boot, node, *setup.sizes);
        else
            calculate_node_totalpages(boot, node);
        free_area_init_core(boot, node);
        layout.nodes.push_back(std::move(node));
        layout.init_order.push_back(nid);
    }
    if (walk && has_function(kernel.version, "memmap_init")) {
        const WalkStep step(boot.walk, "memmap_init");
        for (const Node& node : layout.nodes)
            for (const Zone& zone : node.zones)
                if (zone.spanned != 0) tell_memmap(boot, zone);
    }
    init_unavailable_ranges(boot);
    if (!setup.sizes) note_lost_memory(boot);
}

void init_memory_less_nodes(Boot& boot) {
    Layout& layout = boot.layout;
    for (const int nid : boot.late_online_nodes) {
        auto node = std::find_if(layout.nodes.begin(), layout.nodes.end(), [nid](const Node& n) { return n.id >= nid; });
        if (node == layout.nodes.end() || node->id != nid) {
            Node fresh;
            fresh.id = nid;
            fresh.was_offline = true;
            // Nothing, but for a node that was too small to come online before.
            fresh.range = get_pfn_range_for_nid(layout.early_ranges, nid);
            calculate_node_totalpages(boot, fresh);
            free_area_init_core(boot, fresh);
            node = layout.nodes.insert(node, std::move(fresh));
            layout.init_order.push_back(nid);
        }
        node->online = true;
        boot.online_nodes.insert(std::upper_bound(boot.online_nodes.begin(), boot.online_nodes.end(), nid), nid);
    }
    boot.late_online_nodes.clear();
}

}  // namespace zonecalc
