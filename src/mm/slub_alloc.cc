// SPDX-License-Identifier: MIT
// SLUB at work, as far as start-up needs it: objects are handed out and none comes back.
//
// An object comes from the slab that belongs to the CPU, else from one on the node's partial list, else from a new slab. A slab
// that belongs to the CPU and lies on another node than the one asked for goes back to its node's list first
// (deactivate_slab()): up to 5.11 object by object, which turns the order of its free objects round. Caches that are checked
// (slub_debug=) have no slab of the CPU: every object comes from the partial list.
//
// Since 7.0 no slab belongs to a CPU: objects leave by sheaves (mm/slub_sheaf.cc).
//
// Objects of a slab are in ascending order, but for caches that have a random sequence already (CONFIG_SLAB_FREELIST_RANDOM). With
// user tracking each new stack is kept in the stack depot, which takes 16 KiB at the first and at the second one.
//
// Slabs pile up where a node has a struct kmem_cache_node and no memory for it (6.18 and later, a node that is all ZONE_MOVABLE):
// what is asked for from there comes from another node, and that node's next request sends it to its list. Once a node has more
// than min_partial slabs of a cache, others take from it (get_any_partial()).
//
// Not modelled: frees; what other CPUs do; a stack depot that fills up; remote_node_defrag_ratio's dice, by which get_any_partial()
// does nothing in 2 of 100 cases.
// Read beside it: mm/slub.c ___slab_alloc(), get_partial(), allocate_slab(), deactivate_slab(); since 7.0 alloc_from_pcs().
#include "mm/slub_alloc.h"

#include <fmt/format.h>

#include <algorithm>

#include "mm/alloc_walk.h"
#include "mm/slab_common.h"
#include "mm/slub_walk.h"

