// SPDX-License-Identifier: MIT
// numa=fake=: nodes that do not exist, cut out of those that do.
//
//   N      all RAM in N parts of about equal size, taken in turn from the physical nodes
//   SIZE   (with M or G in it) parts of that size, likewise
//   NU     every physical node in N parts of equal address range, whatever holes there are
//   …:a,b,…  distances, row by row; one that no comma follows is read and not used
//
// Sizes are multiples of 32 MiB. A part that finds too little RAM grows by that unit; it swallows what would be too little for the
// next part, below 4 GiB and at the end of the physical node, so that there may be fewer nodes than were asked for.
//
// Releases differ in whether NU exists (else it is N), in how NU counts what it has made (up to 6.19 over all physical nodes so
// far, so that only the first one is ever found to give too few), in whether SIZE begins with node -1, in the physical node behind
// an emulated one (before 4.19 it is taken to be the node of the same number, which makes all emulated nodes remote to each other),
// and in what becomes of physical nodes without memory.
//
// Which CPUs an emulated node counts as its own: mm/node_cpus.cc. Not modelled: what the memory of node -1, whose struct pages are
// never set up, does to the zone that they name by chance.
//
// Read beside it: mm/numa_emulation.c (arch/x86/mm/numa_emulation.c before 6.12), fix_pxm_node_maps() in drivers/acpi/numa/srat.c.
#include <fmt/format.h>

#include <map>

#include "mm/numa_memblks.h"

namespace zonecalc {

namespace {

constexpr u64 MiB = 1024 * 1024;
constexpr u64 FAKE_NODE_MIN_SIZE = 32 * MiB;

// How much of a range is RAM, from memblock's regions and their running sums.
class HoleMap {
public:
    explicit HoleMap(const Boot& boot) : shift_(boot.kernel.page_shift) {
        u64 sum = 0;
        for (const EarlyRange& r : mem_pfn_ranges(boot.memblock.memory, shift_)) {
            ranges_.push_back(r.range);
            before_.push_back(sum);
            sum += r.range.size();
        }
        before_.push_back(sum);
    }
    // mem_hole_size(): bytes that are no memory, in whole pages of the range.
    u64 holes(PhysAddr start, PhysAddr end) const {
        const Pfn first = div_round_up(start, u64{1} << shift_);
        const Pfn last = end >> shift_;
        return first < last ? (last - first - (present_below(last) - present_below(first))) << shift_ : 0;
    }
    // What counts as RAM: all that is not a hole.
    u64 ram(PhysAddr start, PhysAddr end) const { return end - start - holes(start, end); }

private:
    u64 present_below(Pfn pfn) const {
        const auto next =
            std::upper_bound(ranges_.begin(), ranges_.end(), pfn, [](Pfn p, const PfnRange& r) { return p < r.begin; });
        const auto i = static_cast<std::size_t>(next - ranges_.begin());
        if (i == 0) return 0;
        return before_[i - 1] + std::min(ranges_[i - 1].size(), pfn - ranges_[i - 1].begin);
    }
    std::vector<PfnRange> ranges_;
    std::vector<u64> before_;
    unsigned shift_;
};

class Emulation {
public:
    Emulation(Boot& boot, NumaState& numa)
        : boot_(boot),
          numa_(numa),
          kernel_(boot.kernel),
          map_(boot),
          physical_(numa.meminfo),
          max_addr_(boot.max_pfn << boot.kernel.page_shift) {}

    bool split(std::string_view& text);
    void commit(std::string_view distances);
    NumaMeminfo& emulated() { return emulated_; }

private:
    bool fail(std::string text, const char* function) {
        boot_.message(MessageLevel::warning, std::move(text), function);
        return false;
    }
    int max_numnodes() const { return static_cast<int>(kernel_.max_numnodes); }
    std::size_t find_block(int nid) const {
        std::size_t i = 0;
        while (i < physical_.size() && physical_[i].nid != nid) ++i;
        return i;
    }
    PhysAddr grow(PhysAddr start, PhysAddr end, PhysAddr limit, u64 size) const;
    PhysAddr swallow(PhysAddr end, PhysAddr limit, u64 size, bool to_the_end) const;
    bool setup_memblk(int nid, std::size_t block, u64 size);
    bool split_nodes_interleave(int nr_nodes);
    std::optional<int> split_nodes_size_interleave_uniform(u64 size, int nr_nodes, std::optional<NumaMemblk> only, int nid);
    bool split_nodes_uniform(u64 n);
    bool fix_pxm_node_maps(int max_emu_nid);

