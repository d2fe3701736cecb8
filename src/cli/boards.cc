// SPDX-License-Identifier: MIT
// zonecalc boards: what data/boards ships.
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "input/library.h"
#include "report/format.h"
#include "report/table.h"

namespace zonecalc::cli {

namespace {

int boards() {
    Table table({{"NAME"}, {"ARCH"}, {"KERNEL"}, {"BOARD"}});
    for (const std::string& name : shipped_boards()) {
        const Board board = load_board(name);
        table.row({printable(name), std::string(to_string(board.arch)), board.kernel.empty() ? "-" : printable(board.kernel),
                   printable(board.name)});
    }
    std::string out;
    table.print(out, {0, "", ""});
    write_result(out, std::nullopt);
    return exit_ok;
}

}  // namespace

Action boards_command(Syntax&) {
    return boards;
}

}  // namespace zonecalc::cli
