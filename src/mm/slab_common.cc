// SPDX-License-Identifier: MIT
// The kmalloc caches, and which caches are one.
//
// create_kmalloc_caches() makes a set of caches for each type: normal, per memory cgroup (kmalloc-cg-), reclaimable (kmalloc-rcl-),
// for ZONE_DMA (dma-kmalloc-), randomised copies (kmalloc-rnd-). A set has the powers of two from KMALLOC_MIN_SIZE to two pages,
// and 96 and 192 where the minimum leaves room for them. Which types there are, in which order types and sizes come, how they are
// called and how they are aligned is the release's and the config's. Where kmalloc() must not share cache lines with DMA, small
// sizes share the cache of the first size that is large enough.
//
// A new cache is merged with one whose objects are as large to within a word, whose alignment fits and whose flags allow it.
//
// Not modelled: kmalloc-no-objext- (6.12.y with memory allocation profiling).
// Read beside it: mm/slab_common.c; include/linux/slab.h; asm/cache.h of each architecture.
#include "mm/slab_common.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

namespace zonecalc {

namespace {

constexpr unsigned RANDOM_KMALLOC_CACHES_NR = 15;
constexpr u32 SLAB_NEVER_MERGE = SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_TYPESAFE_BY_RCU |
                                 SLAB_NOLEAKTRACE | SLAB_FAILSLAB | SLAB_NO_MERGE;
constexpr u32 SLAB_MERGE_SAME = SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT;

std::optional<u64> constant(const Kernel& kernel, std::string_view name) {
    const auto found = kernel.constants.find(name);
    if (found == kernel.constants.end()) return std::nullopt;
    return found->second;
}

bool power_of_two(u64 n) {
    return n != 0 && (n & (n - 1)) == 0;
}

// ARCH_DMA_MINALIGN, or what dma_get_cache_alignment() says in its place.
u64 dma_alignment(const SlubParameters& p) {
    const Kernel& k = *p.kernel;
    switch (k.arch) {
        case Arch::arm:
            return p.cache_line_size;
        case Arch::arm64:
            return k.behaviours.kmalloc_dynamic_minalign || !k.behaviours.arm64_kmalloc_min_128 ? p.cache_line_size : 128;
        // Where no CPU has the extension for it, riscv_set_dma_cache_alignment() takes this back.
        case Arch::riscv64:
            return k.config_enabled("RISCV_DMA_NONCOHERENT") ? 64 : 8;
        default:
            return 8;
    }
}

u64 kmalloc_min_size(const SlubParameters& p) {
    const u64 size = constant(*p.kernel, "KMALLOC_MIN_SIZE").value_or(std::max<u64>(8, arch_kmalloc_minalign(p)));
    return power_of_two(size) && size >= 8 && size <= 256 ? size : 8;
}

unsigned kmalloc_shift_high(const SlubParameters& p) {
    return static_cast<unsigned>(
        std::clamp<u64>(constant(*p.kernel, "KMALLOC_SHIFT_HIGH").value_or(p.kernel->page_shift + 1), 8, 30));
}

// kmalloc_info[]: sizes of a set, in the order in which they are made.
std::vector<u64> kmalloc_sizes(const SlubParameters& p, bool odd_first) {
    const u64 least = kmalloc_min_size(p);
    std::vector<u64> sizes;
    if (odd_first) {
        if (least <= 32) sizes.push_back(96);
        if (least <= 64) sizes.push_back(192);
    }
    for (unsigned shift = static_cast<unsigned>(std::countr_zero(least)); shift <= kmalloc_shift_high(p); ++shift) {
        sizes.push_back(u64{1} << shift);
        if (odd_first) continue;
        if (shift == 6 && least <= 32) sizes.push_back(96);
        if (shift == 7 && least <= 64) sizes.push_back(192);
    }
    return sizes;
}

std::string size_name(const Kernel& kernel, u64 size) {
    if (!kernel.behaviours.kmalloc_short_names || size < 1024) return std::to_string(size);
    return size < (u64{1} << 20) ? fmt::format("{}k", size >> 10) : fmt::format("{}M", size >> 20);
}

// enum kmalloc_cache_type
struct KmallocType {
    std::string prefix;
    u32 flags = 0;
    bool odd_sizes_first = false;
};

std::vector<KmallocType> kmalloc_types(const SlubParameters& p) {
    const Kernel& k = *p.kernel;
    const Behaviours& b = k.behaviours;
    const bool odd_first = b.kmalloc_odd_sizes_first;
    const bool cgroups = b.kmalloc_cgroup && k.config_enabled(b.memcg_kmem_option ? "MEMCG_KMEM" : "MEMCG");
    const KmallocType cgroup{"kmalloc-cg-", SLAB_ACCOUNT, odd_first};
    // With nokmem they are the normal ones under another name.
    const bool cgroup_set = cgroups && p.kmem_accounting;

    std::vector<KmallocType> types;
    types.push_back({"kmalloc-", cgroups && b.slab_no_merge_flag ? static_cast<u32>(SLAB_NO_MERGE) : 0, odd_first});
    if (cgroup_set && !b.kmalloc_cgroup_last) types.push_back(cgroup);
    if (b.kmalloc_random && k.config_enabled("RANDOM_KMALLOC_CACHES"))
        for (unsigned i = 1; i <= RANDOM_KMALLOC_CACHES_NR; ++i)
            types.push_back({fmt::format("kmalloc-rnd-{:02}-", i), SLAB_NO_MERGE, odd_first});
    if (b.kmalloc_reclaim && !k.config_enabled("SLUB_TINY")) types.push_back({"kmalloc-rcl-", SLAB_RECLAIM_ACCOUNT, odd_first});
    if (k.has_zone(ZoneType::DMA)) types.push_back({"dma-kmalloc-", SLAB_CACHE_DMA, odd_first || !b.kmalloc_dma_with_others});
    if (cgroup_set && b.kmalloc_cgroup_last) types.push_back(cgroup);
    return types;
}

bool hardened_usercopy(const Kernel& kernel) {
    if (!kernel.behaviours.slab_usersize) return false;
    return !kernel.behaviours.slab_usersize_option || kernel.config_enabled("HARDENED_USERCOPY");
}

}  // namespace

u64 arch_slab_minalign(const SlubParameters& p) {
    const u64 align = constant(*p.kernel, "ARCH_SLAB_MINALIGN").value_or(8);
    return power_of_two(align) && align <= 4096 ? align : 8;
}

u64 arch_kmalloc_minalign(const SlubParameters& p) {
    const Kernel& k = *p.kernel;
    u64 align = 8;
    if (const auto known = constant(k, "ARCH_KMALLOC_MINALIGN"))
        align = *known;
    else if (k.arch == Arch::arm || !k.behaviours.kmalloc_dynamic_minalign)
        align = dma_alignment(p);
    return power_of_two(align) && align <= 4096 ? align : 8;
}

u64 kmalloc_minalign(const SlubParameters& p) {
    const Kernel& k = *p.kernel;
    u64 align = arch_kmalloc_minalign(p);
    if (k.behaviours.kmalloc_dynamic_minalign && !(k.config_enabled("DMA_BOUNCE_UNALIGNED_KMALLOC") && p.swiotlb))
        align = std::max(align, dma_alignment(p));
    return std::max(align, arch_slab_minalign(p));
}

u64 calculate_alignment(const SlubParameters& p, u32 flags, u64 align, u64 size) {
    if (flags & SLAB_HWCACHE_ALIGN) {
        u64 line = p.cache_line_size;
        while (line > 1 && size <= line / 2) line /= 2;
        align = std::max(align, line);
    }
    return round_up(std::max(align, arch_slab_minalign(p)), p.pointer());
}

std::optional<SlabCache> create_cache(const SlubParameters& p, std::string name, u64 size, u64 align, u32 flags, bool has_ctor) {
    SlabCache s;
    s.name = std::move(name);
    s.object_size = size;
    s.align = calculate_alignment(p, flags, align, size);
    s.flags = flags;
    s.has_ctor = has_ctor;
    if (!kmem_cache_open(p, s)) return std::nullopt;
    return s;
}

bool create_boot_cache(const SlubParameters& p, Slub& slub, std::string name, u64 size, u32 flags) {
    const Behaviours& b = p.kernel->behaviours;
    u64 align = arch_kmalloc_minalign(p);
    if (b.kmalloc_divisor_align) {
        if (flags & SLAB_KMALLOC) align = std::max(align, u64{1} << std::countr_zero(size));
    } else if (b.kmalloc_natural_align && power_of_two(size)) {
        align = std::max(align, size);
    }
    const u32 shown = b.slab_kmalloc_flag ? flags : flags & ~static_cast<u32>(SLAB_KMALLOC);
    const bool late_name = b.kmalloc_named_late && (flags & SLAB_KMALLOC);
    std::optional<SlabCache> s = create_cache(p, late_name ? std::string() : name, size, align, shown, false);
    if (!s) {
        slub.panic = fmt::format("Creation of kmalloc slab {} size={} failed. Reason -22", name, size);
        return false;
    }
    s->name = std::move(name);
    // The first two keep a negative reference count.
    const bool usersize = b.kmalloc_dma_usersize || !(flags & SLAB_CACHE_DMA);
    s->unmergeable = !(flags & SLAB_KMALLOC) || (usersize && hardened_usercopy(*p.kernel));
    slub.caches.push_back(*std::move(s));
    return true;
}

bool create_kmalloc_caches(const SlubParameters& p, Slub& slub) {
    const Kernel& k = *p.kernel;
    const u64 minalign = kmalloc_minalign(p);
    const bool shared = minalign > arch_kmalloc_minalign(p);
    const bool negative_refcount =
        !k.behaviours.slab_no_merge_flag && k.behaviours.kmalloc_cgroup && k.config_enabled("MEMCG_KMEM");
    for (const KmallocType& type : kmalloc_types(p)) {
        const std::size_t first = slub.caches.size();
        for (u64 size : kmalloc_sizes(p, type.odd_sizes_first)) {
            if (shared) size = kmalloc_size_roundup(p, round_up(size, minalign));
            const std::string name = type.prefix + size_name(k, size);
            if (std::any_of(slub.caches.begin() + static_cast<std::ptrdiff_t>(first), slub.caches.end(),
                            [&](const SlabCache& s) { return s.name == name; }))
                continue;
            if (!create_boot_cache(p, slub, name, size, type.flags | SLAB_KMALLOC)) return false;
            if (negative_refcount && type.flags == 0) slub.caches.back().unmergeable = true;
        }
    }
    if (k.behaviours.kmem_buckets && k.config_enabled("SLAB_BUCKETS")) {
        // kmem_buckets: a pointer for each size.
        const u64 size = (u64{kmalloc_shift_high(p)} + 1) * p.pointer();
        if (auto s = create_cache(p, "kmalloc_buckets", size, 0, SLAB_NO_MERGE, false)) slub.caches.push_back(*std::move(s));
    }
    return true;
}

std::vector<u64> kmalloc_index_sizes(const SlubParameters& p) {
    return kmalloc_sizes(p, true);
}

u64 kmalloc_size_roundup(const SlubParameters& p, u64 size) {
    u64 best = ~u64{0};
    for (const u64 s : kmalloc_sizes(p, true))
        if (s >= size) best = std::min(best, s);
    return best == ~u64{0} ? size : best;
}

const SlabCache* find_mergeable(const SlubParameters& p, const std::vector<SlabCache>& caches, std::string_view name, u64 size,
                                u64 align, u32 flags, bool has_ctor) {
    if (p.nomerge || has_ctor) return nullptr;
    align = calculate_alignment(p, flags, align, round_up(size, p.pointer()));
    size = round_up(round_up(size, p.pointer()), align);
    flags = kmem_cache_flags(p, flags, name);
    if (flags & SLAB_NEVER_MERGE) return nullptr;
    const auto fits = [&](const SlabCache& s) {
        return !s.unmergeable && !s.has_ctor && !(s.flags & SLAB_NEVER_MERGE) && size <= s.size && s.size - size < p.pointer() &&
               s.size % align == 0 && (flags & SLAB_MERGE_SAME) == (s.flags & SLAB_MERGE_SAME);
    };
    if (p.kernel->behaviours.slab_merge_oldest_first) {
        const auto s = std::find_if(caches.begin(), caches.end(), fits);
        return s == caches.end() ? nullptr : &*s;
    }
    const auto s = std::find_if(caches.rbegin(), caches.rend(), fits);
    return s == caches.rend() ? nullptr : &*s;
}

}  // namespace zonecalc
