// SPDX-License-Identifier: MIT
// Versions and the plain questions that the model asks of a kernel.
#include "zonecalc/kernel.h"

#include <charconv>

#include "kernel/facts.h"

namespace zonecalc {

std::string to_string(Version version) {
    std::string text = std::to_string(version.major) + '.' + std::to_string(version.minor);
    if (version.sublevel != 0) text += '.' + std::to_string(version.sublevel);
    return text;
}

// What follows the numbers is the builder's ("-50-amd64", "+deb12", "-rc3"), as long as it does not look like one more number.
std::optional<Version> version_from_string(std::string_view text) {
    unsigned part[3] = {};
    int parts = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (parts < 3) {
        const auto [rest, error] = std::from_chars(at, end, part[parts]);
        if (error != std::errc{} || part[parts] > 9999) return std::nullopt;
        ++parts;
        at = rest;
        if (at == end || *at != '.' || parts == 3) break;
        ++at;
    }
    if (parts < 2) return std::nullopt;
    const auto begins_suffix = [](char c) { return c == '-' || c == '+' || c == '_' || c == '~' || c == ' ' || c == '.'; };
    // A build's EXTRAVERSION follows the third number as it is: 4.19.13Connoisseur.
    const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
    if (at != end && !begins_suffix(*at) && !(parts == 3 && is_letter(*at))) return std::nullopt;
    return Version{part[0], part[1], part[2]};
}

bool Kernel::config_enabled(std::string_view symbol) const {
    const auto found = config.find(symbol);
    return found != config.end() && (found->second == "y" || found->second == "m");
}

u64 Kernel::config_number(std::string_view symbol, u64 otherwise) const {
    return zonecalc::config_number(config, symbol).value_or(otherwise);
}

u64 Kernel::constant(std::string_view name) const {
    const auto found = constants.find(name);
    return found != constants.end() ? found->second : 0;
}

u64 Kernel::size_of(std::string_view name) const {
    const auto found = sizes.find(name);
    return found != sizes.end() ? found->second : 0;
}

unsigned last_minor(unsigned major) {
    return major == 3 || major == 5 || major == 6 ? 19 : major == 4 ? 20 : ~0u;
}

Version next_series(Version version) {
    if (version.minor < last_minor(version.major)) return {version.major, version.minor + 1, 0};
    return {version.major + 1, 0, 0};
}

}  // namespace zonecalc
