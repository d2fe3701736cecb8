// SPDX-License-Identifier: MIT
#include "report/walk_tree.h"

#include <algorithm>
#include <set>

namespace zonecalc {

namespace {

// Reads what belongs to `call`, from line `at` on; stops at the first line that is of a caller's.
std::size_t read(const std::vector<WalkLine>& lines, std::size_t at, unsigned depth, WalkCall& call) {
    while (at < lines.size() && lines[at].depth >= depth) {
        const WalkLine& line = lines[at];
        switch (line.kind) {
            case WalkLine::Kind::argument:
                call.arguments.push_back(&line);
                ++at;
                break;
            case WalkLine::Kind::call:
                call.items.push_back({nullptr, call.calls.size()});
                call.calls.emplace_back().line = &line;
                at = read(lines, at + 1, line.depth + 1, call.calls.back());
                break;
            default:
                call.items.push_back({&line, 0});
                ++at;
        }
    }
    return at;
}

bool same_line(const WalkLine& a, const WalkLine& b) {
    return a.kind == b.kind && a.name == b.name && (a.kind != WalkLine::Kind::reason || a.text == b.text);
}

void find(const WalkCall& call, std::string_view function, std::vector<std::string_view>& callers, std::vector<FoundCall>& out) {
    if (call.line && call.line->name == function) {
        out.push_back({&call, callers});
        return;
    }
    if (call.line) callers.push_back(call.line->name);
    for (const WalkCall& inner : call.calls) find(inner, function, callers, out);
    if (call.line) callers.pop_back();
}

}  // namespace

WalkCall walk_tree(const Walk& walk) {
    WalkCall root;
    read(walk.lines, 0, 0, root);
    return root;
}

bool alike(const WalkCall& a, const WalkCall& b) {
    if (!same_line(*a.line, *b.line) || a.items.size() != b.items.size() || a.calls.size() != b.calls.size()) return false;
    for (std::size_t i = 0; i < a.items.size(); ++i) {
        const WalkLine* x = a.items[i].line;
        const WalkLine* y = b.items[i].line;
        if ((x == nullptr) != (y == nullptr) || (x && !same_line(*x, *y))) return false;
    }
    return std::equal(a.calls.begin(), a.calls.end(), b.calls.begin(), alike);
}

std::vector<FoundCall> find_calls(const WalkCall& root, std::string_view function) {
    std::vector<FoundCall> out;
    std::vector<std::string_view> callers;
    find(root, function, callers, out);
    return out;
}

std::vector<std::string_view> functions_of(const Walk& walk) {
    std::vector<std::string_view> names;
    std::set<std::string_view> seen;
    for (const WalkLine& line : walk.lines)
        if (line.kind == WalkLine::Kind::call && !line.name.ends_with(':') && seen.insert(line.name).second)
            names.push_back(line.name);
    return names;
}

}  // namespace zonecalc
