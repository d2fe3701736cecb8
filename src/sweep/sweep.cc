// SPDX-License-Identifier: MIT
#include "sweep/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "input/figure_text.h"

namespace zonecalc {

namespace {

// Figures that are known when the zones are made.
bool early(const Figure& f) {
    constexpr std::string_view names[] = {"start_pfn", "end_pfn", "pages",  "present",     "spanned",    "bytes",
                                          "movable",   "kernel",  "memory", "total_pages", "unavailable"};
    return std::find(std::begin(names), std::end(names), f.name) != std::end(names);
}

std::vector<SweepColumn> columns_of(const std::vector<Figure>& figures, const Kernel& kernel, const Layout& layout) {
    std::vector<SweepColumn> out;
    const auto nodes_with_memory = [&layout] {
        std::vector<int> ids;
        for (const Node& n : layout.nodes)
            if (n.present) ids.push_back(n.id);
        return ids;
    }();
    if (figures.empty()) {
        for (const ZoneType z : all_zones)
            if (kernel.has_zone(z) && z != ZoneType::Device) {
                const Figure f = zone_figure("present", z, {});
                out.push_back({f.text, f});
            }
        if (nodes_with_memory.size() > 1)
            for (const int id : nodes_with_memory) {
                const Figure f = zone_figure("present", ZoneType::Movable, id);
                if (kernel.has_zone(ZoneType::Movable)) out.push_back({f.text, f});
            }
        return out;
    }
    for (const Figure& f : figures) {
        if (f.nodes != Figure::Nodes::each) {
            out.push_back({f.text, f});
            continue;
        }
        for (const int id : nodes_with_memory) {
            Figure one = f;
            one.nodes = Figure::Nodes::one;
            one.node = id;
            const std::size_t star = one.text.find("node:*");
            one.text.replace(star, 6, fmt::format("node:{}", id));
            out.push_back({one.text, one});
        }
    }
    return out;
}

}  // namespace

std::size_t rows_of(const std::vector<Vary>& varied) {
    std::size_t rows = 1;
    for (const Vary& v : varied)
        if (__builtin_mul_overflow(rows, v.values.size(), &rows) || rows > most_values)
            throw InputError(fmt::format("more than {} command lines", most_values));
    return rows;
}

Until needed_for(const std::vector<Figure>& figures) {
    return std::all_of(figures.begin(), figures.end(), early) ? Until::zones : Until::slub;
}

Sweep run_sweep(const Board& board, const Kernel& kernel, const Cmdline& cmdline, std::vector<Vary> varied,
                const std::vector<Figure>& figures, unsigned jobs, const std::function<void(std::size_t)>& progress) {
    Sweep sweep;
    sweep.rows.resize(rows_of(varied));
    sweep.columns = columns_of(figures, kernel, bring_up(board, kernel, cmdline, Until::zones));
    sweep.varied = std::move(varied);
    const Until until = needed_for(figures);

    std::mutex noting;
    std::set<std::string> noted;
    const auto note = [&](const Note& n) {
        const std::scoped_lock lock(noting);
        if (noted.insert(n.text).second) sweep.assumed.push_back(n);
    };
    const auto compute = [&](std::size_t index) {
        SweepRow& row = sweep.rows[index];
        row.parameters.resize(sweep.varied.size());
        Cmdline line = cmdline;
        std::size_t rest = index;
        for (std::size_t i = sweep.varied.size(); i-- > 0;) {
            const Vary& v = sweep.varied[i];
            row.parameters[i] = v.values[rest % v.values.size()];
            rest /= v.values.size();
        }
        for (std::size_t i = 0; i < sweep.varied.size(); ++i)
            line = parse_cmdline(with_parameter(line, sweep.varied[i].name, row.parameters[i], sweep.varied[i].flag), kernel);
        const Layout layout = bring_up(board, kernel, line, until);
        row.panic = layout.panic.has_value();
        for (const Note& n : layout.notes)
            if (n.kind == Note::Kind::assumption) note(n);
        const Outcome outcome{board, kernel, line, layout};
        for (const SweepColumn& c : sweep.columns) {
            std::vector<FigureValue> values = values_of(c.figure, outcome);
            row.figures.push_back(values.empty() ? FigureValue{} : std::move(values.front()));
        }
    };

    std::atomic<std::size_t> next = 0;
    std::atomic_flag caught;
    std::exception_ptr broken;
    constexpr std::size_t chunk = 64;
    const auto work = [&](bool tells) {
        try {
            for (std::size_t begin = next.fetch_add(chunk); begin < sweep.rows.size(); begin = next.fetch_add(chunk)) {
                for (std::size_t i = begin; i < std::min(begin + chunk, sweep.rows.size()); ++i) compute(i);
                if (tells && progress) progress(std::min(next.load(), sweep.rows.size()));
            }
        } catch (...) {
            next = sweep.rows.size();
            if (!caught.test_and_set()) broken = std::current_exception();
        }
    };
    std::vector<std::thread> helpers;
    for (std::size_t i = 1; i < std::min<std::size_t>(jobs, sweep.rows.size() / chunk); ++i) helpers.emplace_back(work, false);
    work(true);
    for (std::thread& t : helpers) t.join();
    if (broken) std::rethrow_exception(broken);
    return sweep;
}

}  // namespace zonecalc
