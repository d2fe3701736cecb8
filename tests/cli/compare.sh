# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc compare: what moved, why, and the exit status.
. "${0%/*}/common.sh"

# One alternative: against the board as it is.
zc compare qemu-virt-arm64-4node --append kernelcore=50%
status_is 1
out_has ' Movable  start_pfn '
out_has '  kernelcore=50% moves '
out_has 'find_zone_movable_pfns_for_nodes()'

# Nothing moves.
zc compare qemu-virt-arm64-4node --append 'printk.time=1' --until zones
refused 2 "unknown option '--until'"
zc compare qemu-pc-i386-4g --cmdline quiet --cmdline quiet
succeeds
out_has 'nothing moves'
zc compare qemu-pc-i386-4g --cmdline quiet --cmdline quiet --format diff
succeeds
[ ! -s "$tmp/out" ] || fail 'a diff of equal machines'

# Kernels: by what their releases do.
zc compare qemu-pc-2node --kernel 4.19-x86_64 --kernel 6.1-x86_64 --format markdown
status_is 1
out_has '| where | figure | A | B | change |'
out_has 'x86_first_mib_reserved'
zc compare qemu-pc-2node --kernel 4.19-x86_64 --kernel 6.1-x86_64 --format json
status_is 1
out_has '"schema": "zonecalc.compare/1"'

# Gates decide where there are any.
zc compare qemu-virt-arm64-4node --append kernelcore=50% --fail-on 'node:*.zone:Movable < 1MiB'
status_is 1
out_has 'FAIL node:*.zone:Movable < 1MiB: node'
zc compare qemu-virt-arm64-4node --append kernelcore=50% --fail-on 'zone:Movable < 1MiB'
succeeds

# Findings that come and go. Those that stay are not told of, whatever amount they name.
zc compare qemu-pc-8node --append kernelcore=20% --append kernelcore=70%
status_is 1
out_has '  gone  nodes 3, 4, 5, 6, 7: 5 GiB of memory, all of it movable'
out_lacks '  new '
out_lacks '[movable-blocks-stay]'
zc compare qemu-pc-8node --append kernelcore=70% --append kernelcore=20% --format markdown
status_is 1
out_has '- new: nodes 3, 4, 5, 6, 7: 5 GiB of memory, all of it movable'
out_has '`node-without-kernel-memory`'
zc compare qemu-pc-8node --append kernelcore=70% --append kernelcore=20% --format json
status_is 1
[ "$(grep -c '"findings": {' "$tmp/out")" = 1 ] || fail 'findings of the first machine, or of none'
sed -n '/"findings": {/,$p' "$tmp/out" | tr -d ' \n' | grep -q '^"findings":{"new":\[{[^]]*"id":"node-without-kernel-memory"[^]]*}\],"gone":\[\]}' ||
    fail 'findings in JSON'
zc compare qemu-pc-8node --append kernelcore=20% --append kernelcore=20%
succeeds
out_lacks 'Findings:'

# -W: what is new and an error fails; what the first machine has as well does not.
zc compare qemu-pc-8node --append kernelcore=70% --append kernelcore=20% -W error=node-without-kernel-memory
status_is 1
out_has 'FAIL new finding: nodes 3, 4, 5, 6, 7: '
zc compare qemu-pc-8node --append kernelcore=20% --append kernelcore=20% -W error
succeeds
zc compare qemu-pc-8node --append kernelcore=20% --append kernelcore=70% -W error
succeeds
out_has '  gone  '
zc compare qemu-pc-8node --append kernelcore=70% --append kernelcore=20% -W no-all
status_is 1
out_lacks 'Findings:'

zc compare qemu-pc-2node
refused 2 'there is only one machine'
zc compare qemu-pc-2node --append quiet --fail-on 'zone:Mvable < 1'
refused 2 "--fail-on:1:1: error: no kernel has a zone 'Mvable'; did you mean 'Movable'?"
finish