    Boot& boot_;
    NumaState& numa_;
    const Kernel& kernel_;
    HoleMap map_;
    NumaMeminfo physical_;  // what is left of the physical nodes
    NumaMeminfo emulated_;
    std::map<int, int> emu_nid_to_phys_;
    PhysAddr max_addr_;
};

// Adds units until the part has enough RAM, or reaches the end of its physical block.
PhysAddr Emulation::grow(PhysAddr start, PhysAddr end, PhysAddr limit, u64 size) const {
    if (end < start) return limit;
    if (map_.ram(start, end) >= size) return end;
    if (end > limit) return limit;
    // RAM grows with the range: look for the first step that is enough.
    u64 low = 0;
    u64 high = (limit - end) / FAKE_NODE_MIN_SIZE + 1;  // the first step past the limit
    while (high - low > 1) {
        const u64 middle = low + (high - low) / 2;
        (map_.ram(start, end + middle * FAKE_NODE_MIN_SIZE) >= size ? high : low) = middle;
    }
    const u64 steps = high;
    return steps > (limit - end) / FAKE_NODE_MIN_SIZE ? limit : end + steps * FAKE_NODE_MIN_SIZE;
}

// Takes along what would be too little for a next part: below the DMA32 border, and in the rest of the physical block.
PhysAddr Emulation::swallow(PhysAddr end, PhysAddr limit, u64 size, bool to_the_end) const {
    const PhysAddr border = numa_.emu_dma_end;
    if (end < border && border - end - map_.holes(end, border) < FAKE_NODE_MIN_SIZE) end = border;
    if (to_the_end && limit - end - map_.holes(end, limit) < size) end = limit;
    return std::min(end, limit);
}

// emu_setup_memblk()
bool Emulation::setup_memblk(int nid, std::size_t block, u64 size) {
    if (emulated_.size() >= 2 * std::size_t{kernel_.max_numnodes})
        return fail("NUMA: Too many emulated memblks, failing emulation", "emu_setup_memblk");
    NumaMemblk& b = physical_[block];
    const PhysAddr end = b.start + size;
    emulated_.push_back({nid, b.start, end});
    if (nid != NUMA_NO_NODE) emu_nid_to_phys_.try_emplace(nid, kernel_.behaviours.numa_fake_uniform ? b.nid : nid);
    boot_.message(MessageLevel::info,
                  fmt::format("Faking node {} at [mem {:#018x}-{:#018x}] ({}MB)", nid, b.start, end - 1, size / MiB),
                  "emu_setup_memblk");
    b.start = end;
    if (b.start >= b.end) physical_.erase(physical_.begin() + static_cast<std::ptrdiff_t>(block));
    return true;
}

bool Emulation::split_nodes_interleave(int nr_nodes) {
    if (nr_nodes <= 0) return false;
    if (nr_nodes > max_numnodes()) {
        boot_.message(MessageLevel::info, fmt::format("numa=fake={} too large, reducing to {}", nr_nodes, max_numnodes()),
                      "split_nodes_interleave");
        nr_nodes = max_numnodes();
    }
    u64 size = (map_.ram(0, max_addr_) >> kernel_.page_shift) / static_cast<u64>(nr_nodes) << kernel_.page_shift;
    const u64 big = size % FAKE_NODE_MIN_SIZE * static_cast<u64>(nr_nodes) / FAKE_NODE_MIN_SIZE;
    size = round_down(size, FAKE_NODE_MIN_SIZE);
    if (size == 0) return fail("Not enough memory for each node.  NUMA emulation disabled.", "split_nodes_interleave");

    std::set<int> nodes;
    for (const NumaMemblk& b : physical_) nodes.insert(b.nid);
    int nid = 0;
    while (!physical_.empty()) {
        for (const int i : nodes) {
            const std::size_t block = find_block(i);
            if (block == physical_.size()) continue;
            const auto [_, start, limit] = physical_[block];
            PhysAddr end = start + size + (static_cast<u64>(nid) < big ? FAKE_NODE_MIN_SIZE : 0);
            end = swallow(grow(start, end, limit, size), limit, size, true);
            if (!setup_memblk(nid++ % nr_nodes, block, end - start)) return false;
        }
    }
    return true;
}

// Returns the number of the next node. `only`: split this block in nr_nodes parts of equal range; else parts of `size` over all
// blocks.
std::optional<int> Emulation::split_nodes_size_interleave_uniform(u64 size, int nr_nodes, std::optional<NumaMemblk> only, int nid) {
    const char* const function = "split_nodes_size_interleave_uniform";
    if ((size == 0 && nr_nodes == 0) || nr_nodes < 0 || (nr_nodes != 0 && !only)) return std::nullopt;
    u64 min_size = 0;
    std::set<int> nodes;
    if (only) {
        min_size = (((only->end >> kernel_.page_shift) - (only->start >> kernel_.page_shift)) / static_cast<u64>(nr_nodes))
                   << kernel_.page_shift;
        size = min_size;
        nodes.insert(only->nid);
    } else {
        // Before NU came the division was one of bytes.
        const u64 ram = map_.ram(0, max_addr_);
        min_size = kernel_.behaviours.numa_fake_uniform ? (ram >> kernel_.page_shift) / kernel_.max_numnodes << kernel_.page_shift
                                                        : ram / kernel_.max_numnodes;
        for (const NumaMemblk& b : physical_) nodes.insert(b.nid);
    }
    min_size = round_up(std::max(min_size, FAKE_NODE_MIN_SIZE), FAKE_NODE_MIN_SIZE);
    if (size < min_size) {
        boot_.message(MessageLevel::warning,
                      fmt::format("Fake node size {}MB too small, increasing to {}MB", size / MiB, min_size / MiB), function);
        size = min_size;
    }
    size = round_down(size, FAKE_NODE_MIN_SIZE);

    for (bool any = true; any;) {
        any = false;
        for (const int i : nodes) {
            const std::size_t block = find_block(i);
            if (block == physical_.size()) continue;
            any = true;
            const auto [_, start, limit] = physical_[block];
            const PhysAddr part = start + size < start ? limit : start + size;
            const PhysAddr end = swallow(only ? part : grow(start, part, limit, size), limit, size, !only);
            if (!setup_memblk(nid++ % max_numnodes(), block, end - start)) return std::nullopt;
        }
    }
    return nid;
}

bool Emulation::split_nodes_uniform(u64 n) {
    int nid = 0;
    bool made = false;
    for (const int i : numa_.nodes_parsed) {
        // The first block is taken for the node's own, whatever node it is of. With none left the kernel reads a cleared one.
        const NumaMemblk first = physical_.empty() ? NumaMemblk{NUMA_NO_NODE, 0, 0} : physical_.front();
        const auto next = split_nodes_size_interleave_uniform(0, static_cast<int>(n), first, nid);
        if (!next) return false;
        made = true;
        const bool wrong = kernel_.behaviours.numa_fake_uniform_counts_wrong;
        if (!wrong && *next == nid) continue;
        const auto created = static_cast<u64>(wrong ? *next : *next - nid);
        if (created < n)
            return fail(fmt::format("numa_emulation: phys: {} only got {} of {} nodes, failing", i, created, n), "numa_emulation");
        if (static_cast<u64>(*next - nid) < n)
            boot_.note(Note::Kind::kernel_bug, "numa-fake-uniform-miscount",
                       fmt::format("numa=fake={}U: physical node {} gives {} nodes only, which this release does not notice", n, i,
                                   *next - nid));
        nid = *next;
    }
    return made;
}

bool Emulation::split(std::string_view& text) {
    const std::string_view all = text;
    if (kernel_.behaviours.numa_fake_uniform && all.find('U') != std::string_view::npos) {
        const Strtoull n = simple_strtoull(all);
        text = n.rest;
        return split_nodes_uniform(n.value);
    }
    if (all.find('M') != std::string_view::npos || all.find('G') != std::string_view::npos) {
        const Memparse size = memparse(all, kernel_.behaviours.memparse_tera_suffixes);
        text = size.rest;
        const int first = kernel_.behaviours.numa_fake_size_from_no_node ? NUMA_NO_NODE : 0;
        return split_nodes_size_interleave_uniform(size.value, 0, std::nullopt, first).has_value();
    }
    const Strtoull n = simple_strtoull(all);
    text = n.rest;
    return split_nodes_interleave(static_cast<int>(static_cast<u32>(n.value)));
}

// get_option(): 2 where a number and a comma were read, which is the only case that matters.
bool number_and_comma(std::string_view& text, int& value) {
    if (text.empty()) return false;
    const bool minus = text.front() == '-';
    const std::string_view digits = text.substr(minus ? 1 : 0);
    const Strtoull n = simple_strtoull(digits);
    const bool any = n.rest.size() != digits.size();
    text = n.rest;
    if (!any) return false;
    value = static_cast<int>(static_cast<u32>(minus ? 0 - n.value : n.value));
    if (text.empty() || text.front() != ',') return false;
    text.remove_prefix(1);
    return true;
}

// Physical nodes without memory get numbers behind the emulated ones. False: the kernel gives the emulation up.
bool Emulation::fix_pxm_node_maps(int max_emu_nid) {
    if (numa_.numa_off) return false;
    std::set<int> used;
    for (const auto& [nid, phys] : emu_nid_to_phys_) used.insert(phys);
    int next = max_emu_nid + 1;
    for (const int phys : numa_.nodes_with_pxm) {
        if (used.count(phys)) continue;
        if (next >= max_numnodes()) return false;
        numa_.nodes_parsed.insert(next++);
    }
    return true;
}

void Emulation::commit(std::string_view distances) {
    const int max_emu_nid = emu_nid_to_phys_.empty() ? 0 : emu_nid_to_phys_.rbegin()->first;
    const int default_phys = emu_nid_to_phys_.empty() ? NUMA_NO_NODE : emu_nid_to_phys_.begin()->second;
    const std::set<int> physical_nodes = numa_.nodes_parsed;
    numa_.nodes_parsed.clear();
    for (const NumaMemblk& b : emulated_)
        if (b.nid != NUMA_NO_NODE)
            numa_.nodes_parsed.insert(b.nid);
        else
            boot_.note(
                Note::Kind::kernel_bug, "numa-fake-no-node",
                fmt::format("numa=fake=: this release numbers its nodes from -1, which is none: the first {} MiB are in no zone",
                            (b.end - b.start) / MiB));
    if (kernel_.behaviours.numa_fake_fixes_pxm_map && !fix_pxm_node_maps(max_emu_nid)) {
        numa_.nodes_parsed = physical_nodes;
        return;
    }
    numa_.meminfo = emulated_;
    numa_.emulated = true;

    const auto physical_of = [&](int nid) {
        const auto found = emu_nid_to_phys_.find(nid);
        return found == emu_nid_to_phys_.end() ? default_phys : found->second;
    };
    numa_.emu_nid_to_phys.clear();
    for (int i = 0; i <= max_emu_nid; ++i) numa_.emu_nid_to_phys[i] = physical_of(i);
    const NumaState before = numa_;
    numa_reset_distance(boot_, numa_);
    for (int i = 0; i <= max_emu_nid; ++i)
        for (int j = 0; j <= max_emu_nid; ++j) {
            int distance = 0;
            if (!number_and_comma(distances, distance))
                distance = static_cast<int>(before.node_distance(physical_of(i), physical_of(j)));
            numa_set_distance(boot_, numa_, i, j, distance);
        }
}

}  // namespace

void numa_emulation(Boot& boot, NumaState& numa) {
    Emulation emulation(boot, numa);
    const std::string all = *numa.emu_cmdline;
    std::string_view text = all;
    const bool split = emulation.split(text);
    if (text.starts_with(':')) text.remove_prefix(1);
    numa.emu_cmdline = text;  // where a second attempt reads on
    if (!split) {
        boot.note(Note::Kind::effect, "numa-fake-failed",
                  fmt::format("numa=fake={}: the emulation fails, and physical nodes stay", all));
        return;
    }
    if (!numa_cleanup_meminfo(boot, emulation.emulated())) {
        boot.message(MessageLevel::warning, "NUMA: Warning: constructed meminfo invalid, disabling emulation", "numa_emulation");
        return;
    }
    emulation.commit(text);
}

int NumaState::numa_cpu_node(int nid) const {
    if (!emulated) return nid;
    const auto first = std::ranges::find(emu_nid_to_phys, nid, &std::pair<const int, int>::second);
    return first == emu_nid_to_phys.end() ? 0 : first->first;
}

}  // namespace zonecalc
