// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "report/table.h"
#include "sweep/solve.h"
#include "sweep/sweep.h"

namespace zonecalc {

Table sweep_table(const Sweep& sweep, const Kernel& kernel, bool bytes);
std::string sweep_csv(const Sweep& sweep, bool headings);          // plain numbers in the figures' units
std::string sweep_json(const Sweep& sweep, const Kernel& kernel);  // schema "zonecalc.sweep/1"

std::string solve_text(const std::vector<Solution>& solutions);
std::string solve_json(const std::vector<Solution>& solutions);  // schema "zonecalc.solve/1"

}  // namespace zonecalc
