// SPDX-License-Identifier: MIT
// A boot log becomes a board. Where the kernel's config is given and no shipped profile has it, a profile is written beside the
// board.
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "input/board_toml.h"
#include "input/dtb_board.h"
#include "input/kernel_match.h"
#include "input/library.h"
#include "input/log_board.h"
#include "report/board_writer.h"

namespace zonecalc::cli {

namespace {

struct ImportOptions {
    std::vector<std::string> files;     // boot logs; "-" is standard input
    std::optional<std::string> kernel;  // profile that a device tree is read for
    std::optional<std::string> config;  // the kernel's .config
    std::optional<std::string> output;  // board file; standard output without it
};

// "boards/rack.toml" → "boards/rack.kernel.toml"
std::filesystem::path kernel_beside(const std::string& board) {
    std::filesystem::path path(board);
    path.replace_filename(path.stem().string() + ".kernel.toml");
    return path;
}

// The kernel that a device tree is read for: the one asked for, else the newest shipped one of what its CPUs are.
Kernel kernel_for(const DtTree& tree, const std::optional<std::string>& wanted, std::vector<std::string>& assumed) {
    if (wanted) return load_kernel(*wanted);
    const std::optional<DtbArch> cpu = arch_of(tree);
    if (!cpu)
        throw InputError({{Severity::error, tree.file, {}, "nothing in this device tree tells which architecture it is for", {}},
                          {Severity::note, {}, {}, "name the kernel with --kernel", {}}});
    const std::string name = default_kernel(cpu->arch);
    assumed.push_back(fmt::format("the kernel is {}'s newest one here, {}, because {}; --kernel names another",
                                  to_string(cpu->arch), name, cpu->because));
    return load_kernel(name);
}

int import_dtb(const ImportOptions& options, const Source& blob) {
    const DtTree tree = parse_dtb(blob);
    std::vector<std::string> assumed;
    const Kernel kernel = kernel_for(tree, options.kernel, assumed);
    DtbBoard made = board_from_dtb(tree, kernel);
    if (made.board.memory.empty())
        throw InputError({{Severity::error, blob.name, {}, "this device tree names no memory: the boot loader adds it", {}},
                          {Severity::note,
                           {},
                           {},
                           "take the blob that the kernel was given, /sys/firmware/fdt, or give the boot log as well",
                           {}}});
    made.board.kernel = kernel.profile;
    BoardComments comments;
    comments.head = fmt::format("Made from the device tree {}.", blob.name);
    comments.assumed = std::move(assumed);
    comments.assumed.insert(comments.assumed.end(), made.assumed.begin(), made.assumed.end());
    const std::string text = board_toml(made.board, comments);
    parse_board({options.output.value_or("<stdout>"), text});
    write_result(text, options.output);
    return exit_ok;
}

int import_board(const ImportOptions& options) {
    if (options.files.size() != 1) throw InputError("import takes one boot log");
    std::optional<KernelConfig> config;
    if (options.config) config = parse_kernel_config(read_source(*options.config));
    const Source log = read_source(options.files.front());
    if (is_dtb(log.text)) return import_dtb(options, log);
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
    syntax.option("--kernel", "NAME|FILE", options->kernel, "profile that a device tree is read for");
    syntax.option("--config", "FILE", options->config, "the kernel's .config");
    add_output(syntax, options->output);
    syntax.footer("Example: dmesg | zonecalc import - -o board.toml");
    return [options] { return import_board(*options); };
}

}  // namespace zonecalc::cli
