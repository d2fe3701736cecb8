// SPDX-License-Identifier: MIT
// Recorded boots of real kernels against the model. A boot holds if every line about its zones, and where they start and how many
// pages they span and have, is equal. What depends on more than zones is counted by `fidelity`.
#include <doctest/doctest.h>

#include <algorithm>

#include "input/dtb_board.h"
#include "input/library.h"
#include "truth/boots.h"

using namespace zonecalc;

namespace {

bool about_zones(const GroupResult& g) {
    return g.name != "memory" && g.name != "slub" && g.name != "watermarks" && g.name != "lowmem_reserve" && g.name != "pcp";
}

}  // namespace

// trees/NAME.dtb is the blob that boots/NAME was given.
TEST_CASE("a recorded device tree leads to the zones of its boot") {
    unsigned count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TRUTH_DIRECTORY "/../trees")) {
        if (entry.path().extension() != ".dtb") continue;
        CAPTURE(entry.path().filename().string());
        const Source blob{entry.path().string(), truth::slurp(entry.path())};
        const std::filesystem::path boot = std::filesystem::path(TRUTH_DIRECTORY) / entry.path().stem();
        Board board = truth::board_of(boot);
        const Board tree = board_from_dtb(parse_dtb(blob), load_kernel(board.kernel)).board;
        for (const ReservedMemory& r : tree.reserved_memory) {
            if (r.nomap) continue;  // seen in the zones
            CAPTURE(r.name);
            const bool as_logged = std::any_of(board.reserved.begin(), board.reserved.end(), [&](const ReservedRange& known) {
                if (!r.base) return known.size >= r.size;
                return known.base <= *r.base && *r.base + r.size <= known.base + known.size;
            });
            CHECK(as_logged);
        }
        board.memory = tree.memory;
        board.nodes = tree.nodes;
        board.reserved_memory = tree.reserved_memory;
        board.dma_limit = tree.dma_limit;
        CHECK(board.name == tree.name);
        CHECK(board.cpus == tree.cpus);
        CHECK(board.cmdline == tree.cmdline);
        for (const GroupResult& g : truth::verify_boot(boot, board).groups) {
            if (!about_zones(g)) continue;
            CAPTURE(g.title);
            CHECK(g.diff == std::vector<std::string>{});
        }
        ++count;
    }
    MESSAGE(count << " recorded device trees");
    CHECK(count >= 15);
}

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
