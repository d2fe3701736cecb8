// SPDX-License-Identifier: MIT
// Memory that the kernel took for its image and for devices, and what it gave back.
#include "input/log_lines.h"

namespace zonecalc::log_lines {

// "Memory: …K/…K available (14343K kernel code, 2338K rwdata, 9132K rodata, 2824K init, 17344K bss, …": the image's parts only.
void image_sizes(std::string_view t, u32 line, LogFacts& facts) {
    KernelImage image;
    for (const auto& [word, bytes] :
         {std::pair("K kernel code", &image.code), std::pair("K rwdata", &image.rwdata), std::pair("K rodata", &image.rodata),
          std::pair("K init", &image.init), std::pair("K bss", &image.bss)}) {
        const std::size_t end = t.find(word);
        if (end == t.npos) return;
        std::size_t start = end;
        while (start > 0 && t[start - 1] >= '0' && t[start - 1] <= '9') --start;
        const auto kib = Scan(t.substr(start, end - start)).decimal();
        if (!kib || *kib >= u64{1} << 32) return;
        *bytes = *kib * 1024;
    }
    facts.image.say(image, line);
}

// "Freeing initrd memory: 1008K"
void freed(std::string_view t, LogFacts& facts) {
    if (!t.starts_with("Freeing ")) return;
    const std::size_t colon = t.find(": ");
    if (colon == t.npos) return;
    const auto kib = Scan(t.substr(colon + 2)).decimal();
    if (!kib || *kib >= u64{1} << 22) return;
    const std::string_view what = t.substr(8, colon - 8);
    if (what.starts_with("SMP alternatives")) facts.smp_locks = *kib * 1024;
    if (what.starts_with("initrd")) facts.initrd_freed = *kib * 1024;
    if (what.starts_with("unused") && facts.image_freed < u64{1} << 40) facts.image_freed += *kib * 1024;
}

namespace {

constexpr std::size_t most_cma_areas = 64;

void cma_area(const LogSpan& span, bool from_device_tree, LogFacts& facts) {
    if (from_device_tree) facts.pools.push_back(span);
    if (facts.cma_areas.size() < most_cma_areas) facts.cma_areas.push_back(span);
}

}  // namespace

// "0x0000000037400000, size 64 MiB"
void cma_of_device_tree(std::string_view t, LogFacts& facts) {
    Scan scan(t);
    const auto base = scan.hex();
    if (!base || !scan.skip(", size ")) return;
    const auto mib = scan.decimal();
    if (mib && *mib != 0 && *mib < u64{1} << 32 && *base <= ~u64{0} - (*mib << 20))
        cma_area({*base, *base + ((*mib << 20) - 1)}, true, facts);
}

// "16 MiB at 0x00000000bf000000"
void cma(std::string_view t, u32 line, LogFacts& facts) {
    Scan scan(t);
    const auto mib = scan.decimal();
    if (!mib || *mib == 0 || *mib >= u64{1} << 32 || !scan.skip(" MiB at ")) return;
    const u64 size = *mib << 20;
    const auto base = scan.hex();
    if (!base || *base > ~u64{0} - size) return;
    facts.cma.say_once({*base, *base + (size - 1)}, line);
    cma_area({*base, *base + (size - 1)}, false, facts);
}

}  // namespace zonecalc::log_lines
