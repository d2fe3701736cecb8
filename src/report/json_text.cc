// SPDX-License-Identifier: MIT
#include "report/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "zonecalc/types.h"

namespace zonecalc {

namespace {

using Json = nlohmann::ordered_json;

bool fits_on_a_line(const Json& value) {
    return !value.is_structured() || std::none_of(value.begin(), value.end(), [](const Json& inner) {
        return inner.is_structured() && !std::all_of(inner.begin(), inner.end(), [](const Json& x) { return x.is_primitive(); });
    });
}

bool holds_objects(const Json& value) {
    return value.is_structured() && std::any_of(value.begin(), value.end(), [](const Json& inner) { return inner.is_object(); });
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

// The serializer is made anew for each call of dump(), which costs more than most values do: numbers and plain words are written
// here.
void write_leaf(std::string& out, const Json& value) {
    if (value.is_number_unsigned())
        fmt::format_to(std::back_inserter(out), "{}", value.get<u64>());
    else if (value.is_number_integer())
        fmt::format_to(std::back_inserter(out), "{}", value.get<i64>());
    else if (value.is_boolean())
        out += value.get<bool>() ? "true" : "false";
    else if (value.is_string() && is_plain(value.get_ref<const std::string&>()))
        out.append(1, '"').append(value.get_ref<const std::string&>()).append(1, '"');
    else  // Names may come from files that are not UTF-8.
        out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write_key(std::string& out, const std::string& key) {
    if (is_plain(key))
        out.append(1, '"').append(key).append(1, '"');
    else
        write_leaf(out, Json(key));
}

void write(std::string& out, const Json& value, std::size_t indent) {
    if (!value.is_structured() || value.empty()) return write_leaf(out, value);
    const bool one_line = indent != 0 && fits_on_a_line(value) && !holds_objects(value);
    out += value.is_object() ? '{' : '[';
    bool first = true;
    for (auto it = value.begin(); it != value.end(); ++it) {
        if (!first) out += one_line ? ", " : ",";
        first = false;
        if (!one_line) {
            out += '\n';
            out.append(indent + 2, ' ');
        }
        if (value.is_object()) {
            write_key(out, it.key());
            out += ": ";
        }
        write(out, *it, indent + 2);
    }
    if (!one_line) {
        out += '\n';
        out.append(indent, ' ');
    }
    out += value.is_object() ? '}' : ']';
}

}  // namespace

std::string json_text(const Json& value) {
    std::string out;
    write(out, value, 0);
    out += '\n';
    return out;
}

}  // namespace zonecalc
