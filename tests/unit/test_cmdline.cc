// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "zonecalc/cmdline.h"

using namespace zonecalc;
using namespace std::string_view_literals;

namespace {

// "offset:name=value" or "offset:name" for each word, in '|'.
std::string words(std::string_view text, bool dashes_end = true) {
    std::string out = "|";
    for (const Parameter& p : parse_args(text, dashes_end).parameters)
        out += fmt::format("{}:{}{}{}|", p.offset, p.name, p.value ? "=" : "", p.value.value_or(""));
    return out;
}

std::string size(std::string_view text, bool tera_suffixes = true) {
    const Memparse m = memparse(text, tera_suffixes);
    return fmt::format("{:#x} rest '{}'{}", m.value, m.rest, m.any_digit ? "" : " no digit");
}

}  // namespace

TEST_CASE("parse_args: blanks of every kind separate words") {
    CHECK(words("") == "|");
    CHECK(words("   ") == "|");
    CHECK(words("quiet") == "|0:quiet|");
    CHECK(words("  mem=1G  quiet ") == "|2:mem=1G|10:quiet|");
    CHECK(words("a\tb\nc\vd\fe\rf\n") == "|0:a|2:b|4:c|6:d|8:e|10:f|");
    CHECK(words("a\x1c"
                "b\x85"
                "c") ==
          "|0:a\x1c"
          "b\x85"
          "c|");
}

TEST_CASE("parse_args: byte 0xa0 is a blank, even inside a UTF-8 character") {
    CHECK(words("a\xa0"
                "b=1") == "|0:a|2:b=1|");
    CHECK(words("voil\xc3\xa0 x") == "|0:voil\xc3|7:x|");
}

TEST_CASE("parse_args: NUL ends the command line") {
    CHECK(words("mem=1G\0quiet"sv) == "|0:mem=1G|");
    CHECK(parse_args("mem=1G\0quiet"sv).text == "mem=1G");
}

TEST_CASE("parse_args: the first '=' that is not the first character splits") {
    CHECK(words("a=b=c") == "|0:a=b=c|");
    CHECK(parse_args("a=b=c").parameters[0].name == "a");
    CHECK(parse_args("=b").parameters[0].name == "=b");
    CHECK(!parse_args("=b").parameters[0].value);
    CHECK(parse_args("=b=c").parameters[0].name == "=b");
    CHECK(parse_args("=b=c").parameters[0].value == "c");
    CHECK(parse_args("a=").parameters[0].value == "");
    CHECK(words("a= b") == "|0:a=|3:b|");
    CHECK(words("a =b") == "|0:a|2:=b|");
}

TEST_CASE("parse_args: quotes protect blanks; those around a whole value or word are dropped") {
    CHECK(words("mem=\"1G\" q") == "|0:mem=1G|9:q|");
    CHECK(words("a=\"b c\" d") == "|0:a=b c|8:d|");
    CHECK(words("\"a=b c\" d") == "|0:a=b c|8:d|");
    CHECK(words("\"movable_node\" x") == "|0:movable_node|15:x|");
    CHECK(words("a=b\" \"c d") == "|0:a=b\" \"c|8:d|");
    CHECK(words("mem=1\"G\"") == "|0:mem=1\"G\"|");
    CHECK(words("a=\"b c\"d e") == "|0:a=b c\"d|9:e|");
    CHECK(words("a\" \"b=c") == "|0:a\" \"b=c|");
}

TEST_CASE("parse_args: an unclosed quote takes the rest of the line") {
    CHECK(words("a=\"b c d") == "|0:a=b c d|");
    CHECK(words("\"a=b c") == "|0:a=b c|");
    CHECK(words("a=\"") == "|0:a=|");
    CHECK(words("a=\" b") == "|0:a= b|");
    CHECK(words("\"") == "|0:|");
    CHECK(words("\"\" x") == "|0:|3:x|");
    CHECK(words("\"a=\"b") == "|0:a=b|");
    CHECK(words("\"a=\"b c\"\"") == "|0:a=b|6:c\"\"|");
}

TEST_CASE("parse_args: only one closing quote is dropped") {
    CHECK(words("a=\"b\"\" c") == "|0:a=b\"\" c|");
    CHECK(words("a=\"b\"\"\" c") == "|0:a=b\"\"|8:c|");
    CHECK(words("\"a=\"b\"\" c") == "|0:a=b\"|8:c|");
}

