// SPDX-License-Identifier: MIT
// Numbers are plain, addresses in hex: what is beyond TOML's 63 bits, or a symbol's, is in a string.
#include "report/kernel_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "report/board_writer.h"

namespace zonecalc {

namespace {

constexpr std::size_t width = 110;

bool is_bare(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

std::string key_text(std::string_view key) {
    return is_bare(key) ? std::string(key) : toml_string(key);
}

// A decimal number that TOML and the kernel read alike; all else is a string.
std::string config_text(const std::string& value) {
    const bool plain = !value.empty() && value.size() < 18 && (value == "0" || value[0] != '0') &&
                       value.find_first_not_of("0123456789") == value.npos;
    return plain ? value : toml_string(value);
}

std::string number_text(u64 value) {
    return value >> 32 ? fmt::format("\"0x{:x}\"", value) : fmt::to_string(value);
}

void remark(std::string& out, std::string_view text) {
    std::string_view lead = "# ";
    while (!text.empty()) {
        std::size_t cut = text.size();
        if (cut > width - lead.size()) {
            cut = text.rfind(' ', width - lead.size());
            if (cut == text.npos) cut = std::min(text.find(' '), text.size());
        }
        fmt::format_to(std::back_inserter(out), "{}{}\n", lead, toml_comment(text.substr(0, cut)));
        text.remove_prefix(std::min(cut + 1, text.size()));
        lead = "#   ";
    }
}

}  // namespace

std::string kernel_toml(const KernelProfile& p, const std::vector<std::string>& remarks) {
    std::string out;
    const auto put = [&out]<typename... T>(fmt::format_string<T...> format, T&&... values) {
        fmt::format_to(std::back_inserter(out), format, std::forward<T>(values)...);
    };
    for (const std::string& text : remarks) remark(out, text);
    put("schema = 1\n\n[kernel]\nrelease = {}\n", toml_string(p.release));
    if (!p.version.empty()) put("version = {}\n", toml_string(p.version));
    put("arch = \"{}\"\n", to_string(p.arch));
    if (!p.like.empty()) put("like = {}\n", toml_string(p.like));
    if (p.recorded) put("recorded = true\n");
    if (!p.source.empty()) put("source = {}\n", toml_string(p.source));
    if (!p.config.empty()) put("\n[config]\n");
    for (const auto& [symbol, value] : p.config) put("{} = {}\n", symbol, config_text(value));
    if (!p.sizes.empty()) put("\n[sizeof]  # bytes\n");
    for (const auto& [name, size] : p.sizes) put("{} = {}\n", key_text(name), size);
    if (!p.constants.empty()) put("\n[const]\n");
    for (const auto& [name, value] : p.constants) put("{} = {}\n", key_text(name), number_text(value));
    return out;
}

}  // namespace zonecalc
