// SPDX-License-Identifier: MIT
// Recorded boots of real kernels. Each folder of boots/, and of a kernel in imported/, is one boot:
//
//   board.toml   the inputs: firmware's map, nodes, kernel, command line, what was reserved at hand-over; for arm64 also what was in
//                memory before the kernel, from which what was reserved is computed and compared
//   dmesg.txt    the lines that the kernel printed about its zones, and "Memory:" and "SLUB:", without time stamps
//   zones.txt    node, zone, start_pfn, spanned, present of /proc/zoneinfo, where the boot got that far
//   allocations.txt  order and pfn of the first pages that were allocated after the hand-over, where the allocator was watched: as
//                many as start-up's slabs take
//   zoneinfo.txt watermarks, lowmem reserves and per-CPU lists of /proc/zoneinfo, with the present pages
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/verify.h"
#include "zonecalc/board.h"

namespace zonecalc::truth {

std::string slurp(const std::filesystem::path& path);

// The folders, sorted.
std::vector<std::filesystem::path> boots(const std::filesystem::path& directory);

Board board_of(const std::filesystem::path& boot);

// The boot, predicted and compared. LogResult::kernel is the profile that the board names.
LogResult verify_boot(const std::filesystem::path& boot);
LogResult verify_boot(const std::filesystem::path& boot, const Board& board);

}  // namespace zonecalc::truth
