// SPDX-License-Identifier: MIT
// SLUB: how large the objects and slabs of a cache are (mm/slub.c) [3.13..7.1]. Bytes; orders are of pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mm/boot.h"
#include "zonecalc/slub.h"

namespace zonecalc {

// Flags of a cache. The numbers are ours: releases and configs number them in their own ways (slab_flags_number()).
enum SlabFlag : u32 {
    SLAB_CONSISTENCY_CHECKS = 1u << 0,
    SLAB_RED_ZONE = 1u << 1,
    SLAB_POISON = 1u << 2,
    SLAB_KMALLOC = 1u << 3,
    SLAB_HWCACHE_ALIGN = 1u << 4,
    SLAB_CACHE_DMA = 1u << 5,
    SLAB_CACHE_DMA32 = 1u << 6,
    SLAB_STORE_USER = 1u << 7,
    SLAB_PANIC = 1u << 8,
    SLAB_TYPESAFE_BY_RCU = 1u << 9,
    SLAB_TRACE = 1u << 10,
    SLAB_NOLEAKTRACE = 1u << 11,
    SLAB_NO_MERGE = 1u << 12,
    SLAB_FAILSLAB = 1u << 13,
    SLAB_ACCOUNT = 1u << 14,
    SLAB_NO_USER_FLAGS = 1u << 15,
    SLAB_RECLAIM_ACCOUNT = 1u << 16,
    SLAB_NO_OBJ_EXT = 1u << 17,
    SLAB_OBJECT_POISON = 1u << 18,   // __OBJECT_POISON
    SLAB_CMPXCHG_DOUBLE = 1u << 19,  // __CMPXCHG_DOUBLE
};
inline constexpr u32 SLAB_DEBUG_FLAGS = SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_CONSISTENCY_CHECKS;

// The kernel's number for a set of flags, and the other way round; bits without a meaning are dropped.
u64 slab_flags_number(const Kernel& kernel, u32 flags);
u32 slab_flags_from_number(const Kernel& kernel, u64 number);

// What SLUB knows of the machine.
struct SlabMachine {
    unsigned nr_cpu_ids = 1;               // possible CPUs
    std::optional<unsigned> present_cpus;  // none: all that are possible
    unsigned nr_node_ids = 1;              // highest possible node + 1
    std::optional<u64> cache_line_size;    // none: what the profile says, else what is usual
    bool swiotlb = true;                   // a bounce buffer could be had
};

struct SlubParameters {
    const Kernel* kernel = nullptr;
    SlabMachine machine;
    u64 cache_line_size = 64;
    unsigned order_cpus = 1;  // CPUs that slab orders are chosen for
    u32 min_order = 0;        // slub_min_order
    u32 max_order = 3;        // slub_max_order
    u32 min_objects = 0;      // slub_min_objects

    // slub_debug=
    struct DebugBlock {
        u32 flags = 0;
        std::vector<std::string> caches;
    };
    u32 debug = 0;  // for caches that no list names
    std::vector<DebugBlock> debug_blocks;
    bool disable_higher_order_debug = false;

    bool nomerge = false;
    bool kmem_accounting = true;  // no cgroup.memory=nokmem
    bool swiotlb = true;          // there is one, and no swiotlb=noforce

    u64 pointer() const { return is_32bit(kernel->arch) ? 4 : 8; }
};

// Mirrors the __setup() handlers of mm/slub.c and mm/slab_common.c.
SlubParameters slub_parameters(const Kernel& kernel, const Cmdline& cmdline, const SlabMachine& machine);

// Debug flags that the command line gives to a cache of this name; none has a cache that is named later.
u32 kmem_cache_flags(const SlubParameters& parameters, u32 flags, std::string_view name);

// The order of slabs for objects that are `size` bytes apart; none where no slab can hold one.
std::optional<unsigned> calculate_order(const SlubParameters& parameters, u64 size);

// Size, order and what follows from these of a cache that has a name, an object size, an alignment and flags. False where no slab
// can hold an object.
bool kmem_cache_open(const SlubParameters& parameters, SlabCache& cache);
// The same where size and flags are given.
bool slab_geometry(const SlubParameters& parameters, SlabCache& cache);

// The caches that SLUB starts with. `notes` takes what is not known.
Slub kmem_cache_init(const SlubParameters& parameters, std::vector<Note>& notes);
// Notes that a board does not say how many CPUs there are, where that makes a difference.
void note_cpus_not_given(const Board& board, const Kernel& kernel, std::vector<Note>& notes);
void kmem_cache_init(Boot& boot);

}  // namespace zonecalc
