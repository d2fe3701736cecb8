// SPDX-License-Identifier: MIT
// The memory of one machine as stretches in which nothing changes.
#pragma once

#include <string_view>
#include <vector>

#include "map/drawing.h"

namespace zonecalc {

struct Stretch {
    PhysRange range;
    MapUse use = MapUse::hole;
    bool memory = false;
    std::optional<int> node;
    std::optional<ZoneType> zone;
    std::optional<MigrateType> type;
    std::string_view name;  // into the machine's board or layout
    u64 area = 0;           // what it is part of: pieces of one reserved region count once. 0: of nothing

    // Nobody sees a difference.
    bool looks_like(const Stretch& other) const {
        return use == other.use && memory == other.memory && node == other.node && zone == other.zone && type == other.type &&
               name == other.name;
    }
};

// By address, without gaps, from the first to the last address that anything is known of.
std::vector<Stretch> stretches_of(const Outcome& machine);

}  // namespace zonecalc
