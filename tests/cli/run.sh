# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc run: where board, kernel and command line come from, and what --strict does.
. "${0%/*}/common.sh"

board=$tmp/board.toml

zc run "$board"
succeeds
out_has 'profile 6.1-arm64'
zc run "$board" --kernel 6.12-arm64
succeeds
out_has 'profile 6.12-arm64'
cp "$tmp/out" "$tmp/expected"
zc run - --kernel 6.12-arm64 <"$board"
succeeds
sed 's/^Board .*//' "$tmp/out" >"$tmp/a"
sed 's/^Board .*//' "$tmp/expected" >"$tmp/b"
cmp -s "$tmp/a" "$tmp/b" || fail 'standard input is not read as a file is'
zc run qemu-virt-arm64
succeeds

# A kernel that nobody named is an assumption.
zc run "$tmp/no-kernel.toml" --format json
status_is 0
out_has '"kind": "assumed", "id": "kernel-not-given"'
zc run "$tmp/no-kernel.toml" --strict
refused 3 'kernel-not-given'
zc run "$tmp/no-kernel.toml" --strict -o "$tmp/strict"
refused 3 'kernel-not-given'
[ ! -e "$tmp/strict" ] || fail 'a result was written'
zc run "$tmp/no-kernel.toml" --strict --kernel 6.1-arm64 --until zones
status_is 0
out_lacks 'kernel-not-given'

# So is what decides what is reserved, where the board does not say, as soon as anybody asks for that.
zc run "$tmp/no-kernel.toml" --strict --kernel 6.1-arm64
refused 3 'one-cpu'
sed 's/^arch.*/&\ncpus = 2\nkernel_base = 0x40200000/' "$tmp/no-kernel.toml" >"$tmp/known.toml"
cat >>"$tmp/known.toml" <<'EOF'
[device_tree]
base = 0x48200000
size = "1MiB"
unflattened = 43708
[[loaded]]
name = "initrd"
base = 0x48000000
size = "1MiB"
EOF
zc run "$tmp/known.toml" --strict --kernel 6.1-arm64 --append nokaslr
refused 3 'cpu-nodes'
printf '[[node]]\nid = 0\ncpus = [0, 1]\n' >>"$tmp/known.toml"
zc run "$tmp/known.toml" --strict --kernel 6.1-arm64 --append nokaslr
status_is 0
zc run "$tmp/known.toml" --strict --kernel 6.1-arm64 --append nokaslr --until buddy
status_is 0
zc run "$tmp/known.toml" --strict --kernel 6.1-arm64 --until memblock
refused 3 'kaslr'

# On every architecture a board can say all that would have to be assumed.
cat >"$tmp/pc.toml" <<'EOF'
schema = 1
[board]
arch = "x86_64"
kernel = "6.1-x86_64"
cmdline = "nokaslr"
cpus = 2
ioapics = 1
hpet = true
gb_pages = false
la57 = false
dmi_bytes = 100
initrd = false
acpi = false
[[e820]]
base = 0x0
end = 0x9fbff
type = "usable"
[[e820]]
base = 0x100000
size = "1GiB"
type = "usable"
EOF
cat >"$tmp/rv.toml" <<'EOF'
schema = 1
[board]
arch = "riscv64"
kernel = "6.12-riscv64"
cpus = 2
kernel_base = 0x80200000
initrd = false
mmu = "sv48"
[[memory]]
base = 0x80000000
size = "1GiB"
[device_tree]
base = 0x82200000
size = 7000
unflattened = 20000
EOF
cat >"$tmp/arm.toml" <<'EOF'
schema = 1
[board]
arch = "arm"
kernel = "6.1-arm"
cpus = 2
kernel_base = 0x40208000
phys_offset = 0x40000000
dma_zone_size = 0
initrd = false
[[memory]]
base = 0x40000000
size = "1GiB"
[device_tree]
base = 0x48000000
size = 7000
unflattened = 20000
EOF
for board_file in pc rv arm; do
    zc run "$tmp/$board_file.toml" --strict
    status_is 0
done
# What it says is not there it does not list.
sed 's/^arch = .*/&\ninitrd = false/' "$tmp/known.toml" >"$tmp/both.toml"
zc run "$tmp/both.toml" --kernel 6.1-arm64
refused 2 'and [board] says that there is none'

# The command line.
zc run "$board" --format json
out_has '"cmdline": "console=ttyAMA0"'
zc run "$board" --format json --append quiet --append movablecore=512M
succeeds
out_has '"cmdline": "console=ttyAMA0 quiet movablecore=512M"'
out_has '"path": "movablecore"'
zc run "$board" --format json --cmdline 'a "b c"' --append d
out_has '"cmdline": "a \"b c\" d"'
zc run "$board" --format json --cmdline= --append kernelcore=1G
out_has '"cmdline": "kernelcore=1G"'
zc run "$board" --format json --cmdline --until
out_has '"cmdline": "--until"'
zc run "$board" --format json --cmdline '[a,b]'
out_has '"cmdline": "[a,b]"'

