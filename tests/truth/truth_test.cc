// SPDX-License-Identifier: MIT
// Recorded boots of real kernels against the model. A boot holds if every line about its zones, and where they start and how many
// pages they span and have, is equal. What depends on more than zones is counted by `fidelity`.
#include <doctest/doctest.h>

#include "truth/boots.h"

using namespace zonecalc;

namespace {

bool about_zones(const GroupResult& g) {
    return g.name != "memory" && g.name != "slub" && g.name != "watermarks" && g.name != "lowmem_reserve" && g.name != "pcp";
}

}  // namespace

TEST_CASE("every recorded boot is predicted to the digit") {
    unsigned count = 0;
    for (const std::filesystem::path& boot : truth::boots(TRUTH_DIRECTORY)) {
        CAPTURE(boot.filename().string());
        LogResult r;
        CHECK_NOTHROW(r = truth::verify_boot(boot));
        for (const GroupResult& g : r.groups) {
            if (!about_zones(g)) continue;
            CAPTURE(g.title);
            CHECK(g.verdict != Verdict::cut);
            CHECK(g.diff == std::vector<std::string>{});
        }
        ++count;
    }
    MESSAGE(count << " recorded boots");
    CHECK(count >= 500);
}
