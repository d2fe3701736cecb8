// SPDX-License-Identifier: MIT
// Struct pages exist for whole sections, memory need not fill them. What lies between is marked reserved, counted and reported.
//
//   4.19       reserved ranges outside memory, one line for the machine
//   4.20–5.11  the holes between memory regions and the tail behind the last, one line for the machine
//   5.12, 5.13 (and some 5.10.y, 5.11.y) the same zone by zone, with a tail to the end of the section for each: a line for a zone
//   5.14+      (and late 5.10.y) each hole goes to the node and zone of the range that follows it, the tail to the last one; a line
//   each
//
// A hole's page counts if the first pfn of its page block is valid. What makes a pfn valid is the memory model's business: a
// present section; on arm64 up to 5.15 and on arm memory itself.
//
// Read beside it: memmap_init(), init_unavailable_range() in mm/mm_init.c; zero_resv_unavail() and init_unavailable_mem() in
// mm/page_alloc.c of 4.19 and 5.x; pfn_valid() of the architecture.
#include "mm/unavailable.h"

namespace zonecalc {

namespace {

// Sorted, disjoint pfn ranges whose page blocks start with a valid pfn.
class ValidPfns {
public:
    explicit ValidPfns(const Boot& boot) {
        const Kernel& kernel = boot.kernel;
        const u64 page = kernel.page_size();
        const u64 block = kernel.pageblock_nr_pages();
        const bool by_memory =
            (kernel.arch == Arch::arm64 && kernel.behaviours.arm64_pfn_valid_is_memblock) || kernel.arch == Arch::arm;
        for (const MemblockRegion& r : boot.memblock.memory.regions()) {
            if (by_memory && r.flags & MEMBLOCK_NOMAP) continue;
            const PfnRange pfns = by_memory ? PfnRange{div_round_up(r.base, page), r.end() / page}
                                            : PfnRange{r.base / page, div_round_up(r.end(), page)};
            if (pfns.empty()) continue;
            if (!by_memory) {
                if (!kernel.sparse()) continue;
                const u64 section = kernel.pages_per_section();
                add({round_down(pfns.begin, section), round_up(pfns.end, section)});
            } else if (kernel.arch == Arch::arm && kernel.behaviours.arm_pfn_valid_by_pageblock) {
                add({round_down(pfns.begin, block), round_up(pfns.end, block)});
            } else {
                add({round_up(pfns.begin, block), round_up(pfns.end, block)});
            }
        }
        // FLATMEM outside arm: one map, from pfn 0 on x86, up to max_mapnr (i386 with highmem=512M shows that it is not memory's
        // end).
        if (!by_memory && !kernel.sparse())
            add({is_x86(kernel.arch) ? 0 : boot.memblock.start_of_DRAM() / page, round_up(boot.max_pfn, block)});
    }

    u64 count(PfnRange hole) const {
        u64 pages = 0;
        for (const PfnRange& r : ranges_) pages += intersection(r, hole).size();
        return pages;
    }

private:
    void add(PfnRange r) {
        if (r.empty()) return;
        if (!ranges_.empty() && r.begin <= ranges_.back().end)
            ranges_.back().end = std::max(ranges_.back().end, r.end);
        else
            ranges_.push_back(r);
    }

