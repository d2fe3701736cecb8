// SPDX-License-Identifier: MIT
// Who is asked when a node has no memory left: each node's fallback order, and the zonelists that follow from it.
//
// The local node comes first, then the nearest node that was not taken yet; nodes with CPUs and lower-numbered nodes are a little
// farther, and a node that was somebody's first choice at a new distance is used less the next time. Within a node the highest zone
// comes first. Up to 4.13 a zonelist may go zone by zone over all nodes instead (numa_zonelist_order=, and a default that looks at
// how large the low zones are).
//
// "Total pages" is what the boot node can reach, by the first estimates of managed pages.
//
// Read beside it: build_all_zonelists(), build_zonelists(), find_next_best_node(), default_zonelist_order() (3.x) in
// mm/page_alloc.c.
#include "mm/zonelists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace zonecalc {

namespace {

constexpr u64 PENALTY_FOR_NODE_WITH_CPUS = 1;

class Builder {
public:
    explicit Builder(Boot& boot) : boot_(boot), kernel_(boot.kernel), layout_(boot.layout) {}

    void build() {
        layout_.zone_order = kernel_.behaviours.zonelist_zone_order && current_zonelist_order_is_zone();
        for (Node& node : layout_.nodes) {
            node.fallback_order = kernel_.numa ? numa_order(node.id) : plain_order(node.id);
            node.zonelist = layout_.zone_order ? in_zone_order(node.fallback_order) : in_node_order(node.fallback_order);
            if (kernel_.numa) node.zonelist_thisnode = in_node_order({node.id});
        }
    }

private:
    bool has_cpus(int nid) const {
        const auto c = boot_.node_has_cpus.find(nid);
        return c != boot_.node_has_cpus.end() && c->second;
    }
    // populated_zone(), managed_zone() in 4.x and 5.x
    bool enters_zonelist(const Zone& z) const {
        return kernel_.behaviours.zonelist_by_managed ? z.managed_initial != 0 : z.populated();
    }

    // build_zonerefs_node()
    void append_zones(const Node& node, std::vector<ZoneRef>& list) const {
        for (auto z = node.zones.rbegin(); z != node.zones.rend(); ++z)
            if (enters_zonelist(*z)) list.push_back({node.id, z->type});
    }
    std::vector<ZoneRef> in_node_order(const std::vector<int>& order) const {
        std::vector<ZoneRef> list;
        for (const int nid : order)
            if (const Node* node = layout_.node(nid)) append_zones(*node, list);
        return list;
    }
    std::vector<ZoneRef> in_zone_order(const std::vector<int>& order) const {
        std::vector<ZoneRef> list;
        for (int i = MAX_NR_ZONES - 1; i >= 0; --i) {
            for (const int nid : order) {
                const Node* node = layout_.node(nid);
                const Zone* z = node ? node->zone(all_zones[i]) : nullptr;
                if (z && enters_zonelist(*z)) list.push_back({nid, z->type});
            }
        }
        return list;
    }

    // Without NUMA: the nodes behind this one, then those before it.
    std::vector<int> plain_order(int local) const {
        std::vector<int> order{local};
        for (const Node& n : layout_.nodes)
            if (n.id > local) order.push_back(n.id);
        for (const Node& n : layout_.nodes)
            if (n.id < local) order.push_back(n.id);
        return order;
    }

    // build_zonelists() with find_next_best_node()
    std::vector<int> numa_order(int local) {
        std::vector<int> order;
        std::set<int> used;
        int previous = local;
        u64 load = boot_.online_nodes.size();
        for (int best; (best = find_next_best_node(local, used)) != NUMA_NO_NODE; previous = best) {
            used.insert(best);
            if (boot_.node_distance(local, best) != boot_.node_distance(local, previous)) {
                if (kernel_.behaviours.node_load_increments)
                    node_load_[best] += 1;
                else
                    node_load_[best] = load;
            }
            order.push_back(best);
            --load;
        }
        return order;
    }
    int find_next_best_node(int local, const std::set<int>& used) const {
        const Node* own = layout_.node(local);
        if (!used.count(local) && (!kernel_.behaviours.local_node_needs_memory || (own && own->has_memory()))) return local;
        // The load weighs less than any distance.
        const u64 scale =
            kernel_.behaviours.node_load_increments ? kernel_.max_numnodes : boot_.online_nodes.size() * u64{kernel_.max_numnodes};
        int best = NUMA_NO_NODE;
        u64 best_value = 0;
        for (const Node& n : layout_.nodes) {
            if (!n.has_memory() || used.count(n.id)) continue;
            u64 value =
                boot_.node_distance(local, n.id) + (n.id < local ? 1 : 0) + (has_cpus(n.id) ? PENALTY_FOR_NODE_WITH_CPUS : 0);
            const auto load = node_load_.find(n.id);
            value = value * scale + (load == node_load_.end() ? 0 : load->second);
            if (best == NUMA_NO_NODE || value < best_value) {
                best = n.id;
                best_value = value;
            }
        }
        return best;
    }

