// SPDX-License-Identifier: MIT
// ZONE_MOVABLE: what lies in it that cannot move, and what it leaves to the kernel.
//
// Memory is taken offline in blocks. A block with a page that was reserved at boot cannot go (has_unmovable_pages()), nor one that
// has a hole or lies in two zones (offline_pages()). Early allocations come from the top of each node, so that with kernelcore= or
// movablecore= the node's memmap and data are just there; with movable_node they keep away from hot-pluggable memory.
//
// What is given back while start-up goes on does not count: the initrd, and gigantic pages, which dissolve as long as they are
// free.
//
// Read beside it: mm/memory_hotplug.c, mm/page_isolation.c, "Zone Imbalances" in Documentation/admin-guide/mm/memory-hotplug.rst.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "findings/finder.h"
#include "mm/early_boot.h"
#include "mm/memory_block.h"

namespace zonecalc {

namespace {

bool goes_by_itself(std::string_view name) {
    return name == "initrd" || std::ranges::find(gigantic_page_names, name) != std::end(gigantic_page_names);
}

// What stays for good, by address. Whole pages.
struct Unmovable {
    PfnRange range;
    std::string_view name;
};

std::vector<Unmovable> unmovable(const Finder& f) {
    const u64 page = f.kernel.page_size();
    std::vector<Unmovable> out;
    const auto add = [&](const MemblockRegion& r, std::string_view name) {
        if (r.size != 0) out.push_back({{r.base / page, (r.base + (r.size - 1)) / page + 1}, name});
    };
    for (const MemblockRegion& r : f.layout.reserved)
        if (!goes_by_itself(r.name)) add(r, r.name);
    for (const MemblockRegion& r : f.layout.memory)
        if (r.flags & MEMBLOCK_NOMAP) add(r, "memory that is not mapped");
    std::sort(out.begin(), out.end(), [](const Unmovable& a, const Unmovable& b) { return a.range.begin < b.range.begin; });
    return out;
}

struct Blocks {
    u64 all = 0;                                   // with memory of ZONE_MOVABLE in them
    u64 partial = 0;                               // … and a hole, or another zone's memory
    u64 held = 0;                                  // whole, with something in them that stays
    std::map<std::string_view, u64> holders = {};  // pages in whole blocks

