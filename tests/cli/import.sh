# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# Boards of device trees, of logs with device trees, of what the gather script wrote; profiles of a kernel's files.
. "${0%/*}/common.sh"

trees=$source_dir/tests/truth/trees
logs=$source_dir/tests/truth/logs

# A device tree: the kernel is named, or told by the CPUs.
zc import "$trees/arm64-numa3-dist.dtb" --kernel 6.1-arm64
succeeds
out_has 'kernel = "6.1-arm64"'
out_has 'distance = ['
cp "$tmp/out" "$tmp/tree.toml"
zc run "$tmp/tree.toml" --until zones
status_is 0
zc import "$trees/rv64-nomap-cma.dtb"
succeeds
out_has 'arch = "riscv64"'
out_has "because '/cpus/cpu@0' is compatible with 'riscv'"
zc import - <"$trees/armhf-768m-a9.dtb"
succeeds
out_has 'arch = "arm"'

# Wrong trees: nothing on standard output, and the byte that is wrong.
head -c 1000 "$trees/arm64-raspi3b.dtb" >"$tmp/cut.dtb"
zc import "$tmp/cut.dtb"
refused 2 'cut.dtb: error: byte 0x4: the blob is cut off'
zc import "$trees/arm64-raspi3b.dtb" "$trees/arm64-dma33.dtb"
refused 2 'import takes one device tree'
zc import "$trees/arm64-raspi3b.dtb" --kernel 6.1-amd46
refused 2 '6.1-amd46'

# A log and a tree: what the log cannot say comes from the tree.
zc import "$logs/arm64-5.9.log" "$trees/arm64-dma31-kc.dtb"
status_is 0
out_has '[device_tree]'
out_has 'dma_limit = 0x80000000'

# --strict: what the log does not say is listed, and nothing written.
zc import "$logs/arm64-6.1-distances.log" --strict -o "$tmp/strict.toml"
refused 3 'error: assumed: '
[ ! -e "$tmp/strict.toml" ] || fail 'a board was written'
zc import "$logs/arm64-5.9.log" --strict -o "$tmp/strict.toml"
succeeds

# However a log comes, it gives the same board.
log=$logs/arm64-5.9.log
zc import - <"$log"
status_is 0
cp "$tmp/out" "$tmp/plain.toml"
same_board() {
    what="import of a log $1"
    zc import - <"$tmp/shape.log"
    status_is 0
    diff "$tmp/plain.toml" "$tmp/out" >"$tmp/diff" || { fail 'another board'; cat "$tmp/diff"; }
}
gzip -c "$log" >"$tmp/shape.log"
same_board 'packed by gzip'
iconv -f UTF-8 -t UTF-16 "$log" >"$tmp/shape.log"
same_board 'in UTF-16'
sed 's/$/\r/' "$log" >"$tmp/shape.log"
same_board 'captured from a serial line'
sed 's/^\[[^]]*\] //' "$log" >"$tmp/shape.log"
same_board 'without time stamps'
sed 's/^/<6>/' "$log" >"$tmp/shape.log"
same_board 'with levels'
sed 's/^/> > /' "$log" >"$tmp/shape.log"
same_board 'quoted in a mail'
sed 's/^/Nov 25 10:00:00 board kernel: /' "$log" >"$tmp/shape.log"
same_board 'of the journal'
sed 's/^\[[^]]*\] //; s/\\/&&/g; s/"/\\"/g; s/\t/\\t/g; s/.*/{"_TRANSPORT":"kernel","MESSAGE":"&"}/' "$log" >"$tmp/shape.log"
same_board 'of the journal as JSON'

# A kernel's files alone give a profile; what is missing is said.
printf 'ffffffff81000000 T _text\nffffffff82000000 B _end\n0000000000000000 D __per_cpu_start\n0000000000030000 D __per_cpu_end\n' >"$tmp/System.map"
printf '#\n# Linux/x86_64 6.1.170 Kernel Configuration\n#\nCONFIG_X86_64=y\nCONFIG_NR_CPUS=48\n# CONFIG_NUMA is not set\n' >"$tmp/config-6.1.170-my"
zc import --kernel "$tmp/config-6.1.170-my" --kernel "$tmp/System.map" -o "$tmp/my.toml"
status_is 0
err_has 'sizes of structures are missing: /sys/kernel/btf/vmlinux'
err_has 'addresses of '
for line in 'release = "6.1.170-my"' 'version = "6.1.170"' 'NR_CPUS = 48' 'NUMA = "n"' '__per_cpu_end = 196608' '_end = "0xffffffff82000000"'; do
    grep -qF "$line" "$tmp/my.toml" || fail "the profile lacks: $line"
done
zc run qemu-pc-4g --kernel "$tmp/my.toml" --until zones
status_is 0
mkdir "$tmp/boot"
cp "$tmp/config-6.1.170-my" "$tmp/boot/"
cp "$tmp/config-6.1.170-my" "$tmp/boot/config-6.1.171-my"
zc import --kernel "$tmp/boot"
refused 2 'several kernels are in this directory: 6.1.170-my, 6.1.171-my'
# The log tells which one.
printf '[    0.000000] Linux version 6.1.171-my (x) #1 SMP\n[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\n' >"$tmp/my.log"
zc import "$tmp/my.log" --kernel "$tmp/boot" -o "$tmp/mine.toml"
status_is 0
grep -qF 'release = "6.1.171-my"' "$tmp/mine.kernel.toml" || fail 'not the kernel of the log'
rm "$tmp/boot/config-6.1.171-my"
zc import --kernel "$tmp/boot"
status_is 0
out_has 'release = "6.1.170-my"'
zc import --kernel "$tmp/System.map"
refused 2 "nothing here tells the kernel's architecture"
zc import
refused 2 'import takes'

