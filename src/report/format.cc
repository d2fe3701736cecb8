// SPDX-License-Identifier: MIT
#include "report/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/source.h"

namespace zonecalc {

std::string format_size(u64 bytes, bool plain) {
    if (plain) return fmt::format("{}", bytes);
    static constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    while (unit + 1 < std::size(units) && (bytes >> (10 * (unit + 1))) != 0) ++unit;
    if (unit == 0) return fmt::format("{} B", bytes);
    u64 whole = bytes >> (10 * unit);
    const u64 rest = bytes - (whole << (10 * unit));
    if (rest == 0) return fmt::format("{} {}", whole, units[unit]);
    // Tenths, rounded half up, from the highest ten bits of the rest; no product here can overflow.
    u64 tenths = ((rest >> (10 * unit - 10)) * 10 + 512) >> 10;
    if (tenths == 10) {
        ++whole;
        tenths = 0;
    }
    return fmt::format("{}.{} {}", whole, tenths, units[unit]);
}

std::string format_pages(u64 pages, unsigned page_shift, bool plain) {
    if (page_shift >= 64 || (page_shift != 0 && pages >> (64 - page_shift) != 0)) return fmt::format("{} pages", pages);
    return format_size(pages << page_shift, plain);
}

std::string format_range(PhysAddr begin, PhysAddr end) {
    return fmt::format("{:#018x}-{:#018x}", begin, end - 1);
}

std::string format_mem(PhysAddr begin, PhysAddr end) {
    return fmt::format("[mem {:#018x}-{:#018x}]", begin, end - 1);
}

std::string printable(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto c = static_cast<unsigned char>(out[i]);
        if (c < 0x20 || c == 0x7f) out[i] = '?';
        // The C1 controls, which some terminals obey, are U+0080 to U+009F: 0xc2 and one more byte.
        const auto next = i + 1 < out.size() ? static_cast<unsigned char>(out[i + 1]) : 0u;
        if (c == 0xc2 && next >= 0x80 && next <= 0x9f) out.replace(i, 2, "?");
    }
    return out;
}

std::string xml_text(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Char c = decode_utf8(text, at);
        const std::string_view bytes = text.substr(at, c.bytes);
        at += std::max(c.bytes, 1u);
        if (!c.valid || c.code == 0xfffe || c.code == 0xffff)
            out += "\xef\xbf\xbd";
        else if (c.code == '<')
            out += "&lt;";
        else if (c.code == '>')
            out += "&gt;";
        else if (c.code == '&')
            out += "&amp;";
        else if (c.code == '"')
            out += "&quot;";
        else if (c.code == '\n' || c.code == '\t')
            out += bytes;
        else
            out += printable(bytes);
    }
    return out;
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return width;
}

}  // namespace zonecalc
