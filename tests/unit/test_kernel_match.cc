// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/kernel_match.h"
#include "input/kernel_toml.h"
#include "input/library.h"

using namespace zonecalc;

namespace {

KernelWanted wanted(const char* release, const char* version, Arch arch, bool smp = true) {
    return {release, version_from_string(version), arch, smp, std::nullopt, std::nullopt};
}

// A config as the profile has it.
KernelConfig config_of(const std::string& profile) {
    KernelConfig c;
    c.file = "config";
    const Kernel kernel = load_kernel(profile);
    c.symbols = {kernel.config.begin(), kernel.config.end()};
    return c;
}

}  // namespace

TEST_CASE("a shipped build is known by its release") {
    const KernelMatch m = match_kernel(wanted("6.1.0-56-amd64", "6.1.192", Arch::x86_64), nullptr);
    CHECK(m.profile == "6.1-x86_64");
    CHECK(m.assumed.empty());
    CHECK(!m.own);
    CHECK(match_kernel(wanted("6.1.0-50-686-pae", "6.1.176", Arch::i386), nullptr).profile == "6.1-i386-pae");
    CHECK(match_kernel(wanted("6.1.0-50-686", "6.1.176", Arch::i386), nullptr).profile == "6.1-i386");
    CHECK(match_kernel(wanted("3.14.4", "3.14.4", Arch::arm, false), nullptr).profile == "3.14-arm");
    CHECK(match_kernel(wanted("3.14.4", "3.14.4", Arch::arm, true), nullptr).profile == "3.14-arm-smp");
}

TEST_CASE("builds of one release are told apart by the config") {
    for (const char* profile : {"3.14-arm", "3.14-arm-sparse", "3.14-arm-smp"}) {
        const KernelConfig config = config_of(profile);
        const KernelMatch m = match_kernel(wanted("3.14.4", "3.14.4", Arch::arm, false), &config);
        CHECK(m.profile == profile);
        CHECK(m.assumed.empty());
        CHECK(!m.own);
    }
}

TEST_CASE("a config that differs makes a profile of its own") {
    KernelConfig config = config_of("6.1-x86_64");
    config.symbols["NR_CPUS"] = "16";
    const KernelMatch m = match_kernel(wanted("6.1.0-56-amd64", "6.1.192", Arch::x86_64), &config);
    CHECK(m.profile == "6.1-x86_64");
    REQUIRE(m.own);
    const KernelProfile& own = *m.own;
    CHECK(own.like == "6.1-x86_64");
    CHECK(own.version == "6.1.192");
    CHECK(own.config.size() == 1);
    CHECK(own.config.at("NR_CPUS") == "16");
}

TEST_CASE("of an unknown build the version is kept") {
    const KernelMatch m = match_kernel(wanted("3.13.0-57-generic", "3.13.11", Arch::x86_64), nullptr);
    CHECK(m.assumed.size() == 1);
    REQUIRE(m.own);
    CHECK(m.own->version == "3.13.11");
}
