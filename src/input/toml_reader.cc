// SPDX-License-Identifier: MIT
// The only file that sees the TOML library. What the library leaves to its caller is done here: depth that would exhaust the stack
// (it bounds nested values, but not dotted keys), text that is no UTF-8, and number errors, whose columns point behind the number.
#include "input/toml_reader.h"

#include <fmt/format.h>
#include <toml++/toml.h>

namespace zonecalc {

namespace {

constexpr unsigned deepest_nesting = 32;    // of arrays and inline tables; the schemas need 2
constexpr unsigned longest_dotted_key = 16;
constexpr std::size_t largest_text = std::size_t{16} << 20;  // a table for each of 65536 banks is a quarter of this

[[noreturn]] void fail(Diagnostics& diagnostics, SourcePosition position, std::string message) {
    diagnostics.error(position, std::move(message));
    throw InputError(diagnostics.take());
}

// Walks over the text once, outside of strings and comments, for what must be known before the library sees it.
void check_before_parsing(const Source& source, Diagnostics& diagnostics) {
    const std::string_view text = source.text;
    if (text.size() > largest_text) fail(diagnostics, {}, fmt::format("is larger than {} MiB, which is no plausible input", largest_text >> 20));
    SourcePosition at{1, 1};
    unsigned depth = 0, dots = 0;
    std::string_view quote;  // of the string that `i` is in
    bool comment = false;
    for (std::size_t i = text.starts_with("\xef\xbb\xbf") ? 3 : 0; i < text.size();) {
        const Utf8Char c = decode_utf8(text, i);
        if (!c.valid) fail(diagnostics, at, fmt::format("byte 0x{:02x} is no UTF-8", static_cast<unsigned char>(text[i])));
        std::size_t step = c.bytes;
        if (c.code == '\n') {
            comment = false;
            if (quote.size() == 1) quote = {};  // a syntax error, which the library reports
            dots = 0;
        } else if (comment) {
            // whatever it is
        } else if (!quote.empty()) {
            if (c.code == '\\' && quote[0] == '"' && i + 1 < text.size() && text[i + 1] != '\n' && text[i + 1] != '\r') {
                if (const Utf8Char escaped = decode_utf8(text, i + 1); escaped.valid) {
                    step += escaped.bytes;
                    ++at.column;
                }
            } else if (text.substr(i).starts_with(quote)) {
                // Up to two quotes may stand before the closing three.
                step = quote.size();
                while (quote.size() == 3 && step < 5 && i + step < text.size() && text[i + step] == quote[0]) ++step;
                at.column += static_cast<u32>(step) - 1;
                quote = {};
            }
        } else if (c.code == '#') {
            comment = true;
        } else if (c.code == '"' || c.code == '\'') {
            const std::string_view triple = c.code == '"' ? "\"\"\"" : "'''";
            quote = text.substr(i).starts_with(triple) ? triple : triple.substr(0, 1);
            step = quote.size();
            at.column += static_cast<u32>(step) - 1;
        } else if (c.code == '.') {
            if (++dots >= longest_dotted_key) fail(diagnostics, at, fmt::format("a key of more than {} parts", longest_dotted_key));
        } else if (c.code == '[' || c.code == '{') {
            dots = 0;
            if (++depth > deepest_nesting) fail(diagnostics, at, fmt::format("nested more than {} deep", deepest_nesting));
        } else if (c.code == ']' || c.code == '}') {
            dots = 0;
            if (depth > 0) --depth;
        } else if (c.code == '=' || c.code == ',') {
            dots = 0;
        }
        i += step;
        if (c.code == '\n')
            at = {at.line + 1, 1};
        else
            ++at.column;
    }
}

bool is_number_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '+' || c == '-' || c == '.';
}

// The word that a column of a number error points into, or just behind.
std::string_view word_before(std::string_view text, SourcePosition& at) {
    std::size_t i = 0;
    for (u32 line = 1; line < at.line; ++line) {
        const std::size_t newline = text.find('\n', i);
        if (newline == std::string_view::npos) return {};
        i = newline + 1;
    }
    if (at.line == 1 && text.starts_with("\xef\xbb\xbf")) i += 3;
    const std::size_t line_begin = i;
    for (u32 column = 1; column < at.column && i < text.size(); ++column) i += decode_utf8(text, i).bytes;
    std::size_t begin = i, end = i;
    while (begin > line_begin && is_number_character(text[begin - 1])) --begin, --at.column;
    while (end < text.size() && is_number_character(text[end])) ++end;
    return text.substr(begin, end - begin);
}

void report_parse_error(const toml::parse_error& error, const Source& source, Diagnostics& diagnostics) {
    SourcePosition at{error.source().begin.line, error.source().begin.column};
    std::string message(error.description());
    if (message.starts_with("Error while ")) message.erase(0, 12);
    const auto about_number = [&](std::string_view kind) { return message.starts_with(fmt::format("parsing {} integer", kind)); };
    if (about_number("decimal") || about_number("hexadecimal") || about_number("octal") || about_number("binary") ||
        message.starts_with("parsing floating-point") || message.starts_with("parsing hexadecimal floating-point")) {
        const std::string_view word = word_before(source.text, at);
        if (!word.empty() && word.size() <= 40)
            message += fmt::format(" (a size with a suffix, or of 2^63 and more, is written as a string: \"{}\")", word);
    }
    diagnostics.error(at, std::move(message));
}

SourcePosition begin_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

// Recursion is bounded by check_before_parsing().
TomlValue converted(const toml::node& node) {
    TomlValue value;
    value.position = begin_of(node.source());
    switch (node.type()) {
        case toml::node_type::string:
            value.kind = TomlValue::Kind::string;
            value.text = node.as_string()->get();
            break;
        case toml::node_type::integer:
            value.kind = TomlValue::Kind::integer;
            value.integer = node.as_integer()->get();
            break;
        case toml::node_type::boolean:
            value.kind = TomlValue::Kind::boolean;
            value.boolean = node.as_boolean()->get();
            break;
        case toml::node_type::floating_point: value.kind = TomlValue::Kind::floating; break;
        case toml::node_type::array:
            value.kind = TomlValue::Kind::array;
            value.items.reserve(node.as_array()->size());
            for (const toml::node& item : *node.as_array()) value.items.push_back(converted(item));
            break;
        case toml::node_type::table:
            value.kind = TomlValue::Kind::table;
            value.entries.reserve(node.as_table()->size());
            for (const auto& [key, item] : *node.as_table())
                value.entries.push_back({std::string(key.str()), begin_of(key.source()), converted(item)});
            std::stable_sort(value.entries.begin(), value.entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
                return a.position.line != b.position.line ? a.position.line < b.position.line : a.position.column < b.position.column;
            });
            break;
        default: value.kind = TomlValue::Kind::date_time; break;
    }
    return value;
}

