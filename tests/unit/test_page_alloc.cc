// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "allocator_machine.h"
#include "input/alloc_script.h"
#include "kernel/facts.h"
#include "mm/page_alloc.h"
#include "mm/walk.h"
#include "refusal.h"
#include "report/buddy_views.h"
#include "report/walk_tree.h"

using namespace zonecalc;
using zonecalc::test::take;

namespace {

Kernel kernel_of(Version version, unsigned pageblock_order = 9) {
    Kernel k;
    k.version = version;
    k.release = to_string(version);
    k.behaviours = behaviours_of(version);
    k.pageblock_order = pageblock_order;
    for (const ZoneType z : {ZoneType::DMA, ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable})
        k.zones[static_cast<std::size_t>(z)] = true;
    return k;
}

// One node, ZONE_DMA32 from 0 on; bytes are pages here.
Layout machine(const Kernel& kernel, Pfn begin, Pfn end, std::initializer_list<PfnRange> reserved) {
    Layout layout;
    const u64 page = kernel.page_size();
    layout.memory = {{begin * page, (end - begin) * page, 0, 0, {}}};
    for (const PfnRange& r : reserved) layout.reserved.push_back({r.begin * page, r.size() * page, 0, 0, {}});
    Node node;
    node.range = {begin, end};
    node.spanned = node.present = end - begin;
    for (const ZoneType type : {ZoneType::DMA, ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable}) {
        Zone z;
        z.type = type;
        if (type == ZoneType::DMA32) {
            z.start_pfn = begin;
            z.spanned = z.present = z.managed_initial = end - begin;
        }
        node.zones.push_back(z);
    }
    node.zonelist = node.zonelist_thisnode = {{0, ZoneType::DMA32}};
    layout.nodes.push_back(node);
    layout.max_low_pfn = end;
    return layout;
}

std::string lists(PageAllocator& allocator) {
    std::string out;
    for (const FreeList& l : allocator.buddy().zone(0, ZoneType::DMA32)->free.lists()) {
        out += fmt::format("{} {}:", l.order, to_string(l.type));
        out += test::runs_of(l) + '\n';
    }
    return out;
}

}  // namespace

TEST_CASE("since 5.10 memory is handed over lowest first") {
    const Kernel k = kernel_of({6, 1, 192});
    const Layout layout = machine(k, 1, 8192, {{4096, 4100}});
    PageAllocator allocator(k, layout);
    CHECK(
        lists(allocator) ==
        "0 Unmovable: 1+0*1\n1 Unmovable: 2+0*1\n2 Unmovable: 4+0*1\n2 Movable: 4100+0*1\n3 Unmovable: 8+0*1\n3 Movable: 4104+0*1\n"
        "4 Unmovable: 16+0*1\n4 Movable: 4112+0*1\n5 Unmovable: 32+0*1\n5 Movable: 4128+0*1\n6 Unmovable: 64+0*1\n6 Movable: "
        "4160+0*1\n"
        "7 Unmovable: 128+0*1\n7 Movable: 4224+0*1\n8 Unmovable: 256+0*1\n8 Movable: 4352+0*1\n9 Movable: 512+0*1 4608+0*1\n"
        "10 Movable: 1024+1024*3 5120+1024*3\n");
    CHECK(allocator.buddy().zone(0, ZoneType::DMA32)->managed == 8187);
}

TEST_CASE("up to 5.9 memory is handed over highest first") {
    const Kernel k = kernel_of({5, 4, 49}, 10);
    const Layout layout = machine(k, 0, 8192, {{4096, 5120}});
    PageAllocator allocator(k, layout);
    CHECK(lists(allocator) == "10 Movable: 7168-1024*3 3072-1024*4\n");
    CHECK(take(allocator, 3, 0, "GFP_KERNEL") == "7168 7169 7170 ");
}

// 4.19.13 on arm64 gave a node whose memory lies within another one's span to that one, and the rest of its last section too.
TEST_CASE("up to 5.7 interleaved nodes are told apart on x86_64 only") {
    const auto managed = [](Version version, Arch arch) {
        Kernel k = kernel_of(version);
        k.arch = arch;
        k.memory_model = MemoryModel::sparsemem_vmemmap;
        k.section_size_bits = 24;  // 4096 pages
        Layout layout = machine(k, 1024, 8192, {});
        const u64 page = k.page_size();
        layout.memory = {{0, 1024 * page, 1, 0, {}},
                         {1024 * page, 1024 * page, 0, 0, {}},
                         {2048 * page, 1024 * page, 1, 0, {}},
                         {3072 * page, 5120 * page, 0, 0, {}}};
        Node second = machine(k, 0, 3072, {}).nodes.front();
        second.id = 1;
        layout.nodes.push_back(second);
        PageAllocator allocator(k, layout);
        return fmt::format("{} {}", allocator.buddy().zone(0, ZoneType::DMA32)->managed,
                           allocator.buddy().zone(1, ZoneType::DMA32)->managed);
    };
    CHECK(managed({4, 19, 13}, Arch::arm64) == "4096 4096");
    CHECK(managed({4, 19, 13}, Arch::x86_64) == "5120 3072");
    CHECK(managed({5, 4, 49}, Arch::arm64) == "5120 3072");
    CHECK(managed({5, 4, 49}, Arch::x86_64) == "6144 2048");
    CHECK(managed({5, 9, 1}, Arch::arm64) == "6144 2048");
}

