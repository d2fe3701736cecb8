// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "early_machine.h"

using namespace zonecalc;

namespace {

const std::string pc = test::pc_board("cpus = 2\ngb_pages = true", u64{8} << 30);
constexpr std::string_view virt = R"(schema = 1
[board]
arch = "arm64"
cpus = 2
[[memory]]
base = 0x40000000
size = "8GiB"
)";

// Of the first calls of these names, in the order in which they came.
std::string order(const test::Run& run, std::initializer_list<std::string_view> names) {
    std::string out;
    for (const EarlyCall& c : run.layout.early_calls) {
        if (std::ranges::find(names, c.name) == names.end() || out.find(c.name) != std::string::npos) continue;
        out += (out.empty() ? "" : ", ") + c.name;
    }
    return out;
}

std::string order_on(std::string_view board, std::string_view kernel) {
    // Some of the recorded builds are without hugetlb.
    const auto hugetlb = [](Kernel& k) { k.config["HUGETLB_PAGE"] = "y"; };
    return order(test::Run(board, kernel, "nokaslr hugepagesz=1G hugepages=2", Until::memblock, hugetlb),
                 {"gigantic page", "memmap", "percpu area", "inode hash"});
}

}  // namespace

TEST_CASE("up to 6.14 hugepages= takes gigantic pages when percpu areas are there") {
    CHECK(order_on(pc, "6.12-x86_64") == "memmap, percpu area, gigantic page, inode hash");
    CHECK(order_on(virt, "6.12-arm64") == "memmap, percpu area, gigantic page, inode hash");
}

TEST_CASE(
    "from 6.15 on they are taken in mm_core_init(), on x86 before there "
    "are memmaps") {
    CHECK(order_on(pc, "6.18-x86_64") == "gigantic page, memmap, percpu area, inode hash");
    CHECK(order_on(virt, "6.18-arm64") == "memmap, percpu area, inode hash, gigantic page");
}

TEST_CASE("from 7.0 on they are taken before there are memmaps everywhere") {
    CHECK(order_on(pc, "7.1-x86_64") == "gigantic page, memmap, percpu area, inode hash");
    CHECK(order_on(virt, "7.1-arm64") == "gigantic page, memmap, percpu area, inode hash");
}

TEST_CASE("a kernel without hugetlb has no gigantic pages") {
    const test::Run run(virt, "7.1-arm64", "nokaslr hugepagesz=1G hugepages=2", Until::memblock,
                        [](Kernel& k) { k.config["HUGETLB_PAGE"] = "n"; });
    CHECK(run.bytes("gigantic page") == 0);
}

TEST_CASE("x86 CPUs that do not map pages of 1 GiB have no gigantic pages") {
    const std::string plain = std::string(pc).replace(pc.find("gb_pages = true"), 15, "gb_pages = false");
    const test::Run run(plain, "6.12-x86_64", "nokaslr hugepagesz=1G hugepages=2");
    CHECK(run.bytes("gigantic page") == 0);
}

TEST_CASE("pages of no size are no gigantic pages, where CPUs have none either") {
    const std::string plain = std::string(pc).replace(pc.find("gb_pages = true"), 15, "gb_pages = false");
    const auto notes = [&](std::string_view words) { return test::Run(plain, "6.12-x86_64", words).layout.notes.size(); };
    CHECK(notes("nokaslr hugepagesz=0 hugepages=2") == notes("nokaslr"));
    CHECK(notes("nokaslr default_hugepagesz=0 hugepages=0:2") == notes("nokaslr"));
}

TEST_CASE("default_hugepagesz= says what hugepages= is about, before it and after") {
    for (const std::string_view words : {"default_hugepagesz=1G hugepages=1", "hugepages=1 default_hugepagesz=1G"})
        CHECK(test::Run(pc, "6.12-x86_64", std::string("nokaslr ") + std::string(words)).bytes("gigantic page") == u64{1} << 30);
    CHECK(test::Run(pc, "6.12-x86_64", "nokaslr hugepages=1").bytes("gigantic page") == 0);
}

// Debian 6.1.0-50-arm64, 3 GiB: three of 32 MiB from memblock, 33 of 64 KiB later.
TEST_CASE("arm64 with pages of 4 KiB has gigantic pages of 32 MiB too") {
    const auto bytes = [](std::string_view board, const char* kernel, const char* words) {
        return test::Run(board, kernel, std::string("nokaslr ") + words).bytes("gigantic page");
    };
    constexpr u64 MiB = u64{1} << 20;
    CHECK(bytes(virt, "6.1-arm64", "hugepagesz=64K hugepages=33 hugepagesz=32M hugepages=3") == 96 * MiB);
    CHECK(bytes(virt, "6.1-arm64", "hugepagesz=32M hugepages=1 hugepagesz=1G hugepages=1") == 1056 * MiB);
    CHECK(bytes(virt, "6.1-arm64", "hugepagesz=2M hugepages=5") == 0);
    CHECK(bytes(pc, "6.1-x86_64", "hugepagesz=32M hugepages=3") == 0);
}
