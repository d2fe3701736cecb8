// SPDX-License-Identifier: MIT
// Nodes outside x86.
//
// ACPI's SRAT or the numa-node-id of memory nodes give ranges to nodes; CPUs and the distance map can name nodes without memory. All or
// nothing: one region of memory without a node, or one invalid distance, and the kernel forgets what it read and takes a single node 0
// over all memory ("Faking a node"). Nodes that were read are online, whether they have memory or not.
//
// From 6.12 on this goes through mm/numa_memblks.c, which x86 uses too: ranges are cut to DRAM, overlaps of different nodes are refused,
// and the hot-plug marks that the device tree has set are lost, as are those of nodes that hold something reserved.
//
// No CPU is in a node's mask yet when the zonelists are built (numa_add_cpu() comes with smp_prepare_cpus()), so nodes with CPUs are not
// put behind those without, other than on x86.
//
// Read beside it: drivers/base/arch_numa.c (arch/arm64/mm/numa.c before 5.12), drivers/of/of_numa.c, drivers/acpi/numa/srat.c.
#include "arch/arch_numa.h"

#include <fmt/format.h>

#include <set>

namespace zonecalc {

namespace {

constexpr u32 local_distance = 10;

struct NumaBlock {
    PhysRange range;
    int node = 0;
    bool hotplug = false;
};

class NumaInit {
public:
    explicit NumaInit(Boot& boot) : boot_(boot), k_(boot.kernel.behaviours), acpi_(!boot.board.srat.empty()) {}

    // numa_init(acpi or of). False where the configuration is refused.
    bool firmware() {
        boot_.distance.clear();
        RegionList& memory = boot_.memblock.memory;
        if (k_.numa_memblks) memory.clear_flags(0, ~u64{0}, MEMBLOCK_HOTPLUG);
        if (!read_blocks()) return false;
        read_nodes_without_memory();
        if (!read_distances()) return false;
        if (k_.numa_memblks && !numa_cleanup_meminfo()) return false;
        for (const NumaBlock& b : blocks_) {
            memory.set_node(b.range.begin, b.range.size(), b.node);
            if (b.hotplug) memory.set_flags(b.range.begin, b.range.size(), MEMBLOCK_HOTPLUG);
        }
        if (k_.numa_memblks) numa_clear_kernel_node_hotplug();
        return covers_memory() && !parsed_.empty();
    }

    void dummy(bool off) {
        Memblock& m = boot_.memblock;
        if (off) boot_.message(MessageLevel::info, "NUMA: NUMA disabled", "dummy_numa_init");
        const PhysAddr first = k_.numa_dummy_from_zero ? 0 : m.start_of_DRAM();
        boot_.message(MessageLevel::info, fmt::format("NUMA: Faking a node at [mem {:#018x}-{:#018x}]", first, m.end_of_DRAM() - 1), "dummy_numa_init");
        if (k_.numa_memblks) m.memory.clear_flags(0, ~u64{0}, MEMBLOCK_HOTPLUG);
        boot_.distance.clear();
        m.memory.set_node(0, ~u64{0}, 0);
        parsed_ = {0};
    }

    void numa_register_nodes() {
        boot_.online_nodes.assign(parsed_.begin(), parsed_.end());
        boot_.possible_nodes = boot_.online_nodes;
        boot_.node_has_cpus.clear();
        for (const int nid : parsed_) {
            boot_.node_has_cpus[nid] = false;
            const auto& regions = boot_.memblock.memory.regions();
            if (std::none_of(regions.begin(), regions.end(), [nid](const MemblockRegion& r) { return r.nid == nid; }))
                boot_.message(MessageLevel::info, fmt::format("NUMA: Initmem setup node {} [<memory-less node>]", nid), "setup_node_data");
        }
    }

private:
    bool valid(int nid) const { return nid >= 0 && static_cast<unsigned>(nid) < boot_.kernel.max_numnodes; }

