// SPDX-License-Identifier: MIT
// Which architecture's set-up is run.
#include "arch/arch.h"

#include "arch/arm64_early.h"
#include "arch/arm_early.h"
#include "arch/x86_early.h"

namespace zonecalc {

void setup_arch(Boot& boot) {
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

void reserve_until_handover(Boot& boot) {
    if (is_x86(boot.board.arch)) x86::reserve_until_handover(boot);
    if (boot.board.arch == Arch::arm) arm::reserve_until_handover(boot);
    if (boot.board.arch == Arch::arm64) arm64::reserve_until_handover(boot);
}

}  // namespace zonecalc
