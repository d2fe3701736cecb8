// SPDX-License-Identifier: MIT
// Boot logs reach us as dmesg output, serial captures, journals, and pasted into mail. What wraps a kernel line is taken off here:
// quoting ("> "), escape sequences and carriage returns of serial lines, log levels ("<6>", "kern  :info  : "), syslog and journal
// prefixes ("Nov 25 01:18:00 host kernel: "), what /dev/kmsg puts first ("6,339,5140900,-;"), colours, time stamps ("[ 0.000000]",
// "[Wed Nov 25 01:18:00 2026]") and the caller that some kernels add to them ("[    T0]"). Mailers also fold long lines; a line
// that is visibly cut is joined with its continuation, but only where the continuation has no stamp of its own, so that nothing
// which the kernel printed is ever swallowed.
#include "input/dmesg.h"

#include <algorithm>
#include <charconv>

namespace zonecalc {

namespace {

constexpr std::size_t prefix_reach = 160;  // a stamp further right than this belongs to the text
constexpr std::size_t most_joined = 12;    // lines that one folded line can have

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\0';
}
bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view trim_left(std::string_view s) {
    std::size_t i = 0;
    while (i < s.size() && is_blank(s[i])) ++i;
    return s.substr(i);
}
std::string_view trim_right(std::string_view s) {
    while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
    return s;
}

// "ESC [ … letter" and other escape sequences at the start.
std::string_view without_escapes(std::string_view s) {
    while (s.size() >= 2 && s[0] == '\033') {
        std::size_t i = 2;
        if (s[1] == '[' || s[1] == '(')
            while (i < s.size() && !is_alpha(s[i]) && s[i] != '@') ++i;
        s = i < s.size() ? s.substr(s[1] == '[' || s[1] == '(' ? i + 1 : i) : std::string_view{};
        s = trim_left(s);
    }
    return s;
}

// dmesg colours stamps and what is before a colon.
std::string without_colours(std::string_view s) {
    std::string out;
    while (!s.empty()) {
        const std::size_t at = std::min(s.find("\033["), s.size());
        out += s.substr(0, at);
        s.remove_prefix(at);
        if (s.empty()) break;
        std::size_t i = 2;
        while (i < s.size() && (is_digit(s[i]) || s[i] == ';')) ++i;
        s.remove_prefix(i < s.size() && is_alpha(s[i]) ? i + 1 : i);
    }
    return out;
}

// "6,339,5140900,-;", as /dev/kmsg begins a record: its length, or 0.
std::size_t kmsg_length(std::string_view s) {
    std::size_t i = 0;
    for (unsigned number = 0; number < 3; ++number) {
        const std::size_t first = i;
        while (i < s.size() && is_digit(s[i])) ++i;
        if (i == first || i - first > 20 || i == s.size() || s[i] != ',') return 0;
        ++i;
    }
    const std::size_t end = s.find(';', i);
    return end != s.npos && end - i < 48 && s.substr(i, end - i).find(' ') == s.npos ? end + 1 : 0;
}

// The length of a stamp that starts at `s` ("[    0.000000]", "[0.1@2]", "[  +0.000000]", "[    0.000000 <    0.000000>]",
// "[Nov25 01:18]", "[Wed Nov 25 01:18:00 2026]"), or 0.
std::size_t stamp_length(std::string_view s) {
    std::size_t i = 1;
    while (i < s.size() && s[i] == ' ') ++i;
    if (i < s.size() && s[i] == '+') ++i;
    const std::size_t first = i;
    while (i < s.size() && is_digit(s[i])) ++i;
    if (i > first && i < s.size() && s[i] == '.') {
        const std::size_t point = i++;
        while (i < s.size() && is_digit(s[i])) ++i;
        if (i - point < 4 || i >= s.size()) return 0;
        if (s[i] == '@' || s[i] == ',')
            for (++i; i < s.size() && is_digit(s[i]);) ++i;
        if (i + 1 < s.size() && s[i] == ' ' && s[i + 1] == '<') {  // dmesg -d
            for (i += 2; i < s.size() && (is_digit(s[i]) || s[i] == ' ' || s[i] == '.');) ++i;
            if (i < s.size() && s[i] == '>') ++i;
        }
        return i < s.size() && s[i] == ']' ? i + 1 : 0;
    }
    // dmesg -H, where the minute changes
    if (i == 1 && s.size() > 12 && is_alpha(s[1]) && is_digit(s[5]) && s[6] == ' ' && s[9] == ':' && s[12] == ']') return 13;
    // dmesg -T: weekday, month, day, time, year
    if (i == 1 && s.size() > 25 && is_alpha(s[1]) && s[4] == ' ' && is_alpha(s[5]) && s[14] == ':' && s[17] == ':' && s[25] == ']')
        return 26;
    return 0;
}

// "[    T0]", "[C1]", "(0)[0:swapper]": who printed, after the stamp.
std::string_view without_caller(std::string_view s) {
    std::string_view t = trim_left(s);
    if (t.size() > 3 && t[0] == '(' && is_digit(t[1]) && t.find(")[") != t.npos && t.find(")[") < 5)
        t.remove_prefix(t.find(")[") + 1);
    if (t.empty() || t[0] != '[') return s;
    std::size_t i = 1;
    while (i < t.size() && t[i] == ' ') ++i;
    if (i + 1 >= t.size()) return s;
    const bool context = t[i] == 'T' || t[i] == 'C', cpu = is_digit(t[i]);
    if (!context && !cpu) return s;
    const std::size_t first = i++;
    while (i < t.size() && is_digit(t[i])) ++i;
    if (cpu && i < t.size() && t[i] == ':')
        while (i < t.size() && i - first < 48 && t[i] != ']' && t[i] != '[') ++i;
    return i < t.size() && t[i] == ']' ? t.substr(i + 1) : s;
}

// Mail turns blanks into no-break spaces, or into what replaces characters that are not understood.
constexpr std::string_view false_blanks[] = {"\xc2\xa0", "\xef\xbf\xbd", "\xa0"};
bool has_false_blank(std::string_view s) {
    return s.find('\xa0') != s.npos || s.find(false_blanks[1]) != s.npos;
}
std::string with_true_blanks(std::string_view s) {
    std::string out;
    while (!s.empty()) {
        std::size_t n = 0;
        for (const std::string_view blank : false_blanks)
            if (n == 0 && s.starts_with(blank)) n = blank.size();
        out += n != 0 ? ' ' : s.front();
        s.remove_prefix(std::max<std::size_t>(n, 1));
    }
    return out;
}

// "2026-11-25T01:18:00,123456+00:00 ", as dmesg --time-format=iso begins a line.
bool is_iso_stamp(std::string_view s) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd,";
    if (s.size() <= shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == 'd' ? !is_digit(s[i]) : s[i] != shape[i]) return false;
    return s.find(' ') < 2 * shape.size();
}

