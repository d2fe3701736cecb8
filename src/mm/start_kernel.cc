// SPDX-License-Identifier: MIT
// From kmem_cache_init() to rest_init().
//
// Hundreds of callers take objects of dozens of caches here, so when a cache needs another slab follows from no rule that would be
// shorter than the kernel. But the sequence hardly depends on the machine: boots of one build with as many CPUs and nodes ask for
// the same pages in the same order, whatever their memory. So the requests are data of the profile, and only what they get is
// computed. Tables that are sized by memory (the hashes of mounts) are computed as well. On several nodes the dentry and inode
// hashes come from vmalloc(), thousands of pages; the recorded requests end before these.
//
// On a machine with another number of CPUs, with caches of another geometry (slab_max_order=, slub_debug=), or with a kernel
// that only resembles a recorded one, the requests of the nearest recorded machine are taken, with slabs as large as they are here.
// That is an assumption, and said. For a number of nodes that was never recorded nothing is known: the list ends with
// kmem_cache_init().
//
// Not modelled: what drivers of another machine than the recorded one take; slabs that are given back. Read beside it:
// start_kernel() in init/main.c, mnt_init() in fs/namespace.c, setup_per_cpu_pageset() in mm/page_alloc.c.
#include "mm/start_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "mm/alloc_walk.h"
#include "mm/init_late.h"
#include "mm/slab_common.h"

namespace zonecalc {

namespace {

constexpr std::string_view slab_of = "slab ";

class StartKernel {
public:
    StartKernel(Boot& boot, FirstAllocations& first) : boot_(boot), kernel_(boot.kernel), slub_(*boot.layout.slub), first_(first) {
        slub_.start_up_pages = slub_.pages;
        for (const SlabUse& use : slub_.use) slub_.start_up_use.push_back({use.slabs, use.objects, 0});
        slub_.start_up_use.resize(slub_.caches.size() + slub_.start_up_caches.size());
    }

    // False where a request cannot be answered: those behind it are left out.
    bool run(const std::vector<StartUpRequest>& requests) {
        first_.enter("start_kernel", true);
        return std::ranges::all_of(requests, [&](const StartUpRequest& r) { return answer(r); });
    }

private:
    bool answer(const StartUpRequest& r) {
        switch (r.op) {
            case StartUpRequest::Op::pages:
                for (u64 i = 0; i < r.count; ++i)
                    if (!pages(r)) return false;
                return true;
            case StartUpRequest::Op::bulk:
                return first_.alloc_pages_bulk(r.count, r.gfp, node_of(r), r.what);
            case StartUpRequest::Op::hash:
                return alloc_large_system_hash(r);
            case StartUpRequest::Op::free:
                return free_init_pages(r);
            case StartUpRequest::Op::pageset:
                first_.pages().setup_per_cpu_pageset(
                    boot_cpu_alone(watermark_settings(kernel_, boot_.board, boot_.cmdline, boot_.layout)));
                first_.policy().numa_policy_init();
                return true;
        }
        return false;
    }

    static int node_of(const StartUpRequest& r) { return r.node.value_or(NUMA_NO_NODE); }

    bool pages(const StartUpRequest& r) {
        if (r.node && !first_.pages().has_node(*r.node)) return false;
        if (r.what.starts_with(slab_of)) return new_slab(r, std::string_view(r.what).substr(slab_of.size()));
        return first_.alloc_pages(r.order, r.gfp, node_of(r), r.what) != nullptr;
    }

    // Slabs of a cache are as large as they are here, not where they were recorded.
    bool new_slab(const StartUpRequest& r, std::string_view name) {
        unsigned order = r.order;
        u64 gfp = r.gfp;
        const std::size_t at = cache(name);
        const SlabCache* s = at < slub_.start_up_use.size() ? &geometry(at) : nullptr;
        if (s && s->order != order) {
            const u64 compound = parse_gfp(kernel_, "__GFP_COMP").value_or(0);
            order = s->order;
            gfp = order > 0 || kernel_.behaviours.slab_always_compound ? gfp | compound : gfp & ~compound;
        }
        const FirstAllocation* from = first_.alloc_pages(order, gfp, node_of(r), r.what);
        if (!from) return false;
        if (s) {
            SlabUse& use = slub_.start_up_use[at];
            ++use.slabs;
            use.objects += s->objects;
        }
        count(*from, decode_gfp(kernel_, gfp).reclaimable);
        return true;
    }

