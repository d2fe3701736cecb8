// SPDX-License-Identifier: MIT
// Page tables of early boot on arm64, as allocations of single pages.
//
// The kernel maps its image, segment by segment, and all memory linearly. A range takes a table of each level for what it touches,
// unless it covers an aligned 1 GiB or 2 MiB as a whole and may be mapped by a block (512 MiB with pages of 64 KiB, 32 MiB with
// pages of 16 KiB). The linear map's alias of the kernel's text and read-only data always may; the rest may not where single pages
// of it are to be protected later on: rodata=full (the default of distributions), debug_pagealloc=on, KFENCE that starts late, and
// for some releases crashkernel=. Then 1 GiB of memory takes 2 MiB of tables. As all tables are pages and memory holds still
// meanwhile, their number is all that matters.
//
// Releases: up to 4.19 a top-level table is allocated, and given back with the static one's rest when the tables are switched;
// later releases switch from tables in the image, which are given back; from 6.9 on the image is mapped before memblock exists.
// From 6.0 up to 6.8 the identity map of idle code and KPTI's flag takes tables. From 6.18 on rodata=on means full, and CPUs that
// can change block sizes on the fly (BBML2) map blocks whatever rodata= says: none is taken to.
//
// No boot with pages of 16 or 64 KiB was recorded.
//
// Not modelled: 52-bit addresses, the additional level of identity maps with fewer than 48 bits, KASAN.
// Read beside it: map_mem(), map_kernel(), create_idmap(), paging_init() in arch/arm64/mm/mmu.c, can_set_direct_map() in
// arch/arm64/mm/pageattr.c.
#include "arch/arm64_early.h"
#include "mm/walk.h"

namespace zonecalc::arm64 {

namespace {

constexpr u64 MIN_KIMG_ALIGN = u64{2} << 20;

// Which tables a tree of tables has below its top level, and how many were added.
class Tables {
public:
    explicit Tables(const Boot& boot)
        : levels_(boot.early->levels), page_shift_(boot.kernel.page_shift), page_(boot.kernel.page_size()) {}

    // __create_pgd_mapping()
    void map(u64 va, PhysAddr pa, u64 size, bool blocks) {
        if (size == 0) return;
        const unsigned pmd_shift = 2 * page_shift_ - 3;
        const unsigned pud_shift = 3 * page_shift_ - 6;
        const unsigned pgdir_shift = 4 * page_shift_ - 9;
        const u64 begin = round_down(va, page_);
        const u64 end = round_up(va + size, page_);
        const u64 offset = begin - round_down(pa, page_);
        if (levels_ > 3) touch(puds_, begin, end, pgdir_shift);
        // pud_sect_supported()
        outside_blocks(begin, end, offset, pud_shift, blocks && page_shift_ == 12, [&](u64 from, u64 to) {
            if (levels_ > 2) touch(pmds_, from, to, pud_shift);
            outside_blocks(from, to, offset, pmd_shift, blocks, [&](u64 a, u64 b) { touch(ptes_, a, b, pmd_shift); });
        });
    }
    u64 count() const { return puds_.total_size() + pmds_.total_size() + ptes_.total_size(); }

private:
    // The parts of a range that no block of a level maps.
    template <typename Part>
    static void outside_blocks(u64 begin, u64 end, u64 offset, unsigned shift, bool blocks, const Part& part) {
        const u64 size = u64{1} << shift;
        const u64 first = round_up(begin, size);
        const u64 last = round_down(end, size);
        if (!blocks || offset % size != 0 || first >= last) return part(begin, end);
        if (begin < first) part(begin, first);
        if (last < end) part(last, end);
    }
    static void touch(RegionList& tables, u64 begin, u64 end, unsigned shift) {
        const u64 first = begin >> shift;
        tables.add(first, ((end - 1) >> shift) + 1 - first);
    }

