// SPDX-License-Identifier: MIT
// The memmap of SPARSEMEM_VMEMMAP kernels, as early allocations.
//
// Sections that hold memory get a struct mem_section: an array of roots for all sections that can exist, and one page of sections
// for each root in use. Runs of sections of one node then get usage bits, one buffer for all memmaps of the run, and page tables
// for the part of vmemmap that the run is the first to touch. A leaf of vmemmap is 2 MiB; on arm64 with pages of 16 or 64 KiB it is
// a page, while the buffer still has as much for each section as a block would map, 32 or 512 MiB: with the latter there is no
// place for it, and every page of a memmap is an allocation.
//
// Up to 5.4 the buffer is aligned to pages only: its first leaf starts at the next 2 MiB border, so that the last leaf no longer
// fits and is allocated on its own, and what is left of the buffer is given back (its head is lost before 5.4). Usage bits are
// wanted in the section of their node's data (up to 6.19, with memory hot-remove), because memory with that section's usage bits
// cannot be taken out.
//
// Not modelled: memmaps whose section's share is no multiple of 2 MiB, SPARSEMEM without VMEMMAP, memmaps on the memory itself.
// Read beside it: mm/sparse.c, mm/sparse-vmemmap.c, vmemmap_populate() in arch/x86/mm/init_64.c.
#include <set>

#include "mm/boot.h"

namespace zonecalc {

namespace {

constexpr u64 VA_MASK = (u64{1} << 60) - 1;  // what tables are found by, and room so that no sum of addresses wraps

struct Run {
    int nid = 0;
    std::vector<Range<u64>> sections;  // ascending, apart
    u64 count = 0;
};

// subsections, usage bits and what the release keeps beside them
u64 usage_size(const Kernel& kernel) {
    const u64 bits_of_block = kernel.constant("NR_PAGEBLOCK_BITS");
    const u64 blocks = kernel.pages_per_section() >> kernel.pageblock_order;
    return kernel.size_of("mem_section_usage") + div_round_up(blocks * bits_of_block, 64) * 8;
}

// mminit_validate_memmodel_limits(): memory by page frames, as far as sections can exist.
std::vector<EarlyRange> memory_in_sections(const Boot& boot) {
    const Pfn limit = Pfn{1} << (boot.early->max_physmem_bits - boot.kernel.page_shift);
    std::vector<EarlyRange> out = mem_pfn_ranges(boot.memblock.memory, boot.kernel.page_shift);
    for (EarlyRange& r : out) r.range = intersection(r.range, PfnRange{0, limit});
    std::erase_if(out, [](const EarlyRange& r) { return r.range.empty(); });
    return out;
}

// A section is of the node that has memory in it first.
std::vector<Run> runs_of_sections(const Boot& boot) {
    const u64 per_section = boot.kernel.pages_per_section();
    std::vector<Run> runs;
    u64 next = 0;
    for (const EarlyRange& r : memory_in_sections(boot)) {
        const Range<u64> sections{std::max(r.range.begin / per_section, next), div_round_up(r.range.end, per_section)};
        if (sections.empty()) continue;
        if (runs.empty() || runs.back().nid != r.node) runs.push_back({r.node, {}, 0});
        runs.back().sections.push_back(sections);
        runs.back().count += sections.size();
        next = sections.end;
    }
    return runs;
}

// memblocks_present(), memory_present() before: roots, and a page of sections for each one in use.
void memblocks_present(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    MemblockAllocator& mb = boot.early->allocator;
    const u64 page = kernel.page_size();
    const u64 per_root = page / std::max<u64>(kernel.size_of("mem_section"), 1);
    const u64 roots = (u64{1} << (boot.early->max_physmem_bits - kernel.section_size_bits)) / std::max<u64>(per_root, 1);
    mb.alloc_or_panic({.name = "section roots", .size = roots * 8, .align = SMP_CACHE_BYTES});
    u64 next = 0;  // root
    for (const EarlyRange& r : memory_in_sections(boot)) {
        const u64 first = std::max(r.range.begin / kernel.pages_per_section() / per_root, next);
        const u64 end = (r.range.end - 1) / kernel.pages_per_section() / per_root + 1;
        if (first >= end) continue;
        mb.alloc_each_or_panic({.name = "sections", .size = page, .align = SMP_CACHE_BYTES, .nid = r.node}, end - first);
        next = end;
    }
}

// sparse_early_usemaps_alloc_pgdat_section()
void alloc_usage(Boot& boot, const Run& run) {
    MemblockAllocator& mb = boot.early->allocator;
    EarlyRequest request{
        .name = "section usage", .size = run.count * usage_size(boot.kernel), .align = SMP_CACHE_BYTES, .nid = run.nid};
    if (boot.kernel.behaviours.early_usage_near_pgdat && boot.kernel.config_enabled("MEMORY_HOTREMOVE")) {
        const u64 section = boot.kernel.pages_per_section() * boot.kernel.page_size();
        // The node of that section's first page: not always this one, and no node at all where it is a hole. What is not online has
        // no node data yet: its NULL is an address beyond all memory.
        request.nid = boot.online_nodes.empty() ? NUMA_NO_NODE : boot.online_nodes.front();
        const auto data = boot.early->node_data.find(run.nid);
        if (data != boot.early->node_data.end()) {
            request.from = round_down(data->second, section);
            request.below = request.from + section;
            for (const EarlyRange& r : mem_pfn_ranges(boot.memblock.memory, boot.kernel.page_shift))
                if (r.range.contains(request.from >> boot.kernel.page_shift)) request.nid = r.node;
            if (mb.alloc(request)) return;
            request.below = 0;
        }
    }
    mb.alloc_or_panic(request);
}

// Which table of each level maps an address.
struct TableIndices {
    TableIndices(u64 va, unsigned page_shift)
        : p4d(page_shift > 15 ? 0 : va >> (5 * page_shift - 12)),
          pud(va >> (4 * page_shift - 9)),
          pmd(va >> (3 * page_shift - 6)),
          pte(va >> (2 * page_shift - 3)) {}
    u64 p4d, pud, pmd, pte;
};

// What of the vmemmap has page tables.
struct VmemmapTables {
    std::set<u64> p4ds, puds, pmds, ptes;
};

class Populate {
public:
    Populate(Boot& boot, VmemmapTables& tables, const Run& run)
        : boot_(boot),
          mb_(boot.early->allocator),
          tables_(tables),
          run_(run),
          page_shift_(boot.kernel.page_shift),
          leaf_(page_shift_ == 12 ? PMD_SIZE(page_shift_) : boot.kernel.page_size()) {}

