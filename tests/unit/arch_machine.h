// SPDX-License-Identifier: MIT
// A machine of one architecture, set up as far as memory and zone limits go; the answer as text.
#pragma once

#include <fmt/format.h>

#include "arch/arch.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc::test {

inline constexpr u64 MiB = u64{1} << 20;
inline constexpr u64 GiB = u64{1} << 30;

struct Machine {
    Board board;
    Kernel kernel;
    std::string cmdline;

    Machine(Arch arch, Version version) {
        board.arch = kernel.arch = arch;
        kernel.version = version;
        kernel.behaviours = behaviours_of(version);
        kernel.have_memblock_node_map = true;
        kernel.max_numnodes = 16;
    }
    void zones(std::initializer_list<ZoneType> types) {
        for (const ZoneType z : types) kernel.zones[static_cast<std::size_t>(z)] = true;
    }
    MemoryBank& bank(PhysAddr base, u64 size) {
        board.memory.push_back({});
        board.memory.back().base = base;
        board.memory.back().size = size;
        return board.memory.back();
    }

    // Memory, pfn limits, zone limits (or sizes and holes), nodes, messages and notes, one line each.
    std::string run() const {
        const Cmdline c = parse_args(cmdline);
        Boot boot(board, kernel, c);
        setup_arch(boot);
        std::string out;
        for (const MemblockRegion& r : boot.memblock.memory.regions()) {
            out += fmt::format("memory {:#x}-{:#x} node {}", r.base, r.end() - 1, r.nid);
            if (r.flags & MEMBLOCK_HOTPLUG) out += " hotplug";
            if (r.flags & MEMBLOCK_MIRROR) out += " mirror";
            if (r.flags & MEMBLOCK_NOMAP) out += " nomap";
            out += "\n";
        }
        if (boot.layout.panic) return out + "panic: " + *boot.layout.panic + "\n";
        out += fmt::format("pfn {:#x} {:#x} {:#x}\n", boot.min_low_pfn, boot.max_low_pfn, boot.max_pfn);
        const ZoneSetup setup = arch_zone_limits_init(boot);
        for (std::size_t z = 0; z < MAX_NR_ZONES; ++z) {
            if (!kernel.zones[z]) continue;
            if (!setup.sizes)
                out += fmt::format("{} {:#x}\n", to_string(all_zones[z]), setup.max_zone_pfn[z]);
            else
                out +=
                    fmt::format("{} size {:#x} hole {:#x}\n", to_string(all_zones[z]), setup.sizes->size[z], setup.sizes->hole[z]);
        }
        if (boot.possible_nodes.size() > 1 || !boot.distance.empty()) {
            out += "nodes";
            for (const int n : boot.online_nodes) out += fmt::format(" {}", n);
            for (const auto& [pair, d] : boot.distance) out += fmt::format(" {}-{}:{}", pair.first, pair.second, d);
            out += "\n";
        }
        for (const KernelMessage& m : boot.layout.messages) out += m.text + "\n";
        for (const Note& n : boot.layout.notes) out += fmt::format("({} {})\n", to_string(n.kind), n.id);
        return out;
    }
};

}  // namespace zonecalc::test
