// SPDX-License-Identifier: MIT
// /proc/zoneinfo, of any release: what a running kernel says about its zones.
#pragma once

#include <string>
#include <vector>

#include "input/source.h"

namespace zonecalc {

// Pages. What the file does not say is absent.
struct ZoneinfoZone {
    int node = 0;
    std::string zone;
    std::optional<u64> min, low, high;
    std::optional<u64> spanned, present, managed;
    std::optional<u64> start_pfn;
    std::vector<u64> protection;
    std::optional<u64> pcp_batch, pcp_high, pcp_high_min, pcp_high_max;  // of the first CPU listed
};

// Throws InputError where the text has no "Node 0, zone …" line, or more zones than any machine.
std::vector<ZoneinfoZone> parse_zoneinfo(const Source& source);

}  // namespace zonecalc
