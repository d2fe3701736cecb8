// SPDX-License-Identifier: MIT
// What a page allocator gives and has, as text.
#pragma once

#include <fmt/format.h>

#include "mm/page_alloc.h"

namespace zonecalc::test {

// "12 13 null ": pfns of `count` requests.
inline std::string take(PageAllocator& allocator, int count, unsigned order, std::string_view gfp) {
    std::string out;
    for (int i = 0; i < count; ++i) {
        const AllocatedPages p = allocator.alloc_pages(order, *parse_gfp(allocator.buddy().kernel(), gfp), 0);
        out += p.pfns.empty() ? "null " : fmt::format("{} ", p.pfns.front());
    }
    return out;
}

// " 3072-1024*2": runs of one list, head to tail.
inline std::string runs_of(const FreeList& list) {
    std::string out;
    for (const PageRun& r : list.runs) out += fmt::format(" {}{:+}*{}", r.first, r.step, r.count);
    return out;
}

}  // namespace zonecalc::test
