// SPDX-License-Identifier: MIT
// The log is cut in two before anything else reads it. The importer sees the inputs; what it makes of them is brought up and worded
// as the kernel words it; that and the answers are compared.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/syntax.h"
#include "input/built_in.h"
#include "input/kernel_match.h"
#include "input/library.h"
#include "input/log_board.h"
#include "input/plain_file.h"
#include "report/paint.h"
#include "report/report.h"
#include "report/verify.h"

namespace zonecalc::cli {

namespace {

enum class VerifyFormat { text, json, tap, junit };

struct VerifyOptions {
    std::vector<std::string> logs;      // boot logs, "-", or directories with dmesg.txt and companions
    std::optional<std::string> config;  // the kernel's .config, for all of them
    std::optional<std::string> kernel;  // profile, instead of what the log names
    std::optional<std::string> proc;    // directory with zoneinfo, buddyinfo, pagetypeinfo, slabinfo
    VerifyFormat format = VerifyFormat::text;
    bool strict = false;
    std::optional<std::string> output;
    Color color = Color::automatic;
};

namespace fs = std::filesystem;

bool is_directory(const std::string& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

// The first of `names` that `folder` has.
std::optional<std::string> file_in(const std::string& folder, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        std::error_code error;
        const fs::path path = fs::path(folder) / name;
        if (fs::exists(path, error) && !fs::is_directory(path, error)) return path.string();
    }
    return std::nullopt;
}

struct Imported {
    SplitLog split;
    LogBoard made;
    bool given = false;  // the memory map is made of "Early memory node ranges"
};

bool made_of_node_ranges(const Imported& in) {
    const auto any = [&in](const auto& list) {
        return std::any_of(list.begin(), list.end(), [&in](const auto& r) {
            const std::vector<u32>& lines = in.split.boot_at(r.position.line).node_range_lines;
            return std::binary_search(lines.begin(), lines.end(), r.position.line);
        });
    };
    return any(in.made.board.memory) || any(in.made.board.e820);
}

// "Early memory node ranges" are kept from the importer, unless the log has no other map.
Imported import_inputs(const Source& log, const KernelConfig* config) {
    Imported in;
    in.split = split_log(log.text, true);
    in.made = board_from_log({log.name, in.split.inputs}, config);
    in.given = made_of_node_ranges(in);
    if (in.given) return in;
    in.split = split_log(log.text);
    in.made = board_from_log({log.name, in.split.inputs}, config);
    return in;
}

Kernel choose_kernel(const VerifyOptions& options, LogBoard& made, const Answers& answers, const KernelConfig* config) {
    const Board& board = made.board;
    if (options.kernel) {
        Kernel kernel = load_kernel(*options.kernel);
        if (kernel.arch != board.arch)
            throw InputError(fmt::format("{}: the log is of {}, but kernel {} is {}", board.file, to_string(board.arch),
                                         kernel.profile, to_string(kernel.arch)));
        return kernel;
    }
    const KernelMatch match = match_kernel(
        {made.release, made.version, board.arch, made.smp, made.pae, made.config_nr_cpus, made.page_offset, made.cma}, config);
    made.assumed.insert(made.assumed.end(), match.assumed.begin(), match.assumed.end());
    if (match.profile.empty())
        throw InputError(fmt::format("{}: no kernel profile is near {}; name one with --kernel", board.file, made.release));
    Kernel kernel = load_kernel(match);
    const bool very_build = kernel.confirmation == Confirmation::recorded && kernel.release == made.release && !match.own;
    if (!very_build && !config) {
        const std::vector<std::string> changed = take_built_in(kernel, answers);
        made.assumed.insert(made.assumed.end(), changed.begin(), changed.end());
    }
    return kernel;
}

// A line of the log that belongs to the boot that was imported.
u32 line_of_boot(const Board& board) {
    if (!board.e820.empty()) return board.e820.front().position.line;
    return board.memory.empty() ? 0 : board.memory.front().position.line;
}

// Adds a group for each file that the directory has; false where it has none.
bool compare_proc(const std::string& folder, const Kernel& kernel, const Layout& layout, LogResult& result) {
    const auto text = [&](const char* name) -> std::optional<Source> {
        const auto file = file_in(folder, {(std::string(name) + ".txt").c_str(), name});
        return file ? std::optional(read_source(*file)) : std::nullopt;
    };
    const std::size_t before = result.groups.size();
    if (const auto file = text("zoneinfo"))
        for (GroupResult& g : compare_zoneinfo(parse_zoneinfo(*file), layout))
            if (g.verdict != Verdict::absent) result.groups.push_back(std::move(g));
    if (const auto file = text("buddyinfo")) result.groups.push_back(compare_buddyinfo(parse_buddyinfo(*file), kernel, layout));
    if (const auto file = text("pagetypeinfo"))
        result.groups.push_back(compare_pagetypeinfo(parse_pagetypeinfo(*file), kernel, layout));
    if (const auto file = text("slabinfo")) result.groups.push_back(compare_slabinfo(parse_slabinfo(*file), layout));
    return result.groups.size() != before;
}

LogResult verify_log(const std::string& name, const VerifyOptions& options, const KernelConfig* config) {
    std::string path = name;
    std::optional<std::string> proc = options.proc;
    std::optional<KernelConfig> own_config;
    if (is_directory(name)) {
        const auto file = file_in(name, {"dmesg.txt", "dmesg.log", "dmesg"});
        if (!file) throw InputError(fmt::format("{}: this directory has no dmesg.txt", name));
        path = *file;
        if (!proc) proc = name;
        if (const auto c = file_in(name, {"config.txt", "config"}); c && !config)
            config = &own_config.emplace(parse_kernel_config(read_source(*c)));
    }
    Imported in = import_inputs(plain(read_source(path)), config);
    const Board& board = in.made.board;
    const Answers& answers = in.split.boot_at(line_of_boot(board)).answers;
    const Kernel kernel = choose_kernel(options, in.made, answers, config);
    const Layout layout = bring_up(board, kernel, parse_cmdline(board.cmdline, kernel));

    LogResult result;
    result.log = name;
    result.board = board.name;
    result.release = in.made.release;
    result.kernel = kernel.profile;
    result.assumed = in.made.assumed;
    if (answers.zonelists_rebuilt)
        result.assumed.emplace_back(
            "zonelists were built once more when start-up was over: memory was added then, and is not part of the prediction");
    // What the model has to assume is told of only where it is refused.
    if (options.strict)
        for (const Note& n : layout.notes)
            if (n.kind == Note::Kind::assumption) result.assumed.push_back(fmt::format("{} [{}]", n.text, n.id));
    const Answers predicted = answers_of(report_dmesg(kernel, layout, Until::slub));
    result.groups = compare_answers(answers, predicted, in.given);
    if (proc) {
        const bool any = compare_proc(*proc, kernel, layout, result);
        if (!any && options.proc)
            throw InputError(fmt::format("{}: this directory has none of zoneinfo, buddyinfo, pagetypeinfo and slabinfo", *proc));
    }
    if (result.count(Verdict::absent) + result.count(Verdict::not_computed) == result.groups.size())
        throw InputError({{Severity::error,
                           path,
                           {},
                           "this log has none of the lines that could be compared: it says nothing about zones",
                           {}}});
    add_remarks(result);
    return result;
}

std::string report(const VerifyOptions& options, const std::vector<LogResult>& results) {
    switch (options.format) {
        case VerifyFormat::json:
            return verify_json(results);
        case VerifyFormat::tap:
            return report_tap(verify_suites(results));
        case VerifyFormat::junit:
            return report_junit("zonecalc verify", verify_suites(results));
        case VerifyFormat::text:
            break;
    }
    return use_color(options.color, options.output) ? painted(verify_text(results)) : verify_text(results);
}

int verify(const VerifyOptions& options) {
    if (options.proc && options.logs.size() != 1) throw UsageError("--proc belongs to one boot: give one log");
    std::optional<KernelConfig> config;
    if (options.config) config = parse_kernel_config(read_source(*options.config));

    std::vector<LogResult> results;
    bool unusable = false, differs = false;
    for (const std::string& log : options.logs) {
        try {
            results.push_back(verify_log(log, options, config ? &*config : nullptr));
            differs |= results.back().count(Verdict::differs) != 0;
        } catch (const InputError& e) {
            // Of several logs the others still count.
            if (options.logs.size() == 1) throw;
            complain(e);
            LogResult r;
            r.log = log;
            r.unusable = e.diagnostics().empty() ? e.what() : e.diagnostics().front().message;
            results.push_back(std::move(r));
            unusable = true;
        }
    }
    std::vector<std::string> assumed;
    for (const LogResult& r : results) assumed.insert(assumed.end(), r.assumed.begin(), r.assumed.end());
    if (options.strict && !unusable && complain_of_assumptions(assumed)) return exit_assumed;
    write_result(report(options, results), options.output);
    return unusable ? exit_unusable : differs ? exit_differs : exit_ok;
}

}  // namespace

Action verify_command(Syntax& syntax) {
    const auto options = std::make_shared<VerifyOptions>();
    syntax.arguments("LOG", options->logs);
    syntax.group("Input");
    syntax.option("--config", "FILE", options->config, "the kernel's .config");
    syntax.option("--kernel", "NAME|FILE", options->kernel, "profile; default: by the log's release");
    syntax.option("--proc", "DIR", options->proc, "compare zoneinfo, buddyinfo, … of DIR too");
    add_strict(syntax, options->strict);
    syntax.group("Output");
    syntax.choice<VerifyFormat>(
        "--format", options->format,
        {{"text", VerifyFormat::text}, {"json", VerifyFormat::json}, {"tap", VerifyFormat::tap}, {"junit", VerifyFormat::junit}},
        "for people or for programs");
    add_output(syntax, options->output);
    add_color(syntax, options->color);
    syntax.footer(
        "Exit status: 0 equal, 1 something differs, 2 a log is unusable.\nExample: dmesg | zonecalc verify - --proc /proc");
    return [options] { return verify(*options); };
}

}  // namespace zonecalc::cli
