// SPDX-License-Identifier: MIT
// How answers in JSON are laid out.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace zonecalc {

// What holds no other object is written on one line, so that a difference between two answers shows the zone, region or note it
// belongs to. Ends with a newline.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace zonecalc
