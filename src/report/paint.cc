// SPDX-License-Identifier: MIT
#include "report/paint.h"

#include <algorithm>

namespace zonecalc {

namespace {

constexpr std::string_view bold = "\x1b[1m", dim = "\x1b[2m", red = "\x1b[31m", green = "\x1b[32m", off = "\x1b[0m";

std::string_view color_of(std::string_view line) {
    if (line.starts_with("--- ") || line.starts_with("+++ ")) return bold;
    if (line.starts_with("@@")) return dim;
    if (line.starts_with('-')) return red;
    if (line.starts_with('+')) return green;
    const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view words = line.substr(first);
    if (words.starts_with("FAIL ") || words.ends_with(" differs") || words.find(" DIFFERS") != std::string_view::npos) return red;
    if (words.starts_with("ok ")) return green;
    return {};
}

}  // namespace

std::string painted(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        const std::string_view color = color_of(line);
        out.append(color).append(line);
        if (!color.empty()) out += off;
        if (end < text.size()) out += '\n';
        at = end + 1;
    }
    return out;
}

}  // namespace zonecalc
