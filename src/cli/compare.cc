// SPDX-License-Identifier: MIT
// zonecalc compare: what differs between command lines, kernels or boards. Every board with every kernel with every command line;
// the first of all is what the others are compared with.
#include "report/compare.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/finding_options.h"
#include "cli/machines.h"
#include "cli/output.h"
#include "figures/figure.h"
#include "input/figure_text.h"
#include "report/format.h"
#include "report/paint.h"
#include "report/report.h"

namespace zonecalc::cli {

namespace {

enum class CompareFormat { text, diff, json, markdown };

struct CompareOptions : MachineOptions {
    std::vector<std::string> gates;
    FindingChoice findings;
    CompareFormat format = CompareFormat::text;
    std::optional<std::string> output;
    bool bytes = false;
    bool strict = false;
    Color color = Color::automatic;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

// A gate is what must not be: where it holds, or is not known, the machine fails. It does as well where a finding that is an error
// is new.
std::vector<std::string> failed_gates(const std::vector<Condition>& gates, const FindingChoice& choice, const Machine& m,
                                      const FindingChanges& findings) {
    std::vector<std::string> out;
    for (const Condition& gate : gates)
        for (const Judgement& j : judge(gate, m.outcome())) {
            if (!j.holds && j.value.unknown.empty()) continue;
            const std::string node = j.value.node ? fmt::format("node {}: ", *j.value.node) : "";
            out.push_back(fmt::format("{}: {}{}", describe(gate), node, describe(gate.figure, j.value, m.in.kernel)));
        }
    for (const Note& n : findings.appeared)
        if (choice.is_error(n)) out.push_back(fmt::format("new finding: {} [{}]", n.text, n.id));
    return out;
}

std::string report(const CompareOptions& options, const std::vector<ComparedMachine>& machines) {
    const bool color = use_color(options.color, options.output);
    switch (options.format) {
        case CompareFormat::diff:
            return color ? painted(compare_diff(machines)) : compare_diff(machines);
        case CompareFormat::json:
            return compare_json(machines);
        case CompareFormat::markdown:
            return compare_markdown(machines);
        case CompareFormat::text:
            break;
    }
    return color ? painted(compare_text(machines, options.bytes)) : compare_text(machines, options.bytes);
}

int compare_machines(const CompareOptions& options) {
    std::vector<Condition> gates;
    for (const std::string& gate : options.gates) gates.push_back(condition_of("--fail-on", gate));
    std::deque<Machine> machines = machines_of(options, true, Until::slub);
    if (machines.size() < 2)
        throw UsageError("compare: there is only one machine; give another board, --kernel, --cmdline or --append");

    if (options.strict) {
        std::vector<Note> notes;
        for (const Machine& m : machines) notes.insert(notes.end(), m.layout.notes.begin(), m.layout.notes.end());
        if (complain_of_assumptions(notes)) return exit_assumed;
    }

    for (Machine& m : machines) options.findings.apply(m.in.board, m.in.kernel, m.in.cmdline, m.layout);
    std::vector<ComparedMachine> compared;
    bool differs = false, failed = false;
    for (const Machine& m : machines) {
        ComparedMachine c;
        c.label = m.label;
        c.board = m.in.board.name.empty() ? m.in.board.file : m.in.board.name;
        c.kernel = m.in.kernel.profile;
        c.cmdline = m.in.cmdline.text;
        c.page_shift = m.in.kernel.page_shift;
        if (options.format == CompareFormat::diff) c.dmesg = lines_of(report_dmesg(m.in.kernel, m.layout, Until::slub));
        if (&m != &machines.front()) {
            c.comparison = compare(machines.front().outcome(), m.outcome());
            c.failed = failed_gates(gates, options.findings, m, c.comparison.findings);
        }
        differs |= !c.comparison.equal();
        failed |= !c.failed.empty();
        compared.push_back(std::move(c));
    }
    write_result(report(options, compared), options.output);
    if (options.format == CompareFormat::diff)
        for (const ComparedMachine& c : compared)
            for (const std::string& gate : c.failed) complain("error", printable(gate));
    // With gates, these decide.
    return (gates.empty() && !options.findings.any_errors() ? differs : failed) ? exit_differs : exit_ok;
}

}  // namespace

Action compare_command(Syntax& syntax) {
    const auto options = std::make_shared<CompareOptions>();
    add_machines(syntax, *options);
    syntax.option("--fail-on", "CONDITION", options->gates, "what must not be; repeatable");
    add_finding_option(syntax, options->findings);
    add_strict(syntax, options->strict);
    syntax.group("Output");
    syntax.choice<CompareFormat>("--format", options->format,
                                 {{"text", CompareFormat::text},
                                  {"diff", CompareFormat::diff},
                                  {"json", CompareFormat::json},
                                  {"markdown", CompareFormat::markdown}},
                                 "report");
    add_output(syntax, options->output);
    syntax.flag("-b,--bytes", options->bytes, "changes in bytes");
    add_color(syntax, options->color);
    syntax.footer(
        "Example: zonecalc compare qemu-pc-2node --append kernelcore=2G\n"
        "           --fail-on 'node:*.zone:Movable < 1GiB'");
    return [options] { return compare_machines(*options); };
}

}  // namespace zonecalc::cli
