// SPDX-License-Identifier: MIT
// Recorded requests of start-up, in a kernel profile or in a file beside it: a line each.
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

// Each block, page and cache costs time and memory: hundreds are recorded.
inline constexpr u64 most_start_up_pages = 65536;  // blocks and pages of one machine
inline constexpr std::size_t most_start_up_caches = 4096;

// What to say of a line that is none of these.
inline constexpr std::string_view start_up_request_shape =
    "a request reads \"ORDER GFP WHAT\", \"bulk COUNT GFP WHAT\", \"hash SCALE GFP WHAT\", \"free COUNT image+OFFSET\" or "
    "\"setup_per_cpu_pageset\"";
inline constexpr std::string_view start_up_cache_shape =
    "a cache reads \"NAME OBJECT_SIZE ALIGN FLAGS\", flags in words: \"hwcache_align|ctor\"";

// None where the line is none of these.
std::optional<StartUpRequest> parse_start_up_request(std::string_view line);
std::optional<StartUpCache> parse_start_up_cache(std::string_view line);

// Decimal, or hexadecimal behind "0x"; none where the text is no number or a higher one.
std::optional<u64> start_up_number(std::string_view text, u64 highest);

}  // namespace zonecalc