    void run() {
        const Kernel& kernel = boot_.kernel;
        const u64 map = kernel.pages_per_section() * kernel.size_of("page");
        const bool aligned = kernel.behaviours.early_sparse_aligned;
        const u64 share = round_up(map, PMD_SIZE(page_shift_));
        const u64 bytes = share * run_.count;
        const auto buffer = mb_.alloc({.name = "memmap",
                                       .size = bytes,
                                       .align = aligned ? share : kernel.page_size(),
                                       .from = boot_.early->dma_address,
                                       .nid = run_.nid,
                                       .exact_nid = aligned});
        if (buffer) {
            start_ = *buffer;
            at_ = round_up(*buffer, leaf_);
            end_ = *buffer + bytes;
        }
        for (const Range<u64>& sections : run_.sections) {
            const u64 va = (boot_.early->vmemmap + sections.begin * map) & VA_MASK;
            map_range(va, va + sections.size() * map);
        }
        // sparse_buffer_fini()
        const PhysAddr rest = head_pending_ ? start_ : at_;
        if (buffer && end_ > rest) mb_.free(rest, end_ - rest);
    }

private:
    static u64 PMD_SIZE(unsigned page_shift) { return u64{1} << (2 * page_shift - 3); }

    // Tables come before the leaf that is the first to need them.
    void map_range(u64 begin, u64 end) {
        const unsigned bits = page_shift_ - 3;  // of an address that a table is for
        const unsigned levels = boot_.early->levels;
        const bool pages = leaf_ == boot_.kernel.page_size();
        const unsigned lowest = page_shift_ + (pages ? 1 : 2) * bits;
        for (u64 va = begin; va < end;) {
            const TableIndices at(va, page_shift_);
            table(tables_.p4ds, at.p4d, levels >= 5);
            table(tables_.puds, at.pud, levels >= 4);
            table(tables_.pmds, at.pmd, levels >= 3);
            table(tables_.ptes, at.pte, pages);
            const u64 stop = std::min(end, ((va >> lowest) + 1) << lowest);
            leaves(div_round_up(stop - va, leaf_));
            va = stop;
        }
    }
    void table(std::set<u64>& known, u64 index, bool exists) {
        if (exists && known.insert(index).second) raw(boot_.kernel.page_size(), "vmemmap page tables");
    }
    void leaves(u64 count) {
        const u64 fit = end_ > at_ ? std::min(count, (end_ - at_) / leaf_) : 0;
        if (fit != 0 && head_pending_) {
            head_pending_ = false;
            if (at_ > start_ && boot_.kernel.behaviours.early_sparse_head_freed) mb_.free(start_, at_ - start_);
        }
        at_ += fit * leaf_;
        if (leaf_ == boot_.kernel.page_size()) return raw_pages(count - fit);
        for (u64 i = fit; i < count; ++i) raw(leaf_, "memmap");
    }
    void raw(u64 size, std::string_view name) {
        mb_.alloc_or_panic({.name = name, .size = size, .align = size, .from = boot_.early->dma_address, .nid = run_.nid});
    }

    // Of the node while it has room; without a lower bound in the end.
    void raw_pages(u64 count) {
        const PhysRange all{boot_.early->dma_address, mb_.current_limit};
        count = mb_.phys_alloc_pages(count, all, "memmap", run_.nid);
        count = mb_.phys_alloc_pages(count, all, "memmap");
        count = mb_.phys_alloc_pages(count, {0, mb_.current_limit}, "memmap");
        if (count != 0) throw OutOfEarlyMemory{"memmap", boot_.kernel.page_size()};
    }

    Boot& boot_;
    MemblockAllocator& mb_;
    VmemmapTables& tables_;
    const Run& run_;
    const unsigned page_shift_;
    const u64 leaf_;
    PhysAddr start_ = 0, at_ = 0, end_ = 0;  // the buffer, and its next leaf
    bool head_pending_ = true;
};

}  // namespace

void sparse_init(Boot& boot) {
    const WalkPath caller(boot.kernel.behaviours.early_sparse_in_free_area_init ? boot.walk : nullptr, "free_area_init");
    const WalkStep step(boot.walk, "sparse_init");
    if (boot.kernel.memory_model != MemoryModel::sparsemem_vmemmap) return;
    memblocks_present(boot);
    VmemmapTables tables;
    if (boot.early->vmemmap_mapped) {
        const u64 va = *boot.early->vmemmap_mapped & VA_MASK;
        const TableIndices at(va, boot.kernel.page_shift);
        tables = {{at.p4d}, {at.pud}, {at.pmd}, {at.pte}};
    }
    for (const Run& run : runs_of_sections(boot)) {
        alloc_usage(boot, run);
        Populate(boot, tables, run).run();
    }
}

}  // namespace zonecalc
