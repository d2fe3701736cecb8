// SPDX-License-Identifier: MIT
// Schema "zonecalc.run/1": the whole Layout for programs. Numbers are plain integers: bytes (base, size) or pages and pfns
// (everything else); ends are exclusive. A key whose value is not known is left out.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

#include "report/json_text.h"
#include "report/notes_json.h"
#include "report/report.h"

namespace zonecalc {

namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view s) {
    return Json(std::string(s));
}

Json flags(unsigned bits) {
    Json list = Json::array();
    if (bits & MEMBLOCK_HOTPLUG) list.push_back("hotplug");
    if (bits & MEMBLOCK_MIRROR) list.push_back("mirror");
    if (bits & MEMBLOCK_NOMAP) list.push_back("nomap");
    if (bits & MEMBLOCK_DRIVER_MANAGED) list.push_back("driver_managed");
    return list;
}

std::string hex(u64 n) {
    char digits[17];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, n, 16);
    return "0x" + std::string(digits, end);
}

Json early_calls(const Layout& layout) {
    Json list = Json::array();
    for (const EarlyCall& c : layout.early_calls) {
        Json j = {{"call", text(to_string(c.kind))}, {"base", c.base}, {"size", c.size}};
        if (!c.name.empty()) j["name"] = c.name;
        if (!c.function.empty()) j["function"] = c.function;
        if (c.kind == EarlyCall::Kind::allocate) {
            j["align"] = c.align;
            j["from"] = c.from;
            j["below"] = c.below;
            if (c.nid != NUMA_NO_NODE) j["node"] = c.nid;
            j["direction"] = c.bottom_up ? "up" : "down";
        }
        if (c.given_back) j["given_back"] = c.given_back;
        list.push_back(std::move(j));
    }
    return list;
}

Json memory_account(const MemoryAccount& account) {
    Json parts = Json::array();
    for (const MemoryPart& p : account.parts) {
        Json j = {{"kind", text(to_string(p.kind))}};
        if (p.kind == MemoryPart::Kind::reserved) j["name"] = p.name;
        j["size"] = p.hand_over;
        if (account.handed_over) j["started"] = p.started;
        if (p.later) j["freed_later"] = p.later;
        parts.push_back(std::move(j));
    }
    return {{"firmware", account.firmware}, {"added", account.added}, {"parts", std::move(parts)}};
}

Json memblock(const Layout& layout, Until until) {
    Json memory = Json::array();
    for (const MemblockRegion& r : layout.memory) {
        Json j = {{"base", r.base}, {"size", r.size}};
        if (r.nid != NUMA_NO_NODE) j["node"] = r.nid;
        j["flags"] = flags(r.flags);
        memory.push_back(std::move(j));
    }
    Json reserved = Json::array();
    for (const MemblockRegion& r : layout.reserved) {
        Json j = {{"base", r.base}, {"size", r.size}};
        if (!r.name.empty()) j["name"] = r.name;
        reserved.push_back(std::move(j));
    }
    Json j = {{"memory", std::move(memory)}};
    if (!layout.early_calls.empty()) j["calls"] = early_calls(layout);
    // Not followed so far, or nothing.
    if (until != Until::zones || layout.panic || !reserved.empty()) j["reserved"] = std::move(reserved);
    return j;
}

Json zone_limits(const Layout& layout) {
    Json list = Json::array();
    for (const ZoneLimit& l : layout.zone_limits)
        list.push_back({{"zone", text(to_string(l.zone))}, {"start_pfn", l.range.begin}, {"end_pfn", l.range.end}});
    return list;
}

Json movable(const Movable& m) {
    Json start = Json::array();
    for (const MovableStart& s : m.start) start.push_back({{"node", s.node}, {"pfn", s.pfn}});
    return {{"path", text(to_string(m.path))},
            {"zone", text(to_string(m.zone))},
            {"required_kernelcore", m.required_kernelcore},
            {"required_movablecore", m.required_movablecore},
            {"start_pfn", std::move(start)}};
}

