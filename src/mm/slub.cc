// SPDX-License-Identifier: MIT
// SLUB's geometry: from the size of an object to the size, order and number of objects of a slab, and what is kept of partly used
// ones.
//
// An object is followed by what debugging adds: a red zone where the object leaves no room for one, the free pointer where it
// cannot lie inside, the last user, the size that was asked for, and one more red zone; 4.6 and later put another in front. The sum
// is rounded up to the alignment. calculate_order() looks for the smallest slab that holds enough objects (4 * (fls(CPUs) + 1),
// fewer where a slab of slub_max_order does not hold them) and wastes no more than a 16th, then an 8th, then a quarter. Up to 6.6
// fewer and fewer objects are tried next; 6.7 and later take half a slab's waste and never fall below the first order.
//
// Releases differ in which CPUs count, in the search, in where the free pointer goes and in how long per-CPU partial lists are;
// since 7.0 there are none, but sheaves: arrays of objects whose size fills a kmalloc object.
//
// Not modelled: KASAN's metadata, sheaf_capacity= of a cache's creator.
// Read beside it: mm/slub.c calculate_sizes(), calculate_order(), kmem_cache_open() (do_kmem_cache_create() since 6.12).
#include "mm/slub.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "mm/cpus.h"
#include "mm/first_allocations.h"
#include "mm/slab_common.h"

