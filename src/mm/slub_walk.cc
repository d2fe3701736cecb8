// SPDX-License-Identifier: MIT
// Read beside it: mm/slub.c new_slab(), allocate_slab(), calculate_sizes(), kmem_cache_open(); mm/slab_common.c
// create_boot_cache().
#include "mm/slub_walk.h"

#include <fmt/format.h>

#include <bit>

#include "kernel/source_words.h"
#include "mm/alloc_walk.h"
#include "mm/gfp.h"

namespace zonecalc {

namespace {

void tell_geometry(Walker* walker, const SlubParameters& p, const SlabCache& s) {
    {
        const WalkStep step(walker, "calculate_sizes");
        step.value("object_size", s.object_size);
        step.value("inuse", s.inuse);
        step.value("offset", s.offset);
        step.because("offset: where the free pointer lies in an object");
        step.value("align", s.align);
        step.value("size", s.size);
    }
    {
        const WalkStep step(walker, "calculate_order");
        step.argument("size", s.size);
        step.value("slub_min_order", p.min_order);
        step.value("slub_max_order", p.max_order);
        const u64 wanted = p.min_objects != 0 ? p.min_objects : 4 * (static_cast<u64>(std::bit_width(p.order_cpus)) + 1);
        step.value("min_objects", wanted);
        step.because([&] {
            return p.min_objects != 0 ? std::string("min_objects is what slub_min_objects= says")
                                      : fmt::format("min_objects is 4 * (fls({0}) + 1), for {0} CPUs", p.order_cpus);
        });
        step.value("order", s.order);
    }
    const WalkNote walk(walker);
    walk.value("oo", [&] { return fmt::format("order {}, {} objects", s.order, s.objects); });
    walk.value("min", [&] { return fmt::format("order {}", s.min_order); });
    walk.value("min_partial", s.min_partial);
    walk.value("cpu_partial", s.cpu_partial);
}

}  // namespace

CacheCreation::CacheCreation(Walker* walker, const SlubParameters& parameters, const SlabCache& cache)
    : create_boot_cache_(walker, "create_boot_cache") {
    create_boot_cache_.argument("name", cache.name);
    create_boot_cache_.argument("size", cache.object_size);
    create_boot_cache_.argument("flags", slab_flags_number(*parameters.kernel, cache.flags & ~u32{SLAB_CMPXCHG_DOUBLE}),
                                WalkUnit::hex);
    create_boot_cache_.value("calculate_alignment()", cache.align);
    create_.emplace(walker, "do_kmem_cache_create");
    Walker* const open = if_exists(walker, "kmem_cache_open");
    open_.emplace(open, "kmem_cache_open");
    if (walker) tell_geometry(walker, parameters, cache);
}

void tell_slab_counters(const WalkNote& walk, u64 inuse, u64 objects, bool frozen) {
    if (!walk) return;
    const u64 word = (inuse & 0xffff) | (objects & 0x7fff) << 16 | u64{frozen} << 31;
    walk.value(walk.name("slab->counters"),
               fmt::format("{:#010x} (inuse {}, objects {}, frozen {})", word, inuse, objects, static_cast<int>(frozen)));
}

void tell_parameters(const WalkNote& walk, const SlubParameters& p) {
    walk.value("nr_cpu_ids", p.machine.nr_cpu_ids);
    walk.value("nr_node_ids", p.machine.nr_node_ids);
    walk.value("cache_line_size()", p.cache_line_size);
    walk.value("slub_min_order", p.min_order);
    walk.value("slub_max_order", p.max_order);
    walk.value("slub_min_objects", p.min_objects);
}

void tell_slab_gfp(const WalkNote& new_slab, const WalkNote& allocate_slab, u64 flags, u64 asked) {
    if (!new_slab) return;
    const Kernel& kernel = new_slab.walker()->kernel();
    const auto bit = [&](std::string_view name) { return parse_gfp(kernel, name).value_or(0); };
    const auto names = [&](u64 bits) { return [&kernel, bits] { return gfp_names(kernel, bits); }; };
    const u64 passed = flags & (gfp_reclaim_mask(kernel) | gfp_constraint_mask(kernel));
    const u64 allowed = passed & gfp_boot_mask(kernel);
    const u64 more = bit("__GFP_NOWARN") | bit("__GFP_NORETRY");
    const u64 alloc_gfp = asked & ~bit("__GFP_NOTRACK");
    allocate_slab.argument("flags", passed, WalkUnit::hex);
    new_slab.value("GFP_NOWAIT", bit("GFP_NOWAIT"), WalkUnit::hex);
    new_slab.value("GFP_RECLAIM_MASK", gfp_reclaim_mask(kernel), WalkUnit::hex);
    new_slab.value("GFP_CONSTRAINT_MASK", gfp_constraint_mask(kernel), WalkUnit::hex);
    allocate_slab.value("gfp_allowed_mask", gfp_boot_mask(kernel), WalkUnit::hex);
    allocate_slab.value("flags & gfp_allowed_mask", allowed, WalkUnit::hex);
    allocate_slab.flags("s->allocflags", alloc_gfp & ~(allowed | more), names(alloc_gfp & ~(allowed | more)));
    allocate_slab.flags("alloc_gfp", alloc_gfp, names(alloc_gfp));
    allocate_slab.because("the first try must not reclaim, retry or complain: a smaller slab will do");
}

}  // namespace zonecalc
