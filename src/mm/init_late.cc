// SPDX-License-Identifier: MIT
// Between the hand-over and init_per_zone_wmark_min() more memory reaches the page allocator: deferred struct pages
// (page_alloc_init_late()), the kernel's table of lock prefixes where it is of no use ("Freeing SMP alternatives memory"), and CMA
// areas, a core_initcall, which up to 5.8 comes after the watermarks. The watermarks are shared out by what is managed then; what
// is freed later (initrd, init sections) no longer counts, except that 3.x frees the initrd before, and that since 6.13
// lowmem_reserve follows.
//
// The "Memory:" line counts all that memblock has given away as the kernel's, deferred or not. Up to 6.8 it is printed right after
// the hand-over, and shows what is free; x86_64 has taken the page tables of the vmalloc area by then (5.8 and later).
//
// Not modelled: gigantic pages of hugetlb, EFI boot services memory, memory hot-added at start-up.
// Read beside it: mm/page_alloc.c, mm/mm_init.c mem_init_print_info(), mm/cma.c cma_init_reserved_areas(),
// arch/x86/kernel/alternative.c alternative_instructions(), arch/x86/mm/init_64.c preallocate_vmalloc_pages().
#include "mm/init_late.h"

#include <fmt/format.h>

#include <algorithm>

#include "mm/cpus.h"
#include "mm/five_levels.h"
#include "mm/memblock_free_all.h"
#include "mm/node_cpus.h"
#include "mm/page_alloc.h"
#include "mm/sysctl.h"
#include "mm/vmstat.h"

namespace zonecalc {

namespace {

constexpr u64 MiB = 1024 * 1024;
constexpr PhysAddr LOAD_PHYSICAL_ADDR = 16 * MiB;  // x86, without KASLR

// transparent_hugepage=never, or too little memory, and khugepaged does not start.
bool khugepaged_runs(const Boot& boot, u64 totalram_pages) {
    const Kernel& kernel = boot.kernel;
    if (!kernel.config_enabled("TRANSPARENT_HUGEPAGE") || kernel.config_enabled("TRANSPARENT_HUGEPAGE_NEVER")) return false;
    if (totalram_pages < 512 * MiB / kernel.page_size()) return false;
    bool on = true;
    for (const Parameter& p : boot.cmdline.parameters) {
        if (!parameq(p.name, "transparent_hugepage") || !p.value) continue;
        if (*p.value == "never") on = false;
        if (*p.value == "always" || *p.value == "madvise") on = true;
    }
    return on;
}

// What memblock has given away: _totalram_pages, whether or not a zone got it.
u64 given_away(const Boot& boot) {
    u64 pages = 0;
    if (boot.kernel.highmem) {
        for (const Node& node : boot.layout.nodes)
            for (const Zone& zone : node.zones) pages += zone.managed.value_or(0);
    } else {
        for (const FreeRange& r : free_mem_pfn_ranges(boot.kernel, boot.layout)) pages += r.range.size();
    }
    return pages;
}

// mem_init_print_info()
void print_memory_line(Boot& boot, u64 totalram_pages) {
    const Kernel& kernel = boot.kernel;
    const Movable& movable = boot.layout.movable;
    MemoryLine line;
    u64 free = 0;
    u64 highmem = 0;
    for (const Node& node : boot.layout.nodes) {
        for (const Zone& zone : node.zones) {
            line.total += zone.present;
            free += zone.free_pages;
            if (zone.type == ZoneType::HighMem || (zone.type == ZoneType::Movable && movable.zone == ZoneType::HighMem))
                highmem += zone.managed.value_or(0);
        }
    }
    for (const CmaArea& area : boot.layout.cma_areas) line.cma += area.size / kernel.page_size();
    // Wraps where a zone's pages are counted twice or not at all, as the kernel's figure does.
    line.reserved = line.total - totalram_pages - line.cma;
    if (!kernel.behaviours.memory_line_late) line.available = free - std::min(free, vmalloc_page_tables(boot));
    if (kernel.highmem) line.highmem = highmem;
    line.image = boot.board.image;

    const WalkPath step(boot.walk, "mem_init_print_info");
    if (line.available) step.value("nr_free_pages()", *line.available, WalkUnit::pages);
    step.value("physpages", line.total, WalkUnit::pages);
    step.value("totalram_pages", totalram_pages, WalkUnit::pages);
    if (kernel.behaviours.memory_line_cma) step.value("totalcma_pages", line.cma, WalkUnit::pages);
    if (line.highmem) step.value("totalhigh_pages", *line.highmem, WalkUnit::pages);
    step.value("reserved", line.reserved, WalkUnit::pages);
    step.because("\"Memory:\" calls reserved what of physpages is neither totalram_pages nor CMA's");
    boot.layout.memory_line = line;
}

class Late {
public:
    explicit Late(Boot& boot) : boot_(boot), kernel_(boot.kernel), layout_(boot.layout) {}

