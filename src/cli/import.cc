// SPDX-License-Identifier: MIT
// A boot log becomes a board. Where the kernel's config is given and no shipped profile has it, a profile is written beside the
// board.
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "input/board_toml.h"
#include "input/kernel_match.h"
#include "input/log_board.h"
#include "report/board_writer.h"

namespace zonecalc::cli {

namespace {

struct ImportOptions {
    std::vector<std::string> files;     // boot logs; "-" is standard input
    std::optional<std::string> config;  // the kernel's .config
    std::optional<std::string> output;  // board file; standard output without it
};

// "boards/rack.toml" → "boards/rack.kernel.toml"
std::filesystem::path kernel_beside(const std::string& board) {
    std::filesystem::path path(board);
    path.replace_filename(path.stem().string() + ".kernel.toml");
    return path;
}

int import_board(const ImportOptions& options) {
    if (options.files.size() != 1) throw InputError("import takes one boot log");
    std::optional<KernelConfig> config;
    if (options.config) config = parse_kernel_config(read_source(*options.config));
    const Source log = read_source(options.files.front());
    LogBoard made = board_from_log(log, config ? &*config : nullptr);

    const KernelMatch kernel = match_kernel({made.release, made.version, made.board.arch, made.smp, made.pae, made.config_nr_cpus},
                                            config ? &*config : nullptr);
    made.board.kernel = kernel.profile;
    made.assumed.insert(made.assumed.end(), kernel.assumed.begin(), kernel.assumed.end());
    const bool to_file = options.output && *options.output != "-";
    std::optional<std::string> profile_file;
    if (kernel.own && to_file) {
        profile_file = kernel_beside(*options.output).string();
        made.board.kernel = std::filesystem::path(*profile_file).filename().string();
    } else if (kernel.own) {
        made.assumed.push_back(fmt::format(
            "the kernel differs from {}, which stands in for it; with -o FILE a profile of its own is written beside the board",
            kernel.profile));
    }

    BoardComments comments;
    comments.origin = log.name;
    comments.lines = made.lines;
    comments.assumed = made.assumed;
    const std::string text = board_toml(made.board, comments);
    parse_board({options.output.value_or("<stdout>"), text});  // what we hand out can be read again

    if (profile_file) write_result(*kernel.own, profile_file);
    write_result(text, options.output);
    return exit_ok;
}

}  // namespace

Action import_command(Syntax& syntax) {
    const auto options = std::make_shared<ImportOptions>();
    syntax.arguments("LOG", options->files);
    syntax.group("Input");
    syntax.option("--config", "FILE", options->config, "the kernel's .config");
    add_output(syntax, options->output);
    syntax.footer("Example: dmesg | zonecalc import - -o board.toml");
    return [options] { return import_board(*options); };
}

}  // namespace zonecalc::cli
