// SPDX-License-Identifier: MIT
// memblock's lists as a boot log tells their story: every call that memblock=debug prints, and the dumps of the lists.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "input/dmesg.h"
#include "zonecalc/layout.h"

namespace zonecalc {

struct LogRange {
    PhysAddr base = 0;
    u64 size = 0;
    int node = NUMA_NO_NODE;
    unsigned flags = 0;
    std::string_view name;   // reserved: who took it
    u32 line = 0;            // where the log says so
    bool late = false;       // reserved: after the nodes were known
    bool allocated = false;  // reserved: the kernel looked for a place
};

// Ranges by address, without overlaps. Unlike the kernel's list it keeps neighbours apart that came from different lines, and every
// change costs O(log n), so that a log of any length is read in one pass.
class LogRanges {
public:
    void add(const LogSpan& span, const LogRange& as);  // only what is not covered yet; base and size of `as` are not used
    void remove(const LogSpan& span);
    void clear() { ranges_.clear(); }
    bool empty() const { return ranges_.empty(); }
    std::vector<LogRange> list() const;
    // The range that holds `at`, or none.
    const LogRange* at(PhysAddr at) const;
    // Of a node's own data, which is reserved just before the log tells of it.
    void name_late(const LogSpan& exactly, std::string_view name);

private:
    std::map<PhysAddr, LogRange> ranges_;  // by base; sizes are never 0
};

class LogMemblock {
public:
    // Takes the lines that are memblock's; false for others.
    bool read(const LogLine& line);
    void name_node_data(const LogSpan& span, std::string_view name);
    // Nodes are known from here on.
    void nodes_known() { late_ = true; }
    // Memory has been handed over; later lines are of no interest.
    void hand_over();

    LogRanges memory;
    LogRanges reserved;
    std::optional<PhysAddr> swiotlb_below;  // bounce buffers had to end here: the reach of the DMA masters, or 4 GiB
    bool debug = false;                     // calls were printed: `reserved` is what the page allocator did not get
    bool memory_dumped = false;             // `memory` starts from a dump, not from nothing
    bool nodes_dumped = false;              // … that names nodes
    u32 dump_line = 0;                      // the last dump with memory in it
    u32 first_line = 0;

    // Machines with a device tree: what the kernel finds in memory when it starts.
    std::vector<LogRange> image_reserves, image_adds;  // what arm64_memblock_init() reserved and added, in order
    std::vector<LogRange> device_tree_areas;           // reserved for the blob's own list and /reserved-memory
    std::vector<LogRange> firmware_areas;              // reserved for EFI
    u64 unflattened = 0;                               // bytes of the unpacked device tree

private:
    void keep_early(std::string_view function, const LogSpan& span, const LogRange& as);
    void call(const LogLine& line);
    bool dump(const LogLine& line);
    void finish_dump();
    std::string_view intern(std::string_view name);

    bool handed_over_ = false;
    bool late_ = false;
    bool in_dump_ = false;
    u32 dump_head_ = 0;
    std::vector<LogRange> dumped_memory_;
    std::vector<LogRange> dumped_reserved_;
    std::string_view allocating_;  // caller of the allocation that the next reservation belongs to
    std::map<std::string, std::string, std::less<>> names_;
};

}  // namespace zonecalc
