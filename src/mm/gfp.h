// SPDX-License-Identifier: MIT
// GFP flags: numbers and names by release, and what they mean to the page allocator (include/linux/gfp.h, gfp_types.h).
#pragma once

#include <string>
#include <string_view>

#include "zonecalc/free_list.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

// What a request says, whatever its numbers are.
struct Gfp {
    bool dma = false;
    bool dma32 = false;
    bool highmem = false;
    bool movable = false;
    bool reclaimable = false;
    bool high = false;            // __GFP_HIGH
    bool atomic = false;          // __GFP_ATOMIC
    bool direct_reclaim = false;  // __GFP_DIRECT_RECLAIM, __GFP_WAIT
    bool kswapd = false;          // __GFP_KSWAPD_RECLAIM, no __GFP_NO_KSWAPD
    bool thisnode = false;
    bool cold = false;
    bool memalloc = false;
    bool nomemalloc = false;

    // gfp_migratetype(), without page_group_by_mobility_disabled
    MigrateType migratetype() const;
    // gfp_zone()
    ZoneType zone(const Kernel& kernel) const;
};

Gfp decode_gfp(const Kernel& kernel, u64 bits);

// A number ("0xdc0", "3520") or names joined by '|' ("GFP_KERNEL|__GFP_ZERO"); none where a name is unknown to the release.
std::optional<u64> parse_gfp(const Kernel& kernel, std::string_view text);
// "GFP_KERNEL|__GFP_ZERO"
std::string gfp_names(const Kernel& kernel, u64 bits);

}  // namespace zonecalc
