// SPDX-License-Identifier: MIT
// What is said of input that cannot be used, for tests.
#pragma once

#include <string>

#include "input/source.h"

namespace zonecalc {

// All of it, as the program prints it; `otherwise` where `read` finds nothing wrong.
template <typename Read>
std::string refusal(Read&& read, const std::string& otherwise = {}) {
    try {
        read();
    } catch (const InputError& e) {
        std::string out;
        for (const Diagnostic& d : e.diagnostics()) out += format(d);
        return out;
    }
    return otherwise;
}

// The messages alone.
template <typename Read>
std::string refusal_in_words(Read&& read, const std::string& otherwise = {}) {
    try {
        read();
    } catch (const InputError& e) {
        std::string out;
        for (const Diagnostic& d : e.diagnostics()) out += (out.empty() ? "" : " | ") + d.message;
        return out;
    }
    return otherwise;
}

}  // namespace zonecalc
