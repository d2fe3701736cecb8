// SPDX-License-Identifier: MIT
// Which architecture's set-up is run.
#include "arch/arch.h"

#include <fmt/format.h>

#include "arch/arm64_early.h"
#include "arch/arm_early.h"
#include "arch/riscv_early.h"
#include "arch/x86_early.h"
#include "kernel/source_words.h"

namespace zonecalc {

namespace {

ZoneSetup zone_sizes_init(Boot& boot) {
    switch (boot.board.arch) {
        case Arch::x86_64:
        case Arch::i386:
            return x86::zone_sizes_init(boot);
        case Arch::arm:
            return arm::zone_sizes_init(boot);
        case Arch::arm64:
            return arm64::zone_sizes_init(boot);
        case Arch::riscv64:
            return riscv::zone_sizes_init(boot);
    }
    return {};
}

// The two forms of the answer, in the kernel's words.
void tell(const WalkPath& step, const Kernel& kernel, const ZoneSetup& setup) {
    for (const ZoneType type : all_zones) {
        if (!kernel.has_zone(type)) continue;
        const auto i = static_cast<std::size_t>(type);
        const std::string zone = fmt::format("[{}]", zone_constant(type));
        if (setup.sizes) {
            step.value("zones_size" + zone, setup.sizes->size[i], WalkUnit::pages);
            step.value("zholes_size" + zone, setup.sizes->hole[i], WalkUnit::pages);
        } else {
            step.value("max_zone_pfns" + zone, setup.max_zone_pfn[i], WalkUnit::pfn);
        }
    }
    if (setup.sizes)
        step.because("this kernel has no node map: the architecture hands over how long zones are and how much is a hole");
}

}  // namespace

void setup_arch(Boot& boot) {
    const WalkPath step(boot.walk, "setup_arch");
    switch (boot.board.arch) {
        case Arch::x86_64:
        case Arch::i386:
            return x86::setup_arch(boot);
        case Arch::arm:
            return arm::setup_arch(boot);
        case Arch::arm64:
            return arm64::setup_arch(boot);
        case Arch::riscv64:
            return riscv::setup_arch(boot);
    }
}

ZoneSetup arch_zone_limits_init(Boot& boot) {
    const WalkPath step(boot.walk, "arch_zone_limits_init");
    step.value("min_low_pfn", boot.min_low_pfn, WalkUnit::pfn);
    step.value("max_low_pfn", boot.max_low_pfn, WalkUnit::pfn);
    step.value("max_pfn", boot.max_pfn, WalkUnit::pfn);
    ZoneSetup setup = zone_sizes_init(boot);
    if (step) tell(step, boot.kernel, setup);
    return setup;
}

void reserve_until_handover(Boot& boot) {
    if (is_x86(boot.board.arch)) x86::reserve_until_handover(boot);
    if (boot.board.arch == Arch::arm) arm::reserve_until_handover(boot);
    if (boot.board.arch == Arch::riscv64) riscv::reserve_until_handover(boot);
    if (boot.board.arch == Arch::arm64) arm64::reserve_until_handover(boot);
}

}  // namespace zonecalc
