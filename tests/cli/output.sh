# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# Where results go, and what happens when they cannot.
. "${0%/*}/common.sh"

board=$tmp/board.toml

# To a file: as a whole or not at all, nothing beside it, nothing on standard output.
zc run "$board" --format json
succeeds
cp "$tmp/out" "$tmp/expected"
mkdir "$tmp/dir"
zc run "$board" --format json -o "$tmp/dir/result"
succeeds
no_out
cmp -s "$tmp/expected" "$tmp/dir/result" || fail 'the file is not what standard output gets'
[ "$(ls "$tmp/dir")" = result ] || fail 'something is left behind'
zc run "$board" --format json -o -
succeeds
cmp -s "$tmp/expected" "$tmp/out" || fail '-o - is not standard output'

# A file that exists is replaced, keeps its mode, and survives an error; a link stays a link.
echo old >"$tmp/dir/result"
chmod 640 "$tmp/dir/result"
ln -s result "$tmp/dir/link"
zc run "$tmp/missing.toml" -o "$tmp/dir/result"
refused 2 'missing.toml'
[ "$(cat "$tmp/dir/result")" = old ] || fail 'an error touched the file'
zc run "$board" --format json --output "$tmp/dir/link"
succeeds
[ -L "$tmp/dir/link" ] || fail 'the link is gone'
cmp -s "$tmp/expected" "$tmp/dir/result" || fail 'the link was not followed'
[ "$(stat -c %a "$tmp/dir/result")" = 640 ] || fail 'the mode has changed'

zc run "$board" -o "$tmp/no/such/dir"
refused 2 "$tmp/no/such/dir"
zc run "$board" -o "$tmp/dir"
refused 2 "$tmp/dir"
zc run "$board" -o /dev/null
succeeds

# Other programs choose columns with -o; here it names a file, which is not to come about by mistake.
cd "$tmp/dir" || exit 99
for word in +MEMORY +MEMORY,CPUS; do
    for command in boards "run $board" "verify $tmp/missing"; do
        # shellcheck disable=SC2086
        zc $command -o "$word"
        status_is 2
        no_out
    done
done
zc boards -o +MEMORY
refused 2 "--columns +MEMORY adds columns"
zc boards -o NAME,ARCH
refused 2 "--columns NAME,ARCH chooses them"
zc slab 192 --kernel 6.1-x86_64 --cpus 1 -o ORDER
refused 2 "--columns ORDER chooses them"
[ "$(echo *)" = 'link result' ] || fail 'a file has come about'
zc boards -o ./NAME
succeeds
[ -s NAME ] || fail 'no file ./NAME'
cd / || exit 99

# A full disk, a closed output, a reader that leaves.
if [ -w /dev/full ]; then
    for command in "run $board" boards kernels --help; do
        # shellcheck disable=SC2086
        "$program" $command >/dev/full 2>"$tmp/err"
        status=$? what="zonecalc $command >/dev/full"
        : >"$tmp/out"
        refused 2 'No space left on device'
    done
    zc run "$board" -o /dev/full
    refused 2 '/dev/full'
fi
"$program" boards >&- 2>"$tmp/err"
status=$? what='zonecalc boards >&-'
refused 2 'standard output'
what='a closed pipe'
("$program" kernels --behaviours; "$program" kernels --behaviours) 2>"$tmp/err" | true
no_err

# Colour.
esc=$(printf '\033')
zc run "$board"
succeeds
out_lacks "$esc"
zc run "$board" --color always
succeeds
out_has "${esc}["
zc run "$board" --color never
out_lacks "$esc"
zc run "$board" --color always --format json
out_lacks "$esc"
zc run "$board" --color always --format dmesg
out_lacks "$esc"

# The same words in colour, and none of them lost.
for command in "compare $board --append kernelcore=1G" "compare $board --append kernelcore=1G --format diff" \
    "check qemu-pc-2node -v" "explain $board" "verify $source_dir/tests/truth/logs/arm64-5.9.log"; do
    # shellcheck disable=SC2086
    "$program" $command --color never >"$tmp/plain" 2>/dev/null
    # shellcheck disable=SC2086
    "$program" $command --color always >"$tmp/out" 2>"$tmp/err"
    what="zonecalc $command --color always"
    case $command in verify* | "compare $board --append kernelcore=1G") ;; *) out_has "${esc}[" ;; esac
    sed "s/$esc\[[0-9;]*m//g" "$tmp/out" | cmp -s - "$tmp/plain" || fail 'other words than without colour'
    # shellcheck disable=SC2086
    "$program" $command >"$tmp/out" 2>"$tmp/err"
    out_lacks "$esc"
done
zc compare "$board" --append kernelcore=1G --format json --color always
out_lacks "$esc"
zc check qemu-pc-2node --format tap --color always
out_lacks "$esc"

finish
