// SPDX-License-Identifier: MIT
// TOML as values with places, and the checks that every reader of a TOML file needs. The TOML library stays behind this header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/source.h"
#include "zonecalc/types.h"

namespace zonecalc {

struct TomlEntry;

struct TomlValue {
    enum class Kind { string, integer, floating, boolean, date_time, array, table };
    Kind kind = Kind::table;
    SourcePosition position;  // of a table: its header or its opening brace
    std::string text;         // of a string
    i64 integer = 0;
    bool boolean = false;
    std::vector<TomlValue> items;    // of an array
    std::vector<TomlEntry> entries;  // of a table, in the order of the text
};

struct TomlEntry {
    std::string key;
    SourcePosition position;
    TomlValue value;
};

std::string_view to_string(TomlValue::Kind kind);  // "a string", "an integer", …

// The root table. Throws InputError where the text is no TOML, with what `diagnostics` holds so far.
TomlValue parse_toml(const Source& source, Diagnostics& diagnostics);

// A size or an address: an integer, or a string such as "512MiB", "4G", "0x1_0000", "0xffffffffffffffff". Suffixes are powers of
// 1024. Reports what is wrong with it under the name `what` ("'size'").
std::optional<u64> read_size(const TomlValue& value, std::string_view what, Diagnostics& diagnostics);

// Reads one table key by key. A key that was asked for is a known one; finish() reports all others. A value of another type than
// asked for is reported and read as if it was not there; has() tells the two apart.
class TableReader {
public:
    // `name` is what messages call the table: "[board]", "[[memory]]"; "the file" for the root.
    TableReader(const TomlValue& table, std::string name, Diagnostics& diagnostics);

    const TomlValue* find(std::string_view key);
    bool has(std::string_view key) { return find(key) != nullptr; }
    const std::string& name() const { return name_; }
    SourcePosition position() const { return table_.position; }
    SourcePosition position_of(std::string_view key) const;  // of the value; of the table where there is no such key

    std::optional<std::string> string(std::string_view key);
    std::optional<bool> boolean(std::string_view key);
    std::optional<i64> integer(std::string_view key, i64 lowest, i64 highest);
    std::optional<u64> size(std::string_view key);
    std::vector<i64> integers(std::string_view key, i64 lowest, i64 highest);
    std::vector<std::string> strings(std::string_view key);
    // A string, or each string of an array, must be one of `words`: their indices, none for those that were reported.
    std::optional<std::size_t> word(std::string_view key, const std::vector<std::string_view>& words);
    std::vector<std::size_t> words(std::string_view key, const std::vector<std::string_view>& words);
    // [NAME] tables and [[NAME]] arrays of tables below this one. Null, or empty, where there is none or another thing is there.
    const TomlValue* table(std::string_view key);
    std::vector<const TomlValue*> tables(std::string_view key);

    // The items of an array, which `wanted` names ("an array of strings"). Null where there is none or another thing is there.
    const std::vector<TomlValue>* array(std::string_view key, std::string_view wanted);

    void missing(std::string_view key);  // reports that a key is needed
    void finish();                       // reports the keys that nobody asked for

    static constexpr std::size_t longest_array = 65536;

private:
    const TomlValue* find_kind(std::string_view key, TomlValue::Kind kind, std::string_view wanted);
    std::optional<i64> integer_value(const TomlValue& value, std::string_view key, i64 lowest, i64 highest);
    std::optional<std::size_t> word_value(const TomlValue& value, std::string_view key, const std::vector<std::string_view>& words);

    const TomlValue& table_;
    std::string name_;
    Diagnostics& diagnostics_;
    std::vector<std::string_view> known_;
};

}  // namespace zonecalc