    // Where `slub_.start_up_use` has it.
    std::size_t cache(std::string_view name) const {
        const auto named = [&](const SlabCache& c) { return c.name == name; };
        const auto boot = std::ranges::find_if(slub_.caches, named);
        if (boot != slub_.caches.end()) return static_cast<std::size_t>(boot - slub_.caches.begin());
        const auto later = std::ranges::find_if(slub_.start_up_caches, named);
        return slub_.caches.size() + static_cast<std::size_t>(later - slub_.start_up_caches.begin());
    }
    const SlabCache& geometry(std::size_t at) const {
        return at < slub_.caches.size() ? slub_.caches[at] : slub_.start_up_caches[at - slub_.caches.size()];
    }

    // NR_SLAB_RECLAIMABLE, NR_SLAB_UNRECLAIMABLE
    void count(const FirstAllocation& from, bool reclaimable) {
        auto at = std::ranges::find_if(slub_.start_up_pages,
                                       [&](const SlabPages& p) { return p.node == from.node && p.zone == from.zone; });
        if (at == slub_.start_up_pages.end())
            at = slub_.start_up_pages.insert(
                std::ranges::find_if(
                    slub_.start_up_pages,
                    [&](const SlabPages& p) { return std::pair(p.node, p.zone) > std::pair(from.node, from.zone); }),
                {from.node, from.zone, 0, 0});
        (reclaimable ? at->reclaimable : at->unreclaimable) += u64{1} << from.order;
    }

    // HASH_ZERO alone: one block, larger tables come from vmalloc().
    bool alloc_large_system_hash(const StartUpRequest& r) {
        const u64 asked = hash_entries_parameter(boot_, r.what == "Mount-cache" ? "mhash_entries" : "mphash_entries");
        const u64 bucket = pointer_size(kernel_);
        const u64 bytes = bucket * large_system_hash_entries(kernel_, nr_pages(boot_), bucket, asked, r.scale, 0, 0, 0);
        const u64 pages = div_round_up(bytes, kernel_.page_size());
        const unsigned order = pages <= 1 ? 0 : static_cast<unsigned>(std::bit_width(pages - 1));
        return order <= kernel_.max_order && first_.alloc_pages(order, r.gfp, node_of(r), r.what);
    }

    // A part of the kernel image; where that lies is known if the image is.
    bool free_init_pages(const StartUpRequest& r) {
        const std::optional<PhysAddr> image = kernel_image_base(boot_);
        if (!image) return false;
        const Pfn at = *image / kernel_.page_size() + r.offset;
        for (u64 i = 0; i < r.count; ++i)
            if (!first_.pages().free_pages(at + i, 0)) return false;
        return true;
    }

