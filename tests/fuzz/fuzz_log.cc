// SPDX-License-Identifier: MIT
// Any bytes as a file to import or to verify: a board that can be written and read again, or an InputError, nothing else.
// Predictions are left to fuzz_board; a run of this target reads, and no more.
#include "tests/fuzz/fuzz_log.h"

#include <cstdlib>

#include "input/board_toml.h"
#include "input/file_kind.h"
#include "input/iomem.h"
#include "input/log_answers.h"
#include "input/log_board.h"
#include "input/plain_file.h"
#include "input/proc_files.h"
#include "input/zoneinfo.h"
#include "report/board_writer.h"

namespace zonecalc {

namespace {

// False: `read` gave an error.
template <typename F>
bool answers(F read) {
    try {
        read();
        return true;
    } catch (const InputError& e) {
        for (const Diagnostic& d : e.diagnostics()) format(d);
        return false;
    }
}

// What the importer makes is a board.
void write_and_read(const LogBoard& made) {
    BoardComments comments;
    comments.origin = "log";
    comments.lines = made.lines;
    comments.assumed = made.assumed;
    const std::string text = board_toml(made.board, comments);
    const bool same = [&] {
        try {
            return board_toml(parse_board({"<written>", text})) == board_toml(made.board);
        } catch (const InputError&) {
            return false;
        }
    }();
    if (!same) std::abort();
}

}  // namespace

bool import_bytes(std::string_view bytes) {
    Source source{"<fuzz>", std::string(bytes)};
    if (!answers([&] { source = plain(std::move(source)); })) return false;
    switch (recognise(source.text)) {
        case FileKind::iomem:
            return answers([&] {
                const Iomem iomem = parse_iomem(source);
                const std::optional<Arch> as = iomem.arch ? std::nullopt : std::optional(Arch::arm);
                write_and_read(board_from_iomem(iomem, as));
            });
        case FileKind::kernel_build:
            return answers([&] { parse_kernel_config(source); });
        case FileKind::device_tree:
        case FileKind::gathered:
            return false;  // their tests mutate them
        case FileKind::boot_log:
            break;
    }
    answers([&] { parse_zoneinfo(source); });
    answers([&] { parse_buddyinfo(source); });
    answers([&] { parse_pagetypeinfo(source); });
    answers([&] { parse_slabinfo(source); });
    answers_of(split_log(source.text).inputs);
    return answers([&] { write_and_read(board_from_log(source)); });
}

}  // namespace zonecalc

#ifdef ZONECALC_LIBFUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    zonecalc::import_bytes({reinterpret_cast<const char*>(data), size});
    return 0;
}
#endif
