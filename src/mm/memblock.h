// SPDX-License-Identifier: MIT
// The kernel's region lists, as mm/memblock.c keeps them [3.13..7.1]. Bytes throughout.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/layout.h"

namespace zonecalc {

class Walker;

// A sorted list of regions that never overlap; neighbours that touch are one region if node and flags are equal (struct
// memblock_type).
class RegionList {
public:
    const std::vector<MemblockRegion>& regions() const { return regions_; }
    bool empty() const { return regions_.empty(); }
    PhysAddr start() const { return regions_.empty() ? 0 : regions_.front().base; }
    PhysAddr end() const { return regions_.empty() ? 0 : regions_.back().end(); }
    u64 total_size() const;

    // memblock_add_range(): only the parts not covered yet take the new node, flags and name. A range that wraps is cut at 2^64
    // - 1.
    void add(PhysAddr base, u64 size, int nid = NUMA_NO_NODE, unsigned flags = 0, std::string_view name = {});
    // memblock_remove_range()
    void remove(PhysAddr base, u64 size);
    // memblock_set_node()
    void set_node(PhysAddr base, u64 size, int nid);
    // memblock_setclr_flag()
    void set_flags(PhysAddr base, u64 size, unsigned flags);
    void clear_flags(PhysAddr base, u64 size, unsigned flags);
    // Is any byte of the range in the list?
    bool overlaps(PhysAddr base, u64 size) const;
    bool covers(PhysAddr base, u64 size) const;
    void clear() { regions_.clear(); }

    // Where changes are told, and as which of the kernel's two lists. unwalked() is a copy to work on, whose changes are nobody's.
    Walker* walk = nullptr;
    bool is_reserved = false;
    // Where changes are noted one by one, if anybody asks.
    std::vector<EarlyCall>* calls = nullptr;
    RegionList unwalked() const {
        RegionList copy = *this;
        copy.walk = nullptr;
        copy.calls = nullptr;
        return copy;
    }

private:
    std::size_t first_ending_after(PhysAddr at) const;
    // memblock_isolate_range(): cuts regions at the borders; returns the indices of those inside.
    std::pair<std::size_t, std::size_t> isolate(PhysAddr base, u64 size);
    void merge(std::size_t first, std::size_t last);

    std::vector<MemblockRegion> regions_;
};

struct Memblock {
    RegionList memory;
    RegionList reserved;

    PhysAddr start_of_DRAM() const { return memory.start(); }
    PhysAddr end_of_DRAM() const { return memory.end(); }

    // memblock_trim_memory(): each region shrinks to multiples of `align`; empty ones go.
    void trim_memory(u64 align);
    // __find_max_addr(): the address below which `limit` bytes of memory lie, or none where there is not that much.
    std::optional<PhysAddr> find_max_addr(u64 limit) const;
    // memblock_enforce_memory_limit(): memory and reservations above it go.
    void enforce_memory_limit(u64 limit);
    // memblock_cap_memory_range(): memory outside goes unless it is NOMAP; so do all reservations outside.
    void cap_memory_range(PhysAddr base, u64 size);
    // memblock_mem_limit_remove_map()
    void mem_limit_remove_map(u64 limit);
    // What memory has and reserved has not, in bytes, lowest first; NOMAP is left out.
    std::vector<PhysRange> free_ranges() const;
};

// for_each_mem_pfn_range(): page-rounded inward, empty ones skipped; flags don't matter. nid NUMA_NO_NODE takes every node.
std::vector<EarlyRange> mem_pfn_ranges(const RegionList& memory, unsigned page_shift, int nid = NUMA_NO_NODE);

}  // namespace zonecalc
