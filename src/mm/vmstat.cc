// SPDX-License-Identifier: MIT
// How many pageblocks of each type a zone has.
//
// The kernel goes through a zone in steps of a pageblock, from the zone's first pfn on wherever that lies in its pageblock, and
// counts the type at each pfn that has a struct page of this zone. Holes have struct pages too, where their section has memory:
// up to 5.7 the memmap walk gives them to the zone that spans them; later they are zeroed, which reads as the first zone of node 0;
// since 5.12 (and late 5.10.y) they belong to the zone of the memory that follows.
//
// Read beside it: mm/vmstat.c pagetypeinfo_showblockcount_print(); pfn_to_online_page(); mm/mm_init.c init_unavailable_range().
#include "mm/vmstat.h"

#include <algorithm>

namespace zonecalc {

namespace {

constexpr u64 subsection_bytes = u64{2} << 20;

void add(std::vector<PfnRange>& ranges, PfnRange r) {
    if (r.empty()) return;
    if (!ranges.empty() && r.begin <= ranges.back().end)
        ranges.back().end = std::max(ranges.back().end, r.end);
    else
        ranges.push_back(r);
}

class StructPages {
public:
    explicit StructPages(const Buddy& buddy) : buddy_(buddy), kernel_(buddy.kernel()), layout_(buddy.layout()) { find_valid(); }

    // Ascending, disjoint.
    std::vector<PfnRange> of(const BuddyZone& zone) const {
        std::vector<PfnRange> out = buddy_.pages_of(zone);
        if (zone.span.empty()) return out;
        Pfn at = zone.span.begin;
        for (std::size_t i = 0; i <= layout_.early_ranges.size() && at < zone.span.end; ++i) {
            const bool last = i == layout_.early_ranges.size();
            const Pfn end = last ? zone.span.end : std::min(layout_.early_ranges[i].range.begin, zone.span.end);
            if (at < end && owns_hole(zone, end, last)) {
                for (const PfnRange& v : valid_) {
                    const PfnRange part = intersection(v, {at, end});
                    if (!part.empty()) out.push_back(part);
                }
            }
            if (!last) at = std::max(at, layout_.early_ranges[i].range.end);
        }
        std::sort(out.begin(), out.end(), [](const PfnRange& a, const PfnRange& c) { return a.begin < c.begin; });
        return out;
    }

private:
    // Whose are the struct pages of a hole that ends at `end`, inside of the zone's span?
    bool owns_hole(const BuddyZone& zone, Pfn end, bool last) const {
        switch (kernel_.behaviours.unavailable_ranges) {
            case UnavailableRanges::zone_total:
            case UnavailableRanges::per_zone: {
                if (last) return true;
                const auto pages = buddy_.pages_of(zone);
                return end == zone.span.end ||
                       std::any_of(pages.begin(), pages.end(), [&](const PfnRange& r) { return r.contains(end); });
            }
            default:
                if (kernel_.behaviours.memmap_walk == MemmapWalk::zone_span) return true;
                return &zone == &buddy_.zones().front();
        }
    }

    void find_valid() {
        const u64 page = kernel_.page_size();
        const bool memory_only = kernel_.arch == Arch::arm64 && kernel_.behaviours.arm64_pfn_valid_is_memblock;
        const bool flat = !kernel_.sparse();
        u64 unit = 1;
        if (kernel_.arch == Arch::arm)
            unit = kernel_.behaviours.arm_pfn_valid_by_pageblock ? kernel_.pageblock_nr_pages() : 1;
        else if (!flat && !memory_only)
            unit = kernel_.behaviours.online_by_subsection && kernel_.memory_model == MemoryModel::sparsemem_vmemmap
                       ? std::max<u64>(subsection_bytes / page, 1)
                       : kernel_.pages_per_section();
        for (const MemblockRegion& r : layout_.memory) {
            if ((memory_only || kernel_.arch == Arch::arm) && r.flags & MEMBLOCK_NOMAP) continue;
            const PfnRange pfns{div_round_up(r.base, page), r.end() / page};
            if (!pfns.empty()) add(valid_, {round_down(pfns.begin, unit), round_up(pfns.end, unit)});
        }
        if (flat && kernel_.arch != Arch::arm && !valid_.empty()) valid_ = {{valid_.front().begin, valid_.back().end}};
    }

    const Buddy& buddy_;
    const Kernel& kernel_;
    const Layout& layout_;
    std::vector<PfnRange> valid_;
};

}  // namespace

PageblockCounts pagetypeinfo_showblockcount(const Buddy& buddy, const BuddyZone& zone, std::optional<Pfn> deferred) {
    PageblockCounts counts{};
    const u64 block = buddy.kernel().pageblock_nr_pages();
    for (PfnRange r : StructPages(buddy).of(zone)) {
        if (deferred) r.end = std::min(r.end, *deferred);
        r = intersection(r, zone.span);
        if (r.empty()) continue;
        Pfn pfn = zone.span.begin + round_up(r.begin - zone.span.begin, block);
        while (pfn < r.end) {
            const Pfn until = std::min(r.end, buddy.pageblocks(zone).same_until(pfn));
            const u64 n = std::max<u64>(div_round_up(until - pfn, block), 1);
            counts[static_cast<std::size_t>(buddy.pageblock_type(zone, pfn))] += n;
            pfn += n * block;
        }
    }
    return counts;
}

}  // namespace zonecalc
