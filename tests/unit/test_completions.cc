// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "report/completions.h"

using namespace zonecalc;

namespace {

std::vector<CommandSyntax> commands() {
    return {{"draw",
             "draw: it's a [picture]",
             {{"o", "output", "write to FILE", ValueSyntax{"FILE", {}}, false},
              {"", "kernel", "profile", ValueSyntax{"NAME|FILE", {}}, true},
              {"", "color", "how", ValueSyntax{"WORD", {"auto", "never"}}, false},
              {"", "text", "words", ValueSyntax{"STR", {}}, false},
              {"q", "quiet", "say little", std::nullopt, false}},
             {{"BOARD", {}}}},
            {"list", "list", {{"", "proc", "where", ValueSyntax{"DIR", {}}, false}}, {}}};
}

std::string from(const std::string& text, const std::string& begin) {
    const std::size_t at = text.find(begin);
    return at == std::string::npos ? "not found" : text.substr(at);
}

}  // namespace

TEST_CASE("completions: bash") {
    CHECK(from(bash_completions(commands()), "    case $command:$before in\n") == R"sh(    case $command:$before in
        draw:-o | draw:--output) _zonecalc_files -f; return ;;
        draw:--kernel) _zonecalc_shipped kernels; _zonecalc_files -f; return ;;
        draw:--color) _zonecalc_words 'auto never'; return ;;
        draw:--text) :; return ;;
        list:--proc) _zonecalc_files -d; return ;;
    esac
    case $command:$word in
        :*) _zonecalc_words 'draw list --help --version' ;;
        draw:-*) _zonecalc_words '-o --output --kernel --color --text -q --quiet' ;;
        draw:*) _zonecalc_shipped boards; _zonecalc_files -f ;;
        list:-*) _zonecalc_words '--proc' ;;
    esac
}

complete -F _zonecalc zonecalc
)sh");
}

TEST_CASE("completions: zsh") {
    CHECK(from(zsh_completions(commands()), "    commands=(\n") == R"sh(    commands=(
        'draw:draw\: it'\''s a \[picture\]'
        'list:list'
    )
    _arguments -C '(-)'{-h,--help}'[show the help]' '(-)'{-V,--version}'[show the version]' \
        '1:command:->command' '*::argument:->argument'
    case $state in
        command) _describe command commands ;;
        argument)
            case $line[1] in
                draw)
                    _arguments -s \
                        '(-o --output)'{-o,--output=}'[write to FILE]:FILE:_files' \
                        '*--kernel=[profile]:NAME|FILE:_zonecalc_kernels' \
                        '--color=[how]:WORD:(auto never)' \
                        '--text=[words]:STR: ' \
                        '(-q --quiet)'{-q,--quiet}'[say little]' \
                        '*:BOARD:_zonecalc_boards' ;;
                list)
                    _arguments -s \
                        '--proc=[where]:DIR:_files -/' ;;
            esac ;;
    esac
}

if [[ $funcstack[1] == _zonecalc ]]; then
    _zonecalc "$@"
else
    compdef _zonecalc zonecalc
fi
)sh");
}

TEST_CASE("completions: fish") {
    CHECK(fish_completions(commands()) == R"sh(# fish completion for zonecalc
complete -c zonecalc -f
complete -c zonecalc -n __fish_use_subcommand -s h -l help -d 'show the help'
complete -c zonecalc -n __fish_use_subcommand -s V -l version -d 'show the version'
complete -c zonecalc -n __fish_use_subcommand -a draw -d 'draw: it\'s a [picture]'
complete -c zonecalc -n __fish_use_subcommand -a list -d 'list'
complete -c zonecalc -n '__fish_seen_subcommand_from draw' -F -a '(zonecalc boards --noheadings --raw --columns NAME 2>/dev/null)'
complete -c zonecalc -n '__fish_seen_subcommand_from draw' -s o -l output -r -F -d 'write to FILE'
complete -c zonecalc -n '__fish_seen_subcommand_from draw' -l kernel -r -F -a '(zonecalc kernels --noheadings --raw --columns NAME 2>/dev/null)' -d 'profile'
complete -c zonecalc -n '__fish_seen_subcommand_from draw' -l color -x -a 'auto never' -d 'how'
complete -c zonecalc -n '__fish_seen_subcommand_from draw' -l text -x -d 'words'
complete -c zonecalc -n '__fish_seen_subcommand_from draw' -s q -l quiet -d 'say little'
complete -c zonecalc -n '__fish_seen_subcommand_from list' -l proc -x -a '(__fish_complete_directories)' -d 'where'
)sh");
}
