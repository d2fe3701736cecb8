// SPDX-License-Identifier: MIT
// A kernel's .config (also /proc/config.gz unpacked, /boot/config-RELEASE).
#pragma once

#include <map>
#include <string>

#include "input/source.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

struct KernelConfig {
    std::string file;
    std::map<std::string, std::string, std::less<>> symbols;  // without CONFIG_; "n" where "is not set"; strings without quotes
    std::optional<Version> version;                           // from the heading, "# Linux/arm64 6.1.176 Kernel Configuration"
    std::optional<Arch> arch;

    std::string_view value(std::string_view symbol) const;  // "n" where the file has nothing
};

// Throws InputError where the text has no CONFIG_ line.
KernelConfig parse_kernel_config(const Source& source);

}  // namespace zonecalc
