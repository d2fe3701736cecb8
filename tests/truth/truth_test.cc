// SPDX-License-Identifier: MIT
// Recorded boots of real kernels against the model. A boot holds if every line about its zones, and where they start and how many
// pages they span and have, is equal. What depends on more than zones is counted by `fidelity`.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "input/dtb_board.h"
#include "input/library.h"
#include "mm/memblock.h"
#include "truth/boots.h"
#include "zonecalc/zonecalc.h"

using namespace zonecalc;

namespace {

bool about_zones(const GroupResult& g) {
    return g.name != "memory" && g.name != "slub" && g.name != "watermarks" && g.name != "lowmem_reserve" && g.name != "pcp" &&
           g.name != "reserved";
}

}  // namespace

// imported/RELEASE has boots of a kernel that no profile is shipped for: kernel.toml was made of the build's own files, and the boards
// of logs that show nothing of memblock's work. What is reserved, and all that follows from it, is computed.
TEST_CASE("a kernel that nobody recorded boots as its own files foretell") {
    unsigned count = 0;
    for (const std::filesystem::path& kernel : truth::boots(TRUTH_DIRECTORY "/../imported")) {
        for (const std::filesystem::path& boot : truth::boots(kernel)) {
            CAPTURE(boot.string());
            for (const GroupResult& g : truth::verify_boot(boot).groups) {
                CAPTURE(g.title);
                CHECK(g.diff == std::vector<std::string>{});
                if (g.name == "memory" || g.name == "slub" || g.name == "zoneinfo" || g.name == "watermarks")
                    CHECK(g.verdict == Verdict::equal);
            }
            ++count;
        }
    }
    CHECK(count >= 6);
}

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

// The recorded board says where the boot loader put kernel, blob and initrd; all else comes from the blob. The trees were stored
// with their nodes sorted: the few bytes that the end of the unflattened tree depends on, and the order of aliases, are those of
// the boot.
TEST_CASE("device tree and loader's places lead to what the boot had reserved") {
    const auto covered = [](const auto& reserved) {
        RegionList list;
        for (const auto& r : reserved) list.add(r.base, r.size);
        std::string out;
        for (const MemblockRegion& r : list.regions()) out += fmt::format("{:#x}-{:#x}\n", r.base, r.end() - 1);
        return out;
    };
    unsigned count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TRUTH_DIRECTORY "/../trees")) {
        const std::filesystem::path& path = entry.path();
        if (path.extension() != ".dtb") continue;
        CAPTURE(path.filename().string());
        Board recorded = truth::board_of(std::filesystem::path(TRUTH_DIRECTORY) / path.stem());
        const Kernel kernel = load_kernel(recorded.kernel);
        Board board = board_from_dtb(parse_dtb({path.string(), truth::slurp(path)}), kernel).board;
        REQUIRE(board.device_tree);
        REQUIRE(recorded.device_tree);
        REQUIRE(recorded.kernel_base);
        board.kernel_base = recorded.kernel_base;
        board.loaded = recorded.loaded;
        board.device_tree->base = recorded.device_tree->base;
        board.device_tree->size = recorded.device_tree->size;
        board.device_tree->unflattened = recorded.device_tree->unflattened;
        if (!recorded.device_tree->aliases.empty()) board.device_tree->aliases = recorded.device_tree->aliases;
        std::erase_if(recorded.reserved, [](const ReservedRange& r) { return r.nomap; });
        const Layout layout = bring_up(board, kernel, parse_args(recorded.cmdline), Until::memblock);
        CHECK(covered(layout.reserved) == covered(recorded.reserved));
        ++count;
    }
    CHECK(count == 18);
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
// follows from the kernel's rules is equal on every machine; what start_kernel() asks for then is, where such a machine was
// recorded.
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