namespace zonecalc {

namespace {

constexpr std::size_t objects_shown = 64;  // of each cache
constexpr unsigned DEPOT_POOL_BYTES = 16384;

u64 gfp_number(const Kernel& kernel, std::string_view name) {
    return parse_gfp(kernel, name).value_or(0);
}

unsigned order_of(const Kernel& kernel, u64 bytes) {
    unsigned order = 0;
    while (order < kernel.max_order && (kernel.page_size() << order) < bytes) ++order;
    return order;
}

}  // namespace

SlubAllocator::SlubAllocator(const SlubParameters& parameters, const SlabNodes& nodes, FirstAllocations& pages)
    : parameters_(parameters), kernel_(*parameters.kernel), nodes_(nodes), pages_(pages) {
    const auto bit = [&](std::string_view name) { return gfp_number(kernel_, name); };
    gfp_.kernel = bit("GFP_KERNEL");
    gfp_.nowait = bit("GFP_NOWAIT");
    gfp_.zero = bit("__GFP_ZERO");
    gfp_.comp = bit("__GFP_COMP");
    gfp_.nowarn = bit("__GFP_NOWARN");
    gfp_.noretry = bit("__GFP_NORETRY");
    gfp_.nomemalloc = bit("__GFP_NOMEMALLOC");
    gfp_.thisnode = bit("__GFP_THISNODE");
    gfp_.notrack = bit("__GFP_NOTRACK");
    gfp_.direct_reclaim = bit("__GFP_DIRECT_RECLAIM");
    gfp_.reclaimable = bit("__GFP_RECLAIMABLE");
    gfp_.dma = bit("GFP_DMA");
    gfp_.dma32 = bit("GFP_DMA32");
    gfp_.boot_mask = ~(bit("__GFP_WAIT") | gfp_.direct_reclaim | bit("__GFP_KSWAPD_RECLAIM") | bit("__GFP_IO") | bit("__GFP_FS"));
}

SlubAllocator::Cache& SlubAllocator::add(const SlabCache& geometry) {
    return caches_.emplace_back(geometry);
}

SlubAllocator::Cache* SlubAllocator::kmalloc_cache(u64 size) {
    const auto at = kmalloc_caches_.lower_bound(size);
    return at == kmalloc_caches_.end() ? nullptr : at->second;
}

bool SlubAllocator::is_debug(const Cache& cache) const {
    return (cache.geometry->flags & SLAB_DEBUG_FLAGS) || kernel_.config_enabled("SLUB_TINY");
}

// -- slabs

// Pages of slabs: by zone, later by node, and since 5.9 counted in bytes.
void SlubAllocator::tell_counter(const WalkNote& walk, bool reclaimable, const FirstAllocation& from) const {
    u64 pages = 0;
    for (const auto& [at, p] : slab_pages_)
        if (at.first == from.node && (!kernel_.behaviours.nr_slab_per_zone || at.second == from.zone))
            pages += reclaimable ? p.reclaimable : p.unreclaimable;
    const std::string_view counter = walk.name(reclaimable ? "NR_SLAB_RECLAIMABLE_B" : "NR_SLAB_UNRECLAIMABLE_B");
    tell_vm_stat(walk, kernel_, counter, static_cast<i64>(counter.ends_with("_B") ? pages << kernel_.page_shift : pages));
}

const FirstAllocation* SlubAllocator::alloc_slab_page(unsigned order, u64 gfp, int node, const std::string& what) {
    Walker* const walk = pages_.walk();
    const WalkStep step(walk, "alloc_slab_page");
    step.argument("flags", gfp & ~gfp_.notrack, WalkUnit::hex);
    step.argument("node", node);
    step.argument("order", order);
    if (gfp_.notrack) step.flags("flags | __GFP_NOTRACK", gfp, [&] { return gfp_names(kernel_, gfp); });
    const bool anywhere = node == NUMA_NO_NODE;
    step.because(anywhere ? "NUMA_NO_NODE (-1): any node will do, the CPU's own first" : "a node is asked for");
    const WalkStep alloc(walk, anywhere ? "alloc_frozen_pages" : "__alloc_frozen_pages");
    return pages_.alloc_pages(order, gfp, node, what);
}

// allocate_slab()
std::optional<SlubAllocator::Slab> SlubAllocator::new_slab(Cache& cache, u64 flags, int node) {
    const SlabCache& s = *cache.geometry;
    const WalkStep step(pages_.walk(), "new_slab");
    step.argument("s", s.name);
    step.argument("flags", flags, WalkUnit::hex);
    step.argument("node", node);
    u64 gfp = (flags & gfp_.boot_mask & ~gfp_.zero) | gfp_.notrack;
    if (s.order > 0 || kernel_.behaviours.slab_always_compound) gfp |= gfp_.comp;
    if (s.flags & SLAB_CACHE_DMA) gfp |= gfp_.dma;
    if (s.flags & SLAB_CACHE_DMA32) gfp |= gfp_.dma32;
    if (s.flags & SLAB_RECLAIM_ACCOUNT) gfp |= gfp_.reclaimable;

    const u64 first_try = gfp | gfp_.nowarn | gfp_.noretry;
    std::optional<WalkStep> allocate_slab(std::in_place, pages_.walk(), "allocate_slab");
    tell_slab_gfp(step, *allocate_slab, flags, first_try);
    unsigned order = s.order;
    const FirstAllocation* from = alloc_slab_page(order, first_try, node, "slab " + s.name);
    if (!from) {
        order = s.min_order;
        from = alloc_slab_page(order, gfp, node, "slab " + s.name);
        if (!from) return std::nullopt;
    }
    Slab slab;
    slab.pfn = from->pfn;
    slab.node = from->node;
    slab.left = order == s.order ? s.objects : (kernel_.page_size() << order) / s.size;
    slab.shuffled = cache.random_seq && slab.left >= 2;
    ++cache.slabs;
    cache.objects += slab.left;
    SlabPages& pages = slab_pages_.try_emplace({from->node, from->zone}, SlabPages{from->node, from->zone, 0, 0}).first->second;
    (s.flags & SLAB_RECLAIM_ACCOUNT ? pages.reclaimable : pages.unreclaimable) += u64{1} << order;
    allocate_slab->value("page->objects", slab.left);
    if (!kernel_.behaviours.slub_sheaves) tell_slab_counters(*allocate_slab, 0, slab.left, false);
    if (*allocate_slab) tell_counter(*allocate_slab, s.flags & SLAB_RECLAIM_ACCOUNT, *from);
    allocate_slab.reset();
    step.value("page", slab.pfn, WalkUnit::pfn);
    step.value("compound_order(page)", order);
    step.because(slab.shuffled ? "the free list of its objects is in a random order"
                               : "the free list of its objects is in the order of their addresses");
    return slab;
}

// The part of ___slab_alloc() that looks for a slab elsewhere. Newer releases first try the node alone that was asked for.
SlubAllocator::Found SlubAllocator::find_slab(Cache& cache, u64 gfp, int node) {
    const bool this_node_first = kernel_.behaviours.slab_tries_this_node && node != NUMA_NO_NODE;
    if (this_node_first) {
        if (auto* list = get_partial(cache, node, false)) return {list, {}};
        if (auto slab = new_slab(cache, gfp_.nowait | gfp_.thisnode, node)) return {nullptr, slab};
    }
    if (auto* list = get_partial(cache, node, this_node_first || node == NUMA_NO_NODE)) return {list, {}};
    return {nullptr, new_slab(cache, gfp, node)};
}

// get_partial(), and get_any_partial() where `any` node will do: a list with a slab in it.
std::deque<SlubAllocator::Slab>* SlubAllocator::get_partial(Cache& cache, int node, bool any) {
    auto& list = cache.partial[node == NUMA_NO_NODE ? nodes_.local : node];
    if (!list.empty()) return &list;
    if (any)
        for (const int near : nodes_.nearest)
            if (cache.partial[near].size() > cache.geometry->min_partial) return &cache.partial[near];
    return nullptr;
}

// get_partial_node(): the first slab of a list; those behind it become the CPU's partial ones, up to half of what it may have.
SlubAllocator::Slab SlubAllocator::take_partial(Cache& cache, std::deque<Slab>& list) {
    const Slab slab = list.front();
    list.pop_front();
    const SlabCache& s = *cache.geometry;
    if (s.cpu_partial == 0) return slab;
    const bool by_slabs = kernel_.behaviours.slub_cpu_partial_slabs;
    const u64 most = (by_slabs ? s.cpu_partial_slabs : s.cpu_partial) / 2;
    u64 available = by_slabs ? 0 : slab.left;
    while (!list.empty() && available <= most) {
        available += by_slabs ? 1 : list.front().left;
        cache.cpu_partial.push_front(list.front());
        list.pop_front();
    }
    return slab;
}

// A slab of the CPU's partial list; those of other nodes than the one asked for go back.
std::optional<SlubAllocator::Slab> SlubAllocator::get_cpu_partial(Cache& cache, int node) {
    while (!cache.cpu_partial.empty()) {
        const Slab slab = cache.cpu_partial.front();
        cache.cpu_partial.pop_front();
        if (node == NUMA_NO_NODE || slab.node == node) return slab;
        cache.partial[slab.node].push_back(slab);
    }
    return std::nullopt;
}

void SlubAllocator::turn_round(Slab& slab) const {
    if (slab.left == 0 || !kernel_.behaviours.deactivate_slab_reverses) return;
    slab.next += static_cast<u64>(slab.step) * (slab.left - 1);
    slab.step = -slab.step;
}

void SlubAllocator::deactivate_slab(Cache& cache, Slab slab) {
    if (slab.left == 0) return;
    turn_round(slab);
    cache.partial[slab.node].push_front(slab);
}

void SlubAllocator::flush_cpu_slab(Cache& cache) {
    const WalkStep step(if_exists(pages_.walk(), "__slab_alloc"), "__flush_cpu_slab");
    step.argument("s", cache.geometry->name);
    if (!cache.cpu_slab) {
        step.because("the CPU has no slab of it");
        return;
    }
    step.value("page", cache.cpu_slab->pfn, WalkUnit::pfn);
    step.because(kernel_.behaviours.deactivate_slab_reverses
                     ? "deactivate_slab() puts its free objects back one by one: they come out in reverse from now on"
                     : "deactivate_slab() gives its free list back as a whole");
    deactivate_slab(cache, *cache.cpu_slab);
    cache.cpu_slab.reset();
}

// -- objects

SlubAllocator::Object SlubAllocator::take(Slab& slab) {
    const Object object{slab.pfn, slab.node, slab.next, slab.shuffled};
    slab.next += static_cast<u64>(slab.step);
    --slab.left;
    return object;
}

void SlubAllocator::hand_out(Cache& cache, const Object& object, const std::string& what) {
    const SlabCache& s = *cache.geometry;
    if (const WalkNote walk(pages_.walk()); walk) {
        const PhysAddr slab = object.pfn << kernel_.page_shift;
        walk.value("object", object.shuffled ? fmt::format("one of the slab at {:#x}, in random order", slab)
                                             : fmt::format("{:#x}, number {} of the slab at {:#x}",
                                                           slab + s.red_left_pad + object.index * s.size, object.index, slab));
        walk.because(what);
    }
    if (cache.handed_out++ >= objects_shown) return;
    std::optional<u64> offset;
    if (!object.shuffled) offset = s.red_left_pad + object.index * s.size;
    objects_.push_back({s.name, what, object.node, object.pfn, offset});
}

bool SlubAllocator::early_kmem_cache_node_alloc(Cache& cache, int node, const std::string& what) {
    const WalkStep step(pages_.walk(), "early_kmem_cache_node_alloc");
    step.argument("node", node);
    auto slab = new_slab(cache, gfp_.nowait, node);
    if (!slab) return false;
    const u64 objects = slab->left;
    hand_out(cache, take(*slab), what);
    if (!kernel_.behaviours.slub_sheaves) tell_slab_counters(step, 1, objects, false);
    step.because("the slab goes to the head of the partial list that its first object is for");
    // It goes to the list of the node that it was meant for, even where another one's memory had to do.
    if (slab->left) cache.partial[node].push_front(*slab);
    return true;
}

// alloc_single_from_partial(), alloc_single_from_new_slab(); before 6.1 the slab becomes the CPU's for one object.
std::optional<SlubAllocator::Object> SlubAllocator::alloc_single(Cache& cache, u64 gfp, int node) {
    Found found = find_slab(cache, gfp, node);
    if (found.list) {
        Slab& slab = found.list->front();
        const Object object = take(slab);
        turn_round(slab);
        if (slab.left == 0) found.list->pop_front();
        return object;
    }
    if (!found.fresh) return std::nullopt;
    const Object object = take(*found.fresh);
    deactivate_slab(cache, *found.fresh);
    return object;
}

// ___slab_alloc()
std::optional<SlubAllocator::Object> SlubAllocator::slab_alloc(Cache& cache, u64 gfp, int node) {
    const bool cpu_slabs = !kernel_.behaviours.slub_sheaves;
    if (cpu_slabs && node != NUMA_NO_NODE && std::find(nodes_.nodes.begin(), nodes_.nodes.end(), node) == nodes_.nodes.end())
        node = NUMA_NO_NODE;
    if (!cpu_slabs || is_debug(cache)) return alloc_single(cache, gfp, node);

    auto& slab = cache.cpu_slab;
    if (slab && node != NUMA_NO_NODE && slab->node != node) flush_cpu_slab(cache);
    if (!slab || slab->left == 0) {
        const WalkStep step(if_exists(pages_.walk(), "__slab_alloc"), "__slab_alloc");
        step.because(slab ? "the CPU's slab is used up" : "the CPU has no slab of this cache");
        slab = get_cpu_partial(cache, node);
        if (!slab) {
            const Found found = find_slab(cache, gfp, node);
            if (found.list) step.because("get_partial(): the node has one");
            slab = found.list ? take_partial(cache, *found.list) : found.fresh;
        }
        if (!slab) return std::nullopt;
    }
    return take(*slab);
}

// set_track_prepare(): the stacks of the first two callers each make the stack depot take memory. It keeps of the caller's flags
// what GFP_KERNEL and GFP_ATOMIC are made of.
bool SlubAllocator::set_track(Cache& cache, u64 gfp) {
    const Behaviours& b = kernel_.behaviours;
    if (!(cache.geometry->flags & SLAB_STORE_USER) || !b.track_stackdepot || !kernel_.config_enabled("STACKDEPOT")) return true;
    if (stack_depot_pools_ == 2) return true;
    ++stack_depot_pools_;
    const u64 more = gfp_.nowarn | (b.stack_depot_nested_gfp ? gfp_.noretry | gfp_.nomemalloc : 0);
    const u64 kept = gfp & (gfp_.kernel | gfp_number(kernel_, "GFP_ATOMIC")) & ~gfp_.direct_reclaim;
    return pages_.alloc_pages(order_of(kernel_, DEPOT_POOL_BYTES), kept | more, NUMA_NO_NODE, "stack depot");
}

bool SlubAllocator::alloc(Cache& cache, u64 gfp, int node, const std::string& what, bool nested) {
    if (cache.sheaf_capacity && (node == NUMA_NO_NODE || node == nodes_.local)) {
        if ((!cache.main.empty() || replace_empty_main(cache, gfp, nested)) &&
            (node == NUMA_NO_NODE || cache.main.back().node == node)) {
            hand_out(cache, cache.main.back(), what);
            cache.main.pop_back();
            return true;
        }
    }
    const auto object = slab_alloc(cache, gfp, node);
    if (!object) return false;
    hand_out(cache, *object, what);
    return set_track(cache, gfp);
}

bool SlubAllocator::kmem_cache_alloc_node(Cache& cache, u64 gfp, int node, const std::string& what) {
    const WalkStep step(pages_.walk(), node == NUMA_NO_NODE ? "kmem_cache_alloc" : "kmem_cache_alloc_node");
    step.argument("s", cache.geometry->name);
    step.argument("gfpflags", gfp, WalkUnit::hex);
    step.argument("node", node);
    return alloc(cache, gfp, node, what, false);
}

bool SlubAllocator::kmalloc(u64 size, u64 gfp, int node, const std::string& what, bool nested) {
    if (Cache* cache = kmalloc_cache(size)) return alloc(*cache, gfp, node, what, nested);
    return pages_.alloc_pages(order_of(kernel_, size), gfp | gfp_.comp, node, what);
}

bool SlubAllocator::kmalloc_node(u64 size, u64 gfp, int node, const std::string& what) {
    const WalkStep step(pages_.walk(), "kmalloc");
    step.argument("size", size);
    step.argument("flags", gfp, WalkUnit::hex);
    if (const Cache* cache = kmalloc_cache(size)) step.argument("s", cache->geometry->name);
    return kmalloc(size, gfp, node, what, false);
}

// -- what it comes to

SlabUse SlubAllocator::use(const Cache& cache) const {
    SlabUse out{cache.slabs, cache.objects, cache.objects};
    for (const auto& [node, list] : cache.partial)
        for (const Slab& slab : list) out.active -= slab.left;
    return out;
}

std::vector<SlabPages> SlubAllocator::slab_pages() const {
    std::vector<SlabPages> out;
    for (const auto& [at, pages] : slab_pages_) out.push_back(pages);
    return out;
}

}  // namespace zonecalc
