// SPDX-License-Identifier: MIT
// How SLUB pulls itself up.
//
// Every cache needs two kinds of objects: a struct kmem_cache, and a struct kmem_cache_node for each node with memory. The caches
// of these two are made first, on static storage. kmem_cache_node gets a slab on every node, whose first object is that very
// node's structure (early_kmem_cache_node_alloc()). Then both caches move into objects of kmem_cache (bootstrap()), and
// create_kmalloc_caches() makes one kmalloc cache after the other: each takes an object of kmem_cache and one of kmem_cache_node
// for each node, so a new slab is needed whenever one of these two is used up.
//
// What else is taken differs. Up to 4.1 the kmalloc caches get their names once all are there, and names come from kmalloc();
// so do those of the later sets up to 5.4. With CONFIG_SLAB_FREELIST_RANDOM every cache has an array of its objects' order, made
// by init_freelist_randomization() for the newest cache first, and from then on as caches are made. Since 7.0 caches have a barn
// for each node and a sheaf for each CPU; the normal kmalloc caches get theirs when all are there (bootstrap_kmalloc_sheaves()).
//
// Not modelled: which of the randomised kmalloc caches a caller gets (CONFIG_RANDOM_KMALLOC_CACHES: here the plain one). Read
// beside it: mm/slub.c kmem_cache_init(), bootstrap(), init_kmem_cache_nodes(); mm/slab_common.c create_kmalloc_caches().
#include "mm/slub_bring_up.h"

#include <fmt/format.h>

#include <algorithm>

#include "mm/mempolicy.h"
#include "mm/slab_common.h"
#include "mm/slub_alloc.h"
#include "mm/slub_walk.h"

namespace zonecalc {

namespace {

// Which nodes have caches, and where the CPU that boots is.
SlabNodes slab_nodes(const Boot& boot, const SlubParameters& parameters) {
    const Layout& layout = boot.layout;
    SlabNodes out;
    for (const Node& node : layout.nodes) {
        const bool memory = std::any_of(node.zones.begin(), node.zones.end(), [&](const Zone& zone) {
            return zone.populated() && (zone.type <= ZoneType::Normal || boot.kernel.behaviours.slab_nodes_any_memory);
        });
        if (memory && node.has_memory()) out.nodes.push_back(node.id);
        if (node.online) out.barn_nodes.push_back(node.id);
    }
    out.local = boot_cpu_node(boot.kernel, boot.board, layout);
    if (const Node* local = layout.node(out.local))
        for (const ZoneRef& zone : local->zonelist)
            if (zone.zone <= ZoneType::Normal && std::find(out.nodes.begin(), out.nodes.end(), zone.node) != out.nodes.end())
                out.nearest.push_back(zone.node);
    out.possible_cpus = parameters.machine.nr_cpu_ids;
    return out;
}

class BringUp {
public:
    BringUp(Boot& boot, const SlubParameters& parameters, FirstAllocations& first)
        : boot_(boot),
          kernel_(boot.kernel),
          slub_(*boot.layout.slub),
          parameters_(parameters),
          nodes_(slab_nodes(boot, parameters)),
          slab_(parameters, nodes_, first) {
        for (const SlabCache& s : slub_.caches) caches_.push_back(&slab_.add(s));
    }

    bool run() {
        const bool complete = kmem_cache_init();
        slub_.objects = slab_.take_objects();
        slub_.pages = slab_.slab_pages();
        for (const auto* cache : caches_) slub_.use.push_back(slab_.use(*cache));
        return complete;
    }

private:
    using Cache = SlubAllocator::Cache;

    bool kmem_cache_init() {
        const WalkPath step(boot_.walk, "kmem_cache_init");
        tell_parameters(step, parameters_);
        // create_boot_cache() of both, on static storage
        if (!create_kmem_cache_node()) return false;
        step.value("slab_state", "PARTIAL");
        if (!create_boot_cache(kmem_cache())) return false;

        if (!bootstrap(kmem_cache()) || !bootstrap(kmem_cache_node())) return false;

        if (!create_kmalloc_caches()) return false;
        if (kernel_.behaviours.slub_sheaves && !bootstrap_kmalloc_sheaves()) return false;
        return init_freelist_randomization();
    }