    unsigned levels_;
    unsigned page_shift_;
    u64 page_;
    RegionList puds_, pmds_, ptes_;  // indices of tables
};

bool rodata_full(const Boot& boot) {
    const Behaviours& b = boot.kernel.behaviours;
    if (!b.arm64_rodata_full) return false;
    bool full = b.arm64_rodata_on_is_full || boot.kernel.config_enabled("RODATA_FULL_DEFAULT_ENABLED");
    for (const std::string& value : early_values(boot, "rodata")) {
        if (value == (b.arm64_rodata_on_is_full ? "on" : "full"))
            full = true;
        else if (value == "off" || value == (b.arm64_rodata_on_is_full ? "noalias" : "on"))
            full = false;
    }
    return full;
}

// parse_kfence_early_init()
bool kfence_starts_early(const Boot& boot) {
    u64 interval = boot.kernel.config_number("KFENCE_SAMPLE_INTERVAL", 0);
    for (const std::string& value : early_values(boot, "kfence.sample_interval")) interval = simple_strtoull(value).value;
    return interval != 0;
}

// can_set_direct_map(), force_pte_mapping(): single pages of the linear map will be changed.
bool can_set_direct_map(const Boot& boot) {
    const Behaviours& b = boot.kernel.behaviours;
    const bool kfence = boot.kernel.config_enabled("KFENCE") && !(b.arm64_kfence_pool && kfence_starts_early(boot));
    const bool crash =
        b.arm64_crashkernel_maps_pages && boot.kernel.config_enabled("KEXEC_CORE") && early_flag(boot, "crashkernel");
    return rodata_full(boot) || debug_pagealloc_enabled(boot) || kfence || crash;
}

void arm64_kfence_alloc_pool(Boot& boot) {
    const bool wanted =
        boot.kernel.behaviours.arm64_kfence_pool && boot.kernel.config_enabled("KFENCE") && kfence_starts_early(boot);
    if (!wanted) return;
    const u64 size = (std::min<u64>(boot.kernel.config_number("KFENCE_NUM_OBJECTS", 255), 65535) + 1) * 2 * boot.kernel.page_size();
    if (const auto pool = boot.early->allocator.phys_alloc({.name = "KFENCE pool", .size = size, .align = boot.kernel.page_size()}))
        boot.early->arm64->kfence_pool = {*pool, *pool + size};
}

void map_kernel(const Boot& boot, Tables& tables) {
    const PhysAddr text = boot.early->arm64->text;
    const u64 to_virtual = boot.kernel.constant("KIMAGE_VADDR") + text % MIN_KIMG_ALIGN - text;
    PhysAddr at = boot.early->arm64->start;
    for (const std::string_view border : {"_etext", "__init_begin", "__initdata_begin", "_data", "_end"}) {
        const PhysAddr next = pa_symbol(boot, border);
        tables.map(at + to_virtual, at, next - at, true);
        at = next;
    }
}

void map_mem(const Boot& boot, Tables& tables) {
    const EarlyArm64& e = *boot.early->arm64;
    const u64 to_virtual = boot.kernel.constant("PAGE_OFFSET") - e.memstart;
    const bool blocks = !can_set_direct_map(boot);
    RegionList apart = boot.memblock.memory.unwalked();
    for (const PhysRange& r : {PhysRange{e.start, e.init_begin}, e.crash_kernel, e.kfence_pool}) apart.remove(r.begin, r.size());
    for (const MemblockRegion& r : apart.regions())
        if (!(r.flags & MEMBLOCK_NOMAP)) tables.map(r.base + to_virtual, r.base, r.size, blocks);
    tables.map(e.start + to_virtual, e.start, e.init_begin - e.start, true);
    for (const PhysRange& r : {e.crash_kernel, e.kfence_pool}) tables.map(r.begin + to_virtual, r.begin, r.size(), false);
}

void create_idmap(const Boot& boot, Tables& tables) {
    const PhysAddr start = pa_symbol(boot, "__idmap_text_start");
    tables.map(start, start, pa_symbol(boot, "__idmap_text_end") - start, true);
    if (boot.kernel.config_enabled("UNMAP_KERNEL_AT_EL0")) {
        const PhysAddr flag = pa_symbol(boot, "__idmap_kpti_flag");
        tables.map(flag, flag, 4, true);
    }
}

void alloc_tables(Boot& boot, u64 count) {
    if (boot.early->allocator.phys_alloc_pages(count, {0, ~PhysAddr{0}}, "page tables") != 0)
        throw OutOfEarlyMemory{"page tables", boot.kernel.page_size()};
}

}  // namespace

void paging_init(Boot& boot) {
    const WalkStep step(boot.walk, "paging_init");
    MemblockAllocator& mb = boot.early->allocator;
    const Behaviours& b = boot.kernel.behaviours;
    const u64 page = boot.kernel.page_size();

    std::optional<PhysAddr> pgd;
    if (b.arm64_allocates_pgd) pgd = mb.phys_alloc({.name = "page tables", .size = page, .align = page});
    arm64_kfence_alloc_pool(boot);
    Tables tables(boot);
    if (!b.arm64_image_mapped_early) map_kernel(boot, tables);
    map_mem(boot, tables);
    step.value("tables", tables.count());
    alloc_tables(boot, tables.count());

    if (pgd) {
        mb.free(*pgd, page);
        const PhysAddr rest = pa_symbol(boot, "swapper_pg_dir") + page;
        mb.free(rest, pa_symbol(boot, "swapper_pg_end") - rest);
    } else if (!b.arm64_image_mapped_early) {
        const PhysAddr first = pa_symbol(boot, "init_pg_dir");
        mb.free(first, pa_symbol(boot, "init_pg_end") - first);
    }
    mb.can_resize = true;

    if (b.arm64_idmap_allocated) {
        Tables idmap(boot);
        create_idmap(boot, idmap);
        alloc_tables(boot, idmap.count());
    }
}

}  // namespace zonecalc::arm64
