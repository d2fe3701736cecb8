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

// The next word of a text that has no digit in it.
std::string_view next_word(std::string_view& text) {
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size());
        if (word.empty() || word.find_first_of("0123456789") == std::string_view::npos) return word;
    }
}

// The same words, whatever the numbers among them.
bool same_words(std::string_view a, std::string_view b) {
    for (;;) {
        const std::string_view word = next_word(a);
        if (word != next_word(b)) return false;
        if (word.empty()) return true;
    }
}

bool same_line(const WalkLine& a, const WalkLine& b) {
    return a.kind == b.kind && a.name == b.name && (a.kind != WalkLine::Kind::reason || same_words(a.text, b.text));
}

// Functions that run inside. Whether a block has to be split makes no difference.
void collect(const WalkCall& call, std::set<std::string_view>& names) {
    for (const WalkCall& inner : call.calls) {
        if (inner.line->name != "expand") names.insert(inner.line->name);
        collect(inner, names);
    }
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

std::size_t lines_in(const WalkCall& call) {
    std::size_t lines = call.items.size();
    for (const WalkCall& inner : call.calls) lines += lines_in(inner);
    return lines;
}

bool tell_the_same(const WalkCall& a, const WalkCall& b) {
    return a.line->name == b.line->name && a.calls.size() == b.calls.size() &&
           std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                      [](const WalkCall::Item& x, const WalkCall::Item& y) {
                          return x.line && y.line ? same_line(*x.line, *y.line) : x.line == y.line;
                      }) &&
           std::equal(a.calls.begin(), a.calls.end(), b.calls.begin(), tell_the_same);
}

}  // namespace

WalkCall walk_tree(const Walk& walk) {
    WalkCall root;
    read(walk.lines, 0, 0, root);
    return root;
}

bool alike(const WalkCall& a, const WalkCall& b) {
    constexpr std::size_t few = 6;
    if (a.line->name != b.line->name) return false;
    if (lines_in(a) > few || lines_in(b) > few) {
        std::set<std::string_view> in_a;
        std::set<std::string_view> in_b;
        collect(a, in_a);
        collect(b, in_b);
        return in_a == in_b;
    }
    return tell_the_same(a, b);
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
