// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "report/json_text.h"
#include "report/report.h"

using namespace zonecalc;

namespace {

struct Example {
    Board board;
    Kernel kernel;
    Cmdline cmdline;
    Layout layout;

    Example() {
        board.name = "Two \"nodes\"";
        board.arch = kernel.arch = Arch::arm64;
        kernel.profile = "5.9-arm64";
        kernel.release = "5.9.1";
        kernel.version = {5, 9, 1};
        kernel.confirmation = Confirmation::recorded;
        kernel.numa = true;
        kernel.behaviours = {};
        cmdline.text = "kernelcore=1G";
        layout.memory = {{0x40000000, 0x40000000, 0, MEMBLOCK_NONE, {}},
                         {0x80000000, 0x40000000, NUMA_NO_NODE, MEMBLOCK_HOTPLUG | MEMBLOCK_NOMAP, {}}};
        layout.reserved = {{0x40080000, 0x1000, 0, MEMBLOCK_NONE, "kernel image"}, {0x50000000, 16, 0, MEMBLOCK_NONE, {}}};
        layout.zone_limits = {{ZoneType::DMA, {0x40000, 0x80000}}, {ZoneType::Normal, {}}};
        layout.movable = {MovablePath::kernelcore, ZoneType::DMA, 262144, 0, {{0, 0x60000}}};
        layout.early_ranges = {{0, {0x40000, 0x80000}}};
        Node n;
        n.range = {0x40000, 0x80000};
        n.spanned = n.present = 0x40000;
        Zone z;
        z.type = ZoneType::DMA;
        z.start_pfn = 0x40000;
        z.spanned = 0x20000;
        z.present = 0x1fff0;
        z.memmap_pages = 2048;
        z.managed_initial = 0x1f7f0;
        n.zones = {z};
        n.fallback_order = {0, 1};
        n.zonelist = {{0, ZoneType::DMA}, {1, ZoneType::Normal}};
        n.zonelist_thisnode = {{0, ZoneType::DMA}};
        layout.nodes = {n};
        layout.unavailable = {{0, ZoneType::DMA, 16}};
        layout.total_pages = 500000;
        layout.policy_zone = ZoneType::DMA;
        layout.messages = {{MessageLevel::warning, "odd", "f"}, {MessageLevel::info, "NUMA: off", "g"}};
        layout.notes = {{Note::Kind::assumption, "kernel-not-given", "5.9 is taken"}};
    }
    std::string json(Until until = Until::zones) const { return report_json(board, kernel, cmdline, layout, until); }
};

}  // namespace

TEST_CASE("json: the whole answer") {
    CHECK(Example().json() == R"({
  "schema": "zonecalc.run/1",
  "board": {"name": "Two \"nodes\"", "arch": "arm64"},
  "kernel": {"release": "5.9.1", "profile": "5.9-arm64", "version": "5.9.1", "page_size": 4096, "max_order": 10, "pageblock_order": 9, "confirmed": true},
  "cmdline": "kernelcore=1G",
  "warnings": ["odd"],
  "memblock": {
    "memory": [
      {"base": 1073741824, "size": 1073741824, "node": 0, "flags": []},
      {"base": 2147483648, "size": 1073741824, "flags": ["hotplug", "nomap"]}
    ],
    "reserved": [
      {"base": 1074266112, "size": 4096, "name": "kernel image"},
      {"base": 1342177280, "size": 16}
    ]
  },
  "zone_limits": [
    {"zone": "DMA", "start_pfn": 262144, "end_pfn": 524288},
    {"zone": "Normal", "start_pfn": 0, "end_pfn": 0}
  ],
  "movable": {
    "path": "kernelcore",
    "zone": "DMA",
    "required_kernelcore": 262144,
    "required_movablecore": 0,
    "start_pfn": [
      {"node": 0, "pfn": 393216}
    ]
  },
  "early_ranges": [
    {"node": 0, "start_pfn": 262144, "end_pfn": 524288}
  ],
  "nodes": [
    {
      "node": 0,
      "start_pfn": 262144,
      "end_pfn": 524288,
      "spanned": 262144,
      "present": 262144,
      "online": true,
      "fallback_order": [0, 1],
      "zones": [
        {"zone": "DMA", "start_pfn": 262144, "end_pfn": 393216, "spanned": 131072, "present": 131056, "managed_initial": 129008, "memmap_pages": 2048}
      ]
    }
  ],
  "unavailable": [
    {"node": 0, "zone": "DMA", "pages": 16}
  ],
  "zonelists": [
    {
      "node": 0,
      "fallback": [
        {"node": 0, "zone": "DMA"},
        {"node": 1, "zone": "Normal"}
      ],
      "thisnode": [
        {"node": 0, "zone": "DMA"}
      ]
    }
  ],
  "total_pages": 500000,
  "mobility_grouping": true,
  "policy_zone": "DMA",
  "notes": [
    {"kind": "assumed", "id": "kernel-not-given", "text": "5.9 is taken"}
  ],
  "messages": [
    {"level": "warning", "text": "odd", "function": "f"},
    {"level": "info", "text": "NUMA: off", "function": "g"}
  ]
}
)");
}

