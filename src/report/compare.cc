// SPDX-License-Identifier: MIT
#include "report/compare.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "figures/figure.h"
#include "report/diff.h"
#include "report/format.h"
#include "report/notes_json.h"
#include "report/table.h"

namespace zonecalc {

namespace {

using Unit = Figure::Unit;

std::string value(const Change& c, const std::optional<u64>& number, const std::string& text) {
    if (!number) return text.empty() ? "-" : printable(text);
    return c.address ? fmt::format("{:#x}", *number) : std::to_string(*number);
}

// "-524288 pages (-2 GiB)"
std::string difference(const Change& c, unsigned page_shift, bool bytes) {
    if (!c.before || !c.after) return "";
    const bool less = *c.after < *c.before;
    const u64 by = less ? *c.before - *c.after : *c.after - *c.before;
    const std::string_view sign = less ? "-" : "+";
    switch (c.unit) {
        case Unit::pages:
            if (bytes) return fmt::format("{}{}", sign, format_pages(by, page_shift, true));
            return fmt::format("{}{} pages ({}{})", sign, by, sign, format_pages(by, page_shift, false));
        case Unit::kib:
            return fmt::format("{}{} KiB", sign, by);
        case Unit::bytes:
            return fmt::format("{}{}", sign, format_size(by, bytes));
        case Unit::count:
            break;
    }
    return fmt::format("{}{}", sign, by);
}

std::string where(const Change& c) {
    if (!c.node) return "machine";
    return c.zone ? fmt::format("node {} {}", *c.node, to_string(*c.zone)) : fmt::format("node {}", *c.node);
}

std::string heading(const ComparedMachine& m) {
    return fmt::format("{}, kernel {}, \"{}\"", printable(m.board), printable(m.kernel), printable(m.cmdline));
}

std::string reason_line(const Reason& r) {
    std::string out = printable(r.cause);
    out += r.moves.empty() ? " moves nothing" : fmt::format(" moves {}", fmt::join(r.moves, ", "));
    if (!r.rule.empty()) out += fmt::format(": {}", printable(r.rule));
    return out;
}

void pair_text(std::string& out, const ComparedMachine& first, const ComparedMachine& m, bool bytes) {
    if (m.comparison.equal()) {
        out += "\nnothing moves\n";
    } else {
        Table table({{"WHERE"}, {"FIGURE"}, {"A", true}, {"B", true}, {"CHANGE", true}});
        for (const Change& c : m.comparison.changes)
            table.row({where(c), c.figure, value(c, c.before, c.text_before), value(c, c.after, c.text_after),
                       difference(c, first.page_shift, bytes)});
        out += '\n';
        table.print(out, {0, "", ""});
    }
    if (!m.comparison.reasons.empty()) {
        out += "\nReasons:\n";
        for (const Reason& r : m.comparison.reasons) out += fmt::format("  {}\n", reason_line(r));
    }
    const FindingChanges& findings = m.comparison.findings;
    if (!findings.appeared.empty() || !findings.gone.empty()) out += "\nFindings:\n";
    for (const Note& n : findings.appeared) out += fmt::format("  new   {} [{}]\n", printable(n.text), n.id);
    for (const Note& n : findings.gone) out += fmt::format("  gone  {} [{}]\n", printable(n.text), n.id);
    for (const std::string& f : m.failed) out += fmt::format("\nFAIL {}\n", printable(f));
}

// Cells of a Markdown table end at '|'.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        if (c == '|' || c == '`' || c == '<') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

std::string compare_text(const std::vector<ComparedMachine>& machines, bool bytes) {
    std::string out;
    for (std::size_t i = 1; i < machines.size(); ++i) {
        if (i > 1) out += '\n';
        out += fmt::format("A: {}\nB: {}\n", heading(machines.front()), heading(machines[i]));
        pair_text(out, machines.front(), machines[i], bytes);
    }
    return out;
}

std::string compare_markdown(const std::vector<ComparedMachine>& machines) {
    std::string out;
    const ComparedMachine& first = machines.front();
    for (std::size_t i = 1; i < machines.size(); ++i) {
        const ComparedMachine& m = machines[i];
        if (i > 1) out += '\n';
        out += fmt::format("### Memory layout: {} → {}\n\n", cell(first.label), cell(m.label));
        out += fmt::format("- A: {}\n- B: {}\n\n", cell(heading(first)), cell(heading(m)));
        if (m.comparison.equal()) {
            out += "Nothing moves.\n";
        } else {
            out += "| where | figure | A | B | change |\n|---|---|---:|---:|---:|\n";
            for (const Change& c : m.comparison.changes)
                out += fmt::format("| {} | {} | {} | {} | {} |\n", where(c), c.figure, cell(value(c, c.before, c.text_before)),
                                   cell(value(c, c.after, c.text_after)), difference(c, first.page_shift, false));
        }
        if (!m.comparison.reasons.empty()) out += '\n';
        for (const Reason& r : m.comparison.reasons) out += fmt::format("- {}\n", cell(reason_line(r)));
        const FindingChanges& findings = m.comparison.findings;
        if (!findings.appeared.empty() || !findings.gone.empty()) out += "\nFindings:\n\n";
        for (const Note& n : findings.appeared) out += fmt::format("- new: {} `{}`\n", cell(n.text), n.id);
        for (const Note& n : findings.gone) out += fmt::format("- gone: {} `{}`\n", cell(n.text), n.id);
        for (const std::string& f : m.failed) out += fmt::format("\n**FAIL** {}\n", cell(f));
    }
    return out;
}

std::string compare_diff(const std::vector<ComparedMachine>& machines) {
    std::string out;
    for (std::size_t i = 1; i < machines.size(); ++i) {
        const std::vector<std::string> lines = unified_diff(machines.front().dmesg, machines[i].dmesg, 3);
        if (lines.empty()) continue;
        out += fmt::format("--- {}\n+++ {}\n", heading(machines.front()), heading(machines[i]));
        for (const std::string& line : lines) out += line + '\n';
    }
    return out;
}

std::string compare_json(const std::vector<ComparedMachine>& machines) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const ComparedMachine& m : machines) {
        Json changes = Json::array(), reasons = Json::array();
        for (const Change& c : m.comparison.changes) {
            Json j;
            if (c.node) j["node"] = *c.node;
            if (c.zone) j["zone"] = to_string(*c.zone);
            j["figure"] = c.figure;
            const auto side = [&](std::string_view key, const std::optional<u64>& number, const std::string& text) {
                if (number)
                    j[std::string(key)] = *number;
                else if (!text.empty())
                    j[std::string(key)] = text;
                else
                    j[std::string(key)] = nullptr;
            };
            side("before", c.before, c.text_before);
            side("after", c.after, c.text_after);
            if (c.before || c.after) j["unit"] = to_string(c.unit);
            changes.push_back(std::move(j));
        }
        for (const Reason& r : m.comparison.reasons) reasons.push_back({{"cause", r.cause}, {"rule", r.rule}, {"moves", r.moves}});
        Json j{{"label", m.label}, {"board", m.board}, {"kernel", m.kernel}, {"cmdline", m.cmdline}};
        if (&m != &machines.front()) {
            j["equal"] = m.comparison.equal();
            j["changes"] = std::move(changes);
            j["reasons"] = std::move(reasons);
            j["findings"] = {{"new", notes_json(m.comparison.findings.appeared)}, {"gone", notes_json(m.comparison.findings.gone)}};
        }
        j["failed"] = m.failed;
        list.push_back(std::move(j));
    }
    const Json answer{{"schema", "zonecalc.compare/1"}, {"machines", std::move(list)}};
    return answer.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zonecalc