    bool read_blocks() {
        const auto refuse = [this](int nid) {
            boot_.message(MessageLevel::warning,
                          acpi_ ? std::string("SRAT: Invalid NUMA node in memory affinity") : fmt::format("OF: NUMA: Node id {} exceeds maximum value", nid),
                          acpi_ ? "acpi_numa_memory_affinity_init" : "of_numa_parse_memory_nodes");
            return false;
        };
        if (acpi_) {
            for (const SratRange& s : boot_.board.srat) {
                if (!valid(s.node)) return refuse(s.node);
                blocks_.push_back({{s.base, s.base + s.size}, s.node, s.hotplug});
            }
        } else {
            for (const MemoryBank& b : boot_.board.memory) {
                if (!b.node) continue;
                if (!valid(*b.node)) return refuse(*b.node);
                blocks_.push_back({{b.base, b.base + b.size}, *b.node, false});
            }
        }
        for (const NumaBlock& b : blocks_) parsed_.insert(b.node);
        return !blocks_.empty();
    }

    // CPUs with a node, nodes of the distance map, and nodes that the board says exist.
    void read_nodes_without_memory() {
        for (const BoardNode& n : boot_.board.nodes) {
            const bool in_map = !acpi_ && !n.distance.empty() && !k_.of_numa_ignores_distance_nodes;
            if (valid(n.id) && (!n.cpus.empty() || in_map)) parsed_.insert(n.id);
        }
        for (const int nid : boot_.board.possible_nodes)
            if (valid(nid)) parsed_.insert(nid);
    }

    // The device tree's map is refused whole, with all of NUMA; a SLIT is only left unread.
    bool read_distances() {
        std::map<std::pair<int, int>, u32> table;
        for (const BoardNode& n : boot_.board.nodes) {
            for (std::size_t to = 0; to < n.distance.size(); ++to) {
                const u32 d = n.distance[to];
                const bool self = static_cast<std::size_t>(n.id) == to;
                if (self ? d != local_distance : d <= local_distance) {
                    if (acpi_) {
                        boot_.message(MessageLevel::info, "ACPI: SLIT table looks invalid. Not used.", "acpi_parse_slit");
                        return true;
                    }
                    boot_.message(MessageLevel::warning, fmt::format("OF: NUMA: Invalid distance[node{} -> node{}] = {}", n.id, to, d), "of_numa_parse_distance_map_v1");
                    return false;
                }
                const int other = static_cast<int>(to);
                if (d > 255) {  // numa_set_distance() ignores what does not fit its bytes
                    boot_.message(MessageLevel::warning, fmt::format("NUMA: Warning: invalid distance parameter, from={} to={} distance={}", n.id, to, d), "numa_set_distance");
                } else if (valid(n.id) && valid(other)) {
                    table[{n.id, other}] = d;
                }
            }
        }
        boot_.distance = std::move(table);
        return true;
    }

    bool numa_cleanup_meminfo() {
        const PhysRange dram{boot_.memblock.start_of_DRAM(), boot_.memblock.end_of_DRAM()};
        std::vector<NumaBlock> kept;
        for (NumaBlock b : blocks_) {
            if (!boot_.memblock.memory.overlaps(b.range.begin, b.range.size())) continue;
            b.range = intersection(b.range, dram);
            if (!b.range.empty()) kept.push_back(b);
        }
        std::vector<NumaBlock> sorted = kept;
        std::stable_sort(sorted.begin(), sorted.end(), [](const NumaBlock& a, const NumaBlock& b) { return a.range.begin < b.range.begin; });
        const NumaBlock* farthest = nullptr;
        const NumaBlock* other = nullptr;  // reaches farthest of those of another node
        for (const NumaBlock& b : sorted) {
            for (const NumaBlock* before : {farthest, other}) {
                if (!before || before->node == b.node || before->range.end <= b.range.begin) continue;
                boot_.message(MessageLevel::warning,
                              fmt::format("node {} [mem {:#010x}-{:#010x}] overlaps with node {} [mem {:#010x}-{:#010x}]", before->node, before->range.begin,
                                          before->range.end - 1, b.node, b.range.begin, b.range.end - 1),
                              "numa_cleanup_meminfo");
                return false;
            }
            if (!farthest || b.range.end > farthest->range.end) {
                if (farthest && farthest->node != b.node) other = farthest;
                farthest = &b;
            } else if (b.node != farthest->node && (!other || b.range.end > other->range.end)) {
                other = &b;
            }
        }
        blocks_ = std::move(kept);
        return true;
    }

