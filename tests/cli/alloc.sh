# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# zonecalc alloc: a line of JSON for each request, in order; nothing on standard output where the script is no script.
. "${0%/*}/common.sh"

is() { printf '%s\n' "$1" | cmp -s - "$tmp/out" || fail 'other lines than expected'; }

cat >"$tmp/script" <<'EOF'
{"op": "alloc", "id": "a0", "order": 0, "gfp": "0xdc0", "node": 0}
{"op": "free", "id": "a0"}

{"op": "alloc", "id": "a1", "order": 0, "gfp": "GFP_KERNEL|__GFP_ZERO"}
{"op": "bulk", "id": "b0", "gfp": "GFP_KERNEL", "count": 3}
{"op": "step", "to": "setup_per_cpu_pageset"}
{"op": "alloc", "id": "a2", "order": 10, "gfp": "GFP_KERNEL"}
EOF
zc alloc qemu-q35-8g --script "$tmp/script"
succeeds
is '{"id": "a0", "pfn": 1048576, "node": 0, "zone": "Normal", "migratetype": "Unmovable"}
{"free": "a0", "pfns": [1048576]}
{"id": "a1", "pfn": 1048576, "node": 0, "zone": "Normal", "migratetype": "Unmovable"}
{"id": "b0", "pfns": [1048577, 1048578, 1048579], "node": 0, "zone": "Normal", "migratetype": "Unmovable"}
{"step": "setup_per_cpu_pageset"}
{"id": "a2", "pfn": 1049600, "node": 0, "zone": "Normal", "migratetype": "Unmovable"}'

zc alloc qemu-q35-8g --alloc 'order=9 gfp=GFP_DMA32 count=2' --alloc 'gfp=GFP_DMA order=10'
succeeds
is '{"id": "a0", "pfn": 6144, "node": 0, "zone": "DMA32", "migratetype": "Unmovable"}
{"id": "a1", "pfn": 6656, "node": 0, "zone": "DMA32", "migratetype": "Unmovable"}
{"id": "a2", "pfn": 1024, "node": 0, "zone": "DMA", "migratetype": "Unmovable"}'

# Without a node: the boot CPU's, then all in turn.
cat >"$tmp/turns" <<'EOF'
{"op": "alloc", "id": "a0", "order": 0, "gfp": "GFP_KERNEL"}
{"op": "alloc", "id": "a1", "order": 0, "gfp": "GFP_KERNEL"}
{"op": "step", "to": "setup_per_cpu_pageset"}
{"op": "alloc", "id": "a2", "order": 0, "gfp": "GFP_KERNEL"}
{"op": "alloc", "id": "a3", "order": 0, "gfp": "GFP_KERNEL"}
{"op": "alloc", "id": "a4", "order": 0, "gfp": "GFP_KERNEL|__GFP_THISNODE"}
{"op": "bulk", "id": "b0", "gfp": "GFP_KERNEL", "count": 3}
{"op": "step", "to": "cma_init_reserved_areas"}
EOF
zc alloc qemu-pc-2node --script "$tmp/turns"
succeeds
is '{"id": "a0", "pfn": 8192, "node": 0, "zone": "DMA32", "migratetype": "Unmovable"}
{"id": "a1", "pfn": 8193, "node": 0, "zone": "DMA32", "migratetype": "Unmovable"}
{"step": "setup_per_cpu_pageset"}
{"id": "a2", "pfn": 8194, "node": 0, "zone": "DMA32", "migratetype": "Unmovable"}
{"id": "a3", "pfn": 131072, "node": 1, "zone": "DMA32", "migratetype": "Unmovable"}
{"id": "a4", "pfn": 8195, "node": 0, "zone": "DMA32", "migratetype": "Unmovable"}
{"id": "b0", "pfns": [8196, 8197, 131073], "node": 0, "zone": "DMA32", "migratetype": "Unmovable"}
{"step": "cma_init_reserved_areas"}'

zc alloc qemu-q35-8g
refused 2 'give --script or --alloc'
# What the kernel could not give is an answer.
zc alloc qemu-q35-8g --alloc 'order=11'
succeeds
is '{"id": "a0", "pfn": null, "reason": "order 11 is larger than the largest block, 10"}'
zc alloc qemu-q35-8g --script "$tmp/none"
refused 2 "$tmp/none"
printf '{"op": "alloc", "id": "a0", "ordr": 1, "gfp": "GFP_KERNEL"}\n{"op": "fre"}\n' >"$tmp/wrong"
zc alloc qemu-q35-8g --script "$tmp/wrong"
refused 2 "$tmp/wrong:1:29: error: 'ordr' is no part of this request; did you mean 'order'?"
err_has "$tmp/wrong:2:2: error: 'fre' is no request; did you mean 'free'?"
finish
