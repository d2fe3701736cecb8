// SPDX-License-Identifier: MIT
// What recorded boots of a kernel asked the page allocator for between kmem_cache_init() and rest_init().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

struct StartUpRequest {
    enum class Op {
        pages,   // `count` blocks, one after the other
        bulk,    // `count` single pages at once
        hash,    // a table that is sized by memory: alloc_large_system_hash() with `scale`
        free,    // `count` pages of the kernel image are given back, `offset` pages into it
        pageset  // setup_per_cpu_pageset(), numa_policy_init()
    };
    Op op = Op::pages;
    unsigned order = 0;
    u64 gfp = 0;  // the release's number
    u64 count = 1;
    unsigned scale = 0;
    u64 offset = 0;
    std::optional<int> node;  // none: where the memory policy says
    std::string what;         // "slab NAME" of a cache's slabs
};

// The requests of a machine with so many CPUs, all of them present, and nodes, all of them with memory.
struct StartUp {
    unsigned cpus = 1;
    unsigned nodes = 1;
    std::vector<StartUpRequest> requests;
};

// A cache that start-up makes after kmem_cache_init() and does not merge with another.
struct StartUpCache {
    std::string name;
    u64 object_size = 0;  // bytes
    u64 align = 0;        // bytes; 0: none asked for
    u32 flags = 0;        // SlabFlag bits of mm/slub.h
    bool ctor = false;
};

}  // namespace zonecalc
