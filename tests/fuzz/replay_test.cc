// SPDX-License-Identifier: MIT
// What the fuzzer kept of its runs, read again: corpus_log has an input for each path that was found through the importer, cut
// down from recorded logs; findings_log has those that once broke something.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/fuzz/fuzz_log.h"

using namespace zonecalc;

namespace {

struct Replayed {
    unsigned files = 0, boards = 0;
};

Replayed replay(const std::string& folder) {
    Replayed done;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(FUZZ_DIRECTORY) + "/" + folder)) {
        CAPTURE(entry.path().string());
        std::ifstream in(entry.path(), std::ios::binary);
        std::ostringstream bytes;
        bytes << in.rdbuf();
        done.boards += import_bytes(bytes.str());
        ++done.files;
    }
    return done;
}

}  // namespace

TEST_CASE("the fuzzer's corpus is read or refused") {
    const Replayed done = replay("corpus_log");
    MESSAGE(done.boards << " boards of " << done.files << " files");
    CHECK(done.files > 100);
    // Both ends are reached.
    CHECK(done.boards > done.files / 10);
    CHECK(done.boards < done.files);
}

TEST_CASE("what the fuzzer once found stays mended") {
    CHECK(replay("findings_log").files >= 1);
}
