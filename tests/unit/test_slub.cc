// SPDX-License-Identifier: MIT
// Geometry of slabs against /sys/kernel/slab and debuggers' views of recorded boots.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "input/library.h"
#include "kernel/facts.h"
#include "mm/slab_common.h"
#include "report/slub.h"

using namespace zonecalc;

namespace {

SlabMachine machine(unsigned cpus, unsigned nodes = 1) {
    SlabMachine m;
    m.nr_cpu_ids = cpus;
    m.nr_node_ids = nodes;
    return m;
}

std::string line_of(const SlabCache& c) {
    return fmt::format("{} {} {} {} {} {} {} {} {}", c.name, c.object_size, c.size, c.align, c.order, c.objects, c.min_order,
                       c.min_partial, c.cpu_partial);
}

Slub boot(const Kernel& kernel, std::string_view cmdline, const SlabMachine& m) {
    std::vector<Note> notes;
    const Cmdline words = parse_args(cmdline);
    Slub slub = kmem_cache_init(slub_parameters(kernel, words, m), notes);
    CHECK(notes.empty());
    return slub;
}

std::string names(const Slub& slub, std::size_t first, std::size_t count) {
    std::string out;
    for (std::size_t i = first; i < slub.caches.size() && i < first + count; ++i)
        out += (out.empty() ? "" : " ") + slub.caches[i].name;
    return out;
}

// Orders, for objects of these sizes.
std::string orders(const Kernel& kernel, std::string_view cmdline, const SlabMachine& m, std::initializer_list<u64> sizes) {
    const SlubParameters p = slub_parameters(kernel, parse_args(cmdline), m);
    std::string out;
    for (const u64 size : sizes) {
        const auto order = calculate_order(p, size);
        out += (out.empty() ? "" : " ") + (order ? std::to_string(*order) : "-");
    }
    return out;
}

Kernel of_version(Version version) {
    Kernel k = load_kernel("6.1-x86_64");
    k.version = version;
    k.behaviours = behaviours_of(version);
    return k;
}

u32 flags_of(Version version, std::string_view cmdline, std::string_view name) {
    const Kernel k = of_version(version);
    return kmem_cache_flags(slub_parameters(k, parse_args(cmdline), machine(1)), 0, name);
}

constexpr u32 FZPU = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;

}  // namespace

TEST_CASE("slub: the first caches of Debian 6.1.0-56-amd64 on a PC with one CPU") {
    const Slub slub = boot(load_kernel("6.1-x86_64"), "", machine(1));
    REQUIRE(slub.caches.size() == 54);
    CHECK(line_of(slub.caches[0]) == "kmem_cache_node 64 64 64 0 64 0 5 120");
    CHECK(line_of(slub.caches[1]) == "kmem_cache 224 256 64 0 16 0 5 52");
    CHECK(line_of(slub.caches[6]) == "kmalloc-96 96 96 8 0 42 0 5 120");
    CHECK(line_of(slub.caches[14]) == "kmalloc-8k 8192 8192 8192 3 4 1 6 6");
    CHECK(names(slub, 2, 14) ==
          "kmalloc-8 kmalloc-16 kmalloc-32 kmalloc-64 kmalloc-96 kmalloc-128 kmalloc-192 kmalloc-256 kmalloc-512 kmalloc-1k "
          "kmalloc-2k "
          "kmalloc-4k kmalloc-8k kmalloc-cg-8");
    CHECK(slub.caches[28].name == "kmalloc-rcl-8");
    CHECK(slub.caches[41].name == "dma-kmalloc-8");
    CHECK(slub.caches[0].kernel_flags == 0x40002000);
    CHECK(slub.caches[15].kernel_flags == 0x44001000);
}

