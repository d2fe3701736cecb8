// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/kernel_toml.h"
#include "refusal.h"

using namespace zonecalc;

namespace {

std::string errors_of(std::string text) {
    return refusal([&] { parse_kernel_profile({"k.toml", std::move(text)}); }, "none");
}

}  // namespace

TEST_CASE("kernel profile: everything that a file can say") {
    const KernelProfile p = parse_kernel_profile({"dir/6.1-arm64-mine.toml", R"(schema = 1
[kernel]
release = "6.1.0-mine"
version = "6.1.99"
arch = "arm64"
like = "6.1-arm64"
source = "my build"
recorded = true
[config]
NUMA = "y"
NODES_SHIFT = 4
PAGE_OFFSET = "0xffff800000000000"
CMA = false
[sizeof]
page = 64
zone = "0x600"
[const]
_text = "0xffff800008000000"
"length.zone.free_area" = 11
)"});
    CHECK(p.name == "6.1-arm64-mine");
    CHECK(p.release == "6.1.0-mine");
    CHECK(p.version == "6.1.99");
    CHECK(p.arch == Arch::arm64);
    CHECK(p.like == "6.1-arm64");
    CHECK(p.source == "my build");
    CHECK(p.recorded);
    CHECK(p.config == std::map<std::string, std::string, std::less<>>{
                          {"CMA", "n"}, {"NODES_SHIFT", "4"}, {"NUMA", "y"}, {"PAGE_OFFSET", "0xffff800000000000"}});
    CHECK(p.sizes == std::map<std::string, u64, std::less<>>{{"page", 64}, {"zone", 1536}});
    CHECK(p.constants == std::map<std::string, u64, std::less<>>{{"_text", 0xffff800008000000}, {"length.zone.free_area", 11}});
}

TEST_CASE("kernel profile: without a version the release is the version") {
    const KernelProfile p =
        parse_kernel_profile({"x.toml", "schema = 1\n[kernel]\nrelease = \"5.4.49-custom\"\narch = \"x86_64\"\n"});
    CHECK(p.version == "5.4.49-custom");
    CHECK(!p.recorded);
}

TEST_CASE("kernel profile: all errors are reported together, in the order of the text") {
    CHECK(errors_of(R"(schema = 2
[kernel]
release = "six"
arch = "arm46"
licke = "6.1-arm64"
[config]
CONFIG_NUMA = "y"
NODES_SHIFT = 11
NR_CPUS = "many"
"A B" = "y"
CMA = [1]
[sizeof]
page = -1
zone = "8G"
[extra]
)") == R"(k.toml:1:10: error: schema 2 is not known; this zonecalc reads schema 1
schema = 2
         ^
k.toml:3:11: error: 'six' does not begin with a version such as 6.1 or 6.1.192
release = "six"
          ^
k.toml:4:8: error: unknown value 'arm46' of 'arch' in [kernel]; did you mean 'arm64'?
arch = "arm46"
       ^
k.toml:5:1: error: unknown key 'licke' in [kernel]; did you mean 'like'?
licke = "6.1-arm64"
^
k.toml:7:1: error: symbols in [config] go without their prefix: 'NUMA'
CONFIG_NUMA = "y"
^
k.toml:8:15: error: 'NODES_SHIFT' must be a number from 0 to 10
NODES_SHIFT = 11
              ^
k.toml:9:11: error: 'NR_CPUS' must be a number from 1 to 65536
NR_CPUS = "many"
          ^
k.toml:10:1: error: 'A B' is no CONFIG_ symbol
"A B" = "y"
^
k.toml:11:7: error: 'CMA' in [config] must be a string such as "y" or "n", or an integer, not an array
CMA = [1]
      ^
k.toml:13:8: error: 'page' in [sizeof] must not be negative
page = -1
       ^
k.toml:14:8: error: 'zone' in [sizeof] is more than 1073741824 bytes
zone = "8G"
       ^
k.toml:15:2: error: unknown key 'extra' in the file
[extra]
 ^
)");
}

TEST_CASE("kernel profile: what must be there and is not") {
    CHECK(errors_of("") == "k.toml:1:1: error: the file needs 'schema'\n\n^\nk.toml:1:1: error: the file needs 'kernel'\n\n^\n");
    CHECK(errors_of("schema = 1\n[kernel]\n") ==
          "k.toml:2:1: error: [kernel] needs 'arch'\n[kernel]\n^\nk.toml:2:1: error: [kernel] needs 'release'\n[kernel]\n^\n");
    CHECK(errors_of("schema = 1\nkernel = 3\n").find("k.toml:2:10: error: ") == 0);
}
