// SPDX-License-Identifier: MIT
// Early memory as people ask for it: the calls that reserve it, in the kernel's order, and where all of the machine's memory goes.
// Bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

// A call that changed memblock.reserved.
struct EarlyCall {
    enum class Kind {
        reserve,   // at a place that is given
        allocate,  // at a place that memblock found
        free,
    };
    Kind kind = Kind::reserve;
    std::string name{};      // what it is for; of `free`, what was there
    std::string function{};  // the kernel's that made the call, as the release names it; empty where that is not known
    PhysAddr base = 0;
    u64 size = 0;
    u64 given_back = 0;  // of it, by later calls, before the page allocator takes over

    // Of allocate: what was asked for. Pages that were allocated one by one, next to each other, are one call here.
    u64 align = 0;
    PhysAddr from = 0;
    PhysAddr below = 0;  // exclusive
    int nid = NUMA_NO_NODE;
    bool bottom_up = false;

    bool operator==(const EarlyCall&) const = default;
};
std::string_view to_string(EarlyCall::Kind kind);

// Memory of one fate, at two moments: when the page allocator takes over, and once initcalls have handed over what was deferred,
// and CMA areas.
struct MemoryPart {
    enum class Kind {
        free,      // on the page allocator's free lists
        per_cpu,   // … in the booting CPU's lists
        deferred,  // the page allocator's later on, as its struct pages are not initialised yet
        reserved,  // in memblock
        broken,    // free parts of pages of which the rest is reserved
        no_zone,   // free, and in no zone
        nomap,     // not to be mapped
        cut,       // firmware's, and not in memblock.memory: mem=, parts of pages, what the kernel cannot address
    };
    Kind kind = Kind::free;
    std::string name{};  // of reserved: what for
    u64 hand_over = 0;
    u64 started = 0;
    u64 later = 0;  // of started: what is freed when start-up ends (the initrd, init sections, EFI's boot services)

    bool operator==(const MemoryPart&) const = default;
};
std::string_view to_string(MemoryPart::Kind kind);

// Each part is counted on its own, from another list.
struct MemoryAccount {
    u64 firmware = 0;  // what firmware calls memory
    u64 added = 0;     // memory that the kernel knows beside it: memmap=, an image or initrd that is memory whatever firmware says
    bool handed_over = false;       // there are free lists; else all that is not reserved counts as free, and `started` is 0
    std::vector<MemoryPart> parts;  // by kind; reserved ones by size, the largest first

    u64 memory() const { return firmware + added; }
    u64 sum(u64 MemoryPart::*moment) const {
        u64 bytes = 0;
        for (const MemoryPart& p : parts) bytes += p.*moment;
        return bytes;
    }
    bool operator==(const MemoryAccount&) const = default;
};

}  // namespace zonecalc