    u64 staying() const { return partial + held; }
};

// The zone's memory, ranges that touch joined.
std::vector<PfnRange> memory_of(const Layout& layout, const Node& node, const Zone& zone) {
    std::vector<PfnRange> memory;
    for (const EarlyRange& r : layout.early_ranges) {
        const PfnRange part = intersection(r.range, {zone.start_pfn, zone.end_pfn()});
        if (r.node != node.id || part.empty()) continue;
        if (!memory.empty() && memory.back().end == part.begin)
            memory.back().end = part.end;
        else
            memory.push_back(part);
    }
    return memory;
}

bool any_memory(const Layout& layout, PfnRange range) {
    return std::any_of(layout.early_ranges.begin(), layout.early_ranges.end(),
                       [&](const EarlyRange& r) { return !intersection(r.range, range).empty(); });
}

// Blocks of `unit` pages.
Blocks blocks_of(const Finder& f, const Node& node, const Zone& zone, u64 unit, const std::vector<Unmovable>& all) {
    Blocks blocks;
    u64 seen = 0;  // blocks below this number are counted
    auto next = all.begin();
    for (const PfnRange& m : memory_of(f.layout, node, zone)) {
        const u64 first = std::max(m.begin / unit, seen);
        const u64 end = div_round_up(m.end, unit);
        const u64 whole_from = div_round_up(m.begin, unit);
        const u64 whole_to = std::max(m.end / unit, whole_from);
        if (first < end) {
            blocks.all += end - first;
            blocks.partial += end - first - (whole_to - whole_from);
            seen = end;
        }
        u64 counted = whole_from;
        while (next != all.end() && next->range.end <= whole_from * unit) ++next;
        for (auto u = next; u != all.end() && u->range.begin < whole_to * unit; ++u) {
            const PfnRange inside = intersection(u->range, {whole_from * unit, whole_to * unit});
            if (inside.empty()) continue;
            blocks.holders[u->name] += inside.size();
            const u64 to = div_round_up(inside.end, unit);
            const u64 from = std::max(inside.begin / unit, counted);
            if (from < to) blocks.held += to - from;
            counted = std::max(counted, to);
        }
    }
    // Before holes were refused, only the block that ZONE_MOVABLE begins in may be another zone's as well.
    if (!f.kernel.behaviours.offline_refuses_holes)
        blocks.partial = any_memory(f.layout, {round_down(zone.start_pfn, unit), zone.start_pfn}) ? 1 : 0;
    return blocks;
}

std::string holders(const Finder& f, const Blocks& blocks) {
    std::vector<std::pair<std::string_view, u64>> largest(blocks.holders.begin(), blocks.holders.end());
    std::stable_sort(largest.begin(), largest.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    constexpr std::size_t most = 3;
    std::string out;
    for (std::size_t i = 0; i < std::min(largest.size(), most); ++i)
        out += fmt::format("{}{} ({})", i ? ", " : "", largest[i].first.empty() ? "reserved memory" : largest[i].first,
                           f.pages(largest[i].second));
    if (largest.size() > most) out += fmt::format(", {} more", largest.size() - most);
    return out;
}

Pfn end_of_memory(const Layout& layout) {
    Pfn end = 0;
    for (const EarlyRange& r : layout.early_ranges) end = std::max(end, r.range.end);
    return end;
}

bool by_amount(const Layout& layout) {
    return layout.movable.path == MovablePath::kernelcore || layout.movable.path == MovablePath::movablecore;
}

}  // namespace

void movable_blocks_stay(const Finder& f) {
    if (f.present(ZoneType::Movable) == 0 || f.layout.reserved.empty() || !f.kernel.config_enabled("MEMORY_HOTREMOVE")) return;
    const MemoryBlockSize size = memory_block_size_bytes(f.kernel, end_of_memory(f.layout));
    const u64 unit = std::max<u64>(size.bytes / f.kernel.page_size(), 1);
    const std::vector<Unmovable> all = unmovable(f);
    Blocks sum;
    std::vector<std::string> nodes;
    std::vector<int> ids;
    for (const Node& node : f.layout.nodes) {
        const Zone* zone = node.zone(ZoneType::Movable);
        if (!zone || zone->present == 0 || zone->spanned == 0) continue;
        const Blocks blocks = blocks_of(f, node, *zone, unit, all);
        sum.all += blocks.all;
        sum.partial += blocks.partial;
        sum.held += blocks.held;
        for (const auto& [name, pages] : blocks.holders) sum.holders[name] += pages;
        if (blocks.staying() == 0) continue;
        nodes.push_back(fmt::format("{} of {} in node {}", blocks.staying(), blocks.all, node.id));
        ids.push_back(node.id);
    }
    if (ids.empty()) return;
    std::string text =
        fmt::format("{} of the {} memory blocks ({}{}) of ZONE_MOVABLE can never be taken offline: ", sum.staying(), sum.all,
                    f.size(size.bytes), size.bare_metal != size.bytes ? ", on bare metal " + f.size(size.bare_metal) : "");
    if (sum.held) text += fmt::format("{} with {}", sum.held, holders(f, sum));
    if (sum.held && sum.partial) text += "; ";
    if (sum.partial) text += fmt::format("{} with a hole or memory of another zone", sum.partial);
    if (f.layout.nodes.size() > 1) text += fmt::format(" ({})", fmt::join(nodes, ", "));
    const bool by_node = f.layout.movable.path == MovablePath::movable_node;
    f.say(std::move(text),
          by_node
              ? "room in the other nodes for early allocations; what firmware and boot loader put there stays"
              : "movable_node, where firmware says what is hot-pluggable, keeps early allocations out; memory that comes later, by "
                "hot-plug, has none of them",
          {.node = ids.size() == 1 ? std::optional(ids.front()) : std::nullopt, .zone = ZoneType::Movable});
}

void node_without_kernel_memory(const Finder& f) {
    // Nodes that are to be removed are meant to have none.
    if (f.layout.movable.path == MovablePath::movable_node) return;
    u64 pages = 0;
    std::vector<int> ids;
    for (const Node& node : f.layout.nodes) {
        u64 movable = 0;
        u64 others = 0;
        for (const Zone& z : node.zones) (z.type == ZoneType::Movable ? movable : others) += z.present;
        if (movable == 0 || others != 0) continue;
        pages += movable;
        ids.push_back(node.id);
    }
    if (ids.empty()) return;
    const bool one = ids.size() == 1;
    f.say(
        fmt::format(
            "{} {}: {} of memory, all of it movable: page tables, slabs and kernel stacks of the CPUs there come from other "
            "nodes",
            one ? "node" : "nodes", fmt::join(ids, ", "), f.pages(pages)),
        f.layout.movable.path == MovablePath::mirror ? "mirrored memory in each node"
        : f.layout.movable.path == MovablePath::movablecore
            ? "a smaller movablecore="
            : "a larger kernelcore=: find_zone_movable_pfns_for_nodes() shares it out evenly, but what other nodes have below the "
              "movable zone counts first",
        {.node = one ? std::optional(ids.front()) : std::nullopt,
         .zone = ZoneType::Movable,
         .parameter = f.word(f.layout.movable.path == MovablePath::movablecore ? "movablecore" : "kernelcore")});
}

void movable_too_large(const Finder& f) {
    // Up to four to one is fine, says the kernel's documentation, and 63:1 is impossible.
    constexpr u64 fine = 4;
    const u64 movable = f.present(ZoneType::Movable);
    const u64 kernel = f.kernel_pages();
    if (movable <= fine * kernel) return;
    const u64 total = movable + kernel + f.present(ZoneType::HighMem);
    const u64 page = f.kernel.page_size();
    const u64 entry = is_32bit(f.kernel.arch) && !f.kernel.pae ? 4 : 8;
    const u64 tables = div_round_up(movable * entry, page);
    const u64 left = f.layout.handed_over() ? f.managed_kernel_pages() : kernel;
    std::string text = fmt::format("ZONE_MOVABLE has {}, the kernel {}", f.pages(movable), f.pages(kernel));
    if (left != kernel) text += fmt::format(" ({} after early allocations)", f.pages(left));
    if (kernel != 0) text += fmt::format(", that is {}:1", movable / kernel);
    text += fmt::format(
        "; page tables alone take {} for every time that processes map all of ZONE_MOVABLE, and memory that is added "
        "later a memmap of {} for each GiB",
        f.pages(tables), f.size((u64{1} << 30) / page * f.kernel.size_of("page")));
    text += tables >= left ? ": the kernel runs out of memory while gigabytes are free"
                           : "; the kernel's documentation calls up to 4:1 fine";
    const std::string_view parameter = f.layout.movable.path == MovablePath::movablecore ? "movablecore" : "kernelcore";
    f.say(std::move(text),
          by_amount(f.layout) ? fmt::format("kernelcore={}M gives 4:1", div_round_up(div_round_up(total, fine + 1) * page, 1 << 20))
          : f.layout.movable.path == MovablePath::mirror ? "more mirrored memory"
                                                         : "fewer hot-pluggable nodes, or no movable_node",
          {.zone = ZoneType::Movable, .parameter = by_amount(f.layout) ? f.word(parameter) : std::string()});
}

// -- amounts

namespace {

struct Lower {
    ZoneType movable_zone = ZoneType::Normal;
    u64 pages = 0;  // below the zone that movable memory is taken from
};

Lower lower_zones(const Layout& layout) {
    Lower lower{layout.movable.zone, 0};
    const ZoneLimit* limit = layout.limit(layout.movable.zone);
    const Pfn start = limit ? limit->range.begin : 0;
    for (const EarlyRange& r : layout.early_ranges) lower.pages += intersection(r.range, {0, start}).size();
    return lower;
}

}  // namespace

void kernelcore_below_lower_zones(const Finder& f) {
    if (f.layout.movable.path != MovablePath::kernelcore) return;
    const u64 movable = f.present(ZoneType::Movable);
    u64 kernel = 0;
    for (const Node& n : f.layout.nodes)
        for (const Zone& z : n.zones)
            if (z.type != ZoneType::Movable) kernel += z.present;
    const u64 asked = f.layout.movable.required_kernelcore;
    const Lower lower = lower_zones(f.layout);
    // A start that is rounded up makes every node's kernel memory a little larger.
    const u64 rounding = f.layout.nodes.size() * f.kernel.max_order_nr_pages();
    if (movable == 0 || kernel <= asked + rounding || lower.pages == 0) return;
    f.say(
        fmt::format("{} asks for {} of kernel memory, and there are {}: movable memory is taken from {} alone, and the {} below it "
                    "are always the kernel's",
                    f.word("kernelcore"), f.pages(asked), f.pages(kernel), to_string(lower.movable_zone), f.pages(lower.pages)),
        lower.pages >= asked ? fmt::format("more than {}: anything smaller is the same", f.pages(lower.pages)) : std::string(),
        {.zone = lower.movable_zone, .parameter = f.word("kernelcore")});
}

void movablecore_not_reached(const Finder& f) {
    if (f.layout.movable.path != MovablePath::movablecore) return;
    const u64 movable = f.present(ZoneType::Movable);
    const u64 asked = f.layout.movable.required_movablecore;
    const Lower lower = lower_zones(f.layout);
    const u64 rounding = f.layout.nodes.size() * f.kernel.max_order_nr_pages();
    if (movable + rounding >= asked) return;
    std::string text = fmt::format("{} asks for {} of movable memory, and there are {}", f.word("movablecore"), f.pages(asked),
                                   movable == 0 ? "none" : f.pages(movable));
    if (lower.pages != 0)
        text += fmt::format(": movable memory is taken from {} alone, and the {} below it are always the kernel's",
                            to_string(lower.movable_zone), f.pages(lower.pages));
    f.say(std::move(text), "", {.zone = ZoneType::Movable, .parameter = f.word("movablecore")});
}

}  // namespace zonecalc
