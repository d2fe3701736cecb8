# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# Completion scripts: what bash makes of ours, and whether zsh and fish can read theirs.
. "${0%/*}/common.sh"

for shell in bash zsh fish; do
    zc completions $shell
    succeeds
    cp "$tmp/out" "$tmp/$shell"
    zc completions $shell -o "$tmp/file"
    succeeds
    cmp -s "$tmp/file" "$tmp/$shell" || fail 'the file'
done
# Every command, and every option of its help, is in each of them.
for command in $("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    for name in $("$program" "$command" --help | sed '/^Example:/d' | grep -o -e '--[a-z][a-z-]*' | sort -u); do
        what="completions: $command $name"
        sed -n "/ $command:-\*)/p" "$tmp/bash" | grep -qF -e " $name" -e "'$name" || fail 'not in that for bash'
        sed -n "/^ *$command)/,/;;/p" "$tmp/zsh" | grep -qF -e "$name" || fail 'not in that for zsh'
        grep "from $command'" "$tmp/fish" | grep -q -e "-l ${name#--} " || fail 'not in that for fish'
    done
done

what='zsh'
if command -v zsh >/dev/null; then zsh -n "$tmp/zsh" 2>"$tmp/err" || fail 'syntax'; fi
what='fish'
if command -v fish >/dev/null; then fish --no-execute "$tmp/fish" 2>"$tmp/err" || fail 'syntax'; fi
command -v bash >/dev/null || finish

# offers WORD…: the last word is completed; what is offered goes to the output, a line each
cat >"$tmp/offer.sh" <<'END'
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_zonecalc "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
END
offers() {
    what="completing: $*"
    bash "$tmp/offer.sh" "$tmp/bash" "$program" "$@" >"$tmp/out" 2>"$tmp/err" || fail "status $?"
    no_err
}
# is_offered WORDS: exactly these
is_offered() {
    # shellcheck disable=SC2086
    printf '%s\n' $1 >"$tmp/expected"
    cmp -s "$tmp/expected" "$tmp/out" || fail "offered: $(tr '\n' ' ' <"$tmp/out")"
}

offers 'com'
is_offered 'compare completions'
offers ''
out_has run
out_has kernels
out_has --version
offers run --f
is_offered --format
offers run --format ''
is_offered 'text dmesg json zones buddyinfo pagetypeinfo slabinfo'
offers run --format = d
is_offered dmesg
offers run --format =
is_offered 'text dmesg json zones buddyinfo pagetypeinfo slabinfo'
offers run board.toml --color a
is_offered 'auto always'
offers run --until b
is_offered buddy
offers completions ''
is_offered 'bash zsh fish'
offers run samsung-s
is_offered samsung-smdk5420
offers run x --kernel 6.1-arm64
out_has 6.1-arm64
offers run --kernel = 3.13-
is_offered 3.13-arm-exynos5420
offers run --cmdline ''
is_offered ''
mkdir "$tmp/dir" "$tmp/dir/folder"
cd "$tmp/dir" || exit 99
touch 'samsung mine.toml'
offers run samsung
printf 'samsung-smdk5420\nsamsung mine.toml\n' >"$tmp/expected"
cmp -s "$tmp/expected" "$tmp/out" || fail 'boards and files'
offers run x -o sam
printf 'samsung mine.toml\n' >"$tmp/expected"
cmp -s "$tmp/expected" "$tmp/out" || fail 'files'
offers verify log --proc ''
is_offered folder

finish
