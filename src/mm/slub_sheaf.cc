// SPDX-License-Identifier: MIT
// Sheaves, arrays of objects, since 7.0.
//
// The first request of a cache fills its sheaf, from as many slabs as that takes, and objects leave at its end. A cache has none
// while it is not said how large (kmalloc caches at first), or never (kmem_cache, kmem_cache_node, what is checked); nor is one
// used for objects of a node that is not the CPU's. 6.18 has sheaves for two caches, and does not fill them while the machine
// starts up.
//
// Read beside it: mm/slub.c alloc_empty_sheaf(), __pcs_replace_empty_main(), refill_objects().
#include <algorithm>

#include "mm/slub_alloc.h"

namespace zonecalc {

// A kmalloc cache's sheaf comes from a cache that must not want a sheaf for it in turn (__GFP_NO_OBJ_EXT).
bool SlubAllocator::alloc_empty_sheaf(Cache& cache) {
    const SlabCache& s = *cache.geometry;
    const u64 size = kernel_.size_of("slab_sheaf") + s.sheaf_capacity * parameters_.pointer();
    return kmalloc(size, gfp_.kernel, NUMA_NO_NODE, "sheaf of " + s.name, (s.flags & SLAB_KMALLOC) != 0);
}

bool SlubAllocator::alloc_empty_sheaves(Cache& cache) {
    for (unsigned cpu = 0; cpu < nodes_.possible_cpus; ++cpu)
        if (!alloc_empty_sheaf(cache)) return false;
    return true;
}

// __pcs_replace_empty_main()
bool SlubAllocator::replace_empty_main(Cache& cache, u64 gfp, bool nested) {
    if (std::find(nodes_.barn_nodes.begin(), nodes_.barn_nodes.end(), nodes_.local) == nodes_.barn_nodes.end()) return false;
    if (!cache.spare && (nested || !alloc_empty_sheaf(cache))) return false;
    cache.spare = true;
    return refill_sheaf(cache, gfp | gfp_.nomemalloc | gfp_.nowarn);
}

// refill_objects()
bool SlubAllocator::refill_sheaf(Cache& cache, u64 gfp) {
    const u64 wanted = cache.sheaf_capacity;
    const auto fill = [&](Slab slab) {
        while (slab.left && cache.main.size() < wanted) cache.main.push_back(take(slab));
        return slab;
    };
    // get_partial_node_bulk(): enough slabs are gathered, and the one gathered last is used first.
    auto& list = cache.partial[nodes_.local];
    std::vector<Slab> gathered;
    u64 free_objects = 0;
    while (!list.empty() && free_objects < wanted) {
        free_objects += list.front().left;
        gathered.push_back(list.front());
        list.pop_front();
    }
    for (; !gathered.empty(); gathered.pop_back()) {
        const bool needed = cache.main.size() < wanted;
        const Slab rest = needed ? fill(gathered.back()) : gathered.back();
        if (rest.left) list.insert(needed ? list.end() : list.begin(), rest);
    }
    while (cache.main.size() < wanted) {
        const auto slab = new_slab(cache, gfp, nodes_.local);
        if (!slab) return false;
        if (const Slab rest = fill(*slab); rest.left) cache.partial[rest.node].push_front(rest);
    }
    return true;
}

}  // namespace zonecalc
