# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc check: expectations, matrices, formats, exit status.
. "${0%/*}/common.sh"

# Every shipped board is what its recorded boot was.
zc check "$source_dir"/data/boards/*.toml
succeeds
out_has ' 0 failed'

cat >"$tmp/expect.toml" <<'EOF'
schema = 1

[[matrix]]
name = "core"
append = ["kernelcore=2G", "kernelcore=6G"]

[[matrix]]
name = "plain"

[[expect]]
figure = "movable"
op = ">="
value = "40%"
run = "core"

[[expect]]
zone = "Normal"
op = "<"
bytes = "64GiB"
EOF
zc check raspberrypi-4b-8gb --expect "$tmp/expect.toml" -v
status_is 1
out_has 'raspberrypi-4b-8gb: 1 of 5 expectations failed'
out_has "ok   $tmp/expect.toml:13:9 movable >= 40% [core, kernelcore=2G]"
out_has "FAIL $tmp/expect.toml:13:9 movable >= 40% [core, kernelcore=6G]"
zc check raspberrypi-4b-8gb --expect "$tmp/expect.toml" --format github
status_is 1
out_has "::error file=$tmp/expect.toml,line=13,col=9,title=raspberrypi-4b-8gb::movable >= 40%25 [core, kernelcore=6G]: is "
zc check raspberrypi-4b-8gb --expect "$tmp/expect.toml" --format tap
status_is 1
out_has '1..5'
out_has 'not ok 3 - raspberrypi-4b-8gb: movable >= 40% [core, kernelcore=6G]'
zc check raspberrypi-4b-8gb --expect "$tmp/expect.toml" --format junit
status_is 1
out_has '<testsuite name="raspberrypi-4b-8gb" tests="5" failures="1" errors="0" skipped="0">'
zc check raspberrypi-4b-8gb --expect "$tmp/expect.toml" --format json
status_is 1
out_has '"schema": "zonecalc.check/1"'

# What does not hold is said with what moves it: what differs from the board as it is …
cat >"$tmp/pinned.toml" <<'EOF'
schema = 1
[board]
name = "two nodes"
arch = "x86_64"
cpus = 4
kernel = "6.1-x86_64"
cmdline = "console=ttyS0 kernelcore=4G nokaslr"
[[memory]]
base = 0
size = "2GiB"
node = 0
[[memory]]
base = "4GiB"
size = "6GiB"
node = 0
[[memory]]
base = "10GiB"
size = "8GiB"
node = 1
[[expect]]
figure = "node:*.movable"
op = ">="
value = "5GiB"
[[expect]]
reserved = "crash kernal"
EOF
zc check "$tmp/pinned.toml" --append kernelcore=10G
status_is 1
out_has '       is node 0: 785408 pages (3.0 GiB); node 1: 786432 pages (3 GiB)'
out_has '       reason: kernelcore=10G, find_zone_movable_pfns_for_nodes(); otherwise it is node 0: 1571840 pages (6.0 GiB); node 1: 1572864 pages (6 GiB)'
out_lacks 'reason: kernelcore=4G'
zc check "$tmp/pinned.toml" --cmdline 'quiet crashkernel=64M'
status_is 1
out_has '       reason: without kernelcore=4G, find_zone_movable_pfns_for_nodes(); otherwise it is node 0'
out_has "       is not reserved; did you mean 'crash kernel'?"
zc check "$tmp/pinned.toml" --append kernelcore=10G --format github
status_is 1
out_has '(3 GiB) (reason: kernelcore=10G)'
zc check "$tmp/pinned.toml" --append kernelcore=10G --format tap
status_is 1
out_has '# reason: kernelcore=10G, find_zone_movable_pfns_for_nodes(); otherwise'
zc check "$tmp/pinned.toml" --append kernelcore=10G --format json
status_is 1
out_has '"cause": "kernelcore=10G"'
out_has '"rule": "find_zone_movable_pfns_for_nodes()"'
# … or, of the board as it is, a word of the command line. What nothing moves has no reason.
sed -i 's/kernelcore=4G/kernelcore=10G/' "$tmp/pinned.toml"
zc check "$tmp/pinned.toml"
status_is 1
out_has '       reason: kernelcore=10G, find_zone_movable_pfns_for_nodes(); otherwise it is node 0: 0 pages (0 B)'
[ "$(grep -c reason: "$tmp/out")" = 1 ] || fail 'console= or nokaslr moves it'

# The order of boards is that of the command line, whoever is ready first.
zc check qemu-pc-8node qemu-pc-4g server-8s-hotplug -j 1
cp "$tmp/out" "$tmp/one"
zc check qemu-pc-8node qemu-pc-4g server-8s-hotplug -j 8
cmp "$tmp/one" "$tmp/out" || fail 'threads change the report'

# Mistakes.
zc check samsung-smdk5420
refused 2 'nothing is expected'
printf 'schema = 1\n[[expect]]\nfigure = "zone:Movable.presnt"\nvalue = 1\n' >"$tmp/bad.toml"
zc check qemu-pc-4g --expect "$tmp/bad.toml"
refused 2 "$tmp/bad.toml:3:24: error: no figure is called 'presnt'; did you mean 'present'?"
printf 'schema = 1\n[[expect]]\nrun = "cor"\nalloc = "order=0 gfp=GFP_KERNEL"\n[[matrix]]\nname = "core"\n' >"$tmp/bad.toml"
zc check qemu-pc-4g --expect "$tmp/bad.toml"
refused 2 "no [[matrix]] is called 'cor'; did you mean 'core'?"
printf 'schema = 1\n[[expect]]\nalloc = "order=x"\n' >"$tmp/bad.toml"
zc check qemu-pc-4g --expect "$tmp/bad.toml"
refused 2 "$tmp/bad.toml:2:1: error: alloc 'order=x'"
zc check qemu-pc-4g "$tmp/missing.toml"
status_is 2
err_has 'missing.toml'
out_has 'unusable'
finish
