// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "mm/mempolicy.h"

using namespace zonecalc;

namespace {

struct Machine {
    Kernel kernel;
    Board board;
    Layout layout;
};

// Nodes of so many MiB; CPU 0 is on `boot_node`.
Machine machine(Version version, std::initializer_list<u64> mib, int boot_node) {
    Machine m;
    m.kernel.version = version;
    m.kernel.behaviours = behaviours_of(version);
    m.kernel.numa = true;
    for (const u64 size : mib) {
        Node n;
        n.id = static_cast<int>(m.layout.nodes.size());
        n.present = size * 256;
        m.layout.nodes.push_back(n);
        BoardNode b;
        b.id = n.id;
        if (n.id == boot_node) b.cpus = {0};
        m.board.nodes.push_back(b);
    }
    return m;
}

std::vector<int> nodes(InitTaskPolicy& policy, int count) {
    std::vector<int> out;
    for (int i = 0; i < count; ++i) out.push_back(policy.node_for(false));
    return out;
}

std::string shares(InitTaskPolicy& policy, u64 pages) {
    std::string out;
    for (const auto& [node, count] : policy.shares_of(pages, false))
        out += std::to_string(node) + ":" + std::to_string(count) + " ";
    return out;
}

}  // namespace

TEST_CASE("until the first task has a policy requests go to the boot CPU's node") {
    const Machine m = machine({6, 1, 192}, {1024, 1024}, 1);
    InitTaskPolicy policy(m.kernel, m.board, m.layout);
    CHECK(nodes(policy, 3) == std::vector{1, 1, 1});
    CHECK(shares(policy, 5) == "1:5 ");
}

TEST_CASE("from numa_policy_init() on nodes of 16 MiB take turns") {
    const Machine m = machine({6, 1, 192}, {1024, 15, 0, 16}, 0);
    InitTaskPolicy policy(m.kernel, m.board, m.layout);
    policy.numa_policy_init();
    CHECK(nodes(policy, 4) == std::vector{0, 3, 0, 3});
    CHECK(policy.node_for(true) == 0);
    CHECK(nodes(policy, 1) == std::vector{0});
    // bulk requests: a share for each, the remainder to those whose turn it is
    CHECK(shares(policy, 5) == "3:3 0:2 ");
}

TEST_CASE("nodes that are all too small: the largest") {
    const Machine m = machine({6, 1, 192}, {8, 12, 4}, 0);
    InitTaskPolicy policy(m.kernel, m.board, m.layout);
    policy.numa_policy_init();
    CHECK(nodes(policy, 2) == std::vector{1, 1});
}

TEST_CASE("before 5.16 a bulk request is the local node's") {
    const Machine m = machine({5, 15, 24}, {1024, 1024}, 1);
    InitTaskPolicy policy(m.kernel, m.board, m.layout);
    policy.numa_policy_init();
    CHECK(shares(policy, 5) == "1:5 ");
}

TEST_CASE("without NUMA there is one node, the first") {
    Machine m = machine({6, 1, 192}, {1024, 1024}, 1);
    m.kernel.numa = false;
    InitTaskPolicy policy(m.kernel, m.board, m.layout);
    policy.numa_policy_init();
    CHECK(nodes(policy, 2) == std::vector{0, 0});
}
