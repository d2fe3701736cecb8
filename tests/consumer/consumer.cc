// SPDX-License-Identifier: MIT
#include <zonecalc/library.h>
#include <zonecalc/zonecalc.h>

#include <iostream>

int main(int argc, char** argv) {
    const zonecalc::Board board = zonecalc::load_board(argc > 1 ? argv[1] : "samsung-smdk5420");
    const zonecalc::Kernel kernel = zonecalc::load_kernel(board.kernel, board.file);
    const zonecalc::Layout layout = zonecalc::bring_up(board, kernel, zonecalc::parse_cmdline(board.cmdline, kernel));
    for (const zonecalc::Node& node : layout.nodes)
        for (const zonecalc::Zone& zone : node.zones)
            if (zone.spanned != 0) std::cout << node.id << ' ' << to_string(zone.type) << ' ' << zone.present << '\n';
}