    void run() {
        WatermarkSettings settings = watermark_settings(kernel_, boot_.board, boot_.cmdline, layout_);
        PageAllocator allocator(kernel_, layout_);
        setup_per_cpu_pageset(allocator, settings);
        page_alloc_init_late(allocator, settings);
        // Up to 5.13 per-CPU lists keep the size that they have now.
        zones_ = allocator.managed_zones();

        walked_ = given_away(boot_);
        if (!kernel_.behaviours.memory_line_late && !layout_.memory_line) mem_init_print_info(boot_);
        note_never_handed_over();
        if (!kernel_.behaviours.smp_locks_freed_late) give_smp_locks();
        if (kernel_.behaviours.gigantic_pages_managed_early) give_gigantic_pages();
        if (kernel_.behaviours.memory_line_late) print_memory_line(boot_, totalram());
        if (kernel_.behaviours.wmark_init_after_khugepaged) {
            give_initrd();
            for (const PhysRange& r : reserved_as("initrd"))
                allocator.free_reserved_area({r.begin >> kernel_.page_shift, r.end >> kernel_.page_shift});
        }
        if (kernel_.behaviours.cma_before_wmark) give_cma(allocator);

        settings.khugepaged = khugepaged_runs(boot_, totalram());
        u64 min_free_kbytes = init_per_zone_wmark_min(allocator, settings);
        if (!kernel_.behaviours.gigantic_pages_managed_early) give_gigantic_pages();
        min_free_kbytes = set_recommended_min_free_kbytes(settings, min_free_kbytes);
        if (!kernel_.behaviours.cma_before_wmark) give_cma(allocator);

        const VmSysctl vm = do_sysctl_args(kernel_, boot_.cmdline);
        if (kernel_.behaviours.reserve_follows_managed || vm.any()) {
            if (kernel_.behaviours.smp_locks_freed_late) give_smp_locks();
            give_initrd();
            if (boot_.board.image) give_image(boot_.board.image->freed);
            if (kernel_.behaviours.reserve_follows_managed) adjust_managed_page_count(settings);
            min_free_kbytes = write_vm_sysctl(settings, vm, zones_, min_free_kbytes);
        }
        layout_.min_free_kbytes = min_free_kbytes;
        boot_.handed_over.freed_later = allocator.freed_later();
        for (const BuddyZone& zone : allocator.buddy().zones()) boot_.handed_over.per_cpu += zone.pcp.count();
        layout_.page_map = allocator.buddy().page_map();
        auto from = zones_.begin();
        auto started = allocator.buddy().zones().begin();
        for (Node& node : layout_.nodes) {
            for (Zone& zone : node.zones) {
                zone.watermark = from->watermark;
                zone.lowmem_reserve = from->lowmem_reserve;
                zone.pcp = from->pcp;
                zone.started = {started->managed, static_cast<u64>(started->nr_free_pages), started->free.lists(),
                                pagetypeinfo_showblockcount(allocator.buddy(), *started, never_initialised(node, zone))};
                ++from;
                ++started;
            }
        }
    }

private:
    // One CPU is online, and per-CPU lists are sized by what is managed by then.
    void setup_per_cpu_pageset(PageAllocator& allocator, const WatermarkSettings& settings) const {
        const WalkPath step(boot_.walk, "setup_per_cpu_pageset");
        WatermarkSettings alone = boot_cpu_alone(settings);
        alone.walk = boot_.walk;
        allocator.setup_per_cpu_pageset(alone);
    }

    void page_alloc_init_late(PageAllocator& allocator, WatermarkSettings settings) const {
        const WalkPath step(if_exists(boot_.walk, "page_alloc_init_late"), "page_alloc_init_late");
        settings.walk = step.walker();
        allocator.page_alloc_init_late(settings);
    }