// Empty where `text` is a size; else what is wrong with it.
std::string parse_size(std::string_view text, u64& result) {
    constexpr std::string_view example = "a size such as \"512MiB\", \"4G\" or \"0x80000000\"";
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (text.starts_with('-')) return "must not be negative";
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) text.remove_prefix(2);
    const unsigned base = hex ? 16 : 10;
    u64 value = 0;
    unsigned digits = 0;
    bool overflow = false, after_underscore = true, leading_zero = false;
    for (; !text.empty(); text.remove_prefix(1)) {
        const char c = text.front();
        if (c == '_') {
            if (after_underscore) break;
            after_underscore = true;
            continue;
        }
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = static_cast<unsigned>(c - '0');
        else if (hex && lower >= 'a' && lower <= 'f')
            digit = static_cast<unsigned>(lower - 'a') + 10;
        else
            break;
        overflow = overflow || __builtin_mul_overflow(value, u64{base}, &value) || __builtin_add_overflow(value, u64{digit}, &value);
        if (digits == 0) leading_zero = c == '0';
        ++digits;
        after_underscore = false;
    }
    if (digits == 0 || after_underscore) return fmt::format("is no size; write {}", example);
    if (!hex && leading_zero && digits > 1) return "has a leading zero, which means octal to the kernel; write it without, or as 0x…";
    if (text.starts_with('.')) return "must be a whole number of bytes; use a smaller unit";
    while (text.starts_with(' ')) text.remove_prefix(1);

    constexpr std::string_view units = "KMGTPE";
    std::string suffix(text);
    for (char& c : suffix)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    unsigned shift = 0;
    if (!suffix.empty() && suffix != "B") {
        const std::size_t unit = units.find(suffix[0]);
        if (unit == std::string_view::npos) return fmt::format("is no size; write {}", example);
        const std::string_view after = std::string_view(suffix).substr(1);
        if (after == "B") return fmt::format("has an ambiguous suffix; write '{}iB' for powers of 1024", units[unit]);
        if (!after.empty() && after != "IB") return fmt::format("is no size; write {}", example);
        shift = 10 * (static_cast<unsigned>(unit) + 1);
    }
    if (overflow || (shift != 0 && value >> (64 - shift) != 0)) return "does not fit in 64 bits";
    result = value << shift;
    return {};
}

}  // namespace

