// SPDX-License-Identifier: MIT
// /proc/buddyinfo, /proc/pagetypeinfo and /proc/slabinfo of a running kernel: of each only what does not change while it runs.
#pragma once

#include <string>
#include <vector>

#include "input/source.h"

namespace zonecalc {

// A line of buddyinfo: a zone that has pages.
struct BuddyinfoZone {
    int node = 0;
    std::string zone;
    u64 orders = 0;  // how many columns: one for each order of a free block
};

// A line below "Number of blocks type".
struct PageblockRow {
    int node = 0;
    std::string zone;
    u64 blocks = 0;          // of all types together: types change, the sum does not
    std::optional<u64> cma;  // where there is such a type
};
struct Pagetypeinfo {
    u64 pageblock_order = 0;
    std::vector<PageblockRow> rows;
};

// A line of slabinfo.
struct SlabinfoCache {
    std::string name;
    u64 size = 0;     // bytes from object to object
    u64 objects = 0;  // in a slab
    u64 pages = 0;    // of a slab
};

// Each throws InputError where the text is no such file.
std::vector<BuddyinfoZone> parse_buddyinfo(const Source& source);
Pagetypeinfo parse_pagetypeinfo(const Source& source);
std::vector<SlabinfoCache> parse_slabinfo(const Source& source);

}  // namespace zonecalc