# A shipped kernel's config still gives a file that can be used.
{
    printf '# Linux/x86 6.1.192 Kernel Configuration\nCONFIG_X86_64=y\n'
    sed -n '/^\[config\]/,/^\[sizeof\]/s/^\([A-Z0-9_]*\) = "*\([^"]*\)"*$/CONFIG_\1=\2/p' "$source_dir/data/kernels/6.1-x86_64.toml"
} >"$tmp/shipped.config"
zc import "$tmp/shipped.config" -o "$tmp/shipped.toml"
status_is 0
err_has 'this is the shipped kernel 6.1-x86_64'
zc run qemu-pc-4g --kernel "$tmp/shipped.toml" --format dmesg --until zones
status_is 0
cp "$tmp/out" "$tmp/by-file"
zc run qemu-pc-4g --kernel 6.1-x86_64 --format dmesg --until zones
diff "$tmp/by-file" "$tmp/out" >"$tmp/diff" || { fail 'the profile is another kernel'; cat "$tmp/diff"; }

# /proc/iomem alone, masked, and beside a log that has lost its start; files in any order, known by their content.
cat >"$tmp/iomem" <<'EOT'
00000000-00000fff : Reserved
00001000-0009fbff : System RAM
000f0000-000fffff : System ROM
00100000-7fffffff : System RAM
  01000000-01e01d31 : Kernel code
EOT
zc import "$tmp/iomem"
status_is 0
out_has 'arch = "x86_64"'
out_has 'kernel_base = 0x1000000'
out_has '/proc/iomem does not tell (--kernel names another)'
zc import "$tmp/iomem" --kernel 6.1-i386
status_is 0
out_has 'arch = "i386"'
cp "$tmp/out" "$tmp/iomem.toml"
zc run "$tmp/iomem.toml" --until zones
status_is 0
sed 's/[0-9a-f]\{8\}/00000000/g' "$tmp/iomem" >"$tmp/masked"
zc import "$tmp/masked"
refused 2 'the kernel hid the addresses'
err_has 'sudo cat /proc/iomem'
printf '[    0.000000] Linux version 6.1.0-56-amd64 (x) (gcc-12) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-07-11)\n[    0.000000] Command line: quiet\n' >"$tmp/lost.log"
zc import "$tmp/lost.log"
refused 2 'this log shows no memory map'
zc import "$tmp/shipped.config" "$tmp/iomem" "$tmp/lost.log"
status_is 0
out_has 'cmdline = "quiet"'
out_has 'kernel = "6.1-x86_64"'
[ "$(grep -c 'type = "usable"' "$tmp/out")" -eq 2 ] || fail 'usable entries'
zc import "$tmp/iomem" "$tmp/iomem"
refused 2 'import takes one /proc/iomem'
zc import "$trees/rv64-nomap-cma.dtb" "$tmp/iomem"
status_is 0
err_has 'is not used: the device tree says where memory is'

# The script runs here, whatever here is, and what it writes is read.
zc gather
succeeds
cp "$tmp/out" "$tmp/gather.sh"
for shell in sh dash 'busybox sh'; do
    command -v "${shell%% *}" >/dev/null || continue
    what="gather with $shell"
    # shellcheck disable=SC2086
    $shell "$tmp/gather.sh" >"$tmp/machine.txt" 2>"$tmp/err" || fail 'the script fails'
    [ ! -s "$tmp/err" ] || fail 'the script complains'
    [ "$(head -n 1 "$tmp/machine.txt")" = 'zonecalc-gather 1' ] || fail 'first line'
    [ "$(tail -n 1 "$tmp/machine.txt")" = '@ end' ] || fail 'last line'
done
# A machine whose log is hidden from the tests has no memory map to show.
zc import "$tmp/machine.txt" -o "$tmp/machine.toml"
if [ "$status" -eq 0 ]; then
    zc run "$tmp/machine.toml" --until zones
    status_is 0
else
    status_is 2
    [ -s "$tmp/err" ] || fail 'no word why'
fi

# One machine for all: its ring buffer has lost the start of the log.
cat >"$tmp/machine.txt" <<'EOT'
zonecalc-gather 1
@ text release
 6.1.0-56-amd64
@ text version
 Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-07-11)
@ text cmdline
 root=/dev/vda1 movable_node
@ text dmesg
 [   12.000000] usb 1-1: new device
@ text memmap
 0 0x0 0x9fbff System RAM
 1 0x9fc00 0x9ffff Reserved
 2 0x100000 0x7fffffff System RAM
 3 0xfffc0000 0xffffffff Reserved
@ text cpus
 possible 0-3,6
@ text nodes
 0 cpus=0-1 distance=10 31
 1 cpus=2-3 distance=31 10
@ end
EOT
zc import "$tmp/machine.txt"
status_is 0
out_has 'cmdline = "root=/dev/vda1 movable_node"'
out_has 'kernel = "6.1-x86_64"'
out_has 'cpus = 5'
out_has 'distance = [31, 10]'
out_has 'come from /sys/firmware/memmap'
[ "$(grep -c 'type = "usable"' "$tmp/out")" -eq 2 ] || fail 'usable entries'
sed '$d' "$tmp/machine.txt" >"$tmp/short.txt"
zc import "$tmp/short.txt"
refused 2 'the file is cut off'
sed 's/@ text memmap/@ hex memmap/' "$tmp/machine.txt" >"$tmp/bad.txt"
zc import "$tmp/bad.txt"
refused 2 'this section is no hexadecimal dump'

finish