std::string_view to_string(TomlValue::Kind kind) {
    switch (kind) {
        case TomlValue::Kind::string: return "a string";
        case TomlValue::Kind::integer: return "an integer";
        case TomlValue::Kind::floating: return "a floating-point number";
        case TomlValue::Kind::boolean: return "a boolean";
        case TomlValue::Kind::date_time: return "a date or time";
        case TomlValue::Kind::array: return "an array";
        case TomlValue::Kind::table: return "a table";
    }
    return "";
}

TomlValue parse_toml(const Source& source, Diagnostics& diagnostics) {
    check_before_parsing(source, diagnostics);
    try {
        return converted(toml::parse(std::string_view(source.text)));
    } catch (const toml::parse_error& error) {
        report_parse_error(error, source, diagnostics);
    }
    throw InputError(diagnostics.take());
}

std::optional<u64> read_size(const TomlValue& value, std::string_view what, Diagnostics& diagnostics) {
    if (value.kind == TomlValue::Kind::integer) {
        if (value.integer >= 0) return static_cast<u64>(value.integer);
        diagnostics.error(value.position, fmt::format("{} must not be negative", what));
    } else if (value.kind == TomlValue::Kind::string) {
        u64 size = 0;
        const std::string problem = parse_size(value.text, size);
        if (problem.empty()) return size;
        diagnostics.error(value.position, fmt::format("{}: {} {}", what, in_quotes(value.text), problem));
    } else {
        diagnostics.error(value.position, fmt::format("{} must be an integer or a string with a size, not {}", what, to_string(value.kind)));
    }
    return std::nullopt;
}

TableReader::TableReader(const TomlValue& table, std::string name, Diagnostics& diagnostics)
    : table_(table), name_(std::move(name)), diagnostics_(diagnostics) {}

const TomlValue* TableReader::find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
    for (const TomlEntry& e : table_.entries)
        if (e.key == key) return &e.value;
    return nullptr;
}

SourcePosition TableReader::position_of(std::string_view key) const {
    for (const TomlEntry& e : table_.entries)
        if (e.key == key) return e.value.position;
    return table_.position;
}

const TomlValue* TableReader::find_kind(std::string_view key, TomlValue::Kind kind, std::string_view wanted) {
    const TomlValue* value = find(key);
    if (!value || value->kind == kind) return value;
    diagnostics_.error(value->position, fmt::format("'{}' in {} must be {}, not {}", key, name_, wanted, to_string(value->kind)));
    return nullptr;
}

const std::vector<TomlValue>* TableReader::array(std::string_view key, std::string_view wanted) {
    const TomlValue* value = find_kind(key, TomlValue::Kind::array, wanted);
    if (!value) return nullptr;
    if (value->items.size() <= longest_array) return &value->items;
    diagnostics_.error(value->position, fmt::format("'{}' in {} has {} entries; {} are possible", key, name_, value->items.size(), longest_array));
    return nullptr;
}

std::optional<std::string> TableReader::string(std::string_view key) {
    const TomlValue* value = find_kind(key, TomlValue::Kind::string, "a string");
    if (!value) return std::nullopt;
    return value->text;
}

