// SPDX-License-Identifier: MIT
// A board that lists nothing reserved, brought up with a shipped kernel; what the early model reserves, by name.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "input/board_toml.h"
#include "input/library.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc::test {

// A PC of 64 bits: `more` goes into [board], memory above 4 GiB ends at `end` (exclusive).
inline std::string pc_board(std::string_view more, u64 end) {
    std::string out = fmt::format(
        "schema = 1\n[board]\narch = \"x86_64\"\n{}\n"
        "[[e820]]\nbase = 0x0\nend = 0x9fbff\ntype = \"usable\"\n"
        "[[e820]]\nbase = 0x100000\nend = {:#x}\ntype = \"usable\"\n",
        more, std::min<u64>(end, 0xc0000000) - 1);
    if (end > u64{1} << 32) out += fmt::format("[[e820]]\nbase = 0x100000000\nend = {:#x}\ntype = \"usable\"\n", end - 1);
    return out;
}

struct Run {
    Layout layout;

    Run(std::string_view board_text, std::string_view kernel_name, std::string_view cmdline = "", Until until = Until::memblock,
        const std::function<void(Kernel&)>& change = {}) {
        const Board board = parse_board({"board.toml", std::string(board_text)});
        Kernel kernel = load_kernel(std::string(kernel_name), "");
        if (change) change(kernel);
        layout = bring_up(board, kernel, parse_args(cmdline), until);
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
