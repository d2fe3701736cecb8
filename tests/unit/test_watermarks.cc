// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "mm/watermarks.h"

using namespace zonecalc;

namespace {

Kernel kernel_of(Arch arch, Version version, std::initializer_list<ZoneType> zones, unsigned pageblock_order) {
    Kernel k;
    k.arch = arch;
    k.version = version;
    k.behaviours = behaviours_of(version);
    k.pageblock_order = pageblock_order;
    for (const ZoneType z : zones) k.zones[static_cast<std::size_t>(z)] = true;
    return k;
}
const auto debian = {ZoneType::DMA, ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable, ZoneType::Device};
const auto tiny = {ZoneType::DMA, ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable};

ManagedZone zone(ZoneType type, u64 present, u64 managed) {
    return {0, type, present, managed, {}, {}, {}};
}

std::string result(const Kernel& kernel, std::vector<ManagedZone> zones, unsigned cpus, bool khugepaged,
                   std::optional<u64> min_free = std::nullopt, ZoneType movable_zone = ZoneType::Normal) {
    WatermarkSettings s;
    s.kernel = &kernel;
    s.movable_zone = movable_zone;
    s.online_cpus = cpus;
    s.cpus_of_node = {cpus};
    s.khugepaged = khugepaged;
    setup_per_cpu_pageset(s, zones);
    u64 kbytes = init_per_zone_wmark_min(s, zones);
    kbytes = set_recommended_min_free_kbytes(s, zones, kbytes);
    VmSysctl vm;
    vm.min_free_kbytes = min_free;
    std::string out = fmt::format("{} KiB\n", write_vm_sysctl(s, vm, zones, kbytes));
    for (const ManagedZone& z : zones) {
        if (!z.present) continue;
        out += fmt::format("{}: {} {} {} ({}) batch {}", to_string(z.type), z.watermark.min, z.watermark.low, z.watermark.high,
                           fmt::join(z.lowmem_reserve, ", "), z.pcp.batch);
        out += kernel.behaviours.pcp_high_min_max ? fmt::format(" high {}-{}\n", z.pcp.high_min, z.pcp.high_max)
                                                  : fmt::format(" high {}\n", z.pcp.high);
    }
    return out;
}

std::vector<ManagedZone> pc_4g() {
    return {zone(ZoneType::DMA, 3998, 3840), zone(ZoneType::DMA32, 782304, 752348), zone(ZoneType::Normal, 262144, 243845),
            zone(ZoneType::Movable, 0, 0), zone(ZoneType::Device, 0, 0)};
}

}  // namespace

TEST_CASE("watermarks: khugepaged's raise, as Debian 6.1.0-56-amd64 with 4 GiB and two CPUs has it") {
    CHECK(result(kernel_of(Arch::x86_64, {6, 1, 192}, debian, 9), pc_4g(), 2, true) ==
          "67584 KiB\n"
          "DMA: 64 80 96 (0, 2938, 3891, 3891, 3891) batch 1 high 40\n"
          "DMA32: 12711 15888 19065 (0, 0, 952, 952, 952) batch 63 high 7944\n"
          "Normal: 4119 5148 6177 (0, 0, 0, 0, 0) batch 63 high 2574\n");
}

TEST_CASE("watermarks: without khugepaged the square root of lowmem decides; 5.15.24, 4 GiB, four CPUs") {
    const std::vector<ManagedZone> zones{zone(ZoneType::DMA, 3998, 3840), zone(ZoneType::DMA32, 782304, 761569),
                                         zone(ZoneType::Normal, 262144, 239251), zone(ZoneType::Movable, 0, 0)};
    CHECK(result(kernel_of(Arch::x86_64, {5, 15, 24}, tiny, 10), zones, 4, false) ==
          "8018 KiB\n"
          "DMA: 7 10 13 (0, 2974, 3909, 3909) batch 1 high 4\n"
          "DMA32: 1519 2280 3041 (0, 0, 934, 934) batch 63 high 570\n"
          "Normal: 477 716 955 (0, 0, 0, 0) batch 63 high 252\n");
}

TEST_CASE("watermarks: 3.14.4 on arm, 1 GiB: quarters, HighMem's token minimum, and lists of six batches") {
    const std::vector<ManagedZone> zones{zone(ZoneType::Normal, 194560, 189916), zone(ZoneType::HighMem, 67584, 67584),
                                         zone(ZoneType::Movable, 0, 0)};
    const Kernel k = kernel_of(Arch::arm, {3, 14, 4}, {ZoneType::Normal, ZoneType::HighMem, ZoneType::Movable}, 10);
    CHECK(result(k, zones, 2, true, std::nullopt, ZoneType::HighMem) ==
          "3486 KiB\n"
          "Normal: 871 1088 1306 (0, 2112, 2112) batch 31 high 186\n"
          "HighMem: 66 143 220 (0, 0, 0) batch 15 high 90\n");
}

TEST_CASE("watermarks: since 6.7 a per-CPU list has two bounds, the upper an eighth of the zone") {
    const std::string out = result(kernel_of(Arch::x86_64, {6, 12, 117}, debian, 9), pc_4g(), 2, true);
    CHECK(out.ends_with("batch 63 high 2574-15240\n"));
}

TEST_CASE("watermarks: a user's minimum replaces all others") {
    CHECK(result(kernel_of(Arch::x86_64, {6, 1, 192}, debian, 9), pc_4g(), 1, true, 131072)
              .starts_with("131072 KiB\nDMA: 125 156 187 "));
}

TEST_CASE("watermarks: an empty machine divides nothing by zero") {
    std::vector<ManagedZone> zones = pc_4g();
    for (ManagedZone& z : zones) z.managed = z.present = 0;
    CHECK(result(kernel_of(Arch::x86_64, {6, 1, 192}, debian, 9), zones, 1, true) == "128 KiB\n");
}
