// SPDX-License-Identifier: MIT
#include "input/source.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

namespace zonecalc {

namespace {

constexpr std::size_t shown_columns = 100;  // of a source line under a diagnostic
constexpr std::size_t kept_columns = 400;   // of a source line in a Diagnostic; more than shown_columns on either side

// Control characters, and those that would turn the line around or break it on a terminal.
bool is_printable(const Utf8Char& c) {
    if (!c.valid || c.code < 0x20 || (c.code >= 0x7f && c.code < 0xa0)) return false;
    return !(c.code >= 0x200e && c.code <= 0x200f) && !(c.code >= 0x2028 && c.code <= 0x202e) &&
           !(c.code >= 0x2066 && c.code <= 0x2069) && c.code != 0xfeff;
}

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Char c = decode_utf8(text, i);
        if (is_printable(c))
            out += text.substr(i, c.bytes);
        else
            out += '?';
        i += c.bytes;
    }
    return out;
}

// Byte offsets at which the characters of `line` start, and its size at the end.
std::vector<std::size_t> character_starts(std::string_view line) {
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < line.size(); i += decode_utf8(line, i).bytes) starts.push_back(i);
    starts.push_back(line.size());
    return starts;
}

std::string_view line_of(std::string_view text, u32 number) {
    std::size_t begin = 0;
    for (u32 n = 1; n < number; ++n) {
        const std::size_t newline = text.find('\n', begin);
        if (newline == std::string_view::npos) return {};
        begin = newline + 1;
    }
    std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (number == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    return line;
}

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::error:
            return "error";
        case Severity::warning:
            return "warning";
        case Severity::note:
            return "note";
    }
    return "";
}

std::string joined(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& d : diagnostics) text += format(d);
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

// Distance in insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, current);
    }
    return last[b.size()];
}

std::string folded(std::string_view word) {
    std::string out(word);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '-' || c == ' ') c = '_';
    }
    return out;
}

}  // namespace

Utf8Char decode_utf8(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
    const unsigned first = byte(0);
    if (first < 0x80) return {static_cast<char32_t>(first), 1, true};
    const unsigned length = first >= 0xc2 && first < 0xe0   ? 2
                            : first >= 0xe0 && first < 0xf0 ? 3
                            : first >= 0xf0 && first < 0xf5 ? 4
                                                            : 0;
    if (length == 0) return {};
    char32_t code = first & (0x7fu >> length);
    for (unsigned i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        code = (code << 6) | (byte(i) & 0x3f);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
    return {code, length, true};
}

Source read_source(const std::string& path, u64 limit) {
    const bool standard_input = path == "-";
    Source source;
    source.name = standard_input ? "<stdin>" : path;
    const auto fail = [&](const std::string& message) {
        Diagnostic d;
        d.file = source.name;
        d.message = message;
        throw InputError(std::vector<Diagnostic>{std::move(d)});
    };
    const auto reason = [](int error) { return std::generic_category().message(error); };

    struct Close {
        void operator()(std::FILE* f) const { std::fclose(f); }
    };
    std::unique_ptr<std::FILE, Close> opened;
    std::FILE* file = stdin;
    if (!standard_input) {
        opened.reset(std::fopen(path.c_str(), "rb"));
        if (!opened) fail("cannot open: " + reason(errno));
        struct stat status {};
        if (fstat(fileno(opened.get()), &status) == 0) {
            if (S_ISDIR(status.st_mode)) fail("is a directory");
            if (S_ISREG(status.st_mode) && status.st_size > 0) source.text.reserve(std::min<u64>(status.st_size, limit));
        }
        file = opened.get();
    }
    std::vector<char> buffer(u64{1} << 16);
    for (;;) {
        const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file);
        if (got == 0) break;
        if (got > limit - source.text.size()) fail(fmt::format("is larger than {} bytes, which is no plausible input", limit));
        source.text.append(buffer.data(), got);
    }
    if (std::ferror(file)) fail("cannot read: " + reason(errno));
    return source;
}

void Diagnostics::add(Severity severity, SourcePosition position, std::string message) {
    if (severity == Severity::error) {
        ++errors_;
        if (errors_ > max_errors) {
            if (errors_ == max_errors + 1) {
                overflow_.severity = Severity::note;
                overflow_.file = source_.name;
                overflow_.message = fmt::format("only the first {} errors are shown", max_errors);
            }
            return;
        }
    } else if (errors_ > max_errors) {
        return;
    }
    Diagnostic d{severity, source_.name, position, std::move(message), {}, 0};
    if (position.line != 0) {
        std::string_view line = line_of(source_.text, position.line);
        if (line.size() > kept_columns) {
            const std::vector<std::size_t> starts = character_starts(line);
            const std::size_t characters = starts.size() - 1;
            const std::size_t caret = std::min<std::size_t>(position.column == 0 ? 0 : position.column - 1, characters);
            const std::size_t begin = caret > kept_columns / 2 ? caret - kept_columns / 2 : 0;
            const std::size_t end = std::min(characters, begin + kept_columns);
            d.skipped = static_cast<u32>(begin);
            line = line.substr(starts[begin], starts[end] - starts[begin]);
        }
        d.line = line;
    }
    list_.push_back(std::move(d));
}