// What may stand before "kernel: ": "Nov 25 01:18:00 host ", "2026-11-25T01:18:00+0000 host "; after a stamp only the host.
bool is_prefix(std::string_view s, bool after_stamp) {
    if (s.empty()) return true;
    if (s.back() != ' ') return false;
    if (after_stamp) return s.find(' ') == s.size() - 1;
    if (s == "linux " || s == "localhost ") return true;  // hosts without a name; other words may be text
    if (is_digit(s[0])) return true;
    constexpr std::string_view months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
    return s.size() > 4 && s[3] == ' ' && months.find(s.substr(0, 4)) != months.npos;
}

// Lines that mailers fold, and what the last part of each has.
struct Folded {
    std::string_view start, end;
};
constexpr Folded folded[] = {
    {"memblock_", "+0x"},       {"__memblock_", "+0x"},      {"memory[0x", "flags: "},
    {"reserved[0x", "flags: "}, {"Memory: ", ")"},           {"setup_percpu: ", "nr_node_ids:"},
    {"efi: mem", "MB)"},        {"SLUB: ", "Nodes="},        {"ACPI: SRAT: ", "]"},
    {"DMI: ", "BIOS "},         {"Built ", "Total pages: "},
};

// Is what was read so far visibly cut? Then the text goes on in the next line.
bool is_cut(std::string_view text, bool stamped, std::size_t raw_length) {
    const std::size_t open = text.rfind('[');
    const bool range_open = open != text.npos && text.find(']', open) == text.npos && text.find(')', open) == text.npos;
    if (text.starts_with("BIOS-e820: [mem")) return range_open || text.back() == ']';
    if (range_open) {
        const std::string_view inside = text.substr(open + 1);
        if (inside.starts_with("mem") || inside.starts_with("0x") || inside.empty()) return true;
    }
    if (stamped)
        for (const Folded& f : folded)
            if (text.starts_with(f.start)) return text.find(f.end) == text.npos;
    if (raw_length < 50 || raw_length > 100) return false;  // where mailers fold
    if (text.starts_with("Linux version ")) return text.find('#') == text.npos;
    return stamped && (text.starts_with("Command line: ") || text.starts_with("Kernel command line: "));
}

}  // namespace

