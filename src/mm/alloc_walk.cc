// SPDX-License-Identifier: MIT
// Read beside it: mm/internal.h (mm/slab.h before 4.x) for ALLOC_* and the masks; include/linux/gfp.h, gfp_types.h.
#include "mm/alloc_walk.h"

#include <fmt/format.h>

#include "kernel/source_words.h"
#include "mm/gfp.h"

namespace zonecalc {

namespace {

struct NamedFlag {
    u64 bit;
    std::string_view name;
};

std::vector<NamedFlag> alloc_flags(const Kernel& kernel, const AllocFlags& f) {
    const bool old_names = kernel.behaviours.gfp_atomic || kernel.behaviours.gfp_bits == GfpBits::v3;
    std::vector<NamedFlag> out;
    switch (f.mark) {
        case AllocFlags::Mark::min:
            out.push_back({0x0, "ALLOC_WMARK_MIN"});
            break;
        case AllocFlags::Mark::low:
            out.push_back({0x1, "ALLOC_WMARK_LOW"});
            break;
        case AllocFlags::Mark::none:
            out.push_back({0x4, "ALLOC_NO_WATERMARKS"});
            break;
    }
    if (f.harder) out.push_back({0x10, old_names ? "ALLOC_HARDER" : "ALLOC_NON_BLOCK"});
    if (f.min_reserve) out.push_back({0x20, old_names ? "ALLOC_HIGH" : "ALLOC_MIN_RESERVE"});
    if (has_function(kernel.version, "ALLOC_CPUSET")) out.push_back({0x40, "ALLOC_CPUSET"});
    if (f.cma) out.push_back({0x80, "ALLOC_CMA"});
    if (f.fair && has_function(kernel.version, "ALLOC_FAIR")) out.push_back({0x100, "ALLOC_FAIR"});
    if (f.nofragment) out.push_back({0x100, "ALLOC_NOFRAGMENT"});
    if (f.highatomic && !old_names) out.push_back({0x200, "ALLOC_HIGHATOMIC"});
    return out;
}

u64 mask(const Kernel& kernel, std::initializer_list<std::string_view> names) {
    u64 bits = 0;
    for (const std::string_view name : names) bits |= parse_gfp(kernel, std::string("__GFP_") + std::string(name)).value_or(0);
    return bits;
}

}  // namespace

std::string zone_in_words(const BuddyZone& zone) {
    return fmt::format("{} (node {})", to_string(zone.type), zone.node);
}

std::string list_in_words(unsigned order, MigrateType type) {
    return fmt::format("free_area[{}].free_list[{}]", order, migratetype_constant(type));
}

std::string type_in_words(const Kernel& kernel, MigrateType type) {
    return fmt::format("{} ({})", migratetype_constant(type), migratetype_number(kernel, type));
}

u64 alloc_flags_number(const Kernel& kernel, const AllocFlags& flags) {
    u64 bits = 0;
    for (const NamedFlag& f : alloc_flags(kernel, flags)) bits |= f.bit;
    return bits;
}

std::string alloc_flags_names(const Kernel& kernel, const AllocFlags& flags) {
    std::string out;
    for (const NamedFlag& f : alloc_flags(kernel, flags)) {
        if (!out.empty()) out += '|';
        out += f.name;
    }
    return out;
}

u64 gfp_boot_mask(const Kernel& kernel) {
    return gfp_bits_mask(kernel) & ~mask(kernel, {"WAIT", "DIRECT_RECLAIM", "KSWAPD_RECLAIM", "IO", "FS"});
}

u64 gfp_reclaim_mask(const Kernel& kernel) {
    return mask(kernel, {"WAIT", "DIRECT_RECLAIM", "KSWAPD_RECLAIM", "HIGH", "IO", "FS", "NOWARN", "REPEAT", "RETRY_MAYFAIL",
                         "NOFAIL", "NORETRY", "MEMALLOC", "NOMEMALLOC", "ATOMIC"});
}

u64 gfp_constraint_mask(const Kernel& kernel) {
    return mask(kernel, {"HARDWALL", "THISNODE"});
}

void tell_vm_stat(const WalkNote& walk, const Kernel& kernel, std::string_view counter, i64 value) {
    if (!walk) return;
    const auto index = vm_stat_index(kernel, counter);
    walk.value(index ? fmt::format("vm_stat[{}] (vm_stat[{}])", counter, *index) : fmt::format("vm_stat[{}]", counter), value);
}

void tell_steal_rule(const WalkNote& walk, const Kernel& kernel, unsigned order, MigrateType start) {
    if (!walk) return;
    const unsigned block = kernel.pageblock_order;
    walk.value("pageblock_order", block);
    walk.value("pageblock_nr_pages", kernel.pageblock_nr_pages(), WalkUnit::hex);
    if (order >= block) {
        walk.because(fmt::format("order {} >= pageblock_order ({}): the whole block becomes {}", order, block,
                                 type_in_words(kernel, start)));
        return;
    }
    const bool split = kernel.behaviours.fallback == Fallback::split;
    if (order >= block / 2 || start == MigrateType::Reclaimable || (!split && start == MigrateType::Unmovable))
        walk.because(fmt::format("{}: free pages of its pageblock are moved; it becomes {} if {} of its pages {}",
                                 order >= block / 2 ? fmt::format("order {} >= pageblock_order / 2 ({})", order, block / 2)
                                                    : fmt::format("the request is {}", migratetype_constant(start)),
                                 migratetype_constant(start), kernel.pageblock_nr_pages() / 2,
                                 split ? "are free" : "are free or of a kind with the request"));
    else
        walk.because(fmt::format("order {} < pageblock_order / 2 ({}), and the request is {}: the pageblock keeps its type", order,
                                 block / 2, migratetype_constant(start)));
}

void tell_new_page(Walker* walker, Pfn pfn, unsigned order, u64 gfp) {
    if (!walker) return;
    const Kernel& kernel = walker->kernel();
    const WalkStep step(walker, "prep_new_page");
    step.argument("page", pfn, WalkUnit::pfn);
    step.argument("order", order);
    step.argument("gfp_flags", gfp, WalkUnit::hex);
    step.value("page_private", 0);
    step.value("page_count", 1);
    const u64 zero = mask(kernel, {"ZERO"});
    step.because(gfp & zero ? fmt::format("__GFP_ZERO ({:#x}) is set: the pages are zeroed", zero)
                            : fmt::format("__GFP_ZERO ({:#x}) is not set: nothing is zeroed", zero));
    const bool compound = order != 0 && gfp & mask(kernel, {"COMP"});
    step.because(compound     ? "order is not 0 and __GFP_COMP is set: prep_compound_page() makes one page of them"
                 : order == 0 ? "order 0: no compound page"
                              : "__GFP_COMP is not set: no compound page");
}

}  // namespace zonecalc
