// SPDX-License-Identifier: MIT
// Golden runs: every line of cases.txt is run in each format and compared with expected/<board>-<n>.<format>, where n counts the
// lines of that board from 0; what "zonecalc explain" says to the lines of explain.txt with expected/<board>-<n>.explain, and pictures likewise. What
// changes here changes for users; whether a change is right only a boot can tell.
//
// The transcripts of README.md, code blocks that begin with "$ zonecalc", are compared as well; they are never updated.
//
//   golden PROGRAM SOURCE_DIRECTORY            compare
//   golden PROGRAM SOURCE_DIRECTORY --update   write what the program says now; read the diff before you commit it
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

// A file of cases, and what is run for each of its lines.
struct Suite {
    std::string cases;
    std::map<std::string, std::string>
        commands;  // by the suffix of the expected file: the words of the command, the line in place of %s
};
const Suite suites[] = {
    {"cases.txt", {{"text", "run %s --format text"}, {"dmesg", "run %s --format dmesg"}, {"json", "run %s --format json"}}},
    {"explain.txt", {{"explain", "explain %s"}}},
    {"map.txt", {{"map", "map %s"}, {"svg", "map %s --format svg"}}},
};

std::string command_of(const std::string& pattern, const std::string& line) {
    return std::string(pattern).replace(pattern.find("%s"), 2, line);
}

struct Run {
    std::string output;
    int status = -1;
};

std::string quoted(const std::string& word) {
    std::string result = "'";
    for (char c : word) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

Run run(const std::string& command) {
    Run result;
    FILE* pipe = popen(command.c_str(), "r");
    if (!pipe) return result;
    char buffer[65536];
    for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) result.output.append(buffer, n);
    const int status = pclose(pipe);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

// The lines between the common head and the common tail: enough to see what moved.
void print_difference(const std::string& expected, const std::string& actual) {
    const auto a = lines_of(expected), b = lines_of(actual);
    std::size_t head = 0, tail = 0;
    while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
    while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
    constexpr std::size_t most = 20;
    for (std::size_t i = head; i < a.size() - tail && i < head + most; ++i) std::cout << "    -" << a[i] << '\n';
    for (std::size_t i = head; i < b.size() - tail && i < head + most; ++i) std::cout << "    +" << b[i] << '\n';
}

// A block's commands and what they print, the diagnostics included, in one go. True where the program still says the same.
bool transcript_holds(const std::string& program, const std::vector<std::string>& block) {
    std::string expected, actual;
    for (const std::string& line : block) {
        expected += line + '\n';
        const std::string prompt = "$ zonecalc ";
        if (line.starts_with(prompt))
            actual += line + '\n' + run(quoted(program) + " " + line.substr(prompt.size()) + " 2>&1").output;
    }
    if (expected == actual) return true;
    std::cout << "README.md: " << block.front() << '\n';
    print_difference(expected, actual);
    return false;
}

int check_transcripts(const std::string& program, const fs::path& readme) {
    int failed = 0;
    bool inside = false;
    std::vector<std::string> block;
    for (const std::string& line : lines_of(read_file(readme))) {
        if (!line.starts_with("```")) {
            if (inside) block.push_back(line);
            continue;
        }
        if (inside && !block.empty() && block.front().starts_with("$ zonecalc ")) failed += !transcript_holds(program, block);
        block.clear();
        inside = !inside;
    }
    return failed;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: golden PROGRAM SOURCE_DIRECTORY [--update]\n";
        return 2;
    }
    const std::string program = fs::absolute(argv[1]);
    const fs::path source = fs::absolute(argv[2]), golden = source / "tests/golden", expected = golden / "expected";
    const bool update = argc > 3 && std::string(argv[3]) == "--update";

    fs::current_path(source);
    setenv("LC_ALL", "C.UTF-8", 1);  // pictures are drawn with more than ASCII

    std::set<std::string> boards, known;
    int compared = 0, failed = 0;
    for (const Suite& suite : suites) {
        std::map<std::string, int> count;
        std::ifstream cases(golden / suite.cases);
        for (std::string line; std::getline(cases, line);) {
            if (line.empty() || line[0] == '#') continue;
            const std::string board = line.substr(0, line.find(' '));
            boards.insert(board);
            const int number = count[board]++;
            for (const auto& [suffix, pattern] : suite.commands) {
                const std::string name = board + "-" + std::to_string(number) + "." + suffix;
                known.insert(name);
                // The line is read by the shell, so that quoting there is what people type.
                const std::string command = command_of(pattern, line);
                const Run result = run(quoted(program) + " " + command);
                ++compared;
                if (result.status != 0) {
                    std::cout << name << ": exit status " << result.status << " of: zonecalc " << command << '\n';
                    ++failed;
                } else if (update) {
                    std::ofstream(expected / name, std::ios::binary) << result.output;
                } else if (!fs::exists(expected / name)) {
                    std::cout << name << ": not in expected/\n";
                    ++failed;
                } else if (const std::string want = read_file(expected / name); want != result.output) {
                    std::cout << name << ": zonecalc " << command << '\n';
                    print_difference(want, result.output);
                    ++failed;
                }
            }
        }
    }

    for (const auto& entry : fs::directory_iterator(source / "data/boards"))
        if (entry.path().extension() == ".toml" && !boards.contains(entry.path().stem())) {
            std::cout << entry.path().stem().string() << ": a shipped board without a case\n";
            ++failed;
        }
    for (const auto& entry : fs::directory_iterator(expected))
        if (!known.contains(entry.path().filename())) {
            std::cout << entry.path().filename().string() << ": no line of a case makes this file\n";
            if (update)
                fs::remove(entry.path());
            else
                ++failed;
        }

    failed += check_transcripts(program, source / "README.md");
    std::cout << compared << " runs, " << failed << " failed\n";
    return failed || compared == 0 ? 1 : 0;
}
