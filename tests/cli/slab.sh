# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc slab: sizes and tables, on boards and on kernels.
. "${0%/*}/common.sh"

zc slab 192 1000 --kernel 6.1-x86_64 --cpus 8
succeeds
cat >"$tmp/expected" <<'EOF'
OBJECT  SIZE  ALIGN  ORDER  OBJECTS  MIN ORDER  MIN PARTIAL  CPU PARTIAL  MERGED WITH
   192   192      8      0       21          0            5          120  -
  1000  1000      8      3       32          0            5           52  -
EOF
cmp -s "$tmp/out" "$tmp/expected" || fail 'the table'
zc slab 4K --kernel 3.14-arm-smp --cpus 2 --flags 'hwcache_align|panic' --align 64
succeeds
out_has 'kmalloc-4096'
zc slab 64 --board "$tmp/board.toml" --cmdline slub_min_order=2
status_is 0
err_has 'note: assumed: the board does not say how many CPUs it has'
out_has '    64    64      8      2      256'

printf 'name\tobject_size\tnote\nfilp\t232\tx\nhuge\t1073741824\t\n' >"$tmp/caches.tsv"
zc slab --kernel 6.1-x86_64 --cpus 1 --batch "$tmp/caches.tsv"
succeeds
printf 'name\tobject_size\tnote\tsize\torder\tobjects\tmin_partial\tcpu_partial\nfilp\t232\tx\t232\t0\t17\t5\t120\nhuge\t1073741824\t\t-\t-\t-\t-\t-\n' >"$tmp/expected"
cmp -s "$tmp/out" "$tmp/expected" || fail 'the answers'
zc slab --kernel 6.1-x86_64 --cpus 1 --batch - <"$tmp/caches.tsv"
succeeds
cmp -s "$tmp/out" "$tmp/expected" || fail 'standard input'

zc slab 64 --kernel 6.1-x86_64
refused 2 'needs --cpus'
zc slab 64
refused 2 '--board'
zc slab --kernel 6.1-x86_64 --cpus 1
refused 2 'sizes or --batch'
zc slab 64 --batch "$tmp/caches.tsv" --kernel 6.1-x86_64 --cpus 1
refused 2 'sizes or --batch'
zc slab 0 --kernel 6.1-x86_64 --cpus 1
refused 2 "'0' is no size"
zc slab 64 --align 3 --kernel 6.1-x86_64 --cpus 1
refused 2 'no power of two'
zc slab 64 --flags posion --kernel 6.1-x86_64 --cpus 1
refused 2 "did you mean 'poison'"
zc slab 64 --kernel 6.1-x86_64 --cpus 0
refused 2 'cpus'
printf 'object_size\n12x\n' >"$tmp/bad.tsv"
zc slab --batch "$tmp/bad.tsv" --kernel 6.1-x86_64 --cpus 1
refused 2 "$tmp/bad.tsv:2:1:"

finish
