// SPDX-License-Identifier: MIT
// /proc/iomem: physical memory as a running kernel has it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/log_board.h"
#include "input/source.h"
#include "zonecalc/board.h"

namespace zonecalc {

struct IomemRange {
    PhysAddr base = 0;
    PhysAddr last = 0;   // inclusive
    unsigned depth = 0;  // ranges within ranges
    std::string name;    // "System RAM", "Kernel code"
    u32 line = 0;
};

struct Iomem {
    std::string file;
    std::vector<IomemRange> ranges;  // never empty
    std::optional<Arch> arch;        // where the names tell
};

// Throws InputError where no line is such a range, or where the kernel hid the addresses.
Iomem parse_iomem(const Source& source);

// A resource's name in e820's types; none where it is no range of e820. firmware_map_entry::type has the same names.
std::optional<E820Type> type_of_resource(std::string_view name);

// A board of nothing else. `arch`: where something else tells. Throws InputError where it shows no memory.
LogBoard board_from_iomem(const Iomem& iomem, std::optional<Arch> arch);

// What `board`, made of a log, lacks: memory where it has none, where the kernel lies, what is reserved. Returns sentences for what
// is assumed. `file_is_the_boards`: positions are lines of this file.
std::vector<std::string> add_iomem(Board& board, const Iomem& iomem, bool file_is_the_boards = false);

}  // namespace zonecalc
