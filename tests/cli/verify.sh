# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc verify: whole logs of recorded boots, trimmed, in the shapes that logs come in; formats, companions, exit status.
# With UPDATE=1 the expected answers are written anew.
. "${0%/*}/common.sh"

logs=tests/truth/logs
cd "$source_dir" || exit 99
two=$logs/x86_64-6.1-2node.log
other=$logs/arm64-6.1-distances.log

# A prediction that stands on nothing but the log can be asked for.
zc verify "$two" --strict
succeeds
zc verify "$two" "$other" --strict
refused 3 'error: assumed: '

for log in "$logs"/*.log; do
    expected=${log%.log}.tap
    zc verify "$log" --format tap
    no_err
    [ "${UPDATE:-}" != 1 ] || cp "$tmp/out" "$expected"
    if grep -q '^not ok' "$expected"; then status_is 1; else status_is 0; fi
    diff "$expected" "$tmp/out" >"$tmp/diff" || { fail "not as expected"; cat "$tmp/diff"; }
done

# The answers are not looked at: with other numbers in them the prediction stays, and differs.
sed -E 's/Total pages: [0-9]+/Total pages: 7/' "$two" >"$tmp/two.log"
sed '/Early memory node ranges/,/Built/s/0x0000000080000000/0x0000000090000000/' "$two" >"$tmp/nodes.log"
zc verify "$tmp/nodes.log"
status_is 1
out_has '  node ranges    differs'
out_has '  zone ranges    equal'
out_has '-  node   1: [mem 0x0000000090000000-'
out_has '+  node   1: [mem 0x0000000080000000-'
zc verify "$tmp/two.log"
status_is 1
out_has '-Total pages: 7'

# Without the answers there is nothing to compare.
sed '/Zone ranges/,$d' "$two" >"$tmp/inputs.log"
zc verify "$tmp/inputs.log"
refused 2 'says nothing about zones'
echo 'hello' >"$tmp/hello.log"
zc verify "$tmp/hello.log"
refused 2 'does not look like the boot log'
zc verify "$tmp/missing.log"
refused 2 'missing.log'
zc verify
refused 2 'LOG'

# A log that ends in the middle of the answers agrees as far as it goes.
sed '/Initmem setup node 1/,$d' "$two" >"$tmp/cut.log"
zc verify "$tmp/cut.log"
succeeds
out_has 'cut short'
out_has 'not in the log'

# Standard input; several logs; one of them unusable.
zc verify - <"$two"
succeeds
out_has 'Log      -'
zc verify "$two" "$other"
status_is 1
no_err
out_has '2 logs: '
out_has 'zone ranges 2/2'
zc verify "$two" "$tmp/hello.log"
status_is 2
out_has '1 unusable'
err_has 'does not look like the boot log'
zc verify "$two" "$tmp/hello.log" --format json
status_is 2
out_has '"unusable": "this does not look like the boot log of a Linux kernel"'

# Formats.
zc verify "$other" --format json
status_is 1
out_has '"schema": "zonecalc.verify/1"'
out_has '"verdict": "differs"'
out_has '"differs": 1'
out_has '"depends_on": ['
zc verify "$two" "$other" --format junit
status_is 1
out_has '<?xml version="1.0" encoding="UTF-8"?>'
out_has "<testsuite name=\"$other\" tests=\"9\" failures=\"1\" errors=\"0\""
out_has '<failure message="differs">'
if command -v python3 >/dev/null; then
    python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$tmp/out" || fail 'not well-formed'
fi
zc verify "$two" -o "$tmp/result"
status_is 0
no_out
grep -q 'groups equal' "$tmp/result" || fail 'nothing was written'

# The kernel: another one, a wrong one.
zc verify "$two" --kernel 6.12-x86_64
status_is 1
out_has 'profile 6.12-x86_64'
zc verify "$two" --kernel 6.1-arm64
refused 2 'the log is of x86_64, but kernel 6.1-arm64 is arm64'

# Companions.
mkdir "$tmp/boot"
cp "$two" "$tmp/boot/dmesg.txt"
zc verify "$tmp/boot"
succeeds
out_lacks 'zoneinfo'
zc verify "$two" --proc "$tmp/boot"
refused 2 'none of zoneinfo, buddyinfo, pagetypeinfo and slabinfo'
cat >"$tmp/boot/zoneinfo.txt" <<'EOF'
Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 0
  pages free     2816
        spanned  4095
        present  3998
  pagesets
    cpu: 0
              count: 0
  start_pfn:           1
Node 1, zone    DMA32
        spanned  524288
        present  262112
  start_pfn:           524288
EOF
zc verify "$tmp/boot"
succeeds
out_has '  zoneinfo       equal'
zc verify "$two" --proc "$tmp/boot"
succeeds
out_has '  zoneinfo       equal'
printf 'Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      2 \n' >"$tmp/boot/buddyinfo.txt"
zc verify "$tmp/boot"
status_is 1
out_has '  zones with pages  differs'
out_has '+Node 1, zone DMA32: 11 orders'
rm "$tmp/boot/buddyinfo.txt"
printf 'slabinfo - version: 2.1\nkmalloc-512  16 16 512 16 2 : tunables 0 0 0 : slabdata 1 1 0\n' >"$tmp/boot/slabinfo"
zc verify "$tmp/boot"
succeeds
out_has '  boot caches    equal'
echo 'hello' >"$tmp/boot/pagetypeinfo"
zc verify "$tmp/boot"
refused 2 'this is no /proc/pagetypeinfo'
rm "$tmp/boot/pagetypeinfo" "$tmp/boot/slabinfo"
sed -i 's/present  3998/present  3999/' "$tmp/boot/zoneinfo.txt"
zc verify "$tmp/boot"
status_is 1
out_has '-Node 0, zone DMA: start_pfn 1, spanned 4095, present 3999'
out_has '+Node 0, zone DMA: start_pfn 1, spanned 4095, present 3998'
zc verify "$two" "$two" --proc "$tmp/boot"
refused 2 '--proc belongs to one boot'
rm "$tmp/boot/dmesg.txt"
zc verify "$tmp/boot"
refused 2 'no dmesg.txt'

finish
