// SPDX-License-Identifier: MIT
// Old logs are kept as kern.log.2.gz, a shell of Windows writes what it redirects in UTF-16, and some tools keep logs as JSON. All
// are read; other packers are named, so that the user knows what to do.
#include "input/plain_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/gunzip.h"
#include "input/json_log.h"

namespace zonecalc {

namespace {

constexpr u64 largest_unpacked = u64{1} << 30;  // as large as a file that is not packed may be

struct Packer {
    std::string_view magic, name, command;
};
constexpr Packer packers[] = {
    {{"\xfd"
      "7zXZ\0",
      6},
     "xz",
     "xz -dc"},
    {"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"},
    {"\x04\x22\x4d\x18", "lz4", "lz4 -dc"},
    {"BZh", "bzip2", "bzip2 -dc"},
    {"PK\x03\x04", "zip", "unzip -p"},
};

[[noreturn]] void refuse(const Source& source, std::string message, std::string note = {}) {
    std::vector<Diagnostic> list{{Severity::error, source.name, {}, std::move(message), {}}};
    if (!note.empty()) list.push_back({Severity::note, {}, {}, std::move(note), {}});
    throw InputError(std::move(list));
}

enum class Utf16 { no, little, big };

// By its mark, or because the text begins with characters of which every other byte is 0.
Utf16 utf16_of(std::string_view s) {
    if (s.starts_with("\xff\xfe")) return Utf16::little;
    if (s.starts_with("\xfe\xff")) return Utf16::big;
    constexpr std::size_t looked_at = 32;
    if (s.size() < looked_at) return Utf16::no;
    const auto zeros = [s](std::size_t first) {
        std::size_t n = 0;
        for (std::size_t i = first; i < looked_at; i += 2) n += s[i] == 0;
        return n;
    };
    const std::size_t even = zeros(0), odd = zeros(1);
    if (even == 0 && odd == looked_at / 2) return Utf16::little;
    return even == looked_at / 2 && odd == 0 ? Utf16::big : Utf16::no;
}

// Kernels print ASCII; any other character is as good as a question mark.
std::string from_utf16(std::string_view s, Utf16 order) {
    std::string out;
    out.reserve(s.size() / 2);
    const std::size_t low = order == Utf16::little ? 0 : 1;
    const bool mark = s.starts_with("\xff\xfe") || s.starts_with("\xfe\xff");
    for (std::size_t i = mark ? 2 : 0; i + 1 < s.size(); i += 2) out += s[i + 1 - low] == 0 ? s[i + low] : '?';
    return out;
}

}  // namespace

Source plain(Source source) {
    if (is_gzip(source.text)) {
        std::optional<std::string> text = gunzip(source.text, largest_unpacked);
        if (!text) refuse(source, "this gzip file is damaged or too large");
        source.text = std::move(*text);
    }
    for (const Packer& p : packers)
        if (std::string_view(source.text).starts_with(p.magic))
            refuse(source, fmt::format("this file is packed with {}", p.name), fmt::format("unpack it first: {}", p.command));
    if (const Utf16 order = utf16_of(source.text); order != Utf16::no) source.text = from_utf16(source.text, order);
    if (source.text.starts_with("\xef\xbb\xbf")) source.text.erase(0, 3);
    if (source.text.find_first_not_of(std::string_view(" \t\r\n\0", 5)) == source.text.npos) refuse(source, "this file is empty");
    if (std::optional<std::string> log = log_of_json(source.text)) source.text = std::move(*log);
    return source;
}

}  // namespace zonecalc
