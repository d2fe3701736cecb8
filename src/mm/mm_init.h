// SPDX-License-Identifier: MIT
// Zones: mm/mm_init.c (mm/page_alloc.c before 6.4). Pfns and pages.
#pragma once

#include "arch/arch.h"
#include "mm/boot.h"

namespace zonecalc {

// kernelcore=, movablecore=: cmdline_parse_core(). True where the word was known.
bool cmdline_parse_core_param(Boot& boot, const Parameter& parameter);

// free_area_init() [5.8..7.1], free_area_init_nodes() before: fills layout's zone limits, movable starts, nodes and unavailable
// ranges.
void free_area_init(Boot& boot, const ZoneSetup& setup);

// init_cpu_to_node() of x86 as far as nodes go: those with CPUs and no memory come online. Up to 5.17 they get their pgdat only
// now.
void init_memory_less_nodes(Boot& boot);

// calc_memmap_size(): what the memmap of a zone costs, in pages. Much sparser zones pay for what is present only.
u64 calc_memmap_size(const Kernel& kernel, u64 spanned, u64 present);
// is_highmem_idx(): ZONE_MOVABLE is highmem too where it is taken from there.
bool is_highmem(const Layout& layout, ZoneType type);

// zone_batchsize(): pages, from a zone's managed pages.
unsigned zone_batchsize(const Kernel& kernel, u64 managed);

}  // namespace zonecalc
