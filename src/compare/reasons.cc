// SPDX-License-Identifier: MIT
// What moved the zones. Every difference between the inputs is taken back alone: a parameter of the command line, a difference
// between releases, a fact of the configuration, the memory map. What the answer then loses is what that difference had moved.
#include "compare/reasons.h"

#include <algorithm>

namespace zonecalc {

namespace {

struct Rule {
    std::string_view parameter;
    std::string_view rule;
};
// Which part of the kernel a parameter goes through.
constexpr Rule rules[] = {
    {"kernelcore", "find_zone_movable_pfns_for_nodes()"},
    {"movablecore", "find_zone_movable_pfns_for_nodes()"},
    {"movable_node", "find_zone_movable_pfns_for_nodes()"},
    {"mem", "memory beyond the limit is taken out of memblock.memory"},
    {"memmap", "the firmware's map is edited"},
    {"highmem", "find_low_pfn_range()"},
    {"vmalloc", "the end of memory that is always mapped"},
    {"numa", "numa_init()"},
    {"cma", "dma_contiguous_reserve()"},
    {"crashkernel", "reserve_crashkernel()"},
    {"hugepages", "hugetlb_init_hstates()"},
    {"hugetlb_cma", "hugetlb_cma_reserve()"},
    {"transparent_hugepage", "set_recommended_min_free_kbytes()"},
    {"initrd", "reserve_initrd()"},
    {"swiotlb", "swiotlb_init()"},
    {"log_buf_len", "setup_log_buf()"},
    {"percpu_alloc", "setup_per_cpu_areas()"},
    {"numa_zonelist_order", "build_all_zonelists()"},
    {"nr_cpus", "setup_nr_cpu_ids()"},
    {"maxcpus", "smp_init()"},
    {"min_free_kbytes", "init_per_zone_wmark_min()"},
    {"sysctl.vm", "do_sysctl_args()"},
};

std::string_view rule_of(const Parameter& p) {
    for (const Rule& r : rules)
        if (parameq(p.name, r.parameter) || p.name.starts_with(std::string(r.parameter) + ".")) return r.rule;
    return {};
}

std::string text_of(const Parameter& p) {
    return p.value ? p.name + "=" + *p.value : p.name;
}

// The parameters of `a` that `b` lacks, counted as often as they are given.
std::vector<Parameter> missing_from(const Cmdline& b, const Cmdline& a) {
    std::vector<std::string> there;
    for (const Parameter& p : b.parameters) there.push_back(text_of(p));
    std::vector<Parameter> out;
    for (const Parameter& p : a.parameters) {
        const auto found = std::find(there.begin(), there.end(), text_of(p));
        if (found == there.end())
            out.push_back(p);
        else
            there.erase(found);
    }
    return out;
}

// Once, where it is given more than once.
std::string without(const Cmdline& cmdline, const std::string& parameter) {
    const auto first = std::find_if(cmdline.parameters.begin(), cmdline.parameters.end(),
                                    [&](const Parameter& p) { return text_of(p) == parameter; });
    return edit_cmdline(cmdline, [&](const Parameter& p) { return first != cmdline.parameters.end() && &p == &*first; });
}

// "node 0 Movable", each once, in order.
std::vector<std::string> places(const std::vector<Change>& changes) {
    std::vector<std::string> out;
    for (const Change& c : changes) {
        std::string place = c.node ? "node " + std::to_string(*c.node) : c.figure;
        if (c.zone) place += " " + std::string(to_string(*c.zone));
        if (std::find(out.begin(), out.end(), place) == out.end()) out.push_back(std::move(place));
    }
    return out;
}

class Differences {
public:
    Differences(const Outcome& before, const Outcome& after, const VisitDifference& visit)
        : before_(before), after_(after), visit_(visit) {}

    void find() {
        parameters();
        const Kernel &a = before_.kernel, &b = after_.kernel;
        if (a.arch == b.arch && (a.profile != b.profile || a.version != b.version)) kernels();
        boards();
    }

private:
    // `from` with one input changed: what `before` lacks comes with the change, what `after` has goes.
    void visit(const Difference& difference, const Outcome& from, const Board& board, const Kernel& kernel,
               const Cmdline& cmdline) {
        const Layout layout = bring_up(board, kernel, cmdline);
        const Outcome changed{board, kernel, cmdline, layout};
        if (&from == &before_)
            visit_(difference, changed, from);
        else
            visit_(difference, from, changed);
    }

