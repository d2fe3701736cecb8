// SPDX-License-Identifier: MIT
// What can be said on the command line. Each command states its own syntax through Syntax; the library that parses it is known to
// syntax.cc alone.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/completions.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace zonecalc::cli {

// Wrong usage; the message may have several lines.
class UsageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Something to be printed, and nothing else to be done.
struct Shown {
    explicit Shown(std::string t) : text(std::move(t)) {}
    std::string text;
};

// What a command does once its options are read. Returns the exit status.
using Action = std::function<int()>;

// The syntax of one command. The variables that options are bound to must live until the action has run. `names` is as
// "-o,--output", `type` stands for the value in the help, as "FILE".
class Syntax {
public:
    // What is said is also written to `said`, for completions.
    Syntax(CLI::App& app, CommandSyntax& said) : app_(app), said_(said) {}

    // Words without a dash, in the order of these calls.
    void argument(const std::string& name, std::string& value);
    // One of a few words.
    void argument(const std::string& name, std::string& value, const std::vector<std::string>& words);
    void arguments(const std::string& name, std::vector<std::string>& values, bool required = true);

    // The heading in the help of the options that follow.
    void group(std::string heading) { group_ = std::move(heading); }

    void option(const std::string& names, const std::string& type, std::optional<std::string>& value,
                const std::string& description);
    // Repeatable.
    void option(const std::string& names, const std::string& type, std::vector<std::string>& values,
                const std::string& description);
    // Repeatable; `take` reads each of them, and may throw UsageError or Shown. `some` words are offered for completion.
    void words(const std::string& names, const std::string& type, std::function<void(const std::string&)> take,
               std::vector<std::string> some, const std::string& description);
    // From min to max.
    void option(const std::string& names, const std::string& type, std::optional<unsigned>& value, unsigned min, unsigned max,
                const std::string& description);
    void flag(const std::string& names, bool& value, const std::string& description);

    // One of a few words.
    template <typename T, typename Value>
    void choice(const std::string& names, Value& value, std::initializer_list<std::pair<std::string_view, T>> words,
                const std::string& description) {
        std::vector<std::string> list;
        std::vector<T> meanings;
        for (const auto& [word, meaning] : words) {
            list.emplace_back(word);
            meanings.push_back(meaning);
        }
        choice(
            names, std::move(list), [&value, meanings](std::size_t i) { value = meanings[i]; }, description);
    }

    // Said below the options: examples, the exit status.
    void footer(const std::string& text);

private:
    void choice(const std::string& names, std::vector<std::string> words, std::function<void(std::size_t)> take,
                const std::string& description);
    CLI::Option* place(CLI::Option* option, bool repeatable = false, const std::string& type = {},
                       std::vector<std::string> words = {}) const;

    CLI::App& app_;
    CommandSyntax& said_;
    std::string group_ = "Input";
};

// Every command, as its file declares it.
std::vector<CommandSyntax> described_commands();

// What the words of the command line ask for. Help and version are actions, too. Throws UsageError.
Action parse_command_line(int argc, const char* const* argv);

}  // namespace zonecalc::cli
