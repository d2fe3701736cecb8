# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc sweep and solve.
. "${0%/*}/common.sh"

zc sweep raspberrypi-4b-8gb --vary kernelcore=4G..8G/2G --vary movable_node --format csv
succeeds
cat >"$tmp/want" <<'EOF'
kernelcore,movable_node,zone:DMA.present,zone:DMA32.present,zone:Normal.present,zone:Movable.present
4G,,242688,770048,35840,1012736
4G,yes,242688,770048,1048576,0
6G,,242688,770048,560128,488448
6G,yes,242688,770048,1048576,0
8G,,242688,770048,1048576,0
8G,yes,242688,770048,1048576,0
EOF
diff "$tmp/want" "$tmp/out" || fail 'csv'
zc sweep qemu-virt-arm64-4node --vary kernelcore=50% --figure 'node:*.movable' --figure total_pages --format json
succeeds
out_has '"schema": "zonecalc.sweep/1"'
out_has '"figure": "node:3.movable"'
zc sweep qemu-virt-arm64-4node --vary 'kernelcore=10%..90%/40%'
succeeds
out_has '       90%'
zc sweep qemu-pc-4g --vary kernelcore=1M..2M/1K -j 1 --format csv
cp "$tmp/out" "$tmp/one"
zc sweep qemu-pc-4g --vary kernelcore=1M..2M/1K -j 4 --format csv
cmp "$tmp/one" "$tmp/out" || fail 'threads change the table'

zc sweep qemu-pc-4g
refused 2 'nothing varies'
zc sweep qemu-pc-4g --vary kernelcore=1G..2%/1G
refused 2 '--vary:1:12: error: a range is of sizes or of percentages, not of both'
zc sweep qemu-pc-4g --vary kernelcore=1..2/0
refused 2 'a step of 0 leads nowhere'
zc sweep qemu-pc-4g --vary kernelcore=0..0xffffffffffffffff/1
refused 2 'more than 1000000 values'
zc sweep qemu-pc-4g --vary a=1..1000000/1 --vary b=1..1000000/1
refused 2 'more than 1000000 command lines'

zc solve qemu-pc-2node --vary movablecore --want 'movable >= 50%'
succeeds
out_has 'movablecore=1G'
zc solve qemu-pc-2node --want 'node:*.movable >= 8GiB'
status_is 1
out_has 'kernelcore: none of '
out_has 'missed:  node:*.movable >= 8GiB: node 0: '
zc solve raspberrypi-4b-8gb --candidate kernelcore=1G --candidate kernelcore=6G --want 'movable < 2GiB' --format json
succeeds
out_has '"smallest": "kernelcore=6G"'
zc solve qemu-pc-4g
refused 2 'there is no goal'
zc solve qemu-pc-4g --want 'movable 5'
refused 2 "--want:1:1: error: 'movable 5' compares nothing"
zc solve qemu-pc-4g --want 'blocks:9 >= 8GiB'
refused 2 "'blocks:9' is a count and no size"
# What has to be equal is found between points, where each node passes its value.
cat >"$tmp/even.toml" <<'EOF'
schema = 1
[board]
name = "two equal nodes"
arch = "x86_64"
cpus = 1
kernel = "6.1-x86_64"
[[memory]]
base = 0
size = "3GiB"
node = 0
[[memory]]
base = "4GiB"
size = "29GiB"
node = 0
[[memory]]
base = "33GiB"
size = "32GiB"
node = 1
EOF
zc solve "$tmp/even.toml" --vary kernelcore --want 'node:*.movable = 8GiB'
succeeds
printf 'kernelcore=49148M\n' | cmp -s - "$tmp/out" || fail 'not that value alone'
zc solve "$tmp/even.toml" --vary kernelcore --want 'node:1.movable = 8GiB' --want 'node:0.movable = 4GiB'
status_is 1
out_has 'reaches the goal'

# A value with commas.
zc sweep qemu-pc-2node --vary 'crashkernel="1G-4G:64M,4G-:128M",32M' --figure reserved --format csv
succeeds
out_has '"1G-4G:64M,4G-:128M",'
[ "$(wc -l <"$tmp/out")" = 3 ] || fail 'not two rows'
finish
