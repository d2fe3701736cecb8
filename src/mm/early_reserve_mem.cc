// SPDX-License-Identifier: MIT
// reserve_mem=SIZE:ALIGN:NAME, which keeps up to eight ranges at the same places from boot to boot for those who ask by name
// (ramoops, trace buffers). Each is taken while start_kernel() reads its parameters, as high as it fits; a word that is not
// understood, a name that is taken, and a range without room change nothing.
//
// Not modelled: that it takes turns with hugepages= in the order of the command line; those come first here.
// Read beside it: mm/memblock.c reserve_mem() [6.11..7.1].
#include <algorithm>
#include <bit>
#include <set>

#include "mm/boot.h"
#include "mm/early_boot.h"

namespace zonecalc {

namespace {

constexpr std::size_t RESERVE_MEM_MAX_ENTRIES = 8;
constexpr std::size_t RESERVE_MEM_NAME_SIZE = 16;

struct NamedRange {
    u64 size = 0;
    u64 align = 0;
    std::string name;
};

std::optional<NamedRange> parse(const Boot& boot, std::string_view text) {
    const bool tera = boot.kernel.behaviours.memparse_tera_suffixes;
    const Memparse size = memparse(text, tera);
    if (size.value == 0 || !size.rest.starts_with(':')) return std::nullopt;
    const Memparse align = memparse(size.rest.substr(1), tera);
    if (!align.rest.starts_with(':')) return std::nullopt;
    const std::string_view name = align.rest.substr(1);
    if (name.size() >= RESERVE_MEM_NAME_SIZE || name.find_first_not_of(" \t\n\v\f\r") == name.npos) return std::nullopt;
    return NamedRange{size.value, std::max(align.value, SMP_CACHE_BYTES), std::string(name)};
}

}  // namespace

void reserve_mem(Boot& boot) {
    if (!boot.kernel.behaviours.reserve_mem) return;
    std::set<std::string> names;
    for (const std::string& value : early_values(boot, "reserve_mem")) {
        const auto range = parse(boot, value);
        if (!range || names.size() == RESERVE_MEM_MAX_ENTRIES || names.contains(range->name)) continue;
        const std::string word = "reserve_mem=" + value;
        if (!std::has_single_bit(range->align)) {
            boot.note(Note::Kind::unmodelled, "unmodelled-parameter", word + " is not computed: its alignment is no power of two");
            continue;
        }
        const WalkStep step(boot.walk, "reserve_mem");
        const std::string what = "reserve_mem " + range->name;
        if (boot.early->allocator.phys_alloc({.name = what, .size = range->size, .align = range->align}))
            names.insert(range->name);
        else
            boot.note(Note::Kind::problem, "reserve-mem-does-not-fit",
                      word + ": there is no free memory of that size in one piece, and nothing is reserved", {.parameter = word});
    }
}

}  // namespace zonecalc