    // set_zonelist_order() and default_zonelist_order() [3.x..4.13]; without NUMA "Zone" is all there is.
    bool current_zonelist_order_is_zone() const {
        if (!kernel_.numa) return true;
        std::optional<bool> asked;
        for (const Parameter& p : boot_.cmdline.parameters) {
            if (!parameq(p.name, "numa_zonelist_order") || !p.value || p.value->empty()) continue;
            const char c = static_cast<char>(p.value->front() | 0x20);
            if (c == 'd') asked.reset();
            if (c == 'n') asked = false;
            if (c == 'z') asked = true;
        }
        return asked.value_or(default_order_is_zone());
    }
    // Zone order, unless DMA zones are empty, or larger than half of all memory, or 70 % of some node.
    bool default_order_is_zone() const {
        const auto low = [](ZoneType t) { return t < ZoneType::Normal; };
        u64 low_pages = 0;
        u64 total = 0;
        for (const Node& n : layout_.nodes) {
            for (const Zone& z : n.zones) {
                if (low(z.type)) {
                    low_pages += z.managed_initial;
                    total += z.managed_initial;
                } else if (z.type == ZoneType::Normal) {
                    total += z.managed_initial;
                }
            }
        }
        if (low_pages == 0 || low_pages > total / 2) return false;
        const u64 average = total / (layout_.nodes.size() + 1);
        for (const Node& n : layout_.nodes) {
            u64 node_low = 0;
            u64 node_total = 0;
            for (const Zone& z : n.zones) {
                if (z.type > ZoneType::Normal) continue;
                node_total += z.present;
                if (low(z.type)) node_low += z.present;
            }
            if (node_low != 0 && node_total > average && node_low > node_total * 70 / 100) return false;
        }
        return true;
    }

    Boot& boot_;
    const Kernel& kernel_;
    Layout& layout_;
    std::map<int, u64> node_load_;
};

void tell(const Boot& boot) {
    const auto list = [](const std::vector<ZoneRef>& refs) {
        std::string text;
        for (const ZoneRef& r : refs) text += fmt::format("{}{}:{}", text.empty() ? "" : " ", r.node, to_string(r.zone));
        return text;
    };
    for (const Node& node : boot.layout.nodes) {
        const WalkStep step(boot.walk, "build_zonelists");
        step.argument("nid", node.id);
        step.value("node_order", fmt::format("{}", fmt::join(node.fallback_order, " ")));
        step.value("node_zonelists[ZONELIST_FALLBACK]", list(node.zonelist));
        if (boot.kernel.numa) step.value("node_zonelists[ZONELIST_NOFALLBACK]", list(node.zonelist_thisnode));
    }
}

}  // namespace

void build_all_zonelists(Boot& boot) {
    Layout& layout = boot.layout;
    const Kernel& kernel = boot.kernel;
    const WalkPath walk(boot.walk, "build_all_zonelists");
    layout.nr_online_nodes = static_cast<unsigned>(boot.online_nodes.size());
    Builder(boot).build();
    if (walk) tell(boot);

    if (!layout.nodes.empty()) {
        for (const ZoneRef& ref : layout.nodes.front().zonelist)
            layout.total_pages += layout.node(ref.node)->zone(ref.zone)->managed_initial;
    }
    layout.mobility_grouping = layout.total_pages >= kernel.pageblock_nr_pages() * kernel.migrate_types;
    walk.value("vm_total_pages", layout.total_pages, WalkUnit::pages);
    walk.value("page_group_by_mobility_disabled", static_cast<unsigned>(!layout.mobility_grouping));
    walk.because([&] {
        return fmt::format("grouping by mobility wants pageblock_nr_pages * MIGRATE_TYPES = {} * {} pages",
                           kernel.pageblock_nr_pages(), kernel.migrate_types);
    });

    if (!kernel.numa) return;
    // check_highest_zone(): policy_zone starts as the first zone there is.
    for (const ZoneType type : all_zones) {
        if (!kernel.has_zone(type) || type == ZoneType::Movable) continue;
        const bool used = std::any_of(layout.nodes.begin(), layout.nodes.end(), [&](const Node& n) {
            return std::any_of(n.zonelist.begin(), n.zonelist.end(), [&](const ZoneRef& r) { return r.zone == type; });
        });
        if (used || !layout.policy_zone) layout.policy_zone = type;
    }
}

}  // namespace zonecalc
