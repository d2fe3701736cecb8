// SPDX-License-Identifier: MIT
#include "mm/node_cpus.h"

#include <doctest/doctest.h>

#include <sstream>

using namespace zonecalc;

namespace {

constexpr u64 MiB = 1024 * 1024;

// Firmware has 2 GiB on node 0, no memory on node 1 and 1 GiB on node 2; the kernel's nodes begin at these MiB.
std::string nodes_of(const char* release, Arch arch, std::initializer_list<u64> begin) {
    Kernel kernel;
    kernel.arch = arch;
    kernel.version = *version_from_string(release);
    kernel.behaviours = behaviours_of(kernel.version);
    Board board;
    board.srat = {{0, 2048 * MiB, 0, false, {}}, {2048 * MiB, 1024 * MiB, 2, false, {}}};
    Layout layout;
    for (const u64 at : begin) {
        Node n;
        n.id = static_cast<int>(layout.nodes.size());
        n.range = {at * 256, at * 256 + 1};
        layout.nodes.push_back(n);
    }
    const NodeCpus cpus(kernel, board, layout);
    std::ostringstream out;
    for (const int nid : {0, 1, 2}) {
        out << nid << ':';
        for (const int node : cpus.nodes_of(nid)) out << ' ' << node;
        out << '\n';
    }
    return out.str();
}

}  // namespace

// Debian 6.1.0-56-amd64, numa=fake=4 on three nodes, one without memory.
TEST_CASE("an emulated node counts all CPUs of the node that it was cut out of") {
    CHECK(nodes_of("6.1.192", Arch::x86_64, {0, 2048, 1024, 2560}) == "0: 0 2\n1: 0 2\n2: 1 3\n");
}

TEST_CASE("arm64 takes firmware's node for an emulated one of that number") {
    CHECK(nodes_of("6.12.117", Arch::arm64, {0, 2048, 1024, 2560}) == "0: 0 2\n1: 1 3\n2: 2 0\n");
}

TEST_CASE("before 4.19 emulated nodes have the CPUs of the node of their number") {
    CHECK(nodes_of("4.18", Arch::x86_64, {0, 2048, 1024, 2560}) == "0: 0\n1: 1\n2: 2\n");
}

TEST_CASE("a node that the kernel does not have has no CPUs") {
    CHECK(nodes_of("6.1.192", Arch::x86_64, {0}) == "0: 0\n1:\n2:\n");
}
