// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/kconfig.h"

using namespace zonecalc;

TEST_CASE("a kernel's .config is read with its heading, strings and what is not set") {
    const KernelConfig c = parse_kernel_config(
        {"config",
         "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 6.1.176 Kernel Configuration\n#\n"
         "CONFIG_ARM64=y\nCONFIG_LOCALVERSION=\"-a \\\"b\\\"\"\n# CONFIG_NUMA_EMU is not set\r\nCONFIG_NODES_SHIFT=4\r\n"
         "CONFIG_BROKEN\nHELLO=1\n"});
    CHECK(c.version == Version{6, 1, 176});
    CHECK(c.arch == Arch::arm64);
    CHECK(c.value("ARM64") == "y");
    CHECK(c.value("LOCALVERSION") == "-a \"b\"");
    CHECK(c.value("NUMA_EMU") == "n");
    CHECK(c.value("NODES_SHIFT") == "4");
    CHECK(c.value("NUMA") == "n");
    CHECK(c.symbols.size() == 4);
}

TEST_CASE("the architecture of a .config follows from its symbols") {
    const auto arch = [](const char* text) { return parse_kernel_config({"config", text}).arch; };
    CHECK(arch("# Linux/x86 6.1.192 Kernel Configuration\nCONFIG_X86_64=y\n") == Arch::x86_64);
    CHECK(arch("# Linux/x86 6.1.192 Kernel Configuration\nCONFIG_X86_32=y\n") == Arch::i386);
    CHECK(arch("CONFIG_ARM=y\n") == Arch::arm);
    CHECK(arch("CONFIG_RISCV=y\nCONFIG_64BIT=y\n") == Arch::riscv64);
    CHECK(arch("CONFIG_MIPS=y\n") == std::nullopt);
}

TEST_CASE("a text without a CONFIG_ line is no kernel configuration") {
    CHECK_THROWS_AS(parse_kernel_config({"config", ""}), InputError);
    CHECK_THROWS_AS(parse_kernel_config({"config", "[board]\narch = 1\n"}), InputError);
}
