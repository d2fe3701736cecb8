// SPDX-License-Identifier: MIT
// [[expect]] and [[matrix]], in a board or in a file of their own.
#pragma once

#include <vector>

#include "input/source.h"
#include "input/toml_reader.h"
#include "zonecalc/figure.h"

namespace zonecalc {

struct Expectations {
    std::vector<Expectation> expect;
    std::vector<MatrixEntry> matrix;
};

// The tables of a root table that has others besides.
Expectations read_expectations(TableReader& root, Diagnostics& diagnostics);

// A file that has nothing else but 'schema = 1'. Throws InputError.
Expectations parse_expectations(const Source& source);

}  // namespace zonecalc
