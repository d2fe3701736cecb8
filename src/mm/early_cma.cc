// SPDX-License-Identifier: MIT
// Areas for contiguous allocations (CMA), as early allocations.
//
// An area is a range of memblock that page allocator and drivers share later on. The default area lies below what every DMA master
// reaches; its size comes from the kernel's config or from cma=SIZE[@BASE[-LIMIT]]. A device tree may have a pool of its own for
// it. An area never crosses from lowmem into highmem. Where memory reaches 4 GiB beyond the area's size, later releases look from
// 4 GiB upward first, to leave the zones for DMA alone.
//
// Releases differ in what areas are multiples of: the largest buddy block up to 5.18, then the pageblock.
//
// Not modelled: cma_pernuma=, numa_cma=, several areas of one name. Areas of hugetlb: early_hugetlb.cc.
// Read beside it: mm/cma.c, kernel/dma/contiguous.c (drivers/base/dma-contiguous.c up to 4.20).
#include <fmt/format.h>

#include "mm/boot.h"
#include "mm/cma.h"
#include "mm/walk.h"

namespace zonecalc {

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 GiB = u64{1} << 30;

// Sums of these never wrap.
constexpr u64 most = u64{1} << 60;

bool up(u64& value, u64 align) {
    if (value > most) return false;
    value = round_up(value, align);
    return true;
}

// cma_early_percent_memory()
u64 percent_of_memory(const Boot& boot) {
    u64 pages = 0;
    for (const MemblockRegion& r : boot.memblock.memory.regions()) pages += r.size >> boot.kernel.page_shift;
    return pages * std::min<u64>(boot.kernel.config_number("CMA_SIZE_PERCENTAGE", 0), 100) / 100 << boot.kernel.page_shift;
}

u64 configured_size(const Boot& boot) {
    const Kernel& kernel = boot.kernel;
    const u64 fixed = std::min<u64>(kernel.config_number("CMA_SIZE_MBYTES", 0), most / MiB) * MiB;
    if (kernel.config_enabled("CMA_SIZE_SEL_PERCENTAGE")) return percent_of_memory(boot);
    if (kernel.config_enabled("CMA_SIZE_SEL_MIN")) return std::min(fixed, percent_of_memory(boot));
    if (kernel.config_enabled("CMA_SIZE_SEL_MAX")) return std::max(fixed, percent_of_memory(boot));
    return fixed;
}

}  // namespace

std::optional<PhysAddr> cma_declare_contiguous(Boot& boot, CmaRequest q) {
    MemblockAllocator& mb = boot.early->allocator;
    const PhysAddr end = boot.memblock.end_of_DRAM();
    const PhysAddr lowmem_end = boot.early->lowmem_end;
    q.align = std::max(q.align, cma_min_alignment(boot.kernel));
    if (q.size == 0 || (q.fixed && q.base % q.align != 0) || !up(q.base, q.align) || !up(q.size, q.align)) return std::nullopt;
    q.limit = round_down(q.limit, q.align);
    if (q.base == 0) q.fixed = false;
    if (q.fixed && q.base < lowmem_end && q.base + q.size > lowmem_end) return std::nullopt;
    if (q.limit == 0 || q.limit > end) q.limit = end;
    if (q.base + q.size > q.limit) return std::nullopt;
    if (q.fixed) {
        if (mb.reserved().overlaps(q.base, q.size)) return std::nullopt;
        mb.reserve(q.base, q.size, q.name);
        cma_init_reserved_mem(boot, q.name, q.base, q.size);
        return q.base;
    }

    const auto alloc = [&](PhysAddr from, PhysAddr below) {
        return mb.phys_alloc(
            {.name = q.name, .size = q.size, .align = q.align, .from = from, .below = below, .nid = q.nid, .exact_nid = true});
    };
    std::optional<PhysAddr> place;
    const auto above_4g = [&] {
        const bool wide = !is_32bit(boot.kernel.arch) || boot.kernel.pae;
        if (!boot.kernel.behaviours.cma_above_4g_first || !wide || mb.bottom_up || end < 4 * GiB + q.size) return;
        if (place)
            boot.note(Note::Kind::kernel_bug, "cma-lost-in-highmem",
                      fmt::format("{}: {} MiB of highmem at {:#x} are reserved and forgotten; the area is looked for again", q.name,
                                  q.size / MiB, *place));
        mb.bottom_up = true;
        place = alloc(4 * GiB, q.limit);
        mb.bottom_up = false;
    };
    const auto highmem = [&] {
        if (place || q.base >= lowmem_end || q.limit <= lowmem_end) return;
        place = alloc(lowmem_end, q.limit);
        q.limit = lowmem_end;
    };
    if (boot.kernel.behaviours.cma_highmem_before_4g) {
        highmem();
        above_4g();
    } else {
        above_4g();
        highmem();
    }
    if (!place) place = alloc(q.base, q.limit);
    if (place) cma_init_reserved_mem(boot, q.name, *place, q.size);
    return place;
}

void dma_contiguous_reserve(Boot& boot, PhysAddr limit) {
    const WalkStep step(boot.walk, "dma_contiguous_reserve");
    step.argument("limit", limit, WalkUnit::address);
    if (!boot.kernel.config_enabled("DMA_CMA") || boot.early->contiguous_area) return;
    CmaRequest request{.name = "CMA", .size = 0, .limit = limit};
    const std::vector<std::string> values = early_values(boot, "cma");
    if (values.empty()) {
        request.size = configured_size(boot);
    } else {
        const bool tera = boot.kernel.behaviours.memparse_tera_suffixes;
        Memparse number = memparse(values.back(), tera);
        request.size = number.value;
        PhysAddr own_limit = 0;
        if (number.rest.starts_with('@')) {
            number = memparse(number.rest.substr(1), tera);
            request.base = number.value;
            own_limit = number.rest.starts_with('-') ? memparse(number.rest.substr(1), tera).value : request.base + request.size;
        }
        if (own_limit != 0) request.limit = limit == 0 ? own_limit : std::min(own_limit, limit);
        request.fixed = request.base + request.size == own_limit;
    }
    if (cma_declare_contiguous(boot, request)) boot.early->contiguous_area = true;
}

}  // namespace zonecalc
