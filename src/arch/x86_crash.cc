// SPDX-License-Identifier: MIT
// Memory for a crash kernel on x86, up to 6.6; then the way that all share.
//
// Up to 5.1 a crash kernel without ",high" has to fit below 896 MiB. Then it may lie below 4 GiB, and above where that is full.
//
// Read beside it: reserve_crashkernel() and reserve_crashkernel_low() in arch/x86/kernel/setup.c, asm/crash_reserve.h from 6.9 on.
#include "arch/x86_early.h"
#include "mm/boot.h"
#include "mm/crashkernel.h"

namespace zonecalc::x86 {

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 GiB = u64{1} << 30;

CrashKernelLimits limits(const Boot& boot) {
    const Behaviours& b = boot.kernel.behaviours;
    constexpr u64 align = 16 * MiB;
    if (boot.kernel.arch == Arch::i386) return {align, 512 * MiB, 512 * MiB, 0};
    const u64 low_size = swiotlb_size_or_default(boot) + 8 * MiB;
    return {align, b.x86_crashkernel_below_4g ? 4 * GiB : 896 * MiB, PhysAddr{1} << 46,
            b.x86_crashkernel_low_256m ? std::max(low_size, 256 * MiB) : low_size};
}

// reserve_crashkernel_low()
bool reserve_low(Boot& boot, CrashKernelLimits l) {
    const auto wanted = parse_crashkernel_suffix(boot.kernel, boot.cmdline, ",low");
    const u64 size = wanted && wanted->valid ? wanted->size : l.default_low_size;
    l.low_max = 4 * GiB;
    return size == 0 || zonecalc::reserve_crashkernel_low(boot, size, l);
}

}  // namespace

void reserve_crashkernel(Boot& boot) {
    if (!reserves_crashkernel(boot.kernel)) return;
    const WalkStep step(boot.walk, "reserve_crashkernel");
    const Behaviours& b = boot.kernel.behaviours;
    const CrashKernelLimits l = limits(boot);
    if (b.x86_crashkernel_generic) {
        reserve_crashkernel_generic(boot, l);
        return;
    }
    std::optional<CrashKernelSize> wanted = parse_crashkernel(boot.kernel, boot.cmdline, boot.memblock.memory.total_size());
    const bool high = !wanted || wanted->size == 0;
    if (high) wanted = parse_crashkernel_suffix(boot.kernel, boot.cmdline, ",high");
    if (!wanted || wanted->size == 0) return;

    MemblockAllocator& mb = boot.early->allocator;
    EarlyRequest request{.name = "crash kernel", .size = wanted->size, .align = l.align, .from = l.align};
    std::optional<PhysAddr> place;
    if (wanted->base != 0) {
        request.align = MiB;
        request.from = wanted->base;
        request.below = wanted->base + wanted->size;
        place = mb.phys_alloc(request);
    } else {
        request.below = l.low_max;
        if (!high) place = mb.phys_alloc(request);
        request.below = l.high_max;
        if (!place && (high || b.x86_crashkernel_below_4g)) place = mb.phys_alloc(request);
    }
    if (place && *place >= 4 * GiB && !reserve_low(boot, l)) mb.free(*place, wanted->size);
}

}  // namespace zonecalc::x86
