// SPDX-License-Identifier: MIT
// SLUB at work: slabs that come from the page allocator, objects that come from slabs (mm/slub.c) [3.13..7.1].
#pragma once

#include <deque>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "mm/first_allocations.h"
#include "mm/slub.h"

namespace zonecalc {

// Nodes, as SLUB sees them.
struct SlabNodes {
    std::vector<int> nodes;       // that have a struct kmem_cache_node, ascending
    std::vector<int> barn_nodes;  // that have a barn (releases with sheaves)
    std::vector<int> nearest;     // in the order in which the boot CPU's requests go to them
    int local = 0;                // of the CPU that boots
    unsigned possible_cpus = 1;   // that get a sheaf each
};

class SlubAllocator {
public:
    SlubAllocator(const SlubParameters& parameters, const SlabNodes& nodes, FirstAllocations& pages);
    SlubAllocator(const SlubAllocator&) = delete;
    SlubAllocator& operator=(const SlubAllocator&) = delete;

    // A struct kmem_cache at work. `geometry` must outlive it.
    struct Cache;
    Cache& add(const SlabCache& geometry);

    // create_kmalloc_caches() is done, so kmalloc() works: `caches` by the size that they serve.
    void set_kmalloc_caches(std::map<u64, Cache*> caches) { kmalloc_caches_ = std::move(caches); }
    Cache* kmalloc_cache(u64 size);

    // All give false where the page allocator has nothing: the kernel dies of that.
    bool early_kmem_cache_node_alloc(Cache& kmem_cache_node, int node, const std::string& what);
    bool kmem_cache_alloc_node(Cache& cache, u64 gfp, int node, const std::string& what);
    bool kmalloc_node(u64 size, u64 gfp, int node, const std::string& what);
    // init_percpu_sheaves(), or what is made up for once kmalloc() works
    bool alloc_empty_sheaves(Cache& cache);
    // __flush_cpu_slab()
    void flush_cpu_slab(Cache& cache);

    std::vector<SlabObject> take_objects() { return std::move(objects_); }
    SlabUse use(const Cache& cache) const;
    std::vector<SlabPages> slab_pages() const;

    u64 gfp_kernel() const { return gfp_.kernel; }
    u64 gfp_nowait() const { return gfp_.nowait; }
    u64 gfp_zero() const { return gfp_.zero; }

private:
    // struct slab. Free objects follow each other, upwards or downwards.
    struct Slab {
        Pfn pfn = 0;
        int node = 0;
        u64 next = 0;  // index of the first free object
        u64 left = 0;  // free ones
        i64 step = 1;
        bool shuffled = false;  // the order is random
    };
    struct Object {
        Pfn pfn = 0;
        int node = 0;
        u64 index = 0;
        bool shuffled = false;
    };
    // Where objects can be had: at the head of a list, or from a new slab.
    struct Found {
        std::deque<Slab>* list = nullptr;
        std::optional<Slab> fresh;
    };
    struct Gfp {
        u64 kernel, nowait, zero, comp, nowarn, noretry, nomemalloc, thisnode, notrack, direct_reclaim, reclaimable, dma, dma32;
        u64 boot_mask;  // GFP_BOOT_MASK
    };

    bool is_debug(const Cache& cache) const;
    std::optional<Object> slab_alloc(Cache& cache, u64 gfp, int node);
    std::optional<Object> alloc_single(Cache& cache, u64 gfp, int node);
    Found find_slab(Cache& cache, u64 gfp, int node);
    std::deque<Slab>* get_partial(Cache& cache, int node, bool any);
    Slab take_partial(Cache& cache, std::deque<Slab>& list);
    std::optional<Slab> get_cpu_partial(Cache& cache, int node);
    void tell_counter(const WalkNote& walk, bool reclaimable, const FirstAllocation& from) const;
    const FirstAllocation* alloc_slab_page(unsigned order, u64 gfp, int node, const std::string& what);
    std::optional<Slab> new_slab(Cache& cache, u64 flags, int node);
    void turn_round(Slab& slab) const;
    void deactivate_slab(Cache& cache, Slab slab);
    static Object take(Slab& slab);
    void hand_out(Cache& cache, const Object& object, const std::string& what);

    bool replace_empty_main(Cache& cache, u64 gfp, bool nested);
    bool refill_sheaf(Cache& cache, u64 gfp);
    bool alloc_empty_sheaf(Cache& cache);
    bool kmalloc(u64 size, u64 gfp, int node, const std::string& what, bool nested);
    bool alloc(Cache& cache, u64 gfp, int node, const std::string& what, bool nested);
    bool set_track(Cache& cache, u64 gfp);

    const SlubParameters& parameters_;
    const Kernel& kernel_;
    const SlabNodes& nodes_;
    FirstAllocations& pages_;
    Gfp gfp_;
    std::list<Cache> caches_;
    std::map<u64, Cache*> kmalloc_caches_;
    unsigned stack_depot_pools_ = 0;
    std::map<std::pair<int, ZoneType>, SlabPages> slab_pages_;
    std::vector<SlabObject> objects_;
};

struct SlubAllocator::Cache {
    explicit Cache(const SlabCache& g) : geometry(&g) {}

    const SlabCache* geometry;
    bool random_seq = false;                  // new slabs are shuffled
    std::optional<Slab> cpu_slab;             // struct kmem_cache_cpu
    std::deque<Slab> cpu_partial;             // … its partial list
    std::map<int, std::deque<Slab>> partial;  // struct kmem_cache_node, head first
    u64 sheaf_capacity = 0;                   // 0: no sheaves, or not yet
    std::vector<Object> main;                 // the full sheaf; objects leave at its end
    bool spare = false;                       // there is an empty one beside it
    u64 slabs = 0;
    u64 objects = 0;
    std::size_t handed_out = 0;
};

}  // namespace zonecalc