    u64 init_per_zone_wmark_min(PageAllocator& allocator, WatermarkSettings settings) {
        const WalkPath step(boot_.walk, "init_per_zone_wmark_min");
        settings.walk = boot_.walk;
        const u64 min_free_kbytes = zonecalc::init_per_zone_wmark_min(settings, zones_);
        allocator.init_per_zone_wmark_min(settings);
        return min_free_kbytes;
    }

    // What start-up frees last.
    void adjust_managed_page_count(WatermarkSettings settings) {
        const WalkPath step(boot_.walk, "adjust_managed_page_count");
        settings.walk = boot_.walk;
        set_lowmem_reserve(settings, zones_);
    }

    u64 set_recommended_min_free_kbytes(WatermarkSettings settings, u64 min_free_kbytes) {
        if (!settings.khugepaged || kernel_.behaviours.wmark_init_after_khugepaged) return min_free_kbytes;
        const WalkPath step(boot_.walk, "set_recommended_min_free_kbytes");
        settings.walk = boot_.walk;
        return zonecalc::set_recommended_min_free_kbytes(settings, zones_, min_free_kbytes);
    }

    u64 totalram() const { return walked_ + given_; }

    // Deferred initialisation goes on in the node's highest zone only.
    static std::optional<Pfn> never_initialised(const Node& node, const Zone& zone) {
        const Zone* highest = nullptr;
        for (const Zone& z : node.zones)
            if (z.populated()) highest = &z;
        return &zone == highest ? std::nullopt : node.first_deferred_pfn;
    }

    void note_never_handed_over() {
        u64 managed = 0;
        for (const ManagedZone& z : zones_) managed += z.managed;
        if (layout_.movable.path != MovablePath::mirror || managed >= walked_) return;
        boot_.handed_over.never = walked_ - managed;
        boot_.note(Note::Kind::kernel_bug, "mirror-deferred-memory-lost",
                   std::to_string(walked_ - managed) +
                       " pages are never handed over: deferred initialisation stops at the highest zone of a node, and "
                       "kernelcore=mirror makes two zones end together; 6.12 does so",
                   {.parameter = "kernelcore=mirror"});
    }

    // To the zone that holds the first page; the areas of interest lie in one each.
    void give(PhysAddr base, u64 bytes) {
        const u64 page = kernel_.page_size();
        if (bytes < page) return;
        const Pfn first = base / page;
        for (const EarlyRange& m : layout_.early_ranges) {
            if (!m.range.contains(first)) continue;
            const Node* node = layout_.node(m.node);
            for (std::size_t i = 0; node && i < zones_.size(); ++i) {
                const Zone* zone = zones_[i].node == node->id ? node->zone(zones_[i].type) : nullptr;
                if (!zone || first < zone->start_pfn || first >= zone->end_pfn()) continue;
                zones_[i].managed += bytes / page;
                given_ += bytes / page;
                return;
            }
        }
    }
    // What the board lists by this name, or what was computed.
    std::vector<PhysRange> reserved_as(std::string_view name) const {
        std::vector<PhysRange> out;
        for (const ReservedRange& r : boot_.board.reserved)
            if (r.name == name) out.push_back({r.base, r.base + r.size});
        if (boot_.early)
            for (const MemblockRegion& r : boot_.memblock.reserved.regions())
                if (r.name == name) out.push_back({r.base, r.end()});
        return out;
    }
    void give_image(u64 bytes) { give(kernel_image_base(boot_).value_or(boot_.memblock.start_of_DRAM()), bytes); }
    void give_initrd() {
        const u64 page = kernel_.page_size();
        for (const PhysRange& r : reserved_as("initrd")) give(r.begin, r.end / page * page - round_down(r.begin, page));
    }
    // gather_bootmem_prealloc(): they count as managed again.
    void give_gigantic_pages() {
        for (const std::string_view name : gigantic_page_names)
            for (const PhysRange& r : reserved_as(name)) give(r.begin, r.end - r.begin);
    }
    void give_cma(PageAllocator& allocator) {
        const std::vector<ManagedZone> before = allocator.managed_zones();
        for (const std::size_t i : allocator.cma_init_reserved_areas()) {
            CmaArea& area = layout_.cma_areas[i];
            area.given_up = true;
            boot_.message(MessageLevel::warning, "CMA area " + area.name + " could not be activated", "cma_activate_area");
        }
        const std::vector<ManagedZone> after = allocator.managed_zones();
        for (std::size_t i = 0; i < zones_.size(); ++i) {
            zones_[i].managed += after[i].managed - before[i].managed;
            given_ += after[i].managed - before[i].managed;
        }
    }

