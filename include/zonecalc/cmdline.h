// SPDX-License-Identifier: MIT
// The kernel command line, cut as the kernel cuts it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

struct Parameter {
    std::string name;
    std::optional<std::string> value;  // none where the word has no '='
    std::size_t offset = 0;            // byte offset of the word in the command line
    std::size_t length = 0;            // bytes of the word as it stands there, with its quotes
};

struct Cmdline {
    std::string text;
    std::vector<Parameter> parameters;  // up to "--", in order
    std::size_t dropped = 0;            // bytes at the end that the kernel has no room for; not in `text`
};

// Mirrors parse_args() and next_arg() of kernel/params.c, lib/cmdline.c [3.13..7.1]: blanks separate, double quotes protect and are
// dropped, "--" ends the kernel's part; up to 3.15 it does not, and the kernel reads on (dashes_end = false).
Cmdline parse_args(std::string_view text, bool dashes_end = true);

// COMMAND_LINE_SIZE: the kernel keeps one byte less of a command line that is longer, and drops the rest without a word.
std::size_t command_line_size(Arch arch);

// The text without the parameters that `drops` tells, all else to the byte, and with `word` behind the last parameter: before "--".
std::string edit_cmdline(const Cmdline& cmdline, const std::function<bool(const Parameter&)>& drops, std::string_view word = {});

struct Kernel;
// The command line as `kernel` reads it: cut to its length, and with its rule for "--".
Cmdline parse_cmdline(std::string_view text, const Kernel& kernel);

// Mirrors parameq(): '-' and '_' are the same.
bool parameq(std::string_view a, std::string_view b);

// Mirrors simple_strtoull(text, &rest, 0): decimal, 0x hex, 0 octal; no sign. Wraps as the kernel's does.
struct Strtoull {
    u64 value = 0;
    std::string_view rest;
};
Strtoull simple_strtoull(std::string_view text);

struct Memparse {
    u64 value = 0;          // bytes; wraps as the kernel's does
    std::string_view rest;  // what follows the number and its suffix
    bool any_digit = false;
};
// Mirrors memparse() of lib/cmdline.c: decimal, 0x hex, 0 octal, one suffix letter in either case.
Memparse memparse(std::string_view text, bool tera_suffixes);

}  // namespace zonecalc
