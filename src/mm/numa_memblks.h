// SPDX-License-Identifier: MIT
// Blocks of memory by node, before memblock knows about nodes: arch/x86/mm/numa.c up to 6.11, mm/numa_memblks.c for x86, arm64 and
// riscv from 6.12 on. Bytes.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mm/boot.h"

namespace zonecalc {

struct NumaMemblk {
    int nid = 0;
    PhysAddr start = 0;
    PhysAddr end = 0;
};
using NumaMeminfo = std::vector<NumaMemblk>;

// What the kernel keeps in variables of these files.
struct NumaState {
    // Given by the architecture.
    std::optional<std::string> emu_cmdline;  // what follows numa=fake=
    bool numa_off = false;
    std::vector<PhysRange> kernel_ranges;  // reserved in memblock by now: nodes that hold some of it are never movable
    PhysAddr emu_dma_end = 0;              // numa_emu_dma_end(): emulated nodes keep RAM below it together

    NumaMeminfo meminfo;           // numa_meminfo
    std::set<int> nodes_parsed;    // numa_nodes_parsed
    std::set<int> nodes_with_pxm;  // nodes that ACPI knows
    unsigned distance_cnt = 0;     // numa_distance, distance_cnt squared; 0: no table
    std::vector<unsigned char> distance;
    std::optional<PhysAddr> distance_at;  // where the table was allocated, if that is computed
    bool emulated = false;
    std::map<int, int> emu_nid_to_phys;  // of emulated nodes

    u32 node_distance(int from, int to) const;
    // The node of CPUs that firmware puts on `nid`, of which it told before numa_emu_update_cpu_to_node().
    int numa_cpu_node(int nid) const;
};

// Parsers of the firmware's tables. numa_add_memblk(): false where there is no room for one more block.
bool numa_add_memblk(Boot& boot, NumaState& numa, int nid, PhysAddr start, PhysAddr end);
void numa_set_distance(Boot& boot, NumaState& numa, int from, int to, int distance);
void numa_reset_distance(Boot& boot, NumaState& numa);

// Cuts blocks to memory, rejects blocks of different nodes that overlap, joins blocks of one node. False: this is no NUMA
// configuration.
bool numa_cleanup_meminfo(Boot& boot, NumaMeminfo& mi);

// numa_memblks_init(), numa_init() of x86 before: runs `parser` and, if it succeeds, gives memory its nodes. Sets possible_nodes.
bool numa_memblks_init(Boot& boot, NumaState& numa, const std::function<bool()>& parser);

// memblock_validate_numa_coverage(), numa_meminfo_cover_memory() before 6.6: false where too much memory is of no node.
bool numa_covers_memory(Boot& boot, const NumaState& numa);

// The nodes that have memory come online, and the distances become those of `boot`.
void numa_register_nodes(Boot& boot, const NumaState& numa);

// numa=fake=
void numa_emulation(Boot& boot, NumaState& numa);

}  // namespace zonecalc
