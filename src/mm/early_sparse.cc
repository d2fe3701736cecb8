// SPDX-License-Identifier: MIT
// The memmap of SPARSEMEM_VMEMMAP kernels, as early allocations.
//
// Sections that hold memory get a struct mem_section: an array of roots for all sections that can exist, and one page of sections
// for each root in use. Runs of sections of one node then get usage bits, one buffer for all memmaps of the run, and page tables
// for the part of vmemmap that the run is the first to touch. A leaf of vmemmap is 2 MiB.
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

constexpr u64 SMP_CACHE_BYTES = 64;
constexpr u64 LEAF = 2 * 1024 * 1024;
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
    std::optional<u64> last;
    for (const EarlyRange& r : memory_in_sections(boot)) {
        const u64 first_root = r.range.begin / kernel.pages_per_section() / per_root;
        const u64 last_root = (r.range.end - 1) / kernel.pages_per_section() / per_root;
        for (u64 root = last ? std::max(first_root, *last + 1) : first_root; root <= last_root; ++root) {
            mb.alloc_or_panic({.name = "sections", .size = page, .align = SMP_CACHE_BYTES, .nid = r.node});
            last = root;
        }
    }
}

// sparse_early_usemaps_alloc_pgdat_section()
void alloc_usage(Boot& boot, const Run& run) {
    MemblockAllocator& mb = boot.early->allocator;
    EarlyRequest request{
        .name = "section usage", .size = run.count * usage_size(boot.kernel), .align = SMP_CACHE_BYTES, .nid = run.nid};
    if (boot.kernel.behaviours.early_usage_near_pgdat && boot.kernel.config_enabled("MEMORY_HOTREMOVE")) {
        const u64 section = boot.kernel.pages_per_section() * boot.kernel.page_size();
        const auto data = boot.early->node_data.find(run.nid);
        request.from = round_down(data == boot.early->node_data.end() ? 0 : data->second, section);
        request.below = request.from + section;
        // The node of that section's first page: not always this one, and no node at all where it is a hole.
        request.nid = boot.online_nodes.empty() ? NUMA_NO_NODE : boot.online_nodes.front();
        for (const EarlyRange& r : mem_pfn_ranges(boot.memblock.memory, boot.kernel.page_shift))
            if (r.range.contains(request.from >> boot.kernel.page_shift)) request.nid = r.node;
        if (mb.alloc(request)) return;
        request.below = 0;
    }
    mb.alloc_or_panic(request);
}

// What of the vmemmap has page tables.
struct VmemmapTables {
    std::set<u64> p4ds, puds, pmds;
};

class Populate {
public:
    Populate(Boot& boot, VmemmapTables& tables, const Run& run)
        : boot_(boot), mb_(boot.early->allocator), tables_(tables), run_(run) {}

    void run() {
        const Kernel& kernel = boot_.kernel;
        const u64 map = kernel.pages_per_section() * kernel.size_of("page");
        const bool aligned = kernel.behaviours.early_sparse_aligned;
        const u64 share = round_up(map, LEAF);
        const u64 bytes = share * run_.count;
        const auto buffer = mb_.alloc({.name = "memmap",
                                       .size = bytes,
                                       .align = aligned ? share : kernel.page_size(),
                                       .from = boot_.early->dma_address,
                                       .nid = run_.nid,
                                       .exact_nid = aligned});
        if (buffer) {
            start_ = *buffer;
            at_ = round_up(*buffer, LEAF);
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
    // Tables come before the leaf that is the first to need them.
    void map_range(u64 begin, u64 end) {
        for (u64 va = begin; va < end;) {
            table(tables_.p4ds, va >> 48, boot_.early->five_levels);
            table(tables_.puds, va >> 39, !boot_.early->three_levels);
            table(tables_.pmds, va >> 30, true);
            const u64 stop = std::min(end, ((va >> 30) + 1) << 30);
            leaves(div_round_up(stop - va, LEAF));
            va = stop;
        }
    }
    void table(std::set<u64>& known, u64 index, bool exists) {
        if (exists && known.insert(index).second) raw(boot_.kernel.page_size(), "vmemmap page tables");
    }
    void leaves(u64 count) {
        const u64 fit = end_ > at_ ? std::min(count, (end_ - at_) / LEAF) : 0;
        if (fit != 0 && head_pending_) {
            head_pending_ = false;
            if (at_ > start_ && boot_.kernel.behaviours.early_sparse_head_freed) mb_.free(start_, at_ - start_);
        }
        at_ += fit * LEAF;
        for (u64 i = fit; i < count; ++i) raw(LEAF, "memmap");
    }
    void raw(u64 size, std::string_view name) {
        mb_.alloc_or_panic({.name = name, .size = size, .align = size, .from = boot_.early->dma_address, .nid = run_.nid});
    }

    Boot& boot_;
    MemblockAllocator& mb_;
    VmemmapTables& tables_;
    const Run& run_;
    PhysAddr start_ = 0, at_ = 0, end_ = 0;  // the buffer, and its next leaf
    bool head_pending_ = true;
};

}  // namespace

void sparse_init(Boot& boot) {
    const WalkStep step(boot.walk, "sparse_init");
    if (boot.kernel.memory_model != MemoryModel::sparsemem_vmemmap) return;
    memblocks_present(boot);
    VmemmapTables tables;
    if (boot.early->vmemmap_mapped) {
        const u64 va = *boot.early->vmemmap_mapped & VA_MASK;
        tables = {{va >> 48}, {va >> 39}, {va >> 30}};
    }
    for (const Run& run : runs_of_sections(boot)) {
        alloc_usage(boot, run);
        Populate(boot, tables, run).run();
    }
}

}  // namespace zonecalc
