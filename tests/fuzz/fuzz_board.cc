// SPDX-License-Identifier: MIT
// Any bytes as a board: an answer or an InputError, nothing else.
#include "tests/fuzz/fuzz_board.h"

#include "input/board_toml.h"
#include "input/library.h"
#include "report/report.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc {

bool run_board_bytes(std::string_view bytes, std::string_view kernel_name) {
    try {
        const Board board = parse_board({"<fuzz>", std::string(bytes)});
        const Kernel kernel =
            load_kernel(kernel_name.empty() || board.arch != load_kernel(std::string(kernel_name)).arch ? default_kernel(board.arch)
                                                                                                        : std::string(kernel_name));
        const Cmdline cmdline = parse_args(board.cmdline);
        const Layout layout = bring_up(board, kernel, cmdline);
        report_text(board, kernel, cmdline, layout, {});
        report_dmesg(kernel, layout, Until::zones);
        report_json(board, kernel, cmdline, layout, Until::zones);
        return true;
    } catch (const InputError& e) {
        for (const Diagnostic& d : e.diagnostics()) format(d);
        return false;
    }
}

}  // namespace zonecalc

#ifdef ZONECALC_LIBFUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    zonecalc::run_board_bytes({reinterpret_cast<const char*>(data), size}, {});
    return 0;
}
#endif
