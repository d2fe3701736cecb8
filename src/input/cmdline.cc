// SPDX-License-Identifier: MIT
// How the kernel cuts its command line into words and reads sizes from it, odd cases included. Beside it: next_arg() and memparse()
// of lib/cmdline.c, parse_args() of kernel/params.c (next_arg() is there too before 5.x), simple_strtoull() of lib/vsprintf.c.
//
// What surprises people:
// - Quotes may stand anywhere in a word and only switch "blanks do not separate" on and off. One pair is dropped: that around the
// whole
//   word or that around the whole value. All others stay: mem="1G" is 1G, mem=1"G" keeps both quotes, a word that starts with a
//   quote and ends with another character loses the first alone.
// - '=' as the first character of a word is part of the name.
// - A byte 0xa0 is a blank (the kernel's ctype table is Latin-1), also inside a UTF-8 character.
// - Numbers wrap at 64 bits, before and after the suffix; "0x" without a hex digit is the octal number 0 followed by an 'x'; there
// is no
//   sign: "-1G" is no number, value 0.
//
// Not modelled: up to 3.x the closing quote stays on a quoted word that has no '='. No parameter that shapes memory there is such a
// word.
#include "zonecalc/cmdline.h"

#include "zonecalc/kernel.h"

namespace zonecalc {

namespace {

// _S in the kernel's ctype table.
bool isspace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || static_cast<unsigned char>(c) == 0xa0;
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
    while (at < text.size() && isspace(text[at])) ++at;
    return at;
}

// One word of `text` from `at` on, which is no blank. Moves `at` behind the blanks that follow it.
Parameter next_arg(std::string_view text, std::size_t& at) {
    Parameter parameter;
    parameter.offset = at;
    std::size_t begin = at;
    bool in_quote = false;
    const bool quoted = text[begin] == '"';
    if (quoted) {
        ++begin;
        in_quote = true;
    }
    std::size_t equals = 0;  // from the start of the word; 0: none, so a leading '=' does not count
    std::size_t end = begin;
    for (; end < text.size(); ++end) {
        if (isspace(text[end]) && !in_quote) break;
        if (equals == 0 && text[end] == '=') equals = end - begin;
        if (text[end] == '"') in_quote = !in_quote;
    }
    at = skip_spaces(text, end);
    parameter.length = end - parameter.offset;

    bool last_is_quote = end > begin && text[end - 1] == '"';
    if (equals == 0) {
        if (quoted && last_is_quote) --end;
        parameter.name = text.substr(begin, end - begin);
        return parameter;
    }
    parameter.name = text.substr(begin, equals);
    std::size_t value = begin + equals + 1;
    if (value < text.size() && text[value] == '"' && value < end) {
        ++value;
        if (last_is_quote) {
            --end;
            last_is_quote = false;
        }
    }
    if (quoted && last_is_quote) --end;
    parameter.value = value < end ? text.substr(value, end - value) : std::string_view();
    return parameter;
}

}  // namespace

Cmdline parse_args(std::string_view text, bool dashes_end) {
    text = text.substr(0, text.find('\0'));
    Cmdline cmdline;
    cmdline.text = text;
    for (std::size_t at = skip_spaces(text, 0); at < text.size();) {
        Parameter parameter = next_arg(text, at);
        if (dashes_end && !parameter.value && parameter.name == "--") break;
        cmdline.parameters.push_back(std::move(parameter));
    }
    return cmdline;
}

std::string edit_cmdline(const Cmdline& cmdline, const std::function<bool(const Parameter&)>& drops, std::string_view word) {
    const std::string_view text = cmdline.text;
    std::string out;
    std::size_t at = 0;
    for (const Parameter& p : cmdline.parameters) {
        const std::size_t end = p.offset + p.length;
        if (drops(p))
            out += text.substr(at, p.offset - at);
        else
            out += text.substr(at, end - at);
        at = drops(p) ? skip_spaces(text, end) : end;
    }
    const auto need_blank = [&out] { return !out.empty() && !isspace(out.back()); };
    if (!word.empty()) {
        if (need_blank()) out += ' ';
        out += word;
    }
    const std::string_view rest = text.substr(at);
    if (!rest.empty() && !isspace(rest.front()) && need_blank()) out += ' ';
    out += rest;
    while (!out.empty() && isspace(out.back())) out.pop_back();
    return out;
}

std::size_t command_line_size(Arch arch) {
    switch (arch) {
        case Arch::x86_64:
        case Arch::i386:
        case Arch::arm64:
            return 2048;
        case Arch::arm:
            return 1024;
        case Arch::riscv64:
            return 1024;  // 512 before 5.13
    }
    return 2048;
}

bool parameq(std::string_view a, std::string_view b) {
    const auto same = [](char x, char y) { return (x == '-' ? '_' : x) == (y == '-' ? '_' : y); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

Strtoull simple_strtoull(std::string_view text) {
    u64 base = 10, value = 0;
    if (text.starts_with('0')) {
        base = 8;
        if (text.size() > 2 && to_lower(text[1]) == 'x' && digit_value(text[2]) >= 0) {
            base = 16;
            text.remove_prefix(2);
        }
    }
    for (; !text.empty(); text.remove_prefix(1)) {
        const int digit = digit_value(text.front());
        if (digit < 0 || static_cast<u64>(digit) >= base) break;
        value = value * base + static_cast<u64>(digit);
    }
    return {value, text};
}

Memparse memparse(std::string_view text, bool tera_suffixes) {
    const Strtoull number = simple_strtoull(text);
    Memparse result{number.value, number.rest, number.rest.size() != text.size()};
    constexpr std::string_view suffixes = "kmgtpe";
    const std::size_t unit = result.rest.empty() ? std::string_view::npos : suffixes.find(to_lower(result.rest.front()));
    if (unit != std::string_view::npos && (unit < 3 || tera_suffixes)) {
        result.value <<= 10 * (unit + 1);
        result.rest.remove_prefix(1);
    }
    return result;
}

Cmdline parse_cmdline(std::string_view text, const Kernel& kernel) {
    const std::string_view kept = text.substr(0, command_line_size(kernel.arch) - 1);
    Cmdline cmdline = parse_args(kept, kernel.behaviours.cmdline_dashes_end);
    cmdline.dropped = text.size() - kept.size();
    return cmdline;
}

}  // namespace zonecalc