# How far.
zc run "$board" --until memblock --format json
succeeds
out_has '"memblock"'
out_lacks '"nodes"'
zc run qemu-pc-4g --until memblock
succeeds
out_lacks 'CALLED BY'
zc run qemu-pc-4g --until memblock --all
succeeds
out_has 'CALLED BY'
[ "$(grep -c '^  allocate .*  memmap  ' "$tmp/out")" = 1 ] || fail 'the memmap is one call'
zc run qemu-pc-4g --until memblock --format json
succeeds
out_has '"call": "allocate"'

# Where all memory goes.
zc run samsung-smdk5420 --format json
succeeds
out_has '"memory_account": {'
zc run samsung-smdk5420
succeeds
out_has 'Memory account: '
out_has 'reserved: memmap'
out_lacks 'not accounted for'
zc run "$board" --until memblock --format dmesg
status_is 0
out_lacks 'Zone ranges:'
zc run "$board" --format dmesg
succeeds
out_has 'Zone ranges:'
out_has 'Policy zone: '

# The same question has the same answer.
zc run "$board" --format json
cp "$tmp/out" "$tmp/expected"
zc run "$board" --format json
cmp -s "$tmp/out" "$tmp/expected" || fail 'two answers'

zc run "$board" --bytes
succeeds
out_has '1073741824'
out_lacks 'GiB'

zc boards
succeeds
out_has 'qemu-virt-arm64'
zc kernels
succeeds
out_has '6.1-arm64'
out_has 'by recorded boots'
zc kernels --behaviours
succeeds
out_has 'kernelcore=mirror'

# The views of /proc: free lists, or a reason why there are none.
zc run qemu-pc-4g --until buddy --format buddyinfo
succeeds
[ "$(grep -c '^Node 0, zone ' "$tmp/out")" = 3 ] || fail 'a line for each zone'
zc run qemu-pc-4g --format pagetypeinfo
succeeds
grep -q '^Page block order: 9$' "$tmp/out" || fail 'no head'
grep -q '^Number of blocks type ' "$tmp/out" || fail 'no pageblocks'
zc run qemu-pc-4g --format slabinfo
succeeds
[ "$(head -n1 "$tmp/out")" = 'slabinfo - version: 2.1' ] || fail 'no head'
grep -q '^kmem_cache_node  .* 64   64    1 : tunables    0    0    0 : slabdata      1      1      0$' "$tmp/out" || fail 'no kmem_cache_node'
zc run qemu-pc-4g --until buddy --format slabinfo
refused 2 'slabs are made by --until slub'
zc run imx8mm-evk --all
succeeds
out_lacks '--all shows them'
zc run qemu-pc-4g --until zones --format buddyinfo
refused 2 'free lists are made by --until buddy or slub'
# What is reserved with pages of 64 KiB is not computed.
cat >"$tmp/64k.toml" <<'EOF'
schema = 1
[kernel]
release = "6.1.0-64k"
version = "6.1.176"
arch = "arm64"
recorded = false
like = "6.1-arm64"
source = "6.1-arm64 with larger pages"
[config]
ARM64_4K_PAGES = "n"
ARM64_64K_PAGES = "y"
ARM64_PAGE_SHIFT = 16
EOF
zc run imx8mm-evk --kernel "$tmp/64k.toml" --format pagetypeinfo
refused 2 '--until buddy makes it'
zc run imx8mm-evk --kernel "$tmp/64k.toml" --until buddy --format pagetypeinfo
succeeds
# The other commands that bring machines up.
cat >"$tmp/expects.toml" <<'EOF'
schema = 1
[[expect]]
zone = "DMA"
start_pfn = 0x40000
EOF
printf '{"op": "alloc", "id": "a", "order": 0, "gfp": "GFP_KERNEL"}\n' >"$tmp/script"
for command in 'explain %' 'compare % --append kernelcore=1G' 'check % --expect expects.toml' 'alloc % --script script' \
    'sweep % --vary kernelcore=512M,1G' 'solve % --want movable>=10%' 'solve % --candidate movable_node --want movable>=10%'; do
    cd "$tmp" || exit 99
    # shellcheck disable=SC2046
    zc $(echo "$command" | sed 's/ %/ no-kernel.toml/') --strict
    refused 3 '[kernel-not-given]'
    [ "$(grep -c kernel-not-given "$tmp/err")" = 1 ] || fail 'said more than once'
done

# slab, import and verify: a number of CPUs, and what a log does not say.
zc slab 192 --board "$tmp/no-kernel.toml" --strict
refused 3 '[kernel-not-given]'
zc slab 192 --board "$tmp/no-kernel.toml" --kernel 6.1-arm64 --strict
refused 3 '[cpus-not-given]'
zc slab 192 --board "$tmp/no-kernel.toml" --kernel 6.1-arm64
status_is 0
err_has 'note: assumed: the board does not say how many CPUs it has'
zc slab 192 --board "$tmp/no-kernel.toml" --kernel 6.1-arm64 --cpus 4 --strict
succeeds

finish
