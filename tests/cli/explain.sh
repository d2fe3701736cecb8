# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc explain: the whole walk, one function, and functions that are not there.
. "${0%/*}/common.sh"

zc explain "$tmp/board.toml" --append kernelcore=512M
succeeds
head -n 5 "$tmp/out" >"$tmp/head"
cat >"$tmp/expected" <<'EOT'
Board    Two banks (arm64)
Kernel   6.1.0-50-arm64, profile 6.1-arm64
Cmdline  console=ttyAMA0 kernelcore=512M

start_kernel()
EOT
cmp -s "$tmp/head" "$tmp/expected" || fail 'the head'
out_has '      kernelcore = 512M'
out_has 'Notes'
sed '/^Notes/,$d' "$tmp/out" | awk 'length($0) > 100 { exit 1 }' || fail 'a line that is too long'

# One function, with its callers.
zc explain "$tmp/board.toml" --append kernelcore=512M --step find_usable_zone_for_movable
succeeds
cat >"$tmp/expected" <<'EOT'
Board    Two banks (arm64)
Kernel   6.1.0-50-arm64, profile 6.1-arm64
Cmdline  console=ttyAMA0 kernelcore=512M

in start_kernel > setup_arch > bootmem_init > zone_sizes_init > free_area_init > find_zone_movable_pfns_for_nodes:
  find_usable_zone_for_movable()
    movable_zone = ZONE_DMA
    - the highest zone whose limits are not empty
EOT
cmp -s "$tmp/out" "$tmp/expected" || fail 'one function'

# How far to go.
zc explain "$tmp/board.toml" --until zones
succeeds
out_has 'build_all_zonelists()'
out_lacks 'free_low_memory_core_early()'
zc explain "$tmp/board.toml" --until buddy
succeeds
out_has 'memblock_free_all()'
out_lacks 'kmem_cache_init()'

# Programs read it, too.
zc explain "$tmp/board.toml" --format json --step zone_sizes_init -o "$tmp/walk.json"
succeeds
no_out
grep -q '"schema": "zonecalc.explain/1"' "$tmp/walk.json" || fail 'schema'
grep -q '"callers": \["start_kernel", "setup_arch", "bootmem_init"\]' "$tmp/walk.json" || fail 'callers'
if command -v python3 >/dev/null; then python3 -m json.tool "$tmp/walk.json" >"$tmp/out" || fail 'no JSON'; fi
zc explain "$tmp/board.toml" --color always --step zone_sizes_init
succeeds
out_has "$(printf '\033[1mzone_sizes_init\033[0m()')"

# What is not there.
zc explain "$tmp/board.toml" --step find_zone_movable_pfn
refused 2 "(did you mean 'find_zone_movable_pfns_for_nodes'?)"
zc explain "$tmp/board.toml" --step free_area_init_nodes
refused 2 "6.1.0-50-arm64 calls it 'free_area_init'"
zc explain "$tmp/board.toml" --step xyzzy
refused 2 "the walk does not come past 'xyzzy'"
zc explain "$tmp/board.toml" --step restart:
refused 2 "the walk does not come past 'restart:'"
zc explain "$tmp/board.toml" --until zones --step kmem_cache_init
refused 2 'does not come past'
zc explain
refused 2 'BOARD'
zc explain "$tmp/nowhere.toml"
refused 2 'nowhere.toml'

# A kernel that does not come up is walked to where it dies.
printf 'schema = 1\n[board]\narch = "arm64"\nkernel = "6.1-arm64"\n[[memory]]\nbase = 0x40000000\nsize = 2048\n' >"$tmp/tiny.toml"
zc explain "$tmp/tiny.toml"
succeeds
out_has 'this kernel does not come up'

finish
