// SPDX-License-Identifier: MIT
// A PC for the tests of x86: firmware's map as text, a release, a command line.
#pragma once

#include <fmt/format.h>

#include <sstream>

#include "arch/arch.h"
#include "mm/boot.h"

namespace x86_machine {

using namespace zonecalc;

constexpr u64 MiB = 1024 * 1024;
constexpr u64 GiB = 1024 * MiB;

inline Kernel kernel(std::string_view version, Arch arch = Arch::x86_64) {
    Kernel k;
    k.arch = arch;
    k.version = *version_from_string(version);
    k.behaviours = behaviours_of(k.version);
    k.zones = {true, arch == Arch::x86_64, true, arch == Arch::i386, true, false};
    k.config = {{"MTRR", "y"}, {"ACPI_NUMA", "y"}, {"MEMORY_HOTREMOVE", "y"}, {"NR_CPUS", "32"}, {"PHYSICAL_START", "0x1000000"}};
    k.sizes["real_mode_blob"] = arch == Arch::x86_64 ? 24576 : 16384;
    k.numa = k.numa_emu = arch == Arch::x86_64;
    k.max_numnodes = k.numa ? 64 : 1;
    k.memory_hotplug = true;
    k.movable_node = true;
    if (arch == Arch::i386) {
        k.highmem = k.pae = true;
        k.page_offset = 0xc0000000;
        for (const char* symbol : {"X86_LOCAL_APIC", "X86_IO_APIC", "PCI_MMCONFIG", "ACPI_APEI_GHES", "X86_IOPL_IOPERM"})
            k.config[symbol] = "y";
    }
    return k;
}

// One line for each entry: first and last byte in hex, type as a number.
inline Board board(const std::string& map, Arch arch = Arch::x86_64) {
    Board b;
    b.arch = arch;
    std::istringstream lines(map);
    u64 first = 0;
    u64 last = 0;
    u32 type = 0;
    while (lines >> std::hex >> first >> last >> std::dec >> type)
        b.e820.push_back({first, last - first + 1, static_cast<E820Type>(type), {}});
    return b;
}

inline const std::string pc_4g =
    "0 9fbff 1\n9fc00 9ffff 2\nf0000 fffff 2\n100000 bffdffff 1\nbffe0000 bfffffff 2\nfffc0000 ffffffff 2\n100000000 13fffffff 1\n";

// What setup_arch() leaves behind, as text.
struct Run {
    const Board board;
    const Kernel kernel;
    const Cmdline cmdline;
    Boot boot;
    Run(Board b, Kernel k, std::string_view words)
        : board(std::move(b)), kernel(std::move(k)), cmdline(parse_args(words)), boot(board, kernel, cmdline) {
        x86::setup_arch(boot);
    }
    Run(const Run&) = delete;

    std::string memory() const {
        std::string out;
        for (const MemblockRegion& r : boot.memblock.memory.regions()) {
            out += fmt::format("{}: {:#x}-{:#x}", r.nid, r.base, r.end() - 1);
            if (r.flags & MEMBLOCK_HOTPLUG) out += " hotplug";
            if (r.flags & MEMBLOCK_MIRROR) out += " mirror";
            out += '\n';
        }
        return out;
    }
    std::string limits() {
        std::string out;
        const ZoneSetup setup = x86::zone_sizes_init(boot);
        for (const ZoneType z : all_zones)
            if (boot.kernel.has_zone(z) && z != ZoneType::Movable)
                out += fmt::format("{} {:#x}\n", to_string(z), setup.max_zone_pfn[static_cast<std::size_t>(z)]);
        return out;
    }
    std::string messages() const {
        std::string out;
        for (const KernelMessage& m : boot.layout.messages) out += m.text + '\n';
        return out;
    }
    std::string nodes() const {
        std::string out = "online";
        for (const int n : boot.online_nodes) out += fmt::format(" {}", n);
        out += ", later";
        for (const int n : boot.late_online_nodes) out += fmt::format(" {}", n);
        out += ", possible";
        for (const int n : boot.possible_nodes) out += fmt::format(" {}", n);
        return out;
    }
    bool noted(std::string_view id) const {
        for (const Note& n : boot.layout.notes)
            if (n.id == id) return true;
        return false;
    }
};

}  // namespace x86_machine
