// SPDX-License-Identifier: MIT
// Reads "node:1.zone:Movable.present >= 8GiB". Nothing here knows a layout.
#include "input/figure_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "input/toml_reader.h"
#include "zonecalc/findings.h"

namespace zonecalc {

namespace {

struct Name {
    std::string_view name;
    Figure::Unit unit;
    bool of_zone;  // may stand after "zone:NAME"
    std::string_view what;
};

using Unit = Figure::Unit;
constexpr Name names[] = {
    {"start_pfn", Unit::pages, true, "first page frame"},
    {"end_pfn", Unit::pages, true, "page frame after the last"},
    {"pages", Unit::pages, true, "the same as present"},
    {"spanned", Unit::pages, true, "pages between start and end"},
    {"present", Unit::pages, true, "pages of memory"},
    {"managed", Unit::pages, true, "pages that the page allocator got"},
    {"free", Unit::pages, true, "free pages right after hand-over"},
    {"bytes", Unit::bytes, true, "memory in bytes"},
    {"blocks", Unit::count, true, "blocks:ORDER: free blocks of that order, larger ones cut up"},
    {"watermark.min", Unit::pages, true, "once start-up is over"},
    {"watermark.low", Unit::pages, true, "once start-up is over"},
    {"watermark.high", Unit::pages, true, "once start-up is over"},
    {"lowmem_reserve", Unit::pages, true, "lowmem_reserve:ZONE: kept from requests that ZONE could serve"},
    {"pcp.batch", Unit::pages, true, "pages that per-CPU lists take at a time"},
    {"pcp.high", Unit::pages, true, "pages that per-CPU lists hold, where the release has one bound"},
    {"pcp.high_min", Unit::pages, true, "… where it tunes itself between two"},
    {"pcp.high_max", Unit::pages, true, "… the upper one"},
    {"movable", Unit::pages, false, "the same as zone:Movable.present"},
    {"kernel", Unit::pages, false, "memory of all zones but Movable"},
    {"memory", Unit::bytes, false, "memblock.memory"},
    {"reserved", Unit::bytes, false, "memblock.reserved"},
    {"total_pages", Unit::pages, false, "as build_all_zonelists() prints it"},
    {"unavailable", Unit::pages, false, "struct pages without memory"},
    {"required_kernelcore", Unit::pages, false, "after percent, rounding and movablecore= are worked in"},
    {"cma", Unit::pages, false, "set aside for contiguous allocations"},
    {"min_free_kbytes", Unit::kib, false, "once start-up is over"},
    {"warnings", Unit::count, false, "of the kernel's"},
    {"findings", Unit::count, false, "findings:ID: of that id; else all"},
};

const Name* find_name(std::string_view name) {
    for (const Name& n : names)
        if (n.name == name) return &n;
    return nullptr;
}

std::optional<u64> decimal(std::string_view text) {
    u64 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// The places of parts of one text.
class Places {
public:
    Places(std::string_view text, SourcePosition at) : text_(text), at_(at) {}
    SourcePosition of(std::string_view part) const {
        return {at_.line, at_.column + static_cast<u32>(std::min<std::size_t>(part.data() - text_.data(), 100000))};
    }

private:
    std::string_view text_;
    SourcePosition at_;
};

// "node:1", "node:*"
bool read_node(std::string_view which, Figure& figure, SourcePosition at, Diagnostics& diagnostics) {
    if (which == "*") {
        figure.nodes = Figure::Nodes::each;
        return true;
    }
    const std::optional<u64> id = decimal(which);
    if (!id || *id > 65535) {
        diagnostics.error(at, fmt::format("{} is no node: a number, or '*' for each", in_quotes(which)));
        return false;
    }
    figure.nodes = Figure::Nodes::one;
    figure.node = static_cast<int>(*id);
    return true;
}

bool read_finding(std::string_view id, Figure& figure, SourcePosition at, Diagnostics& diagnostics) {
    if (!finding_info(id)) {
        std::vector<std::string_view> ids;
        for (const FindingInfo& f : finding_table()) ids.push_back(f.id);
        diagnostics.error(at, fmt::format("no finding is called {}{}", in_quotes(id), did_you_mean(id, ids)));
        return false;
    }
    figure.pointer = id;
    return true;
}

// What comes after nodes and zone.
bool read_name(std::string_view text, Figure& figure, SourcePosition at, Diagnostics& diagnostics) {
    const std::size_t colon = text.find(':');
    const std::string_view word = text.substr(0, colon);
    const std::optional<std::string_view> key =
        colon == std::string_view::npos ? std::nullopt : std::optional(text.substr(colon + 1));
    const Name* name = find_name(word);
    if (!name) {
        const std::vector<std::string_view> all = figure_names();
        std::string hint = did_you_mean(word, all);
        if (hint.empty()) hint = fmt::format("; known are: {}", fmt::join(all, ", "));
        diagnostics.error(at, fmt::format("no figure is called {}{}", in_quotes(word), hint));
        return false;
    }
    if (figure.zone && !name->of_zone) {
        diagnostics.error(at, fmt::format("{} is of the machine, not of a zone", in_quotes(word)));
        return false;
    }
    if (figure.nodes != Figure::Nodes::all && !name->of_zone && word != "movable" && word != "kernel" && word != "memory") {
        diagnostics.error(at, fmt::format("{} is of the machine, not of a node", in_quotes(word)));
        return false;
    }
    figure.name = word;
    figure.unit = name->unit;
    if (word == "findings") return !key || read_finding(*key, figure, at, diagnostics);
    const bool wants_key = word == "blocks" || word == "lowmem_reserve";
    if (wants_key != key.has_value()) {
        diagnostics.error(at, wants_key
                                  ? fmt::format("{} needs {}, as {}", in_quotes(word), word == "blocks" ? "an order" : "a zone",
                                                word == "blocks" ? "'blocks:9'" : "'lowmem_reserve:Normal'")
                                  : fmt::format("{} takes no ':'", in_quotes(word)));
        return false;
    }
    if (word == "blocks") {
        const std::optional<u64> order = decimal(*key);
        if (!order || *order > 20) {
            diagnostics.error(at, fmt::format("{} is no order", in_quotes(*key)));
            return false;
        }
        figure.order = static_cast<unsigned>(*order);
    } else if (word == "lowmem_reserve") {
        const auto zone = parse_zone(*key, at, diagnostics);
        if (!zone) return false;
        if (!figure.zone) {
            diagnostics.error(at, "lowmem_reserve is of a zone: write 'zone:DMA32.lowmem_reserve:Normal'");
            return false;
        }
        figure.order = static_cast<unsigned>(*zone);
    }
    return true;
}

}  // namespace

std::string_view to_string(Op op) {
    constexpr std::string_view words[] = {"=", "!=", "<", "<=", ">", ">="};
    return words[static_cast<std::size_t>(op)];
}

std::vector<std::string_view> figure_names() {
    std::vector<std::string_view> out;
    for (const Name& n : names) out.push_back(n.name);
    return out;
}

Figure zone_figure(std::string_view name, std::optional<ZoneType> zone, std::optional<int> node) {
    Figure f;
    f.name = name;
    f.zone = zone;
    f.unit = find_name(name)->unit;
    if (node) {
        f.nodes = Figure::Nodes::one;
        f.node = *node;
        f.text = fmt::format("node:{}.", *node);
    }
    if (zone) f.text += fmt::format("zone:{}.", to_string(*zone));
    f.text += name;
    return f;
}

std::optional<ZoneType> parse_zone(std::string_view text, SourcePosition at, Diagnostics& diagnostics) {
    if (const auto zone = zone_from_string(text)) return zone;
    std::vector<std::string_view> zones;
    for (const ZoneType z : all_zones) zones.push_back(to_string(z));
    std::string hint = did_you_mean(text, zones);
    if (hint.empty()) hint = fmt::format("; known are: {}", fmt::join(zones, ", "));
    diagnostics.error(at, fmt::format("no kernel has a zone {}{}", in_quotes(text), hint));
    return std::nullopt;
}

std::optional<Figure> parse_figure(std::string_view whole, SourcePosition at, Diagnostics& diagnostics) {
    const Places places(whole, at);
    std::string_view text = trim(whole);
    Figure figure;
    figure.text = text;
    if (text.empty()) {
        diagnostics.error(at, "a figure is missing, such as 'zone:Movable.present'");
        return std::nullopt;
    }
    if (text.front() == '/') {
        figure.name = "json";
        figure.pointer = text;
        figure.unit = Unit::count;
        return figure;
    }
    bool scoped = false;
    while (true) {
        const std::string_view part = text.substr(0, text.find('.'));
        if (part.starts_with("node:")) {
            if (!read_node(part.substr(5), figure, places.of(part), diagnostics)) return std::nullopt;
        } else if (part.starts_with("zone:")) {
            figure.zone = parse_zone(part.substr(5), places.of(part), diagnostics);
            if (!figure.zone) return std::nullopt;
        } else {
            break;
        }
        scoped = true;
        if (part.size() == text.size()) {
            text = {};
            break;
        }
        text.remove_prefix(part.size() + 1);
    }
    if (text.empty() && scoped) {
        figure.name = "present";
        return figure;
    }
    if (!read_name(text, figure, places.of(text), diagnostics)) return std::nullopt;
    return figure;
}

std::optional<Wanted> parse_wanted(std::string_view whole, const Figure& figure, SourcePosition at, Diagnostics& diagnostics) {
    const SourcePosition place = Places(whole, at).of(trim(whole));
    const std::string_view text = trim(whole);
    Wanted wanted;
    wanted.text = text;
    if (text.ends_with('%')) {
        const std::string_view number = trim(text.substr(0, text.size() - 1));
        const std::size_t dot = std::min(number.find('.'), number.size());
        const std::optional<u64> whole_part = decimal(number.substr(0, dot));
        std::string thousandths(number.substr(std::min(dot + 1, number.size())));
        const bool fits = thousandths.size() <= 3 && (dot == number.size() || !thousandths.empty());
        thousandths.resize(3, '0');
        const std::optional<u64> part = decimal(thousandths);
        if (!whole_part || *whole_part > 1000000 || !part || !fits) {
            diagnostics.error(place, fmt::format("{} is no percentage, as '50%' or '12.5%'", in_quotes(text)));
            return std::nullopt;
        }
        if (figure.unit == Unit::count) {
            diagnostics.error(place, fmt::format("{} is a count and no share of memory", in_quotes(figure.text)));
            return std::nullopt;
        }
        wanted.kind = Wanted::Kind::percent;
        wanted.number = *whole_part * 1000 + *part;
        return wanted;
    }
    TomlValue value;
    value.kind = TomlValue::Kind::string;
    value.position = place;
    value.text = text;
    const bool is_number = !text.empty() && text.front() >= '0' && text.front() <= '9';
    if (figure.name == "json" && !is_number) {
        wanted.kind = Wanted::Kind::text;
        return wanted;
    }
    const std::optional<u64> number = read_size(value, "the value", diagnostics);
    if (!number) return std::nullopt;
    wanted.number = *number;
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    const std::size_t unit = text.find_first_of(hex ? "GgKkMmPpTtiI" : "BbEeGgKkMmPpTt");
    if (unit == std::string_view::npos) return wanted;
    if (figure.unit == Unit::count && figure.name != "json") {
        diagnostics.error(place, fmt::format("{} is a count and no size", in_quotes(figure.text)));
        return std::nullopt;
    }
    wanted.kind = figure.name == "json" ? Wanted::Kind::number : Wanted::Kind::bytes;
    return wanted;
}

std::optional<Condition> parse_condition(std::string_view text, SourcePosition at, Diagnostics& diagnostics) {
    const std::size_t op = text.find_first_of("<>=!");
    if (op == std::string_view::npos) {
        diagnostics.error(at,
                          fmt::format("{} compares nothing: write FIGURE OP VALUE, as 'zone:Movable >= 8GiB'", in_quotes(text)));
        return std::nullopt;
    }
    Condition condition;
    const bool equals_follows = op + 1 < text.size() && text[op + 1] == '=';
    switch (text[op]) {
        case '<':
            condition.op = equals_follows ? Op::le : Op::lt;
            break;
        case '>':
            condition.op = equals_follows ? Op::ge : Op::gt;
            break;
        case '=':
            condition.op = Op::eq;
            break;
        default:
            condition.op = Op::ne;
            if (!equals_follows) {
                diagnostics.error(Places(text, at).of(text.substr(op)), "'!' alone is no comparison; known are: = != < <= > >=");
                return std::nullopt;
            }
    }
    const std::optional<Figure> figure = parse_figure(text.substr(0, op), at, diagnostics);
    if (!figure) return std::nullopt;
    condition.figure = *figure;
    const std::string_view rest = text.substr(op + (equals_follows ? 2 : 1));
    const std::optional<Wanted> wanted = parse_wanted(rest, *figure, Places(text, at).of(rest), diagnostics);
    if (!wanted) return std::nullopt;
    condition.wanted = *wanted;
    return condition;
}

Condition condition_of(std::string_view option, std::string_view text) {
    const Source source{std::string(option), std::string(text)};
    Diagnostics diagnostics(source);
    const std::optional<Condition> condition = parse_condition(source.text, {1, 1}, diagnostics);
    diagnostics.finish();
    return *condition;
}

Figure figure_of(std::string_view option, std::string_view text) {
    const Source source{std::string(option), std::string(text)};
    Diagnostics diagnostics(source);
    const std::optional<Figure> figure = parse_figure(source.text, {1, 1}, diagnostics);
    diagnostics.finish();
    return *figure;
}

}  // namespace zonecalc
