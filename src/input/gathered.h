// SPDX-License-Identifier: MIT
// The file that the script of `zonecalc gather` writes on a real machine.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "input/kernel_sources.h"
#include "input/source.h"
#include "zonecalc/board.h"

namespace zonecalc {

bool is_gathered(std::string_view text);

struct Gathered {
    Source log;  // what dmesg showed; what it had lost is put before it in the kernel's own words
    std::optional<Source> dtb;
    KernelSources kernel;
    std::vector<BoardNode> nodes;       // distances and CPUs, with more than one node
    std::optional<unsigned> cpus;       // possible ones
    std::vector<std::string> put_back;  // sentences: what of `log` is not dmesg's
};

// Throws InputError where the file is damaged.
Gathered parse_gathered(const Source& source);

// What the running system says beside its log.
void add_gathered(Board& board, const Gathered& gathered);

// The script, for a POSIX shell and the tools of busybox.
std::string_view gather_script();

}  // namespace zonecalc
