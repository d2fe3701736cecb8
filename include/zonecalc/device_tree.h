// SPDX-License-Identifier: MIT
// What a board says of the device tree that the boot loader hands to the kernel, beside memory, nodes and CPUs. Plain values.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

// [device_tree]: the blob, and how much of it there is to unflatten. unflatten_device_tree() asks memblock once for
//
//     round_up(nodes * sizeof(device_node) + properties * sizeof(property) + name_bytes, 4) + 4
//
// bytes, with path_bytes for name_bytes where the release keeps each node's whole path. Both structs are multiples of the alignment
// that name_bytes was counted with: 8 bytes, 4 on 32-bit architectures.
struct DeviceTree {
    std::optional<PhysAddr> base;      // of the blob in memory, as the boot loader placed it
    u64 size = 0;                      // its totalsize, which may be more than what is used of it; 0: not known
    u64 nodes = 0;                     // 0: not counted
    u64 properties = 0;                // with the "name" that the kernel gives to each node that has none
    u64 name_bytes = 0;                // each node's name and each such "name", as strings, aligned; the walk's last one is not
    u64 path_bytes = 0;                // the same with the node's path for its name
    std::vector<std::string> aliases;  // names of /aliases that end in a number and lead to a node, in order
    SourcePosition position;
    u64 unflattened = 0;  // bytes of that block, where a log shows them; 0: counted
};

// [[memreserve]]: an entry of the blob's memory reservation block.
struct MemoryReservation {
    PhysAddr base = 0;
    u64 size = 0;
    SourcePosition position;
};

// [[reserved_memory]]: a child of /reserved-memory, in the blob's order. With `base` it is where its "reg" says (a "reg" of several
// ranges is as many entries of one name); without, the kernel places it.
struct ReservedMemory {
    std::string name;
    std::optional<PhysAddr> base;
    u64 size = 0;
    u64 alignment = 0;                    // where the kernel places it: "alignment", 0: none given
    std::vector<PhysRange> alloc_ranges;  // where the kernel places it: tried in turn; empty: anywhere
    bool nomap = false;
    bool reusable = false;
    bool pool = false;         // compatible = "shared-dma-pool"; with reusable it is an area for contiguous allocations
    bool cma_default = false;  // linux,cma-default: stands for the area that the kernel would make of its own
    SourcePosition position;
};

}  // namespace zonecalc
