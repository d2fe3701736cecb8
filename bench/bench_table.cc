// SPDX-License-Identifier: MIT
// zonecalc_bench as it is, or with --table as two tables in Markdown: times in microseconds and their ratios.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "bench.h"

namespace {

struct Result {
    double time = 0;
    double peak = 0;
};

// Keeps medians, by row and column.
class Collector : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& r : runs) {
            if (r.error_occurred) {
                fmt::print(stderr, "{}: {}\n", r.run_name.function_name, r.error_message);
                failed = true;
                continue;
            }
            if (r.run_type == Run::RT_Aggregate && r.aggregate_name != "median") continue;
            const std::string& name = r.run_name.function_name;
            const std::size_t slash = name.find('/');
            const std::string row = name.substr(0, slash);
            const auto peak = r.counters.find("peak_KiB");
            rows_[row][name.substr(slash + 1)] = {r.GetAdjustedRealTime(), peak == r.counters.end() ? 0 : double(peak->second)};
        }
    }

    void print() const {
        fmt::print("| machine | hand-over | to 4 GiB | page by page | 1,000 allocations | to 4 GiB | page by page |\n");
        fmt::print("|---|---:|---:|---:|---:|---:|---:|\n");
        for (const std::string& row : bench_rows()) {
            if (!find(row, "hand-over")) continue;
            std::string line = "| " + row;
            for (const char* column : {"hand-over", "1,000 allocations"}) {
                const Result* mine = find(row, column);
                const Result* base = find("4 GiB", column);
                const Result* twin = find(row, std::string("twin: ") + column);
                line += fmt::format(" | {:.1f} µs | {:.2f}", mine->time, mine->time / base->time);
                line += twin ? fmt::format(" | {:.{}f} times", twin->time / mine->time, twin->time < 10 * mine->time ? 1 : 0)
                             : std::string(" | –");
            }
            fmt::print("{} |\n", line);
        }
        fmt::print("\n| program | time | to an empty process | peak memory |\n|---|---:|---:|---:|\n");
        const Result* empty = find("an empty process", "process");
        for (const std::string& row : bench_rows())
            if (const Result* r = find(row, "process"))
                fmt::print("| {} | {:.2f} ms | {:.1f} | {:.1f} MiB |\n", row.starts_with("zonecalc") ? "`" + row + "`" : row,
                           r->time / 1000, r->time / empty->time, r->peak / 1024);
    }

    bool failed = false;

private:
    const Result* find(const std::string& row, const std::string& column) const {
        const auto r = rows_.find(row);
        if (r == rows_.end()) return nullptr;
        const auto c = r->second.find(column);
        return c == r->second.end() ? nullptr : &c->second;
    }

    std::map<std::string, std::map<std::string, Result>> rows_;
};

}  // namespace

int main(int argc, char** argv) {
    const bool table = argc == 2 && std::strcmp(argv[1], "--table") == 0;
    char interleave[] = "--benchmark_enable_random_interleaving=true";
    char repeat[] = "--benchmark_repetitions=9";
    char shorter[] = "--benchmark_min_time=0.1";
    char* asked[] = {argv[0], interleave, repeat, shorter, nullptr};
    int count = 4;
    benchmark::Initialize(table ? &count : &argc, table ? asked : argv);
    if (!table) {
        if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
        benchmark::RunSpecifiedBenchmarks();
        return 0;
    }
    Collector collector;
    benchmark::RunSpecifiedBenchmarks(&collector);
    if (collector.failed) return 1;
    collector.print();
    return 0;
}
