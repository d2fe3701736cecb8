// SPDX-License-Identifier: MIT
// Page tables of early boot on 32-bit arm, and the lists of mappings that stay.
//
// Lowmem is mapped by sections (1 MiB, 2 MiB with LPAE). A second-level table is one page for 2 MiB of virtual addresses; it is
// allocated for the first piece in them that is no whole section. Areas for contiguous allocations lose their sections and are
// mapped by pages, so that attributes of single pages can change. Then come the vectors and what the machine maps for good: each
// iotable_init() makes one array of records, then the mappings. In the classic format a mapping that begins or ends between two
// sections of one table gets a record for the other half, so that nobody else uses it.
//
// Releases: up to 3.15 the fixmap shares the vectors' table.
//
// Not modelled: XIP kernels, tightly coupled memory, low vectors, supersections (mappings above 4 GiB without LPAE).
// Read beside it: map_lowmem(), devicemaps_init(), fill_pmd_gaps(), kmap_init() in arch/arm/mm/mmu.c; dma_contiguous_remap() in
// arch/arm/mm/dma-mapping.c.
#include "arch/arm_early.h"

#include <fmt/format.h>

namespace zonecalc::arm {

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 PAGE = 4096;
constexpr u64 PMD_SIZE = 2 * MiB;
constexpr u64 va_end = u64{1} << 32;
constexpr u64 vectors_base = 0xffff0000;
constexpr u64 FIXADDR_START = 0xffc80000;

class Tables {
public:
    explicit Tables(Boot& boot)
        : boot_(boot),
          early_(*boot.early->arm),
          mb_(boot.early->allocator),
          section_size_(boot.kernel.pae ? PMD_SIZE : MiB),
          vm_align_(boot.kernel.pae ? 8 : 4) {}

    void map_lowmem() {
        const WalkStep step(boot_.walk, "map_lowmem");
        step.because([&] {
            return fmt::format("by sections of {} MiB; only what is no whole section needs a page of page tables",
                               section_size_ / MiB);
        });
        for (const MemblockRegion& r : boot_.memblock.memory.regions()) {
            if (r.flags & MEMBLOCK_NOMAP) continue;
            if (r.base >= early_.lowmem_limit) break;
            create_mapping(virt(r.base), r.base, std::min(r.end(), early_.lowmem_limit) - r.base, true);
        }
    }

    void dma_contiguous_remap() {
        const WalkStep step(boot_.walk, "dma_contiguous_remap");
        for (const CmaArea& area : boot_.layout.cma_areas) {
            const PhysAddr end = std::min(area.base + area.size, early_.lowmem_limit);
            if (area.base >= end) continue;
            for (u64 va = virt(area.base); va < virt(end); va += PMD_SIZE) early_.tables.erase(va / PMD_SIZE);
            iotable_init({{virt(area.base), area.base, end - area.base}}, false);
        }
    }

    void devicemaps_init() {
        const WalkStep step(boot_.walk, "devicemaps_init");
        early_alloc(2 * PAGE, "vectors");
        pte_alloc(vectors_base);
        for (const IoTable& table : boot_.board.io_tables) iotable_init(table.maps, true);
        if (!boot_.kernel.pae) fill_pmd_gaps();
        if (boot_.kernel.config_enabled("PCI")) static_vms(1, "PCI I/O area");
    }

    void kmap_init() {
        const WalkStep step(boot_.walk, "kmap_init");
        const Kernel& kernel = boot_.kernel;
        if (kernel.highmem) pte_alloc(kernel.page_offset - PMD_SIZE);
        if (kernel.behaviours.arm_fixmap_table) pte_alloc(FIXADDR_START);
    }

    void zero_page() { early_alloc(PAGE, "zero page"); }

private:
    u64 virt(PhysAddr pa) const { return pa - early_.phys_offset + boot_.kernel.page_offset; }

    void early_alloc(u64 size, std::string_view name) { mb_.alloc_or_panic({.name = name, .size = size, .align = size}); }

    // early_pte_alloc()
    void pte_alloc(u64 va) {
        if (early_.tables.insert(va / PMD_SIZE).second) early_alloc(PAGE, "page tables");
    }

    void create_mapping(u64 va, PhysAddr pa, u64 size, bool sections) {
        const u64 first = round_down(va, PAGE);
        if (first >= va_end) return;
        const u64 last = std::min(round_up(va + std::min(size, va_end), PAGE), va_end);
        const PhysAddr start = round_down(pa, PAGE);
        for (u64 at = first; at < last;) {
            const u64 next = std::min(round_down(at, PMD_SIZE) + PMD_SIZE, last);
            if (!sections || (at | next | (start + (at - first))) % section_size_ != 0)
                pte_alloc(at);
            else
                for (u64 s = at; s < next; s += MiB) sections_.insert(s / MiB);
            at = next;
        }
    }

    void static_vms(u64 count, std::string_view name) {
        mb_.alloc_or_panic({.name = name, .size = count * boot_.kernel.size_of("static_vm"), .align = vm_align_});
    }

    void iotable_init(const std::vector<IoMapping>& maps, bool sections) {
        if (maps.empty()) return;
        static_vms(maps.size(), "static mappings");
        for (const IoMapping& m : maps) {
            create_mapping(m.virtual_address, m.base, m.size, sections);
            const u64 begin = round_down(m.virtual_address, PAGE);
            vms_.add(begin, round_up(m.virtual_address + std::min(m.size, va_end), PAGE) - begin);
        }
    }

    bool pmd_none(u64 va) const {
        return early_.tables.count(va / PMD_SIZE) == 0 &&
               sections_.count(round_down(va, PMD_SIZE) / MiB + va % PMD_SIZE / MiB) == 0;
    }

    void fill_pmd_gaps() {
        u64 next = 0;
        for (const MemblockRegion& vm : vms_.regions()) {
            if (vm.base < next) continue;
            if (vm.base % PMD_SIZE == MiB && pmd_none(vm.base - MiB)) static_vms(1, "gap beside a static mapping");
            if (vm.end() % PMD_SIZE == MiB && pmd_none(vm.end())) static_vms(1, "gap beside a static mapping");
            next = round_up(vm.end(), PMD_SIZE);
        }
    }

    Boot& boot_;
    EarlyArm& early_;
    MemblockAllocator& mb_;
    u64 section_size_;
    u64 vm_align_;
    std::set<u64> sections_;  // what sections map, by the MiB
    RegionList vms_;          // static_vmlist, virtual addresses
};

}  // namespace

void paging_init(Boot& boot, PhysAddr lowmem_limit, PhysAddr memblock_limit) {
    early_stretch(boot, [&](EarlyBoot& early) {
        const WalkPath step(boot.walk, "paging_init");
        early.lowmem_end = early.arm->lowmem_limit = lowmem_limit;
        early.allocator.current_limit = memblock_limit;
        Tables tables(boot);
        tables.map_lowmem();
        if (boot.kernel.behaviours.arm_limit_lifted) early.allocator.current_limit = lowmem_limit;
        tables.dma_contiguous_remap();
        tables.devicemaps_init();
        tables.kmap_init();
        tables.zero_page();
        early.allocator.can_resize = true;
        if (boot.kernel.behaviours.arm_nosparse_bootmem) {
            const WalkPath bootmem(boot.walk, "arm_bootmem_init");
            early.allocator.start_bootmem({boot.min_low_pfn, boot.max_low_pfn}, early.dma_address);
        }
        sparse_init_one_by_one(boot);
    });
}

}  // namespace zonecalc::arm
