// SPDX-License-Identifier: MIT
// Facts derived from a config against the constants of the builds themselves, which the shipped profiles carry in [const].
#include <doctest/doctest.h>

#include "input/library.h"
#include "kernel/facts.h"

using namespace zonecalc;

namespace {

Kernel kernel_of(Arch arch, Version version, std::map<std::string, std::string, std::less<>> config) {
    Kernel kernel;
    kernel.arch = arch;
    kernel.version = version;
    kernel.config = std::move(config);
    derive_facts(kernel);
    return kernel;
}

std::string zone_list(const Kernel& kernel) {
    std::string text;
    for (const ZoneType z : all_zones)
        if (kernel.has_zone(z)) text += (text.empty() ? "" : " ") + std::string(to_string(z));
    return text;
}

}  // namespace

TEST_CASE("facts: room for percpu data follows from release and config") {
    const auto kib = [](Arch arch, Version version, std::map<std::string, std::string, std::less<>> config = {}) {
        const Kernel k = kernel_of(arch, version, std::move(config));
        return std::vector<u64>{k.percpu_module_reserve / 1024, k.percpu_dynamic_reserve / 1024,
                                k.percpu_dynamic_early_size / 1024};
    };
    CHECK(kib(Arch::arm, {3, 14, 4}, {{"MODULES", "y"}}) == std::vector<u64>{8, 12, 12});
    CHECK(kib(Arch::arm, {6, 1, 176}, {{"MODULES", "y"}}) == std::vector<u64>{8, 20, 12});
    CHECK(kib(Arch::x86_64, {4, 19, 13}, {{"MODULES", "y"}}) == std::vector<u64>{8, 28, 12});
    CHECK(kib(Arch::x86_64, {6, 6, 87}) == std::vector<u64>{0, 28, 20});
    CHECK(kib(Arch::x86_64, {6, 8, 1}, {{"RANDOM_KMALLOC_CACHES", "y"}}) == std::vector<u64>{0, 112, 80});
    CHECK(kib(Arch::arm64, {6, 12, 117}, {{"MODULES", "y"}, {"MEM_ALLOC_PROFILING", "y"}}) == std::vector<u64>{64, 28, 20});
    Kernel said = kernel_of(Arch::x86_64, {6, 1, 192}, {});
    said.constants["PERCPU_DYNAMIC_RESERVE"] = 49152;
    derive_facts(said);
    CHECK(said.percpu_dynamic_reserve == 49152);
}

TEST_CASE("facts: what follows from a recorded config equals the constants of the build") {
    std::size_t compared = 0;
    for (const std::string& name : shipped_kernels()) {
        const Kernel k = load_kernel(name);
        if (k.confirmation != Confirmation::recorded) continue;
        CAPTURE(name);
        const auto check = [&](std::string_view constant, u64 value) {
            const auto found = k.constants.find(constant);
            if (found == k.constants.end()) return;
            CAPTURE(constant);
            CHECK(found->second == value);
            ++compared;
        };
        check("PAGE_SHIFT", k.page_shift);
        check("MAX_ORDER", k.max_order + 1);
        check("MAX_PAGE_ORDER", k.max_order);
        check("length.zone.free_area", k.max_order + 1);
        check("pageblock_order", k.pageblock_order);
        check("MIGRATE_TYPES", k.migrate_types);
        check("length.free_area.free_list", k.migrate_types);
        check("NR_CPUS", k.nr_cpus);
        check("MAX_NUMNODES", k.max_numnodes);
        if (k.sparse()) {
            check("SECTION_SIZE_BITS", k.section_size_bits);
            check("MAX_PHYSMEM_BITS", k.max_physmem_bits);
        }
        if (is_32bit(k.arch)) check("PAGE_OFFSET", k.page_offset);
        const u64 zones = static_cast<u64>(std::count(k.zones.begin(), k.zones.end(), true));
        check("MAX_NR_ZONES", zones);
        check("__MAX_NR_ZONES", zones);
        check("length.zone.lowmem_reserve", zones);
        u64 index = 0;
        for (const ZoneType z : all_zones) {
            if (!k.has_zone(z)) continue;
            constexpr std::string_view names[] = {"ZONE_DMA",     "ZONE_DMA32",   "ZONE_NORMAL",
                                                  "ZONE_HIGHMEM", "ZONE_MOVABLE", "ZONE_DEVICE"};
            check(names[static_cast<std::size_t>(z)], index++);
        }
    }
    CHECK(compared > 200);
}

