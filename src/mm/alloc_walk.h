// SPDX-License-Identifier: MIT
// What the page allocator's functions tell the walk: masks and flags in the release's numbers, the rules that decided.
#pragma once

#include <string>

#include "mm/rmqueue.h"

namespace zonecalc {

// "Normal (node 0)"
std::string zone_in_words(const BuddyZone& zone);
// "free_area[10].free_list[MIGRATE_MOVABLE]"
std::string list_in_words(unsigned order, MigrateType type);
// "MIGRATE_UNMOVABLE (0)"
std::string type_in_words(const Kernel& kernel, MigrateType type);

// ALLOC_* as the release numbers them.
u64 alloc_flags_number(const Kernel& kernel, const AllocFlags& flags);
std::string alloc_flags_names(const Kernel& kernel, const AllocFlags& flags);

// GFP_BOOT_MASK, what gfp_allowed_mask is until kernel_init(); GFP_RECLAIM_MASK; GFP_CONSTRAINT_MASK.
u64 gfp_boot_mask(const Kernel& kernel);
u64 gfp_reclaim_mask(const Kernel& kernel);
u64 gfp_constraint_mask(const Kernel& kernel);

// A value of vm_stat[].
void tell_vm_stat(const WalkNote& walk, const Kernel& kernel, std::string_view counter, i64 value);

// What decides whether a pageblock changes sides when a block of `order` of it is taken for `start`.
void tell_steal_rule(const WalkNote& walk, const Kernel& kernel, unsigned order, MigrateType start);

// prep_new_page()
void tell_new_page(Walker* walker, Pfn pfn, unsigned order, u64 gfp);

}  // namespace zonecalc
