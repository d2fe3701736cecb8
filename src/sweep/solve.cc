// SPDX-License-Identifier: MIT
#include "sweep/solve.h"

#include <fmt/format.h>

#include <set>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "sweep/sweep.h"

namespace zonecalc {

namespace {

constexpr u64 coarse_points = 512;
// Between two of them. Figures that go up and down with every step would have it try them all.
constexpr unsigned most_edges = 16;

struct Trial {
    std::size_t missed = 0;  // goals
    double lacking = 0;      // how far the worst of them is away, as a share
    std::string sides;       // on which side of what is wanted each figure is that has to be equal: "<>"
    bool reached() const { return missed == 0; }
    bool agrees(const Trial& other) const { return reached() == other.reached() && sides == other.sides; }
};

class Search {
public:
    Search(const Board& board, const Kernel& kernel, const std::vector<Condition>& goals)
        : board_(board), kernel_(kernel), goals_(goals) {
        std::vector<Figure> figures;
        for (const Condition& g : goals) figures.push_back(g.figure);
        until_ = needed_for(figures);
    }

    // Tries a command line. `word` is what the report calls it.
    Trial trial(const std::string& text, const std::string& word) {
        ++solution_.tried;
        const Cmdline cmdline = parse_cmdline(text, kernel_);
        const Layout layout = bring_up(board_, kernel_, cmdline, until_);
        for (const Note& n : layout.notes)
            if (n.kind == Note::Kind::assumption && noted_.insert(n.text).second) solution_.assumed.push_back(n);
        Trial trial;
        std::vector<std::string> missed;
        for (const Condition& goal : goals_)
            for (const Judgement& j : judge(goal, {board_, kernel_, cmdline, layout})) {
                const double lacks = j.holds ? 0 : lacking(goal, j.value);
                if (goal.op == Op::eq) trial.sides += j.holds ? '=' : lacks > 0 ? '<' : '>';
                if (j.holds) continue;
                ++trial.missed;
                trial.lacking = std::max(trial.lacking, std::abs(lacks));
                const std::string node = j.value.node ? fmt::format("node {}: ", *j.value.node) : "";
                missed.push_back(fmt::format("{}: {}{}", describe(goal), node, describe(goal.figure, j.value, kernel_)));
            }
        if (trial.reached()) return trial;
        if (solution_.closest.empty() || std::pair(trial.lacking, trial.missed) < std::pair(best_.lacking, best_.missed)) {
            best_ = trial;
            solution_.closest = word;
            solution_.missed = std::move(missed);
            solution_.remarks = remarks_on(layout);
        }
        return trial;
    }

    Solution take() {
        if (!solution_.reached.empty()) {
            solution_.closest.clear();
            solution_.missed.clear();
            solution_.remarks.clear();
        }
        return std::move(solution_);
    }
    Solution& solution() { return solution_; }

private:
    // How much the figure is below what is wanted, as a share of that; negative where it is above.
    double lacking(const Condition& goal, const FigureValue& v) const {
        if (!v.number) return 1e9;
        const double unit =
            goal.wanted.kind == Wanted::Kind::number ? 1 : static_cast<double>(unit_bytes(goal.figure.unit, kernel_));
        double wanted = static_cast<double>(goal.wanted.number);
        if (goal.wanted.kind == Wanted::Kind::percent)
            wanted = wanted / 100000 * static_cast<double>(v.memory) * static_cast<double>(kernel_.page_size());
        const double is = static_cast<double>(*v.number) * unit;
        return (wanted - is) / std::max(wanted, 1.0);
    }

    const Board& board_;
    const Kernel& kernel_;
    const std::vector<Condition>& goals_;
    Until until_ = Until::slub;
    Solution solution_;
    std::set<std::string> noted_;
    Trial best_;
};

}  // namespace

Solution solve_size(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const std::string& parameter,
                    const SizeRange& range, const std::vector<Condition>& goals) {
    Search search(board, kernel, goals);
    search.solution().parameter = parameter;
    const u64 points = (range.end - range.begin) / range.step + 1;  // begin + i * step
    const auto word = [&](u64 i) { return size_words(range.begin + i * range.step); };
    std::map<u64, Trial> known;
    const auto tried = [&](u64 i) -> const Trial& {
        const auto [at, fresh] = known.try_emplace(i);
        if (fresh)
            at->second = search.trial(with_parameter(cmdline, parameter, word(i), false), fmt::format("{}={}", parameter, word(i)));
        return at->second;
    };
    std::vector<std::pair<std::string, std::string>>& reached = search.solution().reached;
    bool good = tried(0).reached();
    u64 begin = 0;
    const auto turn = [&](u64 at) {
        if (tried(at).reached() == good) return;
        if (good) reached.emplace_back(word(begin), word(at - 1));
        good = !good;
        begin = at;
    };
    // Every edge lies between two neighbours of the coarse grid that disagree. A figure that passes what it has to be equal to has
    // two of them, or more where there are several nodes.
    const u64 stride = std::max<u64>(1, div_round_up(points, coarse_points));
    for (u64 last = 0; last + 1 < points;) {
        const u64 here = std::min(last + stride, points - 1);
        for (unsigned edges = 0; edges < most_edges && !tried(last).agrees(tried(here)); ++edges) {
            u64 low = last, high = here;
            while (high - low > 1) {
                const u64 middle = low + (high - low) / 2;
                (tried(middle).agrees(tried(last)) ? low : high) = middle;
            }
            turn(high);
            last = high;
        }
        turn(here);
        last = here;
    }
    if (good) reached.emplace_back(word(begin), word(points - 1));
    return search.take();
}

Solution solve_list(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Vary& vary,
                    const std::vector<Condition>& goals) {
    Search search(board, kernel, goals);
    search.solution().parameter = vary.name;
    for (const std::optional<std::string>& value : vary.values) {
        const std::string word = !value ? "without " + vary.name : vary.flag ? vary.name : *value;
        if (search.trial(with_parameter(cmdline, vary.name, value, vary.flag), word).reached())
            search.solution().reached.emplace_back(word, word);
    }
    return search.take();
}

Solution solve_candidates(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const std::vector<std::string>& words,
                          const std::vector<Condition>& goals) {
    Search search(board, kernel, goals);
    for (const std::string& word : words) {
        const std::string text = cmdline.text.empty() ? word : cmdline.text + ' ' + word;
        if (search.trial(text, word).reached()) search.solution().reached.emplace_back(word, word);
    }
    return search.take();
}

SizeRange default_range(const Board& board, const Kernel& kernel, const Cmdline& cmdline) {
    const Layout layout = bring_up(board, kernel, cmdline, Until::zones);
    const u64 step = kernel.max_order_nr_pages() << kernel.page_shift;
    u64 bytes = 0;
    for (const MemblockRegion& r : layout.memory) bytes += r.size;
    return {step, std::max(round_down(bytes, step), step), step};
}

}  // namespace zonecalc
