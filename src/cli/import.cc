// SPDX-License-Identifier: MIT
// A boot log becomes a board. Where the kernel's config is given and no shipped profile has it, a profile is written beside the
// board.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "input/board_toml.h"
#include "input/dtb_board.h"
#include "input/dtb_cpus.h"
#include "input/file_kind.h"
#include "input/gathered.h"
#include "input/iomem.h"
#include "input/kernel_match.h"
#include "input/library.h"
#include "input/log_board.h"
#include "input/plain_file.h"
#include "report/board_writer.h"
#include "report/kernel_writer.h"

namespace zonecalc::cli {

namespace {

struct ImportOptions {
    std::vector<std::string> files;     // a boot log, a device tree blob, /proc/iomem, …; "-" is standard input
    std::vector<std::string> kernel;    // a profile, or files of the kernel's build
    std::optional<std::string> config;  // the kernel's .config: as with --kernel
    std::optional<std::string> output;  // board file; standard output without it
    bool strict = false;
};

// What was given, known by its content.
struct Given {
    std::optional<Source> log, dtb;
    std::optional<Iomem> iomem;
    std::optional<Gathered> gathered;
    std::optional<std::string> profile;
    KernelSources kernel;
};

void take_once(std::optional<Source>& place, Source source, std::string_view what) {
    if (place) throw InputError(fmt::format("{} and {}: import takes one {}", place->name, source.name, what));
    place = std::move(source);
}

void take_file(Given& given, Source source) {
    switch (recognise(source.text)) {
        case FileKind::device_tree:
            return take_once(given.dtb, std::move(source), "device tree");
        case FileKind::gathered:
            if (given.gathered) throw InputError(fmt::format("{}: import takes one file of gather's", source.name));
            given.gathered = parse_gathered(source);
            take_once(given.log, given.gathered->log, "boot log");
            given.kernel = given.gathered->kernel;
            if (given.gathered->dtb) take_once(given.dtb, *given.gathered->dtb, "device tree");
            return;
        case FileKind::iomem:
            if (given.iomem)
                throw InputError(fmt::format("{} and {}: import takes one /proc/iomem", given.iomem->file, source.name));
            given.iomem = parse_iomem(source);
            return;
        case FileKind::kernel_build:
            return add_kernel_source(given.kernel, source);
        case FileKind::boot_log:
            return take_once(given.log, std::move(source), "boot log");
    }
}

// The release that a log is of, to tell the kernels of a directory apart.
std::string release_of(const std::optional<Source>& log) {
    constexpr std::string_view banner = "Linux version ";
    const std::string_view text = log ? std::string_view(log->text) : std::string_view{};
    const std::size_t at = text.find(banner);
    if (at == text.npos) return {};
    const std::string_view rest = text.substr(at + banner.size());
    return std::string(rest.substr(0, rest.find_first_of(" \n")));
}

// Profiles are TOML, or names; all else is of a build.
void take_kernel(Given& given, const std::string& word) {
    std::error_code error;
    const bool folder = std::filesystem::is_directory(word, error);
    const bool file = !folder && std::filesystem::exists(word, error);
    if (folder || (file && is_kernel_source(read_source(word).text)))
        return add_kernel_source(given.kernel, word, given.gathered ? given.gathered->kernel.release : release_of(given.log));
    if (given.profile) throw InputError(fmt::format("{} and {}: a board has one kernel", *given.profile, word));
    given.profile = word;
}

Given read_given(const ImportOptions& options) {
    Given given;
    std::vector<Source> sources;
    for (const std::string& file : options.files) sources.push_back(plain(read_source(file)));
    // What gather's script wrote comes first: files given beside it know better.
    const auto gathered = [](const Source& s) { return recognise(s.text) == FileKind::gathered; };
    std::stable_partition(sources.begin(), sources.end(), gathered);
    for (Source& s : sources) take_file(given, std::move(s));
    if (options.config) add_kernel_source(given.kernel, read_source(*options.config));
    for (const std::string& word : options.kernel) take_kernel(given, word);
    return given;
}

// "boards/rack.toml" → "boards/rack.kernel.toml"
std::filesystem::path kernel_beside(const std::string& board) {
    std::filesystem::path path(board);
    path.replace_filename(path.stem().string() + ".kernel.toml");
    return path;
}

void say(const std::vector<std::string>& sentences) {
    for (const std::string& s : sentences) complain("note", s);
}

// --strict: whether anything is not as log, tree and files say it.
bool anything_assumed(std::vector<std::string> assumed, const KernelMatch& match) {
    assumed.insert(assumed.end(), match.missing.begin(), match.missing.end());
    return complain_of_assumptions(assumed);
}

// A name for a shipped kernel, so that there is a file all the same.
std::string profile_like(const std::string& name) {
    const Kernel kernel = load_kernel(name);
    KernelProfile p;
    p.release = kernel.release;
    p.version = to_string(kernel.version);
    p.arch = kernel.arch;
    p.like = name;
    p.recorded = kernel.confirmation == Confirmation::recorded;
    p.source = kernel.source;
    return kernel_toml(p, {fmt::format("All of it is that of {}.", name)});
}

int import_kernel(const Given& given, const ImportOptions& options) {
    if (given.kernel.files.empty())
        throw InputError(
            "import takes a boot log, a device tree, /proc/iomem, what the script of `zonecalc gather` wrote, or files of a "
            "kernel's build with --kernel");
    if (!given.kernel.arch)
        throw InputError({{Severity::error, given.kernel.files.front(), {}, "nothing here tells the kernel's architecture", {}},
                          {Severity::note, {}, {}, "give its .config as well", {}}});
    const KernelWanted wanted{given.kernel.release, given.kernel.version(), *given.kernel.arch, {}, {}, {}, false};
    const KernelMatch match = match_kernel(wanted, given.kernel);
    if (options.strict && anything_assumed(match.assumed, match)) return exit_assumed;
    say(given.kernel.notes);
    say(match.missing);
    if (!match.own) complain("note", "this is the shipped kernel " + match.profile);
    const std::string text = match.own ? kernel_toml(*match.own, match.remarks) : profile_like(match.profile);
    kernel_of_profile({"<stdout>", text});  // what we hand out can be read again
    write_result(text, options.output);
    return exit_ok;
}

// What the kernel that was named is for, before anything else is known of the board.
std::optional<Arch> arch_of_kernel(const Given& given) {
    return given.profile ? std::optional<Arch>(load_kernel(*given.profile).arch) : given.kernel.arch;
}

// The board of the log, else of /proc/iomem; none where the log has no memory map and a device tree has.
std::optional<LogBoard> read_log(const Given& given) {
    if (!given.log && given.iomem && !given.dtb) return board_from_iomem(*given.iomem, arch_of_kernel(given));
    if (!given.log) return std::nullopt;
    const KernelConfig* config = given.kernel.config ? &*given.kernel.config : nullptr;
    try {
        return board_from_log(*given.log, config, given.iomem && !given.dtb ? &*given.iomem : nullptr);
    } catch (const InputError&) {
        if (!given.dtb) throw;
        return std::nullopt;
    }
}

// The kernel that the board is for: what --kernel names, else the profile nearest to what log, tree and files say.
KernelMatch choose_kernel(const Given& given, const std::optional<LogBoard>& log, const std::optional<DtTree>& tree) {
    KernelMatch match;
    if (given.profile) {
        match.profile = *given.profile;
        return match;
    }
    KernelWanted wanted;
    if (log) {
        wanted = {log->release, log->version, log->board.arch, log->smp, log->pae, log->config_nr_cpus, log->page_offset, log->cma};
        return match_kernel(wanted, given.kernel);
    }
    const std::optional<DtbArch> cpu = arch_of(*tree);
    if (!given.kernel.arch && !cpu)
        throw InputError({{Severity::error, tree->file, {}, "nothing in this device tree tells which architecture it is for", {}},
                          {Severity::note, {}, {}, "name the kernel with --kernel", {}}});
    wanted.release = given.kernel.release;
    wanted.version = given.kernel.version();
    wanted.arch = given.kernel.arch.value_or(cpu ? cpu->arch : Arch::arm64);
    if (!given.kernel.files.empty()) return match_kernel(wanted, given.kernel);
    match.profile = default_kernel(cpu->arch);
    match.assumed.push_back(fmt::format("the kernel is the newest one known for {}, because {}; --kernel names another",
                                        to_string(cpu->arch), cpu->because));
    return match;
}

[[noreturn]] void refuse_without_memory(const DtTree& tree) {
    const DtNode* chosen = tree.child(tree.root(), "chosen");
    const bool efi = chosen && chosen->has("linux,uefi-mmap-start");
    throw InputError(
        {{Severity::error,
          tree.file,
          {},
          efi ? "this device tree names no memory: the map is EFI's" : "this device tree names no memory: the boot loader adds it",
          {}},
         {Severity::note,
          {},
          {},
          efi ? "give a boot log with efi=debug, or with memblock=debug, as well"
              : "take the blob that the kernel was given, /sys/firmware/fdt, or give the boot log as well",
          {}}});
}

int import_board(const ImportOptions& options) {
    const Given given = read_given(options);
    if (!given.log && !given.dtb && !given.iomem) return import_kernel(given, options);
    std::optional<LogBoard> log = read_log(given);
    std::optional<DtTree> tree;
    if (given.dtb) tree = parse_dtb(*given.dtb);

    const KernelMatch match = choose_kernel(given, log, tree);
    Board board;
    BoardComments comments;
    const auto assume = [&](const std::vector<std::string>& more) {
        comments.assumed.insert(comments.assumed.end(), more.begin(), more.end());
    };
    if (log) {
        board = log->board;
        comments.origin = given.log ? given.log->name : given.iomem->file;
        comments.lines = log->lines;
        assume(log->assumed);
    }
    if (given.gathered) assume(given.gathered->put_back);
    assume(match.assumed);
    if (tree) {
        const Kernel kernel = load_kernel(match);
        const DtbBoard made = board_from_dtb(*tree, kernel);
        if (log) {
            if (kernel.arch != log->board.arch)
                throw InputError(fmt::format("the log is of a kernel for {}, {} for {}", to_string(log->board.arch), match.profile,
                                             to_string(kernel.arch)));
            add_device_tree(board, made.board);
        } else {
            board = made.board;
            comments.head = fmt::format("Made from the device tree {}.", given.dtb->name);
            assume(made.assumed);
        }
        if (board.memory.empty()) refuse_without_memory(*tree);
    }
    if (given.iomem && given.dtb) complain("note", given.iomem->file + " is not used: the device tree says where memory is");
    if (given.gathered) add_gathered(board, *given.gathered);
    board.kernel = match.profile;
    const bool to_file = options.output && *options.output != "-";
    std::optional<std::string> profile_file;
    if (match.own && to_file) {
        profile_file = kernel_beside(*options.output).string();
        board.kernel = std::filesystem::path(*profile_file).filename().string();
    } else if (match.own) {
        comments.assumed.push_back(fmt::format(
            "the kernel differs from {}, which stands in for it; with -o FILE a profile of its own is written beside the board",
            match.profile));
    }
    if (options.strict && anything_assumed(comments.assumed, match)) return exit_assumed;
    const std::string text = board_toml(board, comments);
    parse_board({options.output.value_or("<stdout>"), text});  // what we hand out can be read again

    say(given.kernel.notes);
    say(match.missing);
    if (profile_file) write_result(kernel_toml(*match.own, match.remarks), profile_file);
    write_result(text, options.output);
    return exit_ok;
}

}  // namespace

Action import_command(Syntax& syntax) {
    const auto options = std::make_shared<ImportOptions>();
    syntax.arguments("FILE", options->files, false);
    syntax.group("Input");
    syntax.option("--kernel", "NAME|FILE", options->kernel, "profile, or files or folders of the build; repeatable");
    syntax.option("--config", "FILE", options->config, "the kernel's .config, as with --kernel");
    add_strict(syntax, options->strict);
    add_output(syntax, options->output);
    syntax.footer(
        "Example: dmesg | zonecalc import - -o board.toml\n"
        "         zonecalc import boot.log board.dtb --kernel /boot -o board.toml\n"
        "         zonecalc import --kernel .config --kernel System.map -o my.toml");
    return [options] { return import_board(*options); };
}

}  // namespace zonecalc::cli
