// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "input/kernel_toml.h"
#include "input/library.h"
#include "input/start_up_file.h"
#include "input/start_up_requests.h"
#include "mm/slub.h"
#include "refusal.h"
#include "zonecalc/zonecalc.h"

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

namespace {

KernelProfile profile(const std::string& requests, const std::string& caches = R"("pid 128 64", "vmap_area 64 8")") {
    return parse_kernel_profile({"k.toml", R"(schema = 1
[kernel]
release = "6.1.0"
arch = "arm64"
[[start_up]]
cpus = 2
nodes = 4
requests = [)" + requests + R"(]
[start_up_caches]
made = [)" + caches + R"(]
)"});
}

// What is said of a profile, all of it.
std::string complaints(const std::string& requests, const std::string& caches = "") {
    return refusal([&] { profile(requests, caches); });
}

}  // namespace

TEST_CASE("kernel profile: requests of start-up, and an error for each line that is none") {
    const KernelProfile p = profile(R"("0 0x12000 slab pid", "setup_per_cpu_pageset")");
    REQUIRE(p.start_up.size() == 1);
    CHECK(p.start_up[0].cpus == 2);
    CHECK(p.start_up[0].nodes == 4);
    CHECK(p.start_up[0].requests.size() == 2);
    CHECK(p.start_up_caches.size() == 2);
    const std::string shape =
        "a request reads \"ORDER GFP WHAT\", \"bulk COUNT GFP WHAT\", \"hash SCALE GFP WHAT\", \"free COUNT image+OFFSET\" or "
        "\"setup_per_cpu_pageset\"\n";
    CHECK(complaints(R"("0 0x12000 slab pid", "take a page", 7)") == "k.toml:8:35: error: " + shape +
                                                                         R"(requests = ["0 0x12000 slab pid", "take a page", 7]
                                  ^
)" + "k.toml:8:50: error: " + shape +
                                                                         R"(requests = ["0 0x12000 slab pid", "take a page", 7]
                                                 ^
)");
    CHECK(complaints("", R"("pid 128")") ==
          R"(k.toml:10:9: error: a cache reads "NAME OBJECT_SIZE ALIGN FLAGS", flags in words: "hwcache_align|ctor"
made = ["pid 128"]
        ^
)");
}

TEST_CASE("kernel profile: what no machine could ask for is refused") {
    for (const char* line :
         {"63 0x1 a", "32 0x1 a", "9223372036854775808 x 0 0x1 a", "bulk 9223372036854775808 0x1 a", "hash 2147483648 0x1 a",
          "hash -1 0x1 a", "free 1 image+0xffffffffffffffff", "free 65537 image+0", "0 0x1 @4294967296 a", "0 -1 a"}) {
        CAPTURE(line);
        CHECK_FALSE(parse_start_up_request(line));
    }
    CHECK_FALSE(parse_start_up_cache("pid 1073741825 8"));
    CHECK_FALSE(parse_start_up_cache("pid 128 2097152"));
    CHECK_FALSE(parse_start_up_cache("pid 128 9223372036854775808"));
    // Each line is good, all of them together are not.
    CHECK(complaints(R"("65536 x 0 0x1 a")") == "");
    CHECK(complaints(R"("65536 x 0 0x1 a", "free 1 image+0")") ==
          R"(k.toml:8:12: error: 'requests' come to 65537 blocks and pages; 65536 are read at most
requests = ["65536 x 0 0x1 a", "free 1 image+0"]
           ^
)");
    std::string many = "\"a 8 8\"";
    for (unsigned i = 0; i < 4096; ++i) many += ",\"a 8 8\"";
    CHECK(complaints("", many).starts_with("k.toml:10:8: error: 'made' has more than 4096 caches\n"));
}

namespace {

std::string file_complaints(const std::string& text) {
    return refusal([&] { parse_start_up_file({"k.start_up", text}); });
}

}  // namespace

