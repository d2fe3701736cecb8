// SPDX-License-Identifier: MIT
// Caches to be: tables of object sizes, and flags in words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/source.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

struct SlabFlagWords {
    u32 flags = 0;  // SlabFlag
    bool ctor = false;
};
// "hwcache_align|reclaim_account", "ctor". Throws InputError with the words that are known.
SlabFlagWords parse_slab_words(std::string_view text);
// The same, or the number of the kernel release. Throws InputError with the words that are known.
SlabFlagWords parse_slab_flags(std::string_view text, const Kernel& kernel);

// Bytes, with a suffix K, M or G perhaps; none where it is no size or more than any slab holds.
std::optional<u64> parse_object_size(std::string_view text);

struct SlabRequest {
    std::string name;
    u64 object_size = 0;      // bytes
    u64 align = 0;            // bytes; 0: none asked for
    std::optional<u64> size;  // bytes from object to object, where it is known
    SlabFlagWords flags;
    std::vector<std::string> cells;  // as read
};
struct SlabTable {
    std::vector<std::string> columns;
    std::vector<SlabRequest> rows;
};

// Lines of cells divided by tabs below a line of column names: object_size; name, align, flags and size where known; others are
// kept. Throws InputError.
SlabTable parse_slab_table(const Source& source, const Kernel& kernel);

}  // namespace zonecalc