LogLine clean_line(std::string_view raw) {
    LogLine line;
    std::string_view s = trim_right(raw);
    if (const std::size_t cr = s.rfind('\r'); cr != s.npos) s.remove_prefix(cr + 1);
    s = without_escapes(trim_left(s));
    while (!s.empty() && (s[0] == '>' || s[0] == '|')) s = trim_left(s.substr(1));

    for (std::size_t p = s.find('['); p != s.npos && p < prefix_reach; p = s.find('[', p + 1)) {
        if (const std::size_t n = stamp_length(s.substr(p))) {
            line.stamped = true;
            s = without_caller(s.substr(p + n));
            break;
        }
    }
    if (!line.stamped && s.size() > 2 && s[0] == '<' && is_digit(s[1])) {
        if (const std::size_t close = s.find('>'); close < 5) s.remove_prefix(close + 1);
    }
    if (const std::size_t n = line.stamped ? 0 : kmsg_length(s)) {
        line.stamped = true;
        s.remove_prefix(n);
    }
    if (!line.stamped && is_iso_stamp(s)) {
        line.stamped = true;
        s.remove_prefix(s.find(' '));
    }
    s = trim_left(s);
    if (const std::size_t k = s.find("kernel: "); k < prefix_reach && is_prefix(s.substr(0, k), line.stamped)) {
        line.stamped = true;
        s = trim_left(s.substr(k + 8));
        if (!s.empty() && s[0] == '[')
            if (const std::size_t n = stamp_length(s)) s = without_caller(s.substr(n));
    }
    line.text = trim_left(s);
    return line;
}

std::string& LogReader::keep(std::string text) {
    if (kept_.size() >= lines_kept) kept_.pop_front();
    return kept_.emplace_back(std::move(text));
}

bool LogReader::next_raw(LogLine& line) {
    if (at_ >= text_.size()) return false;
    std::size_t end = text_.find('\n', at_);
    if (end == text_.npos) end = text_.size();
    std::string_view raw = text_.substr(at_, end - at_);
    if (raw.find('\033') != raw.npos) raw = keep(without_colours(raw));
    if (has_false_blank(raw)) raw = keep(with_true_blanks(raw));
    line = clean_line(raw);
    line.number = ++number_;
    line.length = end - at_;
    at_ = end + 1;
    return true;
}

bool LogReader::next(LogLine& line) {
    if (ahead_) {
        line = *ahead_;
        ahead_.reset();
    } else if (!next_raw(line)) {
        return false;
    }
    std::size_t length = line.length;
    for (std::size_t n = 0; n < most_joined && is_cut(line.text, line.stamped, length); ++n) {
        LogLine more;
        if (!next_raw(more)) break;
        if (more.stamped || more.text.empty() || more.text.starts_with("BIOS-")) {
            ahead_ = more;
            break;
        }
        length = more.length;
        std::string whole(line.text);
        if (whole.back() != '-' && whole.back() != '[') whole += ' ';
        whole += more.text;
        line.text = keep(std::move(whole));
    }
    return true;
}

bool Scan::skip(std::string_view w) {
    if (!rest.starts_with(w)) return false;
    rest.remove_prefix(w.size());
    return true;
}

Scan& Scan::blanks() {
    rest = trim_left(rest);
    return *this;
}

namespace {

std::optional<u64> digits(std::string_view& rest, int base) {
    u64 value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
    if (error != std::errc{}) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return value;
}

}  // namespace

std::optional<u64> Scan::decimal() {
    return digits(rest, 10);
}

std::optional<u64> Scan::hex() {
    std::string_view s = rest;
    if (s.starts_with("0x") || s.starts_with("0X")) s.remove_prefix(2);
    const auto value = digits(s, 16);
    if (value) rest = s;
    return value;
}

std::optional<u64> Scan::number() {
    return rest.starts_with("0x") || rest.starts_with("0X") ? hex() : decimal();
}

std::string_view Scan::word() {
    std::size_t n = 0;
    while (n < rest.size() && !is_blank(rest[n])) ++n;
    const std::string_view w = rest.substr(0, n);
    rest.remove_prefix(n);
    return w;
}

std::optional<LogSpan> scan_span(Scan& scan) {
    Scan s = scan;
    s.blanks();
    if (s.skip("[")) s.blanks(), s.skip("mem"), s.blanks();
    const auto base = s.hex();
    if (!base) return std::nullopt;
    s.blanks();
    if (!s.skip("-")) return std::nullopt;
    s.blanks();
    const auto end = s.hex();
    if (!end) return std::nullopt;
    LogSpan span{*base, *end};
    const bool exclusive = s.skip(")");
    if (!exclusive) s.skip("]");
    scan = s;
    if (exclusive) {
        if (span.last <= span.base) return std::nullopt;
        --span.last;
    }
    if (span.last < span.base) return std::nullopt;
    return span;
}

}  // namespace zonecalc
