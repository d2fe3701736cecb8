// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

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

// A vendor's EXTRAVERSION follows the number at once.
TEST_CASE("a build with letters behind its number is of that release") {
    CHECK(version_from_string("4.19.13Connoisseur") == Version{4, 19, 13});
    CHECK(!version_from_string("4.19x"));
    const KernelMatch m = match_kernel(wanted("4.19.13Connoisseur", "4.19.13Connoisseur", Arch::arm64), nullptr);
    CHECK(m.profile == "4.19-arm64");
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

TEST_CASE("a build that was never recorded has options that came with its release") {
    // 6.6-x86_64 goes back to a config of 6.1, which does not know of the option.
    KernelConfig config = config_of("6.6-x86_64");
    config.symbols["RANDOM_KMALLOC_CACHES"] = "y";
    const KernelMatch m = match_kernel(wanted("6.6.87", "6.6.87", Arch::x86_64), &config);
    REQUIRE(m.own);
    CHECK(m.own->config.at("RANDOM_KMALLOC_CACHES") == "y");
    // What a recorded build's profile leaves out has no part in it.
    KernelConfig recorded = config_of("6.1-x86_64");
    recorded.symbols["RANDOM_KMALLOC_CACHES"] = "y";
    CHECK(!match_kernel(wanted("6.1.0-56-amd64", "6.1.192", Arch::x86_64), &recorded).own);
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

TEST_CASE("the config of an unknown build makes a profile, be it that of a shipped one") {
    const KernelConfig config = config_of("6.1-x86_64");
    const KernelMatch m = match_kernel(wanted("6.1.0-47-amd64", "6.1.170", Arch::x86_64), &config);
    CHECK(!m.own);
    KernelSources sources;
    sources.config = config;
    sources.files = {"config-6.1.0-47-amd64"};
    const KernelMatch build = match_kernel(wanted("6.1.0-47-amd64", "6.1.170", Arch::x86_64), sources);
    REQUIRE(build.own);
    CHECK(build.own->release == "6.1.0-47-amd64");
    CHECK(build.own->version == "6.1.170");
    CHECK(build.own->like == "6.1.170-x86_64");
    CHECK(build.own->config.empty());
    CHECK(build.missing.size() == 2);  // sizes and addresses
}

TEST_CASE("linux-next, and i386 kernels by what their logs show of the config") {
    KernelWanted up = wanted("5.5.0-rc3", "5.5.0", Arch::i386, false);
    up.page_offset = 0x80000000;
    const KernelMatch m = match_kernel(up, nullptr);
    REQUIRE(m.own);
    CHECK(m.own->config == decltype(m.own->config){{"NR_CPUS", "1"}, {"PAGE_OFFSET", "0x80000000"}, {"SMP", "n"}});
    CHECK(next_series({6, 3, 0}) == Version{6, 4, 0});
    CHECK(next_series({5, 19, 4}) == Version{6, 0, 0});
    CHECK(next_series({4, 20, 0}) == Version{5, 0, 0});
}

TEST_CASE("the .config of each shipped kernel leads back to its facts") {
    for (const std::string& name : shipped_kernels()) {
        CAPTURE(name);
        const Kernel shipped = load_kernel(name);
        const bool x86 = shipped.arch == Arch::x86_64 || shipped.arch == Arch::i386;
        std::string text = fmt::format("# Linux/{} {}.{}.{} Kernel Configuration\n", x86 ? "x86" : "other", shipped.version.major,
                                       shipped.version.minor, shipped.version.sublevel);
        const char* const arch_symbol = shipped.arch == Arch::x86_64  ? "X86_64"
                                        : shipped.arch == Arch::i386  ? "X86_32"
                                        : shipped.arch == Arch::arm64 ? "ARM64"
                                        : shipped.arch == Arch::arm   ? "ARM"
                                                                      : "RISCV";
        text += fmt::format("CONFIG_{}=y\n", arch_symbol);
        if (shipped.arch == Arch::riscv64) text += "CONFIG_64BIT=y\n";
        for (const auto& [symbol, value] : shipped.config)
            text += value == "n" ? fmt::format("# CONFIG_{} is not set\n", symbol) : fmt::format("CONFIG_{}={}\n", symbol, value);
        const KernelConfig config = parse_kernel_config({"config", text});
        REQUIRE(config.arch == shipped.arch);

        const KernelMatch m = match_kernel({{}, config.version, shipped.arch, {}, {}, {}, {}}, &config);
        const Kernel made = load_kernel(m);
        CHECK(made.version == shipped.version);
        CHECK(made.page_shift == shipped.page_shift);
        CHECK(made.zones == shipped.zones);
        CHECK(made.numa == shipped.numa);
        CHECK(made.max_numnodes == shipped.max_numnodes);
        CHECK(made.memory_model == shipped.memory_model);
        CHECK(made.section_size_bits == shipped.section_size_bits);
        CHECK(made.max_physmem_bits == shipped.max_physmem_bits);
        CHECK(made.max_order == shipped.max_order);
        CHECK(made.pageblock_order == shipped.pageblock_order);
        CHECK(made.migrate_types == shipped.migrate_types);
        CHECK(made.highmem == shipped.highmem);
        CHECK(made.pae == shipped.pae);
        CHECK(made.page_offset == shipped.page_offset);
        CHECK(made.nr_cpus == shipped.nr_cpus);
        CHECK(made.movable_node == shipped.movable_node);
        CHECK(made.memory_hotplug == shipped.memory_hotplug);
        CHECK(made.deferred_struct_page_init == shipped.deferred_struct_page_init);
        for (const auto& [symbol, value] : shipped.config) {
            CAPTURE(symbol);
            CHECK(made.config.at(symbol) == value);
        }
    }
}
