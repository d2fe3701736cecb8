// SPDX-License-Identifier: MIT
// From a boot log to the board that booted: the inputs of that boot, and what the log left open.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "input/kconfig.h"
#include "input/source.h"
#include "zonecalc/board.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

struct Iomem;

struct LogBoard {
    Board board;                     // its positions are lines of the log; `kernel` is left empty
    std::string release;             // as uname -r prints it; empty where the log's head is missing
    std::optional<Version> version;  // of the source, where the log or the config says
    std::optional<bool> smp;
    std::optional<bool> pae;  // i386
    std::optional<unsigned> config_nr_cpus;
    std::optional<u64> page_offset;                 // CONFIG_PAGE_OFFSET, 32-bit x86
    std::map<std::string, u32, std::less<>> lines;  // keys of [board]: the line that says so
    std::vector<std::string> assumed;               // sentences: what the log does not say
    bool cma = false;                               // an area for contiguous allocations was made
};

// Takes the inputs of a boot and none of its results. `config` helps where the log's head is missing. Throws InputError where the
// log shows no memory map, and `iomem` was not given, or a machine that is not modelled.
LogBoard board_from_log(const Source& log, const KernelConfig* config = nullptr, const Iomem* iomem = nullptr);

// What lies beyond is a damaged line: no machine of this architecture has it.
constexpr PhysAddr physical_end(Arch arch) {
    return PhysAddr{1} << (arch == Arch::arm ? 40 : arch == Arch::riscv64 ? 56 : 52);
}

}  // namespace zonecalc
