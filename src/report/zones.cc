// SPDX-License-Identifier: MIT
#include "report/zones.h"

#include <fmt/format.h>

#include "report/format.h"

namespace zonecalc {

namespace {

template <typename Value>
Cell known(const std::optional<Value>& value) {
    return value ? number_cell(*value) : Cell("-");
}

}  // namespace

Table zones_table(const Kernel& kernel, const Layout& layout, bool bytes) {
    Table table({{"NODE", true},
                 {"ZONE"},
                 {"START PFN", true},
                 {"END PFN", true},
                 {"SPANNED", true},
                 {"PRESENT", true},
                 {"MANAGED", true},
                 {"SIZE", true},
                 {"RANGE", false, true},
                 {"ESTIMATE", true, true},
                 {"FREE", true, true},
                 {"MIN", true, true},
                 {"LOW", true, true},
                 {"HIGH", true, true}});
    for (const Node& node : layout.nodes)
        for (const Zone& z : node.zones) {
            if (z.spanned == 0) continue;
            const u64 size = z.present << kernel.page_shift;
            const auto mark = [&z](u64 Watermark::*which) { return z.watermark ? number_cell((*z.watermark).*which) : Cell("-"); };
            table.row({number_cell(static_cast<u64>(node.id)),
                       to_string(z.type),
                       number_cell(z.start_pfn),
                       number_cell(z.end_pfn()),
                       number_cell(z.spanned),
                       number_cell(z.present),
                       known(z.managed),
                       {format_size(size, bytes), size},
                       format_range(z.start_pfn << kernel.page_shift, z.end_pfn() << kernel.page_shift),
                       number_cell(z.managed_initial),
                       z.managed ? number_cell(z.free_pages) : Cell("-"),
                       mark(&Watermark::min),
                       mark(&Watermark::low),
                       mark(&Watermark::high)});
        }
    return table;
}

}  // namespace zonecalc
