// SPDX-License-Identifier: MIT
// What the source of a release calls things: functions and who calls them, zones, migratetypes, masks. Data only, for the walk.
#pragma once

#include <string_view>
#include <vector>

#include "zonecalc/free_list.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

// The name that `version` has for the function that is called `latest` in the newest release that has it.
std::string_view function_name(Version version, std::string_view latest);

// The other way round: the latest name of a function that any release calls so.
std::string_view latest_function_name(std::string_view name);

// Does the release have this function, or this flag?
bool has_function(Version version, std::string_view latest);

// The functions on the way from start_kernel() to `function`, outermost first, as this kernel calls them; `function`, by its latest
// name, is the last.
std::vector<std::string_view> path_to(const Kernel& kernel, std::string_view function);

// Words of the source: "ZONE_DMA32", "MIGRATE_MOVABLE".
std::string_view zone_constant(ZoneType zone);
std::string_view migratetype_constant(MigrateType type);
// The number of a migratetype, of a zone.
unsigned migratetype_number(const Kernel& kernel, MigrateType type);
unsigned zone_number(const Kernel& kernel, ZoneType zone);
// __GFP_BITS_MASK
u64 gfp_bits_mask(const Kernel& kernel);
// Where a counter stands in vm_stat[], where that is known.
std::optional<unsigned> vm_stat_index(const Kernel& kernel, std::string_view counter);

}  // namespace zonecalc