TEST_CASE("facts: zones, nodes and addresses of the usual kernels") {
    const auto summary = [](const std::string& name) {
        const Kernel k = load_kernel(name);
        return zone_list(k) + " nodes=" + std::to_string(k.max_numnodes) + " order=" + std::to_string(k.max_order) +
               " block=" + std::to_string(k.pageblock_order) + (k.pae ? " pae" : "") + (k.numa_emu ? " emu" : "") +
               (k.memory_hotplug ? " hotplug" : "") + (k.deferred_struct_page_init ? " deferred" : "") +
               (k.have_memblock_node_map ? "" : " sizes");
    };
    CHECK(summary("3.13-arm-exynos5420") == "Normal HighMem Movable nodes=1 order=10 block=10 sizes");
    CHECK(summary("3.14-arm") == "Normal HighMem Movable nodes=1 order=10 block=10 sizes");
    CHECK(summary("4.19-x86_64") == "DMA DMA32 Normal Movable nodes=8 order=10 block=10 emu hotplug");
    CHECK(summary("4.19-arm64") == "DMA32 Normal Movable nodes=8 order=10 block=10");
    CHECK(summary("5.9-arm64-cma") == "DMA DMA32 Normal Movable nodes=8 order=10 block=9 hotplug");
    CHECK(summary("6.1-x86_64") == "DMA DMA32 Normal Movable Device nodes=1024 order=10 block=9 emu hotplug deferred");
    CHECK(summary("6.1-i386") == "DMA Normal HighMem Movable nodes=1 order=10 block=10");
    CHECK(summary("6.1-i386-pae") == "DMA Normal HighMem Movable nodes=1 order=10 block=9 pae");
    CHECK(summary("6.1-arm64") == "DMA DMA32 Normal Movable nodes=16 order=10 block=9 hotplug deferred");
    CHECK(summary("6.1-arm") == "DMA Normal HighMem Movable nodes=1 order=11 block=11");
    CHECK(summary("6.1-arm-lpae") == "DMA Normal HighMem Movable nodes=1 order=11 block=9 pae");
    CHECK(summary("6.6-x86_64") == "DMA DMA32 Normal Movable Device nodes=1024 order=10 block=9 emu hotplug deferred");
    CHECK(summary("6.12-riscv64") == "DMA32 Normal Movable nodes=4 order=10 block=9 hotplug deferred");
}

TEST_CASE("facts: the option for the largest order means one less from 6.4 on") {
    CHECK(kernel_of(Arch::arm64, {6, 3, 0}, {{"ARCH_FORCE_MAX_ORDER", "11"}}).max_order == 10);
    CHECK(kernel_of(Arch::arm64, {6, 4, 0}, {{"ARCH_FORCE_MAX_ORDER", "11"}}).max_order == 11);
    CHECK(kernel_of(Arch::arm64, {5, 4, 0}, {{"FORCE_MAX_ZONEORDER", "14"}, {"ARM64_64K_PAGES", "y"}}).max_order == 13);
    // carried over, the choice stays what it was
    std::map<std::string, std::string, std::less<>> config{{"ARCH_FORCE_MAX_ORDER", "12"}};
    carry_config(config, Arch::arm64, {6, 1, 176}, {6, 3, 0});
    CHECK(config.at("ARCH_FORCE_MAX_ORDER") == "12");
    carry_config(config, Arch::arm64, {6, 3, 0}, {6, 4, 0});
    CHECK(config.at("ARCH_FORCE_MAX_ORDER") == "11");
    carry_config(config, Arch::arm64, {6, 4, 0}, {6, 1, 176});
    CHECK(config.at("ARCH_FORCE_MAX_ORDER") == "12");
}

