// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "input/log_answers.h"
#include "report/verify.h"

using namespace zonecalc;

namespace {

constexpr std::string_view boot_log = R"([    0.000000] Linux version 6.1.0-56-amd64
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] Zone ranges:
[    0.000000]   DMA      [mem 0x0000000000001000-0x0000000000ffffff]
[    0.000000]   Normal   empty
[    0.000000] Movable zone start for each node
[    0.000000]   Node 0: 0x0000000040000000
[    0.000000] Early memory node ranges
[    0.000000]   node   0: [mem 0x0000000000001000-0x000000000009efff]
[    0.000000] mminit::memmap_init Initialising map node 0 zone 0 pfns 1 -> 4096
[    0.000000] Initmem setup node 0 [mem 0x0000000000001000-0x000000003ffdffff]
[    0.000000] On node 0 totalpages: 262014
[    0.000000]   DMA zone: 64 pages used for memmap
[    0.000000] On node 0, zone DMA: 1 pages in unavailable ranges
[    0.000000] setup_percpu: NR_CPUS:8192 nr_cpumask_bits:2 nr_cpu_ids:2 nr_node_ids:1
[    0.000000] Fallback order for Node 0: 0 
[    0.000000] mminit::zonelist general 0:DMA = 0:DMA 
[    0.000000] Built 1 zonelists, mobility grouping on.  Total pages: 257760
[    0.000000] Policy zone: DMA32
[    0.000000] Memory: 980772K/1048056K available (16384K kernel code, 2499K rwdata, 67284K reserved, 0K cma-reserved)
[    0.000000] SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=1
[    0.100000] smp: Bringing up secondary CPUs ...
)";

std::string shown(const Answers& answers) {
    std::string out;
    for (const AnswerGroup g : all_answer_groups) {
        if (answers[g].empty()) continue;
        out += std::string(to_string(g)) + "\n";
        for (const std::string& line : answers[g]) out += "|" + line + "\n";
    }
    return out;
}

std::string verdicts(const std::string& kernel, const std::string& prediction) {
    std::string out;
    for (const GroupResult& g : compare_answers(answers_of(kernel), answers_of(prediction)))
        if (g.verdict != Verdict::absent) out += g.name + ": " + std::string(to_string(g.verdict)) + "\n";
    return out;
}

}  // namespace

TEST_CASE("the kernel's answers are found, group by group") {
    const SplitLog split = split_log(boot_log);
    REQUIRE(split.boots.size() == 1);
    CHECK(shown(split.boots[0].answers) == R"(zone_ranges
|Zone ranges:
|  DMA      [mem 0x0000000000001000-0x0000000000ffffff]
|  Normal   empty
movable_start
|Movable zone start for each node
|  Node 0: 0x0000000040000000
node_ranges
|Early memory node ranges
|  node   0: [mem 0x0000000000001000-0x000000000009efff]
initmem
|Initmem setup node 0 [mem 0x0000000000001000-0x000000003ffdffff]
on_node
|On node 0 totalpages: 262014
|  DMA zone: 64 pages used for memmap
|On node 0, zone DMA: 1 pages in unavailable ranges
zonelists
|Fallback order for Node 0: 0
|mminit::zonelist general 0:DMA = 0:DMA
|Built 1 zonelists, mobility grouping on.
|Policy zone: DMA32
totals
|Total pages: 257760
memory
|Memory: 980772K/1048056K available (16384K kernel code, 2499K rwdata, 67284K reserved, 0K cma-reserved)
slub
|SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=1
)");
    CHECK(split.boots[0].node_range_lines == std::vector<u32>{8, 9});
}

TEST_CASE("the inputs keep their lines and lose the answers") {
    const std::string inputs = R"([    0.000000] Linux version 6.1.0-56-amd64
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable












[    0.000000] setup_percpu: NR_CPUS:8192 nr_cpumask_bits:2 nr_cpu_ids:2 nr_node_ids:1




Memory: 0K/0K available (16384K kernel code, 2499K rwdata, 0K reserved, 0K cma-reserved)

[    0.100000] smp: Bringing up secondary CPUs ...
)";
    CHECK(split_log(boot_log).inputs == inputs);
    const std::string kept = split_log(boot_log, true).inputs;
    CHECK(kept.find("[    0.000000] Early memory node ranges\n[    0.000000]   node   0: [mem 0x0000000000001000-") != kept.npos);
    CHECK(kept.find("Zone ranges") == kept.npos);
}

TEST_CASE("nothing is an answer in what a log without one has left") {
    const SplitLog once = split_log(boot_log);
    CHECK(shown(split_log(once.inputs).boots[0].answers) ==
          "memory\n|Memory: 0K/0K available (16384K kernel code, 2499K rwdata, 0K reserved, 0K cma-reserved)\n");
}

TEST_CASE("tables of kernels before 3.6 are hidden, too") {
    const std::string inputs = split_log(
                                   "Zone PFN ranges:\n  DMA      0x00000010 -> 0x00001000\n  Normal   0x00001000 -> 0x0003ffff\n"
                                   "Movable zone start PFN for each node\n  Node 0: 98304\nearly_node_map[1] active PFN ranges\n   "
                                   " 0: 0x00000010 -> 0x0003ffff\nNR_CPUS: 1\n")
                                   .inputs;
    CHECK(inputs == "\n\n\n\n\n\n\nNR_CPUS: 1\n");
}

