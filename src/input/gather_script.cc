// SPDX-License-Identifier: MIT
// Sections begin with "@ KIND NAME"; lines of text are indented by a blank, so that nothing in them can be taken for a section.
// Nothing is written but standard output, and nothing is needed that busybox lacks: base64 and gzip are used where they are.
#include "input/gathered.h"

namespace zonecalc {

std::string_view gather_script() {
    return R"sh(#!/bin/sh
# Collects what zonecalc can read of this machine. Run it as root:
#     sh gather.sh > machine.txt
# then, anywhere:
#     zonecalc import machine.txt -o machine.toml
# It reads /proc, /sys, /boot and the kernel's log, and changes nothing.

echo "zonecalc-gather 1"
LC_ALL=C
export LC_ALL
release=$(uname -r)

# text NAME: standard input as a section, if there is any
text() {
    content=$(sed 's/^/ /' 2>/dev/null)
    [ -n "$content" ] && printf '@ text %s\n%s\n' "$1" "$content"
}
# file NAME FILE…: the first of the files that can be read
file() {
    name=$1
    shift
    for f in "$@"; do
        [ -r "$f" ] || continue
        text "$name" < "$f"
        return
    done
}
# bytes NAME FILE: a binary file
bytes() {
    [ -r "$2" ] || return
    if command -v base64 > /dev/null 2>&1; then
        if command -v gzip > /dev/null 2>&1; then
            printf '@ gzip-base64 %s\n' "$1"
            gzip -c < "$2" | base64
        else
            printf '@ base64 %s\n' "$1"
            base64 < "$2"
        fi
    elif command -v od > /dev/null 2>&1; then
        printf '@ hex %s\n' "$1"
        od -An -v -tx1 < "$2" 2>/dev/null || od -v -tx1 < "$2" | sed 's/^[^ ]* *//'
    elif command -v hexdump > /dev/null 2>&1; then
        printf '@ hex %s\n' "$1"
        hexdump -v -e '16/1 "%02x " "\n"' < "$2"
    fi
}

echo "$release" | text release
uname -m | text machine
file version /proc/version
file cmdline /proc/cmdline

# The log: from its file where the system has kept the start of it, else what the ring buffer still has.
if dmesg 2>/dev/null | grep -q 'Linux version'; then
    dmesg 2>/dev/null | text dmesg
elif [ -r /var/log/dmesg ] && grep -q "Linux version $release" /var/log/dmesg 2>/dev/null; then
    file dmesg /var/log/dmesg
elif command -v journalctl > /dev/null 2>&1 && journalctl -k -b 2>/dev/null | grep -q 'Linux version'; then
    journalctl -k -b -o short-monotonic --no-hostname 2>/dev/null | text dmesg
else
    dmesg 2>/dev/null | text dmesg
fi

# The kernel's build.
if [ -r /proc/config.gz ]; then
    zcat /proc/config.gz 2>/dev/null | text config
else
    file config "/boot/config-$release" "/lib/modules/$release/config" "/lib/modules/$release/build/.config"
fi
symbols='_text|_stext|_etext|_sinittext|_einittext|__init_begin|__init_end|__initdata_begin|__initdata_end|_sdata|_data|_edata'
symbols="$symbols|__bss_start|__bss_stop|_end|__end_of_kernel_reserve|__brk_base|__brk_limit|__per_cpu_start|__per_cpu_end"
symbols="$symbols|__start_rodata|__end_rodata|init_pg_dir|init_pg_end|swapper_pg_dir|idmap_pg_dir|__idmap_text_start|__idmap_text_end"
symbols="$symbols|real_mode_blob|real_mode_blob_end|_start|__kpti_install_ng_mappings|__idmap_kpti_flag"
for f in "/boot/System.map-$release" "/lib/modules/$release/System.map" /proc/kallsyms; do
    [ -r "$f" ] || continue
    found=$(grep -E " ($symbols)\$" "$f" 2>/dev/null)
    case $found in *[1-9a-f][0-9a-f]*\ ?\ *) ;; *) continue ;; esac
    echo "$found" | text symbols
    break
done
bytes btf /sys/kernel/btf/vmlinux

# What firmware said.
bytes fdt /sys/firmware/fdt
for d in /sys/firmware/memmap/*; do
    [ -r "$d/start" ] && echo "${d##*/} $(cat "$d/start") $(cat "$d/end") $(cat "$d/type")"
done | sort -n | text memmap
for f in /sys/firmware/acpi/tables/*; do
    [ -f "$f" ] && echo "${f##*/} $(wc -c < "$f" 2>/dev/null)"
done | text acpi
for d in /sys/firmware/efi/runtime-map/*; do
    [ -r "$d/phys_addr" ] && echo "${d##*/} $(cat "$d/phys_addr") $(cat "$d/num_pages") $(cat "$d/type") $(cat "$d/attribute")"
done | sort -n | text efi
for d in /sys/kernel/boot_params/setup_data/*; do
    [ -r "$d/type" ] && echo "${d##*/} $(cat "$d/type") $(wc -c < "$d/data" 2>/dev/null)"
done | text setup_data
file mtrr /proc/mtrr

# The machine as it runs.
file iomem /proc/iomem
sed -n '/^$/q;p' /proc/cpuinfo 2>/dev/null | text cpuinfo
for f in possible present online; do
    [ -r "/sys/devices/system/cpu/$f" ] && echo "$f $(cat "/sys/devices/system/cpu/$f")"
done | text cpus
for d in /sys/devices/system/node/node[0-9]*; do
    [ -r "$d/distance" ] && echo "${d##*/node} cpus=$(cat "$d/cpulist" 2>/dev/null) distance=$(cat "$d/distance")"
done | sort -n | text nodes
file nodes_possible /sys/devices/system/node/possible
file zoneinfo /proc/zoneinfo
file buddyinfo /proc/buddyinfo
file pagetypeinfo /proc/pagetypeinfo
file meminfo /proc/meminfo
file slabinfo /proc/slabinfo
echo "@ end"
)sh";
}

}  // namespace zonecalc
