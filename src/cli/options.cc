// SPDX-License-Identifier: MIT
// Command-line syntax. The only file that includes CLI11; its exit codes and messages do not leave it.
#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "input/source.h"

namespace zonecalc::cli {

namespace {

bool takes_value(const CLI::Option* option) {
    return option->get_items_expected_max() != 0;
}

// Help that fits on a screen of 80 columns and 24 lines: one line for each option, its value beside the name.
class HelpFormatter : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
        std::string title = app->get_description();
        if (!title.empty() && title.front() >= 'a' && title.front() <= 'z')
            title.front() = static_cast<char>(title.front() - 'a' + 'A');

        std::vector<Section> sections;
        for (const std::string& group : app->get_groups()) {
            Section section{group, {}};
            for (const CLI::Option* option : app->get_options([&](const CLI::Option* o) { return o->get_group() == group; }))
                if (!option->get_positional()) section.entries.emplace_back(option_name(option), option->get_description());
            if (!section.entries.empty()) sections.push_back(std::move(section));
        }
        Section commands{"Commands", {}};
        for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; }))
            commands.entries.emplace_back(command->get_name(), first_line(command->get_description()));
        if (!commands.entries.empty()) sections.push_back(std::move(commands));

        std::size_t width = 0;
        for (const Section& section : sections)
            for (const auto& [name, description] : section.entries) width = std::max(width, name.size());
        std::string out = title + "\n\nUsage: " + usage(app) + "\n";
        for (const Section& section : sections) {
            out += fmt::format("\n{}:\n", section.title);
            for (const auto& [name, description] : section.entries) out += fmt::format("  {:<{}}  {}\n", name, width, description);
        }
        if (const std::string footer = app->get_footer(); !footer.empty()) out += "\n" + footer + "\n";
        return out;
    }

private:
    struct Section {
        std::string title;
        std::vector<std::pair<std::string, std::string>> entries;
    };

    static std::string usage(const CLI::App* app) {
        if (app->get_parent() == nullptr) return "zonecalc COMMAND [OPTION]...";
        std::string out = "zonecalc " + app->get_name();
        for (const CLI::Option* option : app->get_options([](const CLI::Option* o) { return o->get_positional(); }))
            out += " " + option->get_name(true);
        return out + " [OPTION]...";
    }
    static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }
    static std::string option_name(const CLI::Option* option) {
        std::string out = option->get_snames().empty() ? "    " : "-" + option->get_snames().front() + ", ";
        out += "--" + option->get_lnames().front();
        if (takes_value(option)) out += " " + option->get_type_name();
        return out;
    }
};

template <typename T>
std::vector<std::pair<std::string, T>> choices(std::initializer_list<std::pair<std::string, T>> list) {
    return list;
}

// One of a few words. CLI11's own check words its complaint less clearly.
template <typename T, typename Value>
void add_choice(CLI::App* app, const std::string& names, Value& value, std::vector<std::pair<std::string, T>> words,
                const std::string& description, const std::string& group) {
    std::string type;
    for (const auto& [word, unused] : words) type += (type.empty() ? "" : "|") + word;
    // A longer list would push the descriptions off the screen.
    std::string list_of_all;
    if (type.size() > 20) std::swap(type, list_of_all);
    if (type.empty()) type = "STAGE";
    app->add_option_function<std::string>(
           names,
           [&value, words = std::move(words), names](const std::string& text) {
               std::vector<std::string_view> candidates;
               std::string list;
               for (const auto& [word, meaning] : words) {
                   if (word == text) {
                       value = meaning;
                       return;
                   }
                   candidates.push_back(word);
                   list += (list.empty() ? "" : ", ") + word;
               }
               std::string message = fmt::format("{}: '{}' is none of {}", names, text, list);
               if (const std::string_view close = closest_match(text, candidates); !close.empty())
                   message += fmt::format(" (did you mean '{}'?)", close);
               throw UsageError(message);
           },
           list_of_all.empty() ? description : description + ": " + list_of_all)
        ->type_name(type)
        ->group(group);
}