TEST_CASE("the first Unmovable request claims the first block of the largest order, the first Reclaimable one the next") {
    for (const Version version : {Version{6, 1, 192}, Version{6, 12, 117}, Version{7, 1, 5}}) {
        const Kernel k = kernel_of(version);
        const Layout layout = machine(k, 1024, 8192, {});
        PageAllocator allocator(k, layout);
        CHECK(take(allocator, 2, 0, "GFP_KERNEL") == "1024 1025 ");
        CHECK(take(allocator, 1, 1, "GFP_KERNEL|__GFP_RECLAIMABLE") == "2048 ");
        CHECK(take(allocator, 1, 0, "GFP_HIGHUSER_MOVABLE") == "3072 ");
        CHECK(take(allocator, 1, 2, "GFP_KERNEL") == "1028 ");
    }
}

TEST_CASE("3.x takes small pieces of a Movable block for Unmovable requests without changing the pageblock") {
    const Kernel k = kernel_of({3, 14, 4}, 10);
    const Layout layout = machine(k, 0, 1024, {{16, 1024}});
    PageAllocator allocator(k, layout);
    CHECK(take(allocator, 1, 0, "GFP_KERNEL") == "0 ");
    CHECK(lists(allocator) == "0 Movable: 1+0*1\n1 Movable: 2+0*1\n2 Movable: 4+0*1\n3 Movable: 8+0*1\n");
}

TEST_CASE("what is freed joins its buddies again") {
    const Kernel k = kernel_of({6, 1, 192});
    const Layout layout = machine(k, 1024, 4096, {});
    PageAllocator allocator(k, layout);
    take(allocator, 3, 0, "GFP_KERNEL");
    for (const Pfn pfn : {1025, 1024, 1026}) CHECK(allocator.free_pages(pfn, 0));
    CHECK_FALSE(allocator.free_pages(1024, 0));
    CHECK(lists(allocator) == "10 Unmovable: 1024+0*1\n10 Movable: 2048+1024*2\n");
}

TEST_CASE("a reserved page that is given back becomes managed, once") {
    const Kernel k = kernel_of({6, 1, 192});
    const Layout layout = machine(k, 1024, 4096, {{1024, 1026}});
    PageAllocator allocator(k, layout);
    CHECK(allocator.free_pages(1025, 0));
    CHECK_FALSE(allocator.free_pages(1025, 0));
    CHECK_FALSE(allocator.free_pages(9000, 0));
    CHECK(allocator.buddy().zone(0, ZoneType::DMA32)->managed == 3071);
}

TEST_CASE("a request that nobody can serve says so") {
    const Kernel k = kernel_of({6, 1, 192});
    const Layout layout = machine(k, 1024, 2048, {});
    PageAllocator allocator(k, layout);
    CHECK(take(allocator, 2, 10, "GFP_KERNEL") == "1024 null ");
    CHECK(allocator.alloc_pages(0, 0, 0).reason == "no zone has enough free");
    CHECK(allocator.alloc_pages(11, 0, 0).reason == "order 11 is larger than the largest block, 10");
    CHECK(allocator.alloc_pages(0, *parse_gfp(k, "GFP_DMA"), 0).reason == "no zone of the node's zonelist can be used");
}

