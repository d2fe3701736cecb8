// SPDX-License-Identifier: MIT
// What hand-over and allocations cost on machines of any size, what they cost page by page, and what the whole program costs beside
// an empty process: zonecalc_bench --benchmark_time_unit=us
#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>

#include "mm/page_alloc.h"
#include "property/twin.h"

extern char** environ;

using namespace zonecalc;

namespace {

struct Machine {
    Kernel kernel;
    Layout layout;
    u64 pages = 0;
};

// `nodes` equal nodes from 4 GiB on, each with a kernel-like reservation at its start and a small one near its end.
Machine make(u64 bytes, int nodes) {
    Machine m;
    m.kernel.version = {6, 1, 192};
    m.kernel.behaviours = behaviours_of(m.kernel.version);
    m.kernel.numa = true;
    for (const ZoneType z : {ZoneType::DMA, ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable})
        m.kernel.zones[static_cast<std::size_t>(z)] = true;
    const u64 size = bytes / static_cast<u64>(nodes);
    PhysAddr at = u64{4} << 30;
    for (int nid = 0; nid < nodes; ++nid, at += size) {
        m.layout.memory.push_back({at, size, nid, 0, {}});
        m.layout.reserved.push_back({at, 0x2345000, nid, 0, {}});
        m.layout.reserved.push_back({at + size - 0x123000, 0x21000, nid, 0, {}});
        Node n;
        n.id = nid;
        n.range = {at >> 12, (at + size) >> 12};
        n.spanned = n.present = n.range.size();
        for (const ZoneType type : {ZoneType::DMA, ZoneType::DMA32, ZoneType::Normal, ZoneType::Movable}) {
            Zone z;
            z.type = type;
            if (type == ZoneType::Normal) z.start_pfn = n.range.begin, z.spanned = z.present = z.managed_initial = n.spanned;
            n.zones.push_back(z);
        }
        m.layout.nodes.push_back(std::move(n));
    }
    m.layout.nr_online_nodes = static_cast<unsigned>(nodes);
    for (Node& n : m.layout.nodes) {
        n.zonelist_thisnode = {{n.id, ZoneType::Normal}};
        for (int i = 0; i < nodes; ++i) n.zonelist.push_back({(n.id + i) % nodes, ZoneType::Normal});
    }
    m.layout.max_low_pfn = at >> 12;
    m.pages = at >> 12;
    return m;
}

constexpr unsigned orders[] = {0, 0, 0, 1, 0, 2, 0, 0, 3, 0};
constexpr u64 gfps[] = {0xcc0, 0xdc0, 0x52010, 0xcc0, 0x100cca};

void hand_over_of(benchmark::State& state, u64 bytes, int nodes) {
    const Machine m = make(bytes, nodes);
    for (auto _ : state) benchmark::DoNotOptimize(PageAllocator(m.kernel, m.layout).buddy().zones().size());
}

void thousand_of(benchmark::State& state, u64 bytes, int nodes) {
    const Machine m = make(bytes, nodes);
    for (auto _ : state) {
        state.PauseTiming();
        PageAllocator allocator(m.kernel, m.layout);
        state.ResumeTiming();
        for (unsigned i = 0; i < 1000; ++i)
            benchmark::DoNotOptimize(
                allocator.alloc_pages(orders[i % std::size(orders)], gfps[i % std::size(gfps)], static_cast<int>(i) % nodes).pfns);
    }
}

void twin_hand_over(benchmark::State& state) {
    const Machine m = make(u64{512} << 20, 1);
    for (auto _ : state) benchmark::DoNotOptimize(twin::Twin(m.kernel, m.layout, static_cast<int>(m.pages)).zones().size());
}

void twin_thousand(benchmark::State& state) {
    const Machine m = make(u64{512} << 20, 1);
    for (auto _ : state) {
        state.PauseTiming();
        twin::Twin twin(m.kernel, m.layout, static_cast<int>(m.pages));
        state.ResumeTiming();
        for (unsigned i = 0; i < 1000; ++i) {
            twin::Request r;
            r.order = orders[i % std::size(orders)];
            const u64 gfp = gfps[i % std::size(gfps)];
            r.type = gfp & 8 ? MigrateType::Movable : gfp & 0x10 ? MigrateType::Reclaimable : MigrateType::Unmovable;
            r.highest = gfp & 2 ? ZoneType::Movable : ZoneType::Normal;
            benchmark::DoNotOptimize(twin.alloc(r));
        }
    }
}

void process(benchmark::State& state, std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
    for (auto _ : state) {
        pid_t pid = 0;
        int status = 0;
        if (posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ) != 0 || waitpid(pid, &status, 0) < 0 || status != 0)
            state.SkipWithError("the program failed");
    }
    posix_spawn_file_actions_destroy(&actions);
}

constexpr u64 GiB = u64{1} << 30;

}  // namespace

BENCHMARK_CAPTURE(hand_over_of, 512MiB, GiB / 2, 1);
BENCHMARK_CAPTURE(hand_over_of, 4GiB, 4 * GiB, 1);
BENCHMARK_CAPTURE(hand_over_of, 64GiB, 64 * GiB, 1);
BENCHMARK_CAPTURE(hand_over_of, 64TiB_one_node, 65536 * GiB, 1);
BENCHMARK_CAPTURE(hand_over_of, 4TiB_8_nodes, 4096 * GiB, 8);
BENCHMARK_CAPTURE(hand_over_of, 64TiB_64_nodes, 65536 * GiB, 64);
BENCHMARK_CAPTURE(thousand_of, 512MiB, GiB / 2, 1);
BENCHMARK_CAPTURE(thousand_of, 64GiB, 64 * GiB, 1);
BENCHMARK_CAPTURE(thousand_of, 4TiB_8_nodes, 4096 * GiB, 8);
BENCHMARK_CAPTURE(thousand_of, 64TiB_64_nodes, 65536 * GiB, 64);
BENCHMARK(twin_hand_over);
BENCHMARK(twin_thousand);
BENCHMARK_CAPTURE(process, empty, {"/bin/true"});
BENCHMARK_CAPTURE(process, version, {ZONECALC_PROGRAM, "--version"});
BENCHMARK_CAPTURE(process, run, {ZONECALC_PROGRAM, "run", "samsung-smdk5420"});

BENCHMARK_MAIN();