TEST_CASE("slub: struct kmem_cache grows with the highest node") {
    CHECK(line_of(boot(load_kernel("6.1-x86_64"), "", machine(8, 8)).caches[1]) == "kmem_cache 280 320 64 1 25 0 5 52");
    CHECK(line_of(boot(load_kernel("7.1-arm64"), "", machine(4, 4)).caches[1]) == "kmem_cache 248 256 64 0 16 0 5 0");
}

TEST_CASE("slub: 6.12 makes 96 and 192 first, aligned to what divides them, and ends with kmalloc_buckets") {
    const Slub slub = boot(load_kernel("6.12-x86_64"), "", machine(1));
    REQUIRE(slub.caches.size() == 55);
    CHECK(line_of(slub.caches[2]) == "kmalloc-96 96 96 32 0 42 0 5 120");
    CHECK(line_of(slub.caches[3]) == "kmalloc-192 192 192 64 0 21 0 5 120");
    CHECK(names(slub, 15, 2) == "kmalloc-rcl-96 kmalloc-rcl-192");
    CHECK(names(slub, 28, 1) == "dma-kmalloc-96");
    CHECK(names(slub, 41, 1) == "kmalloc-cg-96");
    CHECK(line_of(slub.caches[54]) == "kmalloc_buckets 112 112 8 0 36 0 5 120");
    CHECK(slub.caches[2].kernel_flags == 0x41008);
    CHECK(slub.caches[0].kernel_flags == 0xc0010);
}

TEST_CASE("slub: 4.19 writes sizes out and makes the caches of ZONE_DMA last, 96 and 192 first") {
    const Slub slub = boot(load_kernel("4.19-x86_64"), "", machine(1));
    CHECK(names(slub, 11, 7) == "kmalloc-1024 kmalloc-2048 kmalloc-4096 kmalloc-8192 dma-kmalloc-96 dma-kmalloc-192 dma-kmalloc-8");
    CHECK(line_of(slub.caches[9]) == "kmalloc-256 256 256 8 0 16 0 5 13");
}

TEST_CASE("slub: 3.14 on ARM has no cache below the cache line, and none of 96 bytes") {
    const Slub slub = boot(load_kernel("3.14-arm-smp"), "", machine(2));
    CHECK(line_of(slub.caches[0]) == "kmem_cache_node 32 64 64 0 64 0 5 30");
    CHECK(line_of(slub.caches[1]) == "kmem_cache 116 128 64 0 32 0 5 30");
    CHECK(names(slub, 2, 4) == "kmalloc-64 kmalloc-128 kmalloc-192 kmalloc-256");
    CHECK(boot(load_kernel("3.14-arm"), "", machine(1)).caches[0].cpu_partial == 0);
}

TEST_CASE("slub: arm64 has kmalloc caches below 128 bytes since 6.5, where a bounce buffer helps out") {
    CHECK(names(boot(load_kernel("6.1-arm64"), "", machine(1)), 2, 2) == "kmalloc-128 kmalloc-256");
    CHECK(names(boot(load_kernel("6.12-arm64"), "", machine(1)), 2, 3) == "kmalloc-96 kmalloc-192 kmalloc-8");
    const std::string shared = "kmalloc-128 kmalloc-192 kmalloc-64 kmalloc-256";
    CHECK(names(boot(load_kernel("6.12-arm64"), "swiotlb=noforce", machine(1)), 2, 4) == shared);
    SlabMachine none = machine(1);
    none.swiotlb = false;  // 6.12.117 with 30 bits of reach and 1 GiB of memory above them
    CHECK(names(boot(load_kernel("6.12-arm64"), "", none), 2, 4) == shared);
}

