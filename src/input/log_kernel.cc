// SPDX-License-Identifier: MIT
// The kernel that booted, and evidence for its architecture: names in its release and of the compiler that built it.
#include "input/log_lines.h"

namespace zonecalc::log_lines {

// "6.1.0-56-amd64 (debian-kernel@…) (gcc-12 …) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (…)"
void banner(std::string_view t, u32 line, LogFacts& facts) {
    Scan scan(t);
    const std::string_view release = scan.word();
    facts.release.say_once(std::string(release), line);
    facts.version_banner.say_once(std::string(scan.rest), line);
    if (has(scan.rest, " SMP ") || has(scan.rest, " SMP")) facts.smp.say(true, line);
    const std::string_view build = scan.rest.substr(0, 400);
    const auto arch = [&facts](Arch a, unsigned weight) { facts.arch[static_cast<std::size_t>(a)] += weight; };
    const auto named = [&](std::string_view in_release, std::string_view compiler, Arch a) {
        if (!in_release.empty() && has(release, in_release)) arch(a, 3);
        if (!compiler.empty() && has(build, compiler)) arch(a, 3);
    };
    named("amd64", "x86_64-linux", Arch::x86_64);
    named("x86_64", "x86_64-pc-linux", Arch::x86_64);
    named("arm64", "aarch64-", Arch::arm64);
    named("aarch64", "arm64-linux", Arch::arm64);
    named("riscv64", "riscv64-", Arch::riscv64);
    named("armmp", "arm-linux", Arch::arm);
    named("armv7", "armv7", Arch::arm);
    named("", "arm-buildroot", Arch::arm);
    for (const std::string_view small : {"-686", "i686", "i386", "i586", "i486", "-pae"})
        if (has(release, small)) facts.width32 += 3;
    for (const std::string_view small : {"i686-linux", "i586-linux", "i386-linux", "i686-pc"})
        if (has(build, small)) facts.width32 += 3;
    if (has(release, "amd64") || has(release, "x86_64")) facts.width64 += 3;
    if (has(build, "x86_64-")) facts.width64 += 1;
    for (const std::string_view other :
         {"powerpc", "mips", "s390", "sparc", "alpha", "ia64", "hppa", "loongarch", "m68k", "sh4", "xtensa"})
        for (const std::string_view tail : {"64-linux", "-linux", "64-unknown-linux", "-unknown-linux"})
            if (has(build, std::string(other) + std::string(tail)) || has(release, other)) facts.other_arch = other;
}

// Machines whose kernels say so in words that the modelled ones do not have.
std::string_view not_modelled(std::string_view t) {
    struct Words {
        std::string_view start, arch;
    };
    constexpr Words words[] = {
        {"Booting GENERIC on", "alpha"},
        {"CPU0 revision is", "mips"},
        {"MIPS: ", "mips"},
        {"Booting on ", "alpha"},
        {"ARCH: SUN4", "sparc"},
        {"PowerMac motherboard", "powerpc"},
        {"Found UniNorth", "powerpc"},
        {"hash-mmu:", "powerpc"},
        {"radix-mmu:", "powerpc"},
        {"setup: Linux is running", "s390"},
        {"booting generic kernel on", "ia64"},
        {"OpenRISC", "openrisc"},
        {"opal: OPAL", "powerpc"},
        {"ppc64_pft_size", "powerpc"},
    };
    for (const Words& w : words)
        if (t.starts_with(w.start)) return w.arch;
    if (t.starts_with("Using ") && t.ends_with(" machine description")) return "powerpc";
    return {};
}

}  // namespace zonecalc::log_lines
