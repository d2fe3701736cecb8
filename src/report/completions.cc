// SPDX-License-Identifier: MIT
// One script for each shell: commands, their options, and what can stand as a value. Names of boards and kernels are asked of the
// program when somebody completes one, since they depend on its data directory.
#include "report/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace zonecalc {

namespace {

enum class Kind { none, words, boards, kernels, files, directories };

Kind kind_of(const ValueSyntax& value) {
    if (!value.words.empty()) return Kind::words;
    if (value.type == "BOARD") return Kind::boards;
    if (value.type == "NAME|FILE") return Kind::kernels;
    if (value.type == "FILE" || value.type == "LOG") return Kind::files;
    if (value.type == "DIR") return Kind::directories;
    return Kind::none;
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (text.substr(at).starts_with(what)) {
            out += by;
            at += what.size();
        } else {
            out += text[at++];
        }
    }
    return out;
}

// A word of sh, bash and zsh.
std::string quoted(std::string_view text) {
    return "'" + replaced(text, "'", "'\\''") + "'";
}

std::string fish_quoted(std::string_view text) {
    return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

// A text within a specification of _arguments or _describe.
std::string zsh_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::vector<std::string> names_of(const OptionSyntax& option) {
    std::vector<std::string> names;
    if (!option.short_name.empty()) names.push_back("-" + option.short_name);
    names.push_back("--" + option.long_name);
    return names;
}

std::string bash_offer(const ValueSyntax& value) {
    switch (kind_of(value)) {
        case Kind::words:
            return fmt::format("_zonecalc_words {}", quoted(fmt::format("{}", fmt::join(value.words, " "))));
        case Kind::boards:
            return "_zonecalc_shipped boards; _zonecalc_files -f";
        case Kind::kernels:
            return "_zonecalc_shipped kernels; _zonecalc_files -f";
        case Kind::files:
            return "_zonecalc_files -f";
        case Kind::directories:
            return "_zonecalc_files -d";
        case Kind::none:
            break;
    }
    return ":";
}

constexpr std::string_view bash_head = R"sh(# bash completion for zonecalc

_zonecalc_words() {
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$word")
}

_zonecalc_shipped() {
    _zonecalc_words "$("$program" "$1" --noheadings --raw --columns NAME 2>/dev/null)"
}

_zonecalc_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$1" -- "$word")
}

_zonecalc() {
    local program=$1 word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i
    COMPREPLY=()
    # bash takes --name=value for three words.
    if [[ $word == '=' ]]; then
        word=''
    elif [[ $before == '=' && COMP_CWORD -ge 2 ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} != -* ]]; then
            command=${COMP_WORDS[i]}
            break
        fi
    done
    case $command:$before in
)sh";

std::string zsh_action(const ValueSyntax& value) {
    switch (kind_of(value)) {
        case Kind::words:
            return fmt::format("({})", fmt::join(value.words, " "));
        case Kind::boards:
            return "_zonecalc_boards";
        case Kind::kernels:
            return "_zonecalc_kernels";
        case Kind::files:
            return "_files";
        case Kind::directories:
            return "_files -/";
        case Kind::none:
            break;
    }
    return " ";
}

std::string zsh_option(const OptionSyntax& option) {
    const std::string rest =
        fmt::format("[{}]", zsh_text(option.description)) +
        (option.value ? fmt::format(":{}:{}", zsh_text(option.value->type), zsh_action(*option.value)) : std::string());
    const std::string long_name = "--" + option.long_name + (option.value ? "=" : "");
    if (option.short_name.empty()) return quoted((option.repeatable ? "*" : "") + long_name + rest);
    const std::string excludes = option.repeatable ? "*" : fmt::format("(-{} --{})", option.short_name, option.long_name);
    return fmt::format("{}{{-{},{}}}{}", quoted(excludes), option.short_name, long_name, quoted(rest));
}

constexpr std::string_view zsh_head = R"sh(#compdef zonecalc

_zonecalc_shipped() {
    local -a names
    names=(${(f)"$(_call_program $1 zonecalc $1 --noheadings --raw --columns NAME 2>/dev/null)"})
    _alternative "$1:$1:compadd -a names" 'files:file:_files'
}
_zonecalc_boards() { _zonecalc_shipped boards }
_zonecalc_kernels() { _zonecalc_shipped kernels }

