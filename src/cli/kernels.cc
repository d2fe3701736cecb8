// SPDX-License-Identifier: MIT
// zonecalc kernels: what data/kernels ships, and what differs between releases.
#include "cli/commands.h"
#include "cli/output.h"
#include "input/library.h"
#include "report/format.h"
#include "report/table.h"

namespace zonecalc::cli {

namespace {

Table shipped() {
    Table table({{"NAME"}, {"RELEASE"}, {"ARCH"}, {"CONFIRMED"}});
    for (const std::string& name : shipped_kernels()) {
        const Kernel kernel = load_kernel(name);
        table.row({printable(name), printable(kernel.release), std::string(to_string(kernel.arch)),
                   kernel.confirmation == Confirmation::recorded ? "by recorded boots" : "no"});
    }
    return table;
}

Table behaviours() {
    Table table({{"BEHAVIOUR"}, {"RELEASES"}, {"WHAT"}, {"COMMIT"}, {"NOT READ"}});
    for (const BehaviourInfo& b : behaviour_table())
        table.row({std::string(b.name), b.releases, std::string(b.what), std::string(b.commit), b.unread});
    return table;
}

}  // namespace

int kernels(const KernelsOptions& options) {
    std::string out;
    (options.behaviours ? behaviours() : shipped()).print(out, {0, "", ""});
    write_result(out, std::nullopt);
    return exit_ok;
}

}  // namespace zonecalc::cli