    std::vector<PfnRange> ranges_;
};

void per_zone(Boot& boot, const ValidPfns& valid) {
    const Kernel& kernel = boot.kernel;
    Layout& layout = boot.layout;
    if (layout.early_ranges.empty()) return;

    Pfn hole = 0;
    ZoneType last_zone = kernel.has_zone(ZoneType::DMA)     ? ZoneType::DMA
                         : kernel.has_zone(ZoneType::DMA32) ? ZoneType::DMA32
                                                            : ZoneType::Normal;
    const auto report = [&](PfnRange range, int nid, ZoneType zone) {
        if (const u64 pages = valid.count(range)) layout.unavailable.push_back({nid, zone, pages});
    };
    for (const EarlyRange& r : layout.early_ranges) {
        const Node* node = layout.node(r.node);
        if (!node) continue;
        for (const Zone& z : node->zones) {
            if (!z.populated()) continue;
            last_zone = z.type;
            const PfnRange part = intersection(r.range, {z.start_pfn, z.end_pfn()});
            if (part.empty()) continue;
            if (hole < part.begin) report({hole, part.begin}, node->id, z.type);
            hole = part.end;
        }
    }
    const EarlyRange& last = layout.early_ranges.back();
    Pfn end = last.range.end;
    if (kernel.sparse())
        end = round_up(end, kernel.pages_per_section());
    else if (kernel.behaviours.flatmem_tail_unavailable)
        end = round_up(end, kernel.max_order_nr_pages());
    if (hole < end) report({hole, end}, last.node, last_zone);
}

// memmap_init() of 5.12. A zone that ends inside a section counts the pages of the zones above it in that section too.
void zone_totals(Boot& boot, const ValidPfns& valid) {
    const Kernel& kernel = boot.kernel;
    Pfn hole = 0;
    for (const Node& node : boot.layout.nodes) {
        for (const Zone& z : node.zones) {
            if (z.spanned == 0) continue;
            u64 pages = 0;
            for (const EarlyRange& r : boot.layout.early_ranges) {
                if (r.node != node.id) continue;
                const Pfn begin = std::clamp(r.range.begin, z.start_pfn, z.end_pfn());
                if (hole < begin) pages += valid.count({hole, begin});
                hole = std::clamp(r.range.end, z.start_pfn, z.end_pfn());
            }
            if (kernel.sparse()) pages += valid.count({hole, round_up(z.end_pfn(), kernel.pages_per_section())});
            if (pages != 0) boot.layout.unavailable.push_back({node.id, z.type, pages});
        }
    }
}

// Holes between regions that the kernel maps; the tail goes to the end of the section.
u64 zeroed(const Boot& boot, const ValidPfns& valid) {
    const Kernel& kernel = boot.kernel;
    const u64 page = kernel.page_size();
    PhysAddr next = 0;
    u64 pages = 0;
    for (const MemblockRegion& r : boot.memblock.memory.regions()) {
        if (r.flags & MEMBLOCK_NOMAP || (boot.movable_node_enabled && r.flags & MEMBLOCK_HOTPLUG)) continue;
        if (next < r.base) pages += valid.count({next / page, div_round_up(r.base, page)});
        next = r.end();
    }
    const Pfn tail = kernel.behaviours.zeroed_tail_to_section_end && kernel.sparse()
                         ? round_up(boot.max_pfn, kernel.pages_per_section())
                         : boot.max_pfn;
    return pages + valid.count({next / page, tail});
}

u64 reserved_but_unavailable(const Boot& boot, const ValidPfns& valid) {
    const u64 page = boot.kernel.page_size();
    RegionList outside;
    for (const MemblockRegion& r : boot.memblock.reserved.regions()) outside.add(r.base, r.size);
    for (const MemblockRegion& r : boot.memblock.memory.regions()) outside.remove(r.base, r.size);
    u64 pages = 0;
    for (const MemblockRegion& r : outside.regions()) pages += valid.count({r.base / page, div_round_up(r.end(), page)});
    return pages;
}

}  // namespace

void init_unavailable_ranges(Boot& boot) {
    const ValidPfns valid(boot);
    switch (boot.kernel.behaviours.unavailable_ranges) {
        case UnavailableRanges::silent:
            break;
        case UnavailableRanges::reserved_but_unavailable:
            boot.layout.unavailable_pages = reserved_but_unavailable(boot, valid);
            break;
        case UnavailableRanges::zeroed_struct_page:
            boot.layout.unavailable_pages = zeroed(boot, valid);
            break;
        case UnavailableRanges::zone_total:
            zone_totals(boot, valid);
            break;
        case UnavailableRanges::per_zone:
            per_zone(boot, valid);
            break;
    }
}

}  // namespace zonecalc
