// SPDX-License-Identifier: MIT
// How many page tables the direct map takes, and from where.
//
// Memory is mapped in windows, from the top down: the first is the highest free 2 MiB, and each one is the largest that the tables
// already mapped can pay for (they grow by a factor of 256). A window maps the memory regions inside of it, with 1 GiB and 2 MiB
// leaves where the borders allow it, or where the whole leaf lies in one memory region. Tables come from a few pages in the brk
// area while they last, unless the window covers that very area, then from what is mapped already. With movable_node windows go up
// instead, from the end of the kernel image first.
//
// Only numbers count here: which gigabytes have a table of 2 MiB entries, which 2 MiB have a table of pages.
//
// i386 maps lowmem only. Its large pages are of 2 MiB with PAE and of 4 MiB without, never the first one; the tables above those of
// pages are part of the image, and so are tables for what the kernel has mapped since its first instructions.
//
// Where KASLR moves the direct map, the trampoline gets tables of its own. Not modelled: that a map at a random place may touch one
// more entry of the top level.
// Read beside it: init_mem_mapping(), split_mem_range(), alloc_low_pages() in arch/x86/mm/init.c, kernel_physical_mapping_init() in
// arch/x86/mm/init_64.c and init_32.c, init_trampoline_kaslr() in arch/x86/mm/kaslr.c.
#include "arch/x86_early.h"

namespace zonecalc::x86 {

namespace {

constexpr u64 PAGE = 4096;
constexpr u64 MiB = 1024 * 1024;
constexpr u64 PUD_SIZE = 1024 * MiB;
constexpr unsigned STEP_SIZE_SHIFT = 8;

struct Piece {
    PhysRange range;
    bool pmd_leaf = false, pud_leaf = false;
};

class DirectMap {
public:
    explicit DirectMap(Boot& boot)
        : boot_(boot),
          e_(*boot.early->x86),
          mb_(boot.early->allocator),
          i386_(boot.kernel.arch == Arch::i386),
          pmd_shift_(i386_ && !boot.kernel.pae ? 22 : 21),
          pmd_size_(u64{1} << pmd_shift_) {
        offset_ = i386_ ? boot.kernel.page_offset : boot.kernel.constant("PAGE_OFFSET");
        if (offset_ == 0) offset_ = i386_ ? 0xc0000000 : 0xffff888000000000;
        if (e_.la57) offset_ = 0xff11000000000000;
        pmd_leaves_ = !debug_pagealloc_enabled(boot) && boot.board.pse.value_or(true);
        pud_leaves_ = pmd_leaves_ && !i386_ && e_.gb_pages && !early_flag(boot, "nogbpages");
    }

    void run() {
        const PhysAddr end = (i386_ ? boot_.max_low_pfn : boot_.max_pfn) * PAGE;
        init_memory_mapping({0, MiB});
        if (kaslr_memory_enabled(boot_)) alloc_tables(e_.la57 ? 2 : 1);  // init_trampoline_kaslr()
        if (mb_.bottom_up) {
            const PhysAddr kernel_end = std::min(e_.end, end);
            memory_map_bottom_up(kernel_end, end);
            memory_map_bottom_up(MiB, kernel_end);
        } else {
            memory_map_top_down(MiB, end);
        }
    }

private:
    void memory_map_top_down(PhysAddr start, PhysAddr end) {
        if (end <= start) return;
        const auto probe = mb_.find_in_range_node(pmd_size_, pmd_size_, start, end, NUMA_NO_NODE, mb_.has_mirror);
        const PhysAddr real_end = probe ? *probe + pmd_size_ : std::max(start, round_down(end, pmd_size_));
        u64 step = pmd_size_;
        u64 mapped = 0;
        e_.max_mapped = 0;
        e_.min_mapped = real_end;
        for (PhysAddr last = real_end; last > start;) {
            const PhysAddr from = last > step ? std::max(round_down(last - 1, step), start) : start;
            mapped += init_range_memory_mapping({from, last});
            last = e_.min_mapped = from;
            step = next_step(step, mapped);
        }
        if (real_end < end) init_range_memory_mapping({real_end, end});
    }

