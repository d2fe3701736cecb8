// SPDX-License-Identifier: MIT
// How single values are worded in what people read: sizes, address ranges, foreign text.
#pragma once

#include <string>
#include <string_view>

#include "zonecalc/types.h"

namespace zonecalc {

// "512 MiB", "1023.5 MiB"; with `plain` "536870912".
std::string format_size(u64 bytes, bool plain);

// Pages times 2^page_shift, worded as format_size() does. What does not fit into 64 bits is given in pages.
std::string format_pages(u64 pages, unsigned page_shift, bool plain);

// "[mem 0x0000000000001000-0x0000000000ffffff]", as the kernel words a range of bytes. The end is exclusive here and inclusive
// there.
std::string format_mem(PhysAddr begin, PhysAddr end);

// "0x0000000000001000-0x0000000000ffffff"
std::string format_range(PhysAddr begin, PhysAddr end);

// Text from outside, safe on a terminal: control characters become '?'.
std::string printable(std::string_view text);

// The same for an element or attribute of XML. What is no UTF-8, or no character there, becomes U+FFFD.
std::string xml_text(std::string_view text);

// Columns that a UTF-8 text takes, one for each code point.
std::size_t display_width(std::string_view text);

}  // namespace zonecalc
