// SPDX-License-Identifier: MIT
// memblock as an allocator: where the next early allocation goes. Bytes throughout.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mm/bootmem.h"
#include "mm/memblock.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

// A request that the kernel answers with a panic where there is no room.
struct OutOfEarlyMemory {
    std::string name;
    u64 size = 0;
};

// One allocation as its caller words it.
struct EarlyRequest {
    std::string_view name;  // what it is for
    u64 size = 0;
    u64 align = 1;  // a power of two
    PhysAddr from = 0;
    PhysAddr below = 0;  // 0: the current limit
    int nid = NUMA_NO_NODE;
    bool exact_nid = false;  // this node or none
    bool low = false;        // bootmem: from the lowest page on
};

class MemblockAllocator {
public:
    MemblockAllocator(Memblock& memblock, const Kernel& kernel);

    // What the kernel keeps in struct memblock and beside it.
    PhysAddr current_limit = ~PhysAddr{0};
    bool bottom_up = false;
    bool movable_node = false;  // hot-pluggable memory is not for the kernel
    bool has_mirror = false;    // there is mirrored memory: it is taken first
    bool can_resize = false;
    PhysAddr kernel_end = 0;

    void reserve(PhysAddr base, u64 size, std::string_view name);
    void free(PhysAddr base, u64 size);

    // The rest of early boot allocates from bootmem: arm_bootmem_init(). `goal` is __pa(MAX_DMA_ADDRESS).
    void start_bootmem(PfnRange lowmem, PhysAddr goal);
    const Bootmem* bootmem() const { return bootmem_ ? &*bootmem_ : nullptr; }

    // memblock_phys_alloc_range(), memblock_find_in_range() with memblock_reserve() before; memblock_phys_alloc_try_nid()
    std::optional<PhysAddr> phys_alloc(const EarlyRequest& request);
    // memblock_alloc_try_nid(): tries once more without its lower bound, and its upper bound is never above the current limit.
    std::optional<PhysAddr> alloc(const EarlyRequest& request);
    PhysAddr alloc_or_panic(const EarlyRequest& request);
    // As many alloc_or_panic() calls.
    void alloc_each_or_panic(const EarlyRequest& request, u64 count);
    // As many phys_alloc() calls for one page each. How many there was no room for.
    u64 phys_alloc_pages(u64 pages, PhysRange within, std::string_view name, int nid = NUMA_NO_NODE);

    // memblock_find_in_range_node(): finds and takes nothing.
    std::optional<PhysAddr> find_in_range_node(u64 size, u64 align, PhysAddr start, PhysAddr end, int nid, bool mirror) const;

    // for_each_free_mem_range(): what is free of memory that the kernel may use, by address.
    std::vector<PhysRange> free_ranges() const { return free_ranges({0, ~PhysAddr{0}}, NUMA_NO_NODE, false); }

    const RegionList& reserved() const { return memblock_.reserved; }
    const RegionList& memory() const { return memblock_.memory; }
    RegionList& memory() { return memblock_.memory; }
    u64 reserved_max() const { return reserved_max_; }  // length of the array of reserved regions
    std::size_t reserved_count() const;                 // regions as the kernel counts them: names do not keep them apart

private:
    bool may_use(const MemblockRegion& memory, int nid, bool mirror) const;
    std::vector<PhysRange> free_ranges(PhysRange within, int nid, bool mirror) const;
    // for_each_free_mem_range_reverse(): the first that holds so many bytes.
    std::optional<PhysRange> highest_free_range(PhysRange within, int nid, bool mirror, u64 size, u64 align) const;
    // memblock_reserve() of what was found for a request.
    void take(PhysAddr base, u64 size, const EarlyRequest& request, PhysAddr from, int nid);
    void double_array(PhysAddr base, u64 size);
    void make_room(std::size_t regions, PhysAddr base, u64 size);
    std::size_t uncovered_parts(PhysAddr base, u64 size) const;

    Memblock& memblock_;
    const Kernel& kernel_;
    u64 page_;
    u64 region_size_;
    u64 reserved_max_;
    std::optional<Bootmem> bootmem_;
    std::optional<PhysRange> grown_;  // the array, once it is no longer the static one
};

}  // namespace zonecalc
