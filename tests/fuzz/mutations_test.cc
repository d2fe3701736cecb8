// SPDX-License-Identifier: MIT
// 10,000 mutations of the shipped boards, and some of what kernel profiles say of start-up: numbers turned large or negative, words
// swapped, lines doubled, cut or torn, bytes flipped.
#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "input/board_toml.h"
#include "input/library.h"
#include "input/start_up_file.h"
#include "report/report.h"
#include "tests/fuzz/fuzz_board.h"
#include "zonecalc/zonecalc.h"

using namespace zonecalc;

namespace {

class Mutator {
public:
    explicit Mutator(unsigned seed) : random_(seed) {}

    std::string mutate(std::string text) {
        for (auto n = 1 + below(3); n > 0; --n) step(text);
        return text;
    }
    std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

private:
    void step(std::string& text) {
        if (text.empty()) return;
        const std::size_t at = below(text.size());
        switch (below(9)) {
            case 0:
                text[at] = static_cast<char>(random_());
                break;
            case 1:
                text.erase(at, 1 + below(20));
                break;
            case 2:
                text.insert(at, std::string(1 + below(3), static_cast<char>(random_())));
                break;
            case 3:
                replace_number(text, at);
                break;
            case 4:
                replace_number(text, at);
                break;
            case 5:
                double_line(text, at);
                break;
            case 6:
                text.resize(at);
                break;
            case 7:
                replace_cmdline(text);
                break;
            case 8: {
                const std::size_t other = below(text.size());
                std::swap(text[at], text[other]);
                break;
            }
        }
    }
    void replace_number(std::string& text, std::size_t at) {
        static const char* const numbers[] = {"0",        "1",    "-1",   "0x7fffffffffffffff", "9223372036854775807",
                                              "0x1000",   "4096", "1e9",  "\"16EiB\"",          "\"0xffffffffffffffff\"",
                                              "\"1GiB\"", "\"\"", "true", "0xfffff000",         "1023",
                                              "1024",     "[]",   "nan"};
        const std::size_t start = text.find_first_of("0123456789", at);
        if (start == std::string::npos) return;
        const std::size_t end = text.find_first_not_of("0123456789abcdefxABCDEFX_", start);
        text.replace(start, end == std::string::npos ? std::string::npos : end - start, numbers[below(std::size(numbers))]);
    }
    void double_line(std::string& text, std::size_t at) {
        const std::size_t start = text.rfind('\n', at);
        const std::size_t from = start == std::string::npos ? 0 : start;
        const std::size_t end = text.find('\n', at);
        text.insert(from, text.substr(from, end == std::string::npos ? std::string::npos : end - from));
    }
    void replace_cmdline(std::string& text) {
        static const char* const lines[] = {"kernelcore=mirror",
                                            "kernelcore",
                                            "kernelcore=99999999999999999999G",
                                            "movablecore=0x7fffffffffffffff kernelcore=1%",
                                            "mem=1",
                                            "mem=0",
                                            "memmap=exactmap",
                                            "memmap=4G@0",
                                            "memmap=0xffffffffffffffff@0xffffffffffffffff",
                                            "memmap=1E$0 memmap=1E#1 memmap=1E%1-1+3",
                                            "numa=fake=64",
                                            "numa=fake=1",
                                            "numa=fake=4U",
                                            "numa=fake=18446744073709551615",
                                            "numa=fake=1M:1,2,3",
                                            "highmem=3G",
                                            "vmalloc=3G",
                                            "vmalloc=1",
                                            "movable_node numa=off",
                                            "mem=1M@0xfffff000",
                                            "mem=16E@1",
                                            "mminit_loglevel=4 kernelcore=100%",
                                            "movablecore=101%",
                                            "\\\"a b\\\"=c kernelcore=50% -- kernelcore=1G"};
        const std::size_t key = text.find("cmdline");
        const std::size_t end = key == std::string::npos ? key : text.find('\n', key);
        if (end == std::string::npos) return;
        text.replace(key, end - key, std::string("cmdline = \"") + lines[below(std::size(lines))] + "\"");
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("mutations of the shipped boards get an answer or an error") {
    std::vector<std::string> texts;
    for (const std::string& name : shipped_boards()) {
        std::ifstream in(data_directory() + "/boards/" + name + ".toml", std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        texts.push_back(text.str());
    }
    REQUIRE(!texts.empty());
    const std::vector<std::string> kernels = shipped_kernels();

    Mutator mutator(1);
    unsigned answers = 0;
    for (unsigned i = 0; i < 10000; ++i) {
        CAPTURE(i);
        const std::string text = mutator.mutate(texts[mutator.below(texts.size())]);
        answers += run_board_bytes(text, kernels[mutator.below(kernels.size())]);
    }
    MESSAGE(answers << " answers, " << 10000 - answers << " errors");
    // Both ends are reached: mutations are not all fatal, and not all harmless.
    CHECK(answers > 500);
    CHECK(answers < 9500);
}

TEST_CASE("mutations of what profiles say of start-up get an answer or an error") {
    const std::string board_names[] = {"qemu-pc-4g", "qemu-pc-2node"};
    const Kernel shipped = load_kernel("6.1-x86_64");
    std::ifstream in(data_directory() + "/kernels/6.1-x86_64.start_up", std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    REQUIRE(!text.str().empty());

    Mutator mutator(2);
    unsigned answers = 0;
    for (unsigned i = 0; i < 500; ++i) {
        CAPTURE(i);
        try {
            StartUpFile file = parse_start_up_file({"<fuzz>", mutator.mutate(text.str())});
            Kernel kernel = shipped;
            kernel.start_up = std::move(file.start_up);
            kernel.start_up_caches = std::move(file.caches);
            const Board board = load_board(board_names[i % 2]);
            const Cmdline cmdline = parse_cmdline(board.cmdline, kernel);
            report_json(board, kernel, cmdline, bring_up(board, kernel, cmdline), Until::slub);
            ++answers;
        } catch (const InputError& e) {
            for (const Diagnostic& d : e.diagnostics()) format(d);
        }
    }
    MESSAGE(answers << " answers, " << 500 - answers << " errors");
    CHECK(answers > 25);
    CHECK(answers < 475);
}
