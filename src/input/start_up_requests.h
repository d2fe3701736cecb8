// SPDX-License-Identifier: MIT
// Recorded requests of start-up in a kernel profile: a line each.
//
//   "ORDER GFP WHAT", "N x ORDER GFP WHAT"   blocks of pages
//   "bulk COUNT GFP WHAT"                    single pages at once
//   "hash SCALE GFP WHAT"                    a table that is sized by memory
//   "free COUNT image+OFFSET"                pages of the kernel image that are given back
//   "setup_per_cpu_pageset"                  a step of start-up
//
// GFP is the release's number; "@N" behind it names a node. Caches that start-up makes, a line each: "NAME OBJECT_SIZE ALIGN
// FLAGS", flags in words as in tables of caches.
#pragma once

#include <optional>
#include <string_view>

#include "zonecalc/start_up.h"

namespace zonecalc {

// None where the line is none of these.
std::optional<StartUpRequest> parse_start_up_request(std::string_view line);
std::optional<StartUpCache> parse_start_up_cache(std::string_view line);

}  // namespace zonecalc
