// SPDX-License-Identifier: MIT
// Looks figures up. Sums over nodes are checked: a board may describe more memory than 64 bits count.
#include "figures/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/format.h"
#include "report/report.h"
#include "zonecalc/findings.h"

namespace zonecalc {

namespace {

__extension__ using u128 = unsigned __int128;

struct Number {
    std::optional<u64> value;
    std::string_view unknown;
};

constexpr std::string_view no_start_up = "start-up is not computed, since nothing says what is reserved";
constexpr std::string_view not_known = "not known for this kernel";

// Free blocks of `order`: larger ones count for as many as can be cut out of them.
u64 blocks(const Zone& z, unsigned order) {
    u64 count = 0;
    for (const FreeList& l : z.free_lists)
        if (l.order >= order)
            for (const PageRun& r : l.runs) count += r.count << (l.order - order);
    return count;
}

template <typename T>
Number known(const std::optional<T>& from, u64 T::*field, std::string_view why_not) {
    if (!from) return {std::nullopt, why_not};
    return {(*from).*field, {}};
}

Number of_zone(const Zone& z, const Figure& f, const Kernel& kernel) {
    if (f.name == "start_pfn") return {z.start_pfn, {}};
    if (f.name == "end_pfn") return {z.end_pfn(), {}};
    if (f.name == "present" || f.name == "pages") return {z.present, {}};
    if (f.name == "spanned") return {z.spanned, {}};
    if (f.name == "bytes") {
        u64 bytes = 0;
        if (__builtin_mul_overflow(z.present, kernel.page_size(), &bytes)) return {std::nullopt, "more than 2^64 bytes"};
        return {bytes, {}};
    }
    if (f.name == "managed") return {z.managed, no_hand_over};
    if (f.name == "free") return z.managed ? Number{z.free_pages, {}} : Number{std::nullopt, no_hand_over};
    if (f.name == "blocks") return z.managed ? Number{blocks(z, f.order), {}} : Number{std::nullopt, no_hand_over};
    if (f.name == "watermark.min") return known(z.watermark, &Watermark::min, no_start_up);
    if (f.name == "watermark.low") return known(z.watermark, &Watermark::low, no_start_up);
    if (f.name == "watermark.high") return known(z.watermark, &Watermark::high, no_start_up);
    if (f.name == "pcp.batch") return known(z.pcp, &PerCpuPages::batch, no_start_up);
    const bool tuned = z.pcp && z.pcp->high_max;
    if (f.name == "pcp.high" && tuned) return {std::nullopt, "this kernel tunes it between high_min and high_max"};
    if (f.name == "pcp.high") return known(z.pcp, &PerCpuPages::high, no_start_up);
    if (f.name.starts_with("pcp.high_") && z.pcp && !tuned) return {std::nullopt, "this kernel has one bound, pcp.high"};
    if (f.name == "pcp.high_min") return known(z.pcp, &PerCpuPages::high_min, no_start_up);
    if (f.name == "pcp.high_max") return known(z.pcp, &PerCpuPages::high_max, no_start_up);
    if (f.name == "lowmem_reserve") {
        std::size_t index = 0;
        for (const ZoneType t : all_zones) {
            if (t == static_cast<ZoneType>(f.order)) break;
            if (kernel.has_zone(t)) ++index;
        }
        if (index >= z.lowmem_reserve.size()) return {std::nullopt, no_start_up};
        return {z.lowmem_reserve[index], {}};
    }
    return {std::nullopt, not_known};
}

// Over the zones that the figure names. An end or a start is that of zones that span something.
Number over_zones(const Figure& f, const Outcome& o, std::optional<int> node) {
    const bool start = f.name == "start_pfn", end = f.name == "end_pfn";
    u64 sum = 0;
    bool any = false;
    for (const Node& n : o.layout.nodes) {
        if (node && n.id != *node) continue;
        for (const Zone& z : n.zones) {
            if (f.zone && z.type != *f.zone) continue;
            if ((start || end) && z.spanned == 0) continue;
            const Number part = of_zone(z, f, o.kernel);
            if (!part.value) {
                if (z.present == 0) continue;
                return part;
            }
            if (start)
                sum = any ? std::min(sum, *part.value) : *part.value;
            else if (end)
                sum = std::max(sum, *part.value);
            else if (__builtin_add_overflow(sum, *part.value, &sum))
                return {std::nullopt, "more than 2^64"};
            any = true;
        }
    }
    return {sum, {}};
}

Number regions(const std::vector<MemblockRegion>& list, std::optional<int> node) {
    u64 sum = 0;
    for (const MemblockRegion& r : list)
        if (!node || r.nid == *node)
            if (__builtin_add_overflow(sum, r.size, &sum)) return {std::nullopt, "more than 2^64 bytes"};
    return {sum, {}};
}

Number number_of(const Figure& f, const Outcome& o, std::optional<int> node) {
    const Layout& l = o.layout;
    if (f.name == "memory") return regions(l.memory, node);
    if (f.name == "reserved") return regions(l.reserved, std::nullopt);
    if (f.name == "total_pages") return {l.total_pages, {}};
    if (f.name == "required_kernelcore") return {l.movable.required_kernelcore, {}};
    if (f.name == "cma") return known(l.memory_line, &MemoryLine::cma, no_hand_over);
    if (f.name == "min_free_kbytes") return {l.min_free_kbytes, no_start_up};
    if (f.name == "warnings")
        return {static_cast<u64>(std::count_if(l.messages.begin(), l.messages.end(),
                                               [](const KernelMessage& m) { return m.level == MessageLevel::warning; })),
                {}};
    if (f.name == "findings")
        return {static_cast<u64>(
                    std::count_if(l.notes.begin(), l.notes.end(),
                                  [&](const Note& n) { return is_finding(n) && (f.pointer.empty() || n.id == f.pointer); })),
                {}};
    if (f.name == "unavailable") {
        u64 sum = l.unavailable_pages;
        if (sum == 0)
            for (const UnavailableRange& u : l.unavailable) sum += u.pages;
        return {sum, {}};
    }
    Figure zones = f;
    if (f.name == "movable") {
        zones.zone = ZoneType::Movable;
        zones.name = "present";
    }
    if (f.name == "kernel") {
        u64 pages = 0;
        for (const Node& n : l.nodes)
            if (!node || n.id == *node)
                for (const Zone& z : n.zones)
                    if (z.type != ZoneType::Movable) pages += z.present;
        return {pages, {}};
    }
    return over_zones(zones, o, node);
}

FigureValue json_value(const Figure& f, const Outcome& o) {
    FigureValue out;
    const nlohmann::json report = nlohmann::json::parse(report_json(o.board, o.kernel, o.cmdline, o.layout, Until::slub));
    try {
        const nlohmann::json::json_pointer pointer(f.pointer);
        if (!report.contains(pointer)) {
            out.unknown = "the JSON report has no such path";
            return out;
        }
        const nlohmann::json& value = report.at(pointer);
        if (value.is_number_unsigned())
            out.number = value.get<u64>();
        else if (value.is_string())
            out.text = value.get<std::string>();
        else if (value.is_boolean())
            out.text = value.get<bool>() ? "true" : "false";
        else
            out.unknown = "this is neither a number nor a text";
    } catch (const nlohmann::json::exception&) {
        out.unknown = "this is no JSON pointer, as '/nodes/0/spanned'";
    }
    return out;
}

u64 present_pages(const Layout& layout, std::optional<int> node) {
    u64 sum = 0;
    for (const Node& n : layout.nodes)
        if (!node || n.id == *node)
            for (const Zone& z : n.zones) sum += z.present;
    return sum;
}

bool compare(Op op, u128 a, u128 b) {
    switch (op) {
        case Op::eq:
            return a == b;
        case Op::ne:
            return a != b;
        case Op::lt:
            return a < b;
        case Op::le:
            return a <= b;
        case Op::gt:
            return a > b;
        case Op::ge:
            return a >= b;
    }
    return false;
}

bool holds(const Condition& c, const FigureValue& v, const Kernel& kernel) {
    if (c.wanted.kind == Wanted::Kind::text) {
        const bool equal = v.unknown.empty() && !v.number && v.text == c.wanted.text;
        return c.op == Op::ne ? v.unknown.empty() && !equal : c.op == Op::eq && equal;
    }
    if (!v.number) return false;
    const u64 unit = unit_bytes(c.figure.unit, kernel);
    switch (c.wanted.kind) {
        case Wanted::Kind::bytes:
            return compare(c.op, u128{*v.number} * unit, c.wanted.number);
        case Wanted::Kind::percent:
            return compare(c.op, u128{*v.number} * unit * 100000, u128{v.memory} * kernel.page_size() * c.wanted.number);
        default:
            return compare(c.op, *v.number, c.wanted.number);
    }
}

}  // namespace

std::string_view to_string(Figure::Unit unit) {
    constexpr std::string_view words[] = {"count", "pages", "kib", "bytes"};
    return words[static_cast<std::size_t>(unit)];
}

std::vector<std::string> remarks_on(const Layout& layout) {
    std::vector<std::string> out;
    if (layout.panic) out.push_back("this kernel does not come up: " + *layout.panic);
    for (const KernelMessage& m : layout.messages)
        if (m.level == MessageLevel::warning) out.push_back("the kernel says: " + m.text);
    std::size_t assumed = 0;
    for (const Note& n : layout.notes) {
        if (n.kind == Note::Kind::assumption)
            ++assumed;
        else
            out.push_back(fmt::format("{} [{}]", n.text, n.id));
    }
    if (assumed != 0)
        out.push_back(fmt::format("{} thing{} assumed; 'zonecalc run' lists what", assumed, assumed == 1 ? " is" : "s are"));
    return out;
}

u64 unit_bytes(Figure::Unit unit, const Kernel& kernel) {
    switch (unit) {
        case Figure::Unit::pages:
            return kernel.page_size();
        case Figure::Unit::kib:
            return 1024;
        case Figure::Unit::bytes:
            return 1;
        case Figure::Unit::count:
            break;
    }
    return 0;
}

std::vector<FigureValue> values_of(const Figure& figure, const Outcome& outcome) {
    if (figure.name == "json") return {json_value(figure, outcome)};
    const Layout& layout = outcome.layout;
    const auto value = [&](std::optional<int> node) {
        FigureValue v;
        v.node = node;
        v.memory = present_pages(layout, node);
        if (layout.panic) {
            v.unknown = "this kernel does not come up: " + *layout.panic;
            return v;
        }
        if (figure.zone && !outcome.kernel.has_zone(*figure.zone)) {
            v.unknown = fmt::format("kernel {} has no zone {}", outcome.kernel.profile, to_string(*figure.zone));
            return v;
        }
        const Number n = number_of(figure, outcome, node);
        v.number = n.value;
        if (!n.value) v.unknown = n.unknown;
        return v;
    };
    if (figure.nodes == Figure::Nodes::all) return {value(std::nullopt)};
    std::vector<FigureValue> out;
    if (figure.nodes == Figure::Nodes::one) {
        if (layout.panic || layout.node(figure.node)) return {value(figure.node)};
        FigureValue v;
        v.node = figure.node;
        v.unknown = fmt::format("there is no node {}", figure.node);
        return {v};
    }
    for (const Node& n : layout.nodes)
        if (n.present) out.push_back(value(n.id));
    return out;
}

std::vector<Judgement> judge(const Condition& condition, const Outcome& outcome) {
    std::vector<Judgement> out;
    for (FigureValue& v : values_of(condition.figure, outcome)) {
        const bool good = holds(condition, v, outcome.kernel);
        out.push_back({good, std::move(v)});
    }
    return out;
}

std::string describe(const Figure& figure, const FigureValue& value, const Kernel& kernel) {
    if (!value.unknown.empty()) return "unknown: " + value.unknown;
    if (!value.number) return value.text;
    const bool is_pfn = figure.name == "start_pfn" || figure.name == "end_pfn";
    switch (figure.unit) {
        case Figure::Unit::pages:
            if (is_pfn) return fmt::format("{:#x} ({})", *value.number, *value.number);
            return fmt::format("{} pages ({})", *value.number, format_pages(*value.number, kernel.page_shift, false));
        case Figure::Unit::kib:
            return fmt::format("{} KiB", *value.number);
        case Figure::Unit::bytes:
            return fmt::format("{} bytes ({})", *value.number, format_size(*value.number, false));
        case Figure::Unit::count:
            break;
    }
    return std::to_string(*value.number);
}

std::string describe(const Condition& condition) {
    return fmt::format("{} {} {}", condition.figure.text, to_string(condition.op), condition.wanted.text);
}

}  // namespace zonecalc
