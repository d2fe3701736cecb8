# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc map: the picture of one machine and of two, what it can be zoomed to, and where it goes.
. "${0%/*}/common.sh"

# Without a terminal and a UTF-8 locale: 80 columns of plain ASCII.
zc map "$tmp/board.toml"
succeeds
out_has 'Two banks'
out_has 'node 1  '
out_has '-- node 1 DMA '
out_has '  0x40000000 '
awk 'length($0) > 80 { exit 1 }' "$tmp/out" || fail 'a line of more than 80 columns'
LC_ALL=C grep -q '[^ -~]' "$tmp/out" && fail 'more than ASCII'
cp "$tmp/out" "$tmp/plain"
zc map "$tmp/board.toml" -o "$tmp/file"
succeeds
no_out
cmp -s "$tmp/file" "$tmp/plain" || fail 'a file is something else'
zc map - <"$tmp/board.toml"
succeeds
cmp -s "$tmp/out" "$tmp/plain" || fail 'standard input is not read as a file is'

# Fills say what colours say.
zc map "$tmp/board.toml" --color always
succeeds
out_has "$(printf '\033[32m')"
sed "s/$(printf '\033')\[[0-9]*m//g" "$tmp/out" | cmp -s - "$tmp/plain" || fail 'colours change the text'
LC_ALL=en_US.UTF-8 zc map "$tmp/board.toml"
succeeds
out_has '░░'
LC_ALL=C.utf8 zc map "$tmp/board.toml" --width 132
succeeds
out_has '────────── 1 GiB'

# A part of it.
zc map "$tmp/board.toml" --range 0x80000000..2176MiB
succeeds
out_has '-- node 1 DMA ---'
out_lacks 'node 0'
out_has '  0x88000000'
cp "$tmp/out" "$tmp/part"
zc map "$tmp/board.toml" --range pfn:0x80000+0x8000
succeeds
cmp -s "$tmp/out" "$tmp/part" || fail 'pages are no addresses'
zc map "$tmp/board.toml" --range 512G..
succeeds
out_has 'no memory'
zc map "$tmp/board.toml" --range 1G..4Q
refused 2 '--range:1:5: error: '"'4Q'"' is no size'
err_has '1G..4Q
'
err_has '    ^'
zc map "$tmp/board.toml" --range 0x40000000
refused 2 '--range:1:1: error: '
zc map "$tmp/board.toml" --range pfn:0xfffffffffffff+1
succeeds
zc map "$tmp/board.toml" --range pfn:0x10000000000000..
refused 2 '--range: no page has that number'
zc map "$tmp/board.toml" --width 20
refused 2 '--width'
zc map "$tmp/board.toml" --format png
refused 2 "'png' is none of text, svg, json"

# Two machines.
zc map "$tmp/board.toml" --append movablecore=512M --compare
succeeds
out_has 'A  console=ttyAMA0'
out_has 'B  console=ttyAMA0 movablecore=512M'
out_has ' ! '
out_has '-- node 1 Movable'
cp "$tmp/out" "$tmp/pair"
zc map "$tmp/board.toml" --append '' --append movablecore=512M
succeeds
cmp -s "$tmp/out" "$tmp/pair" || fail '--compare is no shorthand'
zc map "$tmp/board.toml" --append movablecore=512M
succeeds
out_lacks ' ! '
zc map "$tmp/board.toml" --kernel 4.19-arm64 --kernel 6.12-arm64
succeeds
out_has 'arm64, kernel 4.19-arm64'
zc map "$tmp/board.toml" qemu-virt-arm64 --format json
succeeds
out_has '"schema": "zonecalc.map/1"'
out_has '"differs": true'
zc map qemu-pc-2node --append a --append b --append c
refused 2 'one machine, or of two'

# SVG: one well-formed file; names are escaped.
sed 's/Two banks/A \& B <2> "x"/; s/^name = .*/name = '"'A \& B <2> \"x\"'"'/' "$tmp/board.toml" >"$tmp/named.toml"
for words in "$tmp/named.toml" "$tmp/named.toml --append movablecore=512M --compare" "qemu-pc-8node"; do
    # shellcheck disable=SC2086
    zc map $words --format svg
    succeeds
    if command -v xmllint >/dev/null; then
        xmllint --noout --nonet "$tmp/out" 2>/dev/null || fail 'not well-formed'
    fi
    out_has '<title id="map-title">Physical memory of '
    out_has 'prefers-color-scheme: dark'
    grep -q 'https\?:' "$tmp/out" && ! grep -q 'xmlns="http://www.w3.org/2000/svg"' "$tmp/out" && fail 'something from outside'
done
zc map "$tmp/named.toml" --format svg
out_has 'A &amp; B &lt;2&gt; &quot;x&quot;'

# As for run.
zc map "$tmp/no-kernel.toml" --strict
refused 3 'kernel-not-given'
zc map "$tmp/no-kernel.toml" --strict -o "$tmp/strict"
refused 3 'kernel-not-given'
[ ! -e "$tmp/strict" ] || fail 'a result was written'
zc map nothing-of-this-name
refused 2 'nothing-of-this-name'
zc map
refused 2 'BOARD'
finish
