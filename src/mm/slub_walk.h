// SPDX-License-Identifier: MIT
// What SLUB's functions tell the walk.
#pragma once

#include <optional>

#include "mm/slub.h"
#include "mm/walk.h"

namespace zonecalc {

// The functions that make a cache, from create_boot_cache() to the one that asks for its nodes' structures.
class CacheCreation {
public:
    CacheCreation(Walker* walker, const SlubParameters& parameters, const SlabCache& cache);

private:
    WalkStep create_boot_cache_;
    std::optional<WalkStep> create_;
    std::optional<WalkStep> open_;
};

// The word of a slab's page that counts its objects: inuse:16, objects:15, frozen:1.
void tell_slab_counters(const WalkNote& walk, u64 inuse, u64 objects, bool frozen);

// kmem_cache_init()'s parameters.
void tell_parameters(const WalkNote& walk, const SlubParameters& parameters);

// What new_slab() and allocate_slab() make of the flags that they are given. `asked` is what the slab is first asked with.
void tell_slab_gfp(const WalkNote& new_slab, const WalkNote& allocate_slab, u64 flags, u64 asked);

}  // namespace zonecalc
