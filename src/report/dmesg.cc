// SPDX-License-Identifier: MIT
// The boot log of the modelled kernel, from "Zone ranges:" to "Policy zone:", and SLUB's line.
//
// The lines come from free_area_init() (free_area_init_nodes() before 5.8), free_area_init_node(), init_unavailable_range() and
// build_all_zonelists(); read mm/mm_init.c and mm/page_alloc.c beside this file. Every line is worded as the release at hand words
// it, in the order in which it prints them, without time stamps. Where the kernel leaves a blank at the end of a line, so does this
// file. Left out: lines that show kernel pointers ("free_area_init_node: node 0, pgdat …"), and everything that other code prints
// in between.
#include <fmt/format.h>

#include <iterator>

#include "report/report.h"

namespace zonecalc {

namespace {

class Log {
public:
    Log(const Kernel& kernel, const Layout& layout) : kernel_(kernel), behaviours_(kernel.behaviours), layout_(layout) {}

    void messages() {
        for (const KernelMessage& m : layout_.messages) line("{}", m.text);
    }

    void zone_ranges() {
        line("Zone ranges:");
        for (const ZoneLimit& limit : layout_.zone_limits)
            line("  {:<8} {}", to_string(limit.zone), limit.range.empty() ? "empty" : mem(limit.range));
        line("Movable zone start for each node");
        for (const MovableStart& m : layout_.movable.start)
            if (m.pfn != 0) line("  Node {}: {}", m.node, address(m.pfn << kernel_.page_shift));
        line("Early memory node ranges");
        for (const EarlyRange& r : layout_.early_ranges) line("  node {:3}: {}", r.node, mem(r.range));
    }

    // Before the nodes are set up, releases that know one sum only.
    void unavailable_sum() {
        if (layout_.unavailable_pages == 0) return;
        if (behaviours_.unavailable_ranges == UnavailableRanges::reserved_but_unavailable)
            line("Reserved but unavailable: {} pages", layout_.unavailable_pages);
        if (behaviours_.unavailable_ranges == UnavailableRanges::zeroed_struct_page)
            line("Zeroed struct page in unavailable ranges: {} pages", layout_.unavailable_pages);
    }

    void node_setup(const Node& node) {
        if (node.was_offline && behaviours_.offline_nodes_print) line("Initializing node {} as memoryless", node.id);
        if (layout_.zone_ranges_printed && behaviours_.print_initmem) {
            if (!node.range.empty())
                line("Initmem setup node {} {}", node.id, mem(node.range));
            else if (behaviours_.print_initmem_memoryless)
                line("Initmem setup node {} as memoryless", node.id);
            else
                line("Initmem setup node {} [mem {}-{}]", node.id, address(0), address(0));
        }
        if (behaviours_.print_node_debug) line("On node {} totalpages: {}", node.id, node.present);
        for (const Zone& zone : node.zones) {
            zone_estimate(zone);
            if (behaviours_.unavailable_ranges == UnavailableRanges::zone_total) unavailable_of(node, zone);
        }
    }

    // setup_node_data() of x86
    void arch_node_setup() {
        for (const NodeSetup& n : layout_.arch_node_setup)
            line("Initmem setup node {} [mem {:#010x}-{:#010x}]", n.node, n.base, n.last);
    }

    // After the nodes are set up, releases that know the zone.
    void unavailable_ranges() {
        if (behaviours_.unavailable_ranges != UnavailableRanges::per_zone) return;
        for (const UnavailableRange& u : layout_.unavailable)
            if (u.pages != 0) line("On node {}, zone {}: {} pages in unavailable ranges", u.node, to_string(u.zone), u.pages);
    }

    void fallback_order() {
        if (!kernel_.numa || !behaviours_.print_fallback_order) return;
        for (const Node& node : layout_.nodes) {
            if (node.fallback_order.empty()) continue;
            print("Fallback order for Node {}: ", node.id);
            for (const int id : node.fallback_order) print("{} ", id);
            line("");
        }
    }

    // mminit_verify_zonelist(): for each populated zone, who is asked when memory of that zone or below is wanted.
    void verify_zonelists() {
        if (!layout_.verify_zonelists) return;
        for (const Node& node : layout_.nodes) {
            if (!node.online) continue;
            verify_zonelist(node, "general", node.zonelist);
            if (kernel_.numa) verify_zonelist(node, "thisnode", node.zonelist_thisnode);
        }
    }

    void zonelists_built() {
        const std::string_view grouping = layout_.mobility_grouping ? "on" : "off";
        if (behaviours_.zonelist_zone_order)
            line("Built {} zonelists in {} order, mobility grouping {}.  Total pages: {}", layout_.nr_online_nodes,
                 layout_.zone_order ? "Zone" : "Node", grouping, layout_.total_pages);
        else
            line("Built {} zonelists, mobility grouping {}.  Total pages: {}", layout_.nr_online_nodes, grouping,
                 layout_.total_pages);
        if (layout_.policy_zone) line("Policy zone: {}", to_string(*layout_.policy_zone));
    }