TEST_CASE("slub: user tracking, red zones and poison by release") {
    const Slub old = boot(load_kernel("3.14-arm-smp"), "slub_debug=FZPU", machine(2));
    CHECK(line_of(old.caches[0]) == "kmem_cache_node 32 128 64 0 32 0 5 0");
    CHECK(line_of(old.caches[1]) == "kmem_cache 116 192 64 0 21 0 5 0");
    CHECK(old.caches[0].kernel_flags == 0x80012d00);
    const Slub debian = boot(load_kernel("6.1-x86_64"), "slub_debug=FZPU", machine(1));
    CHECK(line_of(debian.caches[2]) == "kmalloc-8 8 112 8 0 36 0 5 0");
    CHECK(line_of(debian.caches[6]) == "kmalloc-96 96 200 8 0 20 0 5 0");
    CHECK(line_of(debian.caches[9]) == "kmalloc-256 256 768 256 1 10 0 5 0");
    CHECK(line_of(boot(load_kernel("6.12-x86_64"), "slub_debug=FZPU", machine(1)).caches[2]) == "kmalloc-96 96 224 32 0 18 0 5 0");
}

TEST_CASE("slub: slub_debug=O spares caches whose slabs would grow") {
    const Slub slub = boot(load_kernel("6.1-x86_64"), "slub_debug=FZPUO", machine(1));
    CHECK(line_of(slub.caches[13]) == "kmalloc-4k 4096 4096 4096 3 8 0 6 0");
    CHECK(line_of(slub.caches[2]) == "kmalloc-8 8 112 8 0 36 0 5 0");
}

TEST_CASE("slub: lists of slub_debug by release") {
    const Version prefixes{4, 19, 13}, list{5, 4, 49}, blocks{6, 1, 192};
    CHECK(flags_of(prefixes, "slub_debug=FZ,kmalloc-1", "kmalloc-128") == (SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE));
    CHECK(flags_of(list, "slub_debug=FZ,kmalloc-1", "kmalloc-128") == 0);
    CHECK(flags_of(list, "slub_debug=FZ,dentry,kmalloc-1*", "kmalloc-128") == (SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE));
    CHECK(flags_of(list, "slub_debug=FZ,dentry,kmalloc-1*", "dentry2") == 0);
    CHECK(flags_of(blocks, "slub_debug=P,dentry;U,filp,kmalloc-*", "filp") == SLAB_STORE_USER);
    CHECK(flags_of(blocks, "slub_debug=P,dentry;U,filp,kmalloc-*", "dentry") == SLAB_POISON);
    CHECK(flags_of(blocks, "slub_debug=P,dentry;U,filp,kmalloc-*", "other") == 0);
    CHECK(flags_of(blocks, "slub_debug=FZ;P,dentry", "other") == (SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE));
    CHECK(flags_of(blocks, "slub_debug=,dentry", "dentry") == FZPU);
    CHECK(flags_of(blocks, "slub_debug", "any") == FZPU);
    CHECK(flags_of(blocks, "slub_debug=FZP-U", "any") == SLAB_STORE_USER);
    CHECK(flags_of(blocks, "slub_debug=-", "any") == 0);
    CHECK(flags_of(blocks, "slab_debug=FZ", "any") == 0);
    CHECK(flags_of({6, 12, 117}, "slab_debug=FZ", "any") == (SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE));
    CHECK(flags_of({3, 14, 4}, "slub_debug=Z,kmalloc", "") == 0);
}

TEST_CASE("slub: orders go by possible CPUs, since 5.11 by those that are there") {
    SlabMachine two_of_sixteen = machine(16);
    two_of_sixteen.present_cpus = 2;
    CHECK(orders(load_kernel("5.10-x86_64"), "", machine(1), {256, 1024, 2048}) == "0 1 2");
    CHECK(orders(load_kernel("6.1-x86_64"), "", two_of_sixteen, {256, 512, 1024, 2048}) ==
          orders(load_kernel("6.1-x86_64"), "", machine(2), {256, 512, 1024, 2048}));
    Kernel older = of_version({5, 10, 89});
    CHECK(orders(older, "", two_of_sixteen, {256, 512, 1024}) == "1 2 3");
    // Other architectures learn later which CPUs are there.
    CHECK(orders(load_kernel("6.1-arm64"), "", two_of_sixteen, {256, 512, 1024}) == "1 2 3");
    CHECK(orders(load_kernel("6.1-x86_64"), "nr_cpus=1", machine(16), {256, 512, 1024}) == "0 0 1");
}

