// SPDX-License-Identifier: MIT
#include "report/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

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

void write(std::string& out, const Json& value, std::size_t indent) {
    if (!value.is_structured() || value.empty()) {
        // Names may come from files that are not UTF-8.
        out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
        return;
    }
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
            write(out, Json(it.key()), 0);
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