TEST_CASE("json: what is not computed is left out") {
    Example e;
    e.layout.memory.clear();
    e.layout.reserved.clear();
    e.layout.messages.clear();
    e.layout.notes.clear();
    const char* expected = R"({
  "schema": "zonecalc.run/1",
  "board": {"name": "Two \"nodes\"", "arch": "arm64"},
  "kernel": {"release": "5.9.1", "profile": "5.9-arm64", "version": "5.9.1", "page_size": 4096, "max_order": 10, "pageblock_order": 9, "confirmed": true},
  "cmdline": "kernelcore=1G",
  "warnings": [],
  "memblock": {"memory": [], "reserved": []},
  "notes": [],
  "messages": []
}
)";
    CHECK(e.json(Until::memblock) == expected);

    e.layout.panic = "it dies";
    std::string dead = expected;
    dead.insert(dead.find("  \"memblock\""), "  \"panic\": \"it dies\",\n");
    CHECK(e.json() == dead);
}

TEST_CASE("json: sums and orders that only some releases have, and no zonelists of one node without NUMA") {
    Example e;
    e.kernel.numa = false;
    e.kernel.behaviours.unavailable_ranges = UnavailableRanges::zeroed_struct_page;
    e.kernel.behaviours.zonelist_zone_order = true;
    e.layout.unavailable_pages = 7;
    e.layout.policy_zone.reset();
    const std::string json = e.json();
    CHECK(json.find("  \"unavailable_pages\": 7,\n  \"zonelists\"") != std::string::npos);
    CHECK(json.find("  \"zonelist_order\": \"node\",\n") != std::string::npos);
    CHECK(json.find("thisnode") == std::string::npos);
    CHECK(json.find("policy_zone") == std::string::npos);
}

TEST_CASE("json: text that is not UTF-8 and the largest numbers stay JSON") {
    Example e;
    e.board.name = "caf\xe9\x01";
    e.layout.memory = {{0, ~u64{0}, 0, 0, {}}};
    const std::string json = e.json(Until::memblock);
    CHECK(json.find("\"name\": \"caf\xef\xbf\xbd\\u0001\"") != std::string::npos);
    CHECK(json.find("\"size\": 18446744073709551615") != std::string::npos);
}

TEST_CASE("JSON: values and keys are written as the library writes them") {
    const nlohmann::ordered_json value = {{"largest", ~u64{0}},
                                          {"smallest", INT64_MIN},
                                          {"minus one", -1},
                                          {"yes", true},
                                          {"no", false},
                                          {"none", nullptr},
                                          {"half", 0.5},
                                          {"quotes \"and\" \\", "a \"b\" \\ c"},
                                          {"control", "tab\tline\nescape\x1b del\x7f"},
                                          {"umlaut", "\xc3\xa4"},
                                          {"empty", ""},
                                          {"list", {1, "two", nlohmann::ordered_json::array()}},
                                          {"object", nlohmann::ordered_json::object()}};
    const std::string text = json_text(value);
    CHECK(nlohmann::ordered_json::parse(text) == value);
    CHECK(text ==
          "{\n  \"largest\": 18446744073709551615,\n  \"smallest\": -9223372036854775808,\n  \"minus one\": -1,\n"
          "  \"yes\": true,\n  \"no\": false,\n  \"none\": null,\n  \"half\": 0.5,\n"
          "  \"quotes \\\"and\\\" \\\\\": \"a \\\"b\\\" \\\\ c\",\n"
          "  \"control\": \"tab\\tline\\nescape\\u001b del\x7f\",\n  \"umlaut\": \"\xc3\xa4\",\n  \"empty\": \"\",\n"
          "  \"list\": [1, \"two\", []],\n  \"object\": {}\n}\n");
    // What is no UTF-8 is replaced.
    CHECK(json_text(nlohmann::ordered_json::array({"\xff"})) == "[\n  \"\xef\xbf\xbd\"\n]\n");
}
