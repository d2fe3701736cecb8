// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "input/board_toml.h"
#include "refusal.h"

using namespace zonecalc;

namespace {

Board parsed(const std::string& text) {
    return parse_board({"b.toml", text});
}

// All diagnostics of a board, as a user sees them; "fine" where there are none.
std::string errors(const std::string& text) {
    return refusal([&] { parsed(text); }, "fine");
}

const std::string arm64 = "schema = 1\nboard.arch = \"arm64\"\n";
const std::string x86 = "schema = 1\nboard.arch = \"x86_64\"\n";
const std::string bank = "[[memory]]\nbase = 0x40000000\nsize = \"1GiB\"\n";
const std::string e820 = "[[e820]]\nbase = 0\nsize = \"1GiB\"\ntype = \"usable\"\n";

// What is wrong with one value of 'size' on line 5.
std::string size_error(const std::string& value) {
    return errors(arm64 + "[[memory]]\nbase = 0\nsize = " + value + "\n");
}
u64 size_of(const std::string& value) {
    return parsed(arm64 + "[[memory]]\nbase = 0\nsize = " + value + "\n").memory.at(0).size;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
}

}  // namespace

TEST_CASE("board: a device tree board") {
    const Board b = parsed(R"(schema = 1
[board]
name = "Samsung SMDK5420"
arch = "arm"
cpus = 8
kernel = "3.13-arm-exynos5420"
cmdline = "console=ttySAC2,115200 init=/linuxrc"
dma_zone_size = "256MiB"
phys_offset = 0x20000000
possible_nodes = [3, 1, 3]

[[memory]]
base = 0x20000000
size = "2GiB"
node = 0
flags = []

[[memory]]
base = 0xa000_0000
end = 0xbfffffff
flags = ["mirror", "hotplug", "nomap"]

[[reserved]]
name = "kernel image"
base = 0x20008000
size = "9MiB"

[[reserved]]
base = 0x30000000
end = "0x3000ffff"
flags = ["nomap"]

[[node]]
id = 0
distance = [10, 20]
cpus = [0, 1]

[[node]]
id = 1
distance = [20, 10]
)");
    CHECK(b.file == "b.toml");
    CHECK(b.name == "Samsung SMDK5420");
    CHECK(b.arch == Arch::arm);
    CHECK(b.cpus == 8u);
    CHECK(b.kernel == "3.13-arm-exynos5420");
    CHECK(b.cmdline == "console=ttySAC2,115200 init=/linuxrc");
    CHECK(b.dma_zone_size == 0x10000000u);
    CHECK(b.phys_offset == 0x20000000u);
    CHECK(!b.dma_limit);
    CHECK(b.possible_nodes == std::vector<int>{1, 3});
    REQUIRE(b.memory.size() == 2);
    CHECK(b.memory[0].base == 0x20000000);
    CHECK(b.memory[0].size == 0x80000000);
    CHECK(b.memory[0].node == 0);
    CHECK(!b.memory[0].hotplug);
    CHECK(b.memory[0].position.line == 12);
    CHECK(b.memory[1].base == 0xa0000000);
    CHECK(b.memory[1].size == 0x20000000);
    CHECK(!b.memory[1].node);
    CHECK(b.memory[1].hotplug);
    CHECK(b.memory[1].mirror);
    CHECK(b.memory[1].nomap);
    REQUIRE(b.reserved.size() == 2);
    CHECK(b.reserved[0].name == "kernel image");
    CHECK(b.reserved[0].size == 9 << 20);
    CHECK(!b.reserved[0].nomap);
    CHECK(b.reserved[1].size == 0x10000);
    CHECK(b.reserved[1].nomap);
    REQUIRE(b.nodes.size() == 2);
    CHECK(b.nodes[0].distance == std::vector<u32>{10, 20});
    CHECK(b.nodes[0].cpus == std::vector<u32>{0, 1});
}

