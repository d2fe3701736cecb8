// SPDX-License-Identifier: MIT
// A board that lists nothing reserved, brought up with a shipped kernel; what the early model reserves, by name.
#pragma once

#include <fmt/format.h>

#include "input/board_toml.h"
#include "input/library.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc::test {

struct Run {
    Layout layout;

    Run(std::string_view board_text, std::string_view kernel_name, std::string_view cmdline = "", Until until = Until::memblock) {
        const Board board = parse_board({"board.toml", std::string(board_text)});
        layout = bring_up(board, load_kernel(std::string(kernel_name), ""), parse_args(cmdline), until);
    }
    // Every range of this name, "first-last".
    std::string places(std::string_view name) const {
        std::string out;
        for (const MemblockRegion& r : layout.reserved)
            if (r.name == name) out += fmt::format("{}{:#x}-{:#x}", out.empty() ? "" : ", ", r.base, r.end() - 1);
        return out;
    }
    u64 bytes(std::string_view name) const {
        u64 sum = 0;
        for (const MemblockRegion& r : layout.reserved)
            if (r.name == name) sum += r.size;
        return sum;
    }
    std::string assumed() const {
        std::string out;
        for (const Note& n : layout.notes)
            if (n.kind == Note::Kind::assumption) out += (out.empty() ? "" : " ") + n.id;
        return out;
    }
};

}  // namespace zonecalc::test
