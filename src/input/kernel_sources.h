// SPDX-License-Identifier: MIT
// The files that a kernel's build leaves behind, from which a profile is made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/btf.h"
#include "input/kconfig.h"

namespace zonecalc {

struct KernelSources {
    std::vector<std::string> files;      // what was read, in order
    std::optional<KernelConfig> config;  // .config, /boot/config-RELEASE, /proc/config.gz
    Numbers symbols;                     // System.map, /proc/kallsyms, symbol table of a vmlinux; empty: none was given
    Numbers sizes;                       // BTF; empty: none was given
    Numbers constants;                   // BTF
    u64 percpu = 0;                      // bytes of static per-CPU data: a section of a vmlinux, or BTF
    std::optional<Arch> arch;
    std::string release;             // from a file's name, or the banner of a vmlinux
    std::vector<std::string> notes;  // files that say nothing, and why

    std::optional<Version> version() const;
};

// A file of the kernel's, known by its content, or a directory with such files (/boot, a kernel's build tree). `release` tells the
// kernels of one directory apart; empty: there must be one. Throws InputError.
void add_kernel_source(KernelSources& sources, const std::string& path, const std::string& release = {});
void add_kernel_source(KernelSources& sources, const Source& source);

// Is this text one that add_kernel_source() takes, as opposed to a profile?
bool is_kernel_source(std::string_view text);

}  // namespace zonecalc