    void parameters() {
        for (const Parameter& p : missing_from(before_.cmdline, after_.cmdline)) parameter(after_, p, "");
        for (const Parameter& p : missing_from(after_.cmdline, before_.cmdline)) parameter(before_, p, "without ");
    }
    void parameter(const Outcome& o, const Parameter& p, std::string_view word) {
        const Cmdline shorter = parse_cmdline(without(o.cmdline, text_of(p)), o.kernel);
        visit({std::string(word) + text_of(p), std::string(rule_of(p))}, o, o.board, o.kernel, shorter);
    }

    void kernels() {
        for (const BehaviourChange& c : behaviour_changes(before_.kernel.version, after_.kernel.version)) {
            // The row is made to hold where it does not.
            const Outcome& o = c.holds_in_second ? before_ : after_;
            Kernel kernel = o.kernel;
            c.set(kernel.behaviours);
            std::string rule(c.what);
            if (!c.commit.empty()) rule += " (" + std::string(c.commit) + ")";
            visit({(c.holds_in_second ? "now " : "no longer ") + std::string(c.name), std::move(rule), false}, o, o.board, kernel,
                  o.cmdline);
        }
        config("zones compiled in", [](Kernel& to, const Kernel& from) { to.zones = from.zones; });
        config("CONFIG_NUMA, NODES_SHIFT", [](Kernel& to, const Kernel& from) {
            to.numa = from.numa;
            to.max_numnodes = from.max_numnodes;
        });
        config("memory model and section size", [](Kernel& to, const Kernel& from) {
            to.memory_model = from.memory_model;
            to.section_size_bits = from.section_size_bits;
        });
        config("largest order, page-block order", [](Kernel& to, const Kernel& from) {
            to.max_order = from.max_order;
            to.pageblock_order = from.pageblock_order;
        });
        config("CONFIG_DEFERRED_STRUCT_PAGE_INIT",
               [](Kernel& to, const Kernel& from) { to.deferred_struct_page_init = from.deferred_struct_page_init; });
        config("sizes of structures", [](Kernel& to, const Kernel& from) { to.sizes = from.sizes; });
        config("addresses and constants of the build", [](Kernel& to, const Kernel& from) { to.constants = from.constants; });
        config("CONFIG_NR_CPUS", [](Kernel& to, const Kernel& from) { to.nr_cpus = from.nr_cpus; });
    }
    template <typename Take>
    void config(std::string_view what, Take take) {
        Kernel kernel = after_.kernel;
        take(kernel, before_.kernel);
        if (kernel.page_shift != before_.kernel.page_shift) return;
        visit({std::string(what), "the kernels' configurations differ", false}, after_, after_.board, kernel, after_.cmdline);
    }

    void boards() {
        if (&before_.board == &after_.board || before_.board.arch != after_.board.arch) return;
        const auto same = [](const auto& a, const auto& b, auto equal) {
            return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
        };
        const Board &a = before_.board, &b = after_.board;
        const auto same_extent = [](const auto& x, const auto& y) { return x.base == y.base && x.size == y.size; };
        board(same(a.memory, b.memory, same_extent) && same(a.e820, b.e820, same_extent), "memory map", [&](Board& to) {
            to.memory = a.memory;
            to.e820 = a.e820;
            to.srat = a.srat;
            to.nodes = a.nodes;
        });
        board(same(a.reserved, b.reserved, same_extent), "reservations", [&](Board& to) { to.reserved = a.reserved; });
        board(a.cpus == b.cpus, "CPUs", [&](Board& to) { to.cpus = a.cpus; });
        board(a.dma_limit == b.dma_limit && a.dma_zone_size == b.dma_zone_size, "DMA limit", [&](Board& to) {
            to.dma_limit = a.dma_limit;
            to.dma_zone_size = a.dma_zone_size;
        });
    }
    template <typename Take>
    void board(bool equal, std::string_view what, Take take) {
        if (equal) return;
        Board changed = after_.board;
        take(changed);
        visit({std::string(what), "the boards differ"}, after_, changed, after_.kernel, after_.cmdline);
    }

    const Outcome& before_;
    const Outcome& after_;
    const VisitDifference& visit_;
};

}  // namespace

void for_each_difference(const Outcome& before, const Outcome& after, const VisitDifference& visit) {
    Differences(before, after, visit).find();
}

Comparison compare(const Outcome& before, const Outcome& after) {
    Comparison out;
    out.changes = changes_between(before, after);
    for_each_difference(before, after, [&](const Difference& difference, const Outcome& with, const Outcome& without) {
        std::vector<std::string> moves = places(changes_between(with, without));
        if (difference.given || !moves.empty()) out.reasons.push_back({difference.cause, difference.rule, std::move(moves)});
    });
    out.findings = finding_changes(before.layout, after.layout);
    return out;
}

}  // namespace zonecalc
