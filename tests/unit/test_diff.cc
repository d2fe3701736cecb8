// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "report/diff.h"

using namespace zonecalc;

namespace {

using Lines = std::vector<std::string>;

Lines letters(std::string_view word) {
    Lines out;
    for (const char c : word) out.emplace_back(1, c);
    return out;
}

std::string diff(std::string_view from, std::string_view to, std::size_t context = 3) {
    std::string out;
    for (const std::string& line : unified_diff(letters(from), letters(to), context)) out += line + "\n";
    return out;
}

// Applies a diff with all of its context.
Lines patched(const Lines& from, const Lines& diff) {
    if (diff.empty()) return from;
    Lines out;
    for (const std::string& line : diff)
        if (line[0] == ' ' || line[0] == '+') out.push_back(line.substr(1));
    return out;
}

}  // namespace

TEST_CASE("equal texts have no diff") {
    CHECK(diff("abc", "abc").empty());
    CHECK(diff("", "").empty());
}

TEST_CASE("a changed line is taken out and put in, with its neighbours") {
    CHECK(diff("abcdefghi", "abcdXfghi") == "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n");
    CHECK(diff("a", "b") == "@@ -1 +1 @@\n-a\n+b\n");
}

TEST_CASE("what is missing on one side is counted from the line before") {
    CHECK(diff("", "ab") == "@@ -0,0 +1,2 @@\n+a\n+b\n");
    CHECK(diff("ab", "") == "@@ -1,2 +0,0 @@\n-a\n-b\n");
    CHECK(diff("ab", "aXb", 0) == "@@ -1,0 +2 @@\n+X\n");
    CHECK(diff("aXb", "ab", 0) == "@@ -2 +1,0 @@\n-X\n");
}

TEST_CASE("differences that are far apart are hunks of their own") {
    CHECK(diff("abcdefghijklmnop", "aXcdefghijklmnYp", 1) ==
          "@@ -1,3 +1,3 @@\n a\n-b\n+X\n c\n@@ -14,3 +14,3 @@\n n\n-o\n+Y\n p\n");
    CHECK(diff("abcdef", "XbcdeY", 2) == "@@ -1,6 +1,6 @@\n-a\n+X\n b\n c\n d\n e\n-f\n+Y\n");
}

TEST_CASE("a diff is as short as can be") {
    const Lines d = unified_diff(letters("abcabba"), letters("cbabac"), 10);
    CHECK(std::count_if(d.begin() + 1, d.end(), [](const std::string& l) { return l[0] != ' '; }) == 5);
}

TEST_CASE("a diff applied to one text gives the other") {
    std::mt19937 random(7);
    for (int i = 0; i < 3000; ++i) {
        Lines from, to;
        for (auto n = random() % 12; n > 0; --n) from.emplace_back(1, static_cast<char>('a' + random() % 3));
        for (auto n = random() % 12; n > 0; --n) to.emplace_back(1, static_cast<char>('a' + random() % 3));
        const Lines d = unified_diff(from, to, 100);
        CHECK(patched(from, d) == to);
        Lines back;
        for (const std::string& l : d) back.push_back(l[0] == '+' ? "-" + l.substr(1) : l[0] == '-' ? "+" + l.substr(1) : l);
        CHECK(patched(to, back) == from);
    }
}

TEST_CASE("texts without anything in common are shown as a whole, at bounded cost") {
    Lines from, to;
    for (int i = 0; i < 20000; ++i) from.push_back("a" + std::to_string(i)), to.push_back("b" + std::to_string(i));
    const Lines d = unified_diff(from, to);
    CHECK(d.size() == 40001);
    CHECK(d.front() == "@@ -1,20000 +1,20000 @@");
    CHECK(d[20000] == "-a19999");
    CHECK(d[20001] == "+b0");
}
