// SPDX-License-Identifier: MIT
// What is said of input that cannot be used, for tests.
#pragma once

#include <string>
#include <vector>

#include "input/source.h"

namespace zonecalc {

template <typename Read>
std::vector<Diagnostic> diagnostics_of(Read&& read) {
    try {
        read();
    } catch (const InputError& e) {
        return e.diagnostics();
    }
    return {};
}

// All of it, as the program prints it; `otherwise` where `read` finds nothing wrong.
template <typename Read>
std::string refusal(Read&& read, const std::string& otherwise = {}) {
    std::string out;
    for (const Diagnostic& d : diagnostics_of(read)) out += format(d);
    return out.empty() ? otherwise : out;
}

// The messages alone.
template <typename Read>
std::string refusal_in_words(Read&& read, const std::string& otherwise = {}) {
    std::string out;
    for (const Diagnostic& d : diagnostics_of(read)) out += (out.empty() ? "" : " | ") + d.message;
    return out.empty() ? otherwise : out;
}

}  // namespace zonecalc