TEST_CASE("slub: the search for an order, before and since 6.7") {
    const Kernel old = of_version({6, 1, 192});
    const Kernel recent = of_version({6, 12, 117});
    // One CPU: eight objects. 2368 bytes: 13 of them waste 2 % of order 3.
    CHECK(orders(old, "", machine(1), {2368, 5000, 6000, 9000, 20000, 40000}) == "3 3 3 3 3 4");
    CHECK(orders(recent, "", machine(1), {2368, 5000, 6000, 9000, 20000, 40000}) == "3 3 3 3 3 4");
    CHECK(orders(old, "slub_max_order=0", machine(4), {64, 1000, 3000, 5000}) == "0 0 0 1");
    CHECK(orders(old, "slub_min_order=2 slub_max_order=5", machine(1), {64, 8192, 16384}) == "2 4 5");
    CHECK(orders(old, "slub_min_objects=32", machine(1), {512, 1024, 2048}) == "2 3 3");
    CHECK(orders(old, "slub_max_order=99", machine(1), {u64{1} << 22, (u64{1} << 22) + 1, u64{1} << 40}) == "10 - -");
    CHECK(orders(old, "", machine(1), {1, 8}) == "0 0");
}

TEST_CASE("slub: what cannot be, and orders that move each other since 6.7") {
    const Slub dead = boot(of_version({6, 1, 192}), "slub_min_order=20", machine(1));
    CHECK(dead.panic == "Creation of kmalloc slab kmem_cache_node size=64 failed. Reason -22");
    CHECK(dead.caches.empty());
    const Kernel recent = of_version({6, 12, 117});
    CHECK(boot(recent, "slab_min_order=5", machine(1)).max_order == 5);
    CHECK(boot(recent, "slab_min_order=5 slab_max_order=2", machine(1)).min_order == 2);
    CHECK(boot(of_version({6, 1, 192}), "slub_max_order=", machine(1)).max_order == 3);
    CHECK(boot(of_version({6, 1, 192}), "slub_max_order=junk", machine(1)).max_order == 0);
}

TEST_CASE("slub: a struct whose size the profile lacks is said, not guessed") {
    Kernel k = load_kernel("6.1-x86_64");
    k.sizes.clear();
    k.constants.clear();
    std::vector<Note> notes;
    const Slub slub = kmem_cache_init(slub_parameters(k, parse_args(""), machine(1)), notes);
    REQUIRE(notes.size() == 2);
    CHECK(notes[1].text == "the size of struct kmem_cache is not in the profile: its cache is left out");
    CHECK(slub.caches.front().name == "kmalloc-8");
}

TEST_CASE("slub: kernels without accounting of kernel memory have no caches for it") {
    CHECK(boot(load_kernel("6.1-x86_64"), "cgroup.memory=nosocket,nokmem", machine(1)).caches.size() == 41);
    CHECK(boot(load_kernel("6.12-x86_64"), "cgroup.memory=nokmem", machine(1)).caches.size() == 42);
}

TEST_CASE("slub: 7.1 has sheaves that fill a kmalloc object") {
    const Slub slub = boot(load_kernel("7.1-x86_64"), "", machine(1));
    std::string capacities;
    for (std::size_t i = 0; i < 15; ++i) capacities += fmt::format("{}{}", i ? " " : "", slub.caches[i].sheaf_capacity);
    CHECK(capacities == "0 0 60 60 60 60 60 60 60 28 28 12 12 4 4");
    CHECK(slub.caches[0].kernel_flags == 0x30010);
}

