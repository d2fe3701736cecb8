// SPDX-License-Identifier: MIT
// From a profile's config and release to the facts that the model asks for.
#pragma once

#include "zonecalc/kernel.h"

namespace zonecalc {

// Fills every derived field of `kernel` (page_shift … behaviours) from arch, version, config and sizes. Units as in kernel.h.
void derive_facts(Kernel& kernel);

}  // namespace zonecalc
