// SPDX-License-Identifier: MIT
// Which lines of a boot log are results of the kernel's early mm code. Everything that this file knows as an answer is hidden from
// the importer, also where it is not compared (lines of the debug level that show zones and pointers, the tables of kernels
// before 3.6).
#include "input/log_answers.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "input/dmesg.h"

namespace zonecalc {

namespace {

constexpr std::string_view group_names[answer_groups] = {"zone_ranges", "movable_start", "node_ranges", "initmem", "on_node",
                                                         "zonelists",   "totals",        "memory",      "slub"};
constexpr std::string_view group_titles[answer_groups] = {"zone ranges", "movable start", "node ranges", "initmem", "on node",
                                                          "zonelists",   "totals",        "Memory:",     "SLUB:"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The word at the start if it names a zone.
std::string_view zone_word(std::string_view t) {
    const std::string_view word = Scan(t).word();
    return zone_from_string(word) ? word : std::string_view{};
}

// "Node 0: 0x…", "node   0: [mem"
bool numbered(std::string_view t, std::string_view word, std::string_view then) {
    Scan scan(t);
    return scan.skip(word) && scan.blanks().decimal() && scan.skip(": ") && scan.blanks().skip(then);
}

// "DMA zone: 64 pages used for memmap"
bool is_zone_estimate(std::string_view t) {
    Scan scan(t);
    return !zone_word(t).empty() && (scan.word(), scan.skip(" zone: ")) && scan.decimal();
}

class Splitter {
public:
    explicit Splitter(Answers& answers) : answers_(answers) {}

    // Takes the line if it is an answer.
    bool take(std::string_view t) {
        if (t.empty()) return false;
        const bool is = classify(t);
        if (!is) {
            block_ = Block::none;
            if (!seen_answer_) seen_input_ = true;
            answers_.last.reset();
        }
        return is;
    }
    // "Early memory node ranges" or a line of it was taken last.
    bool node_range() const { return node_range_; }

private:
    enum class Block { none, zones, movable, nodes, old };

    bool classify(std::string_view t) {
        node_range_ = false;
        if (block_ == Block::old && old_member(t)) return true;
        switch (t[0]) {
            case 'Z':
                if (t.starts_with("Zone ranges:")) return head(AnswerGroup::zone_ranges, Block::zones, "Zone ranges:");
                if (t.starts_with("Zone PFN ranges:")) return block_ = Block::old, true;
                if (t.starts_with("Zeroed struct page in unavailable ranges:")) return add(AnswerGroup::on_node, t);
                return t.starts_with("Zone ");
            case 'M':
                if (t.starts_with("Movable zone start for each node"))
                    return head(AnswerGroup::movable_start, Block::movable, "Movable zone start for each node");
                if (t.starts_with("Movable zone start PFN")) return block_ = Block::old, true;
                if (t.starts_with("Memory: ")) return memory(t);
                break;
            case 'E':
                if (t.starts_with("Early memory node ranges"))
                    return node_range_ = true, head(AnswerGroup::node_ranges, Block::nodes, "Early memory node ranges");
                break;
            case 'e':
                if (t.starts_with("early_node_map[")) return block_ = Block::old, true;
                break;
            case 'n':
                if (numbered(t, "node ", "[mem")) return node_range_ = true, add(AnswerGroup::node_ranges, t, true);
                break;
            case 'N':
                if (numbered(t, "Node ", "0x")) return add(AnswerGroup::movable_start, t, true);
                break;
            case 'I':
                if (t.starts_with("Initmem setup node ") || (t.starts_with("Initializing node ") && t.ends_with("as memoryless")))
                    return add(AnswerGroup::initmem, t);
                break;
            case 'O':
                if (t.starts_with("On node ")) return on_node(t);
                break;
            case 'R':
                if (t.starts_with("Reserved but unavailable:")) return add(AnswerGroup::on_node, t);
                break;
            case 'F':
                if (t.starts_with("Fallback order for Node ")) return zonelists(t);
                break;
            case 'P':
                if (t.starts_with("Policy zone:")) return zonelists(t);
                break;
            case 'B':
                if (t.starts_with("Built ") && t.find("zonelists") != t.npos) return built(t);
                break;
            case 'S':
                if (t.starts_with("SLUB: HWalign=") || t.starts_with("SLUB: Genslabs="))
                    return slub_seen_ = true, add(AnswerGroup::slub, t);
                break;
            case 'm':
                if (t.starts_with("mminit::zonelist ")) return answers_.debug_lines = true, zonelists(t);
                if (t.starts_with("mminit::") || t.starts_with("mem_map")) return seen();
                break;
            case 'f':
                if (t.starts_with("free_area_init_node: node ")) return seen();
                break;
            default:
                break;
        }
        if (is_zone_estimate(t))
            return answers_.debug_lines |= t.find("exceeds freesize") == t.npos && t.find("in unavailable ranges") == t.npos,
                   add(AnswerGroup::on_node, t, true);
        const std::string_view zone = zone_word(t);
        if (zone.empty()) return false;
        const std::string_view range = Scan(t.substr(zone.size())).blanks().rest;
        if (range.starts_with("[mem ") || range == "empty") return add(AnswerGroup::zone_ranges, t, true);
        return false;
    }

    bool old_member(std::string_view t) const { return t.find(" -> ") != t.npos || numbered(t, "Node ", ""); }

    bool seen() {
        seen_answer_ = true;
        return true;
    }
    bool add(AnswerGroup g, std::string_view t, bool indented = false) {
        if (!seen_input_ && !seen_answer_) answers_.first = g;
        answers_.last = g;
        if (g != AnswerGroup::zone_ranges || block_ != Block::zones) block_ = block_of(g);
        answers_[g].push_back((indented ? "  " : "") + std::string(t));
        return seen();
    }
    bool head(AnswerGroup g, Block block, std::string_view t) {
        block_ = block;
        // Once more in the same boot: printed again by another console.
        if (!answers_[g].empty() && answers_[g].front() == t) answers_[g].clear();
        return add(g, t);
    }
    static Block block_of(AnswerGroup g) {
        return g == AnswerGroup::zone_ranges     ? Block::zones
               : g == AnswerGroup::movable_start ? Block::movable
               : g == AnswerGroup::node_ranges   ? Block::nodes
                                                 : Block::none;
    }

    bool on_node(std::string_view t) {
        if (t.find(" totalpages: ") != t.npos) return answers_.debug_lines = true, add(AnswerGroup::on_node, t);
        return t.find("unavailable ranges") != t.npos && add(AnswerGroup::on_node, t);
    }

    // "Built 1 zonelists, mobility grouping on.  Total pages: 257760": one line, two groups
    bool built(std::string_view t) {
        const std::size_t at = t.find("Total pages:");
        std::string_view first = t.substr(0, at);
        while (first.ends_with(' ')) first.remove_suffix(1);
        zonelists(first);
        return at == t.npos || slub_seen_ || add(AnswerGroup::totals, t.substr(at));
    }

    // Start-up has them before slabs; memory that a driver finds later makes them anew.
    bool zonelists(std::string_view t) {
        if (!slub_seen_) return add(AnswerGroup::zonelists, t);
        answers_.zonelists_rebuilt = true;
        return seen();
    }

    bool memory(std::string_view t) {
        Scan scan(t.substr(8));
        if (!scan.decimal() || !(scan.skip("K/") || scan.skip("k/")) || t.find(" available") == t.npos) return false;
        answers_.memory_printed_late = slub_seen_;
        return add(AnswerGroup::memory, t);
    }

    Answers& answers_;
    Block block_ = Block::none;
    bool node_range_ = false;
    bool seen_input_ = false;
    bool seen_answer_ = false;
    bool slub_seen_ = false;
};

// The numbers in front of '/', of " available" and of " reserved" become 0.
std::string without_totals(std::string_view t) {
    std::string out;
    for (std::size_t i = 0; i < t.size();) {
        if (!is_digit(t[i])) {
            out += t[i++];
            continue;
        }
        std::size_t end = i;
        while (end < t.size() && is_digit(t[end])) ++end;
        const std::string_view after = t.substr(end);
        const bool total =
            after.size() > 2 && (after[0] == 'K' || after[0] == 'k') &&
            (after[1] == '/' || after.substr(1).starts_with(" available") || after.substr(1).starts_with(" reserved"));
        out += total ? std::string_view("0") : t.substr(i, end - i);
        i = end;
    }
    return out;
}

// Lines of the raw text, by their numbers.
class RawLines {
public:
    explicit RawLines(std::string_view text) : text_(text) {}
    // Up to but without line `number`: copied, or blanked. `first` stands in for the first of them.
    void go_to(u32 number, bool blank, std::string_view first, std::string& out) {
        for (; next_ < number && at_ < text_.size(); ++next_) {
            const std::size_t end = std::min(text_.find('\n', at_), text_.size());
            if (!blank)
                out += text_.substr(at_, end - at_);
            else
                out += std::exchange(first, {});
            out += '\n';
            at_ = end + 1;
        }
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
    u32 next_ = 1;
};

}  // namespace

std::string_view to_string(AnswerGroup group) {
    return group_names[static_cast<std::size_t>(group)];
}
std::string_view title(AnswerGroup group) {
    return group_titles[static_cast<std::size_t>(group)];
}

const LoggedBoot& SplitLog::boot_at(u32 line) const {
    auto after = std::find_if(boots.begin(), boots.end(), [line](const LoggedBoot& b) { return b.first_line > line; });
    return after == boots.begin() ? boots.front() : *std::prev(after);
}

SplitLog split_log(std::string_view text, bool keep_node_ranges) {
    SplitLog split;
    split.boots.emplace_back();
    split.inputs.reserve(text.size() + 1);
    LogReader reader(text);
    RawLines raw(text);
    auto splitter = std::make_unique<Splitter>(split.boots.back().answers);
    LogLine line;
    bool blank = false, banner_seen = false;
    std::string stand_in;
    while (reader.next(line)) {
        raw.go_to(line.number, blank, stand_in, split.inputs);
        stand_in.clear();
        if (line.text.starts_with("Linux version ")) {
            if (banner_seen) {
                split.boots.push_back({line.number, {}, {}});
                splitter = std::make_unique<Splitter>(split.boots.back().answers);
            }
            banner_seen = true;
        }
        blank = splitter->take(line.text);
        if (!blank) continue;
        if (splitter->node_range()) split.boots.back().node_range_lines.push_back(line.number);
        if (splitter->node_range() && keep_node_ranges) blank = false;
        if (line.text.starts_with("Memory: ")) stand_in = without_totals(line.text);
    }
    raw.go_to(~u32{0}, blank, stand_in, split.inputs);
    return split;
}

Answers answers_of(std::string_view text) {
    return std::move(split_log(text).boots.front().answers);
}

}  // namespace zonecalc
