// SPDX-License-Identifier: MIT
// Nodes outside x86.
//
// ACPI's SRAT or the numa-node-id of memory nodes give ranges to nodes; CPUs and the distance map can name nodes without memory.
// All or nothing: one region of memory without a node, or one invalid distance, and the kernel forgets what it read and takes a
// single node 0 over all memory ("Faking a node"). Nodes that were read are online, whether they have memory or not.
//
// From 6.12 on this goes through mm/numa_memblks.c, which x86 uses too: ranges are cut to DRAM, overlaps of different nodes are
// refused, and the hot-plug marks that the device tree has set are lost, as are those of nodes that hold something reserved.
//
// No CPU is in a node's mask yet when the zonelists are built (numa_add_cpu() comes with smp_prepare_cpus()), so nodes with CPUs
// are not put behind those without, other than on x86.
//
// Read beside it: drivers/base/arch_numa.c (arch/arm64/mm/numa.c before 5.12), drivers/of/of_numa.c, drivers/acpi/numa/srat.c.
#include "arch/arch_numa.h"

#include <fmt/format.h>

#include <set>

#include "mm/cpus.h"
#include "mm/numa_memblks.h"

namespace zonecalc {

namespace {

constexpr u32 local_distance = 10;
constexpr u64 SZ_4G = u64{1} << 32;

struct Block {
    PhysRange range;
    int node = 0;
    bool hotplug = false;
};

// What firmware says about nodes, after the parser's own checks.
struct FirmwareNodes {
    std::vector<Block> blocks;  // in firmware's order
    std::set<int> parsed;       // nodes that anything names
    std::map<std::pair<int, int>, u32> distance;
};

bool is_node(const Boot& boot, int nid) {
    return nid >= 0 && static_cast<unsigned>(nid) < boot.kernel.max_numnodes;
}

bool read_blocks(Boot& boot, FirmwareNodes& out) {
    for (const SratRange& s : boot.board.srat) {
        if (!is_node(boot, s.node)) {
            boot.message(MessageLevel::warning, "ACPI: SRAT: Too many proximity domains.", "acpi_numa_memory_affinity_init");
            return false;
        }
        out.blocks.push_back({{s.base, s.base + s.size}, s.node, s.hotplug && boot.kernel.memory_hotplug});
    }
    if (boot.board.srat.empty()) {
        for (const MemoryBank& b : boot.board.memory) {
            if (!b.node) continue;
            if (!is_node(boot, *b.node)) {
                boot.message(MessageLevel::warning, fmt::format("OF: NUMA: Node id {} exceeds maximum value", *b.node),
                             "of_numa_parse_memory_nodes");
                return false;
            }
            out.blocks.push_back({{b.base, b.base + b.size}, *b.node, false});
        }
    }
    for (const Block& b : out.blocks) out.parsed.insert(b.node);
    return !out.blocks.empty();
}

// CPUs with a node, nodes of the distance map, and nodes that the board says exist.
void read_nodes_without_memory(const Boot& boot, FirmwareNodes& out) {
    const bool map_counts = boot.board.srat.empty() && !boot.kernel.behaviours.of_numa_ignores_distance_nodes;
    for (const BoardNode& n : boot.board.nodes)
        if (is_node(boot, n.id) && (!n.cpus.empty() || (map_counts && !n.distance.empty()))) out.parsed.insert(n.id);
    for (const int nid : boot.board.possible_nodes)
        if (is_node(boot, nid)) out.parsed.insert(nid);
}

// An invalid distance refuses the device tree's NUMA as a whole; a SLIT with one is only left unread.
bool read_distances(Boot& boot, FirmwareNodes& out) {
    std::map<std::pair<int, int>, u32> table;
    for (const BoardNode& n : boot.board.nodes) {
        for (std::size_t i = 0; i < n.distance.size(); ++i) {
            const auto to = static_cast<int>(i);
            const u32 d = n.distance[i];
            if (to == n.id ? d != local_distance : d <= local_distance) {
                if (!boot.board.srat.empty()) {
                    boot.message(MessageLevel::info, "ACPI: SLIT table looks invalid. Not used.", "acpi_parse_slit");
                    return true;
                }
                boot.message(MessageLevel::warning, fmt::format("OF: NUMA: Invalid distance[node{} -> node{}] = {}", n.id, to, d),
                             "of_numa_parse_distance_map_v1");
                return false;
            }
            if (is_node(boot, n.id) && is_node(boot, to)) table[{n.id, to}] = d;
        }
    }
    out.distance = std::move(table);
    return true;
}

std::optional<FirmwareNodes> firmware_nodes(Boot& boot) {
    FirmwareNodes out;
    if (!read_blocks(boot, out)) return std::nullopt;
    read_nodes_without_memory(boot, out);
    if (!read_distances(boot, out)) return std::nullopt;
    return out;
}

// The range that "Faking a node" prints and that node 0 takes.
PhysRange dummy_numa_init(Boot& boot, bool off) {
    const Memblock& m = boot.memblock;
    const PhysRange all{m.start_of_DRAM(), m.end_of_DRAM()};
    if (off) boot.message(MessageLevel::info, "NUMA: NUMA disabled", "dummy_numa_init");
    boot.message(MessageLevel::info,
                 fmt::format("NUMA: Faking a node at [mem {:#018x}-{:#018x}]",
                             boot.kernel.behaviours.numa_dummy_from_zero ? 0 : all.begin, all.end - 1),
                 "dummy_numa_init");
    return all;
}

// Every node that was parsed is online.
void numa_register_nodes(Boot& boot, const std::set<int>& parsed) {
    boot.online_nodes.assign(parsed.begin(), parsed.end());
    boot.possible_nodes = boot.online_nodes;
    boot.node_has_cpus.clear();
    for (const int nid : parsed) {
        if (mem_pfn_ranges(boot.memblock.memory, boot.kernel.page_shift, nid).empty())
            boot.message(MessageLevel::info, fmt::format("NUMA: Initmem setup node {} [<memory-less node>]", nid),
                         "setup_node_data");
        early_stretch(boot, [&](EarlyBoot&) { alloc_node_data(boot, nid); });
    }
}

// Up to 6.11: memblock's regions take nodes as they are read, and each of them must have got one.
namespace regions {

// numa_alloc_distance(): of all nodes that the kernel can have. Given back where the parser's nodes are not used.
void numa_alloc_distance(Boot& boot) {
    const u64 nodes = boot.kernel.max_numnodes;
    early_stretch(boot, [&](EarlyBoot& early) {
        early.allocator.alloc({.name = "node distances", .size = nodes * nodes, .align = boot.kernel.page_size()});
    });
}

bool numa_init(Boot& boot, const FirmwareNodes& firmware) {
    RegionList& memory = boot.memblock.memory;
    for (const Block& b : firmware.blocks) {
        memory.set_node(b.range.begin, b.range.size(), b.node);
        if (b.hotplug) memory.set_flags(b.range.begin, b.range.size(), MEMBLOCK_HOTPLUG);
    }
    for (const MemblockRegion& r : memory.regions()) {
        if (is_node(boot, r.nid)) continue;
        boot.message(MessageLevel::warning,
                     fmt::format("NUMA: Warning: invalid memblk node {} [mem {:#018x}-{:#018x}]", boot.kernel.max_numnodes, r.base,
                                 r.end() - 1),
                     "numa_register_nodes");
        return false;
    }
    numa_alloc_distance(boot);
    for (const auto& [pair, d] : firmware.distance) {
        if (d < 256)
            boot.distance[pair] = d;
        else
            boot.message(
                MessageLevel::warning,
                fmt::format("NUMA: Warning: invalid distance parameter, from={} to={} distance={}", pair.first, pair.second, d),
                "numa_set_distance");
    }
    numa_register_nodes(boot, firmware.parsed);
    return true;
}

void dummy(Boot& boot, bool off) {
    numa_alloc_distance(boot);
    dummy_numa_init(boot, off);
    boot.memblock.memory.set_node(0, ~u64{0}, 0);
    numa_register_nodes(boot, {0});
}

}  // namespace regions

// From 6.12 on: blocks first.
namespace memblks {

// memblock_validate_numa_coverage(0)
bool covers_all_memory(Boot& boot) {
    const unsigned shift = boot.kernel.page_shift;
    u64 pages = 0;
    for (const EarlyRange& r : mem_pfn_ranges(boot.memblock.memory, shift))
        if (!is_node(boot, r.node)) pages += r.range.size();
    if (pages == 0) return true;
    boot.message(MessageLevel::warning,
                 fmt::format("NUMA: no nodes coverage for {}MB of {}MB RAM", (pages << shift) >> 20,
                             boot.memblock.memory.total_size() >> 20),
                 "memblock_validate_numa_coverage");
    return false;
}

bool numa_init(Boot& boot, NumaState& numa, const std::function<bool()>& parser) {
    boot.distance.clear();
    if (!numa_memblks_init(boot, numa, parser) || numa.nodes_parsed.empty() || !covers_all_memory(boot)) return false;
    const auto cnt = static_cast<int>(numa.distance_cnt);
    for (int i = 0; i < cnt; ++i)
        for (int j = 0; j < cnt; ++j) boot.distance[{i, j}] = numa.node_distance(i, j);
    numa_register_nodes(boot, numa.nodes_parsed);
    return true;
}

NumaState state(const Boot& boot, const NumaParameters& parameters) {
    NumaState numa;
    if (boot.kernel.numa_emu) numa.emu_cmdline = parameters.fake;
    numa.numa_off = parameters.off;
    for (const ReservedRange& r : boot.board.reserved)
        if (!r.nomap) numa.kernel_ranges.push_back({r.base, r.base + r.size});
    numa.emu_dma_end = boot.memblock.start_of_DRAM() > ~PhysAddr{0} - SZ_4G ? ~PhysAddr{0} : boot.memblock.start_of_DRAM() + SZ_4G;
    return numa;
}

bool firmware(Boot& boot, const NumaParameters& parameters, const FirmwareNodes& nodes) {
    NumaState numa = state(boot, parameters);
    return numa_init(boot, numa, [&] {
        for (const Block& b : nodes.blocks) {
            if (!numa_add_memblk(boot, numa, b.node, b.range.begin, b.range.end)) return false;
            if (b.hotplug) boot.memblock.memory.set_flags(b.range.begin, b.range.size(), MEMBLOCK_HOTPLUG);
        }
        numa.nodes_parsed = nodes.parsed;
        if (!boot.board.srat.empty()) numa.nodes_with_pxm = nodes.parsed;
        for (const auto& [pair, d] : nodes.distance)
            numa_set_distance(boot, numa, pair.first, pair.second, static_cast<int>(std::min<u32>(d, 256)));
        return true;
    });
}

void dummy(Boot& boot, const NumaParameters& parameters) {
    NumaState numa = state(boot, parameters);
    const bool done = numa_init(boot, numa, [&] {
        const PhysRange all = dummy_numa_init(boot, parameters.off);
        // With ACPI built in, its fix-up of emulated nodes fails once NUMA counts as off, and emulation with it.
        numa.numa_off = boot.kernel.config_enabled("ACPI_NUMA");
        numa.nodes_parsed.insert(0);
        return numa_add_memblk(boot, numa, 0, all.begin, all.end);
    });
    if (done) return;
    boot.memblock.memory.set_node(0, ~u64{0}, 0);
    numa_register_nodes(boot, {0});
}

}  // namespace memblks

bool board_has_nodes(const Board& board) {
    return !board.srat.empty() ||
           std::any_of(board.memory.begin(), board.memory.end(), [](const MemoryBank& b) { return b.node.has_value(); });
}

// early_map_cpu_to_node(): node 0 for those of which nothing is known, and for all where the firmware's nodes are not used.
void map_cpus(Boot& boot, bool used) {
    early_stretch(boot, [&](EarlyBoot& early) {
        early.cpu_node.assign(count_cpus(boot.kernel, boot.board, boot.cmdline).possible, 0);
        if (!used) return;
        for (const BoardNode& n : boot.board.nodes)
            for (const u32 cpu : n.cpus)
                if (cpu < early.cpu_node.size() && is_node(boot, n.id)) early.cpu_node[cpu] = n.id;
    });
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
                      boot.kernel.behaviours.numa_memblks
                          ? "numa=fake= does nothing: this kernel is built without NUMA emulation"
                          : fmt::format("numa=fake= does nothing: {} has it from 6.12 on", to_string(boot.board.arch)));
    }
    return true;
}

void arch_numa_init(Boot& boot, const NumaParameters& numa) {
    const WalkStep step(boot.walk, "arch_numa_init");
    map_cpus(boot, false);
    if (!boot.kernel.numa) {
        boot.memblock.memory.set_node(0, ~u64{0}, 0);
        boot.online_nodes = boot.possible_nodes = {0};
        return;
    }
    const bool blocks = boot.kernel.behaviours.numa_memblks;
    if (!numa.off && board_has_nodes(boot.board)) {
        const auto nodes = firmware_nodes(boot);
        if (nodes && (blocks ? memblks::firmware(boot, numa, *nodes) : regions::numa_init(boot, *nodes))) {
            map_cpus(boot, true);
            return;
        }
        boot.distance.clear();
        boot.note(Note::Kind::effect, "numa-refused",
                  "the nodes of the board are not used: some of its memory has no valid node, or they contradict each other");
    }
    if (blocks)
        memblks::dummy(boot, numa);
    else
        regions::dummy(boot, numa.off);
}

}  // namespace zonecalc
