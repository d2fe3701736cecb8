// SPDX-License-Identifier: MIT
// Early memory as people ask for it: the calls that reserve it, in the kernel's order, and where all of the machine's memory is
// when the page allocator takes over. Bytes.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

// A call of memblock's that changed memblock.reserved.
struct EarlyCall {
    enum class Kind {
        reserve,   // at a place that is given
        allocate,  // at a place that memblock found
        free,
    };
    Kind kind = Kind::reserve;
    std::string name;  // what it is for; of `free`, what was there
    PhysAddr base = 0;
    u64 size = 0;

    // Of allocate: what was asked for. Several pages that were allocated one by one, next to each other, are one call here.
    u64 align = 0;
    PhysAddr from = 0;
    PhysAddr below = 0;  // exclusive
    int nid = NUMA_NO_NODE;
    bool bottom_up = false;

    bool operator==(const EarlyCall&) const = default;
};

// Every byte of memory that firmware has told of is in one part.
struct MemoryAccount {
    u64 firmware = 0;  // what firmware calls memory
    u64 added = 0;     // memory that the kernel knows beside it (memmap=, an image or initrd that is memory whatever firmware says)
    u64 cut = 0;       // firmware's, and not in memblock.memory: mem=, parts of pages, what the kernel cannot address
    u64 nomap = 0;     // memory that must not be mapped
    struct Reserved {
        std::string name;
        u64 size = 0;
        bool operator==(const Reserved&) const = default;
    };
    std::vector<Reserved> reserved;  // of memory, the largest first; of equal ones, by name
    u64 broken = 0;                  // free parts of pages of which the rest is reserved
    u64 free = 0;                    // the page allocator's
    u64 deferred = 0;                // … later on, as its struct pages are not initialised yet
    u64 no_zone = 0;                 // free, and in no zone

    u64 reserved_size() const {
        u64 size = 0;
        for (const Reserved& r : reserved) size += r.size;
        return size;
    }
    u64 accounted() const { return cut + nomap + reserved_size() + broken + free + deferred + no_zone; }
    bool operator==(const MemoryAccount&) const = default;
};

}  // namespace zonecalc
