// SPDX-License-Identifier: MIT
// crashkernel=: what the command line asks for, and where releases with one rule for several architectures place it.
#pragma once

#include <optional>
#include <string_view>

#include "zonecalc/types.h"

namespace zonecalc {

struct Boot;
struct Cmdline;
struct Kernel;

// What one form of crashkernel= asks for.
struct CrashKernelSize {
    bool valid = false;  // it could be read; if not, the kernel says so and takes none
    u64 size = 0;        // bytes
    PhysAddr base = 0;   // 0: anywhere
};

// parse_crashkernel(): SIZE[@ADDRESS], or FROM-[TO]:SIZE,…[@ADDRESS] of which the first range that `system_ram` (bytes) lies in
// counts. The last crashkernel= without a suffix; none where the command line has none.
std::optional<CrashKernelSize> parse_crashkernel(const Kernel& kernel, const Cmdline& cmdline, u64 system_ram);
// parse_crashkernel_high(), parse_crashkernel_low(): the last one that ends with `suffix`, which is ",high" or ",low".
std::optional<CrashKernelSize> parse_crashkernel_suffix(const Kernel& kernel, const Cmdline& cmdline, std::string_view suffix);

// Whether the kernel is built to reserve memory for another one.
bool reserves_crashkernel(const Kernel& kernel);

// CRASH_ALIGN and what goes with it, of an architecture.
struct CrashKernelLimits {
    u64 align;
    PhysAddr low_max;
    PhysAddr high_max;
    u64 default_low_size;  // bytes below low_max for a crash kernel above it
};

// reserve_crashkernel_generic(): arm64 from 6.2, x86 and riscv from 6.7. What was placed, if anything.
std::optional<PhysRange> reserve_crashkernel_generic(Boot& boot, const CrashKernelLimits& limits);
// A part below low_max for a crash kernel above; false where there is no room.
bool reserve_crashkernel_low(Boot& boot, u64 size, const CrashKernelLimits& limits);

}  // namespace zonecalc
