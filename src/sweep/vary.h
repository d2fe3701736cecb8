// SPDX-License-Identifier: MIT
// Parameters of the command line that take one value after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/source.h"
#include "zonecalc/cmdline.h"

namespace zonecalc {

struct Vary {
    std::string name;  // of the parameter
    // As they stand in the command line; none: without the parameter.
    std::vector<std::optional<std::string>> values;
    bool flag = false;  // takes no value: there or not
};

inline constexpr std::size_t most_values = 1000000;

// "kernelcore=10%..90%/10%", "mem=1G,2G,4G..16G/4G", "movable_node" (without it and with it). Values of a range end where the
// step leads past its end. Throws InputError, with `option` for the name of the text.
Vary parse_vary(std::string_view option, std::string_view text);

// "2G", "1536M", "4096", as short as it is exact.
std::string size_words(u64 bytes);

// `cmdline` with the parameter in place of what it says about it, behind its last one.
std::string with_parameter(const Cmdline& cmdline, std::string_view name, const std::optional<std::string>& value, bool flag);

}  // namespace zonecalc
