// SPDX-License-Identifier: MIT
// What crashkernel= asks for, by release, and where each architecture places it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "early_machine.h"
#include "mm/crashkernel.h"
#include "x86_machine.h"

using namespace zonecalc;

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 GiB = u64{1} << 30;

// "size@base", "bad" where the kernel refuses the value, "none" where there is none.
std::string wording(const std::optional<CrashKernelSize>& q) {
    if (!q) return "none";
    return q->valid ? fmt::format("{:#x}@{:#x}", q->size, q->base) : "bad";
}

std::string parsed(std::string_view cmdline, u64 ram = 4 * GiB, std::string_view release = "6.1.0") {
    const x86_machine::Run run(x86_machine::board(x86_machine::pc_4g), x86_machine::kernel(release), cmdline);
    return wording(parse_crashkernel(run.boot.kernel, run.boot.cmdline, ram));
}

std::string suffixed(std::string_view cmdline, std::string_view suffix) {
    const x86_machine::Run run(x86_machine::board(x86_machine::pc_4g), x86_machine::kernel("6.1.0"), cmdline);
    return wording(parse_crashkernel_suffix(run.boot.kernel, run.boot.cmdline, suffix));
}

}  // namespace

TEST_CASE("crashkernel=: the last value without a suffix counts, and a wrong one counts too") {
    CHECK(parsed("") == "none");
    CHECK(parsed("crashkernel") == "none");
    CHECK(parsed("crashkernel=") == "bad");
    CHECK(parsed("crashkernel=64M") == "0x4000000@0x0");
    CHECK(parsed("crashkernel=64M@16M") == "0x4000000@0x1000000");
    CHECK(parsed("crashkernel=64M crashkernel=auto") == "bad");
    CHECK(parsed("crashkernel=auto crashkernel=64M") == "0x4000000@0x0");
    CHECK(parsed("crashkernel=64Mx") == "bad");
    CHECK(parsed("crashkernel=64M,high crashkernel=1M,low") == "none");
    CHECK(parsed("crashkernel=64M crashkernel=1G,high") == "0x4000000@0x0");
    CHECK(parsed("crashkernel=0") == "0x0@0x0");
    CHECK(suffixed("crashkernel=64M,high crashkernel=1M,low", ",high") == "0x4000000@0x0");
    CHECK(suffixed("crashkernel=64M,high crashkernel=0,low", ",low") == "0x0@0x0");
    CHECK(suffixed("crashkernel=64M", ",high") == "none");
    CHECK(suffixed("crashkernel=,high", ",high") == "bad");
}

TEST_CASE("crashkernel=RANGE:SIZE: the first range that memory lies in") {
    constexpr std::string_view ranges = "crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M";
    CHECK(parsed(ranges, 2 * GiB) == "0xc000000@0x0");
    CHECK(parsed(ranges, 4 * GiB) == "0x10000000@0x0");
    CHECK(parsed(ranges, 64 * GiB) == "0x20000000@0x0");
    CHECK(parsed(ranges, 768 * MiB) == "0x0@0x0");
    CHECK(parsed("crashkernel=1G-:64M@32M") == "0x4000000@0x2000000");
    CHECK(parsed("crashkernel=1G-2G:64M,2G-:128M@32M", 1 * GiB) == "0x4000000@0x2000000");
    CHECK(parsed("crashkernel=4G-1G:64M") == "bad");
    CHECK(parsed("crashkernel=1G:64M") == "bad");
    CHECK(parsed("crashkernel=-4G:64M") == "bad");
    CHECK(parsed("crashkernel=1G-2G:,2G-:64M") == "bad");
    CHECK(parsed("crashkernel=1G-:8G") == "bad");  // more than there is
    CHECK(parsed("crashkernel=1G-:64M@") == "bad");
    CHECK(parsed("crashkernel=8G-:64M,64M") == "bad");  // what follows is a range as well
}

TEST_CASE("crashkernel=RANGE:SIZE: from 6.1 on memory is rounded up to 128 MiB") {
    CHECK(parsed("crashkernel=4G-:64M", 4 * GiB - MiB, "6.1.0") == "0x4000000@0x0");
    CHECK(parsed("crashkernel=4G-:64M", 4 * GiB - MiB, "5.15.0") == "0x0@0x0");
}

TEST_CASE("crashkernel= of all memory or more is refused from 6.7 on") {
    CHECK(parsed("crashkernel=4G", 4 * GiB, "6.12.0") == "bad");
    CHECK(parsed("crashkernel=4G", 4 * GiB, "6.1.0") == "0x100000000@0x0");
}