TEST_CASE("only the first section of a node's last zone is handed over where the rest is deferred") {
    Kernel k = kernel_of({6, 1, 192});
    k.deferred_struct_page_init = true;
    Layout layout = machine(k, 4096, 262144, {});
    defer_init(k, layout);
    // Debian 6.1.0-56-amd64: ZONE_DMA32 starts at 4096, deferral at 65536
    CHECK(layout.nodes.front().first_deferred_pfn == 65536);
    PageAllocator allocator(k, layout);
    CHECK(lists(allocator) == "10 Movable: 4096+1024*60\n");
    CHECK(take(allocator, 60, 10, "GFP_KERNEL").ends_with("64512 "));
    // an empty zone grows by a section before it is given up
    Walk walk;
    Walker walker(walk, k);
    allocator.follow(&walker);
    CHECK(take(allocator, 1, 10, "GFP_KERNEL") == "65536 ");
    CHECK(allocator.first_deferred_pfn(0) == 98304);
    const WalkCall root = walk_tree(walk);
    const std::vector<FoundCall> grown = find_calls(root, "deferred_grow_zone");
    REQUIRE(grown.size() == 1);
    std::string told;
    for (const WalkCall::Item& i : grown[0].call->items)
        if (i.line && i.line->kind == WalkLine::Kind::value) told += fmt::format("{} {} ", i.line->name, i.line->number);
    CHECK(told == "first_deferred_pfn 65536 nr_pages 32768 ");
}

TEST_CASE("up to 5.3 per-CPU lists keep the size that fits what was handed over first") {
    const auto batches = [](Version version) {
        Kernel k = kernel_of(version);
        k.deferred_struct_page_init = true;
        Layout layout = machine(k, 4096, 1048576, {});
        defer_init(k, layout);
        PageAllocator allocator(k, layout);
        WatermarkSettings settings;
        settings.kernel = &k;
        settings.cpus_of_node = {1};
        const auto batch = [&] { return allocator.buddy().zone(0, ZoneType::DMA32)->pcp.size().batch; };
        allocator.setup_per_cpu_pageset(settings);
        const u64 first = batch();
        allocator.page_alloc_init_late(settings);
        const u64 deferred = batch();
        allocator.init_per_zone_wmark_min(settings);
        return fmt::format("{} {} {}", first, deferred, batch());
    };
    // Not quite two sections of 32768 pages; then all of the zone.
    CHECK(batches({4, 19, 13}) == "15 15 15");
    CHECK(batches({5, 4, 49}) == "15 63 63");
    CHECK(batches({6, 1, 192}) == "15 15 63");
}

TEST_CASE("since 5.14 memory of a zone that has none left is the next zone's, in Unmovable pageblocks") {
    // kernelcore=mirror: Normal spans 4096 to 8191, all of which counts as Movable or absent.
    const auto managed = [](Version version) {
        const Kernel k = kernel_of(version);
        Layout layout = machine(k, 0, 4096, {});
        layout.memory.front().size = 8192 * k.page_size();
        layout.max_low_pfn = 8192;
        layout.movable.path = MovablePath::mirror;
        Node& node = layout.nodes.front();
        node.range.end = 8192;
        node.zones[2].start_pfn = 4096, node.zones[2].spanned = 4096;
        node.zones[3].start_pfn = 7168, node.zones[3].spanned = node.zones[3].present = 1024;
        PageAllocator allocator(k, layout);
        std::string out;
        for (const BuddyZone& z : allocator.buddy().zones()) {
            if (z.managed == 0) continue;
            out += fmt::format("{} {}:", to_string(z.type), z.managed);
            for (const FreeList& l : z.free.lists()) out += fmt::format(" {} {}", l.order, to_string(l.type));
            out += '\n';
        }
        return out;
    };
    CHECK(managed({6, 1, 192}) == "DMA32 4096: 10 Movable\nMovable 4096: 10 Unmovable 10 Movable\n");
    CHECK(managed({5, 9, 1}) == "DMA32 4096: 10 Movable\nNormal 3072: 10 Movable\nMovable 1024: 10 Movable\n");
}

TEST_CASE("GFP names have the numbers of the release") {
    CHECK(parse_gfp(kernel_of({6, 1, 192}), "GFP_KERNEL|__GFP_ZERO") == 0xdc0);
    CHECK(parse_gfp(kernel_of({3, 14, 4}), "GFP_KERNEL") == 0xd0);
    CHECK(parse_gfp(kernel_of({4, 19, 13}), "__GFP_THISNODE") == 0x40000);
    CHECK_FALSE(parse_gfp(kernel_of({6, 6, 0}), "__GFP_ATOMIC"));
    CHECK_FALSE(parse_gfp(kernel_of({6, 6, 0}), "GFP_KERNAL"));
    CHECK_FALSE(parse_gfp(kernel_of({6, 6, 0}), "GFP_KERNEL|"));
    CHECK(gfp_names(kernel_of({6, 1, 192}), 0xdc0) == "GFP_KERNEL|__GFP_ZERO");
}

