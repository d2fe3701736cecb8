# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# Tables: which columns, and in which shape. One writer stands behind all of them.
. "${0%/*}/common.sh"

is() {
    cmp -s "$tmp/out" "$tmp/expected" || {
        diff "$tmp/expected" "$tmp/out"
        fail 'the output'
    }
}

# The data directory of two boards.
mkdir -p "$tmp/data/boards" "$tmp/data/kernels"
cp "$tmp/board.toml" "$tmp/data/boards/two-banks.toml"
sed -e 's/Two banks/One/' -e '/^kernel/d' -e 's/^cmdline/cpus = 4\ncmdline/' "$tmp/board.toml" >"$tmp/data/boards/one.toml"
cp "$source_dir"/data/kernels/6.1-arm64.* "$tmp/data/kernels"
shipped=$ZONECALC_DATA
export ZONECALC_DATA="$tmp/data"

zc boards
succeeds
cat >"$tmp/expected" <<'END'
NAME       ARCH   KERNEL     BOARD
one        arm64  -          One
two-banks  arm64  6.1-arm64  Two banks
END
is
zc boards --noheadings
sed -i 1d "$tmp/expected"
is
zc boards --columns board,+Memory,CPUS
succeeds
cat >"$tmp/expected" <<'END'
BOARD      MEMORY  CPUS
One         2 GiB     4
Two banks   2 GiB     -
END
is
zc boards -c +MEMORY -b -r
succeeds
cat >"$tmp/expected" <<'END'
NAME ARCH KERNEL BOARD MEMORY
one arm64 - One 2147483648
two-banks arm64 6.1-arm64 Two\x20banks 2147483648
END
is
zc boards --json --columns NAME,KERNEL,MEMORY,CPUS
succeeds
cat >"$tmp/expected" <<'END'
{
  "schema": "zonecalc.boards/1",
  "boards": [
    {"name": "one", "kernel": null, "memory": 2147483648, "cpus": 4},
    {"name": "two-banks", "kernel": "6.1-arm64", "memory": 2147483648, "cpus": null}
  ]
}
END
is
zc boards -J -o "$tmp/file" -c NAME,KERNEL,MEMORY,CPUS
succeeds
no_out
cmp -s "$tmp/file" "$tmp/expected" || fail 'the file'

zc kernels -c NAME,PAGE_SIZE,MAX_ORDER -r
succeeds
printf 'NAME PAGE_SIZE MAX_ORDER\n6.1-arm64 4\\x20KiB 10\n' >"$tmp/expected"
is
zc kernels --columns NAME,PAGE-SIZE --bytes --noheadings
printf '6.1-arm64  4096\n' >"$tmp/expected"
is

# The zones of a run.
zc run "$tmp/board.toml" --format zones --until zones
succeeds
cat >"$tmp/expected" <<'END'
NODE  ZONE  START PFN  END PFN  SPANNED  PRESENT  MANAGED   SIZE
   0  DMA      262144   524288   262144   262144        -  1 GiB
   1  DMA      524288   786432   262144   262144        -  1 GiB
END
is
zc run "$tmp/board.toml" --until zones --columns node,zone,size --raw --noheadings --bytes
succeeds
printf '0 DMA 1073741824\n1 DMA 1073741824\n' >"$tmp/expected"
is
zc run "$tmp/board.toml" --until zones --columns NODE,ZONE,MANAGED,RANGE --json
succeeds
cat >"$tmp/expected" <<'END'
{
  "schema": "zonecalc.zones/1",
  "zones": [
    {"node": 0, "zone": "DMA", "managed": null, "range": "0x0000000040000000-0x000000007fffffff"},
    {"node": 1, "zone": "DMA", "managed": null, "range": "0x0000000080000000-0x00000000bfffffff"}
  ]
}
END
is
zc run "$tmp/board.toml" --json
succeeds
out_has '"schema": "zonecalc.run/1"'

# Slabs; a table of sizes is answered by one divided by tabs.
export ZONECALC_DATA="$shipped"
zc slab 192 1G --kernel 6.1-x86_64 --cpus 8 --json
succeeds
cat >"$tmp/expected" <<'END'
{
  "schema": "zonecalc.slab/1",
  "slab": [
    {"object": 192, "size": 192, "align": 8, "order": 0, "objects": 21, "min_order": 0, "min_partial": 5, "cpu_partial": 120, "merged_with": null},
    {"object": 1073741824, "size": null, "align": null, "order": null, "objects": null, "min_order": null, "min_partial": null, "cpu_partial": null, "merged_with": null}
  ]
}
END
is
printf 'name\tobject_size\tnote\nfilp\t232\tof mine\n' >"$tmp/caches.tsv"
zc slab --kernel 6.1-x86_64 --cpus 1 --batch "$tmp/caches.tsv" --columns name,order,note --noheadings
succeeds
printf 'filp\t0\tof mine\n' >"$tmp/expected"
is
zc slab --kernel 6.1-x86_64 --cpus 1 --batch "$tmp/caches.tsv" --columns name,objects,note --raw
printf 'name objects note\nfilp 17 of\\x20mine\n' >"$tmp/expected"
is
zc slab --kernel 6.1-x86_64 --cpus 1 --batch "$tmp/caches.tsv" --json
cat >"$tmp/expected" <<'END'
{
  "schema": "zonecalc.slab/1",
  "slab": [
    {"name": "filp", "object_size": 232, "note": "of mine", "size": 232, "order": 0, "objects": 17, "min_partial": 5, "cpu_partial": 120}
  ]
}
END
is

# Sweeps: --figure is what chooses columns.
zc sweep qemu-pc-4g --vary kernelcore=1G,2G --figure zone:Movable.start_pfn --figure movable --noheadings --raw --bytes
succeeds
printf '1G 0x100000 1073741824\n2G 0x100000 1073741824\n' >"$tmp/expected"
is
zc sweep qemu-pc-4g --vary kernelcore=1G,2G --format csv --noheadings
succeeds
[ "$(wc -l <"$tmp/out")" = 2 ] || fail 'not two lines'
zc sweep qemu-pc-4g --vary kernelcore=1G --json
succeeds
out_has '"schema": "zonecalc.sweep/1"'
zc sweep qemu-pc-4g --vary kernelcore=1G --format csv --raw
refused 2 '--raw'

finish
