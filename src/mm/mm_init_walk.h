// SPDX-License-Identifier: MIT
// What free_area_init() and the functions below it tell the walk.
#pragma once

#include "mm/boot.h"

namespace zonecalc {

// Which zones the config gives the kernel.
void tell_zones(const WalkPath& walk, const Kernel& kernel);
// "Early memory node ranges"
void tell_early_ranges(const Boot& boot, const WalkPath& walk);
void tell_pages(const WalkStep& step, const Zone& zone);
// init_currently_empty_zone()
void tell_init(const Boot& boot, const Zone& zone);
// memmap_init_range()
void tell_memmap(const Boot& boot, const Zone& zone);

}  // namespace zonecalc
