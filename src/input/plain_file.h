// SPDX-License-Identifier: MIT
// Files as people send them: packed, in the encoding of another system, or as JSON.
#pragma once

#include "input/source.h"

namespace zonecalc {

// The file unpacked, and in bytes that ASCII text has. Throws InputError where it is empty, or packed in a way that is not read.
Source plain(Source source);

}  // namespace zonecalc
