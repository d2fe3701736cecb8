// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "input/library.h"
#include "input/slab_table.h"
#include "mm/slub.h"
#include "refusal.h"

using namespace zonecalc;

namespace {

std::string complaints(std::string text) {
    return refusal([&] { parse_slab_table({"caches.tsv", std::move(text)}, load_kernel("6.1-x86_64")); }, "none");
}

}  // namespace

TEST_CASE("slab table: columns in any order, others kept, empty cells are unknown") {
    const SlabTable t = parse_slab_table(
        {"caches.tsv",
         "align\tname\tobject_size\tnote\tflags\tsize\n64\tdentry\t192\tx\thwcache_align|ctor\t256\n\tplain\t1K\t\t0x20000\t\n"},
        load_kernel("6.1-x86_64"));
    REQUIRE(t.rows.size() == 2);
    CHECK(t.columns == std::vector<std::string>{"align", "name", "object_size", "note", "flags", "size"});
    CHECK(t.rows[0].name == "dentry");
    CHECK(t.rows[0].object_size == 192);
    CHECK(t.rows[0].align == 64);
    CHECK(t.rows[0].size == 256);
    CHECK(t.rows[0].flags.flags == SLAB_HWCACHE_ALIGN);
    CHECK(t.rows[0].flags.ctor);
    CHECK(t.rows[1].object_size == 1024);
    CHECK(t.rows[1].align == 0);
    CHECK(!t.rows[1].size);
    CHECK(t.rows[1].flags.flags == SLAB_RECLAIM_ACCOUNT);
}

TEST_CASE("slab table: what is wrong is said with its place") {
    CHECK(complaints("") == "caches.tsv: error: there is no line of column names\n");
    CHECK(
        complaints("size\talign\n1\t2\n") ==
        "caches.tsv:1:1: error: the first line must name the columns, 'object_size' among them, divided by tabs\nsize\talign\n^\n");
    CHECK(complaints("object_size\talign\n8\n0\t8\n16\t12\n99999999999\t8\n-1\t8\n\t8\n") ==
          "caches.tsv:2:1: error: 1 cells below 2 columns\n8\n^\n"
          "caches.tsv:3:1: error: '0' is no number of bytes up to 1073741824\n0\t8\n^\n"
          "caches.tsv:4:4: error: '12' is no power of two\n16\t12\n  \t^\n"
          "caches.tsv:5:1: error: '99999999999' is no number of bytes up to 1073741824\n99999999999\t8\n^\n"
          "caches.tsv:6:1: error: '-1' is no number of bytes up to 1073741824\n-1\t8\n^\n"
          "caches.tsv:7:1: error: the object size is missing\n\t8\n^\n");
    CHECK(complaints("object_size\tflags\n8\tposion\n")
              .find("caches.tsv:2:3: error: 'posion' is no flag of a cache; did you mean 'poison'?\n") == 0);
}
