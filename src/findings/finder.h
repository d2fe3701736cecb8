// SPDX-License-Identifier: MIT
// One question asked of a finished layout. Every function here answers one, under the id that src/findings/table.cc gives it, at a
// cost that follows the number of regions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/findings.h"

namespace zonecalc {

struct Finder {
    const Board& board;
    const Kernel& kernel;
    const Cmdline& cmdline;
    const Layout& layout;
    const FindingInfo& info;
    std::vector<Note>& notes;

    void say(std::string text, std::string remedy, Place place = {}) const;

    // The last word of the command line that is so called: the one that counts. Null where there is none.
    const Parameter* parameter(std::string_view name) const;
    std::string word(std::string_view name) const;  // "kernelcore=1G"; empty where there is none

    u64 reserved(std::string_view name) const;  // bytes
    u64 present(ZoneType zone) const;           // pages, of all nodes
    u64 kernel_pages() const;                   // in DMA, DMA32 and Normal: what the kernel can use for itself
    u64 managed_kernel_pages() const;           // … that the page allocator has, deferred memory included
    std::string size(u64 bytes) const;
    std::string pages(u64 count) const;  // as a size
};

std::string text_of(const Parameter& parameter);

// movable.cc
void movable_blocks_stay(const Finder& f);
void node_without_kernel_memory(const Finder& f);
void movable_too_large(const Finder& f);
void kernelcore_below_lower_zones(const Finder& f);
void movablecore_not_reached(const Finder& f);

// kaslr.cc
void kaslr_in_movable(const Finder& f);

// areas.cc
void cma_crosses_zones(const Finder& f);
void cma_does_not_fit(const Finder& f);
void cma_rounded(const Finder& f);
void crashkernel_does_not_fit(const Finder& f);
void hugepages_not_had(const Finder& f);

// parameters.cc
void core_ignored(const Finder& f);
void movablecore_ignored(const Finder& f);
void mem_no_effect(const Finder& f);
void size_not_understood(const Finder& f);
void parameter_not_built_in(const Finder& f);

// lost_memory.cc
void lowmem_limit(const Finder& f);
void memory_above_4g(const Finder& f);
void memory_beyond_physmem(const Finder& f);
void memory_below_phys_offset(const Finder& f);
void riscv_memory_below_kernel(const Finder& f);
void riscv_normal_limit(const Finder& f);
void memory_lost_to_alignment(const Finder& f);
void memmap_of_holes(const Finder& f);

}  // namespace zonecalc
