// SPDX-License-Identifier: MIT
// zonecalc boards: what data/boards ships.
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/table_options.h"
#include "input/library.h"
#include "report/format.h"
#include "report/table.h"

namespace zonecalc::cli {

namespace {

// RAM that firmware reports.
u64 memory_of(const Board& board) {
    u64 total = 0;
    for (const MemoryBank& bank : board.memory) total += bank.size;
    for (const E820Entry& entry : board.e820)
        if (entry.type == E820Type::ram) total += entry.size;
    return total;
}

Table shipped(bool bytes) {
    Table table({{"NAME"},
                 {"ARCH"},
                 {"KERNEL"},
                 {"BOARD"},
                 {"MEMORY", true, true},
                 {"CPUS", true, true},
                 {"CMDLINE", false, true},
                 {"FILE", false, true}});
    for (const std::string& name : shipped_boards()) {
        const Board board = load_board(name);
        const u64 memory = memory_of(board);
        table.row({printable(name),
                   std::string(to_string(board.arch)),
                   board.kernel.empty() ? "-" : printable(board.kernel),
                   printable(board.name),
                   {format_size(memory, bytes), memory},
                   board.cpus ? number_cell(*board.cpus) : Cell("-"),
                   printable(board.cmdline),
                   printable(board.file)});
    }
    return table;
}

}  // namespace

Action boards_command(Syntax& syntax) {
    const auto options = std::make_shared<TableOptions>();
    add_table(syntax, *options, "which, as NAME,ARCH; +MEMORY adds", true);
    syntax.footer("More columns: MEMORY, CPUS, CMDLINE, FILE.");
    return [options] {
        Table table = shipped(options->bytes);
        choose_columns(table, *options);
        write_result(table_text(table, *options, "boards"), options->output);
        return exit_ok;
    };
}

}  // namespace zonecalc::cli
