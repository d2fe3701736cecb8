// SPDX-License-Identifier: MIT
// Any bytes as a file to import: a board that can be written and read again, or an InputError, nothing else.
#include "tests/fuzz/fuzz_log.h"

#include <cstdlib>

#include "input/board_toml.h"
#include "input/log_answers.h"
#include "input/log_board.h"
#include "report/board_writer.h"

namespace zonecalc {

namespace {

bool import_log(const Source& log) {
    try {
        const LogBoard made = board_from_log(log);
        BoardComments comments;
        comments.origin = "log";
        comments.lines = made.lines;
        comments.assumed = made.assumed;
        const std::string text = board_toml(made.board, comments);
        try {
            if (board_toml(parse_board({"<written>", text})) != board_toml(made.board)) std::abort();
        } catch (const InputError&) {
            std::abort();  // what the importer makes is a board
        }
        return true;
    } catch (const InputError& e) {
        for (const Diagnostic& d : e.diagnostics()) format(d);
        return false;
    }
}

}  // namespace

bool import_bytes(std::string_view bytes) {
    const bool made = import_log({"<fuzz>", std::string(bytes)});
    answers_of(split_log(bytes).inputs);
    return made;
}

}  // namespace zonecalc

#ifdef ZONECALC_LIBFUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    zonecalc::import_bytes({reinterpret_cast<const char*>(data), size});
    return 0;
}
#endif
