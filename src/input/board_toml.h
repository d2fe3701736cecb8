// SPDX-License-Identifier: MIT
// Board TOML, schema 1 (man page zonecalc-board(5)).
#pragma once

#include "input/source.h"
#include "zonecalc/board.h"

namespace zonecalc {

// Throws InputError with every error of the text.
Board parse_board(const Source& source);

}  // namespace zonecalc