std::optional<bool> TableReader::boolean(std::string_view key) {
    const TomlValue* value = find_kind(key, TomlValue::Kind::boolean, "true or false");
    if (!value) return std::nullopt;
    return value->boolean;
}

std::optional<i64> TableReader::integer_value(const TomlValue& value, std::string_view key, i64 lowest, i64 highest) {
    if (value.kind != TomlValue::Kind::integer) {
        diagnostics_.error(value.position, fmt::format("'{}' in {} must be an integer, not {}", key, name_, to_string(value.kind)));
    } else if (value.integer < lowest || value.integer > highest) {
        diagnostics_.error(value.position, fmt::format("'{}' in {} must be from {} to {}", key, name_, lowest, highest));
    } else {
        return value.integer;
    }
    return std::nullopt;
}

std::optional<i64> TableReader::integer(std::string_view key, i64 lowest, i64 highest) {
    const TomlValue* value = find(key);
    return value ? integer_value(*value, key, lowest, highest) : std::nullopt;
}

std::optional<u64> TableReader::size(std::string_view key) {
    const TomlValue* value = find(key);
    if (!value) return std::nullopt;
    return read_size(*value, fmt::format("'{}' in {}", key, name_), diagnostics_);
}

std::vector<i64> TableReader::integers(std::string_view key, i64 lowest, i64 highest) {
    std::vector<i64> numbers;
    if (const std::vector<TomlValue>* items = array(key, "an array of integers"))
        for (const TomlValue& item : *items)
            if (const std::optional<i64> number = integer_value(item, key, lowest, highest)) numbers.push_back(*number);
    return numbers;
}

std::optional<std::size_t> TableReader::word_value(const TomlValue& value, std::string_view key,
                                                   const std::vector<std::string_view>& words) {
    if (value.kind != TomlValue::Kind::string) {
        diagnostics_.error(value.position, fmt::format("'{}' in {} must be a string, not {}", key, name_, to_string(value.kind)));
        return std::nullopt;
    }
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == value.text) return i;
    const std::string hint = did_you_mean(value.text, words);
    diagnostics_.error(value.position, fmt::format("unknown value {} of '{}' in {}{}", in_quotes(value.text), key, name_,
                                                   hint.empty() ? fmt::format("; known are: {}", fmt::join(words, ", ")) : hint));
    return std::nullopt;
}

std::optional<std::size_t> TableReader::word(std::string_view key, const std::vector<std::string_view>& words) {
    const TomlValue* value = find(key);
    return value ? word_value(*value, key, words) : std::nullopt;
}

std::vector<std::size_t> TableReader::words(std::string_view key, const std::vector<std::string_view>& words) {
    std::vector<std::size_t> indices;
    if (const std::vector<TomlValue>* items = array(key, "an array of strings"))
        for (const TomlValue& item : *items)
            if (const std::optional<std::size_t> index = word_value(item, key, words)) indices.push_back(*index);
    return indices;
}

const TomlValue* TableReader::table(std::string_view key) {
    return find_kind(key, TomlValue::Kind::table, fmt::format("[{}], a table", key));
}

std::vector<const TomlValue*> TableReader::tables(std::string_view key) {
    std::vector<const TomlValue*> found;
    const std::string wanted = fmt::format("[[{}]], an array of tables", key);
    const std::vector<TomlValue>* items = array(key, wanted);
    if (!items) return found;
    for (const TomlValue& item : *items) {
        if (item.kind == TomlValue::Kind::table)
            found.push_back(&item);
        else
            diagnostics_.error(item.position, fmt::format("'{}' must be {}, but this is {}", key, wanted, to_string(item.kind)));
    }
    return found;
}

void TableReader::missing(std::string_view key) {
    diagnostics_.error(table_.position, fmt::format("{} needs '{}'", name_, key));
}

void TableReader::finish() {
    for (const TomlEntry& e : table_.entries)
        if (std::find(known_.begin(), known_.end(), e.key) == known_.end())
            diagnostics_.error(e.position, fmt::format("unknown key {} in {}{}", in_quotes(e.key), name_, did_you_mean(e.key, known_)));
}

}  // namespace zonecalc
