// SPDX-License-Identifier: MIT
// The numbers behind the flags of caches.
//
// Up to 6.8 each flag has a fixed bit, and the two that SLUB keeps for itself have the highest ones. Later the bits follow each
// other in the order of an enumeration from which the config leaves some out, so that the same flag has a different number in every
// build. Read beside it: include/linux/slab.h, mm/slub.c.
#include "mm/slub.h"

namespace zonecalc {

namespace {

struct FixedFlag {
    u32 flag;
    u64 bit;
};
constexpr FixedFlag fixed_flags[] = {
    {SLAB_CONSISTENCY_CHECKS, 0x100},  // SLAB_DEBUG_FREE up to 4.6
    {SLAB_RED_ZONE, 0x400},
    {SLAB_POISON, 0x800},
    {SLAB_KMALLOC, 0x1000},
    {SLAB_HWCACHE_ALIGN, 0x2000},
    {SLAB_CACHE_DMA, 0x4000},
    {SLAB_CACHE_DMA32, 0x8000},
    {SLAB_STORE_USER, 0x10000},
    {SLAB_RECLAIM_ACCOUNT, 0x20000},
    {SLAB_PANIC, 0x40000},
    {SLAB_TYPESAFE_BY_RCU, 0x80000},
    {SLAB_TRACE, 0x200000},
    {SLAB_NOLEAKTRACE, 0x800000},
    {SLAB_NO_MERGE, 0x1000000},
    {SLAB_FAILSLAB, 0x2000000},
    {SLAB_ACCOUNT, 0x4000000},
    {SLAB_NO_USER_FLAGS, 0x10000000},
    {SLAB_CMPXCHG_DOUBLE, 0x40000000},
    {SLAB_OBJECT_POISON, 0x80000000},
};

// In the kernel's order. A flag without a number of ours only takes a bit.
struct EnumeratedFlag {
    u32 flag;
    std::string_view option;  // that must be on
    bool unless = false;      // … or off
};
constexpr EnumeratedFlag enumerated_flags[] = {
    {SLAB_CONSISTENCY_CHECKS, {}},
    {SLAB_RED_ZONE, {}},
    {SLAB_POISON, {}},
    {SLAB_KMALLOC, {}},
    {SLAB_HWCACHE_ALIGN, {}},
    {SLAB_CACHE_DMA, {}},
    {SLAB_CACHE_DMA32, {}},
    {SLAB_STORE_USER, {}},
    {SLAB_PANIC, {}},
    {SLAB_TYPESAFE_BY_RCU, {}},
    {SLAB_TRACE, {}},
    {0, "DEBUG_OBJECTS"},
    {SLAB_NOLEAKTRACE, {}},
    {SLAB_NO_MERGE, {}},
    {SLAB_FAILSLAB, "FAILSLAB"},
    {SLAB_ACCOUNT, "MEMCG"},
    {0, "KASAN_GENERIC"},
    {SLAB_NO_USER_FLAGS, {}},
    {0, "KFENCE"},
    {SLAB_RECLAIM_ACCOUNT, "SLUB_TINY", true},
    {SLAB_OBJECT_POISON, {}},
    {SLAB_CMPXCHG_DOUBLE, {}},
    {SLAB_NO_OBJ_EXT, "SLAB_OBJ_EXT"},
};

// Calls `see` with each flag of ours and its bit.
template <typename See>
void for_each_flag(const Kernel& kernel, See&& see) {
    if (!kernel.behaviours.slab_flags_enum) {
        for (const FixedFlag& f : fixed_flags) see(f.flag, f.bit);
        return;
    }
    unsigned bit = 0;
    for (const EnumeratedFlag& f : enumerated_flags) {
        bool there = f.option.empty() || kernel.config_enabled(f.option) != f.unless;
        if (f.flag == SLAB_NO_OBJ_EXT)
            there = kernel.behaviours.slab_no_obj_ext && (there || kernel.behaviours.slab_no_obj_ext_always);
        if (!there) continue;
        if (f.flag) see(f.flag, u64{1} << bit);
        ++bit;
    }
}

}  // namespace

u64 slab_flags_number(const Kernel& kernel, u32 flags) {
    u64 number = 0;
    for_each_flag(kernel, [&](u32 flag, u64 bit) {
        if (flags & flag) number |= bit;
    });
    return number;
}

u32 slab_flags_from_number(const Kernel& kernel, u64 number) {
    u32 flags = 0;
    for_each_flag(kernel, [&](u32 flag, u64 bit) {
        if (number & bit) flags |= flag;
    });
    return flags;
}

}  // namespace zonecalc
