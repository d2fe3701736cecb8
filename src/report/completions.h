// SPDX-License-Identifier: MIT
// Completion scripts for shells, made of what the commands say about their syntax.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace zonecalc {

// What can stand as a value: "FILE", "NAME|FILE", …, and the words where it is one of a few.
struct ValueSyntax {
    std::string type;
    std::vector<std::string> words;
};

struct OptionSyntax {
    std::string short_name;  // "o"; may be empty
    std::string long_name;   // "output"
    std::string description;
    std::optional<ValueSyntax> value;  // none: a flag
    bool repeatable = false;
};

struct CommandSyntax {
    std::string name;
    std::string description;
    std::vector<OptionSyntax> options;
    std::vector<ValueSyntax> arguments;  // the last may stand several times
};

std::string bash_completions(std::span<const CommandSyntax> commands);
std::string zsh_completions(std::span<const CommandSyntax> commands);
std::string fish_completions(std::span<const CommandSyntax> commands);

}  // namespace zonecalc
