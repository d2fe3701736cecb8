// SPDX-License-Identifier: MIT
// The shortest edit script by Myers' greedy algorithm: cost and memory grow with the number of differences, and that number is
// bounded.
#include "report/diff.h"

#include <fmt/format.h>

#include <algorithm>

namespace zonecalc {

namespace {

using Lines = std::vector<std::string>;

constexpr std::ptrdiff_t most_differences = 1000;

// What becomes of a line: kept, taken out of `from`, put in from `to`.
struct Edit {
    char kind = ' ';
    std::size_t from = 0;  // index of the line, or of where it would be
    std::size_t to = 0;
};

// Edits of from[begin, from_end) to to[begin, to_end), appended in order.
class Search {
public:
    Search(const Lines& from, const Lines& to, std::size_t begin, std::size_t from_end, std::size_t to_end)
        : from_(from),
          to_(to),
          begin_(begin),
          n_(static_cast<std::ptrdiff_t>(from_end - begin)),
          m_(static_cast<std::ptrdiff_t>(to_end - begin)) {}

    void run(std::vector<Edit>& out) {
        const std::ptrdiff_t limit = std::min(n_ + m_, most_differences);
        std::vector<std::ptrdiff_t> reach(static_cast<std::size_t>(2 * limit + 3), 0);  // by diagonal: how far one gets
        const auto at = [&](std::ptrdiff_t k) -> std::ptrdiff_t& { return reach[static_cast<std::size_t>(k + limit + 1)]; };
        for (std::ptrdiff_t d = 0; d <= limit; ++d) {
            for (std::ptrdiff_t k = -d; k <= d; k += 2) {
                std::ptrdiff_t x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
                while (x < n_ && x - k < m_ && same(x, x - k)) ++x;
                at(k) = x;
                if (x >= n_ && x - k >= m_) {
                    trace_.emplace_back(reach.begin() + (limit + 1 - d), reach.begin() + (limit + 2 + d));
                    walk_back(d, out);
                    return;
                }
            }
            trace_.emplace_back(reach.begin() + (limit + 1 - d), reach.begin() + (limit + 2 + d));
        }
        for (std::ptrdiff_t x = 0; x < n_; ++x) out.push_back({'-', index(x), begin_});
        for (std::ptrdiff_t y = 0; y < m_; ++y) out.push_back({'+', index(n_), index(y)});
    }

private:
    std::size_t index(std::ptrdiff_t i) const { return begin_ + static_cast<std::size_t>(i); }
    bool same(std::ptrdiff_t x, std::ptrdiff_t y) const { return from_[index(x)] == to_[index(y)]; }

    void walk_back(std::ptrdiff_t d, std::vector<Edit>& out) const {
        std::vector<Edit> edits;
        std::ptrdiff_t x = n_, y = m_;
        for (; d > 0; --d) {
            const std::vector<std::ptrdiff_t>& before = trace_[static_cast<std::size_t>(d - 1)];  // diagonals -(d-1) … d-1
            const auto reached = [&](std::ptrdiff_t k) {
                return k < -(d - 1) || k > d - 1 ? -1 : before[static_cast<std::size_t>(k + d - 1)];
            };
            const std::ptrdiff_t k = x - y;
            const bool put_in = k == -d || (k != d && reached(k - 1) < reached(k + 1));
            const std::ptrdiff_t x0 = put_in ? reached(k + 1) : reached(k - 1), y0 = x0 - (put_in ? k + 1 : k - 1);
            while (x > x0 + (put_in ? 0 : 1) || y > y0 + (put_in ? 1 : 0)) --x, --y, edits.push_back({' ', index(x), index(y)});
            edits.push_back(put_in ? Edit{'+', index(x0), index(y0)} : Edit{'-', index(x0), index(y0)});
            x = x0, y = y0;
        }
        while (x > 0) --x, --y, edits.push_back({' ', index(x), index(y)});
        out.insert(out.end(), edits.rbegin(), edits.rend());
    }

    const Lines& from_;
    const Lines& to_;
    std::size_t begin_;
    std::ptrdiff_t n_, m_;
    std::vector<std::vector<std::ptrdiff_t>> trace_;
};

std::vector<Edit> edits_of(const Lines& from, const Lines& to) {
    const std::size_t shorter = std::min(from.size(), to.size());
    std::size_t head = 0, tail = 0;
    while (head < shorter && from[head] == to[head]) ++head;
    while (tail < shorter - head && from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) ++tail;
    std::vector<Edit> edits;
    for (std::size_t i = 0; i < head; ++i) edits.push_back({' ', i, i});
    Search(from, to, head, from.size() - tail, to.size() - tail).run(edits);
    for (std::size_t i = tail; i > 0; --i) edits.push_back({' ', from.size() - i, to.size() - i});
    return edits;
}

// "3,2", "3" for one line; where nothing is left, the line before.
std::string span(std::size_t first, std::size_t count) {
    if (count == 1) return std::to_string(first + 1);
    return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

}  // namespace

std::vector<std::string> unified_diff(const Lines& from, const Lines& to, std::size_t context) {
    Lines out;
    if (from == to) return out;
    const std::vector<Edit> edits = edits_of(from, to);
    for (std::size_t i = 0; i < edits.size();) {
        while (i < edits.size() && edits[i].kind == ' ') ++i;
        if (i == edits.size()) break;
        const std::size_t begin = i - std::min(i, context);
        // A hunk goes on as long as the next difference is within reach of the last one's context.
        std::size_t end = i;
        for (std::size_t kept = 0; i < edits.size() && kept <= 2 * context; ++i) {
            kept = edits[i].kind == ' ' ? kept + 1 : 0;
            if (kept == 0) end = i + 1;
        }
        end = std::min(edits.size(), end + context);
        i = end;
        const auto counted = [&](char kind) {
            return static_cast<std::size_t>(std::count_if(edits.begin() + static_cast<std::ptrdiff_t>(begin),
                                                          edits.begin() + static_cast<std::ptrdiff_t>(end),
                                                          [kind](const Edit& e) { return e.kind == ' ' || e.kind == kind; }));
        };
        out.push_back(fmt::format("@@ -{} +{} @@", span(edits[begin].from, counted('-')), span(edits[begin].to, counted('+'))));
        for (std::size_t j = begin; j < end; ++j)
            out.push_back(edits[j].kind + (edits[j].kind == '+' ? to[edits[j].to] : from[edits[j].from]));
    }
    return out;
}

}  // namespace zonecalc
