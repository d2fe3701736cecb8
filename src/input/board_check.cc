// SPDX-License-Identifier: MIT
// Checks over several tables of a board. Where a kernel would not reject the input but throw part of it away (a distance table with
// an impossible value is ignored as a whole), the message says so: such a board predicts more clearly without that part.
#include "input/board_check.h"

#include <fmt/format.h>

#include <map>
#include <numeric>

#include "input/limits.h"

namespace zonecalc {

namespace {

constexpr u32 LOCAL_DISTANCE = 10;

void check_memory(const Board& board, const BoardPlaces& places, Diagnostics& diagnostics) {
    if (places.memory_given && places.e820_given) {
        if (board.e820.empty() || board.memory.empty()) return;
        diagnostics.error(board.e820.front().position, "the board has both [[e820]] and [[memory]]; firmware reports one of them");
        diagnostics.note(board.memory.front().position, "[[memory]] is here");
        return;
    }
    if (!places.memory_given && !places.e820_given) {
        diagnostics.error({1, 1}, is_x86(board.arch) ? "the board has no memory: give [[e820]] or [[memory]]"
                                                     : "the board has no memory: give [[memory]]");
        return;
    }
    if (diagnostics.failed()) return;
    const auto ram = [](const E820Entry& e) { return e.type == E820Type::ram && e.size != 0; };
    const auto mapped = [](const MemoryBank& bank) { return !bank.nomap; };
    if (places.e820_given && std::none_of(board.e820.begin(), board.e820.end(), ram)) {
        const SourcePosition at = board.e820.empty() ? SourcePosition{1, 1} : board.e820.front().position;
        diagnostics.error(at, "the board has no memory: no [[e820]] entry is 'usable'");
    }
    if (places.memory_given && std::none_of(board.memory.begin(), board.memory.end(), mapped)) {
        const SourcePosition at = board.memory.empty() ? SourcePosition{1, 1} : board.memory.front().position;
        diagnostics.error(at, "the board has no memory that a kernel may map: every [[memory]] bank is 'nomap'");
    }
}

void check_overlaps(const Board& board, const BoardPlaces& places, Diagnostics& diagnostics) {
    std::vector<std::size_t> order(board.memory.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return board.memory[a].base < board.memory[b].base; });
    std::size_t furthest = 0;  // index into `order` of the bank that reaches highest so far
    for (std::size_t i = 1; i < order.size(); ++i) {
        const MemoryBank& before = board.memory[order[furthest]];
        const MemoryBank& bank = board.memory[order[i]];
        if (bank.base < before.base + before.size) {
            // The later one in the text is to blame.
            const std::size_t later = std::max(order[furthest], order[i]), earlier = std::min(order[furthest], order[i]);
            const MemoryBank& first = board.memory[earlier];
            const u64 last = std::min(bank.base + bank.size, before.base + before.size) - 1;
            diagnostics.error(
                places.memory_base[later],
                fmt::format("bank overlaps another one in [{:#x}-{:#x}]; a kernel would merge them", bank.base, last));
            diagnostics.note(places.memory_base[earlier],
                             fmt::format("the other bank is [{:#x}-{:#x}]", first.base, first.base + first.size - 1));
        }
        if (bank.base + bank.size > before.base + before.size) furthest = i;
    }
}

void check_x86_tables(const Board& board, const BoardPlaces& places, Diagnostics& diagnostics) {
    if (!is_x86(board.arch)) return;
    if (!board.mirror.empty() && !places.e820_given)
        diagnostics.error(board.mirror.front().position, "[[mirror]] goes with [[e820]]; with [[memory]] it is a flag of the bank");
    constexpr std::size_t most_mtrrs = 256;  // MTRR_MAX_VAR_RANGES
    if (board.mtrr.size() > most_mtrrs)
        diagnostics.error(board.mtrr[most_mtrrs].position, fmt::format("more than {} variable MTRRs", most_mtrrs));
}

// First place where each node is named as having memory.
std::map<int, SourcePosition> nodes_with_memory(const Board& board) {
    std::map<int, SourcePosition> nodes;
    for (const MemoryBank& bank : board.memory)
        if (bank.node) nodes.emplace(*bank.node, bank.position);
    for (const SratRange& range : board.srat) nodes.emplace(range.node, range.position);
    return nodes;
}

void check_distances(const Board& board, const BoardPlaces& places, Diagnostics& diagnostics) {
    const auto with_distance =
        std::find_if(board.nodes.begin(), board.nodes.end(), [](const BoardNode& n) { return !n.distance.empty(); });
    if (with_distance == board.nodes.end()) return;
    const SourcePosition example = places.nodes[static_cast<std::size_t>(with_distance - board.nodes.begin())].distance;

    std::map<int, SourcePosition> used = nodes_with_memory(board);
    for (const BoardNode& node : board.nodes) used.emplace(node.id, node.position);
    std::map<int, bool> has_distance;
    for (const BoardNode& node : board.nodes) has_distance[node.id] = has_distance[node.id] || !node.distance.empty();
    for (std::size_t i = 0; i < board.nodes.size(); ++i)
        if (!places.nodes[i].distance_whole) has_distance[board.nodes[i].id] = true;
    for (const auto& [id, position] : used) {
        if (has_distance[id]) continue;
        diagnostics.error(position, fmt::format("node {} has no 'distance' in a [[node]] table, but other nodes have", id));
        diagnostics.note(example, fmt::format("node {} has", with_distance->id));
    }

    const int highest = used.rbegin()->first;
    for (std::size_t i = 0; i < board.nodes.size(); ++i) {
        const BoardNode& node = board.nodes[i];
        const BoardPlaces::Node& place = places.nodes[i];
        if (node.distance.empty() || !place.distance_whole) continue;
        if (node.distance.size() < static_cast<std::size_t>(highest) + 1) {
            diagnostics.error(place.distance, fmt::format("'distance' of node {} has {} values; with nodes up to {} it needs {}",
                                                          node.id, node.distance.size(), highest, highest + 1));
            continue;
        }
        if (node.distance.size() > static_cast<std::size_t>(highest_node) + 1)
            diagnostics.error(place.distance, fmt::format("'distance' of node {} has {} values; there are {} nodes at most",
                                                          node.id, node.distance.size(), highest_node + 1));
        for (const auto& [other, position] : used) {
            const u32 value = node.distance[static_cast<std::size_t>(other)];
            const SourcePosition at = place.distances[static_cast<std::size_t>(other)];
            if (other == node.id && value != LOCAL_DISTANCE)
                diagnostics.error(
                    at, fmt::format("the distance of node {} to itself is {}; it must be {}, or a kernel ignores the whole table",
                                    node.id, value, LOCAL_DISTANCE));
            if (other != node.id && value <= LOCAL_DISTANCE)
                diagnostics.error(
                    at, fmt::format("the distance of node {} to node {} is {}; it must be more than {}, or a kernel ignores "
                                    "the whole table",
                                    node.id, other, value, LOCAL_DISTANCE));
        }
    }
}

void check_nodes(const Board& board, const BoardPlaces& places, Diagnostics& diagnostics) {
    std::map<int, SourcePosition> ids;
    std::map<u32, std::pair<int, SourcePosition>> cpus;
    for (std::size_t i = 0; i < board.nodes.size(); ++i) {
        const BoardNode& node = board.nodes[i];
        const auto [first, is_new] = ids.emplace(node.id, places.nodes[i].id);
        if (!is_new) {
            diagnostics.error(places.nodes[i].id, fmt::format("node {} has a second [[node]] table", node.id));
            diagnostics.note(first->second, "the first one is here");
        }
        for (std::size_t k = 0; k < node.cpus.size(); ++k) {
            const u32 cpu = node.cpus[k];
            const SourcePosition at = places.nodes[i].cpus[k];
            if (board.cpus && cpu >= *board.cpus)
                diagnostics.error(at, fmt::format("there is no CPU {}: [board] has cpus = {}", cpu, *board.cpus));
            const auto [other, first_time] = cpus.emplace(cpu, std::pair{node.id, at});
            if (first_time) continue;
            diagnostics.error(at, fmt::format("CPU {} is listed twice", cpu));
            diagnostics.note(other->second.second, fmt::format("it is in node {} here", other->second.first));
        }
    }
}

// What is said not to be there is not listed.
void check_absences(const Board& board, const BoardPlaces& places, Diagnostics& diagnostics) {
    if (!board.initrd.value_or(true))
        for (const LoadedRange& r : board.loaded)
            if (r.name == "initrd") {
                diagnostics.error(r.position, "[[loaded]] names an initrd");
                diagnostics.note(places.initrd, "and [board] says that there is none");
            }
    if (!board.acpi.value_or(true) && !board.acpi_tables.empty()) {
        diagnostics.error(board.acpi_tables.front().position, "[[acpi_table]] lists a table of ACPI");
        diagnostics.note(places.acpi, "and [board] says that there is none");
    }
}

}  // namespace

void check_board(const Board& board, const BoardPlaces& places, Diagnostics& diagnostics) {
    check_memory(board, places, diagnostics);
    check_overlaps(board, places, diagnostics);
    check_x86_tables(board, places, diagnostics);
    check_absences(board, places, diagnostics);
    check_nodes(board, places, diagnostics);
    check_distances(board, places, diagnostics);
}

}  // namespace zonecalc
