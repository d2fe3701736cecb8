// SPDX-License-Identifier: MIT
// What an architecture contributes: the way from firmware's map to the final memblock.memory with nodes, and its zone limits.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// max_zone_pfns[], by ZoneType; 0 for zones that the architecture leaves out.
using ZonePfns = std::array<Pfn, MAX_NR_ZONES>;

// Before 5.8, architectures without CONFIG_HAVE_MEMBLOCK_NODE_MAP hand over sizes and holes instead of limits. Pages.
struct ZoneSizes {
    Pfn start_pfn = 0;
    std::array<u64, MAX_NR_ZONES> size{};
    std::array<u64, MAX_NR_ZONES> hole{};
};

struct ZoneSetup {
    ZonePfns max_zone_pfn{};
    std::optional<ZoneSizes> sizes;  // set: free_area_init_node() with these; max_zone_pfn is not used
};

// setup_arch() as far as memory is concerned. Afterwards boot.memblock.memory is final and has nodes, the limits and the node lists
// of `boot` are set, and early parameters have been read.
void setup_arch(Boot& boot);

// arch_zone_limits_init() of 7.1; zone_sizes_init(), zone_sizes, paging_init() … before.
ZoneSetup arch_zone_limits_init(Boot& boot);

// What is allocated between free_area_init() and memblock_free_all(), where that is computed.
void reserve_until_handover(Boot& boot);

// One pair for each architecture, in a file of its own.
namespace x86 {
void setup_arch(Boot& boot);
ZoneSetup zone_sizes_init(Boot& boot);
}  // namespace x86
namespace arm {
void setup_arch(Boot& boot);
ZoneSetup zone_sizes_init(Boot& boot);
}  // namespace arm
namespace arm64 {
void setup_arch(Boot& boot);
ZoneSetup zone_sizes_init(Boot& boot);
}  // namespace arm64
namespace riscv {
void setup_arch(Boot& boot);
ZoneSetup zone_sizes_init(Boot& boot);
}  // namespace riscv

}  // namespace zonecalc
