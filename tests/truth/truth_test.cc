// SPDX-License-Identifier: MIT
// Recorded boots of real kernels against the model. A boot holds if every line about its zones, and where they start and how many
// pages they span and have, is equal. What depends on more than zones is counted by `fidelity`.
#include <doctest/doctest.h>

#include <algorithm>

#include "input/dtb_board.h"
#include "input/library.h"
#include "truth/boots.h"
#include "zonecalc/zonecalc.h"

using namespace zonecalc;

namespace {

bool about_zones(const GroupResult& g) {
    return g.name != "memory" && g.name != "slub" && g.name != "watermarks" && g.name != "lowmem_reserve" && g.name != "pcp" &&
           g.name != "reserved";
}

}  // namespace

// trees/NAME.dtb is the blob that boots/NAME was given.
TEST_CASE("a recorded device tree leads to the zones of its boot") {
    unsigned count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TRUTH_DIRECTORY "/../trees")) {
        if (entry.path().extension() != ".dtb") continue;
        CAPTURE(entry.path().filename().string());
        const Source blob{entry.path().string(), truth::slurp(entry.path())};
        const std::filesystem::path boot = std::filesystem::path(TRUTH_DIRECTORY) / entry.path().stem();
        Board board = truth::board_of(boot);
        const Board tree = board_from_dtb(parse_dtb(blob), load_kernel(board.kernel)).board;
        for (const ReservedMemory& r : tree.reserved_memory) {
            if (r.nomap) continue;  // seen in the zones
            CAPTURE(r.name);
            const bool as_logged = std::any_of(board.reserved.begin(), board.reserved.end(), [&](const ReservedRange& known) {
                if (!r.base) return known.size >= r.size;
                return known.base <= *r.base && *r.base + r.size <= known.base + known.size;
            });
            CHECK(as_logged);
        }
        board.memory = tree.memory;
        board.nodes = tree.nodes;
        board.reserved_memory = tree.reserved_memory;
        board.dma_limit = tree.dma_limit;
        CHECK(board.name == tree.name);
        CHECK(board.cpus == tree.cpus);
        CHECK(board.cmdline == tree.cmdline);
        for (const GroupResult& g : truth::verify_boot(boot, board).groups) {
            if (!about_zones(g)) continue;
            CAPTURE(g.title);
            CHECK(g.diff == std::vector<std::string>{});
        }
        ++count;
    }
    MESSAGE(count << " recorded device trees");
    CHECK(count >= 15);
}

// Where the boot loader put kernel and blob, and what the blob does not keep: the trees were stored with their nodes sorted, so the
// few bytes that the end of the unflattened tree depends on are those of the boot.
TEST_CASE("device tree and loader's places lead to what the boot had reserved") {
    struct Place {
        const char* boot;
        PhysAddr kernel, blob;
        u64 size, unflattened;
    };
    constexpr Place places[] = {
        {"arm64-banks-mc-pct", 0x40200000, 0x49000000, 7691, 39964},
        {"arm64-dma30-ram1g", 0x40200000, 0x49000000, 7770, 40760},
        {"arm64-dma31-kc", 0x40200000, 0x49000000, 7786, 40760},
        {"arm64-dma33", 0x40200000, 0x49000000, 7770, 40760},
        {"arm64-hp-mnode-numa2", 0x40200000, 0x49000000, 8199, 43612},
        {"arm64-mem-5g-6g", 0x40200000, 0x48200000, 1048576, 39964},
        {"arm64-memreserve-usable", 0x40200000, 0x49000000, 7713, 40060},
        {"arm64-nomap", 0x40200000, 0x49000000, 7994, 42656},
        {"arm64-numa2-off", 0x40200000, 0x48200000, 1048576, 42180},
        {"arm64-numa3-dist", 0x40200000, 0x48200000, 1048576, 44636},
        {"arm64-numa4-memless", 0x40200000, 0x48200000, 1048576, 45948},
        {"arm64-versal-rpi4-kc", 0x200000, 0x8200000, 151072, 34464},
    };
    const auto covered = [](std::vector<PhysRange> ranges) {
        std::sort(ranges.begin(), ranges.end(), [](const PhysRange& a, const PhysRange& b) { return a.begin < b.begin; });
        std::vector<PhysRange> out;
        for (const PhysRange& r : ranges) {
            if (!out.empty() && r.begin <= out.back().end)
                out.back().end = std::max(out.back().end, r.end);
            else
                out.push_back(r);
        }
        return out;
    };
    for (const Place& place : places) {
        CAPTURE(place.boot);
        const std::filesystem::path path = std::filesystem::path(TRUTH_DIRECTORY "/../trees") / (std::string(place.boot) + ".dtb");
        const Source blob{path.string(), truth::slurp(path)};
        const Board recorded = truth::board_of(std::filesystem::path(TRUTH_DIRECTORY) / place.boot);
        const Kernel kernel = load_kernel(recorded.kernel);
        Board board = board_from_dtb(parse_dtb(blob), kernel).board;
        board.kernel_base = place.kernel;
        board.device_tree->base = place.blob;
        board.device_tree->size = place.size;
        board.device_tree->unflattened = place.unflattened;
        std::vector<PhysRange> predicted, logged;
        for (const MemblockRegion& r : bring_up(board, kernel, parse_args(board.cmdline)).reserved)
            predicted.push_back({r.base, r.base + r.size});
        for (const ReservedRange& r : recorded.reserved)
            if (!r.nomap) logged.push_back({r.base, r.base + r.size});
        CHECK(covered(predicted) == covered(logged));
    }
}

