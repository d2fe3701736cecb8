// SPDX-License-Identifier: MIT
// The only file that includes CLI11; its exit codes and messages do not leave it.
#include "cli/syntax.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "input/source.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc::cli {

namespace {

bool takes_value(const CLI::Option* option) {
    return option->get_items_expected_max() != 0;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string suggestion(std::string_view word, const std::vector<std::string>& names) {
    const std::string_view close = closest_match(word, {names.begin(), names.end()});
    return close.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", close);
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
                if (!option->get_positional() && option != app->get_help_ptr() && option != app->get_version_ptr())
                    section.entries.emplace_back(option_name(option), option->get_description());
            if (!section.entries.empty()) sections.push_back(std::move(section));
        }
        if (!sections.empty()) sections.back().entries.emplace_back(option_name(app->get_help_ptr()), "show this help");
        if (is_program(app)) {
            Section& all = sections.emplace_back(Section{"Commands", {}});
            for (const Command& command : commands()) all.entries.emplace_back(command.name, first_line(command.description));
        }

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

    static bool is_program(const CLI::App* app) { return app->get_parent() == nullptr; }
    static std::string usage(const CLI::App* app) {
        if (is_program(app)) return "zonecalc COMMAND [OPTION]...\n       zonecalc --help | --version";
        std::string out = "zonecalc " + app->get_name();
        for (const CLI::Option* option : app->get_options([](const CLI::Option* o) { return o->get_positional(); }))
            out += " " + option->get_name(true);
        return out + " [OPTION]...";
    }
    static std::string option_name(const CLI::Option* option) {
        std::string out = option->get_snames().empty() ? "    " : "-" + option->get_snames().front() + ", ";
        out += "--" + option->get_lnames().front();
        if (takes_value(option)) out += " " + option->get_type_name();
        return out;
    }
};

// The syntax of one command, or of the program itself: building all of them would take a good part of a run.
class Parser {
public:
    // Null: no command is named.
    explicit Parser(const Command* command) : app_("Computes what Linux makes of a memory map: nodes, zones, movable memory.") {
        app_.name("zonecalc");
        app_.formatter(std::make_shared<HelpFormatter>());
        app_.set_help_flag("-h,--help");
        app_.set_version_flag("-V,--version", fmt::format("zonecalc {}", zonecalc::version()));
        app_.footer("More: 'zonecalc COMMAND --help', man zonecalc, man zonecalc-board.");
        if (!command) return;
        used_ = app_.add_subcommand(command->name, command->description);
        used_->set_help_flag("-h,--help", "show this help");
        used_->footer("");
        said_.name = command->name;
        said_.description = first_line(command->description);
        Syntax syntax(*used_, said_);
        action_ = command->declare(syntax);
        said_.options.push_back({"h", "help", "show the help", std::nullopt, false});
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    const CommandSyntax& said() const { return said_; }

    Action parse(int argc, const char* const* argv) {
        try {
            std::vector<std::string> words = split_empty_values(argc, argv);
            std::reverse(words.begin(), words.end());  // as CLI11 wants them
            app_.parse(std::move(words));
        } catch (const CLI::CallForHelp&) {
            return print(used_->help());
        } catch (const Shown& shown) {
            return print(shown.text);
        } catch (const CLI::CallForVersion& version) {
            return print(std::string(version.what()) + "\n");
        } catch (const CLI::ExtrasError&) {
            throw UsageError(unexpected());
        } catch (const CLI::ArgumentMismatch& e) {
            throw UsageError(mismatch(e.what()) + hint());
        } catch (const CLI::ParseError& e) {
            throw UsageError(e.what() + hint());
        }
        if (!action_) throw UsageError("no command given; 'zonecalc --help' lists them");
        return action_;
    }

private:
    // CLI11 takes the next word for the value of "--name=". An empty command line is a value like any other.
    std::vector<std::string> split_empty_values(int argc, const char* const* argv) const {
        std::vector<std::string> words;
        const auto option = [&](const std::string& name) {
            const CLI::Option* o = used_->get_option_no_throw(name);
            return o && takes_value(o);
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

    std::string hint() const {
        return used_ == &app_ ? "; see 'zonecalc --help'" : fmt::format("; see 'zonecalc {} --help'", used_->get_name());
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
        for (const CLI::Option* option : used_->get_options())
            for (const std::string& l : option->get_lnames()) names.push_back("--" + l);
        const std::vector<std::string> words = app_.remaining(true);
        for (const std::string& word : words) {
            if (!word.starts_with('-') || word == "-") continue;
            const std::string name = word.substr(0, word.find('='));
            return fmt::format("unknown option '{}'{}{}", name, suggestion(name, names), hint());
        }
        return fmt::format("unexpected argument '{}'{}", words.empty() ? "" : words.front(), hint());
    }

    static Action print(std::string text) {
        return [text = std::move(text)] {
            write_result(text, std::nullopt);
            return exit_ok;
        };
    }

    CLI::App app_;
    CLI::App* used_ = &app_;
    CommandSyntax said_;
    Action action_;
};

// The command that the words name: the first one without a dash, for no option that may stand before it takes a value.
const Command* named_command(int argc, const char* const* argv) {
    const auto word = std::find_if(argv + 1, argv + argc, [](std::string_view w) { return !w.starts_with('-'); });
    if (word == argv + argc) return nullptr;
    std::vector<std::string> names;
    for (const Command& command : commands()) {
        if (command.name == *word) return &command;
        names.push_back(command.name);
    }
    // CLI11 has no good word for a command that does not exist.
    throw UsageError(fmt::format("unknown command '{}'{}", *word, suggestion(*word, names)));
}

// CLI11's own check words its complaint less clearly.
std::size_t one_of(const std::string& name, const std::vector<std::string>& words, const std::string& text) {
    const auto found = std::find(words.begin(), words.end(), text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string message = fmt::format("{}: '{}' is none of {}", name, text, fmt::join(words, ", "));
    if (const std::string_view close = closest_match(text, {words.begin(), words.end()}); !close.empty())
        message += fmt::format(" (did you mean '{}'?)", close);
    throw UsageError(message);
}

}  // namespace

CLI::Option* Syntax::place(CLI::Option* option, bool repeatable, const std::string& type, std::vector<std::string> words) const {
    OptionSyntax said{option->get_snames().empty() ? "" : option->get_snames().front(), option->get_lnames().front(),
                      option->get_description(), std::nullopt, repeatable};
    if (!type.empty()) {
        said.value = ValueSyntax{type, std::move(words)};
        option->type_name(type);
    }
    said_.options.push_back(std::move(said));
    return option->group(group_);
}

void Syntax::argument(const std::string& name, std::string& value) {
    said_.arguments.push_back({name, {}});
    app_.add_option(name, value)->required();
}

void Syntax::argument(const std::string& name, std::string& value, const std::vector<std::string>& words) {
    said_.arguments.push_back({name, words});
    const auto set = [&value, words, name](const std::string& text) { value = words[one_of(name, words, text)]; };
    app_.add_option_function<std::string>(name, set)->required();
}

void Syntax::arguments(const std::string& name, std::vector<std::string>& values, bool required) {
    said_.arguments.push_back({name, {}});
    app_.add_option(name, values)->required(required);
}

void Syntax::option(const std::string& names, const std::string& type, std::optional<std::string>& value,
                    const std::string& description) {
    place(app_.add_option(names, value, description), false, type);
}

void Syntax::option(const std::string& names, const std::string& type, std::vector<std::string>& values,
                    const std::string& description) {
    place(app_.add_option(names, values, description), true, type)->allow_extra_args(false);
}

void Syntax::words(const std::string& names, const std::string& type, std::function<void(const std::string&)> take,
                   std::vector<std::string> some, const std::string& description) {
    const auto each = [take = std::move(take)](const std::vector<std::string>& list) {
        for (const std::string& word : list) take(word);
    };
    place(app_.add_option_function<std::vector<std::string>>(names, each, description), true, type, std::move(some))
        ->allow_extra_args(false);
}

void Syntax::option(const std::string& names, const std::string& type, std::optional<unsigned>& value, unsigned min, unsigned max,
                    const std::string& description) {
    place(app_.add_option(names, value, description), false, type)->check(CLI::Range(min, max).description(""));
}

void Syntax::flag(const std::string& names, bool& value, const std::string& description) {
    place(app_.add_flag(names, value, description))->disable_flag_override();
}

void Syntax::choice(const std::string& names, std::vector<std::string> words, std::function<void(std::size_t)> take,
                    const std::string& description) {
    // A longer list would push the descriptions off the screen.
    const std::string bars = fmt::format("{}", fmt::join(words, "|"));
    const bool is_short = bars.size() <= 16;
    const auto set = [names, words, take = std::move(take)](const std::string& text) { take(one_of(names, words, text)); };
    place(app_.add_option_function<std::string>(names, set,
                                                is_short ? description : description + (description.empty() ? "" : ": ") + bars),
          false, is_short ? bars : "WORD", words);
}

void Syntax::footer(const std::string& text) {
    app_.footer(text);
}

std::vector<CommandSyntax> described_commands() {
    std::vector<CommandSyntax> out;
    for (const Command& command : commands()) out.push_back(Parser(&command).said());
    return out;
}

Action parse_command_line(int argc, const char* const* argv) {
    return Parser(named_command(argc, argv)).parse(argc, argv);
}

}  // namespace zonecalc::cli
