// SPDX-License-Identifier: MIT
// Areas that are asked for and that early boot found no room for, or that turn out to be of no use.
//
// Whether there was room is seen by what early boot has reserved, so that nothing is said of boards that list what is reserved
// themselves: a list may have been made of a boot with another command line.
//
// Read beside it: kernel/dma/contiguous.c, mm/cma.c, kernel/crash_reserve.c (kernel/crash_core.c, and the architectures', before),
// mm/hugetlb.c.
#include <fmt/format.h>

#include <algorithm>

#include "findings/finder.h"
#include "mm/cma.h"
#include "mm/crashkernel.h"

namespace zonecalc {

namespace {

constexpr u64 GiB = u64{1} << 30;

// What is reserved has been computed, to the end.
bool early_computed(const Finder& f) {
    const auto& notes = f.layout.notes;
    return f.board.reserved.empty() && !f.layout.reserved.empty() &&
           std::none_of(notes.begin(), notes.end(), [](const Note& n) { return n.id == "out-of-early-memory"; });
}

Memparse parse(const Finder& f, std::string_view text) {
    return memparse(text, f.kernel.behaviours.memparse_tera_suffixes);
}

// "node 0 DMA32, Normal"
std::string zones_of(const Finder& f, PfnRange range, u64& zones) {
    std::string out;
    zones = 0;
    for (const Node& n : f.layout.nodes)
        for (const Zone& z : n.zones) {
            if (intersection(range, {z.start_pfn, z.end_pfn()}).empty()) continue;
            out += fmt::format("{}{} of node {}", zones ? " and " : "", to_string(z.type), n.id);
            ++zones;
        }
    return out;
}

}  // namespace

void cma_crosses_zones(const Finder& f) {
    if (!f.layout.handed_over()) return;
    for (const CmaArea& area : f.layout.cma_areas) {
        const PfnRange range{area.base >> f.kernel.page_shift, (area.base + area.size) >> f.kernel.page_shift};
        u64 zones = 0;
        const std::string names = zones_of(f, range, zones);
        // Zones may overlap (kernelcore=mirror): that it was given up is what counts.
        if (!area.given_up || zones < 2) continue;
        f.say(
            fmt::format("CMA area \"{}\" ({}) lies in {}: cma_activate_area() gives it up, {}", area.name, f.size(area.size), names,
                        f.kernel.behaviours.cma_area_checked_first ? "and its memory is free as any other"
                                                                   : "and what lies behind the first zone is lost"),
            f.layout.movable.start.empty() ? "a base and size within one zone"
                                           : "a base and size within one zone, or another kernelcore= or movablecore=",
            {.range = PhysRange{area.base, area.base + area.size}});
    }
}

void cma_does_not_fit(const Finder& f) {
    if (!early_computed(f) || !f.kernel.config_enabled("DMA_CMA") || !f.layout.cma_areas.empty()) return;
    const Parameter* p = f.parameter("cma");
    if (!p || !p->value) return;
    const u64 size = parse(f, *p->value).value;
    if (size == 0) return;
    f.say(fmt::format("{}: dma_contiguous_reserve() finds no {} in one piece below what every device reaches{}", text_of(*p),
                      f.size(size), is_32bit(f.kernel.arch) ? ", and not across the end of lowmem" : ""),
          "a smaller area, or fewer fixed reservations in low memory", {.parameter = text_of(*p)});
}

void cma_rounded(const Finder& f) {
    const Parameter* p = f.parameter("cma");
    if (!p || !p->value) return;
    const u64 asked = parse(f, *p->value).value;
    const auto area =
        std::find_if(f.layout.cma_areas.begin(), f.layout.cma_areas.end(), [](const CmaArea& a) { return a.name == "CMA"; });
    if (asked == 0 || area == f.layout.cma_areas.end() || area->size <= asked) return;
    f.say(fmt::format("{} takes {}: an area is a multiple of {}", text_of(*p), f.size(area->size),
                      f.size(cma_min_alignment(f.kernel))),
          f.kernel.page_size() > 4096 ? "a kernel with smaller pages" : "", {.parameter = text_of(*p)});
}

void crashkernel_does_not_fit(const Finder& f) {
    const Behaviours& b = f.kernel.behaviours;
    const Arch arch = f.kernel.arch;
    if (!early_computed(f) || !f.layout.handed_over() || !reserves_crashkernel(f.kernel) || f.reserved("crash kernel") != 0) return;
    u64 ram = 0;
    for (const MemblockRegion& r : f.layout.memory) ram += r.size;
    if (arch == Arch::arm) ram = (f.layout.max_low_pfn << f.kernel.page_shift) - f.layout.memory.front().base;
    auto wanted = parse_crashkernel(f.kernel, f.cmdline, ram);
    const bool high =
        is_x86(arch) || (arch == Arch::arm64 && b.arm64_crashkernel_high) || (arch == Arch::riscv64 && b.riscv_crashkernel_high);
    if (!wanted && high) wanted = parse_crashkernel_suffix(f.kernel, f.cmdline, ",high");
    if (!wanted || wanted->size == 0) return;
    const std::string word = f.word("crashkernel");
    f.say(wanted->base != 0
              ? fmt::format("{}: {} there are not free, and no memory is reserved for a crash kernel", word, f.size(wanted->size))
              : fmt::format("{}: there are no free {} in one piece, and no memory is reserved for a crash kernel", word,
                            f.size(wanted->size)),
          wanted->base != 0 ? "leave the address out" : "a smaller one", {.parameter = word});
}

// Of sizes that the page allocator hands out; of gigantic pages early boot knows itself.
void hugepages_not_had(const Finder& f) {
    if (!f.kernel.config_enabled("HUGETLB_PAGE") || !f.layout.handed_over()) return;
    const u64 page = f.kernel.page_size();
    // HPAGE_SIZE: what one entry of the second-lowest page table maps.
    const u64 entries = page / (is_32bit(f.kernel.arch) && !f.kernel.pae ? 4 : 8);
    u64 size = page * entries;
    u64 managed = 0;
    for (const Node& n : f.layout.nodes)
        for (const Zone& z : n.zones) managed += z.started ? z.started->managed : z.managed.value_or(0);
    for (const Parameter& p : f.cmdline.parameters) {
        if (!p.value) continue;
        if (parameq(p.name, "hugepagesz") || parameq(p.name, "default_hugepagesz")) size = parse(f, *p.value).value;
        if (!parameq(p.name, "hugepages") || size <= page || size >= GiB || p.value->find(':') != std::string::npos) continue;
        const u64 count = simple_strtoull(*p.value).value;
        if (count > managed / (size / page))
            f.say(fmt::format("{} asks for {} pages of {}: the page allocator has {} in all", text_of(p), count, f.size(size),
                              f.pages(managed)),
                  "fewer: hugetlb_init() takes what it can get", {.parameter = text_of(p)});
    }
}

}  // namespace zonecalc