std::vector<Diagnostic> Diagnostics::take() {
    std::vector<std::vector<Diagnostic>> groups;
    for (Diagnostic& d : list_) {
        if (d.severity != Severity::note || groups.empty()) groups.emplace_back();
        groups.back().push_back(std::move(d));
    }
    std::stable_sort(groups.begin(), groups.end(), [](const std::vector<Diagnostic>& a, const std::vector<Diagnostic>& b) {
        const SourcePosition p = a.front().position, q = b.front().position;
        return p.line != q.line ? p.line < q.line : p.column < q.column;
    });
    std::vector<Diagnostic> sorted;
    for (std::vector<Diagnostic>& group : groups)
        for (Diagnostic& d : group) sorted.push_back(std::move(d));
    if (errors_ > max_errors) sorted.push_back(overflow_);
    list_.clear();
    errors_ = 0;
    return sorted;
}

void Diagnostics::finish() {
    if (failed()) throw InputError(take());
}

InputError::InputError(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(joined(diagnostics)), diagnostics_(std::move(diagnostics)) {}

InputError::InputError(std::string message)
    : InputError(std::vector<Diagnostic>{Diagnostic{Severity::error, {}, {}, std::move(message), {}, 0}}) {}

std::string format(const Diagnostic& diagnostic) {
    const std::string name = printable(diagnostic.file.empty() ? "zonecalc" : diagnostic.file);
    const std::string_view severity = to_string(diagnostic.severity);
    const std::string message = printable(diagnostic.message);
    const SourcePosition at = diagnostic.position;
    if (at.line == 0) return fmt::format("{}: {}: {}\n", name, severity, message);
    if (at.column == 0) return fmt::format("{}:{}: {}: {}\n", name, at.line, severity, message);

    const std::vector<std::size_t> starts = character_starts(diagnostic.line);
    const std::size_t characters = starts.size() - 1;
    const std::size_t column = at.column - 1 > diagnostic.skipped ? at.column - 1 - diagnostic.skipped : 0;
    const std::size_t caret = std::min(column, characters);
    std::size_t begin = 0, end = characters;
    if (characters > shown_columns) {
        begin = caret > shown_columns / 2 ? std::min(caret - shown_columns / 2, characters - shown_columns) : 0;
        end = begin + shown_columns;
    }
    const bool cut_before = begin > 0 || diagnostic.skipped > 0;
    std::string line = cut_before ? "..." : "";
    std::string padding = cut_before ? "   " : "";
    for (std::size_t i = begin; i < end; ++i) {
        const Utf8Char c = decode_utf8(diagnostic.line, starts[i]);
        const bool tab = c.code == '\t' && c.valid;
        if (tab)
            line += '\t';
        else
            line += printable(std::string_view(diagnostic.line).substr(starts[i], c.bytes));
        if (i < caret) padding += tab ? '\t' : ' ';
    }
    if (end < characters) line += "...";
    return fmt::format("{}:{}:{}: {}: {}\n{}\n{}^\n", name, at.line, at.column, severity, message, line, padding);
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    const std::vector<std::size_t> starts = character_starts(text.substr(0, 4 * longest + 4));
    if (starts.size() - 1 <= longest) return fmt::format("'{}'", printable(text));
    return fmt::format("'{}...'", printable(text.substr(0, starts[longest])));
}

std::string_view closest_match(std::string_view word, const std::vector<std::string_view>& candidates) {
    if (word.empty() || word.size() > 64) return {};
    const std::string meant = folded(word);
    std::string_view best, longer;
    std::size_t best_distance = 0;
    for (const std::string_view candidate : candidates) {
        const std::string name = folded(candidate);
        const std::size_t distance = edit_distance(meant, name);
        const std::size_t limit = std::max<std::size_t>(1, std::max(meant.size(), name.size()) / 3);
        if (distance <= limit && distance < name.size() && distance < std::max<std::size_t>(meant.size(), 2) &&
            (best.empty() || distance < best_distance)) {
            best = candidate;
            best_distance = distance;
        }
        if (meant.size() >= 3 && longer.empty() && name.starts_with(meant)) longer = candidate;
    }
    return best.empty() ? longer : best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
    const std::string_view match = closest_match(word, candidates);
    return match.empty() ? std::string() : fmt::format("; did you mean '{}'?", match);
}

}  // namespace zonecalc
