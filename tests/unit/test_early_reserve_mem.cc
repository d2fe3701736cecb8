// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "early_machine.h"

using namespace zonecalc;

namespace {

const std::string pc = test::pc_board("cpus = 2", u64{2} << 30);

// The ranges of `words`, by address.
std::string ranges(std::string_view kernel, const std::string& words) {
    const test::Run run(pc, kernel, "nokaslr " + words);
    std::string out;
    for (const MemblockRegion& r : run.layout.reserved)
        if (r.name.starts_with("reserve_mem ")) out += fmt::format("{} {:#x} {:#x}\n", r.name.substr(12), r.base, r.size);
    return out;
}

bool noted(const test::Run& run, std::string_view id) {
    return std::ranges::any_of(run.layout.notes, [&](const Note& n) { return n.id == id; });
}

}  // namespace

// As a boot of Debian 6.12.117 places them, right below the percpu areas.
TEST_CASE("reserve_mem= takes ranges from the top, in the order of the command line") {
    CHECK(ranges("6.12-x86_64", "reserve_mem=20M:4K:oops reserve_mem=5M:1M:trace") ==
          "trace 0x7c300000 0x500000\noops 0x7c800000 0x1400000\n");
}

TEST_CASE("reserve_mem= is unknown before 6.11") {
    CHECK(ranges("6.8-x86_64", "reserve_mem=20M:4K:oops").empty());
}

TEST_CASE("a reserve_mem= that cannot be read, or whose name is taken, reserves nothing") {
    for (const std::string value : {"20M", "20M:4K", "20M:4K:", "20M:4K:  ", "0:4K:oops", "20M:4K:a-name-of-sixteen"})
        CHECK(ranges("6.12-x86_64", "reserve_mem=" + value) == "");
    CHECK(ranges("6.12-x86_64", "reserve_mem=1M:4K:oops reserve_mem=2M:4K:oops") ==
          ranges("6.12-x86_64", "reserve_mem=1M:4K:oops"));
}

TEST_CASE("eight ranges are kept by name, and no more") {
    std::string words;
    for (int i = 0; i < 10; ++i) words += fmt::format("reserve_mem=1M:1M:n{} ", i);
    const std::string kept = ranges("6.12-x86_64", words);
    CHECK(std::ranges::count(kept, '\n') == 8);
    CHECK(kept.find("n8") == std::string::npos);
}

TEST_CASE("a reserve_mem= without room is a finding, an odd alignment is not computed") {
    const test::Run large(pc, "6.12-x86_64", "nokaslr reserve_mem=3G:4K:oops");
    CHECK(noted(large, "reserve-mem-does-not-fit"));
    CHECK(large.bytes("reserve_mem oops") == 0);
    CHECK(noted(test::Run(pc, "6.12-x86_64", "nokaslr reserve_mem=1M:3K:oops"), "unmodelled-parameter"));
}