    bool create_kmem_cache_node() {
        const CacheCreation creation(boot_.walk, parameters_, *kmem_cache_node().geometry);
        if (!early_nodes()) return false;
        alloc_kmem_cache_cpus();
        return true;
    }
    bool early_nodes() {
        const WalkStep step(boot_.walk, "init_kmem_cache_nodes");
        step.value("slab_state", "DOWN");
        step.because("no cache can give a struct kmem_cache_node yet: the first object of the first slab becomes its own");
        for (const int node : nodes_.nodes)
            if (!slab_.early_kmem_cache_node_alloc(kmem_cache_node(), node, node_structure(kmem_cache_node(), node))) return false;
        return true;
    }

    bool create_boot_cache(Cache& cache) {
        const CacheCreation creation(boot_.walk, parameters_, *cache.geometry);
        if (!init_kmem_cache_nodes(cache)) return false;
        alloc_kmem_cache_cpus();
        return true;
    }

    bool kmem_cache_zalloc(Cache& cache) {
        const WalkStep step(boot_.walk, "kmem_cache_zalloc");
        return slab_.kmem_cache_alloc_node(kmem_cache(), slab_.gfp_nowait() | slab_.gfp_zero(), NUMA_NO_NODE, structure(cache));
    }

    bool bootstrap(Cache& cache) {
        const WalkStep step(boot_.walk, "bootstrap");
        step.argument("static_cache", cache.geometry->name);
        if (!kmem_cache_zalloc(cache)) return false;
        // Nobody else has a slab of it yet, and the copy starts without one.
        slab_.flush_cpu_slab(cache);
        return true;
    }

    bool init_kmem_cache_nodes(Cache& cache) {
        const WalkStep step(boot_.walk, "init_kmem_cache_nodes");
        for (const int node : nodes_.nodes)
            if (!slab_.kmem_cache_alloc_node(kmem_cache_node(), slab_.gfp_kernel(), node, node_structure(cache, node)))
                return false;
        return cache.sheaf_capacity == 0 || alloc_barns(cache);
    }
    void alloc_kmem_cache_cpus() const {
        const WalkStep step(if_exists(boot_.walk, "alloc_kmem_cache_cpus"), "alloc_kmem_cache_cpus");
        step.because("a struct kmem_cache_cpu for each CPU comes from the percpu area that is there already");
    }
    bool alloc_barns(Cache& cache) {
        for (const int node : nodes_.barn_nodes)
            if (!slab_.kmalloc_node(kernel_.size_of("node_barn"), slab_.gfp_kernel(), node,
                                    fmt::format("barn of {}, node {}", cache.geometry->name, node)))
                return false;
        return true;
    }

    // All but the first two caches.
    bool create_kmalloc_caches() {
        const Behaviours& b = kernel_.behaviours;
        const WalkStep step(boot_.walk, "create_kmalloc_caches");
        slab_.set_kmalloc_caches(kmalloc_caches());
        std::size_t next = 2;
        for (; next < caches_.size() && made_before_up(*caches_[next]->geometry); ++next)
            if (!create_kmalloc_cache(*caches_[next])) return false;
        up_ = true;
        step.value("slab_state", "UP");
        if (b.kmalloc_named_late)
            for (const auto& name : late_names())
                if (!kasprintf(name)) return false;
        for (; next < caches_.size(); ++next)
            if (!create_kmalloc_cache(*caches_[next])) return false;
        return true;
    }

    bool made_before_up(const SlabCache& s) const {
        if (!(kernel_.behaviours.kmalloc_dma_with_others) && s.name.starts_with("dma-kmalloc-")) return false;
        return s.name != "kmalloc_buckets";
    }
    bool has_allocated_name(const SlabCache& s) const {
        if (!kernel_.behaviours.kmalloc_names_allocated) return false;
        return s.name.starts_with("kmalloc-rcl-") || s.name.starts_with("dma-kmalloc-");
    }
    bool is_normal(const SlabCache& s) const {
        return s.name.starts_with("kmalloc-") && s.name.size() > 8 && s.name[8] >= '0' && s.name[8] <= '9';
    }

