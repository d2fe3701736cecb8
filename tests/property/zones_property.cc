// SPDX-License-Identifier: MIT
// Rules that hold on every board: random maps, kernels and command lines, with a fixed seed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "input/library.h"
#include "report/report.h"
#include "zonecalc/zonecalc.h"

using namespace zonecalc;

namespace {

constexpr u64 MiB = u64{1} << 20;

class Generator {
public:
    explicit Generator(u32 seed) : random_(seed) {}

    u64 below(u64 n) { return random_() % n; }
    bool chance(unsigned percent) { return below(100) < percent; }

    Board board(Arch arch) {
        Board b;
        b.file = "random";
        b.name = "random";
        b.arch = arch;
        const int nodes = is_32bit(arch) ? 1 : 1 + static_cast<int>(below(4));
        PhysAddr at = is_x86(arch) ? 0 : (1 + below(4)) << 30;
        const int banks = nodes + static_cast<int>(below(5));
        for (int i = 0; i < banks; ++i) {
            MemoryBank bank;
            bank.base = at;
            bank.size = (1 + below(is_32bit(arch) ? 400 : 3000)) * MiB + (chance(30) ? below(512) * 4096 : 0);
            if (i == 0) bank.size += 300 * MiB;
            bank.node = i * nodes / banks;
            bank.hotplug = chance(20) && i > 0;
            bank.mirror = chance(30);
            b.memory.push_back(bank);
            at += bank.size + (chance(50) ? below(600) * MiB : 0);
        }
        if (nodes == 1)
            for (MemoryBank& bank : b.memory) bank.node.reset();
        for (int n = 0; n < nodes; ++n) b.nodes.push_back({n, {}, {static_cast<u32>(n)}, {}});
        return b;
    }
    std::string cmdline() {
        std::string out;
        const auto amount = [&] { return chance(50) ? fmt::format("{}M", below(6000)) : fmt::format("{}%", below(120)); };
        if (chance(40)) out += " kernelcore=" + amount();
        if (chance(30)) out += " movablecore=" + amount();
        if (chance(15)) out += " kernelcore=mirror";
        if (chance(20)) out += " movable_node";
        if (chance(20)) out += fmt::format(" mem={}M", 200 + below(6000));
        if (chance(10)) out += " numa=off";
        return out;
    }

private:
    std::mt19937 random_;
};

// The result as the kernel prints it, without what it says on the way there: that names banks one by one.
std::string text_of(const Kernel& kernel, Layout layout) {
    layout.messages.clear();
    return report_dmesg(kernel, layout, Until::zones);
}

const std::vector<Kernel>& kernels() {
    static const std::vector<Kernel> all = [] {
        std::vector<Kernel> out;
        for (const std::string& name : shipped_kernels()) out.push_back(load_kernel(name));
        return out;
    }();
    return all;
}

bool noted(const Layout& layout, std::string_view id) {
    return std::any_of(layout.notes.begin(), layout.notes.end(), [&](const Note& n) { return n.id == id; });
}

bool said(const Layout& layout, std::string_view text) {
    return std::any_of(layout.messages.begin(), layout.messages.end(), [&](const KernelMessage& m) { return m.text == text; });
}

void check_zones(const Kernel& kernel, const Layout& layout) {
    for (const Node& node : layout.nodes) {
        u64 present = 0;
        u64 spanned = 0;
        for (const Zone& z : node.zones) {
            CHECK((z.present <= z.spanned || noted(layout, "phantom-zone")));
            CHECK(z.managed_initial <= z.present);
            present += z.present;
            spanned += z.spanned;
            if (z.spanned && layout.zone_ranges_printed) {
                CHECK(z.start_pfn >= node.range.begin);
                CHECK(z.end_pfn() <= node.range.end);
            }
        }
        CHECK(present == node.present);
        if (!kernel.behaviours.pgdat_spanned_is_node_range) CHECK(spanned == node.spanned);

        u64 memory = 0;
        for (const EarlyRange& r : layout.early_ranges)
            if (r.node == node.id) memory += r.range.size();
        // Zones tile the node's memory, unless a note says which kernel rule loses or doubles some.
        bool explained = false;
        for (const char* id :
             {"mirror-memory-in-no-zone", "doubled-spans", "mirror-memory-in-two-zones", "memory-in-no-zone", "phantom-zone"})
            explained = explained || noted(layout, id);
        if (!explained && layout.zone_ranges_printed) CHECK(present == memory);
    }
    for (const MovableStart& s : layout.movable.start) {
        CHECK(s.pfn % kernel.max_order_nr_pages() == 0);
        const Node* node = layout.node(s.node);
        if (kernel.behaviours.movable_start_past_node_end_is_dropped && node) CHECK(s.pfn < node->range.end);
        const ZoneLimit* usable = layout.limit(layout.movable.zone);
        const bool by_amount = layout.movable.path == MovablePath::kernelcore || layout.movable.path == MovablePath::movablecore;
        // By amount, ZONE_MOVABLE never takes what lies below the zone it is carved from.
        if (by_amount && node && usable && s.pfn < node->range.end &&
            s.pfn < round_down(usable->range.begin, kernel.max_order_nr_pages()))
            CHECK(node->zone(ZoneType::Movable)->present == 0);
    }
}

}  // namespace

TEST_CASE("zones tile the memory of every node, on every kernel") {
    Generator g(1);
    for (int round = 0; round < 3000; ++round) {
        const Kernel& kernel = kernels()[g.below(kernels().size())];
        const Board board = g.board(kernel.arch);
        const Cmdline cmdline = parse_args(g.cmdline());
        CAPTURE(kernel.profile);
        CAPTURE(cmdline.text);
        CAPTURE(round);
        check_zones(kernel, bring_up(board, kernel, cmdline));
    }
}

TEST_CASE("the order of the banks and a cut through a bank change nothing") {
    Generator g(2);
    for (int round = 0; round < 1000; ++round) {
        const Kernel& kernel = kernels()[g.below(kernels().size())];
        const Board board = g.board(kernel.arch);
        const Cmdline cmdline = parse_args(g.cmdline());
        CAPTURE(kernel.profile);
        CAPTURE(cmdline.text);
        CAPTURE(round);

        Board other = board;
        MemoryBank& bank = other.memory[g.below(other.memory.size())];
        MemoryBank upper = bank;
        // Cut where no architecture rounds.
        const u64 cut = round_down(bank.size / 2, 256 * MiB);
        if (cut != 0 && bank.base % (256 * MiB) == 0) {
            bank.size = cut;
            upper.base += cut;
            upper.size -= cut;
            other.memory.push_back(upper);
        }
        // The kernels of 3.x take banks as they come; there the order of the first bank says where memory starts.
        if (kernel.version >= Version{4, 0, 0})
            std::shuffle(other.memory.begin(), other.memory.end(), std::mt19937(static_cast<u32>(round)));
        const Layout cut_up = bring_up(other, kernel, cmdline);
        // One bank more can be one too many for the kernel's table of node blocks.
        if (!said(cut_up, "too many memblk ranges"))
            CHECK(text_of(kernel, cut_up) == text_of(kernel, bring_up(board, kernel, cmdline)));
    }
}
