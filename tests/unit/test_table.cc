// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "report/table.h"

using namespace zonecalc;

namespace {

Table sample() {
    Table table({{"NAME"}, {"MIN PARTIAL", true}, {"NOTE", false, true}});
    table.row({"a b", number_cell(5), "x\ty\\\x1b"});
    table.row({"longer", "-"});
    return table;
}

}  // namespace

TEST_CASE("table: columns are aligned, numbers to the right, extra ones left out") {
    std::string out;
    sample().print(out);
    CHECK(out ==
          "  NAME    MIN PARTIAL\n"
          "  a b               5\n"
          "  longer            -\n");
}

TEST_CASE("table: without the line of names columns are as wide as their cells") {
    std::string out;
    sample().print(out, {0, "", "", false});
    CHECK(out ==
          "a b     5\n"
          "longer  -\n");
}

TEST_CASE("table: a raw line divides at every blank") {
    Table table = sample();
    table.show({2, 1, 0});
    std::string out;
    table.print_raw(out, true);
    CHECK(out ==
          "NOTE MIN_PARTIAL NAME\n"
          "x\\x09y\\x5c\\x1b 5 a\\x20b\n"
          "- - longer\n");
}

TEST_CASE("table: tabs keep cells as they are") {
    Table table = sample();
    std::string out;
    table.print_tabs(out, true);
    CHECK(out == "NAME\tMIN PARTIAL\na b\t5\nlonger\t-\n");
}

TEST_CASE("table: JSON has keys of the names, numbers, and null for what is not there") {
    Table table = sample();
    table.show({0, 1, 2});
    CHECK(table.json("things") ==
          "{\n"
          "  \"schema\": \"zonecalc.things/1\",\n"
          "  \"things\": [\n"
          "    {\"name\": \"a b\", \"min_partial\": 5, \"note\": \"x\\ty\\\\\\u001b\"},\n"
          "    {\"name\": \"longer\", \"min_partial\": null, \"note\": null}\n"
          "  ]\n"
          "}\n");
}

TEST_CASE("table: columns are found in any case, with any of blank, '_' and '-'") {
    const Table table = sample();
    for (const char* name : {"MIN PARTIAL", "min_partial", "Min-Partial"}) CHECK(table.find(name) == 1u);
    CHECK(!table.find("MIN"));
    CHECK(!table.find(""));
}