namespace zonecalc {

namespace {

constexpr u64 MAX_OBJS_PER_PAGE = 32767;
constexpr u32 DEBUG_METADATA_FLAGS = SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;
constexpr u32 SLAB_NO_CMPXCHG = SLAB_CONSISTENCY_CHECKS | SLAB_STORE_USER | SLAB_TRACE;
constexpr u64 TRACK_ADDRS_COUNT = 16;

// Bytes of a slab; the kernel's number has 32 bits.
u64 slab_bytes(const Kernel& kernel, u64 order) {
    return order < 32 ? static_cast<u32>(kernel.page_size() << order) : 0;
}

unsigned get_order(const Kernel& kernel, u64 size) {
    unsigned order = 0;
    while (order < 40 && (kernel.page_size() << order) < size) ++order;
    return order;
}

u64 order_objects(const Kernel& kernel, u64 order, u64 size) {
    return slab_bytes(kernel, order) / size;
}

// The first order from `order` to `last` that wastes no more than a `fraction`-th; last + 1 where all waste more.
u64 calc_slab_order(const Kernel& kernel, u64 size, u64 order, u64 last, u64 fraction) {
    for (; order <= last; ++order) {
        const u64 bytes = slab_bytes(kernel, order);
        if (bytes % size <= bytes / fraction) break;
    }
    return order;
}

u64 least_objects(const SlubParameters& p) {
    return p.min_objects != 0 ? p.min_objects : 4 * (static_cast<u64>(std::bit_width(p.order_cpus)) + 1);
}

std::optional<unsigned> up_to_max_order(const Kernel& kernel, u64 order) {
    if (order > kernel.max_order) return std::nullopt;
    return static_cast<unsigned>(order);
}

// Since 6.7.
std::optional<unsigned> order_of_fixed_minimum(const SlubParameters& p, u64 size) {
    const Kernel& k = *p.kernel;
    const u64 wanted = std::min(least_objects(p), std::max<u64>(order_objects(k, p.max_order, size), 1));
    const u64 first = std::max<u64>(p.min_order, get_order(k, wanted * size));
    if (order_objects(k, first, size) > MAX_OBJS_PER_PAGE) return get_order(k, size * MAX_OBJS_PER_PAGE) - 1;
    for (u64 fraction = 16; fraction > 1; fraction /= 2)
        if (const u64 order = calc_slab_order(k, size, first, p.max_order, fraction); order <= p.max_order)
            return static_cast<unsigned>(order);
    return up_to_max_order(k, get_order(k, size));
}

// Up to 6.6.
std::optional<unsigned> order_of_fewer_objects(const SlubParameters& p, u64 size) {
    const Kernel& k = *p.kernel;
    if (order_objects(k, p.min_order, size) > MAX_OBJS_PER_PAGE) return get_order(k, size * MAX_OBJS_PER_PAGE) - 1;
    const auto first = [&](u64 objects) { return std::max<u64>(p.min_order, get_order(k, objects * size)); };
    for (u64 objects = std::min(least_objects(p), order_objects(k, p.max_order, size)); objects > 1; --objects)
        for (u64 fraction = 16; fraction >= 4; fraction /= 2)
            if (const u64 order = calc_slab_order(k, size, first(objects), p.max_order, fraction); order <= p.max_order)
                return static_cast<unsigned>(order);
    return up_to_max_order(k, first(1));
}

// struct track
u64 sizeof_track(const SlubParameters& p) {
    const Kernel& k = *p.kernel;
    const u64 word = p.pointer();
    u64 size = word;  // addr
    if (!k.behaviours.track_stackdepot && k.config_enabled("STACKTRACE")) size += TRACK_ADDRS_COUNT * word;
    if (k.behaviours.track_stackdepot && k.config_enabled("STACKDEPOT")) size += 4;
    size += 4 + 4;                       // cpu, pid
    return round_up(size, word) + word;  // when
}

u64 sizeof_orig_size(const SlubParameters& p) {
    switch (p.kernel->behaviours.kmalloc_orig_size) {
        case KmallocOrigSize::none:
            return 0;
        case KmallocOrigSize::word32:
            return 4;
        case KmallocOrigSize::word:
            return p.pointer();
    }
    return 0;
}

u64 free_pointer_inside(const SlubParameters& p, const SlabCache& s, u64 area) {
    switch (p.kernel->behaviours.free_pointer) {
        case FreePointer::first_word:
            return 0;
        case FreePointer::middle:
            return area > p.pointer() ? round_up(area / 2, p.pointer()) : 0;
        case FreePointer::middle_down:
            return round_down(s.object_size / 2, p.pointer());
    }
    return 0;
}

void calculate_sizes(const SlubParameters& p, SlabCache& s) {
    const Behaviours& b = p.kernel->behaviours;
    const u64 word = p.pointer();
    const u32 flags = s.flags;
    u64 size = round_up(s.object_size, word);
    const u64 area = size;

    if ((flags & SLAB_POISON) && !(flags & SLAB_TYPESAFE_BY_RCU) && !s.has_ctor)
        s.flags |= SLAB_OBJECT_POISON;
    else
        s.flags &= ~static_cast<u32>(SLAB_OBJECT_POISON);
    if ((flags & SLAB_RED_ZONE) && size == s.object_size) size += word;
    s.inuse = size;

    const bool keeps_orig_size = (flags & SLAB_STORE_USER) && (flags & SLAB_KMALLOC);
    const bool redzone_in_the_way = (flags & SLAB_RED_ZONE) && ((b.slub_redzone_moves_freeptr && s.object_size < word) ||
                                                                (b.kmalloc_orig_size_moves_freeptr && keeps_orig_size));
    if ((flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON)) || s.has_ctor || redzone_in_the_way) {
        s.offset = size;
        size += word;
    } else {
        s.offset = free_pointer_inside(p, s, area);
    }
    if (flags & SLAB_STORE_USER) size += 2 * sizeof_track(p) + (flags & SLAB_KMALLOC ? sizeof_orig_size(p) : 0);
    s.red_left_pad = 0;
    if (flags & SLAB_RED_ZONE) {
        size += word;
        if (b.slub_left_redzone) {
            s.red_left_pad = round_up(word, s.align);
            size += s.red_left_pad;
        }
    }
    s.size = round_up(size, s.align);
}

bool has_cmpxchg_double(const Kernel& kernel) {
    return kernel.arch == Arch::x86_64 || kernel.arch == Arch::i386 || kernel.arch == Arch::arm64;
}

// Objects.
u64 cpu_partial(const SlubParameters& p, const SlabCache& s) {
    const bool longer = p.kernel->behaviours.slub_cpu_partial_slabs;
    if (!p.kernel->config_enabled("SLUB_CPU_PARTIAL") || p.kernel->behaviours.slub_sheaves || (s.flags & SLAB_DEBUG_FLAGS))
        return 0;
    if (s.size >= p.kernel->page_size()) return longer ? 6 : 2;
    if (s.size >= 1024) return longer ? 24 : 6;
    if (s.size >= 256) return longer ? 52 : 13;
    return longer ? 120 : 30;
}

// calculate_sheaf_capacity(): a sheaf is as large as the kmalloc object that it fills.
u64 sheaf_capacity(const SlubParameters& p, const SlabCache& s) {
    const Kernel& k = *p.kernel;
    if (!k.behaviours.slub_sheaves || k.config_enabled("SLUB_TINY")) return 0;
    if (s.flags & (SLAB_DEBUG_FLAGS | SLAB_NO_OBJ_EXT | SLAB_NOLEAKTRACE)) return 0;
    const u64 header = k.size_of("slab_sheaf");
    const u64 least = s.size >= k.page_size() ? 4 : s.size >= 1024 ? 12 : s.size >= 256 ? 26 : 60;
    if (header == 0) return least;
    return (kmalloc_size_roundup(p, header + least * p.pointer()) - header) / p.pointer();
}

}  // namespace

std::optional<unsigned> calculate_order(const SlubParameters& parameters, u64 size) {
    if (size == 0 || size > (u64{1} << 31)) return std::nullopt;
    return parameters.kernel->behaviours.slub_order_fixed_minimum ? order_of_fixed_minimum(parameters, size)
                                                                  : order_of_fewer_objects(parameters, size);
}

