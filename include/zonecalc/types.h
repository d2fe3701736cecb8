// SPDX-License-Identifier: MIT
// Plain types that every stage shares. Addresses are bytes, pfns are pages, ranges are half-open.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zonecalc {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;

using PhysAddr = u64;  // bytes
using Pfn = u64;       // page frame number, in pages of the kernel at hand

inline constexpr int NUMA_NO_NODE = -1;

template <typename T>
struct Range {
    T begin = 0;
    T end = 0;  // exclusive

    T size() const { return end > begin ? end - begin : 0; }
    bool empty() const { return end <= begin; }
    bool contains(T x) const { return begin <= x && x < end; }
    bool operator==(const Range&) const = default;
};
using PhysRange = Range<PhysAddr>;
using PfnRange = Range<Pfn>;

template <typename T>
Range<T> intersection(Range<T> a, Range<T> b) {
    Range<T> r{std::max(a.begin, b.begin), std::min(a.end, b.end)};
    return r.empty() ? Range<T>{} : r;
}

// `unit` need not be a power of two; both are exact as long as the result fits.
constexpr u64 round_down(u64 value, u64 unit) {
    return value - value % unit;
}
constexpr u64 round_up(u64 value, u64 unit) {
    return value % unit == 0 ? value : value - value % unit + unit;
}
constexpr u64 div_round_up(u64 value, u64 by) {
    return value / by + (value % by != 0);
}

enum class Arch { x86_64, i386, arm, arm64, riscv64 };

std::string_view to_string(Arch arch);
std::optional<Arch> arch_from_string(std::string_view name);
constexpr bool is_x86(Arch a) {
    return a == Arch::x86_64 || a == Arch::i386;
}
constexpr bool is_32bit(Arch a) {
    return a == Arch::i386 || a == Arch::arm;
}

// enum zone_type. A kernel has a subset of these (Kernel::has_zone); the order is the kernel's.
enum class ZoneType { DMA, DMA32, Normal, HighMem, Movable, Device };
inline constexpr int MAX_NR_ZONES = 6;
inline constexpr ZoneType all_zones[MAX_NR_ZONES] = {ZoneType::DMA,     ZoneType::DMA32,   ZoneType::Normal,
                                                     ZoneType::HighMem, ZoneType::Movable, ZoneType::Device};

std::string_view to_string(ZoneType zone);
std::optional<ZoneType> zone_from_string(std::string_view name);

// Where a value stands in the text it was read from. Line and column start at 1; 0 means that there is no such place.
struct SourcePosition {
    u32 line = 0;
    u32 column = 0;
};

}  // namespace zonecalc