TEST_CASE("facts: symbols that nobody chooses come and go with the release that a config is carried to") {
    using Config = std::map<std::string, std::string, std::less<>>;
    const auto carried = [](Config config, Arch arch, Version from, Version to) {
        carry_config(config, arch, from, to);
        std::string out;
        for (const auto& [symbol, value] : config) out += (out.empty() ? "" : " ") + symbol + "=" + value;
        return out;
    };
    const Config distribution{{"CRASH_DUMP", "y"}, {"MEMCG", "y"}, {"SLAB_FREELIST_HARDENED", "y"}, {"SWIOTLB", "y"}};
    const std::string before = "CRASH_DUMP=y MEMCG=y SLAB_FREELIST_HARDENED=y SWIOTLB=y";
    CHECK(carried(distribution, Arch::x86_64, {6, 1, 0}, {6, 8, 0}) == before);
    CHECK(carried(distribution, Arch::x86_64, {6, 8, 0}, {6, 9, 0}) ==
          "CRASH_DUMP=y CRASH_RESERVE=y MEMCG=y SLAB_FREELIST_HARDENED=y SWIOTLB=y");
    CHECK(carried(distribution, Arch::arm64, {6, 4, 0}, {6, 11, 0}) ==
          "CRASH_DUMP=y CRASH_RESERVE=y DMA_BOUNCE_UNALIGNED_KMALLOC=y MEMCG=y SLAB_BUCKETS=y SLAB_FREELIST_HARDENED=y "
          "SLAB_OBJ_EXT=y "
          "SWIOTLB=y");
    // What decides is off, or not known.
    CHECK(carried({{"CRASH_DUMP", "n"}}, Arch::x86_64, {6, 8, 0}, {6, 11, 0}) == "CRASH_DUMP=n CRASH_RESERVE=n");
    CHECK(carried({}, Arch::x86_64, {6, 8, 0}, {6, 11, 0}).empty());
    CHECK(carried({{"SLUB_DEBUG", "y"}}, Arch::x86_64, {5, 15, 0}, {5, 19, 0}) == "SLUB_DEBUG=y STACKDEPOT=y");
    CHECK(carried({}, Arch::arm64, {4, 19, 0}, {5, 3, 0}) == "RODATA_FULL_DEFAULT_ENABLED=y");
    CHECK(carried({{"NUMA", "y"}}, Arch::arm64, {5, 15, 0}, {5, 19, 0}) == "NEED_PER_CPU_PAGE_FIRST_CHUNK=y NUMA=y");
    CHECK(carried({{"HOLES_IN_ZONE", "y"}}, Arch::arm64, {5, 10, 0}, {5, 13, 0}) == "HOLES_IN_ZONE=y");
    CHECK(carried({{"HOLES_IN_ZONE", "y"}}, Arch::arm64, {5, 10, 0}, {5, 14, 0}).empty());
    // and back
    CHECK(carried({{"CRASH_DUMP", "y"}, {"CRASH_RESERVE", "y"}}, Arch::x86_64, {6, 12, 0}, {6, 8, 0}) == "CRASH_DUMP=y");
}

TEST_CASE("facts: pageblocks of huge pages are capped by the largest order from 5.18 on") {
    const std::map<std::string, std::string, std::less<>> hugetlb{
        {"HUGETLB_PAGE", "y"}, {"ARM64_64K_PAGES", "y"}, {"ARCH_FORCE_MAX_ORDER", "11"}};
    CHECK(kernel_of(Arch::arm64, {5, 17, 0}, hugetlb).pageblock_order == 13);
    CHECK(kernel_of(Arch::arm64, {5, 18, 0}, hugetlb).pageblock_order == 10);
    const std::map<std::string, std::string, std::less<>> thp{{"TRANSPARENT_HUGEPAGE", "y"}};
    CHECK(kernel_of(Arch::x86_64, {6, 8, 0}, thp).pageblock_order == 10);
    CHECK(kernel_of(Arch::x86_64, {6, 12, 0}, thp).pageblock_order == 9);
    CHECK(kernel_of(Arch::x86_64, {6, 18, 0}, {{"PAGE_BLOCK_MAX_ORDER", "5"}}).pageblock_order == 5);
    CHECK(kernel_of(Arch::x86_64, {6, 12, 0}, {{"PAGE_BLOCK_MAX_ORDER", "5"}}).pageblock_order == 10);
}

TEST_CASE("facts: arm64 has sections by page size and a ZONE_DMA that older configs do not name") {
    CHECK(kernel_of(Arch::arm64, {5, 10, 265}, {}).section_size_bits == 30);
    CHECK(kernel_of(Arch::arm64, {5, 12, 0}, {{"ARM64_16K_PAGES", "y"}}).section_size_bits == 27);
    CHECK(kernel_of(Arch::arm64, {5, 12, 0}, {{"ARM64_64K_PAGES", "y"}}).section_size_bits == 29);
    CHECK(kernel_of(Arch::arm64, {5, 12, 0}, {{"PAGE_SHIFT", "16"}}).page_shift == 16);
    CHECK(!kernel_of(Arch::arm64, {5, 4, 0}, {}).has_zone(ZoneType::DMA));
    CHECK(kernel_of(Arch::arm64, {5, 5, 0}, {}).has_zone(ZoneType::DMA));
    CHECK(!kernel_of(Arch::arm64, {5, 5, 0}, {{"ZONE_DMA", "n"}}).has_zone(ZoneType::DMA));
}

TEST_CASE("facts: senseless numbers in a config are cut, never followed") {
    const Kernel k = kernel_of(Arch::arm64, {6, 1, 0},
                               {{"NUMA", "y"},
                                {"NODES_SHIFT", "4000000000"},
                                {"ARCH_FORCE_MAX_ORDER", "99999999999999999999"},
                                {"ARM64_PA_BITS", "0"},
                                {"PAGE_SHIFT", "63"},
                                {"NR_CPUS", "many"}});
    CHECK(k.max_numnodes == 1024);
    CHECK(k.max_order == 13);
    CHECK(k.max_physmem_bits == 32);
    CHECK(k.page_shift == 16);
    CHECK(k.nr_cpus == 1);
    CHECK(kernel_of(Arch::arm64, {6, 1, 0}, {{"ARCH_FORCE_MAX_ORDER", "0"}}).max_order == 1);
}
