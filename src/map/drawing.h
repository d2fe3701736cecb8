// SPDX-License-Identifier: MIT
// Physical memory as a picture, before anybody has drawn it: sections by node and zone, rows of what lies in them, by address. One
// machine, or two on one scale of addresses. Back ends print it and decide nothing but looks.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "zonecalc/compare.h"

namespace zonecalc {

enum class MapUse {
    hole,      // no memory
    free,      // the page allocator's
    reserved,  // in memblock.reserved
    nomap,     // the kernel does not map it
    lost,      // memory that nobody has reserved and that never reaches the page allocator
};

// Something with a name, bytes in all and how many of them.
struct MapPart {
    std::string name;
    u64 bytes = 0;
    u64 count = 0;
};

// What one machine has in a stretch of addresses. Bytes.
struct MapCell {
    std::optional<int> node;
    std::optional<ZoneType> zone;
    u64 memory = 0;
    u64 hole = 0;
    u64 reserved = 0;  // memory or not: what is reserved may lie in holes
    u64 nomap = 0;
    u64 lost = 0;
    std::array<u64, nr_migrate_types> free{};  // by the type of the pageblock
    std::optional<MigrateType> type;           // of all pageblocks, where they are alike
    std::vector<MapPart> parts;                // largest first

    u64 all_free() const;
    MapUse use() const;  // the most of it
};

// Of what the cells hold nothing changes inside, or all that changes is small. By machine.
struct MapRow {
    PhysRange range;
    std::vector<MapCell> cells;
    bool grouped = false;  // several things in one row
    bool differs = false;
};

struct MapSection {
    enum class Kind { zone, hole, alike };
    Kind kind = Kind::zone;
    PhysRange range;
    std::vector<MapCell> cells;  // the sums; without parts
    std::vector<MapRow> rows;
    std::vector<int> nodes;  // alike: that look like the one before, and are left out
};

struct MapMachine {
    std::string board;
    std::string arch;
    std::string kernel;  // profile
    bool confirmed = false;
    std::string cmdline;
    std::size_t assumptions = 0;
    std::string panic;  // the modelled kernel dies: no zones
    u64 memory = 0;     // bytes of the whole machine
    u64 reserved = 0;   // of its memory
    u64 free = 0;
    unsigned page_shift = 12;
};

struct MapDrawing {
    std::vector<MapMachine> machines;
    std::optional<PhysRange> zoom;
    PhysRange range;
    std::vector<MapSection> sections;
};

// `machines`: one or two. `zoom`: what to draw, the whole memory if none; an end of 0 stands for the end of memory.
MapDrawing draw(const std::vector<Outcome>& machines, std::optional<PhysRange> zoom);

}  // namespace zonecalc
