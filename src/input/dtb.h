// SPDX-License-Identifier: MIT
// A flattened device tree blob as nodes and properties, with the place of each in the blob. What they mean is in dtb_board.h.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "input/source.h"

namespace zonecalc {

struct DtProperty {
    std::string_view name;
    std::string_view value;
    u64 offset = 0;  // of the value in the blob
};

struct DtNode {
    std::string_view name;  // with its unit address; empty for the root
    int parent = -1;        // index; -1 for the root
    u64 offset = 0;         // in the blob
    std::vector<DtProperty> properties;
    std::vector<int> children;

    const DtProperty* property(std::string_view property_name) const;
    bool has(std::string_view property_name) const { return property(property_name) != nullptr; }
    // The value up to its first zero; empty where there is no such property.
    std::string_view string(std::string_view property_name) const;
    // Is `word` one of the strings of a list such as "compatible"?
    bool lists(std::string_view property_name, std::string_view word) const;
    std::string_view base_name() const { return name.substr(0, name.find('@')); }
    // "status" is absent, "okay" or "ok".
    bool available() const;
};

// Points into the source that it was read from, which must outlive it.
struct DtTree {
    std::string file;
    std::vector<DtNode> nodes;  // in the blob's order; the first is the root
    std::vector<std::pair<u64, u64>> reservations;
    u64 total_size = 0;  // as the header has it

    const DtNode& root() const { return nodes.front(); }
    const DtNode* child(const DtNode& node, std::string_view name) const;
    std::string path(const DtNode& node) const;
    // of_find_node_by_path(): "/soc/serial@1000", or an alias with or without a path behind it. Null where there is none.
    const DtNode* find(std::string_view path) const;

    [[noreturn]] void refuse(u64 offset, const std::string& message) const;
};

bool is_dtb(std::string_view text);

// Throws InputError with the byte offset of what is wrong.
DtTree parse_dtb(const Source& source);

// A number of `count` cells as of_read_number() has it: of more than two the last two count. What lies beyond `cells` is missing.
u64 read_cells(std::string_view cells, u64 first, u64 count);

}  // namespace zonecalc
