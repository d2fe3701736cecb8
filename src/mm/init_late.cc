// SPDX-License-Identifier: MIT
// Between the hand-over and init_per_zone_wmark_min() more memory reaches the page allocator: deferred struct pages
// (page_alloc_init_late()), the kernel's table of lock prefixes where it is of no use ("Freeing SMP alternatives memory"), and CMA areas,
// a core_initcall, which up to 5.8 comes after the watermarks. The watermarks are shared out by what is managed then; what is freed
// later (initrd, init sections) no longer counts.
//
// The "Memory:" line counts all that memblock has given away as the kernel's, deferred or not. Up to 6.8 it is printed right after the
// hand-over, and shows what is free; x86_64 has taken the page tables of the vmalloc area by then (5.8 and later).
//
// Not modelled: gigantic pages of hugetlb, EFI boot services memory, memory hot-added at start-up.
// Read beside it: mm/page_alloc.c, mm/mm_init.c mem_init_print_info(), mm/cma.c cma_init_reserved_areas(),
// arch/x86/kernel/alternative.c alternative_instructions(), arch/x86/mm/init_64.c preallocate_vmalloc_pages().
#include "mm/init_late.h"

#include "mm/memblock_free_all.h"

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

const Zone* zone_of(const Layout& layout, int nid, Pfn pfn) {
    for (const Node& node : layout.nodes) {
        if (nid != NUMA_NO_NODE && node.id != nid) continue;
        for (const Zone& zone : node.zones)
            if (zone.start_pfn <= pfn && pfn < zone.end_pfn()) return &zone;
    }
    return nullptr;
}

class Late {
public:
    explicit Late(Boot& boot) : boot_(boot), kernel_(boot.kernel), layout_(boot.layout) {
        for (const Node& node : layout_.nodes)
            for (const Zone& zone : node.zones) {
                zones_.push_back({node.id, zone.type, zone.present, zone.managed.value_or(0), {}, {}, {}});
                of_.push_back(&zone);
            }
    }

    void run() {
        add_deferred();
        u64 totalram = 0;
        for (const ManagedZone& z : zones_) totalram += z.managed;
        u64 cma = 0;
        for (const ReservedRange& r : boot_.board.reserved)
            if (r.cma) cma += r.size / kernel_.page_size();
        mem_init_print_info(totalram, cma);

        totalram += add_smp_locks();
        if (kernel_.behaviours.cma_before_wmark) totalram += add_cma();

        WatermarkSettings settings = watermark_settings(kernel_, boot_.board, layout_);
        settings.khugepaged = khugepaged_runs(boot_, totalram);
        layout_.min_free_kbytes = set_watermarks(settings, zones_);

        auto from = zones_.begin();
        for (Node& node : layout_.nodes) {
            for (Zone& zone : node.zones) {
                zone.watermark = from->watermark;
                zone.lowmem_reserve = from->lowmem_reserve;
                zone.pcp = from->pcp;
                ++from;
            }
        }
    }

private:
    void give(const Zone* zone, u64 pages) {
        for (std::size_t i = 0; i < of_.size(); ++i)
            if (of_[i] == zone) zones_[i].managed += pages;
    }

    // Each node's deferred memory lies in one zone, its last.
    void add_deferred() {
        for (const FreeRange& r : free_mem_pfn_ranges(kernel_, layout_)) {
            const Node* node = layout_.node(r.node);
            if (!node || !node->first_deferred_pfn) continue;
            const PfnRange late{std::max(r.range.begin, *node->first_deferred_pfn), r.range.end};
            if (late.empty()) continue;
            give(zone_of(layout_, node->id, late.begin), late.size());
        }
    }

    // alternative_instructions(): one CPU that may get company keeps the table.
    u64 add_smp_locks() {
        const Board& board = boot_.board;
        if (!is_x86(kernel_.arch) || !board.image) return 0;
        const u64 pages = board.image->smp_locks / kernel_.page_size();
        PhysAddr image = LOAD_PHYSICAL_ADDR;
        for (const ReservedRange& r : board.reserved)
            if (r.name.starts_with("kernel")) image = r.base;
        give(zone_of(layout_, NUMA_NO_NODE, image / kernel_.page_size()), pages);
        return pages;
    }

    u64 add_cma() {
        u64 pages = 0;
        for (const ReservedRange& r : boot_.board.reserved) {
            if (!r.cma) continue;
            const Pfn first = r.base / kernel_.page_size();
            for (const EarlyRange& m : layout_.early_ranges) {
                if (!m.range.contains(first)) continue;
                give(zone_of(layout_, m.node, first), r.size / kernel_.page_size());
                pages += r.size / kernel_.page_size();
                break;
            }
        }
        return pages;
    }

    void mem_init_print_info(u64 totalram, u64 cma) {
        MemoryLine line;
        u64 free = 0;
        u64 highmem = 0;
        for (const Node& node : layout_.nodes) {
            for (const Zone& zone : node.zones) {
                line.total += zone.present;
                free += zone.free_pages;
                if (zone.type == ZoneType::HighMem || (zone.type == ZoneType::Movable && layout_.movable.zone == ZoneType::HighMem))
                    highmem += zone.managed.value_or(0);
            }
        }
        line.cma = cma;
        line.reserved = line.total - std::min(line.total, totalram + cma);
        if (!kernel_.behaviours.memory_line_late) line.available = free;
        if (kernel_.highmem) line.highmem = highmem;
        line.image = boot_.board.image;
        layout_.memory_line = line;
    }

    Boot& boot_;
    const Kernel& kernel_;
    Layout& layout_;
    std::vector<ManagedZone> zones_;
    std::vector<const Zone*> of_;
};

}  // namespace

WatermarkSettings watermark_settings(const Kernel& kernel, const Board& board, const Layout& layout) {
    WatermarkSettings settings;
    settings.kernel = &kernel;
    settings.movable_zone = layout.movable.zone;
    settings.online_cpus = board.present_cpus.value_or(board.cpus.value_or(1));
    const auto nodes = static_cast<std::size_t>(layout.nodes.empty() ? 1 : layout.nodes.back().id + 1);
    settings.cpus_of_node.assign(nodes, 0);
    unsigned elsewhere = 0;
    for (const BoardNode& n : board.nodes) {
        if (n.id < 0 || static_cast<std::size_t>(n.id) >= nodes) continue;
        for (const u32 cpu : n.cpus) {
            if (cpu >= settings.online_cpus) continue;
            ++settings.cpus_of_node[static_cast<std::size_t>(n.id)];
            ++elsewhere;
        }
    }
    // CPUs that no node claims are the first node's.
    settings.cpus_of_node.front() += settings.online_cpus - std::min(settings.online_cpus, elsewhere);
    return settings;
}

void init_late(Boot& boot) { Late(boot).run(); }

}  // namespace zonecalc