TEST_CASE("x86_64: the crash kernel lies low if it can, and has a low part if it cannot") {
    const std::string pc = test::pc_board("cpus = 1", 9 * GiB);
    const auto places = [&](std::string_view kernel, std::string_view cmdline, std::string_view name = "crash kernel") {
        return test::Run(pc, kernel, fmt::format("nokaslr {}", cmdline)).places(name);
    };
    for (const std::string_view kernel : {"6.1-x86_64", "6.12-x86_64"}) {
        CAPTURE(kernel);
        CHECK(places(kernel, "crashkernel=256M") == "0xb0000000-0xbfffffff");
        CHECK(places(kernel, "crashkernel=1G-4G:192M,4G-64G:256M") == "0xb0000000-0xbfffffff");
        CHECK(places(kernel, "crashkernel=256M@1G") == "0x40000000-0x4fffffff");
        CHECK(places(kernel, "crashkernel=256M,high").starts_with("0x2"));
        CHECK(places(kernel, "crashkernel=256M,high", "crash kernel, low part") == "0xb0000000-0xbfffffff");
        CHECK(places(kernel, "crashkernel=256M,high crashkernel=0,low", "crash kernel, low part").empty());
        CHECK(places(kernel, "crashkernel=256M,high crashkernel=32M,low", "crash kernel, low part") == "0xbe000000-0xbfffffff");
        CHECK(places(kernel, "crashkernel=256M,high swiotlb=262144", "crash kernel, low part") == "0x9f000000-0xbf7fffff");
        CHECK(places(kernel, "crashkernel=4G").starts_with("0x1"));
        CHECK(places(kernel, "crashkernel=64G").empty());
        CHECK(places(kernel, "crashkernel=64M,").empty());
    }
}

TEST_CASE("cma= and hugetlb_cma= on kernels without them say so") {
    for (const std::string_view cmdline : {"cma=64M", "hugetlb_cma=1G"}) {
        CAPTURE(cmdline);
        const test::Run run("schema = 1\n[board]\narch = \"x86_64\"\n[[memory]]\nbase = 0\nsize = \"4GiB\"\n", "5.15-x86_64",
                            cmdline);
        std::string said;
        for (const Note& n : run.layout.notes)
            if (n.kind != Note::Kind::assumption) said += n.id + ": " + n.text + "\n";
        CHECK(said == fmt::format("cma-unsupported: {}= does nothing: this kernel is built without CONFIG_{}\n",
                                  cmdline.substr(0, cmdline.find('=')), cmdline.starts_with("cma") ? "DMA_CMA" : "CMA"));
    }
}

TEST_CASE("riscv64 and arm: the crash kernel") {
    const auto built_for_it = [](Kernel& k) { k.config["KEXEC"] = k.config["KEXEC_CORE"] = k.config["CRASH_RESERVE"] = "y"; };
    const auto places = [&](std::string_view arch, std::string_view kernel, u64 base, std::string_view cmdline) {
        const std::string board =
            fmt::format("schema = 1\n[board]\narch = \"{}\"\ncpus = 1\n[[memory]]\nbase = {:#x}\nsize = \"1GiB\"\n", arch, base);
        return test::Run(board, kernel, cmdline, Until::memblock, built_for_it).places("crash kernel");
    };
    const auto riscv = [&](std::string_view cmdline) { return places("riscv64", "6.12-riscv64", 0x80000000, cmdline); };
    CHECK(riscv("crashkernel=128M@0xa0000000") == "0xa0000000-0xa7ffffff");
    CHECK(riscv("crashkernel=512M-2G:128M@0xa0000000") == "0xa0000000-0xa7ffffff");
    CHECK(riscv("crashkernel=2G-4G:128M@0xa0000000").empty());
    CHECK(riscv("crashkernel=128M,high").ends_with("fffff"));  // whole 2 MiB, low as there is nothing high
    CHECK(riscv("crashkernel=2G").empty());
    const auto arm = [&](std::string_view cmdline) { return places("arm", "6.1-arm", 0x40000000, cmdline); };
    CHECK(arm("crashkernel=64M@0x50000000") == "0x50000000-0x53ffffff");
    CHECK(arm("crashkernel=512M-:64M@0x50000000") == "0x50000000-0x53ffffff");
    CHECK(arm("crashkernel=1G-:64M@0x50000000").empty());  // lowmem alone counts, and has less
    CHECK(arm("crashkernel=64M,high").empty());
}
