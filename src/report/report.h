// SPDX-License-Identifier: MIT
// Views on a Layout. They print and compute nothing.
#pragma once

#include <string>

#include "zonecalc/zonecalc.h"

namespace zonecalc {

struct ReportOptions {
    bool color = false;
    bool bytes = false;  // sizes as plain bytes instead of KiB, MiB, GiB
    bool all = false;    // no list is cut short, and until memblock every call is listed
    Until until = Until::slub;
};

std::string report_text(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout,
                        const ReportOptions& options);
std::string report_dmesg(const Kernel& kernel, const Layout& layout, Until until);
std::string report_json(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout, Until until);

}  // namespace zonecalc