    Boot& boot_;
    const Kernel& kernel_;
    Slub& slub_;
    FirstAllocations& first_;
};

// A machine whose nodes all have memory for slabs, numbered from 0.
bool nodes_are(const Layout& layout, unsigned nodes) {
    if (layout.nodes.size() != nodes) return false;
    for (unsigned i = 0; i < nodes; ++i) {
        const Node& node = layout.nodes[i];
        const bool slabs =
            std::ranges::any_of(node.zones, [](const Zone& z) { return z.populated() && z.type <= ZoneType::Normal; });
        if (node.id != static_cast<int>(i) || !slabs) return false;
    }
    return true;
}

// Are the caches those of the machine that requests were recorded on?
bool caches_as_recorded(const Boot& boot, const SlubParameters& parameters, const StartUp& recorded) {
    SlabMachine machine;
    machine.nr_cpu_ids = recorded.cpus;
    machine.nr_node_ids = recorded.nodes;
    const SlubParameters then = slub_parameters(boot.kernel, Cmdline{}, machine);
    std::vector<Note> unused;
    return then.nomerge == parameters.nomerge && then.debug == parameters.debug &&
           kmem_cache_init(then, unused).caches == boot.layout.slub->caches;
}

// The recorded machine with as many nodes whose CPUs are nearest in number.
const StartUp* nearest(const Boot& boot, unsigned cpus) {
    const auto distance = [&](const StartUp& s) { return s.cpus < cpus ? cpus - s.cpus : s.cpus - cpus; };
    const StartUp* best = nullptr;
    for (const StartUp& s : boot.kernel.start_up)
        if (nodes_are(boot.layout, s.nodes) && (!best || distance(s) < distance(*best))) best = &s;
    return best;
}

// The first of the requests that were answered, from `from` on.
void tell_requests(const Boot& boot, std::size_t from) {
    constexpr std::size_t told = 12;
    if (!boot.walk) return;
    const std::vector<FirstAllocation>& all = boot.layout.allocations;
    const WalkStep later(boot.walk, "after kmem_cache_init():");
    later.because("boots of one kernel with as many CPUs ask for the same pages in the same order; what each gets is computed");
    for (std::size_t i = from; i < all.size() && i < from + told; ++i) {
        const FirstAllocation& a = all[i];
        const WalkStep step(boot.walk, "alloc_frozen_pages");
        step.argument("gfp_mask", a.gfp, WalkUnit::hex);
        step.argument("order", a.order);
        step.value("page", a.pfn, WalkUnit::pfn);
        step.value("zone", fmt::format("{} (node {})", to_string(a.zone), a.node));
        step.value("migratetype", type_in_words(boot.kernel, a.type));
        step.because("for " + a.what);
    }
    if (all.size() > from + told)
        later.because(
            fmt::format("{} more up to rest_init(), in part after setup_per_cpu_pageset(); run --format json has them all",
                        all.size() - from - told));
}

void create_caches(Boot& boot, const SlubParameters& parameters) {
    for (const StartUpCache& c : boot.kernel.start_up_caches) {
        auto made = create_cache(parameters, c.name, c.object_size, c.align, c.flags, c.ctor);
        if (made) boot.layout.slub->start_up_caches.push_back(*std::move(made));
    }
}

}  // namespace

void start_kernel_requests(Boot& boot, const SlubParameters& parameters, FirstAllocations& first) {
    // Who follows the walk has seen how pages are found; the first requests and what they get are enough.
    first.pages().follow(nullptr);
    create_caches(boot, parameters);
    const unsigned cpus = parameters.machine.nr_cpu_ids;
    const StartUp* known = nearest(boot, cpus);
    if (!known) {
        boot.note(Note::Kind::unmodelled, "start-up-requests-unknown",
                  boot.kernel.start_up.empty()
                      ? "no boot shows what this kernel allocates after kmem_cache_init(): the first allocations end there"
                      : "no boot shows what this kernel allocates after kmem_cache_init() on such nodes: the first allocations end "
                        "there");
        return;
    }
    const std::string& of = boot.kernel.start_up_of;
    const bool all_present = parameters.machine.present_cpus.value_or(cpus) == cpus;
    if (!of.empty() || known->cpus != cpus || !all_present || !caches_as_recorded(boot, parameters, *known))
        boot.note(Note::Kind::assumption, "start-up-requests",
                  fmt::format("what is allocated after kmem_cache_init() is what {} asks for with {} CPU{}{}",
                              of.empty() ? "a boot of this kernel" : of, known->cpus, known->cpus == 1 ? "" : "s",
                              known->cpus == cpus ? "" : "; with more or fewer slabs come at other places"));
    const std::size_t from = boot.layout.allocations.size();
    const bool complete = StartKernel(boot, first).run(known->requests);
    tell_requests(boot, from);
    if (!complete)
        boot.note(Note::Kind::unmodelled, "start-up-requests-end", "the first allocations end before start_kernel() does");
}

}  // namespace zonecalc
