// SPDX-License-Identifier: MIT
// What early boot asks of board, profile and command line, and what has to be assumed where they are silent.
//
// Read beside it: init_debug_pagealloc() and early_debug_pagealloc() in mm/.
#include <fmt/format.h>

#include <algorithm>

#include "mm/boot.h"

namespace zonecalc {

bool knows(const Kernel& kernel, std::span<const std::string_view> sizes, std::span<const std::string_view> constants) {
    return std::ranges::all_of(sizes, [&](std::string_view name) { return kernel.size_of(name) != 0; }) &&
           std::ranges::all_of(constants, [&](std::string_view name) { return kernel.constant(name) != 0; });
}

void assume_early(Boot& boot, std::string_view id, std::string text) {
    if (!boot.zones_only) boot.note(Note::Kind::assumption, std::string(id), std::move(text));
}

void assume_common_inputs(Boot& boot) {
    if (boot.board.loaded.empty() && boot.board.initrd.value_or(true))
        assume_early(boot, "no-initrd",
                     "the board names no initrd: the kernel is taken to be started without one (one region, the initrd's pages)");
    const u64 cpu_pages = percpu_unit(boot.kernel) / boot.kernel.page_size();
    if (!boot.board.cpus)
        assume_early(
            boot, "one-cpu",
            fmt::format("the board does not say how many CPUs are possible: one is taken ({} pages for each CPU more)", cpu_pages));
    const auto other_nodes = [](const auto& ranges) {
        return std::ranges::any_of(ranges, [&](const auto& r) { return r.node != ranges.front().node; });
    };
    const bool nodes = boot.kernel.numa && (other_nodes(boot.board.memory) || other_nodes(boot.board.srat));
    const bool cpus_given = std::ranges::any_of(boot.board.nodes, [](const BoardNode& n) { return !n.cpus.empty(); });
    if (nodes && !cpus_given && boot.board.cpus.value_or(1) != 1)
        assume_early(boot, "cpu-nodes",
                     fmt::format("the board does not say which node has which CPU: node 0 is taken to have all (percpu areas, {} "
                                 "pages for each CPU, may lie in other nodes)",
                                 cpu_pages));
}

void note_derived_sizes(Boot& boot, u64 image) {
    if (boot.kernel.sizes_of.empty()) return;
    const u64 page = boot.kernel.page_size();
    assume_early(boot, "sizes-of-another-release",
                 fmt::format("struct sizes and symbols that the profile lacks are those of {}: whatever is allocated early may lie "
                             "elsewhere; the largest parts are the kernel image, {} pages, and {} pages for each CPU",
                             boot.kernel.sizes_of, image / page, percpu_unit(boot.kernel) / page));
}

u64 percpu_unit(const Kernel& kernel) {
    const u64 data = kernel.constant("__per_cpu_end") - kernel.constant("__per_cpu_start");
    return round_up(data + kernel.percpu_module_reserve + kernel.percpu_dynamic_reserve, kernel.page_size());
}

std::vector<std::string> early_values(const Cmdline& cmdline, std::string_view name) {
    std::vector<std::string> out;
    for (const Parameter& p : cmdline.parameters)
        if (p.value && parameq(p.name, name)) out.push_back(*p.value);
    return out;
}

std::vector<std::string> early_values(const Boot& boot, std::string_view name) {
    return early_values(boot.cmdline, name);
}

u64 memparse_of(const Boot& boot, std::string_view text) {
    return memparse(text, boot.kernel.behaviours.memparse_tera_suffixes).value;
}

bool early_flag(const Cmdline& cmdline, std::string_view name) {
    return std::ranges::any_of(cmdline.parameters, [&](const Parameter& p) { return parameq(p.name, name); });
}

bool early_flag(const Boot& boot, std::string_view name) {
    return early_flag(boot.cmdline, name);
}

bool debug_pagealloc_enabled(const Boot& boot) {
    if (!boot.kernel.config_enabled("DEBUG_PAGEALLOC")) return false;
    bool on = boot.kernel.config_enabled("DEBUG_PAGEALLOC_ENABLE_DEFAULT");
    for (const std::string& value : early_values(boot, "debug_pagealloc")) on = value == "on" || value == "1";
    return on;
}

bool kaslr_enabled(const Kernel& kernel, const Cmdline& cmdline) {
    return kernel.config_enabled("RANDOMIZE_BASE") && !early_flag(cmdline, "nokaslr");
}

bool kaslr_enabled(const Boot& boot) {
    return kaslr_enabled(boot.kernel, boot.cmdline);
}

bool kaslr_memory_enabled(const Boot& boot) {
    return kaslr_enabled(boot) && boot.kernel.config_enabled("RANDOMIZE_MEMORY") && !boot.kernel.config_enabled("KASAN");
}

u64 size_or_assume(Boot& boot, std::string_view name, u64 count) {
    const u64 size = boot.kernel.size_of(name);
    if (size == 0 && count != 0)
        assume_early(
            boot, "size-not-known",
            fmt::format("the profile does not know sizeof(struct {}): {} of them, which the kernel allocates, take nothing "
                        "(moves what is allocated after them)",
                        name, count));
    return size;
}

std::vector<int> nodes_with_memory(const Boot& boot) {
    std::vector<int> nodes;
    const auto among = [](const std::vector<int>& list, int nid) { return std::ranges::find(list, nid) != list.end(); };
    for (const MemblockRegion& r : boot.memblock.memory.regions())
        if (!among(nodes, r.nid) && (!boot.kernel.numa || among(boot.online_nodes, r.nid))) nodes.push_back(r.nid);
    std::ranges::sort(nodes);
    return nodes;
}

std::optional<PhysRange> loaded_range(const Board& board, std::string_view name) {
    for (const LoadedRange& r : board.loaded)
        if (r.name == name) return PhysRange{r.base, r.base + std::min(r.size, ~u64{0} - r.base)};
    return std::nullopt;
}

PhysRange whole_pages(PhysRange range, u64 page_size) {
    return {round_down(range.begin, page_size), round_up(std::min(range.end, round_down(~PhysAddr{0}, page_size)), page_size)};
}

void reserve_loaded_ranges(Boot& boot) {
    for (const LoadedRange& r : boot.board.loaded)
        if (r.name != "initrd") boot.early->allocator.reserve(r.base, r.size, r.name);
}

}  // namespace zonecalc