_zonecalc() {
    local context state state_descr line
    local -a commands
    typeset -A opt_args
    commands=(
)sh";

std::string fish_offer(const ValueSyntax& value) {
    switch (kind_of(value)) {
        case Kind::words:
            return fmt::format(" -x -a {}", fish_quoted(fmt::format("{}", fmt::join(value.words, " "))));
        case Kind::boards:
            return " -r -F -a '(zonecalc boards --noheadings --raw --columns NAME 2>/dev/null)'";
        case Kind::kernels:
            return " -r -F -a '(zonecalc kernels --noheadings --raw --columns NAME 2>/dev/null)'";
        case Kind::files:
            return " -r -F";
        case Kind::directories:
            return " -x -a '(__fish_complete_directories)'";
        case Kind::none:
            break;
    }
    return " -x";
}

// The same of a word that stands by itself.
std::string fish_argument(const ValueSyntax& value) {
    const std::string offer = fish_offer(value);
    return offer.substr(offer.starts_with(" -x") || offer.starts_with(" -r") ? 3 : 0);
}

}  // namespace

std::string bash_completions(std::span<const CommandSyntax> commands) {
    std::string out(bash_head);
    for (const CommandSyntax& c : commands)
        for (const OptionSyntax& o : c.options) {
            if (!o.value) continue;
            std::vector<std::string> patterns;
            for (const std::string& name : names_of(o)) patterns.push_back(c.name + ":" + name);
            out += fmt::format("        {}) {}; return ;;\n", fmt::join(patterns, " | "), bash_offer(*o.value));
        }
    std::vector<std::string> names;
    for (const CommandSyntax& c : commands) names.push_back(c.name);
    out += fmt::format("    esac\n    case $command:$word in\n        :*) _zonecalc_words '{} --help --version' ;;\n",
                       fmt::join(names, " "));
    for (const CommandSyntax& c : commands) {
        std::vector<std::string> options;
        for (const OptionSyntax& o : c.options)
            for (std::string& name : names_of(o)) options.push_back(std::move(name));
        out += fmt::format("        {}:-*) _zonecalc_words '{}' ;;\n", c.name, fmt::join(options, " "));
        if (!c.arguments.empty()) out += fmt::format("        {}:*) {} ;;\n", c.name, bash_offer(c.arguments.back()));
    }
    return out + "    esac\n}\n\ncomplete -F _zonecalc zonecalc\n";
}

std::string zsh_completions(std::span<const CommandSyntax> commands) {
    std::string out(zsh_head);
    for (const CommandSyntax& c : commands)
        out += fmt::format("        {}\n", quoted(zsh_text(c.name) + ":" + zsh_text(c.description)));
    out +=
        "    )\n"
        "    _arguments -C '(-)'{-h,--help}'[show the help]' '(-)'{-V,--version}'[show the version]' \\\n"
        "        '1:command:->command' '*::argument:->argument'\n"
        "    case $state in\n"
        "        command) _describe command commands ;;\n"
        "        argument)\n"
        "            case $line[1] in\n";
    for (const CommandSyntax& c : commands) {
        out += fmt::format("                {})\n                    _arguments -s", c.name);
        for (const OptionSyntax& o : c.options) out += " \\\n                        " + zsh_option(o);
        for (const ValueSyntax& v : c.arguments)
            out += " \\\n                        " +
                   quoted(fmt::format("{}:{}:{}", &v == &c.arguments.back() ? "*" : "", zsh_text(v.type), zsh_action(v)));
        out += " ;;\n";
    }
    return out +
           "            esac ;;\n"
           "    esac\n"
           "}\n\n"
           "if [[ $funcstack[1] == _zonecalc ]]; then\n"
           "    _zonecalc \"$@\"\n"
           "else\n"
           "    compdef _zonecalc zonecalc\n"
           "fi\n";
}

std::string fish_completions(std::span<const CommandSyntax> commands) {
    std::string out =
        "# fish completion for zonecalc\n"
        "complete -c zonecalc -f\n"
        "complete -c zonecalc -n __fish_use_subcommand -s h -l help -d 'show the help'\n"
        "complete -c zonecalc -n __fish_use_subcommand -s V -l version -d 'show the version'\n";
    for (const CommandSyntax& c : commands)
        out += fmt::format("complete -c zonecalc -n __fish_use_subcommand -a {} -d {}\n", c.name, fish_quoted(c.description));
    for (const CommandSyntax& c : commands) {
        const std::string start = fmt::format("complete -c zonecalc -n '__fish_seen_subcommand_from {}'", c.name);
        if (!c.arguments.empty() && kind_of(c.arguments.back()) != Kind::none)
            out += start + fish_argument(c.arguments.back()) + "\n";
        for (const OptionSyntax& o : c.options)
            out += fmt::format("{}{} -l {}{} -d {}\n", start, o.short_name.empty() ? "" : " -s " + o.short_name, o.long_name,
                               o.value ? fish_offer(*o.value) : "", fish_quoted(o.description));
    }
    return out;
}

}  // namespace zonecalc