    void memory_map_bottom_up(PhysAddr start, PhysAddr end) {
        u64 step = pmd_size_;
        u64 mapped = 0;
        for (e_.min_mapped = start; start < end;) {
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
            const PhysAddr next_brk = e_.brk_table_buffer.begin + e_.brk_tables_used * PAGE;
            e_.can_use_brk = std::max(part.begin, next_brk) >= std::min(part.end, e_.brk_table_buffer.end);
            init_memory_mapping(part);
            size += part.size();
            e_.can_use_brk = true;
        }
        return size;
    }

    void init_memory_mapping(PhysRange range) {
        PhysAddr last = 0;
        for (const Piece& p : split_mem_range(range)) last = kernel_physical_mapping_init(p);
        e_.mapped.push_back({range.begin, last});
        e_.max_mapped = std::max(e_.max_mapped, last);
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
        piece(std::min(i386_ && at == 0 ? pmd_size_ : round_up(at, pmd_size_), limit), false, false);
        if (!i386_) {
            piece(std::min(round_up(at, PUD_SIZE), round_down(limit, pmd_size_)), true, false);
            piece(round_down(limit, PUD_SIZE), true, true);
        }
        piece(round_down(limit, pmd_size_), true, false);
        piece(limit, false, false);
        for (Piece& p : pieces) {
            const auto whole = [&](u64 leaf) {
                const PhysRange leaves{round_down(p.range.begin, leaf), round_up(p.range.end, leaf)};
                return (!i386_ || leaves.end <= boot_.max_low_pfn * PAGE) && is_memory(leaves);
            };
            p.pmd_leaf = p.pmd_leaf || (pmd_leaves_ && whole(pmd_size_));
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
        u64 tables = 0;
        if (!i386_) {
            tables = puds_.add(index(p.range.begin, 39), index(last, 39));
            if (e_.la57) tables += p4ds_.add(index(p.range.begin, 48), index(last, 48));
            // Gigabytes that got a table before keep it.
            if (!p.pud_leaf) tables += pmds_.add(index(p.range.begin, 30), index(last, 30));
        }
        const bool gb_end = p.pud_leaf && !pmds_.has(index(last, 30));
        const u64 last_pmd = index(last, pmd_shift_);
        if (!p.pmd_leaf && !p.pud_leaf) tables += e_.pte_tables.add(index(p.range.begin, pmd_shift_), last_pmd);
        alloc_tables(tables);
        if (gb_end) return round_up(p.range.end, PUD_SIZE);
        if (i386_ && p.pmd_leaf) return p.range.end;
        if (p.pmd_leaf && !e_.pte_tables.has(last_pmd)) return round_up(p.range.end, pmd_size_);
        return round_up(p.range.end, PAGE);
    }

    // As many alloc_low_pages() for one page each.
    void alloc_tables(u64 pages) {
        if (e_.can_use_brk) {
            const u64 brk = std::min(pages, e_.brk_tables - e_.brk_tables_used);
            e_.brk_tables_used += brk;
            pages -= brk;
        }
        if (pages != 0 && mb_.phys_alloc_pages(pages, {e_.min_mapped, e_.max_mapped}, "page tables") != 0)
            throw OutOfEarlyMemory{"page tables of the direct map", pages * PAGE};
    }

    Boot& boot_;
    EarlyX86& e_;
    MemblockAllocator& mb_;
    bool i386_;
    unsigned pmd_shift_;
    u64 pmd_size_;
    IndexSet p4ds_, puds_, pmds_;
    PhysAddr offset_ = 0;
    bool pmd_leaves_ = true, pud_leaves_ = false;
};

}  // namespace

void alloc_low_pages(Boot& boot, u64 pages) {
    EarlyX86& e = *boot.early->x86;
    if (e.can_use_brk && e.brk_tables - e.brk_tables_used >= pages) {
        e.brk_tables_used += pages;
        return;
    }
    const EarlyRequest request{
        .name = "page tables", .size = pages * PAGE, .align = PAGE, .from = e.min_mapped, .below = e.max_mapped};
    if (e.min_mapped >= e.max_mapped || !boot.early->allocator.phys_alloc(request))
        throw OutOfEarlyMemory{"page tables", pages * PAGE};
}

void init_mem_mapping(Boot& boot) {
    const bool i386 = boot.kernel.arch == Arch::i386;
    if (i386) i386_initial_tables(boot);
    DirectMap(boot).run();
    if (i386) i386_fixmap_tables(boot);
}

}  // namespace zonecalc::x86
