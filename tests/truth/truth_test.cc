// SPDX-License-Identifier: MIT
// Recorded boots of real kernels against the model. Each folder of boots/ is one boot:
//
//   board.toml   the inputs: firmware's map, nodes, kernel, command line
//   dmesg.txt    the lines that the kernel printed about its zones, without time stamps
//   zones.txt    node, zone, start_pfn, spanned, present of /proc/zoneinfo, where the boot got that far
//
// A boot holds if every line and every figure is equal.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "input/board_toml.h"
#include "input/library.h"
#include "report/report.h"
#include "zonecalc/zonecalc.h"

namespace fs = std::filesystem;
using namespace zonecalc;

namespace {

std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<fs::path> boots() {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(TRUTH_DIRECTORY))
        if (entry.is_directory()) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

struct Prediction {
    Layout layout;
    std::string dmesg;
};

Prediction predict(const fs::path& boot) {
    const Board board = parse_board({(boot / "board.toml").string(), slurp(boot / "board.toml")});
    const Kernel kernel = load_kernel(board.kernel, board.file);
    Prediction p;
    p.layout = bring_up(board, kernel, parse_args(board.cmdline));
    p.dmesg = report_dmesg(kernel, p.layout, Until::zones);
    return p;
}

// The lines that every recorded boot is compared by: firmware and NUMA chatter before them is no part of the promise here.
std::string answers(const std::string& dmesg) {
    static const char* const heads[] = {"Zone ranges:", "Movable zone start for each node", "  Node ", "Early memory node ranges", "  node ",
                                        "  DMA", "  Normal", "  HighMem", "  Movable", "  Device", "Initmem setup node", "Initializing node",
                                        "On node ", "Reserved but unavailable", "Zeroed struct page", "Fallback order for Node", "Built ", "Policy zone:", "mminit::zonelist"};
    std::string out;
    std::istringstream in(dmesg);
    for (std::string line; std::getline(in, line);) {
        const auto end = line.find_last_not_of(" \r");
        line.resize(end == std::string::npos ? 0 : end + 1);
        if (std::any_of(std::begin(heads), std::end(heads), [&](const char* h) { return line.starts_with(h); })) out += line + "\n";
    }
    return out;
}

std::string zones(const Layout& layout, const std::string& wanted) {
    std::string out;
    std::istringstream in(wanted);
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        int nid = 0;
        std::string name;
        fields >> nid >> name;
        const Node* node = layout.node(nid);
        const auto type = zone_from_string(name);
        const Zone* z = node && type ? node->zone(*type) : nullptr;
        out += z ? fmt::format("{} {} {} {} {}\n", nid, name, z->start_pfn, z->spanned, z->present) : fmt::format("{} {} none\n", nid, name);
    }
    return out;
}

}  // namespace

TEST_CASE("every recorded boot is predicted to the digit") {
    unsigned count = 0;
    for (const fs::path& boot : boots()) {
        CAPTURE(boot.filename().string());
        Prediction p;
        CHECK_NOTHROW(p = predict(boot));
        CHECK(answers(p.dmesg) == slurp(boot / "dmesg.txt"));
        const std::string wanted = slurp(boot / "zones.txt");
        CHECK(zones(p.layout, wanted) == wanted);
        ++count;
    }
    MESSAGE(count << " recorded boots");
    CHECK(count >= 500);
}