Json early_ranges(const Layout& layout) {
    Json list = Json::array();
    for (const EarlyRange& r : layout.early_ranges)
        list.push_back({{"node", r.node}, {"start_pfn", r.range.begin}, {"end_pfn", r.range.end}});
    return list;
}

Json free_lists(const std::vector<FreeList>& lists) {
    Json list = Json::array();
    for (const FreeList& l : lists) {
        Json runs = Json::array();
        for (const PageRun& r : l.runs) runs.push_back(Json::array({r.first, r.step, r.count}));
        list.push_back({{"order", l.order}, {"migratetype", text(to_string(l.type))}, {"runs", std::move(runs)}});
    }
    return list;
}

Json pageblocks(const PageblockCounts& counts) {
    Json object = Json::object();
    for (const MigrateType type : all_migrate_types)
        if (const u64 n = counts[static_cast<std::size_t>(type)]) object[std::string(to_string(type))] = n;
    return object;
}

Json zone(const Zone& z, Until until) {
    Json j = {{"zone", text(to_string(z.type))},
              {"start_pfn", z.start_pfn},
              {"end_pfn", z.end_pfn()},
              {"spanned", z.spanned},
              {"present", z.present},
              {"managed_initial", z.managed_initial},
              {"memmap_pages", z.memmap_exceeds ? 0 : z.memmap_pages}};
    if (until == Until::zones || !z.managed) return j;
    j["managed"] = *z.managed;
    j["free_pages"] = z.free_pages;
    j["free_lists"] = free_lists(z.free_lists);
    j["pageblocks"] = pageblocks(z.pageblocks);
    if (z.started)
        j["started"] = {{"managed", z.started->managed},
                        {"free_pages", z.started->free_pages},
                        {"free_lists", free_lists(z.started->free_lists)},
                        {"pageblocks", pageblocks(z.started->pageblocks)}};
    if (z.watermark) j["watermark"] = {{"min", z.watermark->min}, {"low", z.watermark->low}, {"high", z.watermark->high}};
    if (!z.lowmem_reserve.empty()) j["lowmem_reserve"] = z.lowmem_reserve;
    if (z.pcp) {
        j["pcp"] = {{"batch", z.pcp->batch}};
        if (z.pcp->high_max) {
            j["pcp"]["high_min"] = z.pcp->high_min;
            j["pcp"]["high_max"] = z.pcp->high_max;
        } else {
            j["pcp"]["high"] = z.pcp->high;
        }
    }
    return j;
}

Json nodes(const Layout& layout, Until until) {
    Json list = Json::array();
    for (const Node& n : layout.nodes) {
        Json zones = Json::array();
        for (const Zone& z : n.zones) zones.push_back(zone(z, until));
        list.push_back({{"node", n.id},
                        {"start_pfn", n.range.begin},
                        {"end_pfn", n.range.end},
                        {"spanned", n.spanned},
                        {"present", n.present},
                        {"online", n.online},
                        {"fallback_order", n.fallback_order},
                        {"zones", std::move(zones)}});
    }
    return list;
}

Json zonelist(const std::vector<ZoneRef>& refs) {
    Json list = Json::array();
    for (const ZoneRef& r : refs) list.push_back({{"node", r.node}, {"zone", text(to_string(r.zone))}});
    return list;
}

Json zonelists(const Kernel& kernel, const Layout& layout) {
    Json list = Json::array();
    for (const Node& n : layout.nodes) {
        Json j = {{"node", n.id}, {"fallback", zonelist(n.zonelist)}};
        if (kernel.numa) j["thisnode"] = zonelist(n.zonelist_thisnode);
        list.push_back(std::move(j));
    }
    return list;
}

Json unavailable(const Layout& layout) {
    Json list = Json::array();
    for (const UnavailableRange& u : layout.unavailable)
        list.push_back({{"node", u.node}, {"zone", text(to_string(u.zone))}, {"pages", u.pages}});
    return list;
}

