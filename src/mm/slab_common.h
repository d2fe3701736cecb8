// SPDX-License-Identifier: MIT
// Caches: the kmalloc tables, alignment, and which caches are merged (mm/slab_common.c) [3.13..7.1]. Bytes.
#pragma once

#include "mm/slub.h"

namespace zonecalc {

// ARCH_KMALLOC_MINALIGN and friends: as the profile has them, else by architecture, config and release.
u64 arch_slab_minalign(const SlubParameters& parameters);
u64 arch_kmalloc_minalign(const SlubParameters& parameters);
// What kmalloc caches are aligned to at least: no cache is smaller (__kmalloc_minalign()).
u64 kmalloc_minalign(const SlubParameters& parameters);

u64 calculate_alignment(const SlubParameters& parameters, u32 flags, u64 align, u64 size);

// A cache of the start. Where no slab can hold an object, Slub::panic says so, and false comes back.
bool create_boot_cache(const SlubParameters& parameters, Slub& slub, std::string name, u64 size, u32 flags);

// kmalloc() caches of all types.
bool create_kmalloc_caches(const SlubParameters& parameters, Slub& slub);

// kmalloc_info[] by index: 96 and 192, then the powers of two.
std::vector<u64> kmalloc_index_sizes(const SlubParameters& parameters);

// The smallest kmalloc() cache's size that holds `size` bytes; `size` where it is more than any cache holds.
u64 kmalloc_size_roundup(const SlubParameters& parameters, u64 size);

// The cache of `caches` that a new one would be merged with; null where there is none. `align` is as asked for, 0 for none.
const SlabCache* find_mergeable(const SlubParameters& parameters, const std::vector<SlabCache>& caches, std::string_view name,
                                u64 size, u64 align, u32 flags, bool has_ctor);

// kmem_cache_create() without merging. None where no slab can hold an object.
std::optional<SlabCache> create_cache(const SlubParameters& parameters, std::string name, u64 size, u64 align, u32 flags,
                                      bool has_ctor);

}  // namespace zonecalc
