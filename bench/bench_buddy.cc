// SPDX-License-Identifier: MIT
// What hand-over and allocations cost on machines of any size, what they cost page by page, and what the whole program costs beside
// an empty process. Names are "row/column" of the table that bench_table.cc makes of them.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.h"
#include "mm/page_alloc.h"
#include "property/twin.h"

extern char** environ;

using namespace zonecalc;

std::vector<std::string>& bench_rows() {
    static std::vector<std::string> rows;
    return rows;
}

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

void hand_over(benchmark::State& state, u64 bytes, int nodes) {
    const Machine m = make(bytes, nodes);
    for (auto _ : state) benchmark::DoNotOptimize(PageAllocator(m.kernel, m.layout).buddy().zones().size());
}

void thousand_allocations(benchmark::State& state, u64 bytes, int nodes) {
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

// The twin has an entry for every page up to the end of memory.
void twin_hand_over(benchmark::State& state, u64 bytes, int nodes) {
    const Machine m = make(bytes, nodes);
    for (auto _ : state) benchmark::DoNotOptimize(twin::Twin(m.kernel, m.layout, static_cast<int>(m.pages)).zones().size());
}

void twin_thousand_allocations(benchmark::State& state, u64 bytes, int nodes) {
    const Machine m = make(bytes, nodes);
    for (auto _ : state) {
        state.PauseTiming();
        twin::Twin twin(m.kernel, m.layout, static_cast<int>(m.pages));
        state.ResumeTiming();
        for (unsigned i = 0; i < 1000; ++i) {
            twin::Request r;
            r.order = orders[i % std::size(orders)];
            r.node = static_cast<int>(i) % nodes;
            const u64 gfp = gfps[i % std::size(gfps)];
            r.type = gfp & 8 ? MigrateType::Movable : gfp & 0x10 ? MigrateType::Reclaimable : MigrateType::Unmovable;
            r.highest = gfp & 2 ? ZoneType::Movable : ZoneType::Normal;
            benchmark::DoNotOptimize(twin.alloc(r));
        }
    }
}

// Runs a program to its end, output thrown away. Its largest resident set in KiB, or nothing where it fails. What a child has
// before it becomes the program counts, too: that is this process's own size.
std::optional<long> run_program(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
    pid_t pid = 0;
    int status = 0;
    rusage usage{};
    const bool good = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ) == 0 &&
                      wait4(pid, &status, 0, &usage) == pid && status == 0;
    posix_spawn_file_actions_destroy(&actions);
    return good ? std::optional(usage.ru_maxrss) : std::nullopt;
}

void process(benchmark::State& state, const std::vector<std::string>& arguments, long peak) {
    for (auto _ : state)
        if (!run_program(arguments)) {
            state.SkipWithError("the program failed");
            break;
        }
    state.counters["peak_KiB"] = static_cast<double>(peak);
}

constexpr u64 GiB = u64{1} << 30;

// A PC with `nodes` nodes of the same size, as a board file that lives as long as this program.
class BoardFile {
public:
    BoardFile(u64 bytes, int nodes) {
        const int fd = ::mkstemp(path_);
        if (fd < 0) throw std::runtime_error("no temporary file");
        std::string text = "schema = 1\n[board]\narch = \"x86_64\"\nkernel = \"6.12-x86_64\"\nla57 = true\n";
        text += "[[e820]]\nbase = 0\nend = 0x9fbff\ntype = \"usable\"\n";
        text += "[[e820]]\nbase = 0x100000\nend = 0x7fffffff\ntype = \"usable\"\n";
        const u64 above = bytes - 2 * GiB;
        text += fmt::format("[[e820]]\nbase = {}\nsize = {}\ntype = \"usable\"\n", 4 * GiB, above);
        const u64 each = bytes / static_cast<u64>(nodes);
        PhysAddr at = 0;
        for (int nid = 0; nid < nodes; ++nid) {
            const PhysAddr end = nid + 1 == nodes ? 4 * GiB + above : each * static_cast<u64>(nid + 1) + 2 * GiB;
            text += fmt::format("[[srat]]\nbase = {}\nsize = {}\nnode = {}\n", at, end - at, nid);
            at = end;
        }
        const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
        ::close(fd);
        if (!written) throw std::runtime_error("cannot write a temporary file");
    }
    BoardFile(const BoardFile&) = delete;
    BoardFile& operator=(const BoardFile&) = delete;
    ~BoardFile() { ::unlink(path_); }
    const char* path() const { return path_; }

private:
    char path_[32] = "/tmp/zonecalc-bench-XXXXXX";
};

template <typename F>
void add(const std::string& name, F&& f) {
    const std::string row = name.substr(0, name.find('/'));
    if (bench_rows().empty() || bench_rows().back() != row) bench_rows().push_back(row);
    benchmark::RegisterBenchmark(name.c_str(), std::forward<F>(f))->Unit(benchmark::kMicrosecond);
}

const bool registered = [] {
    static const struct {
        const char* name;
        u64 bytes;
        int nodes;
        bool twin;
    } machines[] = {
        {"512 MiB", GiB / 2, 1, true},
        {"4 GiB", 4 * GiB, 1, true},
        {"64 GiB", 64 * GiB, 1, false},
        {"64 TiB", 65536 * GiB, 1, false},
        {"4 TiB, 8 nodes", 4096 * GiB, 8, false},
        {"64 TiB, 64 nodes", 65536 * GiB, 64, false},
    };
    for (const auto& m : machines) {
        const std::string name = m.name;
        add(name + "/hand-over", [&m](benchmark::State& s) { hand_over(s, m.bytes, m.nodes); });
        add(name + "/1,000 allocations", [&m](benchmark::State& s) { thousand_allocations(s, m.bytes, m.nodes); });
        if (!m.twin) continue;
        add(name + "/twin: hand-over", [&m](benchmark::State& s) { twin_hand_over(s, m.bytes, m.nodes); });
        add(name + "/twin: 1,000 allocations", [&m](benchmark::State& s) { twin_thousand_allocations(s, m.bytes, m.nodes); });
    }
    static const BoardFile small(4 * GiB, 1);
    static const BoardFile large(65536 * GiB, 1);
    static const BoardFile nodes(65536 * GiB, 64);
    const std::vector<std::pair<std::string, std::vector<std::string>>> programs = {
        {"an empty process", {"/bin/true"}},
        {"zonecalc --version", {ZONECALC_PROGRAM, "--version"}},
        {"zonecalc run samsung-smdk5420", {ZONECALC_PROGRAM, "run", "samsung-smdk5420"}},
        {"zonecalc run qemu-pc-4node-slit", {ZONECALC_PROGRAM, "run", "qemu-pc-4node-slit"}},
        {"zonecalc run intel-brickland-4s", {ZONECALC_PROGRAM, "run", "intel-brickland-4s"}},
        {"zonecalc run, a PC of 4 GiB", {ZONECALC_PROGRAM, "run", small.path()}},
        {"zonecalc run, a PC of 64 TiB", {ZONECALC_PROGRAM, "run", large.path()}},
        {"zonecalc run, a PC of 64 TiB on 64 nodes", {ZONECALC_PROGRAM, "run", nodes.path()}},
    };
    // Peaks are taken while this process is small.
    for (const auto& [name, arguments] : programs)
        add(name + "/process", [arguments = arguments, peak = run_program(arguments).value_or(0)](benchmark::State& s) {
            process(s, arguments, peak);
        });
    return true;
}();

}  // namespace
