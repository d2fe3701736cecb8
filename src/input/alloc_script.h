// SPDX-License-Identifier: MIT
// Requests to the page allocator: a script of JSON lines, or words on the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/source.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

enum class StartUpStep { setup_per_cpu_pageset, page_alloc_init_late, cma_init_reserved_areas, init_per_zone_wmark_min };
std::string_view to_string(StartUpStep step);
// In the order in which this kernel takes them.
std::vector<StartUpStep> start_up_steps(const Kernel& kernel);

struct AllocRequest {
    enum class Op { alloc, bulk, free, step };
    Op op = Op::alloc;
    std::string id;  // free: of what was allocated; empty where a pfn is given
    unsigned order = 0;
    u64 gfp = 0;
    std::optional<int> node;  // none: where the boot CPU is
    u64 count = 1;            // bulk
    Pfn pfn = 0;              // free
    StartUpStep step = StartUpStep::setup_per_cpu_pageset;
    SourcePosition position;
};

// One JSON object a line; blank lines are skipped. Ids are given once, and freed once at most. Throws InputError.
std::vector<AllocRequest> parse_alloc_script(const Source& source, const Kernel& kernel);

// "order=9 gfp=GFP_DMA32 node=0 count=3": `count` requests of their own; their ids go on from `next_id`. Throws InputError.
std::vector<AllocRequest> parse_alloc_words(std::string_view text, const Kernel& kernel, unsigned& next_id);

}  // namespace zonecalc
