// SPDX-License-Identifier: MIT
// zonecalc kernels: what data/kernels ships, and what differs between releases.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "input/library.h"
#include "report/format.h"
#include "report/table.h"

namespace zonecalc::cli {

namespace {

std::string shipped() {
    Table table({{"NAME"}, {"RELEASE"}, {"ARCH"}, {"CONFIRMED"}, {"SIZES"}});
    for (const std::string& name : shipped_kernels()) {
        const Kernel kernel = load_kernel(name);
        table.row({printable(name), printable(kernel.release), std::string(to_string(kernel.arch)),
                   kernel.confirmation == Confirmation::recorded ? "by recorded boots" : "no",
                   kernel.sizes_of.empty() ? "its own" : "derived: those of " + printable(kernel.sizes_of)});
    }
    std::string out;
    table.print(out, {0, "", ""});
    return out;
}

// A list and no table: some of these lines are long.
std::string behaviours() {
    std::string out;
    for (const BehaviourInfo& b : behaviour_table()) {
        out += fmt::format("{}{}\n    {}\n    releases: {}\n", out.empty() ? "" : "\n", b.name, b.what, b.releases);
        if (!b.unread.empty()) out += fmt::format("    not read: {}\n", b.unread);
        if (!b.commit.empty()) out += fmt::format("    commit:   {}\n", b.commit);
    }
    return out;
}

}  // namespace

Action kernels_command(Syntax& syntax) {
    const auto by_behaviour = std::make_shared<bool>(false);
    syntax.group("Options");
    syntax.flag("--behaviours", *by_behaviour, "list what differs between releases instead");
    return [by_behaviour] {
        write_result(*by_behaviour ? behaviours() : shipped(), std::nullopt);
        return exit_ok;
    };
}

}  // namespace zonecalc::cli
