// SPDX-License-Identifier: MIT
// Requests are served by a page allocator of their own, in the state right after hand-over, as `alloc` does it.
#include "figures/expect.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/alloc_script.h"
#include "mm/mempolicy.h"
#include "report/format.h"

namespace zonecalc {

namespace {

std::string scope(const Expectation& e) {
    std::string out;
    if (e.node) out += fmt::format(" node {}", *e.node);
    if (e.zone) out += fmt::format(" zone {}", to_string(*e.zone));
    return out.empty() ? out : " in" + out;
}

ExpectationResult condition(const Condition& c, const Outcome& o, SourcePosition position) {
    ExpectationResult result;
    result.wanted = describe(c);
    result.position = c.position.line ? c.position : position;
    const std::vector<Judgement> judgements = judge(c, o);
    result.holds = !judgements.empty();
    std::vector<std::string> bad, all;
    for (const Judgement& j : judgements) {
        result.holds = result.holds && j.holds;
        const std::string is = describe(c.figure, j.value, o.kernel);
        all.push_back(c.figure.nodes == Figure::Nodes::each ? fmt::format("node {}: {}", j.value.node.value_or(0), is) : is);
        if (!j.holds) bad.push_back(all.back());
    }
    if (judgements.empty()) all.push_back("no node has memory");
    result.actual = fmt::format("{}", fmt::join(bad.empty() ? all : bad, "; "));
    return result;
}

ExpectationResult request(const Expectation& e, const Outcome& o) {
    ExpectationResult result;
    result.position = e.position;
    result.wanted = fmt::format("alloc {}{}", e.alloc, scope(e));
    if (o.layout.panic) {
        result.actual = "unknown: this kernel does not come up: " + *o.layout.panic;
        return result;
    }
    if (!o.layout.handed_over()) {
        result.actual = fmt::format("unknown: {}", no_hand_over);
        return result;
    }
    unsigned next_id = 0;
    const std::vector<AllocRequest> requests = parse_alloc_words(e.alloc, o.kernel, next_id);
    PageAllocator allocator(o.kernel, o.layout);
    InitTaskPolicy policy(o.kernel, o.board, o.layout);
    for (const AllocRequest& r : requests) {
        if (r.node && !allocator.has_node(*r.node)) {
            result.actual = fmt::format("refused: there is no node {}", *r.node);
            return result;
        }
        const AllocatedPages pages = policy.alloc_pages(allocator, r.order, r.gfp, r.node);
        if (pages.pfns.empty() || !pages.zone) {
            result.actual = "refused: " + pages.reason;
            return result;
        }
        result.actual =
            fmt::format("pfn {:#x} in node {} zone {}", pages.pfns.front(), pages.zone->node, to_string(pages.zone->type));
        if ((e.zone && pages.zone->type != *e.zone) || (e.node && pages.zone->node != *e.node)) return result;
    }
    result.holds = true;
    return result;
}

// Whether the range lies within zones of the wanted type and node.
bool within(const PfnRange& range, const Expectation& e, const Layout& layout) {
    if (!e.zone && !e.node) return true;
    for (const Node& n : layout.nodes) {
        if (e.node && n.id != *e.node) continue;
        if (!e.zone && n.range.begin <= range.begin && range.end <= n.range.end) return true;
        for (const Zone& z : n.zones)
            if (e.zone && z.type == *e.zone && z.start_pfn <= range.begin && range.end <= z.end_pfn()) return true;
    }
    return false;
}

std::string other_name(const std::string& name, const Layout& layout) {
    std::vector<std::string_view> names;
    for (const MemblockRegion& r : layout.reserved) names.push_back(r.name);
    const std::string_view close = closest_match(name, names);
    return close.empty() ? std::string() : fmt::format("did you mean {}?", in_quotes(close));
}

ExpectationResult area(const Expectation& e, const Outcome& o) {
    ExpectationResult result;
    result.position = e.position;
    result.wanted = fmt::format("reserved {}{}", e.reserved, scope(e));
    std::vector<std::string> outside;
    bool any = false;
    for (const MemblockRegion& r : o.layout.reserved) {
        if (r.name != e.reserved) continue;
        any = true;
        const PfnRange pfns{r.base >> o.kernel.page_shift, div_round_up(r.end(), o.kernel.page_size())};
        result.actual = format_range(r.base, r.end());
        if (!within(pfns, e, o.layout)) outside.push_back(result.actual);
    }
    result.holds = any && outside.empty();
    if (!any) {
        result.actual = "not reserved";
        result.hint = other_name(e.reserved, o.layout);
    }
    if (!outside.empty()) result.actual = fmt::format("{}", fmt::join(outside, "; "));
    return result;
}

}  // namespace

std::vector<ExpectationResult> evaluate(const Expectation& e, const Outcome& o) {
    std::vector<ExpectationResult> out;
    for (const Condition& c : e.conditions) out.push_back(condition(c, o, e.position));
    if (!e.alloc.empty()) out.push_back(request(e, o));
    if (!e.reserved.empty()) out.push_back(area(e, o));
    return out;
}

}  // namespace zonecalc