TEST_CASE("start-up file: machines with their requests, and caches") {
    const StartUpFile file = parse_start_up_file({"k.start_up",
                                                  "# a comment\n"
                                                  "cpus=2\r\n"
                                                  "0 0x12000 slab pid\r\n"
                                                  "\n"
                                                  "setup_per_cpu_pageset\n"
                                                  "cpus=0x10 nodes=4\n"
                                                  "caches\n"
                                                  "pid 128 64\n"
                                                  "café 64 8 ctor"});
    REQUIRE(file.start_up.size() == 2);
    CHECK(file.start_up[0].cpus == 2);
    CHECK(file.start_up[0].nodes == 1);
    REQUIRE(file.start_up[0].requests.size() == 2);
    CHECK(file.start_up[0].requests[0].what == "slab pid");
    CHECK(file.start_up[0].requests[1].op == StartUpRequest::Op::pageset);
    CHECK(file.start_up[1].cpus == 16);
    CHECK(file.start_up[1].nodes == 4);
    CHECK(file.start_up[1].requests.empty());
    REQUIRE(file.caches.size() == 2);
    CHECK(file.caches[1].name == "café");
    CHECK(parse_start_up_file({"k.start_up", ""}).start_up.empty());
}

TEST_CASE("start-up file: every line that says nothing is shown") {
    CHECK(file_complaints("0 0x12000 a\ncpus=1 nodes=\ncpus=8193\ncpus=0\n0 a\ncaches\npid\n") ==
          R"(k.start_up:1:1: error: before the first request there must be a line "cpus=N" or "cpus=N nodes=N"
0 0x12000 a
^
k.start_up:2:1: error: a machine reads "cpus=N" or "cpus=N nodes=N", up to 8192 and 1024
cpus=1 nodes=
^
k.start_up:3:1: error: a machine reads "cpus=N" or "cpus=N nodes=N", up to 8192 and 1024
cpus=8193
^
k.start_up:4:1: error: a machine reads "cpus=N" or "cpus=N nodes=N", up to 8192 and 1024
cpus=0
^
k.start_up:5:1: error: a request reads "ORDER GFP WHAT", "bulk COUNT GFP WHAT", "hash SCALE GFP WHAT", "free COUNT image+OFFSET" or "setup_per_cpu_pageset"
0 a
^
k.start_up:7:1: error: a cache reads "NAME OBJECT_SIZE ALIGN FLAGS", flags in words: "hwcache_align|ctor"
pid
^
)");
    CHECK(file_complaints("cpus=1\n0 0x12000 \xffslab\n0 0x12000 a\x1b[1m\n") ==
          R"(k.start_up:2:11: error: byte 0xff is no part of a text
0 0x12000 ?slab
          ^
k.start_up:3:12: error: byte 0x1b is no part of a text
0 0x12000 a?[1m
           ^
)");
}

TEST_CASE("start-up file: so many requests and caches, and no more") {
    CHECK(file_complaints("cpus=1\n65536 x 0 0x1 a\ncpus=2\n65535 x 0 0x1 a\nfree 1 image+0\n") == "");
    CHECK(file_complaints("cpus=1\n65536 x 0 0x1 a\nfree 1 image+0\n") ==
          R"(k.start_up:3:1: error: more than 65536 blocks and pages of one machine
free 1 image+0
^
)");
    std::string many = "caches\n";
    for (unsigned i = 0; i < 4096; ++i) many += "a 8 8\n";
    CHECK(file_complaints(many) == "");
    CHECK(file_complaints(many + "b 8 8\n") == "k.start_up:4098:1: error: more than 4096 caches\nb 8 8\n^\n");
}

TEST_CASE("a profile names its start-up file, which lies beside it") {
    namespace fs = std::filesystem;
    const fs::path folder = fs::temp_directory_path() / "zonecalc-start-up-file";
    fs::create_directories(folder);
    const fs::path file = folder / "mine.toml";
    const auto profile = [&](const std::string& more) {
        std::ofstream(file) << "schema = 1\n[kernel]\nrelease = \"6.1.0-mine\"\nversion = \"6.1.192\"\narch = \"x86_64\"\n"
                               "like = \"6.1-x86_64\"\nstart_up = \"mine.start_up\"\n"
                            << more;
    };
    const auto complaint = [&] { return refusal([&] { load_kernel(file.string()); }); };
    profile("");
    CHECK(complaint() == "zonecalc: error: kernel profile '" + file.string() +
                             "': there is no file 'mine.start_up' beside it, which its 'start_up' names\n");
    std::ofstream(folder / "mine.start_up") << "cpus=4\n0 0xcc0 mine\ncaches\nmine 64 8\n";
    const Kernel kernel = load_kernel(file.string());
    REQUIRE(kernel.start_up.size() == 1);
    CHECK(kernel.start_up[0].requests[0].what == "mine");
    CHECK(kernel.start_up_caches.size() == 1);
    CHECK(kernel.start_up_of.empty());
    std::ofstream(folder / "mine.start_up") << "cpus=4\n0\n";
    CHECK(complaint().starts_with(folder.string() + "/mine.start_up:2:1: error: a request reads "));
    profile("[start_up_caches]\nmade = []\n");
    CHECK(complaint() ==
          file.string() +
              ":7:12: error: 'start_up' names a file of what [[start_up]] and [start_up_caches] say: one or the other\n"
              "start_up = \"mine.start_up\"\n           ^\n");
    fs::remove_all(folder);
}

TEST_CASE("every shipped start-up file belongs to a profile") {
    namespace fs = std::filesystem;
    std::size_t files = 0, named = 0;
    for (const auto& entry : fs::directory_iterator(data_directory() + "/kernels"))
        if (entry.path().extension() == ".start_up") ++files;
    for (const std::string& name : shipped_kernels()) {
        std::ifstream in(data_directory() + "/kernels/" + name + ".toml");
        std::string line;
        while (std::getline(in, line)) named += line == "start_up = \"" + name + ".start_up\"";
    }
    CHECK(files == named);
    CHECK(files > 0);
}

TEST_CASE("start-up requests that a machine cannot answer end the list, and nothing else") {
    const Board board = load_board("qemu-pc-4g");
    Kernel kernel = load_kernel("6.1-x86_64");
    const auto run = [&](const char* line) {
        kernel.start_up = {
            {1,
             1,
             {*parse_start_up_request("0 0xcc0 first"), *parse_start_up_request(line), *parse_start_up_request("0 0xcc0 last")}}};
        const Layout layout = bring_up(board, kernel, parse_cmdline("", kernel));
        std::string out;
        for (const FirstAllocation& a : layout.allocations)
            if (a.step == "start_kernel") out += a.what + " ";
        const bool ended = std::ranges::any_of(layout.notes, [](const Note& n) { return n.id == "start-up-requests-end"; });
        return out + (ended ? "end" : "");
    };
    CHECK(run("31 0xffffffffffffffff a") == "first end");
    CHECK(run("0 0x12000 @1023 a") == "first end");
    CHECK(run("free 65536 image+0x100000000") == "first end");
    CHECK(run("hash 63 0xcc0 a") == "first a last ");
    CHECK(run("hash 0 0xcc0 a") == "first end");
    CHECK(run("0 0x12000 slab of_no_cache") == "first slab of_no_cache last ");
    // A huge cache has no slab that could hold an object: it is not made, and its requests are taken as they are.
    kernel.start_up_caches = {*parse_start_up_cache("giant 1073741824 8")};
    CHECK(run("0 0x12000 slab giant") == "first slab giant last ");
}

TEST_CASE("start-up caches of a profile's own stand without requests of its own") {
    namespace fs = std::filesystem;
    const fs::path file = fs::temp_directory_path() / "zonecalc-start-up-caches.toml";
    std::ofstream(file) << "schema = 1\n[kernel]\nrelease = \"6.1.0-mine\"\nversion = \"6.1.192\"\narch = \"x86_64\"\nlike = "
                           "\"6.1-x86_64\"\n[start_up_caches]\nmade = [\"mine 64 8\"]\n";
    const Kernel kernel = load_kernel(file.string());
    fs::remove(file);
    REQUIRE(kernel.start_up_caches.size() == 1);
    CHECK(kernel.start_up_caches[0].name == "mine");
    CHECK(kernel.start_up.size() == load_kernel("6.1-x86_64").start_up.size());
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
