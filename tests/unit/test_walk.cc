// SPDX-License-Identifier: MIT
// The walk holds what two study notes of the kernel's memory management write beside its code: 3.13 on a 32-bit ARM board with one
// bank, and the zones of arm64 in 5.9. Where a note had to assume a value, the true one is checked and a comment says so.
#include <doctest/doctest.h>

#include <algorithm>

#include "input/board_toml.h"
#include "input/library.h"
#include "kernel/source_words.h"
#include "mm/alloc_walk.h"
#include "mm/boot.h"
#include "mm/mm_init_walk.h"
#include "report/walk.h"
#include "report/walk_tree.h"

using namespace zonecalc;

namespace {

// Blanks and line ends in a row count as one blank.
std::string on_one_line(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const char blank = c == '\n' ? ' ' : c;
        if (blank != ' ' || (!out.empty() && out.back() != ' ')) out += blank;
    }
    return out;
}

struct Walked {
    Board board;
    Kernel kernel;
    Cmdline cmdline;
    Walk walk;
    Layout layout;

    Walked(Board b, const std::string& profile, const std::string& line)
        : board(std::move(b)), kernel(load_kernel(profile)), cmdline(parse_cmdline(line, kernel)) {
        layout = bring_up(board, kernel, cmdline, Until::slub, &walk);
    }

    std::string text(std::optional<std::string> step = {}) const {
        return report_walk_text(board, kernel, cmdline, layout, walk, {false, std::move(step)});
    }
    // What happened in a function, without line breaks.
    std::string in(const std::string& function) const { return on_one_line(text(function)); }
    // … from the `n`-th call on.
    std::string in(const std::string& function, std::size_t n) const {
        const std::string all = in(function);
        std::size_t at = 0;
        for (std::size_t i = 0; i <= n && at != std::string::npos; ++i) at = all.find(function + "(", i == 0 ? 0 : at + 1);
        return at == std::string::npos ? std::string() : all.substr(at);
    }
};

Walked smdk5420() {
    Board board = load_board("samsung-smdk5420");
    const std::string line = board.cmdline;
    return {std::move(board), "3.13-arm-exynos5420", line};
}

Walked arm64_5_9(const std::string& line, const std::string& profile = "5.9-arm64-device") {
    return {load_board("qemu-virt-arm64-5.9"), profile, line};
}

bool has(const std::string& text, std::string_view part) {
    const bool found = text.find(part) != std::string::npos;
    if (!found) MESSAGE("lacks: ", part);
    return found;
}

bool in_order(const std::string& text, const std::vector<std::string>& parts) {
    std::size_t at = 0;
    for (const std::string& part : parts) {
        at = text.find(part, at);
        if (at == std::string::npos) {
            MESSAGE("lacks, or too early: ", part);
            return false;
        }
        at += part.size();
    }
    return true;
}

}  // namespace

TEST_CASE("walk: 3.13 on arm comes from memblock to the first object by the functions of that release") {
    const Walked w = smdk5420();
    CHECK(w.layout.allocations.size() > 2);
    CHECK(in_order(w.text(), {"start_kernel()",
                              "setup_arch()",
                              "sanity_check_meminfo()",
                              "arm_memblock_init()",
                              "paging_init()",
                              "bootmem_init()",
                              "arm_bootmem_free()",
                              "free_area_init_node()",
                              "build_all_zonelists()",
                              "mm_init()",
                              "mem_init()",
                              "free_all_bootmem()",
                              "kmem_cache_init()",
                              "create_boot_cache(name=kmem_cache_node",
                              "__kmem_cache_create()",
                              "kmem_cache_open()",
                              "init_kmem_cache_nodes()",
                              "slab_state = DOWN",
                              "early_kmem_cache_node_alloc(node=0)",
                              "new_slab(",
                              "allocate_slab(",
                              "alloc_slab_page(",
                              "alloc_pages_exact_node(",
                              "__alloc_pages_nodemask(",
                              "get_page_from_freelist(",
                              "buffered_rmqueue(",
                              "rmqueue_bulk(",
                              "__rmqueue(",
                              "__rmqueue_smallest(",
                              "__rmqueue_fallback(",
                              "try_to_steal_freepages(",
                              "expand(",
                              "prep_new_page(",
                              "compound_order(page) = 0",
                              "kmem_cache_node of kmem_cache_node, node 0"}));
}

TEST_CASE("walk: the board of the first note has one bank, and lowmem and highmem of it") {
    const Walked w = smdk5420();
    CHECK(has(w.in("sanity_check_meminfo"), "vmalloc_limit = 0x4f800000"));
    CHECK(has(w.in("arm_memblock_init"), "memblock_add(base=0x20000000, size=0x2f800000 (760 MiB))"));
    CHECK(has(w.in("arm_memblock_init"), "memblock_add(base=0x4f800000, size=0x50800000 (1.3 GiB))"));
    const std::string zones = w.in("arm_bootmem_free");
    CHECK(has(zones, "min_low_pfn = 0x20000; max_low_pfn = 0x4f800; max_pfn = 0xa0000"));
    CHECK(has(zones, "zones_size[ZONE_NORMAL] = 194560 pages (760 MiB)"));
    CHECK(has(zones, "zones_size[ZONE_HIGHMEM] = 329728 pages"));
    // node_zones[]: Normal is 0, HighMem 1, Movable 2.
    CHECK(zone_number(w.kernel, ZoneType::Normal) == 0);
    CHECK(zone_number(w.kernel, ZoneType::HighMem) == 1);
    CHECK(zone_number(w.kernel, ZoneType::Movable) == 2);
    CHECK(has(w.in("free_area_init_core"), "zone_init_free_lists: nr_free of orders 0 to 10 is 0"));
    CHECK(has(w.in("free_area_init_core"), "every pageblock (1024 pages) whose first pfn is valid becomes MIGRATE_MOVABLE (2)"));
}

