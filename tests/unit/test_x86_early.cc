// SPDX-License-Identifier: MIT
// What x86 reserves where the board does not list it. Sizes and places of whole boots: tests/truth.
#include <doctest/doctest.h>

#include "early_machine.h"

using namespace zonecalc;
using zonecalc::test::Run;

TEST_CASE("x86_64: a board of [[memory]] is reserved as well, and the missing firmware map is an assumption") {
    constexpr std::string_view banks =
        "schema = 1\n[board]\narch = \"x86_64\"\n[[memory]]\nbase = 0\nsize = \"2GiB\"\n[[memory]]\nbase = \"4GiB\"\nsize = "
        "\"1GiB\"\n";
    constexpr std::string_view entries =
        "schema = 1\n[board]\narch = \"x86_64\"\n"
        "[[e820]]\nbase = 0\nsize = \"2GiB\"\ntype = \"usable\"\n"
        "[[e820]]\nbase = 0xf0000\nsize = \"64KiB\"\ntype = \"reserved\"\n"
        "[[e820]]\nbase = \"4GiB\"\nsize = \"1GiB\"\ntype = \"usable\"\n";
    const Run of_banks(banks, "6.12-x86_64", "nokaslr"), of_entries(entries, "6.12-x86_64", "nokaslr");
    CHECK(of_banks.bytes("kernel image") > 0);
    CHECK(of_banks.layout.reserved == of_entries.layout.reserved);
    CHECK(of_banks.assumed() == "no-e820 " + of_entries.assumed());
}
