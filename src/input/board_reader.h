// SPDX-License-Identifier: MIT
// The reader of board files: a function for each table. What all boards have is in board_toml.cc, what x86 firmware tells in
// board_toml_x86.cc, what device trees and their boot loaders tell in board_toml_tree.cc.
#pragma once

#include <optional>
#include <string>

#include "input/board_check.h"
#include "input/toml_reader.h"

namespace zonecalc {

class BoardReader {
public:
    BoardReader(const Source& source, Diagnostics& diagnostics) : diagnostics_(diagnostics) { board_.file = source.name; }
    Board read(const TomlValue& root);

private:
    struct Base {
        PhysAddr base;
        u64 size;
    };
    // base, and size or end (inclusive). An empty range is an error unless `empty_allowed`.
    std::optional<Base> read_range(TableReader& table, bool empty_allowed = false);
    std::optional<int> read_node(TableReader& table, std::string_view key = "node");
    void read_board_table(TableReader& table);
    void read_memory(TableReader& table);
    void read_e820(TableReader& table);
    void read_srat(TableReader& table);
    void read_mirror(TableReader& table);
    void read_mtrr(TableReader& table);
    void read_reserved(TableReader& table);
    void read_loaded(TableReader& table);
    void read_device_tree(TableReader& table);
    void read_memreserve(TableReader& table);
    void read_reserved_memory(TableReader& table);
    void read_acpi_table(TableReader& table);
    void read_io_table(TableReader& table);
    void read_x86_facts(TableReader& table);
    void read_absences(TableReader& table);
    void read_efi(TableReader& table);
    void read_efi_memory(TableReader& table);
    void read_image(TableReader& table);
    void read_node_table(TableReader& table);
    // [[key]]: reads each table, then reports the keys that `read_table` did not ask for.
    void each(TableReader& root, std::string_view key, void (BoardReader::*read_table)(TableReader&));
    void only_on(bool there, SourcePosition position, std::string_view what, std::string_view where);
    void error(SourcePosition position, std::string message) { diagnostics_.error(position, std::move(message)); }

    Board board_;
    BoardPlaces places_;
    Diagnostics& diagnostics_;
    bool arch_known_ = false;
};

}  // namespace zonecalc
