// SPDX-License-Identifier: MIT
#include "input/built_in.h"

#include <algorithm>

#include "input/dmesg.h"
#include "kernel/facts.h"

namespace zonecalc {

std::vector<std::string> take_built_in(Kernel& kernel, const Answers& answers) {
    struct Option {
        ZoneType zone;
        const char* symbol;
    };
    constexpr Option options[] = {{ZoneType::DMA, "ZONE_DMA"},
                                  {ZoneType::DMA32, "ZONE_DMA32"},
                                  {ZoneType::HighMem, "HIGHMEM"},
                                  {ZoneType::Device, "ZONE_DEVICE"}};
    std::vector<std::string> changed;
    const auto set = [&](const char* symbol, bool on, const char* why) {
        kernel.config.insert_or_assign(symbol, on ? "y" : "n");
        changed.push_back(std::string("the kernel's config is not known; CONFIG_") + symbol +
                          (on ? " is taken to be on: " : " is taken to be off: ") + why);
    };

    const std::vector<std::string>& ranges = answers[AnswerGroup::zone_ranges];
    const bool whole = ranges.size() > 1 && ranges.front() == "Zone ranges:" && answers.last != AnswerGroup::zone_ranges;
    if (whole) {
        for (const Option& o : options) {
            const bool named = std::any_of(ranges.begin() + 1, ranges.end(), [&o](const std::string& line) {
                return zone_from_string(Scan(line).blanks().word()) == o.zone;
            });
            if (named != kernel.has_zone(o.zone)) set(o.symbol, named, "\"Zone ranges\" lists the zones that a kernel has");
        }
    }
    const std::vector<std::string>& lists = answers[AnswerGroup::zonelists];
    const auto has = [&lists](std::string_view start) {
        return std::any_of(lists.begin(), lists.end(), [start](const std::string& line) { return line.starts_with(start); });
    };
    if (kernel.numa && has("Built ") && !has("Policy zone:") && answers.last != AnswerGroup::zonelists &&
        answers.last != AnswerGroup::totals)
        set("NUMA", false, "NUMA kernels print a \"Policy zone\"");
    if (!changed.empty()) derive_facts(kernel);
    return changed;
}

}  // namespace zonecalc