// Everything that can be said on the command line.
class Parser {
public:
    Parser() : app_("Computes what Linux makes of a memory map: nodes, zones, movable memory.") {
        app_.name("zonecalc");
        app_.formatter(std::make_shared<HelpFormatter>());
        app_.set_help_flag("-h,--help", "show this help, or that of COMMAND");
        app_.set_version_flag("-V,--version", fmt::format("zonecalc {}", zonecalc::version()), "show the version");
        app_.footer(
            "'zonecalc COMMAND --help' tells the options of a command.\n"
            "Exit status: 0 done, 1 differs, 2 unusable input or usage, 3 assumed (--strict).\n"
            "Manual: man zonecalc; format of boards: man zonecalc-board.");
        app_.require_subcommand(0, 1);
        add_run();
        add_alloc();
        add_slab();
        add_import();
        add_verify();
        boards_ = add_command("boards", "list the boards that are shipped");
        add_kernels();
    }

    CommandLine parse(int argc, const char* const* argv) {
        check_command(argc, argv);
        try {
            std::vector<std::string> words = split_empty_values(argc, argv);
            std::reverse(words.begin(), words.end());  // as CLI11 wants them
            app_.parse(std::move(words));
        } catch (const CLI::CallForHelp&) {
            return print(used()->help());
        } catch (const CLI::CallForVersion& version) {
            return print(std::string(version.what()) + "\n");
        } catch (const CLI::ExtrasError&) {
            throw UsageError(unexpected());
        } catch (const CLI::ArgumentMismatch& e) {
            throw UsageError(mismatch(e.what()) + hint());
        } catch (const CLI::ParseError& e) {
            throw UsageError(e.what() + hint());
        }
        if (*run_) return take(CommandLine::Command::run);
        if (*alloc_) return take(CommandLine::Command::alloc);
        if (*slab_) return take(CommandLine::Command::slab);
        if (*import_) return take(CommandLine::Command::import_board);
        if (*verify_) return take(CommandLine::Command::verify);
        if (*boards_) return take(CommandLine::Command::boards);
        if (*kernels_) return take(CommandLine::Command::kernels);
        throw UsageError("no command given; 'zonecalc --help' lists them");
    }

private:
    CLI::App* add_command(const std::string& name, const std::string& description) {
        CLI::App* command = app_.add_subcommand(name, description);
        command->set_help_flag("-h,--help", "show this help");
        command->footer("");
        return command;
    }

    void add_inputs(CLI::App* command, InputOptions& o) {
        command->add_option("BOARD", o.board)->required();
        command->add_option("--kernel", o.kernel, "profile to boot; default: the board's")->type_name("NAME|FILE")->group("Input");
        command->add_option("--cmdline", o.cmdline, "command line, instead of the board's")->type_name("STR")->group("Input");
        command->add_option("--append", o.append, "add to the command line; repeatable")
            ->type_name("STR")
            ->allow_extra_args(false)
            ->group("Input");
    }

