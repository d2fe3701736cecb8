// SPDX-License-Identifier: MIT
// Packed files, such as /proc/config.gz.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "zonecalc/types.h"

namespace zonecalc {

inline bool is_gzip(std::string_view text) {
    return text.starts_with("\x1f\x8b");
}

// None where it is damaged or holds more than `limit` bytes.
std::optional<std::string> gunzip(std::string_view packed, u64 limit);

}  // namespace zonecalc