    void numa_clear_kernel_node_hotplug() {
        const RegionList& reserved = boot_.memblock.reserved;
        std::set<int> nodes;
        for (const NumaBlock& b : blocks_)
            if (reserved.overlaps(b.range.begin, b.range.size())) nodes.insert(b.node);
        for (const NumaBlock& b : blocks_)
            if (nodes.contains(b.node)) boot_.memblock.memory.clear_flags(b.range.begin, b.range.size(), MEMBLOCK_HOTPLUG);
    }

    // memblock_validate_numa_coverage(0) [6.12..]; before, numa_register_nodes() looks at every region.
    bool covers_memory() {
        Memblock& m = boot_.memblock;
        if (k_.numa_memblks) {
            u64 pages = 0;
            for (const EarlyRange& r : mem_pfn_ranges(m.memory, boot_.kernel.page_shift))
                if (!valid(r.node)) pages += r.range.size();
            if (pages == 0) return true;
            boot_.message(MessageLevel::warning,
                          fmt::format("NUMA: no nodes coverage for {}MB of {}MB RAM", (pages << boot_.kernel.page_shift) >> 20, m.memory.total_size() >> 20),
                          "memblock_validate_numa_coverage");
            return false;
        }
        for (const MemblockRegion& r : m.memory.regions()) {
            if (valid(r.nid)) continue;
            boot_.message(MessageLevel::warning,
                          fmt::format("NUMA: Warning: invalid memblk node {} [mem {:#018x}-{:#018x}]", boot_.kernel.max_numnodes, r.base, r.end() - 1),
                          "numa_register_nodes");
            return false;
        }
        return true;
    }

    Boot& boot_;
    const Behaviours& k_;
    const bool acpi_;
    std::vector<NumaBlock> blocks_;  // in firmware's order
    std::set<int> parsed_;           // numa_nodes_parsed
};

bool board_has_nodes(const Board& board) {
    return !board.srat.empty() || std::any_of(board.memory.begin(), board.memory.end(), [](const MemoryBank& b) { return b.node.has_value(); });
}

}  // namespace

bool numa_parse_early_param(Boot& boot, NumaParameters& numa, const Parameter& p) {
    if (!parameq(p.name, "numa")) return false;
    if (!boot.kernel.numa) {
        boot.note(Note::Kind::effect, "numa-unsupported", "numa= does nothing: this kernel is built without NUMA");
    } else if (!p.value) {
        boot.message(MessageLevel::warning, "Malformed early option 'numa'", "do_early_param");
    } else if (p.value->starts_with("off")) {
        numa.off = true;
    } else if (p.value->starts_with("fake=")) {
        numa.fake = p.value->substr(5);
        if (!boot.kernel.numa_emu || !boot.kernel.behaviours.numa_memblks)
            boot.note(Note::Kind::effect, "numa-fake-unsupported",
                      boot.kernel.behaviours.numa_memblks ? "numa=fake= does nothing: this kernel is built without NUMA emulation"
                                                          : fmt::format("numa=fake= does nothing: {} has it from 6.12 on", to_string(boot.board.arch)));
    }
    return true;
}

void arch_numa_init(Boot& boot, const NumaParameters& numa) {
    if (!boot.kernel.numa) {
        boot.memblock.memory.set_node(0, ~u64{0}, 0);
        boot.online_nodes = boot.possible_nodes = {0};
        return;
    }
    NumaInit firmware(boot);
    if (!numa.off && board_has_nodes(boot.board)) {
        if (firmware.firmware()) return firmware.numa_register_nodes();
        boot.note(Note::Kind::effect, "numa-refused", "the nodes of the board are not used: some of its memory has no valid node, or they contradict each other");
    }
    NumaInit dummy(boot);
    dummy.dummy(numa.off);
    dummy.numa_register_nodes();
}

}  // namespace zonecalc
