// SPDX-License-Identifier: MIT
// Both are read line by line, so that a log that was cut off is read as far as it goes, and what is said of a line of the log is
// said of the same line of the file. dmesg prints a member of a record on a line of its own.
#include "input/json_log.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace zonecalc {

namespace {

using Json = nlohmann::json;

enum class Shape { journal, dmesg };

std::string_view trimmed(std::string_view s) {
    constexpr std::string_view blanks = " \t\r,";
    const std::size_t first = s.find_first_not_of(blanks);
    return first == s.npos ? std::string_view() : s.substr(first, s.find_last_not_of(blanks) + 1 - first);
}

std::optional<Shape> shape_of(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == text.npos || text[start] != '{') return std::nullopt;
    const std::string_view first = text.substr(start, text.find('\n', start) - start);
    if (first.find("\"MESSAGE\"") != first.npos) return Shape::journal;
    const std::size_t name = text.find_first_not_of(" \t\r\n", start + 1);
    return name != text.npos && text.substr(name).starts_with("\"dmesg\"") ? std::optional(Shape::dmesg) : std::nullopt;
}

// The journal gives what is not UTF-8 as an array of bytes.
std::string text_of(const Json& message) {
    if (message.is_string()) return message.get<std::string>();
    std::string out;
    if (message.is_array())
        for (const Json& byte : message) out += byte.is_number_unsigned() ? static_cast<char>(byte.get<unsigned>() & 0xff) : '?';
    return out;
}

std::string message_of(std::string_view line, Shape shape) {
    if (shape == Shape::dmesg) {
        constexpr std::string_view member = "\"msg\":";
        line = trimmed(line);
        return line.starts_with(member) ? text_of(Json::parse(line.substr(member.size()), nullptr, false)) : std::string();
    }
    const Json record = Json::parse(line, nullptr, false);
    if (!record.is_object() || !record.contains("MESSAGE")) return {};
    if (const auto transport = record.find("_TRANSPORT"); transport != record.end() && *transport != "kernel") return {};
    return text_of(record["MESSAGE"]);
}

}  // namespace

std::optional<std::string> log_of_json(std::string_view text) {
    const std::optional<Shape> shape = shape_of(text);
    if (!shape) return std::nullopt;
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string message = message_of(text.substr(0, end), *shape);
        std::ranges::replace(message, '\n', ' ');
        out += message += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

}  // namespace zonecalc