void add_zones(Json& answer, const Kernel& kernel, const Layout& layout, Until until) {
    answer["zone_limits"] = zone_limits(layout);
    answer["movable"] = movable(layout.movable);
    answer["early_ranges"] = early_ranges(layout);
    answer["nodes"] = nodes(layout, until);
    answer["unavailable"] = unavailable(layout);
    const UnavailableRanges how = kernel.behaviours.unavailable_ranges;
    if (how == UnavailableRanges::reserved_but_unavailable || how == UnavailableRanges::zeroed_struct_page)
        answer["unavailable_pages"] = layout.unavailable_pages;
    answer["zonelists"] = zonelists(kernel, layout);
    if (kernel.behaviours.zonelist_zone_order) answer["zonelist_order"] = layout.zone_order ? "zone" : "node";
    answer["total_pages"] = layout.total_pages;
    answer["mobility_grouping"] = layout.mobility_grouping;
    if (layout.policy_zone) answer["policy_zone"] = text(to_string(*layout.policy_zone));
}

Json allocations(const Layout& layout) {
    Json out = Json::array();
    for (const FirstAllocation& a : layout.allocations)
        out.push_back({{"step", text(a.step)},
                       {"order", a.order},
                       {"gfp", hex(a.gfp)},
                       {"what", a.what},
                       {"node", a.node},
                       {"zone", text(to_string(a.zone))},
                       {"pfn", a.pfn},
                       {"migratetype", text(to_string(a.type))},
                       {"fallback", a.origin.fallback ? Json(text(to_string(*a.origin.fallback))) : Json()},
                       {"claimed", a.origin.claimed},
                       {"block_order", a.origin.order ? Json(*a.origin.order) : Json()},
                       {"request", a.recorded ? "recorded" : "computed"}});
    return out;
}

Json slab_pages(const Kernel& kernel, const std::vector<SlabPages>& list) {
    Json pages = Json::array();
    for (const SlabPages& p : list) {
        Json at = {{"node", p.node}};
        if (kernel.behaviours.nr_slab_per_zone) at["zone"] = text(to_string(p.zone));
        at["reclaimable"] = p.reclaimable;
        at["unreclaimable"] = p.unreclaimable;
        pages.push_back(std::move(at));
    }
    return pages;
}

// Slabs and objects once kmem_cache_init() is over.
void add_slabs(Json& j, const Kernel& kernel, const Slub& s) {
    j["pages"] = slab_pages(kernel, s.pages);
    Json objects = Json::array();
    for (const SlabObject& o : s.objects)
        objects.push_back({{"cache", o.cache},
                           {"what", o.what},
                           {"node", o.node},
                           {"pfn", o.pfn},
                           {"offset", o.offset ? Json(*o.offset) : Json()}});
    j["objects"] = std::move(objects);
}

Json cache(const Kernel& kernel, const SlabCache& c) {
    Json j = {{"name", c.name},
              {"object_size", c.object_size},
              {"size", c.size},
              {"align", c.align},
              {"order", c.order},
              {"objects", c.objects},
              {"min_order", c.min_order},
              {"min_partial", c.min_partial},
              {"cpu_partial", c.cpu_partial}};
    if (kernel.behaviours.slub_cpu_partial_slabs && !kernel.behaviours.slub_sheaves) j["cpu_partial_slabs"] = c.cpu_partial_slabs;
    if (kernel.behaviours.slub_sheaves) j["sheaf_capacity"] = c.sheaf_capacity;
    j["free_pointer"] = c.offset;
    if (c.red_left_pad) j["red_left_pad"] = c.red_left_pad;
    j["flags"] = hex(c.kernel_flags);
    return j;
}

