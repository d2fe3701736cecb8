// SPDX-License-Identifier: MIT
#include "cli/machines.h"

#include <fmt/format.h>

#include "input/library.h"

namespace zonecalc::cli {

namespace {

using Choice = std::optional<std::string>;

// A single alternative stands beside what the board has itself.
std::vector<Choice> alternatives(const std::vector<std::string>& given, bool alone) {
    std::vector<Choice> out;
    if (given.empty() || (given.size() == 1 && alone)) out.emplace_back();
    out.insert(out.end(), given.begin(), given.end());
    return out;
}

}  // namespace

void add_machines(Syntax& syntax, MachineOptions& options) {
    syntax.arguments("BOARD", options.boards);
    syntax.group("Input");
    syntax.option("--cmdline", "STR", options.cmdlines, "a command line; repeatable");
    syntax.option("--append", "STR", options.appends, "the board's and this; repeatable");
    syntax.option("--kernel", "NAME|FILE", options.kernels, "a profile; repeatable");
}

std::deque<Machine> machines_of(const MachineOptions& o, bool beside_own, Until until) {
    // One board and one of anything else: that one beside the board's own.
    const bool alone = beside_own && o.boards.size() == 1 && o.kernels.size() < 2 && o.cmdlines.size() < 2 && o.appends.size() < 2;
    const std::vector<Choice> kernels = alternatives(o.kernels, alone && o.cmdlines.empty() && o.appends.empty());
    const std::vector<Choice> cmdlines = alternatives(o.cmdlines, alone && o.appends.empty());
    const std::vector<Choice> appends = alternatives(o.appends, alone);
    std::deque<Machine> out;
    for (const std::string& name : o.boards) {
        const Board board = load_board(name);
        for (const Choice& kernel : kernels)
            for (const Choice& cmdline : cmdlines)
                for (const Choice& append : appends) {
                    InputOptions options{name, kernel, cmdline, {}};
                    if (append) options.append = {*append};
                    Machine m;
                    m.in = inputs_of(board, options);
                    m.layout = bring_up(m.in.board, m.in.kernel, m.in.cmdline, until);
                    m.layout.notes.insert(m.layout.notes.begin(), m.in.notes.begin(), m.in.notes.end());
                    std::vector<std::string> words;
                    if (o.boards.size() > 1) words.push_back(name);
                    if (kernels.size() > 1) words.push_back(m.in.kernel.profile);
                    if (cmdlines.size() > 1) words.push_back(fmt::format("\"{}\"", m.in.cmdline.text));
                    if (appends.size() > 1) words.push_back(append.value_or("as it is"));
                    m.label = fmt::format("{}", fmt::join(words, ", "));
                    out.push_back(std::move(m));
                }
    }
    return out;
}

}  // namespace zonecalc::cli
