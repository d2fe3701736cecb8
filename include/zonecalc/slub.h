// SPDX-License-Identifier: MIT
// What the slab allocator has decided: its parameters and the caches that it starts with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

// struct kmem_cache, as far as it is known before the first object is allocated.
struct SlabCache {
    std::string name;
    u64 object_size = 0;        // bytes, what the cache was created with
    u64 size = 0;               // bytes from one object to the next
    u64 align = 0;              // bytes
    u64 inuse = 0;              // bytes: object and right red zone, where metadata begin
    u64 offset = 0;             // bytes from the object to its free pointer
    u64 red_left_pad = 0;       // bytes
    unsigned order = 0;         // of a slab
    unsigned min_order = 0;     // of a slab when memory is short
    u64 objects = 0;            // in a slab
    u64 min_partial = 0;        // slabs
    u64 cpu_partial = 0;        // objects
    u64 cpu_partial_slabs = 0;  // slabs
    u64 sheaf_capacity = 0;     // objects
    u32 flags = 0;              // SlabFlag bits of mm/slub.h
    u64 kernel_flags = 0;       // the same as the release numbers them
    bool has_ctor = false;
    bool unmergeable = false;  // by what is no flag: a negative reference count, a window for user copies

    bool operator==(const SlabCache&) const = default;
};

// What a cache holds, as get_slabinfo() counts it: free objects of a slab that belongs to a CPU count as used.
struct SlabUse {
    u64 slabs = 0;
    u64 objects = 0;  // in these slabs
    u64 active = 0;   // of them that are not on a node's partial list

    bool operator==(const SlabUse&) const = default;
};

// An object that a cache has handed out.
struct SlabObject {
    std::string cache;
    std::string what;  // for which purpose
    int node = 0;
    Pfn pfn = 0;                // first page of its slab
    std::optional<u64> offset;  // bytes from there; none where the order of objects is random

    bool operator==(const SlabObject&) const = default;
};

// NR_SLAB_RECLAIMABLE and NR_SLAB_UNRECLAIMABLE of a zone. Pages.
struct SlabPages {
    int node = 0;
    ZoneType zone = ZoneType::Normal;
    u64 reclaimable = 0;
    u64 unreclaimable = 0;

    bool operator==(const SlabPages&) const = default;
};

struct Slub {
    u64 hw_align = 0;  // cache_line_size(), bytes
    unsigned min_order = 0;
    unsigned max_order = 0;
    unsigned min_objects = 0;  // 0: by the number of CPUs
    unsigned nr_cpu_ids = 1;
    unsigned order_cpus = 1;  // CPUs that the orders of slabs are chosen for
    unsigned nr_node_ids = 1;
    std::string panic;              // what the kernel dies of where a cache cannot be made; the caches before it are there
    std::vector<SlabCache> caches;  // that kmem_cache_init() makes, in order

    // Once kmem_cache_init() is over; empty where memory was not handed over.
    std::vector<SlabUse> use;         // one for each cache
    std::vector<SlabObject> objects;  // in the order in which they are handed out; of each cache the first 64
    std::vector<SlabPages> pages;     // zones that have any

    // Once start_kernel() is at rest_init(), as far as its requests are known.
    std::vector<SlabCache> start_up_caches;  // that it makes, in order
    std::vector<SlabUse> start_up_use;       // one for each of `caches` and then of `start_up_caches`; `active` is not known
    std::vector<SlabPages> start_up_pages;
};

}  // namespace zonecalc