// The caches that start-up makes later, and slabs at rest_init().
Json start_up(const Kernel& kernel, const Slub& s) {
    Json caches = Json::array();
    Json slabs = Json::array();
    for (const SlabCache& c : s.start_up_caches) {
        Json j = cache(kernel, c);
        // What their makers ask for is not known.
        j.erase("sheaf_capacity");
        caches.push_back(std::move(j));
    }
    for (std::size_t i = 0; i < s.start_up_use.size(); ++i) {
        const SlabCache& c = i < s.caches.size() ? s.caches[i] : s.start_up_caches[i - s.caches.size()];
        if (s.start_up_use[i].slabs) slabs.push_back({{"cache", c.name}, {"slabs", s.start_up_use[i].slabs}});
    }
    Json j = {{"caches", std::move(caches)}};
    if (!s.start_up_use.empty()) {
        j["slabs"] = std::move(slabs);
        j["pages"] = slab_pages(kernel, s.start_up_pages);
    }
    return j;
}

Json slub(const Kernel& kernel, const Slub& s) {
    Json caches = Json::array();
    for (std::size_t i = 0; i < s.caches.size(); ++i) {
        Json j = cache(kernel, s.caches[i]);
        if (i < s.use.size()) {
            j["slabs"] = s.use[i].slabs;
            j["active_objects"] = s.use[i].active;
            j["total_objects"] = s.use[i].objects;
        }
        caches.push_back(std::move(j));
    }
    Json j = {{"hw_align", s.hw_align},       {"min_order", s.min_order},   {"max_order", s.max_order},
              {"min_objects", s.min_objects}, {"nr_cpu_ids", s.nr_cpu_ids}, {"order_cpus", s.order_cpus},
              {"nr_node_ids", s.nr_node_ids}};
    if (!s.panic.empty()) j["panic"] = s.panic;
    j["caches"] = std::move(caches);
    if (!s.use.empty()) add_slabs(j, kernel, s);
    if (!s.start_up_caches.empty() || !s.start_up_use.empty()) j["start_up"] = start_up(kernel, s);
    return j;
}

}  // namespace

std::string report_json(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout, Until until) {
    Json answer = {{"schema", "zonecalc.run/1"}};
    answer["board"] = {{"name", board.name}, {"arch", text(to_string(board.arch))}};
    answer["kernel"] = {{"release", kernel.release},
                        {"profile", kernel.profile},
                        {"version", to_string(kernel.version)},
                        {"page_size", kernel.page_size()},
                        {"max_order", kernel.max_order},
                        {"pageblock_order", kernel.pageblock_order},
                        {"confirmed", kernel.confirmation == Confirmation::recorded}};
    if (!kernel.sizes_of.empty()) answer["kernel"]["sizes_of"] = kernel.sizes_of;
    answer["cmdline"] = cmdline.text;

    Json warnings = Json::array();
    Json messages = Json::array();
    for (const KernelMessage& m : layout.messages) {
        const bool warning = m.level == MessageLevel::warning;
        if (warning) warnings.push_back(m.text);
        messages.push_back({{"level", warning ? "warning" : "info"}, {"text", m.text}, {"function", m.function}});
    }
    answer["warnings"] = std::move(warnings);
    if (layout.panic) answer["panic"] = *layout.panic;

    answer["memblock"] = memblock(layout, until);
    if (layout.account) answer["memory_account"] = memory_account(*layout.account);
    if (until != Until::memblock && !layout.panic) add_zones(answer, kernel, layout, until);
    if (!layout.cma_areas.empty()) {
        Json areas = Json::array();
        for (const CmaArea& a : layout.cma_areas) areas.push_back({{"name", a.name}, {"base", a.base}, {"size", a.size}});
        answer["cma_areas"] = std::move(areas);
    }
    if (layout.slub) answer["slub"] = slub(kernel, *layout.slub);
    if (!layout.allocations.empty()) answer["allocations"] = allocations(layout);

    answer["notes"] = notes_json(layout.notes);
    answer["messages"] = std::move(messages);

    return json_text(answer);
}

}  // namespace zonecalc
