// SPDX-License-Identifier: MIT
// Sizes, addresses and ranges of them as people write them. Suffixes are powers of 1024.
#pragma once

#include <string>
#include <string_view>

#include "zonecalc/types.h"

namespace zonecalc {

// "512MiB", "4G", "0x1_0000". Empty where `text` is a size; else what is wrong with it.
std::string parse_size(std::string_view text, u64& result);

// "A..B", "A+SIZE"; either end may be missing. "pfn:A..B" counts pages.
struct RangeText {
    u64 begin = 0;
    std::optional<u64> end;  // exclusive
    bool pages = false;
};
// A range of the command line's, `option` being the one it belongs to. Throws InputError.
RangeText range_of(std::string_view option, std::string_view text);

}  // namespace zonecalc