    void add_run() {
        run_ = add_command("run",
                           "compute the memory layout of a board\n\n"
                           "BOARD is a board file, the name of a shipped board, or '-' for standard input.");
        RunOptions& o = line_.run;
        add_inputs(run_, o);
        add_choice(run_, "--until", o.until,
                   choices<Until>(
                       {{"memblock", Until::memblock}, {"zones", Until::zones}, {"buddy", Until::buddy}, {"slub", Until::slub}}),
                   "where to stop", "Input");
        run_->add_flag("--strict", o.strict, "exit with 3 rather than assume a value")->disable_flag_override()->group("Input");
        add_choice(run_, "--format", o.format,
                   choices<Format>({{"text", Format::text}, {"dmesg", Format::dmesg}, {"json", Format::json}}),
                   "for people, boot log, for programs", "Output");
        run_->add_option("-o,--output", o.output, "write to FILE, as a whole or not at all")->type_name("FILE")->group("Output");
        run_->add_flag("-b,--bytes", o.bytes, "sizes in bytes, not in KiB, MiB, GiB")->disable_flag_override()->group("Output");
        add_choice(run_, "--color", o.color,
                   choices<Color>({{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}),
                   "colour the text; auto: on a terminal", "Output");
        run_->footer("Example: zonecalc run raspberrypi-4b-8gb --append kernelcore=2G");
    }

    void add_alloc() {
        alloc_ = add_command("alloc",
                             "replay page allocations on a board\n\n"
                             "Starts right after memory has been handed to the page allocator. Each request is\n"
                             "answered by a line of JSON.");
        AllocOptions& o = line_.alloc;
        add_inputs(alloc_, o);
        alloc_->add_option("--script", o.script, "requests, a JSON object a line")->type_name("FILE")->group("Input");
        alloc_->add_option("--alloc", o.requests, "a request in short; repeatable")
            ->type_name("REQUEST")
            ->allow_extra_args(false)
            ->group("Input");
        alloc_->add_option("-o,--output", o.output, "write to FILE, as a whole or not at all")->type_name("FILE")->group("Output");
        alloc_->footer("Example: zonecalc alloc qemu-q35-8g --alloc 'order=9 gfp=GFP_DMA32 count=3'");
    }

    void add_slab() {
        slab_ = add_command("slab",
                            "compute slabs for objects of given sizes\n\n"
                            "On a board, or on a kernel with so many CPUs. SIZE is in bytes.");
        SlabOptions& o = line_.slab;
        slab_->add_option("SIZE", o.sizes);
        slab_->add_option("--batch", o.batch, "a table of sizes, answered by a table")->type_name("FILE")->group("Objects");
        slab_->add_option("--align", o.align, "alignment that is asked for")->type_name("N")->group("Objects");
        slab_->add_option("--flags", o.flags, "as 'hwcache_align|ctor'")->type_name("WORDS")->group("Objects");
        slab_->add_option("--board", o.board, "board to run on")->type_name("BOARD")->group("Input");
        slab_->add_option("--kernel", o.kernel, "profile to boot; default: the board's")->type_name("NAME|FILE")->group("Input");
        slab_->add_option("--cpus", o.cpus, "possible CPUs; default: the board's")
            ->type_name("N")
            ->check(CLI::Range(1u, 65536u).description(""))
            ->group("Input");
        slab_->add_option("--cmdline", o.cmdline, "command line, instead of the board's")->type_name("STR")->group("Input");
        slab_->add_option("-o,--output", o.output, "write to FILE, as a whole or not at all")->type_name("FILE")->group("Output");
        slab_->footer("Example: zonecalc slab 192 1000 --kernel 6.1-x86_64 --cpus 8");
    }

    void add_import() {
        import_ = add_command("import",
                              "make a board of a boot log\n\n"
                              "LOG is what dmesg, journalctl -k or a serial line shows of a boot, or '-' for\n"
                              "standard input.");
        ImportOptions& o = line_.import_board;
        import_->add_option("LOG", o.files)->required()->expected(1);
        import_->add_option("--config", o.config, "the kernel's .config")->type_name("FILE")->group("Input");
        import_->add_option("-o,--output", o.output, "write to FILE, as a whole or not at all")->type_name("FILE")->group("Output");
        import_->footer("Example: dmesg | zonecalc import - -o board.toml");
    }

    void add_verify() {
        verify_ = add_command("verify",
                              "predict boots and compare with their logs\n\n"
                              "The prediction is made of the inputs that a log shows. LOG may be a directory\n"
                              "with dmesg.txt, zoneinfo.txt and the kernel's config.txt.");
        VerifyOptions& o = line_.verify;
        verify_->add_option("LOG", o.logs)->required();
        verify_->add_option("--config", o.config, "the kernel's .config")->type_name("FILE")->group("Input");
        verify_->add_option("--kernel", o.kernel, "profile; default: by the log's release")->type_name("NAME|FILE")->group("Input");
        verify_->add_option("--proc", o.proc, "compare /proc/zoneinfo too; DIR has a copy")->type_name("DIR")->group("Input");
        add_choice(verify_, "--format", o.format,
                   choices<VerifyFormat>({{"text", VerifyFormat::text},
                                          {"json", VerifyFormat::json},
                                          {"tap", VerifyFormat::tap},
                                          {"junit", VerifyFormat::junit}}),
                   "for people or for programs", "Output");
        verify_->add_option("-o,--output", o.output, "write to FILE, as a whole or not at all")->type_name("FILE")->group("Output");
        verify_->footer(
            "Exit status: 0 equal, 1 something differs, 2 a log is unusable.\nExample: dmesg | zonecalc verify - --proc /proc");
    }

    void add_kernels() {
        kernels_ = add_command("kernels", "list the kernels that are shipped");
        kernels_->add_flag("--behaviours", line_.kernels.behaviours, "list what differs between releases instead")
            ->disable_flag_override();
    }

    // CLI11 takes the next word for the value of "--name=". An empty command line is a value like any other.
    std::vector<std::string> split_empty_values(int argc, const char* const* argv) const {
        std::vector<std::string> words;
        const auto option = [&](const std::string& name) -> const CLI::Option* {
            std::vector<const CLI::App*> apps = app_.get_subcommands([](const CLI::App*) { return true; });
            apps.push_back(&app_);
            for (const CLI::App* app : apps)
                if (const CLI::Option* o = app->get_option_no_throw(name)) return takes_value(o) ? o : nullptr;
            return nullptr;
        };
        int i = 1;
        for (; i < argc; ++i) {
            std::string word = argv[i];
            if (word == "--") break;
            const bool empty_value = word.starts_with("--") && word.ends_with('=') && option(word.substr(0, word.size() - 1));
            if (empty_value) word.pop_back();
            const bool value_follows = !empty_value && word.starts_with('-') && option(word);
            words.push_back(std::move(word));
            if (empty_value) words.emplace_back();
            if (value_follows && i + 1 < argc) words.emplace_back(argv[++i]);
        }
        for (; i < argc; ++i) words.emplace_back(argv[i]);
        return words;
    }

    // CLI11 has no good word for a command that does not exist.
    void check_command(int argc, const char* const* argv) const {
        for (int i = 1; i < argc; ++i) {
            const std::string_view word = argv[i];
            if (word.starts_with('-')) continue;
            std::vector<std::string> names;
            for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; }))
                names.push_back(command->get_name());
            if (std::find(names.begin(), names.end(), word) != names.end()) return;
            throw UsageError(fmt::format("unknown command '{}'{}", word, suggestion(word, names)));
        }
    }

    static std::string suggestion(std::string_view word, const std::vector<std::string>& names) {
        const std::string_view close = closest_match(word, {names.begin(), names.end()});
        return close.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", close);
    }

    const CLI::App* used() const {
        const std::vector<CLI::App*> commands = app_.get_subcommands();
        return commands.empty() ? &app_ : commands.front();
    }
    std::string hint() const {
        return used() == &app_ ? "; see 'zonecalc --help'" : fmt::format("; see 'zonecalc {} --help'", used()->get_name());
    }
    static std::string mismatch(const std::string& complaint) {
        const std::string name = complaint.substr(0, complaint.find(':'));
        if (complaint.find("missing") != std::string::npos) return name + " needs a value";
        if (complaint.find("override") != std::string::npos)
            return "--" + complaint.substr(0, complaint.find(' ')) + " takes no value";
        if (complaint.find("received") != std::string::npos) return name + " is given more than once";
        return complaint;
    }

    std::string unexpected() const {
        std::vector<std::string> names;
        for (const CLI::Option* option : used()->get_options())
            for (const std::string& l : option->get_lnames()) names.push_back("--" + l);
        const std::vector<std::string> words = app_.remaining(true);
        for (const std::string& word : words) {
            if (!word.starts_with('-') || word == "-") continue;
            const std::string name = word.substr(0, word.find('='));
            return fmt::format("unknown option '{}'{}{}", name, suggestion(name, names), hint());
        }
        return fmt::format("unexpected argument '{}'{}", words.empty() ? "" : words.front(), hint());
    }

    CommandLine print(std::string text) const {
        CommandLine out;
        out.text = std::move(text);
        return out;
    }
    CommandLine take(CommandLine::Command command) {
        line_.command = command;
        return line_;
    }

    CLI::App app_;
    CLI::App* run_ = nullptr;
    CLI::App* alloc_ = nullptr;
    CLI::App* slab_ = nullptr;
    CLI::App* import_ = nullptr;
    CLI::App* verify_ = nullptr;
    CLI::App* boards_ = nullptr;
    CLI::App* kernels_ = nullptr;
    CommandLine line_;
};

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
    Parser parser;
    return parser.parse(argc, argv);
}

}  // namespace zonecalc::cli
