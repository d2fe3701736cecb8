// SPDX-License-Identifier: MIT
// Memory says its node in "numa-node-id", and so do CPUs; a map has distances, each of which counts for both directions unless the
// other is given. The first CPU of the tree is taken to be the one that boots.
//
// Read beside it: drivers/of/of_numa.c.
#include "input/dtb_numa.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "input/dtb_cpus.h"
#include "input/limits.h"

namespace zonecalc {

namespace {

constexpr u32 LOCAL_DISTANCE = 10, REMOTE_DISTANCE = 20;

using Nodes = std::map<int, BoardNode>;

BoardNode& node_of(Nodes& nodes, u64 id) {
    BoardNode& node = nodes[static_cast<int>(id)];
    node.id = static_cast<int>(id);
    return node;
}

// of_numa_parse_memory_nodes()
std::string memory_nodes(const Board& board, Nodes& nodes) {
    for (const MemoryBank& m : board.memory) {
        if (!m.node) return fmt::format("memory at {:#x} has no \"numa-node-id\" while other memory has", m.base);
        if (*m.node > highest_node) return fmt::format("the node of the memory at {:#x} is impossible", m.base);
        node_of(nodes, static_cast<u64>(*m.node));
    }
    return {};
}

// of_numa_parse_cpu_nodes()
void nodes_of_cpus(const std::vector<const DtNode*>& cpus, Nodes& nodes) {
    for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu) {
        const DtProperty* nid = cpus[cpu]->property("numa-node-id");
        if (!nid || nid->value.size() < 4) continue;
        const u64 id = read_cells(nid->value, 0, 1);
        if (id > highest_node) continue;  // "exceeds maximum value", and goes on
        node_of(nodes, id).cpus.push_back(static_cast<u32>(cpu));
    }
}

// of_numa_parse_distance_map()
std::string distances(const DtTree& tree, Nodes& nodes) {
    const auto map =
        std::ranges::find_if(tree.nodes, [](const DtNode& n) { return n.lists("compatible", "numa-distance-map-v1"); });
    if (map == tree.nodes.end()) return {};
    const DtProperty* matrix = map->property("distance-matrix");
    if (!matrix || matrix->value.size() < 4 || matrix->value.size() % 4 != 0) return "the distance map has no \"distance-matrix\"";
    struct Entry {
        u64 from, to, distance;
    };
    std::vector<Entry> entries;
    u64 highest = 0;
    for (u64 at = 0; at + 2 < matrix->value.size() / 4; at += 3) {
        const Entry e{read_cells(matrix->value, at, 1), read_cells(matrix->value, at + 1, 1), read_cells(matrix->value, at + 2, 1)};
        if ((e.from == e.to && e.distance != LOCAL_DISTANCE) || (e.from != e.to && e.distance <= LOCAL_DISTANCE))
            return fmt::format("the distance from node {} to node {} is {}", e.from, e.to, e.distance);
        if (e.from > highest_node || e.to > highest_node || e.distance > 255) continue;  // numa_set_distance() warns
        entries.push_back(e);
        node_of(nodes, e.from);
        highest = std::max(highest, e.to);
    }
    const std::size_t count = std::max(highest, static_cast<u64>(nodes.rbegin()->first)) + 1;
    for (auto& [id, node] : nodes) {
        node.distance.assign(count, REMOTE_DISTANCE);
        node.distance[static_cast<std::size_t>(id)] = LOCAL_DISTANCE;
    }
    for (const Entry& e : entries) {
        nodes[static_cast<int>(e.from)].distance[e.to] = static_cast<u32>(e.distance);
        const auto back = nodes.find(static_cast<int>(e.to));
        if (e.to > e.from && back != nodes.end()) back->second.distance[e.from] = static_cast<u32>(e.distance);
    }
    return {};
}

void one_node(Board& board) {
    for (MemoryBank& m : board.memory) m.node.reset();
}

}  // namespace

std::string of_numa_init(const DtTree& tree, Board& board) {
    const bool any = std::ranges::any_of(board.memory, [](const MemoryBank& m) { return m.node.has_value(); });
    if (board.arch == Arch::arm || !any) {
        one_node(board);
        return {};
    }
    Nodes nodes;
    std::string wrong = memory_nodes(board, nodes);
    if (wrong.empty()) {
        nodes_of_cpus(cpu_nodes(tree, board.arch), nodes);
        wrong = distances(tree, nodes);
    }
    if (!wrong.empty()) {
        one_node(board);
        return wrong;
    }
    for (auto& [id, node] : nodes)
        if (nodes.size() > 1 || !node.distance.empty()) board.nodes.push_back(std::move(node));
    return {};
}

}  // namespace zonecalc