TEST_CASE("board: an x86 board") {
    const Board b = parsed(R"(schema = 1
[board]
arch = "x86_64"
mtrr_default = "uncachable"
[[e820]]
base = 0x0
end  = 0x9fbff
type = "usable"
[[e820]]
base = 0x9fc00
size = 0x400
type = "reserved"
[[srat]]
base = 0
size = "2GiB"
node = 1
flags = ["hotplug"]
[[mirror]]
base = 0x1000
end = 0x1fff
[[mtrr]]
base = "2GiB"
size = "1GiB"
type = "write-protect"
)");
    REQUIRE(b.e820.size() == 2);
    CHECK(b.e820[0].base == 0);
    CHECK(b.e820[0].size == 0x9fc00);
    CHECK(b.e820[0].type == E820Type::ram);
    CHECK(b.e820[0].position.line == 5);
    CHECK(b.e820[1].type == E820Type::reserved);
    CHECK(b.mtrr_default == MtrrType::uncachable);
    REQUIRE(b.srat.size() == 1);
    CHECK(b.srat[0].size == u64{2} << 30);
    CHECK(b.srat[0].node == 1);
    CHECK(b.srat[0].hotplug);
    REQUIRE(b.mirror.size() == 1);
    CHECK(b.mirror[0].size == 0x1000);
    REQUIRE(b.mtrr.size() == 1);
    CHECK(b.mtrr[0].type == MtrrType::write_protected);
}

TEST_CASE("board: every spelling of an e820 type") {
    const auto type = [](const std::string& name) {
        return static_cast<u32>(parsed(x86 + e820 + "[[e820]]\nbase = 0\nsize = 1\ntype = " + name + "\n").e820.at(1).type);
    };
    CHECK(type("\"usable\"") == 1);
    CHECK(type("\"System RAM\"") == 1);
    CHECK(type("\"reserved\"") == 2);
    CHECK(type("\"device reserved\"") == 2);
    CHECK(type("\"soft reserved\"") == 0xefffffff);
    CHECK(type("\"ACPI data\"") == 3);
    CHECK(type("\"ACPI NVS\"") == 4);
    CHECK(type("\"unusable\"") == 5);
    CHECK(type("\"persistent\"") == 7);
    CHECK(type("\"persistent (type 7)\"") == 7);
    CHECK(type("\"persistent (type 12)\"") == 12);
    CHECK(type("\"persistent RAM (type 12)\"") == 12);
    CHECK(type("\"type 20\"") == 20);
    CHECK(type("\"type 4294967295\"") == 4294967295u);
    CHECK(type("20") == 20);
}

TEST_CASE("board: an unknown e820 type gets a suggestion") {
    const auto error = [](const std::string& name) {
        return errors(x86 + e820 + "[[e820]]\nbase = 0\nsize = 1\ntype = " + name + "\n");
    };
    CHECK(error("\"acpi data\"") ==
          "b.toml:10:8: error: unknown value 'acpi data' of 'type' in [[e820]]; did you mean 'ACPI data'?\ntype = \"acpi data\"\n  "
          "     ^\n");
    CHECK(error("\"type 4294967296\"") ==
          "b.toml:10:8: error: unknown value 'type 4294967296' of 'type' in [[e820]]; known are: usable, System RAM, reserved, "
          "device "
          "reserved, soft reserved, ACPI data, ACPI NVS, unusable, persistent, type N\ntype = \"type 4294967296\"\n       ^\n");
    CHECK(error("-1") == "b.toml:10:8: error: 'type' in [[e820]] must be from 0 to 4294967295\ntype = -1\n       ^\n");
    CHECK(error("[]") == "b.toml:10:8: error: 'type' in [[e820]] must be a string, not an array\ntype = []\n       ^\n");
}

TEST_CASE("board: sizes are integers or strings with a suffix") {
    CHECK(size_of("4096") == 4096);
    CHECK(size_of("0x1_0000") == 0x10000);
    CHECK(size_of("\"4096\"") == 4096);
    CHECK(size_of("\"0x1_0000\"") == 0x10000);
    CHECK(size_of("\"0X1000\"") == 0x1000);
    CHECK(size_of("\"512MiB\"") == u64{512} << 20);
    CHECK(size_of("\"1GiB\"") == u64{1} << 30);
    CHECK(size_of("\"4G\"") == u64{4} << 30);
    CHECK(size_of("\"4g\"") == u64{4} << 30);
    CHECK(size_of("\"4 gib\"") == u64{4} << 30);
    CHECK(size_of("\" 1_024K \"") == u64{1} << 20);
    CHECK(size_of("\"64T\"") == u64{64} << 40);
    CHECK(size_of("\"1PiB\"") == u64{1} << 50);
    CHECK(size_of("\"0x10M\"") == u64{16} << 20);
    CHECK(size_of("\"0x1E\"") == 0x1e);
    CHECK(size_of("\"100B\"") == 100);
}

