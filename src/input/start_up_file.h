// SPDX-License-Identifier: MIT
// What boots of a kernel were seen to ask for, in a file beside its profile: thousands of lines that a TOML library would take
// longer to read than a whole run takes.
//
//   cpus=N [nodes=N]   the requests of a machine with so many CPUs and nodes follow
//   caches             the caches that start-up makes follow
//
// Requests and caches are lines of their own, as start_up_requests.h has them. Lines that begin with '#' are comments.
#pragma once

#include <vector>

#include "input/source.h"
#include "zonecalc/start_up.h"

namespace zonecalc {

struct StartUpFile {
    std::vector<StartUp> start_up;
    std::vector<StartUpCache> caches;
};

inline constexpr u64 largest_start_up_file = u64{1} << 20;  // bytes

// Throws InputError with every error of the text.
StartUpFile parse_start_up_file(const Source& source);

}  // namespace zonecalc
