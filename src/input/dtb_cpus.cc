// SPDX-License-Identifier: MIT
// Read beside it: drivers/of/base.c of_get_next_cpu_node(), arch/riscv/kernel/smpboot.c.
#include "input/dtb_cpus.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/limits.h"

namespace zonecalc {

namespace {

std::vector<const DtNode*> all_cpus(const DtTree& tree) {
    std::vector<const DtNode*> list;
    const DtNode* cpus = tree.child(tree.root(), "cpus");
    for (std::size_t i = 0; cpus && i < cpus->children.size(); ++i) {
        const DtNode& node = tree.nodes[static_cast<std::size_t>(cpus->children[i])];
        if (node.base_name() == "cpu" || node.string("device_type") == "cpu") list.push_back(&node);
    }
    return list;
}

// All but those that failed; riscv takes only those that are there.
bool counts(const DtNode& cpu, Arch arch) {
    const std::string_view status = cpu.string("status");
    if (status == "fail" || status.starts_with("fail-")) return false;
    return arch != Arch::riscv64 || (cpu.available() && cpu.lists("compatible", "riscv"));
}

}  // namespace

std::vector<const DtNode*> cpu_nodes(const DtTree& tree, Arch arch) {
    std::vector<const DtNode*> list = all_cpus(tree);
    std::erase_if(list, [arch](const DtNode* cpu) { return !counts(*cpu, arch); });
    list.resize(std::min<std::size_t>(list.size(), most_cpus));
    return list;
}

std::optional<DtbArch> arch_of(const DtTree& tree) {
    constexpr std::string_view words32[] = {"arm,cortex-a5",  "arm,cortex-a7",  "arm,cortex-a8", "arm,cortex-a9", "arm,cortex-a12",
                                            "arm,cortex-a15", "arm,cortex-a17", "qcom,krait",    "qcom,scorpion"};
    constexpr std::string_view begin32[] = {"arm,arm7",    "arm,arm9",         "arm,arm10",      "arm,arm11",   "arm,xscale",
                                            "marvell,pj4", "marvell,feroceon", "marvell,sheeva", "marvell,xsc", "marvell,mohawk",
                                            "faraday,",    "intel,sa11",       "intel,xscale"};
    constexpr std::string_view begin64[] = {"arm,",    "apple,",      "qcom,",      "nvidia,",  "cavium,",  "brcm,",   "apm,",
                                            "ampere,", "amd,seattle", "hisilicon,", "marvell,", "fujitsu,", "samsung,"};
    for (const DtNode* cpu : all_cpus(tree)) {
        const std::string_view kind = cpu->string("compatible");
        const auto is = [kind](std::string_view w) { return kind == w; };
        const auto begins = [kind](std::string_view w) { return kind.starts_with(w); };
        std::optional<Arch> arch;
        if (cpu->lists("compatible", "riscv"))
            arch = Arch::riscv64;
        else if (std::any_of(std::begin(words32), std::end(words32), is) ||
                 std::any_of(std::begin(begin32), std::end(begin32), begins))
            arch = Arch::arm;
        else if (std::any_of(std::begin(begin64), std::end(begin64), begins))
            arch = Arch::arm64;
        if (arch) return DtbArch{*arch, fmt::format("{} is compatible with {}", in_quotes(tree.path(*cpu)), in_quotes(kind))};
    }
    return std::nullopt;
}

}  // namespace zonecalc