TEST_CASE("board: what is no size says so at its place") {
    const auto message = [](const std::string& value) {
        const std::string text = size_error(value);
        return text.substr(0, text.find('\n'));
    };
    CHECK(size_error("\"\"") ==
          "b.toml:5:8: error: 'size' in [[memory]]: '' is no size; write a size such as \"512MiB\", \"4G\" or "
          "\"0x80000000\"\nsize = \"\"\n       ^\n");
    CHECK(message("\"1GB\"") ==
          "b.toml:5:8: error: 'size' in [[memory]]: '1GB' has an ambiguous suffix; write 'GiB' for powers of 1024");
    CHECK(message("\"1.5GiB\"") ==
          "b.toml:5:8: error: 'size' in [[memory]]: '1.5GiB' must be a whole number of bytes; use a smaller unit");
    CHECK(message("\"010M\"") ==
          "b.toml:5:8: error: 'size' in [[memory]]: '010M' has a leading zero, which means octal to the kernel; "
          "write it without, or as 0x…");
    CHECK(message("\"-1\"") == "b.toml:5:8: error: 'size' in [[memory]]: '-1' must not be negative");
    CHECK(message("\"16E\"") == "b.toml:5:8: error: 'size' in [[memory]]: '16E' does not fit in 64 bits");
    CHECK(message("\"0x10000000000000000\"") ==
          "b.toml:5:8: error: 'size' in [[memory]]: '0x10000000000000000' does not fit in 64 bits");
    CHECK(message("-1") == "b.toml:5:8: error: 'size' in [[memory]] must not be negative");
    CHECK(message("1.5") ==
          "b.toml:5:8: error: 'size' in [[memory]] must be an integer or a string with a size, not a floating-point number");
    CHECK(message("true") == "b.toml:5:8: error: 'size' in [[memory]] must be an integer or a string with a size, not a boolean");
    for (const char* bad : {"\"_1\"", "\"1_\"", "\"1__0\"", "\"0x\"", "\"G\"", "\"1X\"", "\"1GiBs\"", "\"1 2\"", "\"+1\"", "\"١\""})
        CHECK(message(bad).find(" is no size; write ") != std::string::npos);
}

TEST_CASE("board: numbers that TOML cannot hold: the column is that of the number, and the message says what to write") {
    CHECK(errors("a = 0xffffffffffffffff\n") ==
          "b.toml:1:5: error: parsing hexadecimal integer: '0xffffffffffffffff' is not representable in 64 bits (a size with a "
          "suffix, or of "
          "2^63 and more, is written as a string: \"0xffffffffffffffff\")\na = 0xffffffffffffffff\n    ^\n");
    CHECK(errors("a = 4G # four\n") ==
          "b.toml:1:5: error: parsing decimal integer: expected digit, saw 'G' (a size with a suffix, or of 2^63 and more, is "
          "written as a "
          "string: \"4G\")\na = 4G # four\n    ^\n");
}

TEST_CASE("board: a syntax error stops, with its place") {
    CHECK(errors("schema = 1\nboard = {\n") ==
          "b.toml:2:10: error: parsing inline table: expected key or closing '}', saw '\\n'\nboard = {\n         ^\n");
    CHECK(errors("a = 1\na = 2\n") ==
          "b.toml:2:5: error: parsing key-value pair: cannot redefine existing integer 'a'\na = 2\n    ^\n");
    CHECK(errors("a = \"\xff\"\n") == "b.toml:1:6: error: byte 0xff is no UTF-8\na = \"?\"\n     ^\n");
}

