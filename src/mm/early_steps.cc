// SPDX-License-Identifier: MIT
// Early allocations that every architecture makes: node data, the log buffer, copies of the command line, hashes, the stack depot,
// bounce buffers.
//
// Read beside it: alloc_node_data() in mm/numa.c (arch/x86/mm/numa.c up to 6.11), setup_log_buf() in kernel/printk/printk.c,
// setup_command_line() in init/main.c, alloc_large_system_hash() in mm/mm_init.c (mm/page_alloc.c up to 6.3), lib/stackdepot.c,
// swiotlb_init_remap() in kernel/dma/swiotlb.c (swiotlb_init() before).
//
// Not modelled: the KFENCE pool where its sample interval is not 0, CMA areas.
#include <fmt/format.h>

#include <bit>

#include "mm/boot.h"
#include "mm/memblock_free_all.h"
#include "mm/mm_init.h"

namespace zonecalc {

namespace {

constexpr u64 KiB = 1024;
constexpr u64 MiB = 1024 * KiB;
constexpr u64 GiB = 1024 * MiB;

u64 roundup_pow_of_two(u64 n) {
    return n > u64{1} << 63 ? u64{1} << 63 : std::bit_ceil(std::max<u64>(n, 1));
}

// Estimates of free_area_init_core(), without what the memmap takes.
NrPages charged_pages(const Boot& boot) {
    NrPages nr;
    for (const Node& node : boot.layout.nodes) {
        for (const Zone& zone : node.zones) {
            nr.all += zone.managed_initial;
            // The memmap of highmem lies in lowmem.
            const u64 memmap = calc_memmap_size(boot.kernel, zone.spanned, zone.present);
            if (!is_highmem(boot.layout, zone.type))
                nr.kernel += zone.managed_initial;
            else if (nr.kernel > 2 * memmap)
                nr.kernel -= memmap;
        }
    }
    return nr;
}

// What memblock has free.
NrPages free_pages(const Boot& boot, const std::vector<PfnRange>& ranges) {
    NrPages nr;
    const PfnRange lowmem{0, boot.kernel.highmem ? boot.max_low_pfn : ~Pfn{0}};
    for (const PfnRange& r : ranges) {
        nr.all += r.size();
        nr.kernel += intersection(r, lowmem).size();
    }
    return nr;
}

// alloc_large_system_hash() with HASH_EARLY.
void alloc_large_system_hash(Boot& boot, std::string_view name, u64 bucket, u64 numentries, unsigned scale, u64 low, u64 small = 0,
                             u64 high = 0) {
    const WalkStep step(boot.walk, "alloc_large_system_hash");
    const u64 page = boot.kernel.page_size();
    const u64 entries = large_system_hash_entries(boot.kernel, nr_pages(boot), bucket, numentries, scale, low, small, high);
    step.argument("bucketsize", bucket);
    step.argument("scale", scale);
    step.value("numentries", entries);
    step.because([&] {
        return numentries != 0
                   ? std::string("a power of two, as the command line asks, and at most a 16th of memory")
                   : fmt::format("a power of two: one for every {} bytes of memory, fewer beyond 64 GiB", u64{1} << scale);
    });
    if (entries == 0) return;
    // A table that does not fit is halved until it does.
    u64 size = bucket * entries;
    while (!boot.early->allocator.alloc({.name = name, .size = size, .align = SMP_CACHE_BYTES}) && size > page) size /= 2;
}

}  // namespace

void early_stretch(Boot& boot, const std::function<void(EarlyBoot&)>& steps) {
    if (!boot.early) return;
    try {
        steps(*boot.early);
    } catch (const OutOfEarlyMemory& e) {
        boot.note(Note::Kind::problem, "out-of-early-memory",
                  fmt::format("the kernel would panic: there is no room for {} bytes ({}); what is reserved after that is left out",
                              e.size, e.name));
        boot.early.reset();
    }
}

void alloc_node_data(Boot& boot, int nid) {
    const WalkStep step(boot.walk, "alloc_node_data");
    const bool whole_pages = is_x86(boot.kernel.arch) && !boot.kernel.behaviours.numa_memblks;
    const u64 unit = whole_pages ? boot.kernel.page_size() : SMP_CACHE_BYTES;
    const std::string name = "NODE_DATA(" + std::to_string(nid) + ")";
    const u64 size = round_up(boot.kernel.size_of("pglist_data"), unit);
    const auto place = boot.early->allocator.phys_alloc({.name = name, .size = size, .align = SMP_CACHE_BYTES, .nid = nid});
    if (!place) throw OutOfEarlyMemory{name, size};
    boot.early->node_data[nid] = *place;
}

void alloc_offline_node_data(Boot& boot) {
    for (const int nid : boot.possible_nodes) {
        if (std::find(boot.online_nodes.begin(), boot.online_nodes.end(), nid) != boot.online_nodes.end()) continue;
        boot.early->node_data[nid] = boot.early->allocator.alloc_or_panic(
            {.name = "NODE_DATA of an offline node", .size = boot.kernel.size_of("pglist_data"), .align = SMP_CACHE_BYTES});
    }
}

u64 hash_entries_parameter(const Boot& boot, std::string_view name) {
    const std::vector<std::string> words = early_values(boot, name);
    const u64 entries = words.empty() ? 0 : simple_strtoull(words.back()).value;
    return pointer_size(boot.kernel) == sizeof(u32) ? static_cast<u32>(entries) : entries;
}

u64 large_system_hash_entries(const Kernel& kernel, const NrPages& nr, u64 bucket, u64 numentries, unsigned scale, u64 low,
                              u64 small, u64 high) {
    const u64 page = kernel.page_size();
    u64 entries = numentries;
    if (entries == 0) {
        entries = round_up(nr.kernel, MiB / page);
        for (u64 limit = 64 * GiB / page; limit != 0 && limit < entries; limit <<= 2) ++scale;
        const unsigned shift = kernel.page_shift;
        entries = scale > shift ? entries >> (scale - shift) : entries << (shift - scale);
        entries = std::max(entries, small != 0 ? small : page / bucket);
    }
    entries = roundup_pow_of_two(entries);
    const u64 most = std::min(high != 0 ? high : (nr.all * page >> 4) / bucket, u64{1} << 31);
    return std::bit_floor(std::min(std::max(entries, low), most));
}

NrPages nr_pages(const Boot& boot) {
    if (boot.early) return {boot.early->nr_kernel_pages, boot.early->nr_all_pages};
    if (boot.kernel.behaviours.memmap_charged) return charged_pages(boot);
    // What is known is free at the hand-over, after percpu areas and hashes; tables go by powers of two.
    std::vector<PfnRange> ranges;
    for (const FreeRange& r : free_mem_pfn_ranges(boot.kernel, boot.layout)) ranges.push_back(r.range);
    return free_pages(boot, ranges);
}

void calc_nr_kernel_pages(Boot& boot) {
    EarlyBoot& early = *boot.early;
    NrPages nr;
    if (boot.kernel.behaviours.memmap_charged) {
        nr = charged_pages(boot);
    } else {
        const u64 page = boot.kernel.page_size();
        std::vector<PfnRange> ranges;
        for (const PhysRange& r : early.allocator.free_ranges()) ranges.push_back({div_round_up(r.begin, page), r.end / page});
        nr = free_pages(boot, ranges);
    }
    early.nr_kernel_pages = nr.kernel;
    early.nr_all_pages = nr.all;
}

void setup_log_buf(Boot& boot, bool early) {
    const WalkStep step(boot.walk, "setup_log_buf");
    EarlyBoot& e = *boot.early;
    const u64 static_size = u64{1} << std::min<u64>(boot.kernel.config_number("LOG_BUF_SHIFT", 17), 25);
    constexpr u64 largest = u64{1} << 31;
    if (e.log_buf_done) return;
    for (const std::string& value : early_values(boot, "log_buf_len")) {
        u64 size = std::min(memparse_of(boot, value), largest);
        if (size) size = roundup_pow_of_two(size);
        if (size > static_size) e.new_log_buf_len = size;
    }
    if (boot.kernel.behaviours.early_log_by_cpus && !early && e.new_log_buf_len == 0 && e.cpu_node.size() > 1) {
        const u64 extra = (e.cpu_node.size() - 1) << std::min<u64>(boot.kernel.config_number("LOG_CPU_MAX_BUF_SHIFT", 12), 21);
        if (extra > static_size / 2) e.new_log_buf_len = roundup_pow_of_two(extra + static_size);
    }
    if (e.new_log_buf_len == 0) return;

    const bool ring = boot.kernel.behaviours.early_log_ring;
    const u64 align = ring ? pointer_size(boot.kernel) : boot.kernel.behaviours.early_log_aligned ? 4 : SMP_CACHE_BYTES;
    const u64 records = e.new_log_buf_len >> 5;  // one for every 32 bytes
    if (!e.allocator.alloc({.name = "log buffer", .size = e.new_log_buf_len, .align = align})) return;
    if (ring) {
        e.allocator.alloc({.name = "log descriptors", .size = records * size_or_assume(boot, "prb_desc", records), .align = align});
        e.allocator.alloc({.name = "log records", .size = records * size_or_assume(boot, "printk_info", records), .align = align});
    }
    e.log_buf_done = true;
}

void setup_command_line(Boot& boot) {
    const WalkStep step(boot.walk, "setup_command_line");
    const u64 length = boot.cmdline.text.size() + 1;
    const int copies = boot.kernel.behaviours.early_three_command_lines ? 3 : 2;
    for (int i = 0; i < copies; ++i)
        boot.early->allocator.alloc_or_panic({.name = "command line", .size = length, .align = SMP_CACHE_BYTES});
}

void vfs_caches_init_early(Boot& boot) {
    if (boot.kernel.behaviours.early_pid_hash) {
        const WalkStep step(boot.walk, "pidhash_init");
        alloc_large_system_hash(boot, "PID hash", pointer_size(boot.kernel), 0, 18, 0, 16, 4096);
    }
    const WalkStep step(boot.walk, "vfs_caches_init_early");
    if (boot.kernel.numa) {
        const std::vector<std::string> words = early_values(boot, "hashdist");
        bool hashdist = !boot.kernel.behaviours.early_hashdist_by_nodes || nodes_with_memory(boot).size() != 1;
        if (!words.empty()) hashdist = simple_strtoull(words.back()).value != 0;
        if (hashdist) return;
    }
    const u64 bucket = pointer_size(boot.kernel);
    {
        const WalkStep dentries(boot.walk, "dcache_init_early");
        alloc_large_system_hash(boot, "dentry hash", bucket, hash_entries_parameter(boot, "dhash_entries"), 13, 2);
    }
    const WalkStep inodes(boot.walk, "inode_init_early");
    alloc_large_system_hash(boot, "inode hash", bucket, hash_entries_parameter(boot, "ihash_entries"), 14, 0);
}

namespace {

// stack_depot_max_pools=; what is out of bounds is not taken. A record's handle has so many bits left for the number of its pool.
u64 stack_max_pools(const Boot& boot) {
    constexpr unsigned DEPOT_POOL_ORDER = 2, DEPOT_STACK_ALIGN = 4, STACK_DEPOT_EXTRA_BITS = 5;
    constexpr u64 least = 1024;
    const unsigned offset_bits = DEPOT_POOL_ORDER + boot.kernel.page_shift - DEPOT_STACK_ALIGN;
    const u64 most = (u64{1} << (32 - offset_bits - STACK_DEPOT_EXTRA_BITS)) - 1;
    u64 pools = std::min<u64>(most, 8192);
    for (const std::string& value : early_values(boot, "stack_depot_max_pools")) {
        const Strtoull n = simple_strtoull(value);
        if (n.rest.empty() && n.value >= least && n.value <= most) pools = n.value;
    }
    return pools;
}

}  // namespace

void stack_depot_early_init(Boot& boot) {
    if (!boot.kernel.behaviours.early_stack_depot || !boot.kernel.config_enabled("STACKDEPOT")) return;
    bool wanted = false;
    for (const Parameter& p : boot.cmdline.parameters) {
        if (parameq(p.name, "slub_debug") || parameq(p.name, "slab_debug")) {
            // Flags end at a list of caches; none are all of the usual ones, among them the users' stacks.
            const std::string flags = p.value ? p.value->substr(0, p.value->find_first_of(",;")) : std::string{};
            wanted = wanted || flags.empty() || flags.find_first_of("Uu") != std::string::npos;
        }
        if (parameq(p.name, "page_owner") && p.value == "on") wanted = wanted || boot.kernel.config_enabled("PAGE_OWNER");
    }
    if (!wanted) return;
    const u64 bucket = pointer_size(boot.kernel) * (boot.kernel.behaviours.early_stack_depot_lists ? 2 : 1);
    const u64 entries = round_up(boot.early->nr_kernel_pages, MiB / boot.kernel.page_size()) >> 2;
    const u64 buckets = std::clamp<u64>(roundup_pow_of_two(entries), u64{1} << 12, u64{1} << 20);
    MemblockAllocator& mb = boot.early->allocator;
    if (!mb.alloc({.name = "stack depot", .size = bucket * buckets, .align = SMP_CACHE_BYTES})) return;
    if (!boot.kernel.behaviours.early_stack_depot_pools) return;
    const u64 page = boot.kernel.page_size();
    mb.alloc({.name = "stack depot pools", .size = stack_max_pools(boot) * pointer_size(boot.kernel), .align = page});
}

void allocate_in_start_kernel(Boot& boot, const std::function<void()>& with_areas) {
    setup_command_line(boot);
    setup_per_cpu_areas(boot);
    if (with_areas) with_areas();
    hugetlb_reserve(boot, HugetlbMoment::parameters);
    reserve_mem(boot);
    setup_log_buf(boot, false);
    vfs_caches_init_early(boot);
}

void mm_core_init(Boot& boot, const std::function<void()>& bounce_buffers) {
    hugetlb_reserve(boot, HugetlbMoment::mm_core_init);
    const bool first = boot.kernel.behaviours.early_swiotlb_before_depot;
    if (first) bounce_buffers();
    stack_depot_early_init(boot);
    if (!first) bounce_buffers();
}

namespace {

constexpr unsigned IO_TLB_SHIFT = 11;
constexpr u64 IO_TLB_SEGSIZE = 128;

struct Swiotlb {
    u64 slabs = 0;  // default_nslabs
    u64 areas = 0;  // default_nareas; 0: not known yet
    bool force = false;
    bool noforce = false;
};

// The last area may be smaller than the others, but each has a segment.
void swiotlb_adjust_nareas(Swiotlb& swiotlb, u64 areas) {
    swiotlb.areas = roundup_pow_of_two(std::max<u64>(areas, 1));
    swiotlb.slabs = roundup_pow_of_two(std::max(swiotlb.slabs, IO_TLB_SEGSIZE * swiotlb.areas));
}

// swiotlb=SLABS[,AREAS][,force|noforce], each of which may be left out; what comes first is rounded for what follows.
Swiotlb setup_io_tlb_npages(const Boot& boot, u64 default_size) {
    const Behaviours& b = boot.kernel.behaviours;
    Swiotlb swiotlb{.slabs = round_up(default_size >> IO_TLB_SHIFT, IO_TLB_SEGSIZE)};
    for (const std::string& value : early_values(boot, "swiotlb")) {
        std::string_view rest = value;
        const auto number = [&](u64 most) -> std::optional<u64> {
            if (rest.empty() || rest.front() < '0' || rest.front() > '9') return std::nullopt;
            const Strtoull n = simple_strtoull(rest);
            rest = n.rest;
            return std::min(n.value, most);
        };
        const auto comma = [&] { rest.remove_prefix(rest.starts_with(',')); };
        if (const auto slabs = number(u64{1} << 40)) swiotlb.slabs = round_up(*slabs, IO_TLB_SEGSIZE);
        comma();
        if (b.early_swiotlb_areas) {
            if (const auto areas = number(u64{1} << 16)) swiotlb_adjust_nareas(swiotlb, *areas);
            comma();
        }
        const bool force = rest == "force", noforce = b.swiotlb_noforce && rest == "noforce";
        if (force || noforce) swiotlb.force = force, swiotlb.noforce = noforce;
        if (noforce && b.swiotlb_noforce_one_slab) swiotlb.slabs = 1;
    }
    return swiotlb;
}

void note_lack_of_bounce_buffers(Boot& boot, u64 wanted, u64 had, PhysAddr below) {
    const std::vector<std::string> values = early_values(boot, "swiotlb");
    boot.note(
        Note::Kind::problem, "swiotlb-does-not-fit",
        fmt::format("swiotlb_init() finds no {} KiB for bounce buffers in one piece below {:#x}: {}, and transfers of devices that "
                    "do not reach all memory fail",
                    wanted / KiB, below, had ? fmt::format("it makes do with {} KiB", had / KiB) : "there are none"),
        {.parameter = values.empty() ? std::string() : "swiotlb=" + values.back()});
}

}  // namespace

bool swiotlb_wanted(const Boot& boot, bool wanted) {
    if (!boot.kernel.config_enabled("SWIOTLB")) return false;
    const Swiotlb swiotlb = setup_io_tlb_npages(boot, IO_TLB_DEFAULT_SIZE);
    const bool allowed = !swiotlb.noforce || boot.kernel.behaviours.swiotlb_noforce_one_slab;
    return allowed && (wanted || swiotlb.force);
}

u64 swiotlb_size_or_default(const Boot& boot) {
    return setup_io_tlb_npages(boot, IO_TLB_DEFAULT_SIZE).slabs << IO_TLB_SHIFT;
}

void swiotlb_init(Boot& boot, PhysAddr below, u64 default_size) {
    const WalkStep step(boot.walk, "swiotlb_init");
    constexpr u64 IO_TLB_MIN_SLABS = MiB >> IO_TLB_SHIFT;
    const Behaviours& b = boot.kernel.behaviours;
    MemblockAllocator& mb = boot.early->allocator;
    const u64 page = boot.kernel.page_size();
    Swiotlb swiotlb = setup_io_tlb_npages(boot, default_size);
    if (b.early_swiotlb_areas && swiotlb.areas == 0) swiotlb_adjust_nareas(swiotlb, boot.early->cpu_node.size());
    u64 slabs = swiotlb.slabs;
    const u64 wanted = slabs << IO_TLB_SHIFT;
    std::optional<PhysAddr> buffer;
    for (;;) {
        buffer = mb.alloc({.name = "bounce buffers", .size = round_up(slabs << IO_TLB_SHIFT, page), .align = page, .below = below});
        if (buffer || !b.early_swiotlb_areas || slabs <= IO_TLB_MIN_SLABS) break;
        slabs = round_up(slabs >> 1, IO_TLB_SEGSIZE);
    }
    const u64 had = buffer ? slabs << IO_TLB_SHIFT : 0;
    if (had < wanted) note_lack_of_bounce_buffers(boot, wanted, had, below);
    if (!buffer) return;
    if (b.early_swiotlb_slots) {
        mb.alloc_or_panic(
            {.name = "bounce slots", .size = round_up(slabs * size_or_assume(boot, "io_tlb_slot", slabs), page), .align = page});
        if (b.early_swiotlb_areas)
            mb.alloc_or_panic({.name = "bounce areas",
                               .size = swiotlb.areas * size_or_assume(boot, "io_tlb_area", swiotlb.areas),
                               .align = SMP_CACHE_BYTES});
        return;
    }
    if (b.early_swiotlb_overflow) mb.alloc({.name = "bounce overflow", .size = 32 * KiB, .align = page, .below = below});
    mb.alloc_or_panic({.name = "bounce slots", .size = round_up(slabs * 4, page), .align = page});
    mb.alloc_or_panic({.name = "bounce slots", .size = round_up(slabs * 8, page), .align = page});
}

}  // namespace zonecalc
