// SPDX-License-Identifier: MIT
#include "sweep/vary.h"

#include <fmt/format.h>

#include "input/toml_reader.h"

namespace zonecalc {

namespace {

// A number with what it counts: bytes, or percent.
struct Amount {
    u64 number = 0;
    bool percent = false;
};

class Reader {
public:
    Reader(std::string_view option, std::string_view text)
        : source_{std::string(option), std::string(text)}, diagnostics_(source_), text_(source_.text) {}

    Vary read() {
        Vary out;
        const std::size_t equals = text_.find('=');
        out.name = text_.substr(0, equals);
        if (out.name.empty() || out.name.find_first_of(" \t\"") != std::string::npos)
            fail(0, fmt::format("{} is no parameter's name; write NAME=VALUES, as 'kernelcore=10%..90%/10%'", in_quotes(out.name)));
        if (equals == std::string_view::npos) {
            out.flag = true;
            out.values = {std::nullopt, ""};
            return out;
        }
        std::size_t at = equals + 1;
        while (true) {
            const std::size_t comma = text_.substr(at).starts_with('"') ? quoted(at, out) : plain(at, out);
            if (out.values.size() > most_values) fail(at, fmt::format("more than {} values", most_values));
            if (comma == text_.size()) return out;
            at = comma + 1;
        }
    }

private:
    [[noreturn]] void fail(std::size_t at, std::string message) {
        diagnostics_.error({1, static_cast<u32>(at + 1)}, std::move(message));
        diagnostics_.finish();
        throw InputError(std::string(text_));
    }

    // Both return where the comma after the value stands, or the end.
    std::size_t plain(std::size_t at, Vary& out) {
        const std::size_t comma = std::min(text_.find(',', at), text_.size());
        const std::string_view text = text_.substr(at, comma - at);
        const std::size_t dots = text.find("..");
        if (dots == std::string_view::npos)
            out.values.emplace_back(std::string(text));
        else
            range(text, dots, at, out);
        return comma;
    }
    // "1G-2G:64M,2G-:128M" is one value.
    std::size_t quoted(std::size_t at, Vary& out) {
        const std::size_t quote = text_.find('"', at + 1);
        if (quote == std::string_view::npos) fail(at, "the quote is not closed");
        if (quote + 1 != text_.size() && text_[quote + 1] != ',') fail(quote + 1, "there must be a comma after the quote");
        out.values.emplace_back(std::string(text_.substr(at + 1, quote - at - 1)));
        return quote + 1;
    }

    void range(std::string_view text, std::size_t dots, std::size_t at, Vary& out) {
        const std::size_t slash = text.find('/', dots);
        if (slash == std::string_view::npos) fail(at, fmt::format("the range {} needs a step: A..B/STEP", in_quotes(text)));
        const Amount from = amount(text.substr(0, dots), at), to = amount(text.substr(dots + 2, slash - dots - 2), at + dots + 2),
                     step = amount(text.substr(slash + 1), at + slash + 1);
        if (from.percent != to.percent || from.percent != step.percent)
            fail(at, "a range is of sizes or of percentages, not of both");
        if (step.number == 0) fail(at + slash + 1, "a step of 0 leads nowhere");
        if (to.number < from.number) fail(at, "the range ends before it begins");
        if ((to.number - from.number) / step.number >= most_values) fail(at, fmt::format("more than {} values", most_values));
        for (u64 n = from.number;; n += step.number) {
            out.values.emplace_back(from.percent ? fmt::format("{}%", n) : size_words(n));
            if (to.number - n < step.number) break;
        }
    }

    Amount amount(std::string_view text, std::size_t at) {
        TomlValue value;
        value.kind = TomlValue::Kind::string;
        value.position = {1, static_cast<u32>(at + 1)};
        Amount out;
        out.percent = text.ends_with('%');
        if (out.percent) text.remove_suffix(1);
        value.text = text;
        const std::optional<u64> number = read_size(value, "the value", diagnostics_);
        if (!number) diagnostics_.finish();
        out.number = *number;
        return out;
    }

    Source source_;
    Diagnostics diagnostics_;
    std::string_view text_;
};

}  // namespace

Vary parse_vary(std::string_view option, std::string_view text) {
    return Reader(option, text).read();
}

std::string size_words(u64 bytes) {
    constexpr std::pair<unsigned, char> units[] = {{30, 'G'}, {20, 'M'}, {10, 'K'}};
    for (const auto& [shift, letter] : units)
        if (bytes != 0 && bytes % (u64{1} << shift) == 0) return fmt::format("{}{}", bytes >> shift, letter);
    return std::to_string(bytes);
}

std::string with_parameter(const Cmdline& cmdline, std::string_view name, const std::optional<std::string>& value, bool flag) {
    std::string word;
    if (value) word = flag ? std::string(name) : fmt::format("{}={}", name, *value);
    if (word.find_first_of(" \t") != std::string::npos) word = '"' + word + '"';
    return edit_cmdline(
        cmdline, [name](const Parameter& p) { return parameq(p.name, name); }, word);
}

}  // namespace zonecalc
