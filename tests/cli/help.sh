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

# Every long option stands in the manual as a tagged item: .It Fl -name or .It Fl x , Fl -name
documented() {
    for name in $(grep -o -e '--[a-z][a-z-]*' "$tmp/out" | sort -u); do
        grep -q "^\.It Fl \(. , Fl \)\?-${name#--}\( \|$\)" "$manual" || fail "$name is not in the manual"
    done
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
    sed -i '/^Example:/d' "$tmp/out"
    documented
done

# And the other way round: what the manual tags, some help names.
{ "$program" --help; for command in $commands; do "$program" "$command" --help; done; } >"$tmp/all"
for name in $(sed -n 's/^\.It Fl \(. , Fl \)\{0,1\}-\([a-z-]*\).*/\2/p' "$manual" | sort -u); do
    what='the manual'
    grep -qF -e "--$name" "$tmp/all" || fail "--$name is in no help"
done

# Every key of a board file stands in its manual.
for key in $(grep -oE '(table|inner|memmap|memattr)\.(size|string|boolean|integer|integers|strings|tables|table|word|words|find)\("[a-z_0-9]+"' \
    "$source_dir/src/input/board_toml.cc" | sed 's/.*"\(.*\)"/\1/' | sort -u); do
    grep -qw "$key" "$source_dir/man/zonecalc-board.5" || fail "the key $key is not in zonecalc-board.5"
done

if command -v mandoc >/dev/null; then
    what='mandoc'
    mandoc -T lint -W warning "$source_dir"/man/*.[15] >"$tmp/out" 2>"$tmp/err" || fail 'lint'
fi

finish
