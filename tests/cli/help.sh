# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# Help fits on a screen, goes to standard output, and says what the manual says.
. "${0%/*}/common.sh"

manual="$source_dir/man/zonecalc.1"
commands=$("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -ge 3 ] || fail 'commands are not listed'

# fits: 80 columns, 24 lines
fits() {
    lines=$(wc -l <"$tmp/out")
    [ "$lines" -le 24 ] || fail "$lines lines"
    awk 'length($0) > 80 { exit 1 }' "$tmp/out" || fail 'a line of more than 80 columns'
    ! grep -q ' $' "$tmp/out" || fail 'a blank at the end of a line'
}

# options_of_help: the options of a command, "-o --output" a line, without --help
options_of_help() {
    sed -n 's/^  \(-., \)\{0,1\} *\(--[a-z-]*\).*/\1\2/p' "$tmp/out" | sed 's/, / /' | grep -v -e '--help$'
}

# flags_of FILE: the options that mdoc names there, as "-o" and "--output"
flags_of() {
    tr ' ' '\n' <"$1" | awk 'flag { print "-" $0 } { flag = $0 ~ /^\.?Fl$/ }' | sort -u
}

# Every option of the help stands in the command's synopsis and in its section, and the other way round.
documented() {
    awk -v command="$1" '
        /^\.Sh/ { inside = 0; synopsis = $2 == "SYNOPSIS" }
        synopsis && /^\.Nm/ { inside = 0 }
        synopsis && $0 == ".Cm " command { inside = 1 }
        inside' "$manual" >"$tmp/synopsis"
    awk -v command="$1" '/^\.S[sh]/ { inside = $2 == "zonecalc" && $3 == command } inside' "$manual" >"$tmp/section"
    flags_of "$tmp/synopsis" >"$tmp/in-synopsis"
    flags_of "$tmp/section" >"$tmp/in-section"
    options_of_help >"$tmp/options"
    while read -r names; do
        for place in synopsis section; do
            found=
            for name in $names; do grep -qxF -e "$name" "$tmp/in-$place" && found=yes; done
            [ -n "$found" ] || fail "$names is not in the manual's $place"
        done
    done <"$tmp/options"
    # A section also speaks of other commands' options, but not in its tags.
    sed -n '/^\.It Fl/p' "$tmp/section" >"$tmp/tags"
    flags_of "$tmp/tags" | sort -u - "$tmp/in-synopsis" >"$tmp/named"
    while read -r name; do
        case $name in -h | --help) continue ;; esac
        tr ' ' '\n' <"$tmp/options" | grep -qxF -e "$name" || fail "the manual has $name, the help has not"
    done <"$tmp/named"
}

zc --help
succeeds
fits
out_has 'Usage: zonecalc COMMAND'
zc -h
out_has 'Usage: zonecalc COMMAND'
zc --version
succeeds
grep -qE '^zonecalc [0-9]+\.[0-9]+\.[0-9]+$' "$tmp/out" || fail 'version'
zc -V run
succeeds

for command in $commands; do
    grep -q "^\.Ss zonecalc $command" "$manual" || fail "$command is not in the manual"
    for flag in --help -h; do
        zc "$command" $flag
        succeeds
        fits
        out_has "Usage: zonecalc $command"
    done
    documented "$command"
done

# What the manual has a section for, is a command.
what='the manual'
for command in $(sed -n 's/^\.Ss zonecalc \([a-z]*\).*/\1/p' "$manual"); do
    echo "$commands" | grep -qx "$command" || fail "$command is no command"
done

# Every key of a board file stands in its manual.
for key in $(grep -oE '(table|inner|memmap|memattr)\.(size|string|boolean|integer|integers|strings|tables|table|word|words|find)\("[a-z_0-9]+"' \
    "$source_dir/src/input/board_toml.cc" | sed 's/.*"\(.*\)"/\1/' | sort -u); do
    grep -qw "$key" "$source_dir/man/zonecalc-board.5" || fail "the key $key is not in zonecalc-board.5"
done

# So does every key of a kernel profile, and the manual's example is one.
for key in $(tr -s ' \n' ' ' <"$source_dir/src/input/kernel_toml.cc" |
    grep -oE '((table|kernel|file)\.[a-z]+\(|read_lines<[A-Za-z]+>\( ?table, )"[a-z_]+"' | sed 's/.*"\(.*\)"/\1/' | sort -u); do
    grep -qw "$key" "$source_dir/man/zonecalc-kernel.5" || fail "the key $key is not in zonecalc-kernel.5"
done
sed -n '/^\.Bd -literal/,/^\.Ed/p' "$source_dir/man/zonecalc-kernel.5" | grep -v '^\.' >"$tmp/mine.toml"
zc run qemu-virt-arm64 --kernel "$tmp/mine.toml" --format json
succeeds
out_has '"what": "tracer_alloc_buffers"'
out_has '"what": "slab mine"'
out_has '{"cache": "mine", "slabs": 1}'

if command -v mandoc >/dev/null; then
    what='mandoc'
    mandoc -T lint -W warning "$source_dir"/man/*.[15] >"$tmp/out" 2>"$tmp/err" || fail 'lint'
fi

finish
