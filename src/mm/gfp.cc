// SPDX-License-Identifier: MIT
// GFP flags.
//
// The names have been the same for years, their numbers have moved three times: when __GFP_WAIT was split up (4.4), when stranded
// bits were closed up (4.19), and when the flags of GFP_KERNEL were put side by side (5.0). A table for each.
//
// Read beside it: include/linux/gfp.h, since 6.1 include/linux/gfp_types.h; GFP_ZONE_TABLE for the zones.
#include "mm/gfp.h"

#include <charconv>
#include <vector>

namespace zonecalc {

namespace {

struct Bit {
    std::string_view name;  // without "__GFP_"
    u64 v3, v4_4, v4_19, v5;
};

constexpr Bit bits[] = {
    {"DMA", 0x1, 0x1, 0x1, 0x1},
    {"HIGHMEM", 0x2, 0x2, 0x2, 0x2},
    {"DMA32", 0x4, 0x4, 0x4, 0x4},
    {"MOVABLE", 0x8, 0x8, 0x8, 0x8},
    {"RECLAIMABLE", 0x80000, 0x10, 0x10, 0x10},
    {"HIGH", 0x20, 0x20, 0x20, 0x20},
    {"IO", 0x40, 0x40, 0x40, 0x40},
    {"FS", 0x80, 0x80, 0x80, 0x80},
    {"WAIT", 0x10, 0, 0, 0},
    {"DIRECT_RECLAIM", 0, 0x400000, 0x200000, 0x400},
    {"KSWAPD_RECLAIM", 0, 0x2000000, 0x400000, 0x800},
    {"ATOMIC", 0, 0x80000, 0x80000, 0x200},
    {"COLD", 0x100, 0x100, 0, 0},
    {"ZERO", 0x8000, 0x8000, 0x8000, 0x100},
    {"NOWARN", 0x200, 0x200, 0x200, 0x2000},
    {"REPEAT", 0x400, 0x400, 0, 0},
    {"RETRY_MAYFAIL", 0, 0x400, 0x400, 0x4000},
    {"NOFAIL", 0x800, 0x800, 0x800, 0x8000},
    {"NORETRY", 0x1000, 0x1000, 0x1000, 0x10000},
    {"MEMALLOC", 0x2000, 0x2000, 0x2000, 0x20000},
    {"COMP", 0x4000, 0x4000, 0x4000, 0x40000},
    {"NOMEMALLOC", 0x10000, 0x10000, 0x10000, 0x80000},
    {"HARDWALL", 0x20000, 0x20000, 0x20000, 0x100000},
    {"THISNODE", 0x40000, 0x40000, 0x40000, 0x200000},
    {"ACCOUNT", 0, 0x100000, 0x100000, 0x400000},
    {"KMEMCG", 0x100000, 0, 0, 0},
    {"NOTRACK", 0x200000, 0x200000, 0, 0},
    {"NO_KSWAPD", 0x400000, 0, 0, 0},
    {"OTHER_NODE", 0x800000, 0x800000, 0, 0},
    {"WRITE", 0x1000000, 0x1000000, 0x100, 0x1000},
};

u64 number(const Bit& bit, const Kernel& kernel) {
    switch (kernel.behaviours.gfp_bits) {
        case GfpBits::v3:
            return bit.v3;
        case GfpBits::v4_4:
            return bit.v4_4;
        case GfpBits::v4_19:
            return bit.v4_19;
        case GfpBits::v5:
            return bit.v5;
    }
    return 0;
}

// Looked up by the compiler, which refuses a name that is none.
consteval const Bit& bit(std::string_view name) {
    for (const Bit& b : bits)
        if (b.name == name) return b;
    throw "no such flag";
}

u64 number(std::string_view name, const Kernel& kernel) {
    for (const Bit& b : bits)
        if (b.name == name) return number(b, kernel);
    return 0;
}

struct Combination {
    std::string_view name;
    std::vector<std::string_view> old_bits;  // with __GFP_WAIT
    std::vector<std::string_view> new_bits;  // since 4.4
};

const std::vector<Combination>& combinations() {
    static const std::vector<Combination> table = {
        {"GFP_HIGHUSER_MOVABLE",
         {"WAIT", "IO", "FS", "HARDWALL", "HIGHMEM", "MOVABLE"},
         {"DIRECT_RECLAIM", "KSWAPD_RECLAIM", "IO", "FS", "HARDWALL", "HIGHMEM", "MOVABLE"}},
        {"GFP_HIGHUSER",
         {"WAIT", "IO", "FS", "HARDWALL", "HIGHMEM"},
         {"DIRECT_RECLAIM", "KSWAPD_RECLAIM", "IO", "FS", "HARDWALL", "HIGHMEM"}},
        {"GFP_USER", {"WAIT", "IO", "FS", "HARDWALL"}, {"DIRECT_RECLAIM", "KSWAPD_RECLAIM", "IO", "FS", "HARDWALL"}},
        {"GFP_KERNEL_ACCOUNT", {}, {"DIRECT_RECLAIM", "KSWAPD_RECLAIM", "IO", "FS", "ACCOUNT"}},
        {"GFP_KERNEL", {"WAIT", "IO", "FS"}, {"DIRECT_RECLAIM", "KSWAPD_RECLAIM", "IO", "FS"}},
        {"GFP_NOFS", {"WAIT", "IO"}, {"DIRECT_RECLAIM", "KSWAPD_RECLAIM", "IO"}},
        {"GFP_NOIO", {"WAIT"}, {"DIRECT_RECLAIM", "KSWAPD_RECLAIM"}},
        {"GFP_ATOMIC", {"HIGH"}, {"HIGH", "ATOMIC", "KSWAPD_RECLAIM"}},
        {"GFP_NOWAIT", {}, {"KSWAPD_RECLAIM", "NOWARN"}},
        {"GFP_DMA32", {"DMA32"}, {"DMA32"}},
        {"GFP_DMA", {"DMA"}, {"DMA"}},
    };
    return table;
}

u64 number(const Combination& c, const Kernel& kernel) {
    u64 value = 0;
    for (const std::string_view name : kernel.behaviours.gfp_bits == GfpBits::v3 ? c.old_bits : c.new_bits) {
        if (name == "ATOMIC" && !kernel.behaviours.gfp_atomic) continue;
        if (name == "NOWARN" && !kernel.behaviours.gfp_nowait_quiet) continue;
        value |= number(name, kernel);
    }
    return value;
}

std::optional<u64> parse_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    u64 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view trim(std::string_view s) {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
    return s;
}

}  // namespace

MigrateType Gfp::migratetype() const {
    // Both bits would be a type that nobody asks for.
    if (movable) return MigrateType::Movable;
    return reclaimable ? MigrateType::Reclaimable : MigrateType::Unmovable;
}

ZoneType Gfp::zone(const Kernel& kernel) const {
    if (dma) return kernel.has_zone(ZoneType::DMA) ? ZoneType::DMA : ZoneType::Normal;
    if (dma32) return kernel.has_zone(ZoneType::DMA32) ? ZoneType::DMA32 : ZoneType::Normal;
    if (highmem && movable) return ZoneType::Movable;
    if (highmem) return kernel.has_zone(ZoneType::HighMem) ? ZoneType::HighMem : ZoneType::Normal;
    return ZoneType::Normal;
}

Gfp decode_gfp(const Kernel& kernel, u64 value) {
    const auto has = [&](const Bit& b) { return (value & number(b, kernel)) != 0; };
    Gfp g;
    g.dma = has(bit("DMA"));
    g.dma32 = has(bit("DMA32"));
    g.highmem = has(bit("HIGHMEM"));
    g.movable = has(bit("MOVABLE"));
    g.reclaimable = has(bit("RECLAIMABLE"));
    g.high = has(bit("HIGH"));
    g.atomic = kernel.behaviours.gfp_atomic && has(bit("ATOMIC"));
    g.direct_reclaim = has(bit("DIRECT_RECLAIM")) || has(bit("WAIT"));
    g.kswapd = kernel.behaviours.gfp_bits == GfpBits::v3 ? !has(bit("NO_KSWAPD")) : has(bit("KSWAPD_RECLAIM"));
    g.thisnode = has(bit("THISNODE"));
    g.cold = has(bit("COLD"));
    g.memalloc = has(bit("MEMALLOC"));
    g.nomemalloc = has(bit("NOMEMALLOC"));
    return g;
}

std::optional<u64> parse_gfp(const Kernel& kernel, std::string_view text) {
    u64 value = 0;
    for (;;) {
        const std::size_t bar = text.find('|');
        const std::string_view word = trim(text.substr(0, bar));
        if (word.empty()) return std::nullopt;
        if (word.front() >= '0' && word.front() <= '9') {
            const auto n = parse_number(word);
            if (!n) return std::nullopt;
            value |= *n;
        } else if (word.starts_with("__GFP_")) {
            const u64 n = number(word.substr(6), kernel);
            if (n == 0 || (word == "__GFP_ATOMIC" && !kernel.behaviours.gfp_atomic)) return std::nullopt;
            value |= n;
        } else {
            const Combination* found = nullptr;
            for (const Combination& c : combinations())
                if (c.name == word) found = &c;
            if (!found) return std::nullopt;
            value |= number(*found, kernel);
        }
        if (bar == std::string_view::npos) return value;
        text.remove_prefix(bar + 1);
    }
}

std::string gfp_names(const Kernel& kernel, u64 value) {
    std::string out;
    const auto append = [&](std::string_view prefix, std::string_view name) {
        if (!out.empty()) out += '|';
        out += prefix;
        out += name;
    };
    for (const Combination& c : combinations()) {
        const u64 n = number(c, kernel);
        if (n == 0 || (n & (n - 1)) == 0 || (value & n) != n) continue;
        append("", c.name);
        value &= ~n;
    }
    for (const Bit& b : bits) {
        const u64 n = number(b, kernel);
        if (n == 0 || !(value & n)) continue;
        append("__GFP_", b.name);
        value &= ~n;
    }
    if (value || out.empty()) {
        char digits[17];
        const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, 16);
        append("0x", std::string_view(digits, static_cast<std::size_t>(end - digits)));
    }
    return out;
}

}  // namespace zonecalc
