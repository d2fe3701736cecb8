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
    SourcePosition position;  // line 0: the file as a whole
    std::string message;
    std::string line;         // the source line at `position`, for the caret
};

// Collects what is wrong with one source, so that all of it is reported together, in the order of the text.
class Diagnostics {
public:
    explicit Diagnostics(const Source& source) : source_(source) {}
    void error(SourcePosition position, std::string message) { add(Severity::error, position, std::move(message)); }
    void warning(SourcePosition position, std::string message) { add(Severity::warning, position, std::move(message)); }
    void note(SourcePosition position, std::string message) { add(Severity::note, position, std::move(message)); }
    bool failed() const { return errors_ != 0; }
    std::vector<Diagnostic> take();
    // Throws InputError with everything collected if there was an error.
    void finish();

private:
    void add(Severity severity, SourcePosition position, std::string message);
    const Source& source_;
    std::vector<Diagnostic> list_;
    unsigned errors_ = 0;
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

// "FILE:LINE:COL: error: message", the source line, a caret under the column. Long lines are cut around the caret; control characters
// are shown as '?'; tabs are kept in the padding.
std::string format(const Diagnostic& diagnostic);

// The closest of `candidates` if it is close enough to be what was meant; empty otherwise.
std::string_view closest_match(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace zonecalc