TEST_CASE("walk: the caches of the first note") {
    const Walked w = smdk5420();
    // The note takes a struct kmem_cache_node to have 64 bytes. It has 32 here, and objects are 64 bytes apart all the same.
    const std::string node = w.in("create_boot_cache", 0);
    CHECK(has(node, "create_boot_cache(name=kmem_cache_node, size=32, flags=0x2000)"));
    CHECK(has(node, "object_size = 32"));
    CHECK(has(node, "align = 64; size = 64"));
    CHECK(has(node, "oo = order 0, 64 objects"));
    const std::string cache = w.in("create_boot_cache", 1);
    CHECK(has(cache, "create_boot_cache(name=kmem_cache, size=116, flags=0x2000)"));
    CHECK(has(cache, "align = 64; size = 128"));
    CHECK(has(cache, "oo = order 0, 32 objects"));
}

TEST_CASE("walk: masks and flags of the first note") {
    const Walked w = smdk5420();
    const std::string slab = w.in("new_slab", 0);
    CHECK(has(slab, "new_slab(s=kmem_cache_node, flags=0x0, node=0)"));
    CHECK(has(slab, "GFP_NOWAIT = 0x0; GFP_RECLAIM_MASK = 0x13ef0; GFP_CONSTRAINT_MASK = 0x60000"));
    CHECK(has(slab, "gfp_allowed_mask = 0x1ffff2f"));
    CHECK(has(slab, "alloc_gfp = 0x1200 (__GFP_NOWARN|__GFP_NORETRY)"));
    CHECK(has(slab, "flags | __GFP_NOTRACK = 0x201200"));
    CHECK(has(slab, "__alloc_pages_nodemask(gfp_mask=0x201200, order=0, preferred_nid=0)"));
    CHECK(has(slab, "gfp_mask | __GFP_HARDWALL = 0x221200"));
    CHECK(has(slab, "alloc_flags = 0x41 (ALLOC_WMARK_LOW|ALLOC_CPUSET)"));
    CHECK(has(slab, "high_zoneidx = 0 (ZONE_NORMAL)"));
    CHECK(has(slab, "migratetype = MIGRATE_UNMOVABLE (0)"));
    CHECK(has(slab, "preferred_zone = Normal (node 0)"));
    // -1 goes through alloc_pages(), by the second cache's slab.
    const std::string second = w.in("new_slab", 1);
    CHECK(has(second, "new_slab(s=kmem_cache, flags=0x8000, node=-1)"));
    CHECK(has(second, "allocate_slab(flags=0x0)"));
    CHECK(has(second, "NUMA_NO_NODE (-1)"));
    CHECK(has(second, "alloc_pages() __alloc_pages_nodemask("));
}

TEST_CASE("walk: 3.14.4 has ALLOC_FAIR, and starts with 0x141") {
    Board board = load_board("samsung-smdk5420");
    const Walked w(std::move(board), "3.14-arm-smp", "");
    CHECK(has(w.in("new_slab", 0), "alloc_flags = 0x141 (ALLOC_WMARK_LOW|ALLOC_CPUSET|ALLOC_FAIR)"));
}

TEST_CASE("walk: the first page of the first note") {
    const Walked w = smdk5420();
    const std::string page = w.in("get_page_from_freelist", 0);
    CHECK(has(page, "zone_watermark_ok(z=Normal (node 0), order=0, mark=0)"));
    CHECK(has(page, "true: more is free than the mark and the reserve"));
    CHECK(has(page, "pcp->batch = 1 - the per-CPU list of MIGRATE_UNMOVABLE is empty"));
    CHECK(has(page, "rmqueue_bulk(order=0, count=1, migratetype=0, cold=0)"));
    CHECK(has(page, "MIGRATE_UNMOVABLE is empty in orders 0 to 10"));
    CHECK(
        has(page, "fallbacks[MIGRATE_UNMOVABLE] = MIGRATE_RECLAIMABLE (1), MIGRATE_MOVABLE (2), MIGRATE_RESERVE (3) handled last"));
    CHECK(has(page, "from order 10 down to 0"));
    CHECK(has(page, "free_area[10].free_list[MIGRATE_RECLAIMABLE] is empty"));
    CHECK(has(page, "pageblock_order = 10; pageblock_nr_pages = 0x400"));

    // The note assumes a block of order 5 at pfn 0x20000. All of lowmem is free but what start-up has taken: blocks of order 10
    // are there, and the one at the head is the highest.
    CHECK(has(page, "current_order = 10; migratetype = MIGRATE_MOVABLE (2)"));
    CHECK(has(page, "order 10 >= pageblock_order (10): the whole block becomes MIGRATE_UNMOVABLE (0)"));
    const FirstAllocation& first = w.layout.allocations.front();
    CHECK(first.zone == ZoneType::Normal);
    CHECK(first.pfn % 1024 == 0);
    CHECK(first.pfn > 0x20000);
    const auto hex = [](Pfn pfn) {
        char digits[20];
        std::snprintf(digits, sizeof digits, "0x%llx", static_cast<unsigned long long>(pfn));
        return std::string(digits);
    };
    CHECK(has(page, "head of free_area[10].free_list[MIGRATE_MOVABLE] = " + hex(first.pfn)));
    // The upper half goes back at each step: 512, 256, … 16, 8, 4, 2, 1 pages.
    std::vector<std::string> halves{"expand(page=" + hex(first.pfn) + ", low=0, high=10, migratetype=0)"};
    for (unsigned order = 10; order-- > 0;)
        halves.push_back("head of free_area[" + std::to_string(order) +
                         "].free_list[MIGRATE_UNMOVABLE] = " + hex(first.pfn + (u64{1} << order)));
    halves.push_back("_mapcount is -128");
    CHECK(in_order(page, halves));
    CHECK(has(page, "pcp->count = 0"));
    CHECK(has(page, "prep_new_page(page=" + hex(first.pfn) + ", order=0, gfp_flags=0x201200) page_private = 0; page_count = 1"));
    CHECK(has(page, "__GFP_ZERO (0x8000) is not set: nothing is zeroed"));
    CHECK(has(page, "order 0: no compound page"));
}