    // The names that normal caches get: 96 and 192 come first in the kernel's table.
    std::vector<std::string> late_names() const {
        std::vector<std::string> names;
        for (const auto* cache : caches_)
            if (is_normal(*cache->geometry)) names.push_back(cache->geometry->name);
        std::stable_partition(names.begin(), names.end(),
                              [](const std::string& n) { return n == "kmalloc-96" || n == "kmalloc-192"; });
        return names;
    }
    // kmalloc_cache_name() prints the unit of a size behind it, and for bytes that is a second end of the string.
    bool kasprintf(const std::string& name) {
        const bool unit = kernel_.behaviours.kmalloc_short_names && name.back() >= '0' && name.back() <= '9';
        return slab_.kmalloc_node(name.size() + 1 + unit, slab_.gfp_nowait(), NUMA_NO_NODE, "name " + name);
    }

    bool create_kmalloc_cache(Cache& cache) {
        const SlabCache& s = *cache.geometry;
        const WalkStep step(boot_.walk, "create_kmalloc_cache");
        step.argument("name", s.name);
        if (has_allocated_name(s) && !kasprintf(s.name)) return false;
        if (!kmem_cache_zalloc(cache)) return false;
        if (up_ && !init_cache_random_seq(cache)) return false;
        if (kernel_.behaviours.slub_sheaves && !is_normal(s) && !s.name.starts_with("kmalloc-rnd-"))
            cache.sheaf_capacity = s.sheaf_capacity;
        if (!create_boot_cache(cache)) return false;
        return cache.sheaf_capacity == 0 || slab_.alloc_empty_sheaves(cache);
    }

    // kmalloc_caches[KMALLOC_NORMAL]: by the largest size that a cache serves.
    std::map<u64, Cache*> kmalloc_caches() const {
        std::map<u64, Cache*> out;
        for (auto* cache : caches_)
            if (is_normal(*cache->geometry)) out[cache->geometry->object_size] = cache;
        return out;
    }

    // By index: 96 and 192 first, then the powers of two; small sizes may share a cache, which then gets all of it again.
    bool bootstrap_kmalloc_sheaves() {
        for (const u64 size : kmalloc_index_sizes(parameters_)) {
            Cache* cache = slab_.kmalloc_cache(size);
            if (!cache || cache->geometry->sheaf_capacity == 0) continue;
            if (!alloc_barns(*cache) || !slab_.alloc_empty_sheaves(*cache)) return false;
            cache->sheaf_capacity = cache->geometry->sheaf_capacity;
        }
        return true;
    }

    // slab_caches has the newest cache first.
    bool init_freelist_randomization() {
        for (auto cache = caches_.rbegin(); cache != caches_.rend(); ++cache)
            if (!init_cache_random_seq(**cache)) return false;
        return true;
    }
    bool init_cache_random_seq(Cache& cache) {
        const SlabCache& s = *cache.geometry;
        if (!kernel_.config_enabled("SLAB_FREELIST_RANDOM") || cache.random_seq || s.objects < 2) return true;
        if (!slab_.kmalloc_node(s.objects * 4, slab_.gfp_kernel() | slab_.gfp_zero(), NUMA_NO_NODE,
                                "order of objects of " + s.name))
            return false;
        cache.random_seq = true;
        return true;
    }

    Cache& kmem_cache_node() { return *caches_[0]; }
    Cache& kmem_cache() { return *caches_[1]; }
    static std::string structure(const Cache& cache) { return "kmem_cache of " + cache.geometry->name; }
    static std::string node_structure(const Cache& cache, int node) {
        return fmt::format("kmem_cache_node of {}, node {}", cache.geometry->name, node);
    }

    Boot& boot_;
    const Kernel& kernel_;
    Slub& slub_;
    const SlubParameters& parameters_;
    const SlabNodes nodes_;
    SlubAllocator slab_;
    std::vector<Cache*> caches_;
    bool up_ = false;  // slab_state is UP
};

}  // namespace

bool slub_can_bring_up(const Slub& slub) {
    return slub.caches.size() >= 2 && slub.caches[0].name == "kmem_cache_node" && slub.caches[1].name == "kmem_cache";
}

bool slub_bring_up(Boot& boot, const SlubParameters& parameters, FirstAllocations& first) {
    first.enter("kmem_cache_init", false);
    return BringUp(boot, parameters, first).run();
}

}  // namespace zonecalc
