// SPDX-License-Identifier: MIT
// RAM that no write-back MTRR covers is not worth having: the kernel turns it into reserved memory, and says that the BIOS is at
// fault.
//
// It does so only where the default type is uncachable and the variable registers are of the types write-back and uncachable alone.
// Virtual machines have no write-back register and lose nothing.
//
// Not modelled: mtrr_cleanup() (CONFIG_MTRR_SANITIZER), which rewrites the registers first, and AMD's TOM2, which makes memory
// above 4 GiB write-back without a register.
//
// Read beside it: mtrr_trim_uncached_memory() and x86_get_mtrr_mem_range() in arch/x86/kernel/cpu/mtrr/cleanup.c.
#include <fmt/format.h>

#include "arch/x86_setup.h"

namespace zonecalc::x86 {

namespace {

constexpr Pfn first_mib = 0x100;  // fixed MTRRs rule here

// Sorted and disjoint.
using Ranges = std::vector<PfnRange>;

void add_range_with_merge(Ranges& ranges, PfnRange added) {
    if (added.empty()) return;
    Ranges out;
    for (const PfnRange& r : ranges) {
        if (r.end < added.begin || added.end < r.begin) {
            out.push_back(r);
        } else {
            added = {std::min(r.begin, added.begin), std::max(r.end, added.end)};
        }
    }
    out.insert(
        std::upper_bound(out.begin(), out.end(), added, [](const PfnRange& a, const PfnRange& b) { return a.begin < b.begin; }),
        added);
    ranges = std::move(out);
}

void subtract_range(Ranges& ranges, PfnRange taken) {
    if (taken.empty()) return;
    Ranges out;
    for (const PfnRange& r : ranges) {
        const PfnRange below{r.begin, std::min(r.end, taken.begin)};
        const PfnRange above{std::max(r.begin, taken.end), r.end};
        if (!below.empty()) out.push_back(below);
        if (!above.empty()) out.push_back(above);
    }
    ranges = std::move(out);
}

PfnRange pfns(const MtrrRange& m, unsigned page_shift) {
    const u64 size = std::min(m.size, ~u64{0} - m.base);
    return {m.base >> page_shift, (m.base >> page_shift) + (size >> page_shift)};
}

}  // namespace

bool mtrr_trim_uncached_memory(Boot& boot, const Options& options, E820Table& table, Pfn end_pfn) {
    const Board& board = boot.board;
    const unsigned shift = boot.kernel.page_shift;
    if (board.mtrr.empty() || !boot.kernel.config_enabled("MTRR") || options.disable_mtrr_trim) return false;
    if (board.mtrr_default.value_or(MtrrType::uncachable) != MtrrType::uncachable) return false;

    Ranges covered;
    for (const MtrrRange& m : board.mtrr) {
        if (m.size >> shift != 0 && m.type != MtrrType::write_back && m.type != MtrrType::uncachable) return false;
        if (m.type == MtrrType::write_back) add_range_with_merge(covered, pfns(m, shift));
    }
    if (covered.empty()) return false;
    if (!board.mtrr_default)
        boot.note(Note::Kind::assumption, "mtrr-default",
                  "the board lists MTRRs and no default type, which is taken for uncachable");
    for (const MtrrRange& m : board.mtrr) {
        if (m.type != MtrrType::uncachable) continue;
        PfnRange r = pfns(m, shift);
        r.begin = std::max(r.begin, std::min(first_mib, r.end));
        subtract_range(covered, r);
    }
    if (covered.empty()) return false;

    u64 trimmed = 0;
    const auto real_trim_memory = [&](Pfn start, Pfn limit) {
        if (start < limit)
            trimmed += table.range_update(start << shift, (limit - start) << shift, E820_TYPE_RAM, E820_TYPE_RESERVED);
    };
    real_trim_memory(0, covered.front().begin);
    for (std::size_t i = 0; i + 1 < covered.size(); ++i) real_trim_memory(covered[i].end, covered[i + 1].begin);
    real_trim_memory(covered.back().end, end_pfn);
    if (trimmed == 0) return false;
    boot.message(MessageLevel::warning,
                 fmt::format("WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing {}MB of RAM.", trimmed >> 20),
                 "mtrr_trim_uncached_memory");
    report_dropped(boot, table);
    table.update_table();
    return true;
}

}  // namespace zonecalc::x86
