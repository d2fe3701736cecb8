// SPDX-License-Identifier: MIT
// Which memory belongs to which node on x86.
//
// The ACPI SRAT says so, if it may be used and makes sense; else all memory is of node 0. A SRAT is thrown away as a whole where
// blocks of different nodes overlap or where 1 MiB or more of RAM is of no node. A board that lists banks with nodes is taken to
// have a SRAT that says the same.
//
// Nodes that the SRAT names and that have no memory are possible nodes. With CPUs they come online too, but only after the zones
// are made (from 4.9 on; before, their CPUs move to a near node). When zonelists are built no node is known to have CPUs yet:
// cpumasks are filled later, so that the penalty for nodes with CPUs weighs nothing on x86.
//
// Not modelled: AMD's northbridge as a source, generic initiators, CXL windows, proximity domains with numbers of their own.
//
// Read beside it: arch/x86/mm/numa.c, drivers/acpi/numa/srat.c.
#include <fmt/format.h>

#include "arch/x86_early.h"

namespace zonecalc::x86 {

namespace {

constexpr PhysAddr MAX_DMA32 = PhysAddr{1} << 32;

// The board's SRAT, or the one that its banks stand for.
std::vector<SratRange> srat_of(const Board& board) {
    if (!board.srat.empty()) return board.srat;
    std::vector<SratRange> srat;
    for (const MemoryBank& b : board.memory)
        if (b.node || b.hotplug) srat.push_back({b.base, b.size, b.node.value_or(0), b.hotplug, b.position});
    return srat;
}

bool is_node(const Kernel& kernel, int nid) {
    return nid >= 0 && static_cast<unsigned>(nid) < kernel.max_numnodes;
}

// acpi_parse_slit(): a table with a local distance other than 10, or a remote one of 10 or less, is not used.
void acpi_parse_slit(Boot& boot, NumaState& numa) {
    const std::vector<BoardNode>& nodes = boot.board.nodes;
    bool given = false;
    for (const BoardNode& n : nodes) {
        given = given || !n.distance.empty();
        for (std::size_t to = 0; to < n.distance.size(); ++to) {
            const bool local = static_cast<int>(to) == n.id;
            if (local ? n.distance[to] == 10 : n.distance[to] > 10) continue;
            boot.message(MessageLevel::warning, "ACPI: SLIT table looks invalid. Not used.", "acpi_parse_slit");
            return;
        }
    }
    if (!given) {
        // Its values are not known, but it takes memory.
        if (boot.early && boot.board.slit.value_or(false)) numa_set_distance(boot, numa, 0, 0, 10);
        return;
    }
    for (const BoardNode& n : nodes)
        for (std::size_t to = 0; to < n.distance.size(); ++to)
            if (numa.nodes_with_pxm.count(n.id) && numa.nodes_with_pxm.count(static_cast<int>(to)))
                numa_set_distance(boot, numa, n.id, static_cast<int>(to), static_cast<int>(std::min<u32>(n.distance[to], 256)));
}

// x86_acpi_numa_init()
bool x86_acpi_numa_init(Boot& boot, NumaState& numa, const std::vector<SratRange>& srat) {
    const Board& board = boot.board;
    const auto bad_srat = [&](std::string text) {
        boot.message(MessageLevel::warning, std::move(text), "acpi_numa_memory_affinity_init");
        boot.message(MessageLevel::warning, "ACPI: SRAT: SRAT not used.", "bad_srat");
        return false;
    };
    // Processor affinity comes before memory affinity.
    for (const BoardNode& n : board.nodes)
        if (!n.cpus.empty() && is_node(boot.kernel, n.id)) numa.nodes_parsed.insert(n.id);
    for (const int nid : board.possible_nodes)
        if (is_node(boot.kernel, nid)) numa.nodes_parsed.insert(nid);
    // Nodes are numbered as the table names them: where a number is missing, a processor was first.
    for (const SratRange& s : srat)
        for (int nid = 0; nid < s.node && is_node(boot.kernel, nid); ++nid) numa.nodes_parsed.insert(nid);
    for (const SratRange& s : srat) {
        if (!is_node(boot.kernel, s.node)) return bad_srat("ACPI: SRAT: Too many proximity domains.");
        if (!numa_add_memblk(boot, numa, s.node, s.base, s.base + s.size))
            return bad_srat(fmt::format("ACPI: SRAT: Failed to add memblk to node {} [mem {:#010x}-{:#010x}]", s.node, s.base,
                                        s.base + s.size - 1));
        numa.nodes_parsed.insert(s.node);
        if (boot.early)
            boot.early->x86->max_possible =
                std::max(boot.early->x86->max_possible, round_up(s.base + s.size, boot.kernel.page_size()));
        if (s.hotplug && boot.kernel.memory_hotplug) boot.memblock.memory.set_flags(s.base, s.size, MEMBLOCK_HOTPLUG);
    }
    numa.nodes_with_pxm = numa.nodes_parsed;
    acpi_parse_slit(boot, numa);
    return !srat.empty();
}

bool dummy_numa_init(Boot& boot, NumaState& numa) {
    const PhysAddr end = boot.max_pfn << boot.kernel.page_shift;
    boot.message(MessageLevel::info, numa.numa_off ? "NUMA turned off" : "No NUMA configuration found", "dummy_numa_init");
    boot.message(MessageLevel::info, fmt::format("Faking a node at [mem {:#018x}-{:#018x}]", 0, end - 1), "dummy_numa_init");
    numa.nodes_parsed.insert(0);
    numa.nodes_with_pxm.clear();
    numa_add_memblk(boot, numa, 0, 0, end);
    return true;
}

// numa_init()
bool numa_init(Boot& boot, NumaState& numa, const std::function<bool()>& parser) {
    if (!numa_memblks_init(boot, numa, parser) || !numa_covers_memory(boot, numa)) return false;
    numa_register_nodes(boot, numa);
    return true;
}

// init_cpu_to_node(): nodes with CPUs come online although they have no memory. Where a board does not say which nodes have CPUs,
// those that are more than room for hot-plug must have some.
void init_cpu_to_node(Boot& boot, const NumaState& numa, const std::vector<SratRange>& srat) {
    if (!boot.kernel.behaviours.x86_memoryless_cpu_nodes || numa.emulated) return;
    const std::vector<BoardNode>& nodes = boot.board.nodes;
    const bool cpus_given = std::any_of(nodes.begin(), nodes.end(), [](const BoardNode& n) { return !n.cpus.empty(); });
    for (const int nid : boot.possible_nodes) {
        if (std::find(boot.online_nodes.begin(), boot.online_nodes.end(), nid) != boot.online_nodes.end()) continue;
        bool has_cpus = std::any_of(nodes.begin(), nodes.end(), [&](const BoardNode& n) { return n.id == nid && !n.cpus.empty(); });
        if (!cpus_given) {
            bool has_blocks = false;
            bool all_hotplug = true;
            for (const SratRange& s : srat) {
                if (s.node != nid || s.size == 0) continue;
                has_blocks = true;
                all_hotplug = all_hotplug && s.hotplug;
            }
            has_cpus = !has_blocks || !all_hotplug;
            if (has_blocks && has_cpus)
                boot.note(Note::Kind::assumption, "node-cpus",
                          fmt::format("node {} has no memory left; it is taken to have CPUs, and so to come online", nid));
        }
        if (has_cpus) boot.late_online_nodes.push_back(nid);
    }
}

// Nodes of less than NODE_MIN_SIZE that no CPU brings online.
void note_small_nodes(Boot& boot) {
    const auto online = [](const std::vector<int>& nodes, int nid) { return std::ranges::find(nodes, nid) != nodes.end(); };
    for (const int nid : boot.possible_nodes) {
        if (online(boot.online_nodes, nid) || online(boot.late_online_nodes, nid)) continue;
        if (mem_pfn_ranges(boot.memblock.memory, boot.kernel.page_shift, nid).empty()) continue;
        boot.note(Note::Kind::effect, "node-too-small",
                  fmt::format("node {} has less than 4 MiB: this release leaves it offline, and its memory unused", nid));
    }
}

}  // namespace

void initmem_init(Boot& boot, const Options& options) {
    boot.online_nodes = boot.possible_nodes = {0};
    boot.late_online_nodes.clear();
    if (!boot.kernel.numa) {
        boot.memblock.memory.set_node(0, ~u64{0}, 0);
        numa_cpu_nodes(boot, NumaState());
        return;
    }
    const std::vector<SratRange> srat = srat_of(boot.board);
    NumaState numa;
    numa.emu_cmdline = options.numa_fake;
    numa.numa_off = options.numa_off;
    numa.kernel_ranges = kernel_ranges(boot);
    numa.emu_dma_end = MAX_DMA32;

    const bool acpi = !options.numa_off && !options.srat_disabled && boot.kernel.config_enabled("ACPI_NUMA");
    const bool done = (acpi && numa_init(boot, numa, [&] { return x86_acpi_numa_init(boot, numa, srat); })) ||
                      numa_init(boot, numa, [&] { return dummy_numa_init(boot, numa); });
    if (!done) {
        // The kernel counts on this never happening.
        boot.memblock.memory.set_node(0, ~u64{0}, 0);
        boot.online_nodes = boot.possible_nodes = {0};
        return;
    }
    init_cpu_to_node(boot, numa, srat);
    note_small_nodes(boot);
    numa_cpu_nodes(boot, numa);
}

}  // namespace zonecalc::x86