TEST_CASE("board: unknown keys get a suggestion, and all errors are reported together") {
    CHECK(errors(R"(schema = 1
[board]
	nmae = "x"
arch = "aarch64"
cpus = 0
[[memory]]
base = 0
size = "1GiB"
nodee = 1
"zz\n" = 1
[[memory]]
flags = ["hotplugg", 3]
[[memry]]
)") == R"(b.toml:3:2: error: unknown key 'nmae' in [board]; did you mean 'name'?
	nmae = "x"
	^
b.toml:4:8: error: unknown value 'aarch64' of 'arch' in [board]; did you mean 'arm64'?
arch = "aarch64"
       ^
b.toml:5:8: error: 'cpus' in [board] must be from 1 to 8192
cpus = 0
       ^
b.toml:9:1: error: unknown key 'nodee' in [[memory]]; did you mean 'node'?
nodee = 1
^
b.toml:10:1: error: unknown key 'zz?' in [[memory]]
"zz\n" = 1
^
b.toml:11:1: error: [[memory]] needs 'base'
[[memory]]
^
b.toml:11:1: error: [[memory]] needs 'size' or 'end'
[[memory]]
^
b.toml:12:10: error: unknown value 'hotplugg' of 'flags' in [[memory]]; did you mean 'hotplug'?
flags = ["hotplugg", 3]
         ^
b.toml:12:22: error: 'flags' in [[memory]] must be a string, not an integer
flags = ["hotplugg", 3]
                     ^
b.toml:13:3: error: unknown key 'memry' in the file; did you mean 'memory'?
[[memry]]
  ^
)");
}

TEST_CASE("board: CPUs that are present are possible ones, a cache line is a power of two") {
    const auto complaints = [](std::string keys) {
        const std::string text = "schema = 1\n[board]\narch = \"x86_64\"\n" + keys + "[[memory]]\nbase = 0\nsize = \"1GiB\"\n";
        return refusal_in_words([&] { parsed(text); }, "none");
    };
    CHECK(complaints("cpus = 16\npresent_cpus = 2\ncache_line_size = 128\n") == "none");
    CHECK(complaints("cpus = 2\npresent_cpus = 3\n") == "'present_cpus' is more than 'cpus', the possible ones: 2");
    CHECK(complaints("cache_line_size = 48\n") == "'cache_line_size' must be a power of two from 8 to 4096 bytes");
}

TEST_CASE("board: schema, [board] and memory are needed") {
    CHECK(errors("") ==
          "b.toml:1:1: error: 'schema = 1' is missing at the top of the file\n\n^\n"
          "b.toml:1:1: error: the file needs a table [board] with the board's 'arch'\n\n^\n"
          "b.toml:1:1: error: the board has no memory: give [[e820]] or [[memory]]\n\n^\n");
    CHECK(errors("schema = 2\nfuture = 1\n") ==
          "b.toml:1:10: error: schema 2 is not known; this zonecalc reads schema 1\nschema = 2\n         ^\n");
    CHECK(errors("schema = \"1\"\nboard.arch = \"arm64\"\n" + bank) ==
          "b.toml:1:10: error: 'schema' in the file must be an integer, not a string\nschema = \"1\"\n         ^\n");
    CHECK(errors("schema = 1\n[board]\nname = 'x'\n" + bank) == "b.toml:2:1: error: [board] needs 'arch'\n[board]\n^\n");
    CHECK(errors(arm64) == "b.toml:1:1: error: the board has no memory: give [[memory]]\nschema = 1\n^\n");
    CHECK(errors(x86 + "[[e820]]\nbase = 0\nsize = 4096\ntype = \"reserved\"\n") ==
          "b.toml:3:1: error: the board has no memory: no [[e820]] entry is 'usable'\n[[e820]]\n^\n");
    CHECK(errors(arm64 + bank + "flags = [\"nomap\"]\n") ==
          "b.toml:3:1: error: the board has no memory that a kernel may map: every [[memory]] bank is 'nomap'\n[[memory]]\n^\n");
    CHECK(errors(arm64 + "memory = []\n") ==
          "b.toml:1:1: error: the board has no memory that a kernel may map: every [[memory]] bank is 'nomap'\nschema = 1\n^\n");
}

TEST_CASE("board: tables of the wrong shape") {
    CHECK(errors(arm64 + "[memory]\nbase = 0\n") ==
          "b.toml:3:1: error: 'memory' in the file must be [[memory]], an array of tables, not a table\n[memory]\n^\n");
    CHECK(errors("schema = 1\n[[board]]\n" + bank) ==
          "b.toml:2:1: error: 'board' in the file must be [board], a table, not an array\n[[board]]\n^\n");
    CHECK(errors(arm64 + bank + "[[reserved]]\nbase = 0\nsize = 1\nname = 2010-01-01\n") ==
          "b.toml:9:8: error: 'name' in [[reserved]] must be a string, not a date or time\nname = 2010-01-01\n       ^\n");
    CHECK(errors(arm64 + "memory = [{base = 0, size = 4096}, 1]\n") ==
          "b.toml:3:36: error: 'memory' must be [[memory]], an array of tables, but this is an integer\n"
          "memory = [{base = 0, size = 4096}, 1]\n                                   ^\n");
}

TEST_CASE("board: ranges that cannot be") {
    const auto range = [](const std::string& lines) { return errors(arm64 + "[[memory]]\n" + lines); };
    CHECK(range("base = 0\nsize = 0\n") == "b.toml:5:8: error: [[memory]] is empty: 'size' is 0\nsize = 0\n       ^\n");
    CHECK(range("base = 4096\nend = 4095\n") ==
          "b.toml:5:7: error: 'end' 0xfff lies before 'base' 0x1000; 'end' is the last byte of the range\nend = 4095\n      ^\n");
    CHECK(range("base = 0\nend = 4095\nsize = 4096\n") ==
          "b.toml:5:7: error: [[memory]] has both 'size' and 'end'; give one of them\nend = 4095\n      ^\n");
    CHECK(range("base = \"0xffffffff00000000\"\nsize = \"8G\"\n") ==
          "b.toml:5:8: error: [[memory]] wraps around: base 0xffffffff00000000 + size 0x200000000 is more than 2^64\n"
          "size = \"8G\"\n       ^\n");
    CHECK(range("base = \"0xffffffff00000000\"\nsize = \"4G\"\n") ==
          "b.toml:4:8: error: [[memory]] reaches up to 0xffffffffffffffff; arm64 addresses 52 bits of physical memory at most\n"
          "base = \"0xffffffff00000000\"\n       ^\n");
    CHECK(range("base = 0\nend = \"0xffffffffffffffff\"\n") ==
          "b.toml:5:7: error: [[memory]] reaches up to 0xffffffffffffffff; arm64 addresses 52 bits of physical memory at most\n"
          "end = \"0xffffffffffffffff\"\n      ^\n");
    CHECK(range("base = 4096\nsize = \"4P\"\n") ==
          "b.toml:5:8: error: [[memory]] reaches up to 0x10000000000fff; arm64 addresses 52 bits of physical memory at most\n"
          "size = \"4P\"\n       ^\n");
    CHECK(range("base = 0\nsize = \"4P\"\n") == "fine");
}

TEST_CASE("board: what an architecture addresses") {
    const auto reach = [](const std::string& arch, int bits) {
        return errors(fmt::format("schema = 1\nboard.arch = \"{}\"\n[[memory]]\nbase = 0\nend = \"{:#x}\"\n", arch,
                                  (u64{1} << bits) - 1)) == "fine";
    };
    CHECK(reach("x86_64", 52));
    CHECK(!reach("x86_64", 53));
    CHECK(reach("i386", 52));
    CHECK(!reach("i386", 53));
    CHECK(reach("arm", 40));
    CHECK(!reach("arm", 41));
    CHECK(reach("riscv64", 56));
    CHECK(!reach("riscv64", 57));
}

TEST_CASE("board: overlapping banks are reported with the other bank") {
    CHECK(errors(arm64 + "[[memory]]\nbase = 0x1000\nsize = 0x1000\n[[memory]]\nbase = 0x0\nsize = 0x1001\n") ==
          "b.toml:7:8: error: bank overlaps another one in [0x1000-0x1000]; a kernel would merge them\nbase = 0x0\n       ^\n"
          "b.toml:4:8: note: the other bank is [0x1000-0x1fff]\nbase = 0x1000\n       ^\n");
    CHECK(errors(arm64 + "[[memory]]\nbase = 0x1000\nsize = 0x1000\n[[memory]]\nbase = 0x0\nsize = 0x1000\n") == "fine");
    // Also where another bank lies between the two.
    CHECK(errors(arm64 + "[[memory]]\nbase = 0\nsize = 0x9000\n[[memory]]\nbase = 0x1000\nsize = 0x1000\n"
                         "[[memory]]\nbase = 0x8000\nsize = 0x2000\n") ==
          "b.toml:7:8: error: bank overlaps another one in [0x1000-0x1fff]; a kernel would merge them\nbase = 0x1000\n       ^\n"
          "b.toml:4:8: note: the other bank is [0x0-0x8fff]\nbase = 0\n       ^\n"
          "b.toml:10:8: error: bank overlaps another one in [0x8000-0x8fff]; a kernel would merge them\nbase = 0x8000\n       ^\n"
          "b.toml:4:8: note: the other bank is [0x0-0x8fff]\nbase = 0\n       ^\n");
}

TEST_CASE("board: what the kernel mends in an e820 map is accepted") {
    CHECK(errors(x86 + e820 + "[[e820]]\nbase = 0x1000\nsize = 0x2000\ntype = \"reserved\"\n") == "fine");
    // The kernel counts empty entries, then drops them.
    CHECK(parsed(x86 + e820 + "[[e820]]\nbase = 0x1000\nsize = 0\ntype = \"reserved\"\n").e820.at(1).size == 0);
    CHECK(parsed(x86 + e820 + "[[e820]]\nbase = 0x1000\nend = 0xfff\ntype = \"reserved\"\n").e820.at(1).size == 0);
    CHECK(errors(x86 + "[[e820]]\nbase = 0\nsize = 0\ntype = \"usable\"\n") ==
          "b.toml:3:1: error: the board has no memory: no [[e820]] entry is 'usable'\n[[e820]]\n^\n");
}

TEST_CASE("board: tables and keys of another architecture") {
    CHECK(errors(arm64 + e820) == "b.toml:3:1: error: [[e820]] is for x86 boards; this board is arm64\n[[e820]]\n^\n");
    CHECK(errors(x86 + bank + e820) ==
          "b.toml:6:1: error: the board has both [[e820]] and [[memory]]; firmware reports one of them\n[[e820]]\n^\n"
          "b.toml:3:1: note: [[memory]] is here\n[[memory]]\n^\n");
    CHECK(
        errors(arm64 + bank + "[[mirror]]\nbase = 0\nsize = 1\n") ==
        "b.toml:6:1: error: [[mirror]] is for x86 boards with [[e820]] (elsewhere it is a flag of the bank); this board is arm64\n"
        "[[mirror]]\n^\n");
    CHECK(errors(x86 + bank + "[[mirror]]\nbase = 0\nsize = 1\n") ==
          "b.toml:6:1: error: [[mirror]] goes with [[e820]]; with [[memory]] it is a flag of the bank\n[[mirror]]\n^\n");
    CHECK(errors(arm64 + bank + "[[mtrr]]\nbase = 0\nsize = 4096\ntype = \"write_back\"\n") ==
          "b.toml:6:1: error: [[mtrr]] is for x86 boards; this board is arm64\n[[mtrr]]\n^\n"
          "b.toml:9:8: error: unknown value 'write_back' of 'type' in [[mtrr]]; did you mean 'write-back'?\ntype = "
          "\"write_back\"\n       ^\n");
    CHECK(errors(x86 + "board.phys_offset = 0\nboard.dma_zone_size = 1\nboard.dma_limit = 1\n" + e820) ==
          "b.toml:3:21: error: 'phys_offset' is for arm; this board is x86_64\nboard.phys_offset = 0\n                    ^\n"
          "b.toml:4:23: error: 'dma_zone_size' is for arm; this board is x86_64\nboard.dma_zone_size = 1\n                      ^\n"
          "b.toml:5:19: error: 'dma_limit' is for arm64 and riscv64; this board is x86_64\nboard.dma_limit = 1\n                  "
          "^\n");
    CHECK(errors(x86 + e820 + "[[mtrr]]\nbase = 0\nsize = 0x3000\ntype = \"write-back\"\n") ==
          "b.toml:8:8: error: an MTRR covers a power of two, 4096 bytes at least, and starts at a multiple of it\nbase = 0\n       "
          "^\n");
}

TEST_CASE("board: nodes and CPUs that contradict each other") {
    CHECK(
        errors(
            arm64 + "board.cpus = 2\n" + bank +
            "[[node]]\nid = 0\ncpus = [0, 2]\n[[node]]\nid = 0\n[[node]]\nid = 1024\ncpus = [0]\n[[node]]\nid = 3\ncpus = [0]\n") ==
        "b.toml:9:12: error: there is no CPU 2: [board] has cpus = 2\ncpus = [0, 2]\n           ^\n"
        "b.toml:11:6: error: node 0 has a second [[node]] table\nid = 0\n     ^\n"
        "b.toml:8:6: note: the first one is here\nid = 0\n     ^\n"
        "b.toml:13:6: error: 'id' in [[node]] must be from 0 to 1023\nid = 1024\n     ^\n"
        "b.toml:17:9: error: CPU 0 is listed twice\ncpus = [0]\n        ^\n"
        "b.toml:9:9: note: it is in node 0 here\ncpus = [0, 2]\n        ^\n");
}

TEST_CASE("board: distances are complete and possible, or absent") {
    CHECK(errors(arm64 + bank + "node = 1\n[[node]]\nid = 0\ndistance = [10]\n") ==
          "b.toml:3:1: error: node 1 has no 'distance' in a [[node]] table, but other nodes have\n[[memory]]\n^\n"
          "b.toml:9:12: note: node 0 has\ndistance = [10]\n           ^\n"
          "b.toml:9:12: error: 'distance' of node 0 has 1 values; with nodes up to 1 it needs 2\ndistance = [10]\n           ^\n");
    CHECK(
        errors(arm64 + bank + "[[node]]\nid = 0\ndistance = [11, 10]\n[[node]]\nid = 1\ndistance = [20, 10, 0]\n") ==
        "b.toml:8:13: error: the distance of node 0 to itself is 11; it must be 10, or a kernel ignores the whole table\n"
        "distance = [11, 10]\n            ^\n"
        "b.toml:8:17: error: the distance of node 0 to node 1 is 10; it must be more than 10, or a kernel ignores the whole table\n"
        "distance = [11, 10]\n                ^\n");
    CHECK(errors(arm64 + bank + "[[node]]\nid = 0\ndistance = [10, 256]\n[[node]]\nid = 1\ndistance = [20, 10]\n") ==
          "b.toml:8:17: error: 'distance' in [[node]] must be from 0 to 255\ndistance = [10, 256]\n                ^\n");
    // Ids may have gaps; what stands at a gap does not matter.
    CHECK(errors(arm64 + bank + "[[node]]\nid = 0\ndistance = [10, 0, 20]\n[[node]]\nid = 2\ndistance = [20, 0, 10]\n") == "fine");
    CHECK(errors(arm64 + bank + "[[node]]\nid = 0\n[[node]]\nid = 1\ncpus = [0]\n") == "fine");
}

TEST_CASE("board: expectations") {
    const Board b = parsed(arm64 + bank + R"(
[[expect]]
zone = "Movable"
node = 0
start_pfn = 0x80000
[[expect]]
zone = "DMA32"
op = ">="
present = "1M"
bytes = "2GiB"
[[expect]]
zone = "Device"
op = "!="
pages = 0
)");
    REQUIRE(b.expect.size() == 3);
    CHECK(b.expect[0].zone == ZoneType::Movable);
    CHECK(b.expect[0].node == 0);
    REQUIRE(b.expect[0].conditions.size() == 1);
    CHECK(b.expect[0].conditions[0].figure.text == "node:0.zone:Movable.start_pfn");
    CHECK(b.expect[0].conditions[0].op == Op::eq);
    CHECK(b.expect[0].conditions[0].wanted == Wanted{Wanted::Kind::number, 0x80000, "524288"});
    REQUIRE(b.expect[1].conditions.size() == 2);
    CHECK(!b.expect[1].node);
    CHECK(b.expect[1].conditions[0].figure.name == "present");
    CHECK(b.expect[1].conditions[0].op == Op::ge);
    CHECK(b.expect[1].conditions[0].wanted == Wanted{Wanted::Kind::bytes, 1 << 20, "1M"});
    CHECK(b.expect[1].conditions[1].figure.name == "bytes");
    CHECK(b.expect[1].conditions[1].op == Op::ge);
    CHECK(b.expect[2].conditions[0].op == Op::ne);
}

TEST_CASE("board: expectations that no kernel can answer") {
    CHECK(errors(arm64 + bank +
                 "[[expect]]\nzone = \"movable\"\npages = 1\n[[expect]]\nzone = \"Low\"\npages = 1\n"
                 "[[expect]]\nzone = \"DMA\"\nop = \"=>\"\n[[expect]]\npages = 1\n") ==
          "b.toml:7:8: error: no kernel has a zone 'movable'; did you mean 'Movable'?\nzone = \"movable\"\n       ^\n"
          "b.toml:10:8: error: no kernel has a zone 'Low'; known are: DMA, DMA32, Normal, HighMem, Movable, Device\nzone = "
          "\"Low\"\n       ^\n"
          "b.toml:12:1: error: [[expect]] expects nothing; give at least one of: start_pfn, end_pfn, pages, spanned, present, "
          "managed, free, bytes, blocks, figure, alloc, reserved\n[[expect]]\n^\n"
          "b.toml:14:6: error: unknown value '=>' of 'op' in [[expect]]; did you mean '>='?\nop = \"=>\"\n     ^\n"
          "b.toml:15:1: error: [[expect]] needs 'zone'\n[[expect]]\n^\n");
}

TEST_CASE("board: text that the TOML library trips over is an error like any other") {
    CHECK(errors("[.a]\n") == "b.toml:1:2: error: expected a key or a value, saw '.'\n[.a]\n ^\n");
    CHECK(errors("[[ .a]]\n") == "b.toml:1:4: error: expected a key or a value, saw '.'\n[[ .a]]\n   ^\n");
    CHECK(errors("a = \xc3\xa9\n") == "b.toml:1:5: error: parsing value: could not determine value type\na = \xc3\xa9\n    ^\n");
    CHECK(
        errors("\xc3\xa9 = 1\n") ==
        "b.toml:1:1: error: parsing root table: expected keys, tables, whitespace or comments, saw '\xc3\xa9'\n\xc3\xa9 = 1\n^\n");
    CHECK(errors("a\xc2\xa0= 1\n") ==
          "b.toml:1:2: error: parsing key-value pair: expected '=', saw '\xc2\xa0'\na\xc2\xa0= 1\n ^\n");
    CHECK(errors(arm64 + "board.name = \"\"\"a\\\n  \xc3\xa9\"\"\"\n" + bank) == "fine");
}

TEST_CASE("board: depth cannot exhaust the stack") {
    CHECK(errors("a = " + repeated("[", 100000)).starts_with("b.toml:1:37: error: nested more than 32 deep\n"));
    CHECK(errors("a = " + repeated("{a=", 100000)).find("error: nested more than 32 deep\n") != std::string::npos);
    CHECK(errors(repeated("a.", 100000) + "a = 1\n").starts_with("b.toml:1:32: error: a key of more than 16 parts\n"));
    CHECK(errors("[" + repeated("a.", 100000) + "a]\n").starts_with("b.toml:1:33: error: a key of more than 16 parts\n"));
    CHECK(errors("[[" + repeated("\"a\" . ", 100000) + "a]]\n").find("error: a key of more than 16 parts\n") != std::string::npos);
    // Quotes at the end of a multi-line string do not hide what follows.
    CHECK(
        errors("a = {b = \"\"\"x\"\"\"\"\", " + repeated("a.", 100000) + "a = 1}\n").find("error: a key of more than 16 parts\n") !=
        std::string::npos);
    // Neither strings nor comments nor numbers are keys.
    CHECK(errors(arm64 + "board.name = \"" + repeated(".", 100) + "[[[[" + repeated("[", 50) + "\" # " + repeated("[.", 50) + "\n" +
                 bank) == "fine");
    CHECK(errors(arm64 + "board.name = '''" + repeated(".", 100) + "\n" + repeated("[", 50) + "'''\n" + bank) == "fine");
}

TEST_CASE("board: long arrays are bounded, many banks are not slow") {
    std::string text = arm64;
    for (int i = 0; i < 65536; ++i) text += fmt::format("[[memory]]\nbase = {:#x}\nsize = 4096\n", (65536 - i) * 8192);
    CHECK(parsed(text).memory.size() == 65536);
    text += "[[memory]]\nbase = 0\nsize = 4096\n";
    CHECK(errors(text) == "b.toml:3:1: error: 'memory' in the file has 65537 entries; 65536 are possible\n[[memory]]\n^\n");
    CHECK(errors(std::string((16 << 20) + 1, '\n')) == "b.toml: error: is larger than 16 MiB, which is no plausible input\n");
}

TEST_CASE("board: line ends, tabs and a byte order mark") {
    CHECK(errors("\xef\xbb\xbfschema = 1\r\nboard.arch = \"arm64\"\r\n[[memory]]\r\nbase = 0\r\nsize\t=\t4096\r\n") == "fine");
    CHECK(errors("\xef\xbb\xbfschemaa = 1\r\n")
              .starts_with("b.toml:1:1: error: 'schema = 1' is missing at the top of the file\nschemaa = 1\n^\n"));
}
