// SPDX-License-Identifier: MIT
#include "truth/boots.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "input/board_toml.h"
#include "input/library.h"
#include "mm/memblock.h"
#include "report/diff.h"
#include "report/report.h"
#include "zonecalc/zonecalc.h"

namespace fs = std::filesystem;

namespace zonecalc::truth {

std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<fs::path> boots(const fs::path& directory) {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(directory))
        if (entry.is_directory()) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

namespace {

std::vector<ZoneinfoZone> zones_of(const std::string& table) {
    std::vector<ZoneinfoZone> zones;
    std::istringstream in(table);
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        ZoneinfoZone z;
        u64 start = 0, spanned = 0, present = 0;
        if (!(fields >> z.node >> z.zone >> start >> spanned >> present)) throw InputError("zones.txt: '" + line + "'");
        z.start_pfn = start, z.spanned = spanned, z.present = present;
        zones.push_back(std::move(z));
    }
    return zones;
}

// What is reserved, from what was in memory before the kernel alone. None for boards that do not say that, or not what was
// recorded.
std::optional<GroupResult> compare_reserved(Board board, const Kernel& kernel) {
    if (board.reserved.empty() || !board.device_tree || !board.kernel_base) return std::nullopt;
    RegionList recorded, computed;
    for (const ReservedRange& r : board.reserved)
        if (!r.nomap) recorded.add(r.base, r.size);
    board.reserved.clear();
    const Layout layout = bring_up(board, kernel, parse_args(board.cmdline), Until::memblock);
    for (const MemblockRegion& r : layout.reserved) computed.add(r.base, r.size);
    const auto lines = [](const RegionList& list) {
        std::vector<std::string> out;
        for (const MemblockRegion& r : list.regions()) out.push_back(fmt::format("[mem {:#018x}-{:#018x}]", r.base, r.end() - 1));
        return out;
    };
    GroupResult g{"reserved", "reserved memory", Verdict::equal, unified_diff(lines(recorded), lines(computed)), {}};
    if (!g.diff.empty()) g.verdict = Verdict::differs;
    return g;
}

}  // namespace

Board board_of(const fs::path& boot) {
    return parse_board({(boot / "board.toml").string(), slurp(boot / "board.toml")});
}

LogResult verify_boot(const fs::path& boot) {
    return verify_boot(boot, board_of(boot));
}

LogResult verify_boot(const fs::path& boot, const Board& board) {
    const Kernel kernel = load_kernel(board.kernel, board.file);
    const Layout layout = bring_up(board, kernel, parse_args(board.cmdline));
    LogResult r;
    r.log = boot.filename().string();
    r.board = board.name;
    r.kernel = board.kernel;
    r.release = kernel.release;
    Answers log = answers_of(slurp(boot / "dmesg.txt"));
    log.debug_lines = true;  // recorded with all levels
    const Answers predicted = answers_of(report_dmesg(kernel, layout, Until::slub));
    r.groups = compare_answers(log, predicted);
    // Nothing is missing from a recording: what is not there the kernel did not print. "Memory:" and "SLUB:" are not in all of
    // them.
    for (const AnswerGroup g : all_answer_groups) {
        GroupResult& result = r.groups[static_cast<std::size_t>(g)];
        if (result.verdict != Verdict::absent || predicted[g].empty() || g == AnswerGroup::memory || g == AnswerGroup::slub)
            continue;
        result.verdict = Verdict::differs;
        result.diff = unified_diff({}, predicted[g]);
    }
    const auto take = [&](const std::vector<ZoneinfoZone>& zones, bool figures) {
        for (GroupResult& g : compare_zoneinfo(zones, layout))
            if ((g.name == "zoneinfo") != figures) r.groups.push_back(std::move(g));
    };
    take(zones_of(slurp(boot / "zones.txt")), false);
    if (fs::exists(boot / "zoneinfo.txt"))
        take(parse_zoneinfo({(boot / "zoneinfo.txt").string(), slurp(boot / "zoneinfo.txt")}), true);
    if (auto reserved = compare_reserved(board, kernel)) r.groups.push_back(std::move(*reserved));
    return r;
}

}  // namespace zonecalc::truth
