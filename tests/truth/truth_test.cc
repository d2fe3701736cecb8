// SPDX-License-Identifier: MIT
// Recorded boots of real kernels against the model. A boot holds if every line and every figure is equal.
#include <doctest/doctest.h>

#include "truth/boots.h"

using namespace zonecalc;

TEST_CASE("every recorded boot is predicted to the digit") {
    unsigned count = 0;
    for (const std::filesystem::path& boot : truth::boots(TRUTH_DIRECTORY)) {
        CAPTURE(boot.filename().string());
        LogResult r;
        CHECK_NOTHROW(r = truth::verify_boot(boot));
        for (const GroupResult& g : r.groups) {
            CAPTURE(g.title);
            CHECK(g.verdict != Verdict::cut);
            CHECK(g.diff == std::vector<std::string>{});
        }
        ++count;
    }
    MESSAGE(count << " recorded boots");
    CHECK(count >= 500);
}