TEST_CASE("parse_args: '--' ends the kernel's part, except in old kernels") {
    CHECK(words("a -- b=1") == "|0:a|");
    CHECK(words("a \"--\" b=1") == "|0:a|");
    CHECK(words("a --x -- b") == "|0:a|2:--x|");
    CHECK(words("a --=1 b") == "|0:a|2:--=1|7:b|");
    CHECK(words("a -- b=1", false) == "|0:a|2:--|5:b=1|");
}

TEST_CASE("parameq: dash and underscore are the same, case is not") {
    CHECK(parameq("movable-node", "movable_node"));
    CHECK(parameq("movable_node", "movable-node"));
    CHECK(parameq("", ""));
    CHECK(!parameq("Movable_node", "movable_node"));
    CHECK(!parameq("movable_node", "movable_nodes"));
    CHECK(!parameq("movable_nodes", "movable_node"));
    CHECK(!parameq("movable node", "movable_node"));
}

TEST_CASE("memparse: decimal, hex and octal") {
    CHECK(size("0") == "0x0 rest ''");
    CHECK(size("4096") == "0x1000 rest ''");
    CHECK(size("0x1000") == "0x1000 rest ''");
    CHECK(size("0XfF") == "0xff rest ''");
    CHECK(size("010") == "0x8 rest ''");
    CHECK(size("08") == "0x0 rest '8'");
    CHECK(size("0x") == "0x0 rest 'x'");
    CHECK(size("0xg") == "0x0 rest 'xg'");
    CHECK(size("00x10") == "0x0 rest 'x10'");
}

TEST_CASE("memparse: one suffix in either case") {
    CHECK(size("1K") == "0x400 rest ''");
    CHECK(size("1k") == "0x400 rest ''");
    CHECK(size("1M") == "0x100000 rest ''");
    CHECK(size("3G") == "0xc0000000 rest ''");
    CHECK(size("1T") == "0x10000000000 rest ''");
    CHECK(size("1p") == "0x4000000000000 rest ''");
    CHECK(size("1E") == "0x1000000000000000 rest ''");
    CHECK(size("0x1e") == "0x1e rest ''");
    CHECK(size("1KK") == "0x400 rest 'K'");
    CHECK(size("1GiB") == "0x40000000 rest 'iB'");
    CHECK(size("512M@0x10") == "0x20000000 rest '@0x10'");
    CHECK(size("50%") == "0x32 rest '%'");
    CHECK(size("010M") == "0x800000 rest ''");
}

TEST_CASE("memparse: kernels up to 3.16 know no T, P and E") {
    CHECK(size("1T", false) == "0x1 rest 'T'");
    CHECK(size("1e", false) == "0x1 rest 'e'");
    CHECK(size("1g", false) == "0x40000000 rest ''");
}

TEST_CASE("memparse: what is no number is 0, but its suffix is eaten") {
    CHECK(size("") == "0x0 rest '' no digit");
    CHECK(size("mirror") == "0x0 rest 'irror' no digit");
    CHECK(size("-1G") == "0x0 rest '-1G' no digit");
    CHECK(size("+1G") == "0x0 rest '+1G' no digit");
    CHECK(size(" 1G") == "0x0 rest ' 1G' no digit");
    CHECK(size("G") == "0x0 rest '' no digit");
}

TEST_CASE("memparse: wraps at 64 bits, before and after the suffix") {
    CHECK(size("18446744073709551615") == "0xffffffffffffffff rest ''");
    CHECK(size("18446744073709551616") == "0x0 rest ''");
    CHECK(size("18446744073709551617K") == "0x400 rest ''");
    CHECK(size("0x1ffffffffffffffff") == "0xffffffffffffffff rest ''");
    CHECK(size("16E") == "0x0 rest ''");
    CHECK(size("17E") == "0x1000000000000000 rest ''");
}

TEST_CASE("simple_strtoull: stops at the first character that is no digit of the base") {
    CHECK(simple_strtoull("12,3").value == 12);
    CHECK(simple_strtoull("12,3").rest == ",3");
    CHECK(simple_strtoull("0x2U").rest == "U");
    CHECK(simple_strtoull("U").value == 0);
    CHECK(simple_strtoull("U").rest == "U");
}

TEST_CASE("command_line_size is that of the architecture") {
    CHECK(command_line_size(Arch::x86_64) == 2048);
    CHECK(command_line_size(Arch::i386) == 2048);
    CHECK(command_line_size(Arch::arm64) == 2048);
    CHECK(command_line_size(Arch::arm) == 1024);
    CHECK(command_line_size(Arch::riscv64) == 1024);
}
