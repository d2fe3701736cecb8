// SPDX-License-Identifier: MIT
// Nodes beside those that memory is of, and which CPUs are whose.
#include "input/log_steps.h"

#include <algorithm>
#include <set>

namespace zonecalc::log_steps {

namespace {

class Nodes : Step {
public:
    using Step::Step;

    void make() {
        nodes();
        cpus();
    }

private:
    void nodes() {
        Board& b = out_.board;
        if (!is_x86(b.arch) && facts_.numa_faked && b.srat.empty()) return;
        std::set<int> all, with_memory;
        for (const MemoryBank& m : b.memory) all.insert(m.node.value_or(0));
        for (const SratRange& r : b.srat) all.insert(r.node);
        with_memory = all;
        for (const CpuOfNode& c : facts_.cpu_nodes) all.insert(c.node);
        if (!is_x86(b.arch)) {
            all.insert(facts_.node_data.begin(), facts_.node_data.end());
        } else if (!b.srat.empty() && !parameter("numa")) {
            // x86 counts its nodes without gaps; those of CPUs that no line of the SRAT names are known by their number alone.
            for (int n = 0; n < static_cast<int>(std::min<u64>(facts_.nr_node_ids.value, 1024)); ++n) all.insert(n);
            if (facts_.memblock.nodes_dumped) {
                with_memory.clear();
                for (const LogRange& r : facts_.memblock.memory.list()) with_memory.insert(r.node);
            }
        }
        // The CPUs of a single node need no word, unless it was cut into several.
        if (all.size() < 2 && (facts_.faked.empty() || b.srat.empty())) return;
        for (const int n : all)
            if (!with_memory.contains(n)) b.possible_nodes.push_back(n);
        if (!b.possible_nodes.empty()) out_.lines["possible_nodes"] = facts_.cpus_line;
        cpus_of_nodes(all);
        if (facts_.distances)
            assume(
                "the machine has a table of node distances; logs do not print it: 10 within a node and 20 between nodes are taken");
    }

    void cpus_of_nodes(const std::set<int>& all) {
        std::map<int, std::set<u32>> cpus;
        const bool unlike_firmware = parameter("numa") && facts_.faked.empty();
        if (!facts_.booted.empty() && !unlike_firmware) {
            // A warning in the middle of bring-up tears its lines; the SRAT knows of the CPUs that are missing then.
            std::map<u32, int> node_of;
            for (const CpuOfNode& c : facts_.booted) node_of.emplace(c.cpu, firmware_node(c.node));
            for (const CpuOfNode& c : facts_.cpu_nodes) node_of.emplace(c.cpu, c.node);
            for (const auto& [cpu, node] : node_of) cpus[node].insert(cpu);
            if (!node_of.contains(0)) cpus[boot_cpu_node(all, cpus)].insert(0);
        } else if (!facts_.cpu_nodes.empty()) {
            for (const CpuOfNode& c : facts_.cpu_nodes) cpus[c.node].insert(c.cpu);
        } else if (!facts_.percpu_group.empty() && !unlike_firmware) {
            const int groups = *std::max_element(facts_.percpu_group.begin(), facts_.percpu_group.end()) + 1;
            if (groups > static_cast<int>(all.size())) {
                assume("which CPU belongs to which node is not in the log");
                return;
            }
            const std::vector<int> ids(all.begin(), all.end());
            for (std::size_t cpu = 0; cpu < facts_.percpu_group.size(); ++cpu)
                if (const int g = facts_.percpu_group[cpu]; g >= 0)
                    cpus[ids[static_cast<std::size_t>(g)]].insert(static_cast<u32>(cpu));
            assume(
                "which CPU belongs to which node is not in the log: the groups of the percpu allocator are taken for the nodes, in "
                "their order");
        } else {
            assume("which CPU belongs to which node is not in the log");
            return;
        }
        for (const auto& [node, list] : cpus) {
            BoardNode n;
            n.id = node;
            n.cpus.assign(list.begin(), list.end());
            out_.board.nodes.push_back(std::move(n));
        }
    }

    // An emulated node has its CPUs from the node that its memory is of.
    int firmware_node(int node) const {
        const auto faked = facts_.faked.find(node);
        if (faked == facts_.faked.end()) return node;
        for (const SratRange& r : out_.board.srat)
            if (faked->second >= r.base && faked->second - r.base < r.size) return r.node;
        return node;
    }

    // The CPU that boots is not in the bring-up lines: it is with those of its percpu group, else on the node that they leave out.
    int boot_cpu_node(const std::set<int>& all, const std::map<int, std::set<u32>>& cpus) const {
        if (!facts_.percpu_group.empty() && facts_.percpu_group[0] >= 0)
            for (const auto& [node, list] : cpus)
                for (const u32 c : list)
                    if (c < facts_.percpu_group.size() && facts_.percpu_group[c] == facts_.percpu_group[0]) return node;
        for (const int n : all)
            if (!cpus.contains(n)) return n;
        return *all.begin();
    }

    void cpus() {
        Board& b = out_.board;
        if (facts_.cpus) {
            b.cpus = facts_.cpus.value;
            out_.lines["cpus"] = facts_.cpus.line;
        } else if (!facts_.percpu_group.empty()) {
            b.cpus = static_cast<unsigned>(facts_.percpu_group.size());
        } else if (out_.smp && !*out_.smp) {
            b.cpus = 1;
        } else {
            assume("how many CPUs are possible is not in the log");
        }
        if (facts_.present_cpus && b.cpus && facts_.present_cpus.value < *b.cpus) {
            b.present_cpus = facts_.present_cpus.value;
            out_.lines["present_cpus"] = facts_.present_cpus.line;
        }
        // A device tree may name CPUs that the machine does not have.
        const bool limited = parameter("maxcpus") || parameter("nosmp");
        if (!is_x86(b.arch) && facts_.brought_up && b.cpus && facts_.brought_up.value < *b.cpus && !limited) {
            b.present_cpus = facts_.brought_up.value;
            out_.lines["present_cpus"] = facts_.brought_up.line;
        }
        cache_line_size();
    }

    void cache_line_size() {
        if (!facts_.cache_line_size || !is_x86(out_.board.arch)) return;
        unsigned bytes = facts_.cache_line_size.value;
        if (facts_.netburst && bytes == usual_cache_line) bytes *= 2;
        if (bytes == usual_cache_line || (bytes & (bytes - 1)) != 0) return;
        out_.board.cache_line_size = bytes;
        out_.lines["cache_line_size"] = facts_.cache_line_size.line;
    }

    static constexpr unsigned usual_cache_line = 64;
};

}  // namespace

void nodes_and_cpus(const LogFacts& facts, LogBoard& out) {
    Nodes(facts, out).make();
}

}  // namespace zonecalc::log_steps