    // alternative_instructions(): one CPU that may get company keeps its table of lock prefixes.
    void give_smp_locks() {
        const CpuCount cpus = count_cpus(kernel_, boot_.board, boot_.cmdline);
        const bool freed = cpus.possible == 1 || (cpus.present > 1 && cpus.more_may_come);
        if (is_x86(kernel_.arch) && freed && boot_.board.image) give_image(boot_.board.image->smp_locks);
    }

    Boot& boot_;
    const Kernel& kernel_;
    Layout& layout_;
    std::vector<ManagedZone> zones_;
    u64 walked_ = 0;  // pages that memblock gave away
    u64 given_ = 0;   // pages that came later
};

}  // namespace

void mem_init_print_info(Boot& boot) {
    print_memory_line(boot, given_away(boot));
}

std::optional<PhysAddr> kernel_image_base(const Boot& boot) {
    for (const MemblockRegion& r : boot.layout.reserved)
        if (r.name == "kernel image") return r.base;
    if (!is_x86(boot.kernel.arch)) return std::nullopt;
    // A log does not name it, but only the image is of this size; KASLR puts it anywhere.
    const u64 size = boot.kernel.constant("__end_of_kernel_reserve") - boot.kernel.constant("_text");
    for (const ReservedRange& r : boot.board.reserved)
        if (size != 0 && r.size == size && r.base % (2 * MiB) == 0) return r.base;
    return LOAD_PHYSICAL_ADDR;
}

WatermarkSettings watermark_settings(const Kernel& kernel, const Board& board, const Cmdline& cmdline, const Layout& layout) {
    WatermarkSettings settings;
    settings.kernel = &kernel;
    settings.movable_zone = layout.movable.zone;
    settings.online_cpus = count_cpus(kernel, board, cmdline).online;
    const auto nodes = static_cast<std::size_t>(layout.nodes.empty() ? 1 : layout.nodes.back().id + 1);
    settings.cpus_of_node.assign(nodes, 0);
    unsigned elsewhere = 0;
    const NodeCpus node_cpus(kernel, board, layout);
    for (const BoardNode& n : board.nodes) {
        const auto online =
            static_cast<unsigned>(std::ranges::count_if(n.cpus, [&](u32 cpu) { return cpu < settings.online_cpus; }));
        const std::vector<int> counted_by = node_cpus.nodes_of(n.id);
        if (!counted_by.empty()) elsewhere += online;
        for (const int nid : counted_by) settings.cpus_of_node[static_cast<std::size_t>(nid)] += online;
    }
    // CPUs that no node claims are the first node's.
    settings.cpus_of_node.front() += settings.online_cpus - std::min(settings.online_cpus, elsewhere);
    return settings;
}

WatermarkSettings boot_cpu_alone(const WatermarkSettings& all) {
    WatermarkSettings alone = all;
    alone.online_cpus = 1;
    std::fill(alone.cpus_of_node.begin(), alone.cpus_of_node.end(), 0u);
    alone.cpus_of_node.front() = 1;
    return alone;
}

u64 vmalloc_page_tables(const Boot& boot) {
    const Kernel& kernel = boot.kernel;
    if (kernel.arch != Arch::x86_64 || !kernel.behaviours.x86_preallocates_vmalloc) return 0;
    const bool five_levels = pgtable_l5_enabled(boot.board, kernel, boot.cmdline);
    constexpr u64 TiB = u64{1} << 40;
    constexpr u64 VMALLOC_SIZE_L4 = 32 * TiB, VMALLOC_SIZE_L5 = 12800 * TiB;
    const u64 entries = five_levels ? VMALLOC_SIZE_L5 >> 48 : VMALLOC_SIZE_L4 >> 39;
    // kernel_randomize_memory() moves the area by whole entries of the next level's tables, so that it reaches into one table more.
    // Only one place in 512 is without effect.
    const u64 tables = entries + kaslr_memory_enabled(boot);
    // Percpu areas made of single pages lie in the vmalloc area and have brought one along.
    return tables - percpu_of_pages(boot);
}

void init_late(Boot& boot) {
    Late(boot).run();
}

}  // namespace zonecalc