TEST_CASE("each boot of a log has its own answers") {
    const std::string two = "Linux version 6.1\nTotal\nPolicy zone: DMA32\nLinux version 6.1\nPolicy zone: Normal\n";
    const SplitLog split = split_log(two);
    REQUIRE(split.boots.size() == 2);
    CHECK(shown(split.boot_at(2).answers) == "zonelists\n|Policy zone: DMA32\n");
    CHECK(shown(split.boot_at(4).answers) == "zonelists\n|Policy zone: Normal\n");
    CHECK(shown(split.boot_at(99).answers) == "zonelists\n|Policy zone: Normal\n");
    CHECK(shown(split.boot_at(0).answers) == "zonelists\n|Policy zone: DMA32\n");
}

TEST_CASE("a table that is printed again by another console counts once") {
    const std::string table = "Zone ranges:\n  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n";
    CHECK(shown(answers_of(table + "console [ttyS0] enabled\n" + table)) ==
          "zone_ranges\n|Zone ranges:\n|  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n");
}

TEST_CASE("blanks that mail has eaten make no difference, digits do") {
    CHECK(verdicts("Zone ranges:\n DMA [mem 0x1-0x2]\n", "Zone ranges:\n  DMA      [mem 0x1-0x2]\n") == "zone_ranges: equal\n");
    CHECK(verdicts("Zone ranges:\n DMA [mem 0x1-0x3]\n", "Zone ranges:\n  DMA      [mem 0x1-0x2]\n") == "zone_ranges: differs\n");
}

TEST_CASE("lines of the debug level count only where the log has that level") {
    const std::string prediction =
        "On node 0 totalpages: 5\n  DMA zone: 5 pages, LIFO batch:0\nOn node 0, zone DMA: 1 pages in unavailable ranges\n";
    CHECK(verdicts("On node 0, zone DMA: 1 pages in unavailable ranges\n", prediction) == "on_node: equal\n");
    CHECK(verdicts("On node 0 totalpages: 5\nOn node 0, zone DMA: 1 pages in unavailable ranges\n", prediction) ==
          "on_node: differs\n");
}

TEST_CASE("a line that the kernel has not printed is missed where others frame the place") {
    const std::string frame = "Initmem setup node 0 [mem 0x1-0x2]\n", after = "Policy zone: DMA32\n";
    const std::string prediction = frame + "On node 0, zone DMA: 1 pages in unavailable ranges\n" + after;
    CHECK(verdicts(frame + after, prediction) == "initmem: equal\non_node: differs\nzonelists: equal\n");
    CHECK(verdicts(frame + "PID hash table\n", prediction) == "initmem: equal\n");
}

TEST_CASE("a log that begins or ends among the answers agrees as far as it goes") {
    const std::string prediction = "Zone ranges:\n  DMA      [mem 0x1-0x2]\n  DMA32    empty\n";
    CHECK(verdicts("Linux version 6.1\nZone ranges:\n  DMA      [mem 0x1-0x2]\n", prediction) == "zone_ranges: cut short\n");
    CHECK(verdicts("Linux version 6.1\nZone ranges:\n  DMA      [mem 0x1-0x3]\n", prediction) == "zone_ranges: differs\n");
    CHECK(verdicts("Linux version 6.1\nZone ranges:\n  DMA      [mem 0x1-0x2]\nPID hash\n", prediction) ==
          "zone_ranges: differs\n");
    CHECK(verdicts("  DMA32    empty\nPID hash\n", prediction) == "zone_ranges: cut short\n");
}

TEST_CASE("free pages of a late Memory: line are not compared") {
    const std::string slub = "SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=1\n";
    const std::string one = "Memory: 10K/90K available (1K kernel code, 80K reserved)\n",
                      two = "Memory: 11K/90K available (1K kernel code, 80K reserved)\n";
    CHECK(verdicts(one + slub, two + slub) == "memory: differs\nslub: equal\n");
    CHECK(verdicts(slub + one, two + slub) == "memory: equal\nslub: equal\n");
    CHECK(verdicts(slub + one, slub) == "memory: not computed\nslub: equal\n");
}

TEST_CASE("zonelists that are built anew after the slabs are no answer: memory was added") {
    const std::string boot =
        "Fallback order for Node 0: 0 1\nBuilt 2 zonelists, mobility grouping on.  Total pages: 5\nPolicy zone: DMA32\n"
        "SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=2\n";
    const Answers once = answers_of(boot);
    CHECK_FALSE(once.zonelists_rebuilt);
    const std::string later =
        "Fallback order for Node 0: 0 1\nBuilt 2 zonelists, mobility grouping on.  Total pages: 9\nPolicy zone: Normal\n";
    const Answers again = answers_of(boot + later);
    CHECK(again.zonelists_rebuilt);
    CHECK(again.lines == once.lines);
    CHECK(split_log(boot + later).inputs == std::string(7, '\n'));
}

TEST_CASE("damaged logs are split") {
    std::mt19937 random(5);
    for (int i = 0; i < 2000; ++i) {
        std::string text(boot_log);
        for (auto n = 1 + random() % 8; n > 0 && !text.empty(); --n) {
            const std::size_t at = random() % text.size();
            switch (random() % 3) {
                case 0:
                    text[at] = static_cast<char>(random());
                    break;
                case 1:
                    text.erase(at, random() % 60);
                    break;
                default:
                    text.insert(at, text.substr(random() % text.size(), random() % 60));
                    break;
            }
        }
        const SplitLog split = split_log(text);
        CHECK(std::count(split.inputs.begin(), split.inputs.end(), '\n') >= std::count(text.begin(), text.end(), '\n'));
        CHECK_FALSE(split.boots.empty());
    }
}
