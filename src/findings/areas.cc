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

namespace zonecalc {

namespace {

constexpr u64 GiB = u64{1} << 30;

// What is reserved has been computed, to the end.
bool early_computed(const Finder& f) {
    const auto& notes = f.layout.notes;
    return f.board.reserved.empty() && !f.layout.reserved.empty() &&
           std::none_of(notes.begin(), notes.end(), [](const Note& n) { return n.id == "out-of-early-memory"; });
}

u64 reserved_as(const Finder& f, std::string_view name) {
    u64 bytes = 0;
    for (const MemblockRegion& r : f.layout.reserved)
        if (r.name == name) bytes += r.size;
    return bytes;
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
        // Zones may overlap (kernelcore=mirror): the kernel's word counts.
        const std::string failed = "CMA area " + area.name + " could not be activated";
        if (zones < 2 || std::none_of(f.layout.messages.begin(), f.layout.messages.end(),
                                      [&](const KernelMessage& m) { return m.text == failed; }))
            continue;
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
    const bool reserves = b.crashkernel_own_option ? f.kernel.config_enabled("CRASH_RESERVE")
                                                   : f.kernel.config_enabled("KEXEC_CORE") || f.kernel.config_enabled("KEXEC");
    if (!early_computed(f) || !reserves || (f.kernel.arch == Arch::riscv64 && !b.riscv_crashkernel)) return;
    // The size that counts is the last one that is not ",low".
    const Parameter* asked = nullptr;
    for (const Parameter& p : f.cmdline.parameters) {
        if (!parameq(p.name, "crashkernel") || !p.value) continue;
        const std::string_view rest = parse(f, *p.value).rest;
        if (rest.find(':') != std::string_view::npos || rest.starts_with('-'))
            return;  // by ranges of memory, of which none may be meant
        if (!rest.starts_with(",low")) asked = &p;
    }
    if (!asked || reserved_as(f, "crash kernel") != 0) return;
    const Memparse number = parse(f, *asked->value);
    if (number.value == 0) return;
    f.say(number.rest.starts_with('@')
              ? fmt::format("{}: {} there are not free, and no memory is reserved for a crash kernel", text_of(*asked),
                            f.size(number.value))
              : fmt::format("{}: there are no free {} in one piece, and no memory is reserved for a crash kernel", text_of(*asked),
                            f.size(number.value)),
          number.rest.starts_with('@') ? "leave the address out" : "a smaller one", {.parameter = text_of(*asked)});
}

void hugepages_not_had(const Finder& f) {
    if (!f.kernel.config_enabled("HUGETLB_PAGE") || !f.layout.handed_over()) return;
    const u64 page = f.kernel.page_size();
    // HPAGE_SIZE: what one entry of the second-lowest page table maps.
    const u64 entries = page / (is_32bit(f.kernel.arch) && !f.kernel.pae ? 4 : 8);
    u64 size = page * entries;
    u64 gigantic = 0;
    const Parameter* gigantic_word = nullptr;
    u64 managed = 0;
    for (const Node& n : f.layout.nodes)
        for (const Zone& z : n.zones) managed += z.started ? z.started->managed : z.managed.value_or(0);
    for (const Parameter& p : f.cmdline.parameters) {
        if (!p.value) continue;
        if (parameq(p.name, "hugepagesz")) size = parse(f, *p.value).value;
        if (parameq(p.name, "default_hugepagesz")) size = parse(f, *p.value).value;
        if (!parameq(p.name, "hugepages") || size == 0 || p.value->find(':') != std::string::npos) continue;
        const u64 count = simple_strtoull(*p.value).value;
        if (size == GiB) {
            gigantic += std::min<u64>(count, u64{1} << 32);
            gigantic_word = &p;
        } else if (size > page && size < GiB && count > managed / (size / page)) {
            f.say(fmt::format("{} asks for {} pages of {}: the page allocator has {} in all", text_of(p), count, f.size(size),
                              f.pages(managed)),
                  "fewer: hugetlb_init() takes what it can get", {.parameter = text_of(p)});
        }
    }
    constexpr u64 computed = 4096;  // of gigantic pages
    // With areas for them they are no early allocations.
    const bool areas =
        std::any_of(f.layout.cma_areas.begin(), f.layout.cma_areas.end(), [](const CmaArea& a) { return a.name == "hugetlb CMA"; });
    if (!gigantic_word || !early_computed(f) || gigantic > computed || areas) return;
    const u64 had = reserved_as(f, "gigantic page") / GiB;
    if (had >= gigantic) return;
    const bool of_this_machine = f.kernel.arch != Arch::x86_64 || f.board.gb_pages.value_or(false);
    f.say(fmt::format("{}: {} of {} pages of 1 GiB can be had; {}", text_of(*gigantic_word),
                      had == 0 ? "none" : fmt::to_string(had), gigantic,
                      of_this_machine ? "alloc_bootmem_huge_page() needs free memory on borders of 1 GiB"
                                      : "the machine is taken to have none of that size"),
          of_this_machine ? "fewer of them" : "gb_pages = true in the board, where its CPUs have them",
          {.parameter = text_of(*gigantic_word)});
}

}  // namespace zonecalc
