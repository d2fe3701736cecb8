// SPDX-License-Identifier: MIT
// Functions that were renamed, and steps of start-up that moved. The walk through a boot names what a reader of that release's
// source finds there.
//
// A row says until when a function had an older name. The releases that were read are 3.14, 4.19, 5.4, 5.9, 5.10, 5.15, 6.1, 6.6,
// 6.12, 6.18 and 7.1; where a name changed between two of them the row has the release that the change is known to be part of.
#include "kernel/source_words.h"

namespace zonecalc {

namespace {

constexpr Version v(unsigned major, unsigned minor) {
    return {major, minor, 0};
}

struct Rename {
    std::string_view latest;
    Version before;  // up to here it was called …
    std::string_view name;
};

// Of rows for one function the first that fits counts: oldest first.
constexpr Rename renames[] = {
    // memblock and set-up
    {"e820__memory_setup", v(4, 12), "setup_memory_map"},
    {"e820__memblock_setup", v(4, 12), "memblock_x86_fill"},
    {"adjust_lowmem_bounds", v(4, 12), "sanity_check_meminfo"},
    {"arch_numa_init", v(5, 12), "arm64_numa_init"},
    {"memblock_phys_free", v(5, 16), "memblock_free"},
    {"memblock_alloc_try_nid", v(4, 20), "memblock_virt_alloc_try_nid"},
    {"memblock_alloc_range_nid", v(3, 16), "memblock_alloc_base_nid"},
    {"arch_zone_limits_init", v(7, 0), "zone_sizes_init"},
    // zones
    {"free_area_init", v(5, 8), "free_area_init_nodes"},
    {"memmap_init_range", v(5, 12), "memmap_init_zone"},
    // hand-over
    {"mm_core_init", v(6, 4), "mm_init"},
    {"memblock_free_all", v(4, 20), "free_all_bootmem"},
    {"memblock_free_pages", v(4, 20), "__free_pages_bootmem"},
    {"__free_pages_core", v(4, 2), "__free_pages"},
    {"__free_pages_core", v(5, 1), "__free_pages_boot_core"},
    // page allocator
    {"__alloc_frozen_pages", v(4, 3), "alloc_pages_exact_node"},
    {"__alloc_frozen_pages", v(6, 14), "__alloc_pages_node"},
    {"alloc_frozen_pages", v(6, 14), "alloc_pages"},
    {"__alloc_frozen_pages_noprof", v(5, 13), "__alloc_pages_nodemask"},
    {"__alloc_frozen_pages_noprof", v(6, 10), "__alloc_pages"},
    {"__alloc_frozen_pages_noprof", v(6, 14), "__alloc_pages_noprof"},
    {"rmqueue", v(4, 11), "buffered_rmqueue"},
    {"zone_set_pageset_high_and_batch", v(5, 11), "pageset_set_high_and_batch"},
    {"try_to_claim_block", v(4, 1), "try_to_steal_freepages"},
    {"try_to_claim_block", v(6, 10), "steal_suitable_fallback"},
    {"try_to_claim_block", v(6, 15), "try_to_steal_block"},
    // SLUB
    {"do_kmem_cache_create", v(6, 12), "__kmem_cache_create"},
    {"NR_SLAB_UNRECLAIMABLE_B", v(5, 9), "NR_SLAB_UNRECLAIMABLE"},
    {"NR_SLAB_RECLAIMABLE_B", v(5, 9), "NR_SLAB_RECLAIMABLE"},
    {"slab->counters", v(4, 18), "page->_mapcount"},
    {"slab->counters", v(5, 17), "page->counters"},
};

// Functions that came or went, and whose part others do in the other releases.
struct Life {
    std::string_view name;
    Version since;
    Version until;  // exclusive
};
constexpr Version open{~0u, 0, 0};
constexpr Life lives[] = {
    {"arch_has_descending_max_zone_pfns", v(5, 8), open},
    {"memmap_init", v(5, 12), open},  // for all nodes at once; before, zone by zone
    {"prepare_alloc_pages", v(4, 12), open},
    {"ALLOC_CPUSET", v(2, 6), v(4, 7)},  // later only once there are cpusets; the same with …
    {"__GFP_HARDWALL", v(2, 6), v(4, 7)},
    {"ALLOC_FAIR", {3, 14, 4}, v(4, 8)},               // before, ALLOC_WMARK_LOW stands for it
    {"PAGE_BUDDY_MAPCOUNT_VALUE", v(2, 6), v(4, 18)},  // later PG_buddy
    {"post_alloc_hook", v(4, 8), open},
    {"zone_watermark_fast", v(4, 7), open},
    {"find_suitable_fallback", v(3, 19), open},
    {"rmqueue_pcplist", v(4, 11), open},
    {"rmqueue_buddy", v(6, 0), open},
    {"page_del_and_expand", v(6, 10), open},
    {"page_alloc_init_late", v(4, 2), open},
    {"calculate_min_free_kbytes", v(5, 14), open},  // before, its caller's part
    {"kmem_cache_open", v(2, 6), v(6, 12)},
    {"alloc_kmem_cache_cpus", v(2, 6), v(7, 0)},
    {"__slab_alloc", v(2, 6), v(7, 0)},
};

bool before(const Kernel& kernel, unsigned major, unsigned minor) {
    return kernel.version < v(major, minor);
}

// From setup_arch() to what hands the architecture's zone limits over.
std::vector<std::string_view> zone_setup(const Kernel& kernel) {
    if (!before(kernel, 7, 0)) return {"mm_core_init_early"};
    switch (kernel.arch) {
        case Arch::x86_64:
        case Arch::i386:
            return {"setup_arch", "paging_init", "zone_sizes_init"};
        case Arch::arm:
            return {"setup_arch", "paging_init", "bootmem_init", before(kernel, 3, 14) ? "arm_bootmem_free" : "zone_sizes_init"};
        case Arch::arm64:
            return {"setup_arch", "bootmem_init", "zone_sizes_init"};
        case Arch::riscv64:
            if (before(kernel, 5, 12)) return {"setup_arch", "paging_init", "zone_sizes_init"};
            return {"setup_arch", "misc_mem_init", "zone_sizes_init"};
    }
    return {};
}

}  // namespace

std::string_view function_name(Version version, std::string_view latest) {
    for (const Rename& r : renames)
        if (r.latest == latest && version < r.before) return r.name;
    return latest;
}

std::string_view latest_function_name(std::string_view name) {
    for (const Rename& r : renames)
        if (r.name == name && r.latest != name) return r.latest;
    return name;
}

bool has_function(Version version, std::string_view latest) {
    for (const Life& l : lives)
        if (l.name == latest) return l.since <= version && version < l.until;
    return true;
}

std::vector<std::string_view> path_to(const Kernel& kernel, std::string_view function) {
    const std::string_view core = function_name(kernel.version, "mm_core_init");
    std::vector<std::string_view> path;
    if (function == "free_area_init" || function == "free_area_init_node") path = zone_setup(kernel);
    if (function == "arch_zone_limits_init") {
        path = zone_setup(kernel);
        // Before 7.0 the same function knows the limits and hands them over.
        if (before(kernel, 7, 0)) return path;
        path.emplace_back("free_area_init");
    }
    // What of setup_arch() runs apart from the zones that end it.
    if (function == "paging_init" || function == "bootmem_init") path = {"setup_arch"};
    if (function == "arm_bootmem_init" || function == "sparse_init") path = {"setup_arch", "paging_init", "bootmem_init"};
    if (function == "alloc_node_mem_map") {
        path = zone_setup(kernel);
        path.push_back(kernel.have_memblock_node_map ? function_name(kernel.version, "free_area_init") : "free_area_init_node");
    }
    if (function == "setup_node_to_cpumask_map" || function == "setup_cpu_local_masks") path = {"setup_per_cpu_areas"};
    if (function == "build_all_zonelists" && !before(kernel, 6, 4)) path = {core};
    if (function == "memblock_free_all") path = {core};
    if (function == "memblock_free_all" && before(kernel, 6, 15)) path.emplace_back("mem_init");
    if (function == "preallocate_vmalloc_pages") path = {core, "mem_init"};
    if (function == "mem_init_print_info") {
        path = {core};
        if (before(kernel, 5, 13)) path.emplace_back("mem_init");
        if (kernel.behaviours.memory_line_late) path = path_to(kernel, "page_alloc_init_late");
    }
    if (function == "kmem_cache_init") path = {core};
    // kernel_init() is the first thread that rest_init() starts.
    if (function == "page_alloc_init_late") path = {"rest_init", "kernel_init", "kernel_init_freeable"};
    if (function == "init_per_zone_wmark_min" || function == "set_recommended_min_free_kbytes")
        path = {"rest_init", "kernel_init", "kernel_init_freeable", "do_basic_setup", "do_initcalls"};
    // Initmem is freed by the same thread, before it becomes init.
    if (function == "adjust_managed_page_count") path = {"rest_init", "kernel_init", "free_initmem"};
    if (function == "set_recommended_min_free_kbytes") path.insert(path.end(), {"hugepage_init", "start_stop_khugepaged"});
    path.push_back(function_name(kernel.version, function));
    return path;
}

std::string_view zone_constant(ZoneType zone) {
    static constexpr std::string_view names[MAX_NR_ZONES] = {"ZONE_DMA",     "ZONE_DMA32",   "ZONE_NORMAL",
                                                             "ZONE_HIGHMEM", "ZONE_MOVABLE", "ZONE_DEVICE"};
    return names[static_cast<std::size_t>(zone)];
}

u64 gfp_bits_mask(const Kernel& kernel) {
    unsigned bits = 24;
    if (before(kernel, 4, 4))
        bits = 25;
    else if (before(kernel, 5, 14))
        bits = 23;
    else if (before(kernel, 5, 18))
        bits = 25;
    else if (before(kernel, 6, 3))
        bits = 27;
    else if (before(kernel, 6, 9))
        bits = 26;
    else
        bits += (kernel.config_enabled("KASAN_HW_TAGS") ? 2 : 0) +
                (kernel.config_enabled("SLAB_OBJ_EXT") || !before(kernel, 7, 0) ? 1 : 0);
    if (!before(kernel, 4, 4)) bits += kernel.config_enabled("LOCKDEP");
    return (u64{1} << bits) - 1;
}

std::optional<unsigned> vm_stat_index(const Kernel& kernel, std::string_view counter) {
    if (counter == "NR_FREE_PAGES") return 0;
    if (!before(kernel, 3, 15)) return std::nullopt;
    if (counter == "NR_ALLOC_BATCH") return 1;
    if (counter == "NR_SLAB_RECLAIMABLE") return 13;
    if (counter == "NR_SLAB_UNRECLAIMABLE") return 14;
    return std::nullopt;
}

unsigned zone_number(const Kernel& kernel, ZoneType zone) {
    unsigned number = 0;
    for (const ZoneType z : all_zones)
        if (z < zone && kernel.has_zone(z)) ++number;
    return number;
}

std::string_view migratetype_constant(MigrateType type) {
    switch (type) {
        case MigrateType::Unmovable:
            return "MIGRATE_UNMOVABLE";
        case MigrateType::Movable:
            return "MIGRATE_MOVABLE";
        case MigrateType::Reclaimable:
            return "MIGRATE_RECLAIMABLE";
        case MigrateType::HighAtomic:
            return "MIGRATE_HIGHATOMIC";
        case MigrateType::Cma:
            return "MIGRATE_CMA";
        case MigrateType::Isolate:
            return "MIGRATE_ISOLATE";
        case MigrateType::Reserve:
            return "MIGRATE_RESERVE";
    }
    return "";
}

unsigned migratetype_number(const Kernel& kernel, MigrateType type) {
    const bool movable_last = kernel.behaviours.migrate_reserve;
    switch (type) {
        case MigrateType::Unmovable:
            return 0;
        case MigrateType::Movable:
            return movable_last ? 2 : 1;
        case MigrateType::Reclaimable:
            return movable_last ? 1 : 2;
        case MigrateType::HighAtomic:
        case MigrateType::Reserve:
            return 3;
        case MigrateType::Cma:
            return 4;
        case MigrateType::Isolate:
            return kernel.config_enabled("CMA") ? 5 : 4;
    }
    return 0;
}

}  // namespace zonecalc
