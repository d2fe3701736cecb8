// SPDX-License-Identifier: MIT
// How many CPUs there are, and which nodes they are on.
#include "input/log_lines.h"

namespace zonecalc::log_lines {

void possible_cpus(std::optional<u64> n, u32 line, LogFacts& facts) {
    if (n && *n > 0 && *n <= most_cpus) facts.cpus.say_once(static_cast<unsigned>(*n), line);
}

void cpu_counts(std::string_view t, u32 line, LogFacts& facts) {
    Scan scan(t);
    if (scan.skip("CPU topo: Allowing ")) {
        const auto present = scan.decimal();
        if (!scan.skip(" present CPUs plus ")) return;
        const auto more = scan.decimal();
        if (!present || !more || *more > most_cpus || *present > most_cpus) return;
        possible_cpus(*present + *more, line, facts);
        facts.present_cpus.say_once(static_cast<unsigned>(*present), line);
    } else if (scan.skip("smpboot: Allowing ")) {
        const auto possible = scan.decimal();
        possible_cpus(possible, line, facts);
        if (!scan.skip(" CPUs, ")) return;
        const auto hotplug = scan.decimal();
        if (possible && hotplug && *hotplug < *possible && *possible <= most_cpus)
            facts.present_cpus.say_once(static_cast<unsigned>(*possible - *hotplug), line);
    } else if (scan.skip("setup_percpu: ")) {
        if (const std::size_t at = t.find("nr_cpu_ids:"); at != t.npos)
            possible_cpus(Scan(t.substr(at + 11)).decimal(), line, facts);
        if (const std::size_t at = t.find("NR_CPUS:"); at != t.npos)
            if (const auto n = Scan(t.substr(at + 8)).decimal(); n && *n > 0 && *n <= most_cpus)
                facts.config_nr_cpus.say(static_cast<unsigned>(*n), line);
        if (const std::size_t at = t.find("nr_node_ids:"); at != t.npos)
            if (const auto n = Scan(t.substr(at + 12)).decimal()) facts.nr_node_ids.say(*n, line);
    } else if (scan.skip("smp: Brought up ")) {
        // "2 nodes, 4 CPUs"
        scan.decimal();
        scan.skip(" node");
        scan.skip("s");
        if (!scan.skip(", ")) return;
        if (const auto n = scan.decimal(); n && *n > 0 && *n <= most_cpus)
            facts.brought_up.say_once(static_cast<unsigned>(*n), line);
    } else if (const std::size_t at = t.find("nr_cpu_ids="); has(t, "RCU restricting CPUs ") && at != t.npos) {
        possible_cpus(Scan(t.substr(at + 11)).decimal(), line, facts);
    }
}

// "[0] 0 1 [1] 2 3"
void percpu_groups(std::string_view t, std::vector<int>& group_of) {
    Scan scan(t);
    int group = -1;
    while (!scan.blanks().rest.empty()) {
        if (scan.skip("[")) {
            const auto g = scan.decimal();
            if (!g || *g >= most_nodes || !scan.skip("]")) return;
            group = static_cast<int>(*g);
        } else if (const auto cpu = scan.decimal()) {
            if (*cpu >= most_cpus) return;
            if (group_of.size() <= *cpu) group_of.resize(*cpu + 1, -1);
            group_of[*cpu] = group;
        } else {
            scan.word();  // "-": a slot without a CPU
        }
    }
}

// ".... node  #1, CPUs:      #1   #3"
void booted_cpus(std::string_view t, int& node, std::vector<CpuOfNode>& booted) {
    while (t.starts_with(".")) t.remove_prefix(1);
    Scan scan(t);
    if (scan.blanks().skip("node")) {
        scan.blanks().skip("#");
        const auto number = node_number(scan);
        if (!number) return;
        node = *number;
        scan.skip(",");
        if (!scan.blanks().skip("CPUs:")) return;
    }
    if (node < 0) return;
    while (scan.blanks().skip("#")) {
        const auto cpu = scan.decimal();
        if (!cpu || *cpu >= most_cpus || booted.size() >= most_cpus) return;
        booted.push_back({static_cast<u32>(*cpu), node});
    }
}

}  // namespace zonecalc::log_lines