bool slab_geometry(const SlubParameters& parameters, SlabCache& s) {
    const Kernel& k = *parameters.kernel;
    const std::optional<unsigned> order = calculate_order(parameters, s.size);
    if (!order) return false;
    s.order = *order;
    s.objects = order_objects(k, s.order, s.size);
    s.min_order = get_order(k, s.size);
    if (s.objects == 0) return false;

    const bool tiny = k.config_enabled("SLUB_TINY");
    s.min_partial = tiny ? 0 : std::clamp<u64>((static_cast<u64>(std::bit_width(s.size)) - 1) / 2, 5, 10);
    s.cpu_partial = cpu_partial(parameters, s);
    s.cpu_partial_slabs = k.behaviours.slub_cpu_partial_slabs ? div_round_up(2 * s.cpu_partial, s.objects) : 0;
    s.sheaf_capacity = sheaf_capacity(parameters, s);
    s.kernel_flags = slab_flags_number(k, s.flags);
    return true;
}

bool kmem_cache_open(const SlubParameters& parameters, SlabCache& s) {
    const Kernel& k = *parameters.kernel;
    if (s.object_size == 0 || s.object_size > (u64{1} << 31)) return false;
    s.flags = kmem_cache_flags(parameters, s.flags, s.name);
    calculate_sizes(parameters, s);
    if (parameters.disable_higher_order_debug && get_order(k, s.size) > get_order(k, s.object_size)) {
        s.flags &= ~DEBUG_METADATA_FLAGS;
        calculate_sizes(parameters, s);
    }
    if (has_cmpxchg_double(k) && !(s.flags & SLAB_NO_CMPXCHG)) s.flags |= SLAB_CMPXCHG_DOUBLE;
    return slab_geometry(parameters, s);
}

Slub kmem_cache_init(const SlubParameters& p, std::vector<Note>& notes) {
    const Kernel& k = *p.kernel;
    Slub slub;
    slub.hw_align = p.cache_line_size;
    slub.min_order = p.min_order;
    slub.max_order = p.max_order;
    slub.min_objects = p.min_objects;
    slub.nr_cpu_ids = p.machine.nr_cpu_ids;
    slub.order_cpus = p.order_cpus;
    slub.nr_node_ids = p.machine.nr_node_ids;

    // Their own structures: a cache has an array of nodes at its end, of which only the possible ones are there.
    const u64 entry = p.pointer() * (k.behaviours.kmem_cache_node_pairs ? 2 : 1);
    const auto known = k.constants.find("offsetof.kmem_cache.node");
    const u64 whole = k.size_of("kmem_cache");
    u64 head = known != k.constants.end() ? known->second : 0;
    if (head == 0 && whole > k.max_numnodes * entry) head = whole - k.max_numnodes * entry;

    const bool obj_ext = k.behaviours.slab_no_obj_ext_always || (k.behaviours.slab_no_obj_ext && k.config_enabled("SLAB_OBJ_EXT"));
    const u32 flags = SLAB_HWCACHE_ALIGN | (obj_ext ? static_cast<u32>(SLAB_NO_OBJ_EXT) : 0);
    const auto boot_cache = [&](std::string_view name, u64 size) {
        if (size != 0) return create_boot_cache(p, slub, std::string(name), size, flags);
        notes.push_back({Note::Kind::assumption, "struct-size-unknown",
                         fmt::format("the size of struct {} is not in the profile: its cache is left out", name)});
        return true;
    };
    if (boot_cache("kmem_cache_node", k.size_of("kmem_cache_node")) &&
        boot_cache("kmem_cache", head == 0 ? 0 : head + entry * p.machine.nr_node_ids))
        create_kmalloc_caches(p, slub);
    return slub;
}

void note_cpus_not_given(const Board& board, const Kernel& kernel, std::vector<Note>& notes) {
    if (!board.cpus && kernel.nr_cpus > 1)
        notes.push_back(
            {Note::Kind::assumption, "cpus-not-given", "the board does not say how many CPUs it has: slabs are those of one CPU"});
}

void kmem_cache_init(Boot& boot) {
    if (!boot.kernel.config_enabled("SLUB")) return;
    note_cpus_not_given(boot.board, boot.kernel, boot.layout.notes);
    SlabMachine machine;
    const CpuCount cpus = count_cpus(boot.kernel, boot.board, boot.cmdline);
    machine.nr_cpu_ids = cpus.possible;
    if (cpus.present < cpus.possible) machine.present_cpus = cpus.present;
    machine.nr_node_ids = boot.possible_nodes.empty() ? 1 : static_cast<unsigned>(boot.possible_nodes.back()) + 1;
    machine.cache_line_size = boot.board.cache_line_size;
    // The bounce buffer must lie where every DMA master reaches; the boots with 30 and 31 bits of reach and memory above them have
    // none.
    const ZoneLimit* dma = boot.layout.limit(ZoneType::DMA);
    machine.swiotlb = !(boot.kernel.arch == Arch::arm64 && dma && dma->range.empty());
    const SlubParameters parameters = slub_parameters(boot.kernel, boot.cmdline, machine);
    boot.layout.slub = kmem_cache_init(parameters, boot.layout.notes);
    first_allocations(boot, parameters);
}

}  // namespace zonecalc