TEST_CASE("every recorded boot is predicted to the digit") {
    unsigned count = 0;
    for (const std::filesystem::path& boot : truth::boots(TRUTH_DIRECTORY)) {
        CAPTURE(boot.filename().string());
        LogResult r;
        CHECK_NOTHROW(r = truth::verify_boot(boot));
        for (const GroupResult& g : r.groups) {
            if (!about_zones(g)) continue;
            CAPTURE(g.title);
            CHECK(g.verdict != Verdict::cut);
            CHECK(g.diff == std::vector<std::string>{});
        }
        ++count;
    }
    MESSAGE(count << " recorded boots");
    CHECK(count >= 500);
}

// Orders and pages alone: some kernels were recorded behind gfp_allowed_mask, and their flags are not those of the request. What
// follows from the kernel's rules is equal on every machine; what start_kernel() asks for then is, where such a machine was recorded.
TEST_CASE("the first allocations of every boot whose allocator was watched are predicted, page by page") {
    unsigned count = 0;
    unsigned to_the_end = 0;
    for (const std::filesystem::path& boot : truth::boots(TRUTH_DIRECTORY)) {
        if (!std::filesystem::exists(boot / "allocations.txt")) continue;
        CAPTURE(boot.filename().string());
        const Board board = truth::board_of(boot);
        const Kernel kernel = load_kernel(board.kernel);
        const Layout layout = bring_up(board, kernel, parse_cmdline(board.cmdline, kernel));
        const bool assumed = std::ranges::any_of(layout.notes, [](const Note& n) { return n.id == "start-up-requests"; });
        const std::string recorded = truth::slurp(boot / "allocations.txt");
        const auto lines = static_cast<std::size_t>(std::ranges::count(recorded, '\n'));
        std::string predicted;
        std::size_t known = 0;
        for (const FirstAllocation& a : layout.allocations) {
            if ((a.recorded && assumed) || known == lines) break;
            predicted += std::to_string(a.order) + ' ' + std::to_string(a.pfn) + '\n';
            ++known;
        }
        CHECK(predicted == recorded);
        ++count;
        to_the_end += known == layout.allocations.size();
    }
    MESSAGE(count << " boots");
    CHECK(count >= 330);
    CHECK(to_the_end >= 300);
}

// What the "Memory:" line calls reserved is counted from zones, and what the account calls so from memblock.
TEST_CASE("all memory of every recorded boot is accounted for, and as the kernel counts it") {
    unsigned count = 0;
    unsigned lines = 0;
    for (const std::filesystem::path& boot : truth::boots(TRUTH_DIRECTORY)) {
        CAPTURE(boot.filename().string());
        const Board board = truth::board_of(boot);
        const Kernel kernel = load_kernel(board.kernel);
        const Layout layout = bring_up(board, kernel, parse_cmdline(board.cmdline, kernel));
        if (!layout.account) continue;
        const MemoryAccount& account = *layout.account;
        CHECK(account.sum(&MemoryPart::hand_over) == account.memory());
        CHECK(account.sum(&MemoryPart::started) == account.memory());
        ++count;

        u64 reserved = 0;
        bool all_mapped = true;
        for (const MemoryPart& p : account.parts) {
            if (p.kind == MemoryPart::Kind::reserved || p.kind == MemoryPart::Kind::broken) reserved += p.hand_over;
            all_mapped = all_mapped && p.kind != MemoryPart::Kind::nomap && p.kind != MemoryPart::Kind::no_zone;
        }
        // Some kernels count the pages of a zone twice where ZONE_MOVABLE starts inside it.
        u64 present = 0;
        for (const Node& node : layout.nodes)
            for (const Zone& zone : node.zones) present += zone.present;
        u64 pages = 0;
        for (const EarlyRange& r : layout.early_ranges) pages += r.range.size();
        if (kernel.behaviours.memory_line_late || !layout.memory_line || !all_mapped || present != pages) continue;
        CHECK(reserved / kernel.page_size() == layout.memory_line->reserved + layout.memory_line->cma);
        ++lines;
    }
    MESSAGE(count << " boots, " << lines << " of them with a line to compare");
    CHECK(count >= 500);
    CHECK(lines >= 370);
}
