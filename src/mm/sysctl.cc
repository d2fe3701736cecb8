// SPDX-License-Identifier: MIT
// A word "sysctl.NAME=VALUE" (or with '/' for '.') is what writing VALUE to /proc/sys/NAME would be, when all initcalls are done
// and init memory is freed. So watermarks are computed once more, from what is managed then.
//
// Numbers are decimal, octal or hexadecimal, with blanks around. lowmem_reserve_ratio is a list, divided by blanks: with commas it
// is refused at the first one, and the reserves are computed anew with the ratios that there were (Debian 6.1.0-56-amd64 shows it).
//
// Not modelled: sysctl files of a distribution, which user space applies later.
// Read beside it: process_sysctl_arg(), __do_proc_dointvec(); the handlers of vm.* in mm/page_alloc.c.
#include "mm/sysctl.h"

#include <algorithm>

namespace zonecalc {

namespace {

constexpr u64 largest = 0x7fffffff;

void skip_blanks(std::string_view& text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n')) text.remove_prefix(1);
}

// The next number of a list; none where there is no number, or where no blank follows.
std::optional<u64> next_number(std::string_view& text) {
    skip_blanks(text);
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const Strtoull n = simple_strtoull(text);
    text = n.rest;
    const bool ends = text.empty() || text.front() == ' ' || text.front() == '\t' || text.front() == '\n';
    if (!ends || n.value > largest) return std::nullopt;
    return n.value;
}

std::optional<u64> number(std::string_view text, u64 least, u64 most) {
    const auto n = next_number(text);
    if (!n || *n < least || *n > most) return std::nullopt;
    return n;
}

}  // namespace

VmSysctl do_sysctl_args(const Kernel& kernel, const Cmdline& cmdline) {
    VmSysctl vm;
    if (!kernel.behaviours.sysctl_args) return vm;
    for (const Parameter& p : cmdline.parameters) {
        std::string name = p.name;
        if (!p.value || !name.starts_with("sysctl") || name.size() < 7 || (name[6] != '.' && name[6] != '/')) continue;
        std::replace(name.begin(), name.end(), '.', '/');
        const std::string_view value = *p.value;
        if (name == "sysctl/vm/min_free_kbytes") {
            if (const auto n = number(value, 0, largest)) vm.min_free_kbytes = n;
        } else if (name == "sysctl/vm/watermark_scale_factor") {
            if (const auto n = number(value, 1, kernel.behaviours.watermark_scale_to_30_percent ? 3000 : 1000))
                vm.watermark_scale_factor = n;
        } else if (name == "sysctl/vm/percpu_pagelist_high_fraction" && kernel.behaviours.pcp_high_from_low_wmark) {
            if (const auto n = number(value, 0, largest); n && (*n == 0 || *n >= MIN_PERCPU_PAGELIST_HIGH_FRACTION))
                vm.percpu_high_fraction = n;
        } else if (name == "sysctl/vm/lowmem_reserve_ratio") {
            if (!vm.lowmem_reserve_ratio) vm.lowmem_reserve_ratio.emplace();
            std::string_view rest = value;
            for (std::size_t i = 0; i < MAX_NR_ZONES; ++i) {
                const auto n = next_number(rest);
                if (!n) break;
                if (vm.lowmem_reserve_ratio->size() <= i) vm.lowmem_reserve_ratio->resize(i + 1);
                (*vm.lowmem_reserve_ratio)[i] = n;
            }
        }
    }
    return vm;
}

}  // namespace zonecalc