TEST_CASE("a script of requests") {
    const Kernel k = kernel_of({6, 1, 192});
    const Source good{"s",
                      "{\"op\": \"alloc\", \"id\": \"a0\", \"order\": 1, \"gfp\": \"0xdc0\", \"node\": "
                      "0}\n\n{\"op\":\"step\",\"to\":\"setup_per_cpu_pageset\"}\n"
                      "{\"op\": \"free\", \"id\": \"a0\"}\n"};
    CHECK(parse_alloc_script(good, k).size() == 3);
    const auto complaint = [&](std::string text) {
        const std::string said = refusal([&] { parse_alloc_script({"s", std::move(text)}, k); }, "none");
        return said.substr(0, said.find('\n'));
    };
    CHECK(complaint("{\"op\": \"aloc\"}") == "s:1:2: error: 'aloc' is no request; did you mean 'alloc'?");
    CHECK(complaint("{\"op\": \"free\", \"id\": \"a0\"}") == "s:1:16: error: 'a0' was not allocated");
    CHECK(complaint("{\"op\": \"alloc\", \"id\": \"a\", \"gfp\": \"GFP_KERNL\"}") ==
          "s:1:28: error: 'GFP_KERNL' are no GFP flags of 6.1.192");
    CHECK(complaint("{\"op\": ") == "s:1:7: error: this is no JSON");
    unsigned next = 0;
    CHECK(parse_alloc_words("order=9 gfp=GFP_DMA32 count=3", k, next).size() == 3);
    CHECK(next == 3);
}

TEST_CASE("free lists as /proc/buddyinfo shows them") {
    const Kernel k = kernel_of({6, 1, 192});
    Layout layout = machine(k, 1024, 4096, {{1024, 1025}});
    PageAllocator allocator(k, layout);
    layout.nodes.front().zones[1].free_lists = allocator.buddy().zone(0, ZoneType::DMA32)->free.lists();
    CHECK(report_buddyinfo(k, layout, FreeListMoment::hand_over) ==
          "Node 0, zone    DMA32      1      1      1      1      1      1      1      1      1      1      2 \n");
}

TEST_CASE("free lists as /proc/pagetypeinfo shows them, each node with a head of its own") {
    Kernel k = kernel_of({6, 1, 192});
    k.config["MEMORY_ISOLATION"] = "y";
    Layout layout = machine(k, 1024, 4096, {{1024, 1025}});
    layout.nodes.push_back(layout.nodes.front());  // the same again, as node 1, and huge
    layout.nodes.back().id = 1;
    layout.nodes.push_back({});  // without memory
    layout.nodes.back().id = 2;
    Zone& first = layout.nodes[0].zones[1];
    first.managed = 3071;
    first.free_lists = {{0, MigrateType::Movable, {{1025, 0, 1}}}, {9, MigrateType::Unmovable, {{1536, 512, 3}}}};
    first.pageblocks[static_cast<std::size_t>(MigrateType::Movable)] = 6;
    Zone& second = layout.nodes[1].zones[1];
    second.managed = 1;
    second.started.emplace();
    second.started->free_lists = {{10, MigrateType::Movable, {{0, 1024, 100000}}}};
    const std::string head =
        "Page block order: 9\n"
        "Pages per block:  512\n"
        "\n"
        "Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10 "
        "\n";
    const std::string blocks = "\nNumber of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate \n";
    CHECK(report_pagetypeinfo(k, layout, FreeListMoment::started) ==
          head +
              "Node    0, zone    DMA32, type    Unmovable      0      0      0      0      0      0      0      0      0      3   "
              "   0 \n"
              "Node    0, zone    DMA32, type      Movable      1      0      0      0      0      0      0      0      0      0   "
              "   0 \n"
              "Node    0, zone    DMA32, type  Reclaimable      0      0      0      0      0      0      0      0      0      0   "
              "   0 \n"
              "Node    0, zone    DMA32, type   HighAtomic      0      0      0      0      0      0      0      0      0      0   "
              "   0 \n"
              "Node    0, zone    DMA32, type      Isolate      0      0      0      0      0      0      0      0      0      0   "
              "   0 \n" +
              blocks + "Node 0, zone    DMA32            0            6            0            0            0 \n" + head +
              "Node    1, zone    DMA32, type    Unmovable      0      0      0      0      0      0      0      0      0      0   "
              "   0 \n"
              "Node    1, zone    DMA32, type      Movable      0      0      0      0      0      0      0      0      0      0 "
              ">100000 \n"
              "Node    1, zone    DMA32, type  Reclaimable      0      0      0      0      0      0      0      0      0      0   "
              "   0 \n"
              "Node    1, zone    DMA32, type   HighAtomic      0      0      0      0      0      0      0      0      0      0   "
              "   0 \n"
              "Node    1, zone    DMA32, type      Isolate      0      0      0      0      0      0      0      0      0      0   "
              "   0 \n" +
              blocks + "Node 1, zone    DMA32            0            0            0            0            0 \n");
}
