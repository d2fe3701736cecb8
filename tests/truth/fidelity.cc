// SPDX-License-Identifier: MIT
// The ratchet: for each kernel and group of lines, in how many recorded boots all of it is equal. The numbers stand in fidelity.tsv
// and may only rise.
//
//   fidelity --check    fails where a number falls, or README.md has another table; says so where a number rises
//   fidelity --update   writes fidelity.tsv and README.md's table anew
//   fidelity --readme   prints the table
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "input/library.h"
#include "truth/boots.h"

namespace fs = std::filesystem;
using namespace zonecalc;

namespace {

const fs::path source_directory = SOURCE_DIRECTORY;
const fs::path ratchet = source_directory / "tests/truth/fidelity.tsv";
const fs::path readme = source_directory / "README.md";
constexpr std::string_view begin_mark = "<!-- fidelity: begin, by `fidelity --update` -->\n";
constexpr std::string_view end_mark = "<!-- fidelity: end -->\n";

struct Count {
    unsigned equal = 0, total = 0;
    bool operator==(const Count&) const = default;
};
struct Key {
    std::string kernel, group;
    auto operator<=>(const Key&) const = default;
};
struct Table {
    std::map<Key, Count> counts;
    std::map<std::string, unsigned> boots;  // by kernel
};

Table measured() {
    Table t;
    for (const fs::path& boot : truth::boots(source_directory / "tests/truth/boots")) {
        const LogResult r = truth::verify_boot(boot);
        ++t.boots[r.kernel];
        for (const GroupResult& g : r.groups) {
            if (g.verdict == Verdict::absent || g.verdict == Verdict::not_computed) continue;
            Count& c = t.counts[{r.kernel, g.name}];
            ++c.total;
            c.equal += g.verdict == Verdict::equal;
        }
    }
    return t;
}

std::vector<std::string> group_names() {
    std::vector<std::string> names;
    for (const AnswerGroup g : all_answer_groups) names.emplace_back(to_string(g));
    for (const char* more : {"zoneinfo", "watermarks", "lowmem_reserve", "pcp", "reserved"}) names.emplace_back(more);
    return names;
}

std::string as_tsv(const Table& t) {
    std::string out = "kernel\tgroup\tequal\ttotal\n";
    for (const std::string& kernel : shipped_kernels()) {
        if (const auto boots = t.boots.find(kernel); boots != t.boots.end())
            out += fmt::format("{}\tboots\t{}\t{}\n", kernel, boots->second, boots->second);
        for (const std::string& group : group_names())
            if (const auto at = t.counts.find({kernel, group}); at != t.counts.end())
                out += fmt::format("{}\t{}\t{}\t{}\n", kernel, group, at->second.equal, at->second.total);
    }
    return out;
}

Table from_tsv(const std::string& text) {
    Table t;
    std::istringstream in(text);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        std::istringstream fields(line);
        Key key;
        Count c;
        fields >> key.kernel >> key.group >> c.equal >> c.total;
        if (key.group == "boots")
            t.boots[key.kernel] = c.total;
        else
            t.counts[key] = c;
    }
    return t;
}

