// SPDX-License-Identifier: MIT
// Where results and diagnostics go.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/syntax.h"
#include "input/source.h"

namespace zonecalc::cli {

// A result could not be written. `quiet`: the reader has gone, which is nothing to complain about.
class OutputError : public std::runtime_error {
public:
    explicit OutputError(const std::string& message, bool quiet = false) : std::runtime_error(message), quiet_(quiet) {}
    bool quiet() const { return quiet_; }

private:
    bool quiet_;
};

// To standard output (no path, or "-"), or to a file that appears as a whole or not at all. Throws OutputError.
void write_result(std::string_view result, const std::optional<std::string>& path);

// -o FILE, for write_result()
void add_output(Syntax& syntax, std::optional<std::string>& path);

// "zonecalc: error: …" on standard error
void complain(std::string_view severity, std::string_view message);
void complain(const InputError& error);

// As the locale says.
bool use_unicode();
// Columns of the terminal that a result goes to.
std::optional<unsigned> terminal_width(const std::optional<std::string>& path);

enum class Color { automatic, always, never };
bool use_color(Color wish, const std::optional<std::string>& path);
// --color
void add_color(Syntax& syntax, Color& color);

}  // namespace zonecalc::cli
