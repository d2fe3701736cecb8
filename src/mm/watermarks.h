// SPDX-License-Identifier: MIT
// Watermarks, lowmem reserves and the sizes of per-CPU lists, from each zone's managed pages: init_per_zone_wmark_min(),
// setup_per_zone_wmarks(), setup_per_zone_lowmem_reserve(), zone_set_pageset_high_and_batch() of mm/page_alloc.c [3.13..7.1].
// Pages.
#pragma once

#include <vector>

#include "mm/walk.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// A zone as these rules see it. All zones of all online nodes, by node and zone, empty ones too.
struct ManagedZone {
    int node = 0;
    ZoneType type = ZoneType::Normal;
    u64 present = 0;
    u64 managed = 0;

    Watermark watermark;
    std::vector<u64> lowmem_reserve;  // by zone index of the kernel
    PerCpuPages pcp;
};

constexpr u64 MIN_PERCPU_PAGELIST_HIGH_FRACTION = 8;

// What sysctl parameters set; what is absent stays the kernel's own.
struct VmSysctl {
    std::optional<u64> min_free_kbytes;
    std::optional<u64> watermark_scale_factor;
    std::optional<std::vector<std::optional<u64>>> lowmem_reserve_ratio;  // by zone index; written to, if with nothing that counts
    std::optional<u64> percpu_high_fraction;

    bool any() const { return min_free_kbytes || watermark_scale_factor || lowmem_reserve_ratio || percpu_high_fraction; }
};

// What the rules need beside the zones.
struct WatermarkSettings {
    const Kernel* kernel = nullptr;
    ZoneType movable_zone = ZoneType::Normal;
    std::vector<unsigned> cpus_of_node;  // online CPUs by node id
    unsigned online_cpus = 1;
    bool khugepaged = false;  // transparent hugepages are on, and the machine has 512 MiB
    Walker* walk = nullptr;   // that is told of it
};

// init_per_zone_wmark_min(): watermarks, reserves, and per-CPU lists where these follow from the marks. Returns min_free_kbytes.
u64 init_per_zone_wmark_min(const WatermarkSettings& settings, std::vector<ManagedZone>& zones);
// khugepaged's start: raises min_free_kbytes, where it runs.
u64 set_recommended_min_free_kbytes(const WatermarkSettings& settings, std::vector<ManagedZone>& zones, u64 min_free_kbytes);
// What sysctl parameters change, for the managed pages that `zones` have now.
u64 write_vm_sysctl(const WatermarkSettings& settings, const VmSysctl& vm, std::vector<ManagedZone>& zones, u64 min_free_kbytes);

// setup_per_zone_lowmem_reserve() alone, for the managed pages that `zones` have now.
void set_lowmem_reserve(const WatermarkSettings& settings, std::vector<ManagedZone>& zones);

// setup_per_cpu_pageset(), before any watermark is set.
void setup_per_cpu_pageset(const WatermarkSettings& settings, std::vector<ManagedZone>& zones);
// Per-CPU lists anew, for the pages that `zones` have now.
void zone_pcp_update(const WatermarkSettings& settings, std::vector<ManagedZone>& zones);

}  // namespace zonecalc
