// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <zlib.h>

#include "input/plain_file.h"
#include "refusal.h"

using namespace zonecalc;

namespace {

std::string plain_text(std::string bytes) {
    return plain({"f", std::move(bytes)}).text;
}

// All that is said of a file that is refused.
std::string refused(std::string bytes) {
    std::string text;
    const std::string said = refusal([&] { text = plain_text(std::move(bytes)); });
    return said.empty() ? "read: " + text : said;
}

std::string gzipped(std::string_view text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string utf16(std::string_view text, bool little) {
    std::string out;
    for (const char c : text) (out += little ? c : '\0') += little ? '\0' : c;
    return out;
}

}  // namespace

TEST_CASE("a file that is text stays as it is") {
    CHECK(plain_text("Linux version 6.1\n") == "Linux version 6.1\n");
    CHECK(plain_text("\xef\xbb\xbfLinux version 6.1\n") == "Linux version 6.1\n");
    CHECK(plain_text(std::string(40, '\0') + "Linux") == std::string(40, '\0') + "Linux");
}

TEST_CASE("a packed log is unpacked, another packer's is refused with what to do") {
    const std::string log = "Linux version 6.1\n";
    CHECK(plain_text(gzipped(log)) == log);
    CHECK(refused(gzipped(log).substr(0, 12)) == "f: error: this gzip file is damaged or too large\n");
    CHECK(refused(std::string("\xfd"
                              "7zXZ\0\0",
                              7)) == "f: error: this file is packed with xz\nzonecalc: note: unpack it first: xz -dc\n");
    CHECK(refused("BZh91AY") == "f: error: this file is packed with bzip2\nzonecalc: note: unpack it first: bzip2 -dc\n");
}

TEST_CASE("UTF-16 is read with and without a mark") {
    const std::string log = "[    0.000000] Linux version 6.1.0\r\n";
    for (const bool little : {true, false}) {
        CHECK(plain_text((little ? "\xff\xfe" : "\xfe\xff") + utf16(log, little)) == log);
        CHECK(plain_text(utf16(log, little)) == log);
    }
    CHECK(plain_text(std::string("\xff\xfe"
                                 "a\0\x1c\x20"
                                 "b",
                                 7)) == "a?");
}

TEST_CASE("a file with nothing in it is refused") {
    for (const std::string& bytes : {std::string(), std::string("\n \r\n"), std::string(100, '\0'), gzipped("")})
        CHECK(refused(bytes) == "f: error: this file is empty\n");
}

TEST_CASE("a journal as JSON has the kernel's messages on the lines of the file") {
    CHECK(plain_text("{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"Linux version 6.1\"}\n"
                     "{\"MESSAGE\":\"Memory: 1K/2K \\\"x\\\"\"}\n"
                     "{\"_TRANSPORT\":\"stdout\",\"MESSAGE\":\"of a service\"}\n"
                     "{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":[65,10,255]}\n"
                     "{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":null}\n"
                     "{\"_TRANSPORT\":\"kernel\",\"MESS") == "Linux version 6.1\nMemory: 1K/2K \"x\"\n\nA \xff\n\n\n");
}

TEST_CASE("dmesg --json has messages among the other members of a record") {
    CHECK(plain_text("{\n   \"dmesg\": [\n      {\n         \"pri\": 5,\n         \"msg\": \"Linux \\u0041\"\n      },{\n"
                     "         \"msg\": \"cut") == "\n\n\n\nLinux A\n\n\n");
}

TEST_CASE("other JSON is no log") {
    const std::string layout = "{\n  \"schema\": 1\n}\n";
    CHECK(plain_text(layout) == layout);
    CHECK(plain_text("{") == "{");
}
