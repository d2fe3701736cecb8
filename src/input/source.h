// SPDX-License-Identifier: MIT
// Texts that come from outside, and what is wrong with them.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/types.h"

namespace zonecalc {

struct Source {
    std::string name;  // file name as the user gave it, "<stdin>"
    std::string text;
};

// The whole of a file, or of standard input for "-". Throws InputError where it cannot be read or is larger than `limit` bytes.
Source read_source(const std::string& path, u64 limit = u64{1} << 30);

enum class Severity { error, warning, note };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string file;
    SourcePosition position;  // line 0: the file as a whole; columns count characters, as TOML parsers do
    std::string message;
    std::string line;  // the source line at `position`, for the caret; of a very long one, what is around the column
    u32 skipped = 0;   // characters of the line left out before `line`
};

// Collects what is wrong with one source, so that all of it is reported together, in the order of the text. A note stays with the
// error or warning that it follows. Only the first max_errors errors are kept: a hopeless file is not worth more.
class Diagnostics {
public:
    explicit Diagnostics(const Source& source) : source_(source) {}
    void error(SourcePosition position, std::string message) { add(Severity::error, position, std::move(message)); }
    void warning(SourcePosition position, std::string message) { add(Severity::warning, position, std::move(message)); }
    void note(SourcePosition position, std::string message) { add(Severity::note, position, std::move(message)); }
    bool failed() const { return errors_ != 0; }
    static constexpr unsigned max_errors = 100;
    std::vector<Diagnostic> take();
    // Throws InputError with everything collected if there was an error.
    void finish();

private:
    void add(Severity severity, SourcePosition position, std::string message);
    const Source& source_;
    std::vector<Diagnostic> list_;
    unsigned errors_ = 0;  // also those that were not kept
    Diagnostic overflow_;
};

// Unusable input. Caught once, in main, which prints the diagnostics and exits with 2.
class InputError : public std::runtime_error {
public:
    explicit InputError(std::vector<Diagnostic> diagnostics);
    explicit InputError(std::string message);  // without a place: "zonecalc: error: …"
    const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

private:
    std::vector<Diagnostic> diagnostics_;
};

// "FILE:LINE:COL: error: message", the source line, a caret under the column, each with its newline. Long lines are cut around the
// caret; what is no printable character is shown as '?'; tabs are kept in the padding.
std::string format(const Diagnostic& diagnostic);

// A name or value of the user's for use in a message: in single quotes, shortened where it is long.
std::string in_quotes(std::string_view text);

// The closest of `candidates` if it is close enough to be what was meant; empty otherwise. Case, '-' and '_' make no difference.
std::string_view closest_match(std::string_view word, const std::vector<std::string_view>& candidates);
// "; did you mean 'CLOSEST'?", or nothing where no candidate is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

// The character at text[at] and how many bytes it takes. Bytes that are no UTF-8 are one character each, `valid` false.
struct Utf8Char {
    char32_t code = 0;
    unsigned bytes = 1;
    bool valid = false;
};
Utf8Char decode_utf8(std::string_view text, std::size_t at);

}  // namespace zonecalc
