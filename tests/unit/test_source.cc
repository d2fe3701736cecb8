// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "input/source.h"
#include "refusal.h"

using namespace zonecalc;

namespace {

std::string shown(const std::string& text, SourcePosition at, const std::string& message = "wrong") {
    const Source source{"b.toml", text};
    Diagnostics diagnostics(source);
    diagnostics.error(at, message);
    return format(diagnostics.take().at(0));
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
}

std::string failure(const std::string& path, u64 limit = u64{1} << 30) {
    return refusal([&] { read_source(path, limit); }, "read");
}

struct TemporaryFile {
    std::string path = (std::filesystem::temp_directory_path() / ("zonecalc-test-source-" + std::to_string(::getpid()))).string();
    explicit TemporaryFile(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
    ~TemporaryFile() { std::remove(path.c_str()); }
};

}  // namespace

TEST_CASE("format: place, message, line, caret") {
    CHECK(shown("one\ntwo = 2\nthree\n", {2, 7}) == "b.toml:2:7: error: wrong\ntwo = 2\n      ^\n");
    CHECK(shown("one", {1, 1}) == "b.toml:1:1: error: wrong\none\n^\n");
    CHECK(shown("", {1, 1}) == "b.toml:1:1: error: wrong\n\n^\n");
}

TEST_CASE("format: a place behind the end of line or text is shown at the end") {
    CHECK(shown("abc\n", {1, 4}) == "b.toml:1:4: error: wrong\nabc\n   ^\n");
    CHECK(shown("abc\n", {1, 99}) == "b.toml:1:99: error: wrong\nabc\n   ^\n");
    CHECK(shown("abc\n", {9, 2}) == "b.toml:9:2: error: wrong\n\n^\n");
}

TEST_CASE("format: without a place there is no line") {
    CHECK(shown("abc\n", {}) == "b.toml: error: wrong\n");
    CHECK(shown("abc\n", {1, 0}) == "b.toml:1: error: wrong\n");
    CHECK(format(InputError("no such kernel").diagnostics().at(0)) == "zonecalc: error: no such kernel\n");
    CHECK(std::string(InputError("no such kernel").what()) == "zonecalc: error: no such kernel");
}

TEST_CASE("format: tabs are kept, before the caret too") {
    CHECK(shown("\tx\t= 1", {1, 4}) == "b.toml:1:4: error: wrong\n\tx\t= 1\n\t \t^\n");
}

TEST_CASE("format: columns count characters of UTF-8, not bytes") {
    CHECK(shown("n = \"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7\" x", {1, 11}) ==
          "b.toml:1:11: error: wrong\nn = \"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7\" x\n          ^\n");
}

TEST_CASE("format: what cannot be shown is a question mark") {
    CHECK(shown("a\x01\x1b[31m\x7f\xff z", {1, 10}, "bad \x1b[0m\n") == "b.toml:1:10: error: bad ?[0m?\na??[31m?? z\n         ^\n");
    CHECK(shown("\xe2\x80\xaexy\xc2\x85\xed\xa0\x80", {1, 2}) == "b.toml:1:2: error: wrong\n?xy????\n ^\n");
}

TEST_CASE("format: carriage return and byte order mark are no part of the line") {
    CHECK(shown("\xef\xbb\xbf"
                "abc\r\ndef\r\n",
                {1, 2}) == "b.toml:1:2: error: wrong\nabc\n ^\n");
}

TEST_CASE("format: a long line is cut around the caret") {
    const std::string ten = "0123456789";
    CHECK(shown(repeated(ten, 11), {1, 3}) == "b.toml:1:3: error: wrong\n" + repeated(ten, 10) + "...\n  ^\n");
    CHECK(shown(repeated(ten, 10), {1, 100}) ==
          "b.toml:1:100: error: wrong\n" + repeated(ten, 10) + "\n" + repeated(" ", 99) + "^\n");
    CHECK(shown(repeated(ten, 30), {1, 151}) ==
          "b.toml:1:151: error: wrong\n..." + repeated(ten, 10) + "...\n" + repeated(" ", 53) + "^\n");
    CHECK(shown(repeated(ten, 30), {1, 301}) ==
          "b.toml:1:301: error: wrong\n..." + repeated(ten, 10) + "\n" + repeated(" ", 103) + "^\n");
    // Of a very long line only the surroundings are kept at all.
    CHECK(shown(repeated(ten, 100000), {1, 500001}) ==
          "b.toml:1:500001: error: wrong\n..." + repeated(ten, 10) + "...\n" + repeated(" ", 53) + "^\n");
    CHECK(shown(repeated(ten, 100000) + "x", {1, 1000001}) ==
          "b.toml:1:1000001: error: wrong\n..." + repeated(ten, 10).substr(1) + "x\n" + repeated(" ", 102) + "^\n");
    const Source source{"b.toml", repeated(ten, 100000)};
    Diagnostics diagnostics(source);
    diagnostics.error({1, 500001}, "wrong");
    CHECK(diagnostics.take().at(0).line.size() == 400);
}

TEST_CASE("format: caret stays right in a cut line of tabs and wide text") {
    CHECK(shown(repeated("\t\xc3\xa4", 100), {1, 102}) ==
          "b.toml:1:102: error: wrong\n..." + repeated("\xc3\xa4\t", 50) + "...\n   " + repeated(" \t", 25) + "^\n");
}

TEST_CASE("diagnostics: in the order of the text, notes beside their error") {
    const Source source{"b.toml", "first\nsecond\n"};
    Diagnostics diagnostics(source);
    diagnostics.error({2, 1}, "B");
    diagnostics.note({1, 3}, "note of B");
    diagnostics.warning({1, 2}, "A");
    diagnostics.error({2, 1}, "C");
    CHECK(diagnostics.failed());
    std::string order;
    for (const Diagnostic& d : diagnostics.take()) order += d.message + ";";
    CHECK(order == "A;B;note of B;C;");
    CHECK(!diagnostics.failed());
}

TEST_CASE("diagnostics: only errors make finish() throw, with everything collected") {
    const Source source{"b.toml", "first\n"};
    Diagnostics diagnostics(source);
    diagnostics.warning({1, 1}, "careful");
    diagnostics.finish();
    diagnostics.error({1, 2}, "wrong");
    std::string text;
    try {
        diagnostics.finish();
    } catch (const InputError& e) {
        text = e.what();
    }
    CHECK(text == "b.toml:1:1: warning: careful\nfirst\n^\nb.toml:1:2: error: wrong\nfirst\n ^");
}

TEST_CASE("diagnostics: a hopeless file gets its first errors") {
    const Source source{"b.toml", "x\n"};
    Diagnostics diagnostics(source);
    for (int i = 0; i < 100000; ++i) {
        diagnostics.error({1, 1}, "E");
        diagnostics.note({1, 1}, "N");
    }
    const std::vector<Diagnostic> list = diagnostics.take();
    CHECK(list.size() == 201);
    CHECK(format(list.back()) == "b.toml: note: only the first 100 errors are shown\n");
}

TEST_CASE("in_quotes: long names are shortened") {
    CHECK(in_quotes("node") == "'node'");
    CHECK(in_quotes("a\nb") == "'a?b'");
    CHECK(in_quotes(repeated("x", 60)) == "'" + repeated("x", 60) + "'");
    CHECK(in_quotes(repeated("\xc3\xa4", 61)) == "'" + repeated("\xc3\xa4", 60) + "...'");
    CHECK(in_quotes(repeated("x", 1000000)) == "'" + repeated("x", 60) + "...'");
}

TEST_CASE("closest_match: typing errors, case, separators, beginnings") {
    const std::vector<std::string_view> keys = {"base", "size", "end", "node", "flags", "start_pfn", "distance", "write-back"};
    const auto match = [&](std::string_view word) { return std::string(closest_match(word, keys)); };
    CHECK(match("nodee") == "node");
    CHECK(match("ndoe") == "node");
    CHECK(match("NODE") == "node");
    CHECK(match("start-pfn") == "start_pfn");
    CHECK(match("startpfn") == "start_pfn");
    CHECK(match("write_back") == "write-back");
    CHECK(match("dist") == "distance");
    CHECK(match("sise") == "size");
    CHECK(match("") == "");
    CHECK(match("x") == "");
    CHECK(match("kernelcore") == "");
    CHECK(match(std::string(100000, 'n')) == "");
    CHECK(did_you_mean("nodee", keys) == "; did you mean 'node'?");
    CHECK(did_you_mean("kernelcore", keys) == "");
}

TEST_CASE("read_source: the whole file under the name that was given") {
    const TemporaryFile file(std::string("a\0b\r\n", 5) + repeated("0123456789", 20000));
    const Source source = read_source(file.path);
    CHECK(source.name == file.path);
    CHECK(source.text == std::string("a\0b\r\n", 5) + repeated("0123456789", 20000));
}

TEST_CASE("read_source: says why a file cannot be read") {
    CHECK(failure("/nonexistent/b.toml") == "/nonexistent/b.toml: error: cannot open: No such file or directory\n");
    CHECK(failure("/") == "/: error: is a directory\n");
    const TemporaryFile file("12345678");
    CHECK(failure(file.path, 8) == "read");
    CHECK(failure(file.path, 7) == file.path + ": error: is larger than 7 bytes, which is no plausible input\n");
    CHECK(failure("/dev/zero", 1000000) == "/dev/zero: error: is larger than 1000000 bytes, which is no plausible input\n");
}
