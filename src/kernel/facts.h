// SPDX-License-Identifier: MIT
// From a profile's config and release to the facts that the model asks for.
#pragma once

#include "zonecalc/kernel.h"

namespace zonecalc {

// Fills every derived field of `kernel` (page_shift … behaviours) from arch, version, config and sizes. Units as in kernel.h.
void derive_facts(Kernel& kernel);

// The config of a kernel of release `from` as the same choices read in release `to`: options that came, went or changed their
// meaning in between.
void carry_config(std::map<std::string, std::string, std::less<>>& config, Arch arch, const Version& from, const Version& to);

// A CONFIG_ value as a number, decimal or 0x…; none where it is absent or no number.
std::optional<u64> config_number(const std::map<std::string, std::string, std::less<>>& config, std::string_view symbol);

}  // namespace zonecalc
