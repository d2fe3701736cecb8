// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/kernel_toml.h"
#include "input/library.h"
#include "input/start_up_requests.h"
#include "mm/slub.h"

using namespace zonecalc;

TEST_CASE("start-up requests: blocks, one or several, on a node or where the policy says") {
    const auto one = parse_start_up_request("2 0x52000 slab mm_struct");
    REQUIRE(one);
    CHECK(one->op == StartUpRequest::Op::pages);
    CHECK(one->order == 2);
    CHECK(one->gfp == 0x52000);
    CHECK(one->count == 1);
    CHECK(one->what == "slab mm_struct");
    CHECK_FALSE(one->node);

    const auto several = parse_start_up_request("3 x 0 0x252000 @1 slab kmalloc-8");
    REQUIRE(several);
    CHECK(several->count == 3);
    CHECK(several->order == 0);
    CHECK(several->node == 1);
    CHECK(several->what == "slab kmalloc-8");
}

TEST_CASE("start-up requests: single pages at once, tables, pages given back, a step") {
    const auto bulk = parse_start_up_request("bulk 4 0x402dc2 __alloc_pages_bulk");
    REQUIRE(bulk);
    CHECK(bulk->op == StartUpRequest::Op::bulk);
    CHECK(bulk->count == 4);
    const auto hash = parse_start_up_request("hash 19 0x320 Mount-cache");
    REQUIRE(hash);
    CHECK(hash->op == StartUpRequest::Op::hash);
    CHECK(hash->scale == 19);
    const auto free = parse_start_up_request("free 9 image+0x2306");
    REQUIRE(free);
    CHECK(free->op == StartUpRequest::Op::free);
    CHECK(free->count == 9);
    CHECK(free->offset == 0x2306);
    const auto step = parse_start_up_request("setup_per_cpu_pageset");
    REQUIRE(step);
    CHECK(step->op == StartUpRequest::Op::pageset);
}

TEST_CASE("start-up requests: what is none") {
    for (const char* line :
         {"", "0", "0 0x12000", "x 0 0x12000 a", "0 x 0 0x12000 a", "99 0x12000 a", "0 0xg a", "0 0x12000 @ a", "0 0x12000 @9999 a",
          "bulk 0 0x1 a", "bulk 4 0x1", "hash 64 0x1 a", "free 9", "free 9 image", "free 0 image+1", "free 9 image+0x1 more",
          "setup_per_cpu_pageset now", "70000 x 0 0x1 a", "0 0x10000000000000000 a"}) {
        CAPTURE(line);
        CHECK_FALSE(parse_start_up_request(line));
    }
}

TEST_CASE("start-up caches: a name, sizes, flags in words") {
    const auto cache = parse_start_up_cache("inode_cache 632 8 reclaim_account|ctor");
    REQUIRE(cache);
    CHECK(cache->name == "inode_cache");
    CHECK(cache->object_size == 632);
    CHECK(cache->align == 8);
    CHECK(cache->flags == SLAB_RECLAIM_ACCOUNT);
    CHECK(cache->ctor);
    CHECK(parse_start_up_cache("pid 128 64"));
    for (const char* line : {"", "pid", "pid 128", "pid 0 8", "pid 128 7", "pid 128 8 shiny", "pid 128 8 ctor shiny", "pid -1 8"}) {
        CAPTURE(line);
        CHECK_FALSE(parse_start_up_cache(line));
    }
}

TEST_CASE("kernel profile: requests of start-up, and an error for each line that is none") {
    const auto profile = [](std::string requests) {
        return parse_kernel_profile({"k.toml", R"(schema = 1
[kernel]
release = "6.1.0"
arch = "arm64"
[[start_up]]
cpus = 2
nodes = 4
requests = [)" + requests + R"(]
[start_up_caches]
made = ["pid 128 64", "vmap_area 64 8"]
)"});
    };
    const KernelProfile p = profile(R"("0 0x12000 slab pid", "setup_per_cpu_pageset")");
    REQUIRE(p.start_up.size() == 1);
    CHECK(p.start_up[0].cpus == 2);
    CHECK(p.start_up[0].nodes == 4);
    CHECK(p.start_up[0].requests.size() == 2);
    CHECK(p.start_up_caches.size() == 2);
    try {
        profile(R"("0 0x12000 slab pid", "take a page", 7)");
        FAIL("no error");
    } catch (const InputError& e) {
        REQUIRE(e.diagnostics().size() == 2);
        CHECK(e.diagnostics()[0].message.starts_with("a request reads"));
        CHECK(e.diagnostics()[0].position.line == 8);
    }
}

TEST_CASE("start-up requests of a release between are those of the profile that it is made of, while flags have the same numbers") {
    const Kernel own = load_kernel("6.1-x86_64");
    CHECK_FALSE(own.start_up.empty());
    CHECK(own.start_up_of.empty());
    const Kernel later = load_kernel("6.6-x86_64");
    CHECK(later.start_up.size() == own.start_up.size());
    CHECK(later.start_up_of == "6.1-x86_64");
    // GFP flags were renumbered in 5.0.
    CHECK(load_kernel("4.20-x86_64").start_up.size() == load_kernel("4.19-x86_64").start_up.size());
    CHECK(load_kernel("5.0-x86_64").start_up.empty());
}