TEST_CASE("walk: which blocks change sides is the release's rule") {
    // As the first note has it: from order 5 on, or for Reclaimable requests, and if half of the pageblock is free.
    const auto rule = [](const Kernel& kernel, unsigned order, MigrateType start) {
        Walk walk;
        Walker walker(walk, kernel);
        tell_steal_rule(WalkStep(&walker, "rule"), kernel, order, start);
        return on_one_line(report_walk_text({}, kernel, {}, {}, walk, {false, "rule"}));
    };
    const Kernel old = load_kernel("3.13-arm-exynos5420");
    CHECK(has(rule(old, 5, MigrateType::Unmovable),
              "order 5 >= pageblock_order / 2 (5): free pages of its pageblock are moved; it "
              "becomes MIGRATE_UNMOVABLE if 512 of its pages are free"));
    CHECK(has(rule(old, 4, MigrateType::Reclaimable), "the request is MIGRATE_RECLAIMABLE: free pages of its pageblock are moved"));
    CHECK(has(rule(old, 4, MigrateType::Unmovable),
              "order 4 < pageblock_order / 2 (5), and the request is MIGRATE_UNMOVABLE: the pageblock keeps its type"));
    CHECK(has(rule(load_kernel("5.9-arm64"), 4, MigrateType::Unmovable),
              "if 512 of its pages are free or of a kind with the request"));
}

TEST_CASE("walk: counters and the page's word of the first note") {
    const Walked w = smdk5420();
    const std::string first = w.in("new_slab", 0);
    CHECK(has(first, "vm_stat[NR_FREE_PAGES] (vm_stat[0]) = "));
    CHECK(has(first, "vm_stat[NR_ALLOC_BATCH] (vm_stat[1]) = "));
    CHECK(has(first, "vm_stat[NR_SLAB_UNRECLAIMABLE] (vm_stat[14]) = 1"));
    CHECK(vm_stat_index(w.kernel, "NR_SLAB_RECLAIMABLE") == 13);
    CHECK(has(first, "page->objects = 64; page->_mapcount = 0x00400000 (inuse 0, objects 64, frozen 0)"));
    CHECK(has(first, "compound_order(page) = 0"));
    const std::string second = w.in("new_slab", 1);
    CHECK(has(second, "vm_stat[NR_SLAB_UNRECLAIMABLE] (vm_stat[14]) = 2"));
    CHECK(has(second, "page->objects = 32; page->_mapcount = 0x00200000 (inuse 0, objects 32, frozen 0)"));
    // NR_ALLOC_BATCH starts with the estimate of managed pages and loses one for each page.
    CHECK(has(w.in("free_area_init_core"), "vm_stat[NR_ALLOC_BATCH] = 193040"));
    CHECK(has(first, "vm_stat[NR_ALLOC_BATCH] (vm_stat[1]) = 193039"));
}

TEST_CASE("walk: the zones of the second note") {
    const Walked w = arm64_5_9("console=ttyAMA0");
    const std::string zones = w.in("zone_sizes_init");
    CHECK(has(zones, "min_low_pfn = 0x40000"));
    CHECK(has(zones, "max_pfn = 0x1c0000"));
    CHECK(has(zones, "arm64_dma_phys_limit = 0x80000000 - ZONE_DMA is the 1 GiB window in which memory starts"));
    CHECK(has(zones, "arm64_dma32_phys_limit = 0x100000000 - ZONE_DMA32 is the 4 GiB window in which memory starts"));
    CHECK(has(zones, "max_zone_pfns[ZONE_DMA] = 0x80000; max_zone_pfns[ZONE_DMA32] = 0x100000"));
    CHECK(has(zones, "max_zone_pfns[ZONE_NORMAL] = 0x1c0000"));
    const std::string area = w.in("free_area_init");
    CHECK(has(area, "MAX_NR_ZONES = 5 - DMA, DMA32, Normal, Movable, Device; the number is generated into bounds.h"));
    CHECK(has(area, "arch_zone_lowest_possible_pfn[] and arch_zone_highest_possible_pfn[] are zeroed"));
    CHECK(has(area, "find_min_pfn_with_active_regions() = 0x40000"));
    CHECK(has(area, "arch_has_descending_max_zone_pfns() = false"));
    CHECK(has(area, "zone_movable_pfn[] is zeroed"));
    CHECK(in_order(
        area, {"arch_zone_lowest_possible_pfn[ZONE_DMA] = 0x40000", "arch_zone_highest_possible_pfn[ZONE_DMA] = 0x80000",
               "arch_zone_lowest_possible_pfn[ZONE_DMA32] = 0x80000", "arch_zone_highest_possible_pfn[ZONE_DMA32] = 0x100000",
               "arch_zone_lowest_possible_pfn[ZONE_NORMAL] = 0x100000", "arch_zone_highest_possible_pfn[ZONE_NORMAL] = 0x1c0000",
               "arch_zone_lowest_possible_pfn[ZONE_DEVICE] = 0x1c0000",
               "ZONE_DEVICE is empty: memremap_pages() fills it when a driver asks"}));
    CHECK(area.find("arch_zone_lowest_possible_pfn[ZONE_MOVABLE]") == std::string::npos);
}

