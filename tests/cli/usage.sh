# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# Wrong usage and unusable input: status 2, a message, nothing on standard output.
. "${0%/*}/common.sh"

zc
refused 2 "no command given"
zc rnu board.toml
refused 2 "unknown command 'rnu' (did you mean 'run'?)"
zc frobnicate
refused 2 "unknown command 'frobnicate'"
zc --frob
refused 2 "unknown option '--frob'"
zc run
refused 2 "BOARD is required"
zc run "$tmp/board.toml" --kernle 6.1-arm64
refused 2 "unknown option '--kernle' (did you mean '--kernel'?)"
zc run "$tmp/board.toml" --kernle=6.1-arm64
refused 2 "(did you mean '--kernel'?)"
zc run "$tmp/board.toml" -q
refused 2 "unknown option '-q'"
zc run "$tmp/board.toml" extra
refused 2 "unexpected argument 'extra'"
zc run "$tmp/board.toml" --format dmsg
refused 2 "'dmsg' is none of text, dmesg, json, zones, buddyinfo, pagetypeinfo, slabinfo (did you mean 'dmesg'?)"
zc run "$tmp/board.toml" --until lunch
refused 2 "'lunch' is none of memblock, zones"
zc run "$tmp/board.toml" --color=sometimes
refused 2 "is none of auto, always, never"
zc run "$tmp/board.toml" --kernel
refused 2 "--kernel needs a value"
zc run "$tmp/board.toml" --kernel 6.1-arm64 --kernel 6.12-arm64
refused 2 "--kernel is given more than once"
zc run "$tmp/board.toml" --strict=yes
refused 2 "--strict takes no value"
zc run "$tmp/board.toml" --format text --raw
refused 2 '--columns, --noheadings and --raw go with --format zones'
zc run "$tmp/board.toml" --format dmesg --json
refused 2 '--json goes with --format zones'
zc boards --raw --json
refused 2 '--raw and --json exclude each other'
zc boards --columns NAME,ACRH
refused 2 "no column 'ACRH'; did you mean 'ARCH'?"
zc boards --columns ''
refused 2 "no column ''; there are NAME, ARCH, KERNEL, BOARD, MEMORY, CPUS, CMDLINE, FILE"
zc kernels --behaviours --raw
refused 2 '--behaviours is no table'
zc completions
refused 2 'SHELL is required'
zc completions tcsh
refused 2 "SHELL: 'tcsh' is none of bash, zsh, fish"
zc boards extra
refused 2 "unexpected argument 'extra'"
zc kernels --behaviors
refused 2 "(did you mean '--behaviours'?)"

zc run "$tmp/missing.toml"
refused 2 "missing.toml"
zc run "$tmp"
refused 2 "$tmp"
zc run ''
refused 2 "error:"
zc run qemu-virt-arm46
refused 2 "qemu-virt-arm64"
zc run "$tmp/board.toml" --kernel 6.1-amd46
refused 2 "error:"
zc run "$tmp/board.toml" --kernel 6.1-x86_64
refused 2 "the board is arm64, but kernel 6.1-x86_64 is x86_64"

sed 's/size = "1GiB"/size = "1 Gbit"/' "$tmp/board.toml" >"$tmp/bad.toml"
zc run "$tmp/bad.toml"
refused 2 "$tmp/bad.toml:9:"
zc run - <"$tmp/bad.toml"
refused 2 "<stdin>:9:"

finish