    // mem_init_print_info()
    void memory() {
        const std::optional<MemoryLine>& m = layout_.memory_line;
        if (!m || !m->image) return;
        const auto k = [&](u64 pages) { return pages * (kernel_.page_size() / 1024); };
        print("Memory: {}K/{}K available ({}K kernel code, {}K rwdata, {}K rodata, {}K init, {}K bss, {}K reserved",
              k(m->available.value_or(0)), k(m->total), m->image->code / 1024, m->image->rwdata / 1024, m->image->rodata / 1024,
              m->image->init / 1024, m->image->bss / 1024, k(m->reserved));
        if (behaviours_.memory_line_cma) print(", {}K cma-reserved", k(m->cma));
        if (m->highmem) print(", {}K highmem", k(*m->highmem));
        line(")");
    }

    // kmem_cache_init()
    void slub(const Slub& s) {
        if (!s.panic.empty()) return;
        line("SLUB: HWalign={}, Order={}-{}, MinObjects={}, CPUs={}, Nodes={}", s.hw_align, s.min_order, s.max_order, s.min_objects,
             s.nr_cpu_ids, s.nr_node_ids);
    }

    std::string take() { return fmt::to_string(out_); }

private:
    template <typename... T>
    void print(fmt::format_string<T...> format, T&&... args) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<T>(args)...);
    }
    template <typename... T>
    void line(fmt::format_string<T...> format, T&&... args) {
        print(format, std::forward<T>(args)...);
        out_.push_back('\n');
    }

    // Old kernels print unsigned long, which loses what lies above 4 GiB where that has 32 bits.
    std::string address(PhysAddr a) const {
        if (!behaviours_.print_short_addresses) return fmt::format("{:#018x}", a);
        return fmt::format("{:#010x}", is_32bit(kernel_.arch) ? a & 0xffffffffu : a);
    }
    std::string mem(PfnRange r) const {
        return fmt::format("[mem {}-{}]", address(r.begin << kernel_.page_shift), address((r.end << kernel_.page_shift) - 1));
    }

    void zone_estimate(const Zone& zone) {
        const std::string_view name = to_string(zone.type);
        // A warning, so it shows where the debug lines do not.
        if (zone.memmap_exceeds && behaviours_.print_exceeds_memmap_wording)
            line("  {} zone: {} memmap pages exceeds freesize {}", name, zone.memmap_pages, zone.present);
        else if (zone.memmap_exceeds)
            line("  {} zone: {} pages exceeds freesize {}", name, zone.memmap_pages, zone.present);
        if (!behaviours_.print_node_debug) return;
        if (!zone.memmap_exceeds && zone.memmap_pages != 0) line("  {} zone: {} pages used for memmap", name, zone.memmap_pages);
        if (zone.dma_reserve) line("  {} zone: {} pages reserved", name, *zone.dma_reserve);
        if (zone.populated()) line("  {} zone: {} pages, LIFO batch:{}", name, zone.present, zone.lifo_batch);
    }

    void unavailable_of(const Node& node, const Zone& zone) {
        for (const UnavailableRange& u : layout_.unavailable)
            if (u.node == node.id && u.zone == zone.type && u.pages != 0)
                line("  {} zone: {} pages in unavailable ranges", to_string(zone.type), u.pages);
    }

    void verify_zonelist(const Node& node, std::string_view which, const std::vector<ZoneRef>& zonelist) {
        for (const Zone& zone : node.zones) {
            if (!zone.populated()) continue;
            print("mminit::zonelist {} {}:{} = ", which, node.id, to_string(zone.type));
            for (const ZoneRef& ref : zonelist)
                if (ref.zone <= zone.type) print("{}:{} ", ref.node, to_string(ref.zone));
            line("");
        }
    }

    const Kernel& kernel_;
    const Behaviours& behaviours_;
    const Layout& layout_;
    fmt::memory_buffer out_;
};

}  // namespace

std::string report_dmesg(const Kernel& kernel, const Layout& layout, Until until) {
    Log log(kernel, layout);
    log.messages();
    // A kernel that dies early prints registers and addresses then, which nobody can know.
    if (until == Until::memblock || layout.panic) return log.take();

    log.arch_node_setup();
    if (layout.zone_ranges_printed) log.zone_ranges();
    log.unavailable_sum();
    for (const int id : layout.init_order)
        if (const Node* node = layout.node(id)) log.node_setup(*node);
    log.unavailable_ranges();

    log.fallback_order();
    log.verify_zonelists();
    log.zonelists_built();
    if (until == Until::zones) return log.take();
    if (!kernel.behaviours.memory_line_late) log.memory();
    if (layout.slub) log.slub(*layout.slub);
    if (kernel.behaviours.memory_line_late) log.memory();
    return log.take();
}

}  // namespace zonecalc