TEST_CASE("walk: find_zone_movable_pfns_for_nodes() of the second note counts first and restores last") {
    const Walked w = arm64_5_9("kernelcore=4G");
    CHECK(in_order(w.in("find_zone_movable_pfns_for_nodes"),
                   {"saved_node_state", "early_calculate_totalpages()", "totalpages = 1572864 pages (6 GiB)", "usable_nodes = 1",
                    "find_usable_zone_for_movable()", "movable_zone = ZONE_NORMAL",
                    "out2:", "each start is rounded up to 1024 pages (MAX_ORDER_NR_PAGES)",
                    "out:", "node_states[N_MEMORY] is what it was again"}));
}

TEST_CASE("walk: path 1 of the second note, movable_node") {
    const Board board = parse_board(Source{"b", R"(schema = 1
[board]
arch = "arm64"
[[memory]]
base = 0x40000000
size = "2GiB"
node = 0
[[memory]]
base = 0xc0000000
size = "2GiB"
node = 1
flags = ["hotplug"]
)"});
    const Walked w(board, "5.9-arm64", "movable_node kernelcore=1G");
    const std::string text = w.in("find_zone_movable_pfns_for_nodes");
    CHECK(in_order(text, {"path 1, movable_node", "region 0x40000000-0xbfffffff of node 0 is not hot-pluggable: skipped",
                          "region 0xc0000000-0x13fffffff of node 1 is hot-pluggable", "usable_startpfn = 0xc0000",
                          "out2:", "zone_movable_pfn[1] = 0xc0000", "out:"}));
    CHECK(text.find("required_kernelcore") == std::string::npos);
    // The note says that node 0 cannot be hot-pluggable. Firmware does not mark the memory that the kernel was loaded to; the
    // function itself treats no node apart.
    Board all = board;
    all.memory[0].hotplug = true;
    const Walked both(all, "5.9-arm64", "movable_node");
    CHECK(has(both.in("find_zone_movable_pfns_for_nodes"), "zone_movable_pfn[0] = 0x40000"));
}

TEST_CASE("walk: path 2 of the second note, kernelcore=mirror") {
    const Walked w = arm64_5_9("kernelcore=mirror");
    const std::string text = w.in("find_zone_movable_pfns_for_nodes");
    CHECK(has(text, "path 2, kernelcore=mirror"));
    CHECK(has(text, "of node 0 is not mirrored and below 4 GiB: it only earns a warning"));
    CHECK(has(text, "out2:"));
}

TEST_CASE("walk: path 3 of the second note, an amount") {
    CHECK(has(arm64_5_9("").in("find_zone_movable_pfns_for_nodes"), "none is asked for, and there is no ZONE_MOVABLE"));
    CHECK(has(arm64_5_9("kernelcore=6G").in("find_zone_movable_pfns_for_nodes"),
              "the kernel needs all there is, and there is no ZONE_MOVABLE"));
    CHECK(has(arm64_5_9("kernelcore=50%").in("find_zone_movable_pfns_for_nodes"),
              "kernelcore=50% of 1572864 pages required_kernelcore = 786432 pages (3 GiB)"));
    CHECK(in_order(arm64_5_9("movablecore=1000001K").in("find_zone_movable_pfns_for_nodes"),
                   {"movablecore= is rounded up to 1024 pages", "required_movablecore = 250880 pages", "corepages = 1321984 pages",
                    "what movablecore= leaves is more"}));
    CHECK(has(arm64_5_9("movablecore=1G kernelcore=5500M").in("find_zone_movable_pfns_for_nodes"),
              "kernelcore= asks for no less than movablecore= leaves: it prevails"));
    CHECK(in_order(arm64_5_9("kernelcore=4G").in("find_zone_movable_pfns_for_nodes"),
                   {"path 3", "usable_startpfn = 0x100000", "restart:", "required_kernelcore = 1048576 pages (4 GiB)",
                    "kernelcore_node = 1048576 pages", "for_each_node_state(nid=0)", "kernel_pages = 786432 pages (3 GiB)",
                    "below usable_startpfn (0x100000) memory can only be the kernel's", "size_pages = 262144 pages (1 GiB)",
                    "zone_movable_pfn = 0x140000", "out2:", "zone_movable_pfn[0] = 0x140000"}));
}

TEST_CASE("walk: kernelcore is spread pass by pass") {
    const Board board = parse_board(Source{"b", R"(schema = 1
[board]
arch = "arm64"
[[memory]]
base = 0x140000000
size = "256MiB"
node = 0
[[memory]]
base = 0x180000000
size = "2GiB"
node = 1
)"});
    const Walked w(board, "5.9-arm64", "kernelcore=1G");
    CHECK(in_order(w.in("find_zone_movable_pfns_for_nodes"),
                   {"restart:", "required_kernelcore = 262144 pages (1 GiB); usable_nodes = 2", "kernelcore_node = 131072 pages",
                    "for_each_node_state(nid=0)", "kernel_pages = 65536 pages (256 MiB)", "for_each_node_state(nid=1)",
                    "size_pages = 131072 pages (512 MiB)", "65536 pages found no room: once more, with one node less",
                    "restart:", "usable_nodes = 1", "for_each_node_state(nid=1)", "size_pages = 65536 pages (256 MiB)",
                    "all of it is spread"}));
}

TEST_CASE("walk: what stands around the second note") {
    const Board board = parse_board(Source{"b", R"(schema = 1
[board]
arch = "arm64"
[[memory]]
base = 0x40000000
size = "1GiB"
[[memory]]
base = 0x80000800
size = 0x1000
[[reserved]]
name = "linux,cma"
base = 0x7e000000
size = "32MiB"
flags = ["cma"]
)"});
    const Walked w(board, "5.9-arm64-cma", "");
    CHECK(has(w.in("memblock_free_all"),
              "CMA area linux,cma stays reserved: an initcall frees its pageblocks as MIGRATE_CMA (4), for "
              "movable allocations"));
    Walk walk;
    const Kernel kernel = load_kernel("6.1-x86_64");
    const Board pc = parse_board(Source{"b", R"(schema = 1
[board]
arch = "x86_64"
[[e820]]
base = 0
end = 0x9fbff
type = "usable"
[[e820]]
base = 0x100000
end = 0x1fffffff
type = "usable"
[[e820]]
base = 0x20000800
end = 0x200017ff
type = "usable"
)"});
    const Cmdline cmdline = parse_cmdline("", kernel);
    const Layout layout = bring_up(pc, kernel, cmdline, Until::zones, &walk);
    CHECK(
        has(on_one_line(report_walk_text(pc, kernel, cmdline, layout, walk, {false, "free_area_init"})), "node 0 = pfn 0x1-0x9e"));
}

TEST_CASE("walk: regions that hold no whole page are skipped, as the second note has it") {
    const Kernel kernel = load_kernel("5.9-arm64");
    const Cmdline cmdline = parse_cmdline("", kernel);
    Walk walk;
    Walker walker(walk, kernel);
    Board board;
    board.arch = kernel.arch;
    Boot boot(board, kernel, cmdline, &walker);
    boot.memblock.memory.walk = nullptr;
    boot.memblock.memory.add(0x40000000, 0x2000, 0, 0);
    boot.memblock.memory.add(0x50000800, 0x1000, 0, 0);
    boot.memblock.memory.add(0x60000800, 0x1800, 0, 0);
    tell_early_ranges(boot, WalkPath(&walker, "free_area_init"));
    const std::string text = on_one_line(report_walk_text(board, kernel, cmdline, {}, walk, {false, "free_area_init"}));
    CHECK(in_order(text, {"node 0 = pfn 0x40000-0x40001", "node 0 = 0x50000800-0x500017ff is skipped: it holds no whole page",
                          "node 0 = pfn 0x60001-0x60001"}));
}

TEST_CASE("walk: what 3.13 asks for after kmem_cache_init(), and the sizes and marks that it comes up with") {
    const Walked w = smdk5420();
    CHECK(in_order(w.in("start_kernel"), {"kmem_cache_init()", "after kmem_cache_init():", "alloc_pages(gfp_mask=", "page = 0x",
                                          "for slab ", "setup_per_cpu_pageset()", "rest_init()", "init_per_zone_wmark_min()"}));
    // This release initialises all struct pages at once.
    CHECK(find_calls(walk_tree(w.walk), "page_alloc_init_late").empty());
    CHECK(has(w.in("setup_per_cpu_pageset"),
              "setup_zone_pageset(zone=Normal (node 0)) pageset_set_high_and_batch(managed_pages=187792) zone_batchsize() = 31; "
              "pcp->batch = 31; pcp->high = 186 - high is six batches"));
    const std::string late = w.in("init_per_zone_wmark_min");
    CHECK(late.find("pageset_set_high_and_batch") == std::string::npos);
    CHECK(in_order(late, {"lowmem_kbytes = 751168", "min_free_kbytes is int_sqrt(lowmem_kbytes * 16), from 128 to 65536",
                          "min_free_kbytes = 3466", "setup_per_zone_wmarks()", "pages_min = 866; lowmem_pages = 187792",
                          "HighMem: min is 1/1024 of the zone, from 32 to 128 pages",
                          "Normal (node 0) = managed 187792: min 866, low 1082, high 1299", "setup_per_zone_lowmem_reserve()"}));
}

TEST_CASE("walk: deferred memory is handed over zone by zone, and per-CPU lists follow") {
    Kernel kernel = load_kernel("5.4-x86_64");
    kernel.deferred_struct_page_init = true;
    const Board board = load_board("qemu-q35-8g");
    const Cmdline cmdline = parse_cmdline("", kernel);
    Walk walk;
    const Layout layout = bring_up(board, kernel, cmdline, Until::slub, &walk);
    const auto in = [&](const char* function) {
        return on_one_line(report_walk_text(board, kernel, cmdline, layout, walk, {false, function}));
    };
    const std::string late = in("page_alloc_init_late");
    CHECK(in_order(late, {"deferred_init_memmap(pgdat=0)", "first_init_pfn = 0x", "zone = Normal (node 0)",
                          "deferred_free_pages() = pfn 0x", "managed_pages = ", "zone_pcp_update(zone=Normal (node 0))",
                          "pageset_set_high_and_batch(managed_pages=", "pcp->batch = 63"}));
    const Walked whole(board, "6.1-x86_64", "");
    CHECK(has(whole.in("page_alloc_init_late"), "deferred_init_memmap(pgdat=0)"));
    CHECK(in_order(whole.in("setup_per_zone_wmarks"),
                   {"zone_pcp_update(zone=Normal (node 0))", "zone_set_pageset_high_and_batch(managed_pages=",
                    "low_wmark_pages() = ", "nr_split_cpus = ", "the node's CPUs share the low watermark; four batches at least"}));
    CHECK(has(Walked(load_board("qemu-pc-4g"), "5.4-x86_64", "").in("page_alloc_init_late"),
              "no struct page was left to be initialised: nothing is handed over"));
}

TEST_CASE("walk: every release comes past the steps that end start-up") {
    for (const char* profile : {"3.14-arm", "4.19-arm64", "4.19-x86_64", "5.4-x86_64", "5.9-arm64", "5.10-x86_64", "5.15-arm64",
                                "6.1-i386", "6.1-arm", "6.1-x86_64", "6.12-riscv64", "6.18-x86_64", "7.1-arm64"}) {
        CAPTURE(profile);
        const Kernel kernel = load_kernel(profile);
        const char* board_name = kernel.arch == Arch::arm       ? "qemu-virt-arm"
                                 : kernel.arch == Arch::arm64   ? "qemu-virt-arm64"
                                 : kernel.arch == Arch::i386    ? "qemu-pc-i386-4g"
                                 : kernel.arch == Arch::riscv64 ? "qemu-virt-riscv64"
                                                                : "qemu-pc-4g";
        const Walked w(load_board(board_name), profile, "");
        const WalkCall root = walk_tree(w.walk);
        for (const char* latest :
             {"setup_per_cpu_pageset", "setup_zone_pageset", "zone_set_pageset_high_and_batch", "page_alloc_init_late",
              "init_per_zone_wmark_min", "calculate_min_free_kbytes", "setup_per_zone_wmarks", "setup_per_zone_lowmem_reserve",
              "mem_init_print_info"}) {
            CAPTURE(latest);
            CHECK(find_calls(root, function_name(kernel.version, latest)).empty() != has_function(kernel.version, latest));
        }
        CHECK(find_calls(root, "adjust_managed_page_count").empty() != kernel.behaviours.reserve_follows_managed);
        CHECK(find_calls(root, "setup_zone_migrate_reserve").empty() != kernel.behaviours.migrate_reserve);
    }
}

TEST_CASE("walk: the \"Memory:\" line is counted where the release prints it") {
    // Debian 6.1.0-56-amd64 took 64 page tables before; 5.9 prints at the end of mem_init(), 6.12 once all memory is handed over.
    CHECK(in_order(Walked(load_board("qemu-pc-4g"), "6.1-x86_64", "").in("mm_init"),
                   {"memblock_free_all()", "preallocate_vmalloc_pages()", "mem_init_print_info()",
                    "nr_free_pages() = 789134 pages (3.0 GiB)", "physpages = 1048446 pages (4.0 GiB)",
                    "totalram_pages = 1000276 pages (3.8 GiB)", "totalcma_pages = 0 pages", "reserved = 48170 pages",
                    "kmem_cache_init()"}));
    CHECK(has(arm64_5_9("").in("mem_init"), "mem_init_print_info()"));
    const Walked late(load_board("qemu-pc-4g"), "6.12-x86_64", "");
    CHECK_FALSE(has(late.in("mm_core_init"), "mem_init_print_info()"));
    CHECK(in_order(late.in("page_alloc_init_late"), {"deferred_init_memmap(pgdat=0)", "mem_init_print_info()", "physpages = "}));
}

TEST_CASE("walk: 3.x puts pageblocks of each zone aside once its watermarks are known") {
    CHECK(in_order(Walked(load_board("qemu-virt-arm-3.14"), "3.14-arm-smp", "").in("init_per_zone_wmark_min"),
                   {"setup_per_zone_wmarks()", "setup_zone_migrate_reserve(zone=Normal (node 0))", "reserve = 1",
                    "MIGRATE_RESERVE = pfn 0x40800-0x40bff", "setup_zone_migrate_reserve(zone=HighMem (node 0))",
                    "MIGRATE_RESERVE = pfn 0x6f800-0x6fbff"}));
}

TEST_CASE("walk: a layout does not depend on whether somebody walks along") {
    for (const char* name : {"qemu-pc-2node", "qemu-virt-arm64-4node", "qemu-pc-i386-4g", "qemu-virt-riscv64"}) {
        const Board board = load_board(name);
        const Kernel kernel = load_kernel(board.kernel.empty() ? default_kernel(board.arch) : board.kernel);
        const Cmdline cmdline = parse_cmdline(board.cmdline, kernel);
        Walk walk;
        const Layout with = bring_up(board, kernel, cmdline, Until::buddy, &walk);
        const Layout without = bring_up(board, kernel, cmdline, Until::buddy);
        CHECK(report_walk_text(board, kernel, cmdline, with, Walk{}, {}) ==
              report_walk_text(board, kernel, cmdline, without, Walk{}, {}));
        REQUIRE(with.nodes.size() == without.nodes.size());
        for (std::size_t n = 0; n < with.nodes.size(); ++n)
            for (std::size_t z = 0; z < with.nodes[n].zones.size(); ++z) {
                CHECK(with.nodes[n].zones[z].managed == without.nodes[n].zones[z].managed);
                CHECK(with.nodes[n].zones[z].free_lists == without.nodes[n].zones[z].free_lists);
            }
    }
}

TEST_CASE("walk: calls are nested as the release nests them") {
    const auto path = [](const char* board, const char* kernel, const std::string& function) {
        Board b = load_board(board);
        const Walked w(std::move(b), kernel, "");
        std::string out;
        const std::vector<FoundCall> found = find_calls(walk_tree(w.walk), function);
        if (found.empty()) return std::string("not called");
        for (const std::string_view caller : found.front().callers) out += std::string(caller) + " > ";
        return out + function;
    };
    CHECK(path("qemu-pc-4g", "5.4-x86_64", "free_area_init_nodes") ==
          "start_kernel > setup_arch > paging_init > zone_sizes_init > free_area_init_nodes");
    CHECK(path("qemu-pc-4g", "7.1-x86_64", "arch_zone_limits_init") ==
          "start_kernel > mm_core_init_early > free_area_init > arch_zone_limits_init");
    CHECK(path("qemu-virt-arm64", "6.12-arm64", "memblock_free_all") ==
          "start_kernel > mm_core_init > mem_init > memblock_free_all");
    CHECK(path("qemu-pc-4g", "6.18-x86_64", "memblock_free_all") == "start_kernel > mm_core_init > memblock_free_all");
    CHECK(path("qemu-pc-4g", "6.1-x86_64", "build_all_zonelists") == "start_kernel > build_all_zonelists");
    CHECK(path("qemu-pc-4g", "6.1-x86_64", "__rmqueue_claim") == "not called");
    CHECK(path("qemu-pc-4g", "6.18-x86_64", "__rmqueue_fallback") == "not called");
}

TEST_CASE("walk: whatever the board of the first note has reserved, a function of the kernel asked for") {
    const Walked w = smdk5420();
    const WalkCall root = walk_tree(w.walk);
    const auto callers = [&](const char* function) {
        std::string out;
        for (const FoundCall& f : find_calls(root, function))
            for (const std::string_view caller : f.callers) out += std::string(caller) + " > ";
        return out + function;
    };
    CHECK(callers("map_lowmem") == "start_kernel > setup_arch > paging_init > map_lowmem");
    CHECK(callers("devicemaps_init") == "start_kernel > setup_arch > paging_init > devicemaps_init");
    CHECK(callers("arm_bootmem_init") == "start_kernel > setup_arch > paging_init > bootmem_init > arm_bootmem_init");
    CHECK(callers("sparse_init") == "start_kernel > setup_arch > paging_init > bootmem_init > sparse_init");
    CHECK(callers("alloc_node_mem_map") ==
          "start_kernel > setup_arch > paging_init > bootmem_init > arm_bootmem_free > free_area_init_node > alloc_node_mem_map");
    CHECK(callers("unflatten_device_tree") == "start_kernel > setup_arch > unflatten_device_tree");
    // Each of these ran once.
    for (const char* function : {"setup_arch", "paging_init", "bootmem_init", "free_area_init_node"}) {
        CAPTURE(function);
        CHECK(find_calls(root, function).size() == 1);
    }
    for (const char* function : {"memblock_reserve", "memblock_alloc_base_nid", "memblock_add", "memblock_free"})
        for (const FoundCall& f : find_calls(root, function)) CHECK(f.callers.size() > 1);
    // A kernel without nodes sets none.
    CHECK(find_calls(root, "memblock_set_node").empty());
}

TEST_CASE("walk: set-up is told in one piece, zones and what comes after them included") {
    const auto calls = [](const char* board, const char* kernel) {
        const Walked w(load_board(board), kernel, "");
        std::string out;
        const WalkCall root = walk_tree(w.walk);
        for (const char* function : {"setup_arch", "bootmem_init", "paging_init", "free_area_init", "sparse_init"}) {
            out += std::string(function) + ":";
            for (const FoundCall& f : find_calls(root, function_name(w.kernel.version, function)))
                out += " " + (f.callers.empty() ? std::string("-") : std::string(f.callers.back()));
            out += '\n';
        }
        return out;
    };
    CHECK(calls("qemu-virt-arm64", "6.1-arm64") ==
          "setup_arch: start_kernel\nbootmem_init: setup_arch\npaging_init: setup_arch\nfree_area_init: zone_sizes_init\n"
          "sparse_init: bootmem_init\n");
    CHECK(calls("qemu-pc-4g", "6.1-x86_64") ==
          "setup_arch: start_kernel\nbootmem_init:\npaging_init: setup_arch\nfree_area_init: zone_sizes_init\n"
          "sparse_init: paging_init\n");
    CHECK(calls("qemu-pc-4g", "7.1-x86_64") ==
          "setup_arch: start_kernel\nbootmem_init:\npaging_init:\nfree_area_init: mm_core_init_early\n"
          "sparse_init: free_area_init\n");
    CHECK(calls("qemu-virt-arm64", "7.1-arm64") ==
          "setup_arch: start_kernel\nbootmem_init: setup_arch\npaging_init: setup_arch\nfree_area_init: mm_core_init_early\n"
          "sparse_init: free_area_init\n");
}

TEST_CASE("walk: masks and counters of later releases") {
    const auto slab = [](const char* board, const char* kernel) { return Walked(load_board(board), kernel, "").in("new_slab", 0); };
    const std::string v5_9 = slab("qemu-virt-arm64-5.9", "5.9-arm64");
    CHECK(has(v5_9, "GFP_NOWAIT = 0x800; GFP_RECLAIM_MASK = 0xbeee0; GFP_CONSTRAINT_MASK = 0x300000"));
    CHECK(has(v5_9, "gfp_allowed_mask = 0x7ff33f"));
    CHECK(has(v5_9, "alloc_gfp = 0x12000 (__GFP_NOWARN|__GFP_NORETRY)"));
    CHECK(has(v5_9, "page->counters = "));
    CHECK(has(v5_9, "vm_stat[NR_SLAB_UNRECLAIMABLE_B] = 4096"));
    const std::string v6_12 = slab("qemu-pc-4g", "6.12-x86_64");
    CHECK(has(v6_12, "GFP_NOWAIT = 0x2800; GFP_RECLAIM_MASK = 0xbece0"));
    CHECK(has(v6_12, "alloc_gfp = 0x52000 (__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP)"));
    CHECK(has(v6_12, "alloc_flags = 0x101 (ALLOC_WMARK_LOW|ALLOC_NOFRAGMENT)"));
    CHECK(has(v6_12, "slab->counters = "));
}

TEST_CASE("walk: names come and go with the release") {
    const auto name = [](const char* version, const char* latest) { return function_name(*version_from_string(version), latest); };
    CHECK(name("3.14", "rmqueue") == "buffered_rmqueue");
    CHECK(name("4.11", "rmqueue") == "rmqueue");
    CHECK(name("5.12", "__alloc_frozen_pages_noprof") == "__alloc_pages_nodemask");
    CHECK(name("6.1", "__alloc_frozen_pages_noprof") == "__alloc_pages");
    CHECK(name("6.12", "__alloc_frozen_pages_noprof") == "__alloc_pages_noprof");
    CHECK(name("6.18", "__alloc_frozen_pages_noprof") == "__alloc_frozen_pages_noprof");
    CHECK(name("6.18", "zone_batchsize") == "zone_batchsize");
    CHECK(latest_function_name("buffered_rmqueue") == "rmqueue");
    CHECK(latest_function_name("rmqueue") == "rmqueue");
}

TEST_CASE("walk: text folds what repeats, and JSON keeps it") {
    const Kernel kernel = load_kernel("6.1-x86_64");
    const Cmdline cmdline = parse_cmdline("", kernel);
    Walk walk;
    Walker walker(walk, kernel);
    {
        const WalkStep outer(&walker, "outer");
        outer.argument("bits", 0x30, WalkUnit::hex);
        for (unsigned i = 0; i < 300; ++i) {
            const WalkStep step(&walker, "__free_pages");
            step.argument("page", i, WalkUnit::pfn);
            step.argument("order", 0);
        }
        outer.flags("gfp", 0xcc0, [] { return "GFP_KERNEL"; });
        outer.value("absent", -3);
        outer.because("that is all\x1b");
    }
    CHECK(report_walk_text({}, kernel, cmdline, {}, walk, {}).substr(report_walk_text({}, kernel, cmdline, {}, {}, {}).size()) ==
          "outer(bits=0x30)\n"
          "  __free_pages(page=0x0, order=0)\n"
          "  __free_pages(page=0x1, order=0)\n"
          "  __free_pages(page=0x2, order=0)\n"
          "  ... 296 more calls of __free_pages alike\n"
          "  __free_pages(page=0x12b, order=0)\n"
          "  gfp = 0xcc0 (GFP_KERNEL); absent = -3\n"
          "  - that is all?\n");
    const std::string json = report_walk_json({}, kernel, cmdline, {}, walk, {});
    CHECK(std::count(json.begin(), json.end(), '\n') > 300);
    CHECK(has(json, R"({"name": "gfp", "value": 3264, "unit": "bits", "names": "GFP_KERNEL"})"));
    CHECK(has(json, R"({"name": "absent", "value": -3})"));
}

TEST_CASE("walk: a walk that nobody would read to its end is cut") {
    const Kernel kernel = load_kernel("6.1-x86_64");
    Walk walk;
    Walker walker(walk, kernel);
    for (unsigned i = 0; i < 1'000'000 && !walk.cut; ++i) const WalkStep step(&walker, "x");
    CHECK(walk.cut);
    CHECK(has(report_walk_text({}, kernel, parse_cmdline("", kernel), {}, walk, {}), "it ends here"));
}
