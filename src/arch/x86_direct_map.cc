// SPDX-License-Identifier: MIT
// How many page tables the direct map of x86_64 takes, and from where.
//
// Memory is mapped in windows, from the top down: the first is the highest free 2 MiB, and each one is the largest that the tables
// already mapped can pay for (they grow by a factor of 256). A window maps the memory regions inside of it, with 1 GiB and 2 MiB
// leaves where the borders allow it, or where the whole leaf lies in one memory region. Tables come from a few pages in the brk
// area while they last, unless the window covers that very area, then from what is mapped already. With movable_node windows go up
// instead, from the end of the kernel image first.
//
// Only numbers count here: which gigabytes have a table of 2 MiB entries, which 2 MiB have a table of pages.
//
// Not modelled: KASLR of the direct map's base, debug_pagealloc.
// Read beside it: init_mem_mapping(), split_mem_range(), alloc_low_pages() in arch/x86/mm/init.c, kernel_physical_mapping_init() in
// arch/x86/mm/init_64.c.
#include "arch/x86_early.h"

namespace zonecalc::x86 {

namespace {

constexpr u64 PAGE = 4096;
constexpr u64 MiB = 1024 * 1024;
constexpr u64 PMD_SIZE = 2 * MiB;
constexpr u64 PUD_SIZE = 1024 * MiB;
constexpr unsigned STEP_SIZE_SHIFT = 8;

struct Piece {
    PhysRange range;
    bool pmd_leaf = false, pud_leaf = false;
};

// Indices, as ranges; says how many are new.
class IndexSet {
public:
    u64 add(u64 first, u64 last) {
        const u64 before = set_.total_size();
        set_.add(first, last - first + 1);
        return set_.total_size() - before;
    }
    bool has(u64 index) const { return set_.overlaps(index, 1); }

private:
    RegionList set_;
};

class DirectMap {
public:
    explicit DirectMap(Boot& boot) : boot_(boot), e_(*boot.early->x86), mb_(boot.early->allocator), mapped_(e_.mapped) {
        offset_ = boot.kernel.constant("PAGE_OFFSET");
        if (offset_ == 0) offset_ = 0xffff888000000000;
        if (e_.la57) offset_ = 0xff11000000000000;
        const bool debug_pagealloc = boot.kernel.config_enabled("DEBUG_PAGEALLOC") && early_flag(boot, "debug_pagealloc");
        pmd_leaves_ = !debug_pagealloc;
        pud_leaves_ = pmd_leaves_ && e_.gb_pages && !early_flag(boot, "nogbpages");
    }

    void run() {
        const PhysAddr end = boot_.max_pfn * PAGE;
        init_memory_mapping({0, MiB});
        if (mb_.bottom_up) {
            const PhysAddr kernel_end = std::min(e_.end, end);
            memory_map_bottom_up(kernel_end, end);
            memory_map_bottom_up(MiB, kernel_end);
        } else {
            memory_map_top_down(MiB, end);
        }
        e_.max_mapped = max_mapped_;
    }

private:
    void memory_map_top_down(PhysAddr start, PhysAddr end) {
        if (end <= start) return;
        const auto probe = mb_.find_in_range_node(PMD_SIZE, PMD_SIZE, start, end, NUMA_NO_NODE, mb_.has_mirror);
        const PhysAddr real_end = probe ? *probe + PMD_SIZE : std::max(start, round_down(end, PMD_SIZE));
        u64 step = PMD_SIZE;
        u64 mapped = 0;
        max_mapped_ = 0;
        min_mapped_ = real_end;
        for (PhysAddr last = real_end; last > start;) {
            const PhysAddr from = last > step ? std::max(round_down(last - 1, step), start) : start;
            mapped += init_range_memory_mapping({from, last});
            last = min_mapped_ = from;
            step = next_step(step, mapped);
        }
        if (real_end < end) init_range_memory_mapping({real_end, end});
    }

    void memory_map_bottom_up(PhysAddr start, PhysAddr end) {
        u64 step = PMD_SIZE;
        u64 mapped = 0;
        for (min_mapped_ = start; start < end;) {
            const PhysAddr next = end - start > step ? std::min(round_up(start + 1, step), end) : end;
            mapped += init_range_memory_mapping({start, next});
            start = next;
            step = next_step(step, mapped);
        }
    }

    static u64 next_step(u64 step, u64 mapped) { return mapped >= step && step < u64{1} << 55 ? step << STEP_SIZE_SHIFT : step; }

