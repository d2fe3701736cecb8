// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "mm/sysctl.h"

using namespace zonecalc;

namespace {

Kernel kernel_of(Version version) {
    Kernel k;
    k.version = version;
    k.behaviours = behaviours_of(version);
    for (const ZoneType z : {ZoneType::DMA, ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable})
        k.zones[static_cast<std::size_t>(z)] = true;
    return k;
}

std::string asked(Version version, std::string_view cmdline) {
    const VmSysctl vm = do_sysctl_args(kernel_of(version), parse_args(cmdline));
    std::string out;
    if (vm.min_free_kbytes) out += fmt::format("min {} ", *vm.min_free_kbytes);
    if (vm.watermark_scale_factor) out += fmt::format("scale {} ", *vm.watermark_scale_factor);
    if (vm.percpu_high_fraction) out += fmt::format("fraction {} ", *vm.percpu_high_fraction);
    if (vm.lowmem_reserve_ratio) {
        out += "ratio ";
        for (const auto& r : *vm.lowmem_reserve_ratio) out += r ? fmt::format("{} ", *r) : "- ";
    }
    return out;
}

}  // namespace

TEST_CASE("sysctl.vm.* on the command line, with dots or slashes; the last one wins") {
    CHECK(asked({6, 1, 0}, "sysctl.vm.min_free_kbytes=1000 sysctl/vm/min_free_kbytes=0x800") == "min 2048 ");
    CHECK(asked({6, 1, 0}, "sysctl.vm.watermark_scale_factor=200 sysctl.vm.percpu_pagelist_high_fraction=8") ==
          "scale 200 fraction 8 ");
    CHECK(asked({5, 7, 0}, "sysctl.vm.min_free_kbytes=1000") == "");
}

TEST_CASE("sysctl values that the kernel refuses change nothing") {
    CHECK(asked({6, 1, 0}, "sysctl.vm.min_free_kbytes=12k sysctl.vm.min_free_kbytes= sysctl.vm.min_free_kbytes=-1") == "");
    CHECK(asked({6, 1, 0}, "sysctl.vm.min_free_kbytes=99999999999999999999999") == "");
    CHECK(asked({6, 1, 0}, "sysctl.vm.watermark_scale_factor=0 sysctl.vm.watermark_scale_factor=3001") == "");
    CHECK(asked({5, 15, 0}, "sysctl.vm.watermark_scale_factor=1001") == "");
    CHECK(asked({6, 1, 0}, "sysctl.vm.percpu_pagelist_high_fraction=7 sysctl.vm sysctlvm.min_free_kbytes=1") == "");
}

TEST_CASE("ratios are divided by blanks; what stands before the first wrong one counts") {
    CHECK(asked({6, 1, 0}, "\"sysctl.vm.lowmem_reserve_ratio=64 128 x 16\"") == "ratio 64 128 ");
    CHECK(asked({6, 1, 0}, "sysctl.vm.lowmem_reserve_ratio=64,64,32") == "ratio ");
}

// Debian 6.1.0-56-amd64, 4 GiB, two CPUs, booted with sysctl.vm.min_free_kbytes=131072 and a list of ratios with commas.
TEST_CASE("a sysctl is written once init memory is freed") {
    Kernel k = kernel_of({6, 1, 192});
    k.zones[static_cast<std::size_t>(ZoneType::Device)] = true;
    WatermarkSettings s;
    s.kernel = &k;
    s.online_cpus = 2;
    s.cpus_of_node = {2};
    std::vector<ManagedZone> zones{{0, ZoneType::DMA, 3998, 3840, {}, {}, {}},
                                   {0, ZoneType::DMA32, 782304, 754602, {}, {}, {}},
                                   {0, ZoneType::Normal, 262144, 239237, {}, {}, {}},
                                   {0, ZoneType::Movable, 0, 0, {}, {}, {}},
                                   {0, ZoneType::Device, 0, 0, {}, {}, {}}};
    VmSysctl vm;
    vm.min_free_kbytes = 131072;
    vm.lowmem_reserve_ratio.emplace();
    const u64 before = init_per_zone_wmark_min(s, zones);
    CHECK(write_vm_sysctl(s, vm, zones, before) == 131072);
    CHECK(zones[0].watermark.min == 126);
    CHECK(zones[0].lowmem_reserve == std::vector<u64>{0, 2947, 3882, 3882, 3882});
    // ratios that count
    vm.lowmem_reserve_ratio = {{64, std::nullopt, 0}};
    write_vm_sysctl(s, vm, zones, before);
    CHECK(zones[0].lowmem_reserve ==
          std::vector<u64>{0, 754602 / 64, (754602 + 239237) / 64, (754602 + 239237) / 64, (754602 + 239237) / 64});
    CHECK(zones[1].lowmem_reserve == std::vector<u64>{0, 0, 239237 / 256, 239237 / 256, 239237 / 256});
    // none of these
    CHECK(write_vm_sysctl(s, {}, zones, before) == before);
}
