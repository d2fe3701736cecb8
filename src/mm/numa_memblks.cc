// SPDX-License-Identifier: MIT
// From the blocks that firmware calls nodes to nodes in memblock.
//
// A parser adds blocks. They are cut to where memory is, blocks of one node are joined across holes that belong to nobody else, and
// overlapping blocks of different nodes make the kernel throw the whole configuration away. Then memblock's regions get their
// nodes, and nodes that hold something of the kernel's lose their hot-pluggable mark as a whole. A configuration that leaves too
// much memory without a node is thrown away too; the architecture then tries its next parser.
//
// Releases differ in what becomes of blocks without memory (kept, dropped, set aside for hot-plug), in the limits that blocks are
// cut to (0 and max_pfn; from 6.12 on the ends of DRAM, which shows in the lines about joined blocks) and in the test of coverage.
//
// NODE_DATA and the table of distances are early allocations, computed where the board does not list what is reserved.
//
// Not modelled: the refusal of nodes that share a section, which concerns kernels
// that look nodes up by section (no shipped one does).
//
// Read beside it: mm/numa_memblks.c (6.12), arch/x86/mm/numa.c (before).
#include "mm/numa_memblks.h"

#include <fmt/format.h>

namespace zonecalc {

namespace {

constexpr int LOCAL_DISTANCE = 10;
constexpr int REMOTE_DISTANCE = 20;
constexpr u64 MiB = 1024 * 1024;

std::string mem(PhysAddr start, PhysAddr end) {
    return fmt::format("[mem {:#010x}-{:#010x}]", start, end - 1);
}

bool overlap(const NumaMemblk& a, PhysAddr start, PhysAddr end) {
    return start < a.end && end > a.start;
}

// Hull of a node's blocks; empty where it has none.
PhysRange hull(const NumaMeminfo& mi, int nid) {
    PhysRange h{~PhysAddr{0}, 0};
    for (const NumaMemblk& b : mi) {
        if (b.nid != nid) continue;
        h.begin = std::min(h.begin, b.start);
        h.end = std::max(h.end, b.end);
    }
    return h;
}

// The first half of numa_cleanup_meminfo().
void trim_blocks(Boot& boot, NumaMeminfo& mi) {
    const Behaviours& b = boot.kernel.behaviours;
    const RegionList& memory = boot.memblock.memory;
    const PhysAddr low = b.numa_memblks ? boot.memblock.start_of_DRAM() : 0;
    const PhysAddr high = b.numa_memblks ? boot.memblock.end_of_DRAM() : boot.max_pfn << boot.kernel.page_shift;
    NumaMeminfo kept;
    for (NumaMemblk m : mi) {
        const bool absent = !memory.overlaps(m.start, m.end - m.start);
        if (absent && b.numa_cleanup_reserved_list) continue;  // set aside for hot-plug
        m.start = std::max(m.start, low);
        m.end = std::min(m.end, high);
        if (m.start >= m.end) continue;
        const bool recheck = b.numa_cleanup_drops_absent && !b.numa_cleanup_reserved_list;
        if (recheck && !memory.overlaps(m.start, m.end - m.start)) continue;
        kept.push_back(m);
    }
    mi = std::move(kept);
}

}  // namespace

u32 NumaState::node_distance(int from, int to) const {
    const auto cnt = static_cast<int>(distance_cnt);
    if (from < 0 || to < 0 || from >= cnt || to >= cnt) return from == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
    return distance[static_cast<std::size_t>(from) * distance_cnt + static_cast<std::size_t>(to)];
}

bool numa_add_memblk(Boot& boot, NumaState& numa, int nid, PhysAddr start, PhysAddr end) {
    if (start == end) return true;
    if (start > end || nid < 0 || static_cast<unsigned>(nid) >= boot.kernel.max_numnodes) {
        boot.message(MessageLevel::warning, fmt::format("Warning: invalid memblk node {} {}", nid, mem(start, end)),
                     "numa_add_memblk");
        return true;
    }
    if (numa.meminfo.size() >= 2 * std::size_t{boot.kernel.max_numnodes}) {  // NR_NODE_MEMBLKS
        boot.message(MessageLevel::warning, "too many memblk ranges", "numa_add_memblk");
        return false;
    }
    numa.meminfo.push_back({nid, start, end});
    return true;
}

void numa_reset_distance(Boot& boot, NumaState& numa) {
    if (numa.distance_at && boot.early)
        boot.early->allocator.free(*numa.distance_at, std::size_t{numa.distance_cnt} * numa.distance_cnt);
    numa.distance_at.reset();
    numa.distance_cnt = 0;
    numa.distance.clear();
}

void numa_set_distance(Boot& boot, NumaState& numa, int from, int to, int distance) {
    if (numa.distance_cnt == 0) {
        int highest = numa.nodes_parsed.empty() ? 0 : *numa.nodes_parsed.rbegin();
        for (const NumaMemblk& b : numa.meminfo) highest = std::max(highest, b.nid);
        const unsigned cnt = static_cast<unsigned>(highest) + 1;
        numa.distance_cnt = cnt;
        numa.distance.assign(std::size_t{cnt} * cnt, REMOTE_DISTANCE);
        for (std::size_t i = 0; i < cnt; ++i) numa.distance[i * cnt + i] = LOCAL_DISTANCE;
        if (boot.early)
            numa.distance_at = boot.early->allocator.phys_alloc(
                {.name = "node distances", .size = std::size_t{cnt} * cnt, .align = boot.kernel.page_size()});
    }
    const int cnt = static_cast<int>(numa.distance_cnt);
    const auto once = [&](std::string_view what) {
        const std::string prefix = fmt::format("Warning: {}", what);
        for (const KernelMessage& m : boot.layout.messages)
            if (m.text.starts_with(prefix)) return;
        boot.message(MessageLevel::warning, fmt::format("{}, from={} to={} distance={}", prefix, from, to, distance),
                     "numa_set_distance");
    };
    if (from >= cnt || to >= cnt || from < 0 || to < 0) return once("node ids are out of bound");
    if (distance < 0 || distance > 255 || (from == to && distance != LOCAL_DISTANCE)) return once("invalid distance parameter");
    numa.distance[static_cast<std::size_t>(from) * numa.distance_cnt + static_cast<std::size_t>(to)] =
        static_cast<unsigned char>(distance);
}

bool numa_cleanup_meminfo(Boot& boot, NumaMeminfo& mi) {
    trim_blocks(boot, mi);
    for (std::size_t i = 0; i < mi.size(); ++i) {
        for (std::size_t j = i + 1; j < mi.size();) {
            const NumaMemblk a = mi[i];
            const NumaMemblk b = mi[j];
            if (overlap(a, b.start, b.end)) {
                if (a.nid != b.nid) {
                    boot.message(
                        MessageLevel::warning,
                        fmt::format("node {} {} overlaps with node {} {}", a.nid, mem(a.start, a.end), b.nid, mem(b.start, b.end)),
                        "numa_cleanup_meminfo");
                    return false;
                }
                boot.message(
                    MessageLevel::warning,
                    fmt::format("Warning: node {} {} overlaps with itself {}", a.nid, mem(a.start, a.end), mem(b.start, b.end)),
                    "numa_cleanup_meminfo");
            }
            const PhysAddr start = std::min(a.start, b.start);
            const PhysAddr end = std::max(a.end, b.end);
            const bool join = a.nid == b.nid && std::none_of(mi.begin(), mi.end(), [&](const NumaMemblk& k) {
                                  return k.nid != a.nid && overlap(k, start, end);
                              });
            if (!join) {
                ++j;
                continue;
            }
            boot.message(
                MessageLevel::info,
                fmt::format("NUMA: Node {} {} + {} -> {}", a.nid, mem(a.start, a.end), mem(b.start, b.end), mem(start, end)),
                "numa_cleanup_meminfo");
            mi[i].start = start;
            mi[i].end = end;
            mi.erase(mi.begin() + static_cast<std::ptrdiff_t>(j));
        }
    }
    return true;
}

namespace {

// What is reserved by now.
std::vector<PhysRange> kernel_ranges(const Boot& boot, const NumaState& numa) {
    if (!boot.early) return numa.kernel_ranges;
    std::vector<PhysRange> out;
    for (const MemblockRegion& r : boot.memblock.reserved.regions()) out.push_back({r.base, r.end()});
    return out;
}

// numa_clear_kernel_node_hotplug(): one reserved byte ties all of its node to the kernel.
void numa_clear_kernel_node_hotplug(Boot& boot, const NumaState& numa) {
    const std::vector<PhysRange> ranges = kernel_ranges(boot, numa);
    std::set<int> kernel_nodes;
    for (const NumaMemblk& b : numa.meminfo)
        for (const PhysRange& r : ranges)
            if (!r.empty() && overlap(b, r.begin, r.end)) kernel_nodes.insert(b.nid);
    for (const NumaMemblk& b : numa.meminfo)
        if (kernel_nodes.count(b.nid)) boot.memblock.memory.clear_flags(b.start, b.end - b.start, MEMBLOCK_HOTPLUG);
}

// numa_register_meminfo(), the first half of numa_register_memblks() before.
bool numa_register_meminfo(Boot& boot, const NumaState& numa) {
    std::set<int> possible = numa.nodes_parsed;
    for (const NumaMemblk& b : numa.meminfo)
        if (b.nid != NUMA_NO_NODE) possible.insert(b.nid);
    if (possible.empty()) return false;
    boot.possible_nodes.assign(possible.begin(), possible.end());
    for (const NumaMemblk& b : numa.meminfo) boot.memblock.memory.set_node(b.start, b.end - b.start, b.nid);
    if (boot.early)
        for (const NumaMemblk& b : numa.meminfo) boot.memblock.reserved.set_node(b.start, b.end - b.start, b.nid);
    numa_clear_kernel_node_hotplug(boot, numa);
    return true;
}

}  // namespace

bool numa_memblks_init(Boot& boot, NumaState& numa, const std::function<bool()>& parser) {
    RegionList& memory = boot.memblock.memory;
    numa.meminfo.clear();
    numa.nodes_parsed.clear();
    numa.emulated = false;
    numa_reset_distance(boot, numa);
    memory.set_node(0, ~u64{0}, NUMA_NO_NODE);
    memory.clear_flags(0, ~u64{0}, MEMBLOCK_HOTPLUG);
    if (boot.early) boot.memblock.reserved.set_node(0, ~u64{0}, NUMA_NO_NODE);
    if (!parser()) return false;
    if (boot.early) boot.early->allocator.bottom_up = false;
    if (!numa_cleanup_meminfo(boot, numa.meminfo)) return false;
    if (numa.emu_cmdline) numa_emulation(boot, numa);
    return numa_register_meminfo(boot, numa);
}

bool numa_covers_memory(Boot& boot, const NumaState& numa) {
    const unsigned shift = boot.kernel.page_shift;
    const std::vector<EarlyRange> ranges = mem_pfn_ranges(boot.memblock.memory, shift);
    if (boot.kernel.behaviours.numa_cover_memblock) {
        u64 lost = 0;
        for (const EarlyRange& r : ranges)
            if (r.node == NUMA_NO_NODE) lost += r.range.size();
        if (lost << shift <= MiB) return true;
        boot.message(MessageLevel::warning,
                     fmt::format("NUMA: no nodes coverage for {}MB of {}MB RAM", (lost << shift) / MiB,
                                 boot.memblock.memory.total_size() / MiB),
                     "memblock_validate_numa_coverage");
        return false;
    }
    u64 numaram = 0;
    for (const NumaMemblk& b : numa.meminfo)
        for (const EarlyRange& r : ranges)
            if (r.node == b.nid) numaram += intersection(r.range, PfnRange{b.start >> shift, b.end >> shift}).size();
    u64 e820ram = 0;
    for (const EarlyRange& r : ranges) e820ram += intersection(r.range, PfnRange{0, boot.max_pfn}).size();
    if (e820ram < numaram || e820ram - numaram < MiB >> shift) return true;
    boot.message(MessageLevel::warning,
                 fmt::format("NUMA: nodes only cover {}MB of your {}MB e820 RAM. Not used.", (numaram << shift) / MiB,
                             (e820ram << shift) / MiB),
                 "numa_meminfo_cover_memory");
    return false;
}

void numa_register_nodes(Boot& boot, const NumaState& numa) {
    constexpr u64 NODE_MIN_SIZE = 4 * MiB;
    const Behaviours& b = boot.kernel.behaviours;
    boot.online_nodes.clear();
    for (const int nid : boot.possible_nodes) {
        if (b.numa_memblks) {
            if (mem_pfn_ranges(boot.memblock.memory, boot.kernel.page_shift, nid).empty()) continue;
        } else {
            const PhysRange node = hull(numa.meminfo, nid);
            if (node.empty()) continue;
            if (b.x86_node_min_size && node.size() < NODE_MIN_SIZE) continue;
        }
        if (b.x86_numa_prints_initmem) {
            const PhysRange node = hull(numa.meminfo, nid);
            const u64 zone_align = boot.kernel.page_size() << (boot.kernel.max_order + 1);
            boot.layout.arch_node_setup.push_back({nid, round_up(node.begin, zone_align), node.end - 1});
        }
        boot.online_nodes.push_back(nid);
        early_stretch(boot, [&](EarlyBoot&) { alloc_node_data(boot, nid); });
    }
    const int cnt = static_cast<int>(numa.distance_cnt);
    for (int i = 0; i < cnt; ++i)
        for (int j = 0; j < cnt; ++j) {
            const u32 d = numa.node_distance(i, j);
            if (d != static_cast<u32>(i == j ? LOCAL_DISTANCE : REMOTE_DISTANCE)) boot.distance[{i, j}] = d;
        }
}

}  // namespace zonecalc
