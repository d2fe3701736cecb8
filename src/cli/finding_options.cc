// SPDX-License-Identifier: MIT
#include "cli/finding_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/source.h"

namespace zonecalc::cli {

namespace {

std::string list_findings() {
    std::size_t width = 0;
    for (const FindingInfo& f : finding_table()) width = std::max(width, f.id.size());
    std::string out;
    for (const FindingInfo& f : finding_table())
        out +=
            fmt::format("{:<{}}  {:<7}  {}{}\n", f.id, width, to_string(f.severity), f.what, f.by_default ? "" : " (on request)");
    return out;
}

// The findings that a word is about; `text` is what is left of it.
std::vector<const FindingInfo*> named(std::string_view text, const std::string& word) {
    std::vector<const FindingInfo*> out;
    for (const FindingInfo& f : finding_table())
        if (text == "all" || text == f.id) out.push_back(&f);
    if (!out.empty()) return out;
    std::vector<std::string_view> ids;
    for (const FindingInfo& f : finding_table()) ids.push_back(f.id);
    std::string hint = "; '-W help' lists them";
    if (const std::string_view close = closest_match(text, ids); !close.empty()) hint = fmt::format(" (did you mean '{}'?)", close);
    throw UsageError(fmt::format("-W {}: no finding is called {}{}", word, in_quotes(text), hint));
}

}  // namespace

void FindingChoice::read(const std::string& word) {
    std::string_view text = word;
    const bool no = text.starts_with("no-");
    if (no) text.remove_prefix(3);
    const bool error = text == "error" || text.starts_with("error=");
    if (error) text = text == "error" ? "all" : text.substr(6);
    for (const FindingInfo* f : named(text, word)) {
        if (error) {
            // All that are found, not all that could be.
            if (no)
                errors_.erase(f->id);
            else
                errors_.insert(f->id);
            if (no || text == "all") continue;
        }
        if (no) {
            hidden_.insert(f->id);
            requested_.erase(f->id);
        } else {
            hidden_.erase(f->id);
            if (!f->by_default) requested_.insert(f->id);
        }
    }
}

void FindingChoice::apply(const Board& board, const Kernel& kernel, const Cmdline& cmdline, Layout& layout) const {
    std::erase_if(layout.notes, [&](const Note& n) { return is_finding(n) && hidden_.contains(n.id); });
    if (!requested_.empty())
        add_findings(board, kernel, cmdline, layout, [&](const FindingInfo& f) { return requested_.contains(f.id); });
}

bool FindingChoice::is_error(const Note& note) const {
    return is_finding(note) && errors_.contains(note.id);
}

void add_finding_option(Syntax& syntax, FindingChoice& choice) {
    const auto take = [&choice](const std::string& word) {
        if (word == "help") throw Shown(list_findings());
        choice.read(word);
    };
    std::vector<std::string> some{"help", "all", "error"};
    for (const FindingInfo& f : finding_table()) some.emplace_back(f.id);
    syntax.words("-W,--warn", "WORD", take, std::move(some), "findings: ID, no-ID, error=ID, error, help");
}

}  // namespace zonecalc::cli
