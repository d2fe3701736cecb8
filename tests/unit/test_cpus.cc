// SPDX-License-Identifier: MIT
#include "mm/cpus.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace zonecalc;

namespace {

std::string counted(const char* words, Arch arch = Arch::x86_64, std::optional<unsigned> present = {}) {
    Kernel kernel;
    kernel.arch = arch;
    kernel.nr_cpus = 64;
    Board board;
    board.cpus = 4;
    board.present_cpus = present;
    const CpuCount c = count_cpus(kernel, board, parse_args(words));
    return fmt::format("{} {} {}{}", c.possible, c.present, c.online, c.more_may_come ? "" : " alone");
}

}  // namespace

// Debian 6.1.0-56-amd64 and 6.1.0-50-arm64: possible CPUs, those that start-up brings online, and whether code for one is kept.
TEST_CASE("maxcpus= limits the CPUs that are brought online, and nr_cpus= those that may be") {
    CHECK(counted("") == "4 4 4");
    CHECK(counted("maxcpus=3") == "4 4 3");
    CHECK(counted("maxcpus=1") == "4 4 1 alone");
    CHECK(counted("maxcpus=9") == "4 4 4");
    CHECK(counted("nr_cpus=3") == "3 3 3");
    CHECK(counted("nr_cpus=3 maxcpus=2") == "3 3 2");
    CHECK(counted("maxcpus=3", Arch::x86_64, 2) == "4 2 2");
    CHECK(counted("nr_cpus=0 maxcpus= maxcpus") == "4 4 4");
}

TEST_CASE("without SMP x86 has room for one CPU, others for all") {
    for (const char* words : {"nosmp", "maxcpus=0", "maxcpus=all", "maxcpus=3 nosmp"}) {
        CHECK(counted(words) == "1 1 1 alone");
        CHECK(counted(words, Arch::arm64) == "4 4 1 alone");
    }
}

TEST_CASE("no kernel has more CPUs than it was built for") {
    Kernel kernel;
    kernel.nr_cpus = 8;
    CHECK(nr_cpu_ids(kernel, parse_args(""), 100000) == 8);
    CHECK(nr_cpu_ids(kernel, parse_args("nr_cpus=99999999999999999999"), 4) == 4);
}