std::string as_markdown(const Table& t) {
    static const std::map<std::string, std::string> heads = {{"zone_ranges", "zone ranges"},
                                                             {"movable_start", "movable start"},
                                                             {"node_ranges", "node ranges"},
                                                             {"initmem", "initmem"},
                                                             {"on_node", "on node"},
                                                             {"zonelists", "zonelists"},
                                                             {"totals", "total pages"},
                                                             {"memory", "Memory:"},
                                                             {"slub", "SLUB:"},
                                                             {"zoneinfo", "zoneinfo"},
                                                             {"watermarks", "watermarks"},
                                                             {"lowmem_reserve", "lowmem reserve"},
                                                             {"pcp", "per-CPU lists"},
                                                             {"reserved", "reserved, computed"}};
    std::vector<std::string> groups;
    std::map<std::string, Count> sums;
    for (const auto& [key, c] : t.counts) sums[key.group].equal += c.equal, sums[key.group].total += c.total;
    for (const std::string& g : group_names())
        if (sums.contains(g)) groups.push_back(g);
    std::string out = "| kernel | boots |", rule = "|---|---:|";
    for (const std::string& g : groups) out += fmt::format(" {} |", heads.at(g)), rule += "---:|";
    out += "\n" + rule + "\n";
    const auto cell = [](const Count& c) { return c.total == 0 ? std::string(" |") : fmt::format(" {}/{} |", c.equal, c.total); };
    unsigned boots = 0;
    for (const std::string& kernel : shipped_kernels()) {
        const auto n = t.boots.find(kernel);
        if (n == t.boots.end()) continue;
        boots += n->second;
        out += fmt::format("| {} | {} |", kernel, n->second);
        for (const std::string& g : groups) {
            const auto at = t.counts.find({kernel, g});
            out += cell(at == t.counts.end() ? Count{} : at->second);
        }
        out += "\n";
    }
    out += fmt::format("| **all** | {} |", boots);
    for (const std::string& g : groups) out += cell(sums[g]);
    return out + "\n";
}

// README.md with the table between its marks; none where it has no marks.
std::optional<std::string> with_table(const std::string& text, const std::string& table) {
    const std::size_t begin = text.find(begin_mark), end = text.find(end_mark);
    if (begin == text.npos || end == text.npos || end < begin) return std::nullopt;
    return text.substr(0, begin + begin_mark.size()) + table + text.substr(end);
}

void write(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    if (!out.flush()) throw InputError("cannot write " + path.string());
}

// Says which numbers are lower than they were.
bool fell(const Table& was, const Table& is) {
    bool any = false;
    for (const auto& [key, before] : was.counts) {
        const auto at = is.counts.find(key);
        const Count now = at == is.counts.end() ? Count{} : at->second;
        if (now.equal >= before.equal) continue;
        any = true;
        fmt::print("FELL: {} {}: {} of {} boots equal, were {} of {}\n", key.kernel, key.group, now.equal, now.total, before.equal,
                   before.total);
    }
    return any;
}

int check() {
    const Table was = from_tsv(truth::slurp(ratchet)), is = measured();
    const bool lower = fell(was, is);
    bool rose = false;
    for (const auto& [key, now] : is.counts) {
        const auto at = was.counts.find(key);
        if (at != was.counts.end() && at->second == now) continue;
        if (at != was.counts.end() && now.equal < at->second.equal) continue;
        rose = true;
        fmt::print("changed: {} {}: {} of {} boots equal\n", key.kernel, key.group, now.equal, now.total);
    }
    if (rose) fmt::print("tests/truth/fidelity.tsv is behind: raise it with `fidelity --update` and commit it\n");
    const std::string text = truth::slurp(readme);
    const auto wanted = with_table(text, as_markdown(was));
    if (!wanted)
        fmt::print("README.md has no place for the table\n");
    else if (*wanted != text)
        fmt::print("README.md has not the table of tests/truth/fidelity.tsv: run `fidelity --update`\n");
    return lower || wanted != text;
}

int update() {
    const Table t = measured();
    // Numbers may only rise; what has fallen is mended, not written down.
    if (fell(from_tsv(truth::slurp(ratchet)), t)) return 1;
    write(ratchet, as_tsv(t));
    const auto text = with_table(truth::slurp(readme), as_markdown(t));
    if (!text) throw InputError("README.md has no place for the table");
    write(readme, *text);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    ::setenv("ZONECALC_DATA", (source_directory / "data").c_str(), 0);
    try {
        const std::string_view what = argc == 2 ? argv[1] : "";
        if (what == "--check") return check();
        if (what == "--update") return update();
        if (what == "--readme") return fmt::print("{}", as_markdown(from_tsv(truth::slurp(ratchet)))), 0;
        fmt::print(stderr, "usage: fidelity --check | --update | --readme\n");
    } catch (const std::exception& e) {
        fmt::print(stderr, "fidelity: {}\n", e.what());
    }
    return 2;
}
