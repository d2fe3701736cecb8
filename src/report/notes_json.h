// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "zonecalc/layout.h"

namespace zonecalc {

// Notes as every JSON report has them.
nlohmann::ordered_json notes_json(const std::vector<Note>& notes);

}  // namespace zonecalc
