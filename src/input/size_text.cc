// SPDX-License-Identifier: MIT
#include "input/size_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/source.h"

namespace zonecalc {

std::string parse_size(std::string_view text, u64& result) {
    constexpr std::string_view example = "a size such as \"512MiB\", \"4G\" or \"0x80000000\"";
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (text.starts_with('-')) return "must not be negative";
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) text.remove_prefix(2);
    const unsigned base = hex ? 16 : 10;
    u64 value = 0;
    unsigned digits = 0;
    bool overflow = false, after_underscore = true, leading_zero = false;
    for (; !text.empty(); text.remove_prefix(1)) {
        const char c = text.front();
        if (c == '_') {
            if (after_underscore) break;
            after_underscore = true;
            continue;
        }
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = static_cast<unsigned>(c - '0');
        else if (hex && lower >= 'a' && lower <= 'f')
            digit = static_cast<unsigned>(lower - 'a') + 10;
        else
            break;
        overflow =
            overflow || __builtin_mul_overflow(value, u64{base}, &value) || __builtin_add_overflow(value, u64{digit}, &value);
        if (digits == 0) leading_zero = c == '0';
        ++digits;
        after_underscore = false;
    }
    if (digits == 0 || after_underscore) return fmt::format("is no size; write {}", example);
    if (!hex && leading_zero && digits > 1)
        return "has a leading zero, which means octal to the kernel; write it without, or as 0x…";
    if (text.starts_with('.')) return "must be a whole number of bytes; use a smaller unit";
    while (text.starts_with(' ')) text.remove_prefix(1);

    constexpr std::string_view units = "KMGTPE";
    std::string suffix(text);
    for (char& c : suffix)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    unsigned shift = 0;
    if (!suffix.empty() && suffix != "B") {
        const std::size_t unit = units.find(suffix[0]);
        if (unit == std::string_view::npos) return fmt::format("is no size; write {}", example);
        const std::string_view after = std::string_view(suffix).substr(1);
        if (after == "B") return fmt::format("has an ambiguous suffix; write '{}iB' for powers of 1024", units[unit]);
        if (!after.empty() && after != "IB") return fmt::format("is no size; write {}", example);
        shift = 10 * (static_cast<unsigned>(unit) + 1);
    }
    if (overflow || (shift != 0 && value >> (64 - shift) != 0)) return "does not fit in 64 bits";
    result = value << shift;
    return {};
}

RangeText range_of(std::string_view option, std::string_view given) {
    const Source source{std::string(option), std::string(given)};
    const std::string_view whole = source.text;
    Diagnostics diagnostics(source);
    const auto fail = [&](std::string_view part, std::string message) {
        const std::string_view before = whole.substr(0, static_cast<std::size_t>(part.data() - whole.data()));
        const auto characters = std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xc0) != 0x80; });
        diagnostics.error({1, static_cast<u32>(characters) + 1}, std::move(message));
        diagnostics.finish();
    };
    RangeText range;
    std::string_view text = whole;
    if (text.starts_with("pfn:")) {
        range.pages = true;
        text.remove_prefix(4);
    }
    const std::size_t dots = text.find("..");
    const std::size_t plus = text.find('+');
    if (dots == std::string_view::npos && plus == std::string_view::npos)
        fail(text, fmt::format("{} is no range; write 'A..B' or 'A+SIZE', such as '1GiB..0x50000000'", in_quotes(text)));
    const bool sized = dots == std::string_view::npos;
    const std::string_view first = text.substr(0, sized ? plus : dots);
    const std::string_view second = text.substr(sized ? plus + 1 : dots + 2);
    const auto number = [&](std::string_view part) {
        u64 value = 0;
        if (const std::string problem = parse_size(part, value); !problem.empty())
            fail(part, fmt::format("{} {}", in_quotes(part), problem));
        return value;
    };
    if (!first.empty() || sized) range.begin = number(first);
    if (sized) {
        const u64 size = number(second);
        if (size == 0) fail(second, "the range is empty");
        if (size > ~u64{0} - range.begin) fail(second, "the range ends beyond 64 bits");
        range.end = range.begin + size;
    } else if (!second.empty()) {
        range.end = number(second);
        if (*range.end <= range.begin) fail(second, "the range ends where it begins, or before");
    }
    return range;
}

}  // namespace zonecalc