    // Maps what of the window is memory; its size.
    u64 init_range_memory_mapping(PhysRange window) {
        u64 size = 0;
        const std::vector<MemblockRegion> regions = mb_.memory().regions();
        for (const MemblockRegion& r : regions) {
            const PhysRange part = intersection(PhysRange{round_up(r.base, PAGE), round_down(r.end(), PAGE)}, window);
            if (part.empty()) continue;
            const PhysAddr next_brk = e_.brk_table_buffer.begin + brk_used_ * PAGE;
            can_use_brk_ = std::max(part.begin, next_brk) >= std::min(part.end, e_.brk_table_buffer.end);
            init_memory_mapping(part);
            size += part.size();
            can_use_brk_ = true;
        }
        return size;
    }

    void init_memory_mapping(PhysRange range) {
        PhysAddr last = 0;
        for (const Piece& p : split_mem_range(range)) last = kernel_physical_mapping_init(p);
        mapped_.push_back({range.begin, last});
        max_mapped_ = std::max(max_mapped_, last);
    }

    bool is_memory(PhysRange r) const {
        for (const MemblockRegion& m : mb_.memory().regions())
            if (m.base <= r.begin && r.begin < m.end()) return m.end() >= r.end;
        return false;
    }

    std::vector<Piece> split_mem_range(PhysRange range) const {
        std::vector<Piece> pieces;
        const PhysAddr limit = round_down(range.end, PAGE);
        PhysAddr at = round_down(range.begin, PAGE);
        const auto piece = [&](PhysAddr end, bool pmd, bool pud) {
            if (at >= end) return;
            pieces.push_back({{at, end}, pmd && pmd_leaves_, pud && pud_leaves_});
            at = end;
        };
        piece(std::min(round_up(at, PMD_SIZE), limit), false, false);
        piece(std::min(round_up(at, PUD_SIZE), round_down(limit, PMD_SIZE)), true, false);
        piece(round_down(limit, PUD_SIZE), true, true);
        piece(round_down(limit, PMD_SIZE), true, false);
        piece(limit, false, false);
        for (Piece& p : pieces) {
            const auto whole = [&](u64 leaf) { return is_memory({round_down(p.range.begin, leaf), round_up(p.range.end, leaf)}); };
            p.pmd_leaf = p.pmd_leaf || (pmd_leaves_ && whole(PMD_SIZE));
            p.pud_leaf = p.pud_leaf || (pud_leaves_ && whole(PUD_SIZE));
        }
        std::vector<Piece> joined;
        for (const Piece& p : pieces) {
            if (!joined.empty() && joined.back().range.end == p.range.begin && joined.back().pmd_leaf == p.pmd_leaf &&
                joined.back().pud_leaf == p.pud_leaf)
                joined.back().range.end = p.range.end;
            else
                joined.push_back(p);
        }
        return joined;
    }

    // Returns the end of what is mapped, which may lie behind the piece's end.
    PhysAddr kernel_physical_mapping_init(const Piece& p) {
        const auto index = [&](PhysAddr a, unsigned shift) { return (a + offset_) >> shift; };
        const PhysAddr last = p.range.end - 1;
        u64 tables = puds_.add(index(p.range.begin, 39), index(last, 39));
        if (e_.la57) tables += p4ds_.add(index(p.range.begin, 48), index(last, 48));
        // Gigabytes that got a table before keep it.
        const u64 first_gb = p.range.begin >> 30;
        const u64 last_gb = last >> 30;
        if (!p.pud_leaf) tables += pmds_.add(first_gb, last_gb);
        const bool gb_end = p.pud_leaf && !pmds_.has(last_gb);
        if (!p.pmd_leaf && !p.pud_leaf) tables += ptes_.add(p.range.begin >> 21, last >> 21);
        alloc_low_pages(tables);
        if (gb_end) return round_up(p.range.end, PUD_SIZE);
        if (p.pmd_leaf && !ptes_.has(last >> 21)) return round_up(p.range.end, PMD_SIZE);
        return round_up(p.range.end, PAGE);
    }

    void alloc_low_pages(u64 pages) {
        if (can_use_brk_) {
            const u64 brk = std::min(pages, e_.brk_tables - brk_used_);
            brk_used_ += brk;
            pages -= brk;
        }
        if (pages != 0 && !mb_.phys_alloc_pages(pages, {min_mapped_, max_mapped_}, "page tables"))
            throw OutOfEarlyMemory{"page tables of the direct map", pages * PAGE};
    }

    Boot& boot_;
    EarlyX86& e_;
    MemblockAllocator& mb_;
    std::vector<PhysRange>& mapped_;
    IndexSet p4ds_, puds_, pmds_, ptes_;
    PhysAddr offset_ = 0;
    PhysAddr min_mapped_ = 0, max_mapped_ = 0;
    u64 brk_used_ = 0;
    bool pmd_leaves_ = true, pud_leaves_ = false, can_use_brk_ = true;
};

}  // namespace

void init_mem_mapping(Boot& boot) {
    DirectMap(boot).run();
}

}  // namespace zonecalc::x86