TEST_CASE("slub: which cache a new one is merged with") {
    const auto merged = [](std::string_view kernel_name, std::string_view cmdline, u64 size, u64 align, u32 flags,
                           bool ctor = false) {
        const Kernel k = load_kernel(std::string(kernel_name));
        const SlubParameters p = slub_parameters(k, parse_args(cmdline), machine(1));
        std::vector<Note> notes;
        const Slub slub = kmem_cache_init(p, notes);
        const SlabCache* with = find_mergeable(p, slub.caches, "new", size, align, flags, ctor);
        return with ? with->name : std::string("-");
    };
    // 3.14 has fs_cache, blkdev_ioc and cred_jar as aliases of kmalloc caches.
    CHECK(merged("3.14-arm-smp", "", 64, 0, 0) == "kmalloc-64");
    CHECK(merged("3.14-arm-smp", "", 61, 0, 0) == "kmalloc-64");
    CHECK(merged("3.14-arm-smp", "", 128, 0, SLAB_HWCACHE_ALIGN) == "kmalloc-128");
    CHECK(merged("3.14-arm-smp", "", 52, 0, 0) == "-");
    CHECK(merged("3.14-arm-smp", "slub_nomerge", 64, 0, 0) == "-");
    CHECK(merged("3.14-arm-smp", "slub_debug=U", 64, 0, 0) == "-");
    CHECK(merged("3.14-arm-smp", "", 64, 0, 0, true) == "-");
    CHECK(merged("3.14-arm-smp", "", 64, 0, SLAB_TYPESAFE_BY_RCU) == "-");
    CHECK(merged("6.18-x86_64", "", 192, 0, 0) == "kmalloc-192");
    CHECK(merged("6.18-x86_64", "", 192, 0, SLAB_RECLAIM_ACCOUNT) == "kmalloc-rcl-192");
    // Windows for user copies.
    CHECK(merged("6.12-x86_64", "", 192, 0, SLAB_RECLAIM_ACCOUNT) == "-");
    CHECK(merged("5.4-x86_64", "", 192, 0, 0) == "-");
}

TEST_CASE("slub: flags have the numbers of their build, there and back") {
    for (const std::string& name : shipped_kernels()) {
        const Kernel k = load_kernel(name);
        CAPTURE(name);
        const u32 flags = SLAB_HWCACHE_ALIGN | SLAB_RECLAIM_ACCOUNT | SLAB_POISON | SLAB_STORE_USER;
        CHECK(slab_flags_from_number(k, slab_flags_number(k, flags)) == flags);
    }
    CHECK(slab_flags_number(load_kernel("6.12-arm64"), SLAB_RECLAIM_ACCOUNT) == 0x4000);
    CHECK(slab_flags_number(load_kernel("6.12-x86_64"), SLAB_RECLAIM_ACCOUNT) == 0x10000);
}

TEST_CASE("slub: sets of kmalloc caches that are alike are named once") {
    const Kernel k = load_kernel("5.9-arm64");
    std::string out;
    const Slub slub = boot(k, "", machine(2));
    slub_table(k, slub).print(out);
    CHECK(out == R"(  CACHE            OBJECT  SIZE  ALIGN  ORDER  OBJECTS  MIN ORDER  MIN PARTIAL  CPU PARTIAL
  kmem_cache_node      64   128    128      0       32          0            5           30
  kmem_cache          208   256    128      0       16          0            5           13
  kmalloc-128         128   128    128      0       32          0            5           30
  kmalloc-256         256   256    256      0       16          0            5           13
  kmalloc-512         512   512    512      1       16          0            5           13
  kmalloc-1k         1024  1024   1024      2       16          0            5            6
  kmalloc-2k         2048  2048   2048      3       16          0            5            6
  kmalloc-4k         4096  4096   4096      3        8          0            6            2
  kmalloc-8k         8192  8192   8192      3        4          1            6            2
)");
    CHECK(slub_remarks(slub) == std::vector<std::string>{"as kmalloc-N: kmalloc-rcl-N, dma-kmalloc-N"});
}
