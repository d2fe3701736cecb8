// SPDX-License-Identifier: MIT
// ZONE_MOVABLE is carved out of the highest populated zone of each node. Three paths lead to its start:
//
//   A. movable_node: the lowest hot-pluggable region of each node. kernelcore= and movablecore= are not looked at any more.
//   B. kernelcore=mirror: the lowest region of each node that is not mirrored and lies above 4 GiB.
//   C. an amount, by kernelcore= or movablecore=: kernel memory is spread over the nodes as evenly as their sizes allow, pass by
//   pass;
//      ZONE_MOVABLE starts where a node's share ends. Memory below the zone that ZONE_MOVABLE is taken from always counts as kernel
//      memory, so the kernel may get more than was asked for.
//
// Each start is rounded up to the largest buddy block, not to a page block. Since 5.18 (and in late 5.4.y, 5.10.y, 5.15.y) a start
// that rounding carries to the node's end or beyond is dropped; before, it is printed though no page is there.
//
// The kernel computes in unsigned long: 32 bits on i386 and arm, where a percentage of a large memory wraps. That is mirrored.
#include "mm/find_zone_movable.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "kernel/source_words.h"
#include "mm/mm_init.h"

namespace zonecalc {

namespace {

using Starts = std::map<int, Pfn>;  // zone_movable_pfn[], nodes with a start other than 0

// What fits the kernel's unsigned long.
u64 ulong(const Kernel& kernel, u64 value) {
    return is_32bit(kernel.arch) ? value & 0xffffffff : value;
}

void lower(Starts& starts, int nid, Pfn pfn) {
    Pfn& start = starts[nid];
    start = start ? std::min(start, pfn) : pfn;
}

// find_usable_zone_for_movable()
ZoneType find_usable_zone_for_movable(Walker* walk, const Layout& layout) {
    const WalkStep step(walk, "find_usable_zone_for_movable");
    ZoneType zone = ZoneType::Normal;
    for (const ZoneLimit& l : layout.zone_limits)
        if (!l.range.empty()) zone = l.zone;
    step.value("movable_zone", [&] { return zone_constant(zone); });
    step.because("the highest zone whose limits are not empty");
    return zone;
}

// What is saved and counted first.
void tell_nodes(const Boot& boot, u64 total) {
    std::set<int> nodes;
    for (const EarlyRange& r : boot.layout.early_ranges) nodes.insert(r.node);
    const WalkNote walk(boot.walk);
    walk.value("saved_node_state (node_states[N_MEMORY])", "the nodes marked so far");
    {
        const WalkStep step(boot.walk, "early_calculate_totalpages");
        step.value("totalpages", total, WalkUnit::pages);
        step.value("node_states[N_MEMORY]", fmt::format("{}", fmt::join(nodes, ",")));
    }
    walk.value("usable_nodes", nodes.size());
}

void out(const Boot& boot) {
    const WalkStep step(boot.walk, "out:");
    step.because("node_states[N_MEMORY] is what it was again");
}

void by_hotplug(const Boot& boot, Starts& starts) {
    const u64 page = boot.kernel.page_size();
    const WalkNote walk(boot.walk);
    walk.because(
        "path 1, movable_node: the lowest hot-pluggable region of each node; kernelcore= and movablecore= are not looked at");
    for (const MemblockRegion& r : boot.memblock.memory.regions()) {
        const bool hotpluggable = r.flags & MEMBLOCK_HOTPLUG;
        walk.because([&] {
            return fmt::format("region {:#x}-{:#x} of node {} is {}", r.base, r.end() - 1, r.nid,
                               hotpluggable ? "hot-pluggable" : "not hot-pluggable: skipped");
        });
        if (!hotpluggable || r.nid == NUMA_NO_NODE) continue;
        const Pfn usable_startpfn = boot.kernel.behaviours.hotplug_base_rounds_up ? div_round_up(r.base, page) : r.base / page;
        walk.value("usable_startpfn", usable_startpfn, WalkUnit::pfn);
        lower(starts, r.nid, usable_startpfn);
    }
}

// False where the release ignores kernelcore=mirror because nothing is mirrored.
bool by_mirror(Boot& boot, Starts& starts) {
    const Kernel& kernel = boot.kernel;
    const auto& regions = boot.memblock.memory.regions();
    const WalkNote walk(boot.walk);
    walk.because("path 2, kernelcore=mirror: the lowest region of each node that is not mirrored and not below 4 GiB");
    const bool some_mirror =
        std::any_of(regions.begin(), regions.end(), [](const MemblockRegion& r) { return r.flags & MEMBLOCK_MIRROR; });
    if (!some_mirror && kernel.behaviours.mirror_needs_mirror) {
        walk.because("no region is mirrored: kernelcore=mirror is ignored");
        boot.message(MessageLevel::warning, "The system has no mirror memory, ignore kernelcore=mirror.",
                     "find_zone_movable_pfns_for_nodes");
        boot.note(Note::Kind::effect, "mirror-ignored",
                  "kernelcore=mirror does nothing: firmware marks no memory as mirrored, and there is no ZONE_MOVABLE",
                  {.parameter = "kernelcore=mirror"});
        return false;
    }
    if (!some_mirror)
        boot.note(Note::Kind::kernel_bug, "mirror-without-mirrored-memory",
                  "no memory is mirrored, so kernelcore=mirror makes everything above 4 GiB movable; since 6.6 the parameter is "
                  "ignored then",
                  {.parameter = "kernelcore=mirror"});

    const Pfn four_gib = kernel.behaviours.mirror_4g_in_bytes ? (u64{1} << 32) / kernel.page_size() : 0x100000;
    bool below_4g_not_mirrored = false;
    for (const MemblockRegion& r : regions) {
        const bool mirrored = r.flags & MEMBLOCK_MIRROR;
        const Pfn base = div_round_up(r.base, kernel.page_size());
        walk.because([&] {
            return fmt::format("region {:#x}-{:#x} of node {} is {}", r.base, r.end() - 1, r.nid,
                               mirrored          ? "mirrored: skipped"
                               : base < four_gib ? "not mirrored and below 4 GiB: it only earns a warning"
                                                 : "not mirrored");
        });
        if (mirrored || r.nid == NUMA_NO_NODE) continue;
        if (base < four_gib)
            below_4g_not_mirrored = true;
        else
            lower(starts, r.nid, base);
    }
    if (below_4g_not_mirrored)
        boot.message(MessageLevel::warning, "This configuration results in unmirrored kernel memory.",
                     "find_zone_movable_pfns_for_nodes");
    return true;
}

struct Amounts {
    u64 kernelcore = 0;
    u64 movablecore = 0;
    bool from_movablecore = false;
};

// Percentages become pages, movablecore= becomes the kernelcore= that leaves as much.
Amounts required_amounts(const Boot& boot, u64 total) {
    const Kernel& kernel = boot.kernel;
    const CoreParameters& core = boot.core;
    const auto percent = [&](u64 p) { return ulong(kernel, ulong(kernel, total * 100) * p) / 10000; };
    const WalkNote walk(boot.walk);
    Amounts a;
    a.kernelcore = core.kernelcore_percent ? percent(core.kernelcore_percent) : core.kernelcore;
    a.movablecore = core.movablecore_percent ? percent(core.movablecore_percent) : core.movablecore;
    if (core.kernelcore_percent)
        walk.because([&] { return fmt::format("kernelcore={}% of {} pages", core.kernelcore_percent, total); });
    if (core.movablecore_percent)
        walk.because([&] { return fmt::format("movablecore={}% of {} pages", core.movablecore_percent, total); });
    walk.value("required_kernelcore", a.kernelcore, WalkUnit::pages);
    walk.value("required_movablecore", a.movablecore, WalkUnit::pages);
    if (a.movablecore == 0) return a;

    const u64 unit = kernel.max_order_nr_pages();
    a.movablecore = ulong(kernel, a.movablecore + (unit - 1)) / unit * unit;
    if (kernel.behaviours.core_all_or_nothing) a.movablecore = std::min(total, a.movablecore);
    const u64 rest = ulong(kernel, total - a.movablecore);  // 3.x: wraps where more is asked for than there is
    a.from_movablecore = rest > a.kernelcore;
    walk.because([&] { return fmt::format("movablecore= is rounded up to {} pages (MAX_ORDER_NR_PAGES)", unit); });
    walk.value("required_movablecore", a.movablecore, WalkUnit::pages);
    walk.value("corepages", rest, WalkUnit::pages);
    walk.because(a.from_movablecore ? "what movablecore= leaves is more than kernelcore= asks for: it counts"
                                    : "kernelcore= asks for no less than movablecore= leaves: it prevails");
    a.kernelcore = std::max(a.kernelcore, rest);
    walk.value("required_kernelcore", a.kernelcore, WalkUnit::pages);
    return a;
}

// Spreads `kernelcore` pages over the nodes. Memory below `usable_start` can only be kernel memory.
void spread_kernelcore(const Boot& boot, u64 kernelcore, Pfn usable_start, Starts& starts) {
    std::map<int, std::vector<PfnRange>> nodes;
    for (const EarlyRange& r : boot.layout.early_ranges) nodes[r.node].push_back(r.range);

    u64 usable_nodes = nodes.size();
    while (usable_nodes != 0) {
        const WalkStep pass(boot.walk, "restart:");
        pass.value("required_kernelcore", kernelcore, WalkUnit::pages);
        pass.value("usable_nodes", usable_nodes);
        u64 per_node = kernelcore / usable_nodes;
        pass.value("kernelcore_node", per_node, WalkUnit::pages);
        for (const auto& [nid, ranges] : nodes) {
            const WalkStep walk(boot.walk, "for_each_node_state");
            walk.argument("nid", nid);
            if (kernelcore < per_node) per_node = kernelcore / usable_nodes;
            u64 remaining = per_node;
            Pfn& start_of_movable = starts[nid];
            for (const PfnRange& range : ranges) {
                Pfn start = std::max(range.begin, start_of_movable);
                if (start >= range.end) {
                    walk.because(
                        [&] { return fmt::format("pfn {:#x}-{:#x} is the kernel's already", range.begin, range.end - 1); });
                    continue;
                }
                walk.because([&] { return fmt::format("pfn {:#x}-{:#x}:", start, range.end - 1); });
                if (start < usable_start) {
                    const u64 kernel_pages = std::min(range.end, usable_start) - start;
                    remaining -= std::min(kernel_pages, remaining);
                    kernelcore -= std::min(kernel_pages, kernelcore);
                    walk.value("kernel_pages", kernel_pages, WalkUnit::pages);
                    walk.because([&] {
                        return fmt::format("below usable_startpfn ({:#x}) memory can only be the kernel's: it counts first",
                                           usable_start);
                    });
                    if (range.end <= usable_start) {
                        // A later pass must not count this range again.
                        start_of_movable = range.end;
                        walk.value("zone_movable_pfn", start_of_movable, WalkUnit::pfn);
                        continue;
                    }
                    start = usable_start;
                }
                const u64 taken = std::min(range.end - start, remaining);
                start_of_movable = start + taken;
                kernelcore -= std::min(kernelcore, taken);
                remaining -= taken;
                walk.value("size_pages", taken, WalkUnit::pages);
                walk.value("zone_movable_pfn", start_of_movable, WalkUnit::pfn);
                walk.value("required_kernelcore", kernelcore, WalkUnit::pages);
                walk.value("kernelcore_remaining", remaining, WalkUnit::pages);
                if (remaining == 0) break;
            }
        }
        --usable_nodes;
        if (usable_nodes == 0 || kernelcore <= usable_nodes) {
            pass.because(kernelcore == 0     ? "all of it is spread"
                         : usable_nodes == 0 ? "no node is left to take the rest"
                                             : "what is left is less than a page for each node");
            break;
        }
        pass.because([&] { return fmt::format("{} pages found no room: once more, with one node less", kernelcore); });
    }
}

// out2: rounding, and what becomes of a start that reaches the node's end.
void align_starts(Boot& boot, Starts& starts) {
    const Kernel& kernel = boot.kernel;
    const u64 unit = kernel.max_order_nr_pages();
    const WalkStep walk(boot.walk, "out2:");
    walk.because([&] { return fmt::format("each start is rounded up to {} pages (MAX_ORDER_NR_PAGES)", unit); });
    for (auto& [nid, pfn] : starts) {
        if (pfn == 0) continue;
        pfn = ulong(kernel, pfn + (unit - 1)) / unit * unit;
        if (walk) walk.value(fmt::format("zone_movable_pfn[{}]", nid), pfn, WalkUnit::pfn);
        Pfn node_end = 0;
        for (const EarlyRange& r : boot.layout.early_ranges)
            if (r.node == nid) node_end = std::max(node_end, r.range.end);
        if (pfn < node_end) continue;
        walk.because([&, node = nid] {
            return fmt::format("that is the end of node {} ({:#x}) or beyond: {}", node, node_end,
                               kernel.behaviours.movable_start_past_node_end_is_dropped ? "there is no ZONE_MOVABLE"
                                                                                        : "it is kept, and printed, all the same");
        });
        if (kernel.behaviours.movable_start_past_node_end_is_dropped)
            pfn = 0;
        else
            boot.note(Note::Kind::kernel_bug, "movable-start-past-node-end",
                      fmt::format("node {}: the movable start {:#x} is printed although the node ends at {:#x} and has no "
                                  "ZONE_MOVABLE; mended in 5.18 "
                                  "and in 5.4.y, 5.10.y and 5.15.y",
                                  nid, pfn << kernel.page_shift, node_end << kernel.page_shift),
                      {.node = nid, .zone = ZoneType::Movable});
    }
    std::erase_if(starts, [](const auto& s) { return s.second == 0; });
}

void note_effects(Boot& boot, const Amounts& asked, u64 total) {
    const Movable& movable = boot.layout.movable;
    const bool given = asked.kernelcore || asked.movablecore;
    if (given && movable.start.empty() && movable.path == MovablePath::none && asked.kernelcore >= total)
        boot.note(Note::Kind::effect, "core-covers-memory",
                  fmt::format("there is no ZONE_MOVABLE: {} pages of kernel memory are asked for and the machine has {}",
                              asked.kernelcore, total),
                  {.zone = ZoneType::Movable});
    else if (given && movable.start.empty())
        boot.note(Note::Kind::effect, "movable-zone-absent",
                  "there is no ZONE_MOVABLE: every node's share of kernel memory reaches the node's end",
                  {.zone = ZoneType::Movable});
}

}  // namespace

bool cmdline_parse_core_param(Boot& boot, const Parameter& p) {
    const Kernel& kernel = boot.kernel;
    const bool is_kernelcore = parameq(p.name, "kernelcore");
    u64& pages = is_kernelcore ? boot.core.kernelcore : boot.core.movablecore;
    u64& percent = is_kernelcore ? boot.core.kernelcore_percent : boot.core.movablecore_percent;
    if (!kernel.have_memblock_node_map) {
        boot.note(Note::Kind::effect, "core-unsupported",
                  fmt::format("{}= does nothing: this kernel is built without a node map", p.name), {.parameter = p.name});
        return true;
    }
    if (!p.value) {
        // parse_option_str() is handed a null pointer (boots of 6.1 and 6.12 die there).
        if (is_kernelcore && kernel.behaviours.core_mirror)
            boot.layout.panic = "kernelcore without a value: parse_option_str() reads through a null pointer";
        else
            boot.message(MessageLevel::warning, fmt::format("Malformed early option '{}'", p.name), "do_early_param");
        return true;
    }
    const std::string_view text = *p.value;
    if (is_kernelcore && kernel.behaviours.core_mirror) {
        // parse_option_str(): one of the words between commas.
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            if (rest.substr(0, comma) == "mirror") {
                boot.core.mirrored_kernelcore = true;
                return true;
            }
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    const Strtoull number = simple_strtoull(text);
    if (kernel.behaviours.core_percent && number.rest.starts_with('%')) {
        percent = ulong(kernel, number.value);
        if (percent > 100)
            boot.note(Note::Kind::effect, "core-percent-over-100",
                      fmt::format("{}={}: more than 100 % makes the kernel warn and go on", p.name, text),
                      {.parameter = fmt::format("{}={}", p.name, text)});
        return true;
    }
    const Memparse bytes = memparse(text, kernel.behaviours.memparse_tera_suffixes);
    pages = ulong(kernel, bytes.value >> kernel.page_shift);
    percent = 0;
    if (pages == 0)
        boot.note(Note::Kind::effect, "core-no-effect",
                  fmt::format("{}={} reads as less than a page and does nothing", p.name, text),
                  {.parameter = fmt::format("{}={}", p.name, text)});
    return true;
}

void find_zone_movable_pfns_for_nodes(Boot& boot) {
    Layout& layout = boot.layout;
    Movable& movable = layout.movable;
    const WalkStep walk(boot.walk, "find_zone_movable_pfns_for_nodes");
    u64 total = 0;
    for (const EarlyRange& r : layout.early_ranges) total += r.range.size();
    if (walk) tell_nodes(boot, total);
    movable.zone = find_usable_zone_for_movable(boot.walk, layout);

    Starts starts;
    if (boot.movable_node_enabled) {
        by_hotplug(boot, starts);
        movable.path = MovablePath::movable_node;
        if (starts.empty())
            boot.note(Note::Kind::effect, "movable-node-without-hotplug",
                      "movable_node finds no hot-pluggable memory: there is no ZONE_MOVABLE, and kernelcore= and movablecore= are "
                      "not looked at",
                      {.parameter = "movable_node"});
        align_starts(boot, starts);
    } else if (boot.core.mirrored_kernelcore) {
        if (by_mirror(boot, starts)) {
            movable.path = MovablePath::mirror;
            align_starts(boot, starts);
        }
    } else {
        const Amounts amounts = required_amounts(boot, total);
        movable.required_kernelcore = amounts.kernelcore;
        movable.required_movablecore = amounts.movablecore;
        const bool none = amounts.kernelcore == 0 || (boot.kernel.behaviours.core_all_or_nothing && amounts.kernelcore >= total);
        if (!none) {
            movable.path = amounts.from_movablecore ? MovablePath::movablecore : MovablePath::kernelcore;
            const ZoneLimit* zone = layout.limit(movable.zone);
            const Pfn usable_startpfn = zone ? zone->range.begin : 0;
            walk.because("path 3, an amount: kernel memory is spread over the nodes as evenly as their sizes allow");
            walk.value("usable_startpfn", usable_startpfn, WalkUnit::pfn);
            spread_kernelcore(boot, amounts.kernelcore, usable_startpfn, starts);
            align_starts(boot, starts);
        } else {
            walk.because(amounts.kernelcore == 0
                             ? "path 3, an amount: none is asked for, and there is no ZONE_MOVABLE"
                             : "path 3, an amount: the kernel needs all there is, and there is no ZONE_MOVABLE");
        }
        out(boot);
        for (const auto& [nid, pfn] : starts) movable.start.push_back({nid, pfn});
        note_effects(boot, amounts, total);
        return;
    }
    for (const auto& [nid, pfn] : starts) movable.start.push_back({nid, pfn});
    out(boot);
}

}  // namespace zonecalc
