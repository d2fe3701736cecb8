// SPDX-License-Identifier: MIT
// What a device tree tells, and what machines that have one map for themselves.
#include <fmt/format.h>

#include "input/board_reader.h"
#include "input/limits.h"

namespace zonecalc {

void BoardReader::read_device_tree(TableReader& table) {
    constexpr i64 most = i64{1} << 24;  // a blob has 32 bits of size, a node takes 12 bytes of it
    DeviceTree tree;
    tree.position = table.position();
    tree.base = table.size("base");
    tree.size = table.size("size").value_or(0);
    tree.unflattened = table.size("unflattened").value_or(0);
    tree.nodes = static_cast<u64>(table.integer("nodes", 0, most).value_or(0));
    tree.properties = static_cast<u64>(table.integer("properties", 0, most).value_or(0));
    tree.name_bytes = static_cast<u64>(table.integer("name_bytes", 0, most * 64).value_or(0));
    tree.path_bytes = static_cast<u64>(table.integer("path_bytes", 0, most * 4096).value_or(0));
    tree.aliases = table.strings("aliases");
    constexpr u64 largest = u64{1} << 32;
    if (tree.size > largest) error(table.position_of("size"), "a device tree blob is smaller than 4 GiB");
    if (tree.unflattened > 64 * largest) error(table.position_of("unflattened"), "no device tree unpacks to so much");
    if (tree.base && *tree.base >= u64{1} << physical_address_bits(board_.arch))
        error(table.position_of("base"), fmt::format("{} does not address {:#x}", to_string(board_.arch), *tree.base));
    only_on(!is_x86(board_.arch), table.position(), "[device_tree]", "arm, arm64 and riscv64");
    board_.device_tree = std::move(tree);
}

void BoardReader::read_memreserve(TableReader& table) {
    only_on(!is_x86(board_.arch), table.position(), "[[memreserve]]", "arm, arm64 and riscv64");
    if (const std::optional<Base> range = read_range(table))
        board_.memreserve.push_back({range->base, range->size, table.position()});
}

void BoardReader::read_reserved_memory(TableReader& table) {
    only_on(!is_x86(board_.arch), table.position(), "[[reserved_memory]]", "arm, arm64 and riscv64");
    ReservedMemory node;
    node.position = table.position();
    node.name = table.string("name").value_or("");
    for (const std::size_t flag : table.words("flags", {"nomap", "reusable", "pool", "cma-default"}))
        (flag == 0 ? node.nomap : flag == 1 ? node.reusable : flag == 2 ? node.pool : node.cma_default) = true;
    if (table.has("base") || table.has("end")) {
        const std::optional<Base> range = read_range(table);
        if (!range) return;
        node.base = range->base;
        node.size = range->size;
    } else {
        const std::optional<u64> size = table.size("size");
        if (!table.has("size")) table.missing("size");
        if (size && *size == 0) error(table.position_of("size"), "[[reserved_memory]] is empty: 'size' is 0");
        node.size = size.value_or(0);
        node.alignment = table.size("alignment").value_or(0);
        if ((node.alignment & (node.alignment - 1)) != 0)
            error(table.position_of("alignment"), "'alignment' must be a power of two");
        for (const TomlValue* value : table.tables("alloc_ranges")) {
            TableReader inner(*value, "'alloc_ranges'", diagnostics_);
            if (const std::optional<Base> range = read_range(inner))
                node.alloc_ranges.push_back({range->base, range->base + range->size});
            inner.finish();
        }
    }
    board_.reserved_memory.push_back(std::move(node));
}

void BoardReader::read_io_table(TableReader& table) {
    constexpr u64 end = u64{1} << 32;
    only_on(board_.arch == Arch::arm, table.position(), "[[io_table]]", "arm");
    IoTable io;
    io.position = table.position();
    for (const TomlValue* value : table.tables("maps")) {
        TableReader inner(*value, "'maps'", diagnostics_);
        IoMapping map;
        if (!inner.has("virtual")) inner.missing("virtual");
        map.virtual_address = inner.size("virtual").value_or(0);
        if (map.virtual_address >= end)
            error(inner.position_of("virtual"), fmt::format("{:#x} is no virtual address of arm", map.virtual_address));
        if (const std::optional<Base> range = read_range(inner)) {
            map.base = range->base;
            map.size = range->size;
            if (map.size > end) error(inner.position(), "a static mapping is smaller than 4 GiB");
            io.maps.push_back(map);
        }
        inner.finish();
    }
    if (!table.has("maps")) table.missing("maps");
    board_.io_tables.push_back(std::move(io));
}

}  // namespace zonecalc
