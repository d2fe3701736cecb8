// SPDX-License-Identifier: MIT
// The walk for people: every call on a line of its own, indented as deep as it is nested, with the values of its variables and the
// reasons ("- ") below it. Of many calls in a row that are alike the first ones and the last are shown.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/format.h"
#include "report/walk.h"
#include "report/walk_tree.h"

namespace zonecalc {

namespace {

constexpr std::size_t width = 100;
constexpr std::size_t shown_of_many = 3;

struct Palette {
    std::string_view function, reason, off;
};
constexpr Palette colours{"\x1b[1m", "\x1b[2m", "\x1b[0m"};
constexpr Palette plain{};

class Text {
public:
    Text(const Kernel& kernel, bool color) : kernel_(kernel), palette_(color ? colours : plain) {}

    void calls(const std::vector<WalkCall>& list, std::size_t depth) {
        for (std::size_t i = 0; i < list.size();) i += row(list, i, list.size(), depth);
    }
    void found(const std::vector<FoundCall>& list) {
        for (std::size_t i = 0; i < list.size();) {
            std::size_t same = i + 1;
            while (same < list.size() && list[same].callers == list[i].callers && alike(*list[same].call, *list[i].call)) ++same;
            out += fmt::format("{}in {}:{}\n", palette_.reason, fmt::join(list[i].callers, " > "), palette_.off);
            std::vector<const WalkCall*> group;
            for (; i < same; ++i) group.push_back(list[i].call);
            many(group, 1);
            if (i < list.size()) out += '\n';
        }
    }

    std::string out;

private:
    // Calls from `i` on that are alike; returns how many.
    std::size_t row(const std::vector<WalkCall>& list, std::size_t i, std::size_t end, std::size_t depth) {
        std::vector<const WalkCall*> group{&list[i]};
        for (std::size_t n = i + 1; n < end && alike(list[i], list[n]); ++n) group.push_back(&list[n]);
        many(group, depth);
        return group.size();
    }
    void many(const std::vector<const WalkCall*>& group, std::size_t depth) {
        const bool fold = group.size() > shown_of_many + 2;
        for (std::size_t i = 0; i < group.size(); ++i) {
            if (fold && i == shown_of_many) {
                const std::size_t left_out = group.size() - shown_of_many - 1;
                line(depth, "", fmt::format("... {} more calls of {} alike", left_out, group[i]->line->name));
                i = group.size() - 1;
            }
            call(*group[i], depth);
        }
    }

    void call(const WalkCall& c, std::size_t depth) {
        const std::string& name = c.line->name;
        std::string text = name;
        if (!name.ends_with(':')) {
            std::vector<std::string> arguments;
            for (const WalkLine* a : c.arguments) arguments.push_back(fmt::format("{}={}", a->name, number_of(*a)));
            text += fmt::format("({})", fmt::join(arguments, ", "));
        }
        // Painted once the line has been cut: escape sequences take no room.
        const std::size_t at = out.size() + indent_of(depth);
        line(depth, "", text);
        out.insert(at + name.size(), palette_.off);
        out.insert(at, palette_.function);
        for (std::size_t i = 0; i < c.items.size();) {
            const WalkCall::Item& item = c.items[i];
            if (item.line && item.line->kind == WalkLine::Kind::reason) {
                line(depth + 1, "- ", printable(item.line->text), palette_.reason);
                ++i;
                continue;
            }
            if (item.line) {
                i += values(c.items, i, depth + 1);
                continue;
            }
            std::size_t end = i;
            while (end < c.items.size() && !c.items[end].line) ++end;
            for (const std::size_t first = c.items[i].call - i; i < end;) i += row(c.calls, first + i, first + end, depth + 1);
        }
    }

    // As many values in a row as fit on a line; returns how many.
    std::size_t values(const std::vector<WalkCall::Item>& items, std::size_t i, std::size_t depth) {
        std::string text;
        std::size_t n = i;
        for (; n < items.size() && items[n].line && items[n].line->kind == WalkLine::Kind::value; ++n) {
            const std::string one = fmt::format("{} = {}", printable(items[n].line->name), number_of(*items[n].line));
            if (!text.empty() && 2 * depth + display_width(text) + 2 + display_width(one) > width) break;
            text += (text.empty() ? "" : "; ") + one;
        }
        line(depth, "", text);
        return n - i;
    }

    std::string number_of(const WalkLine& l) const {
        switch (l.unit) {
            case WalkUnit::number:
                return fmt::format("{}", l.number);
            case WalkUnit::signed_number:
                return fmt::format("{}", static_cast<i64>(l.number));
            case WalkUnit::hex:
                return l.text.empty() || l.number == 0 ? fmt::format("{:#x}", l.number)
                                                       : fmt::format("{:#x} ({})", l.number, printable(l.text));
            case WalkUnit::pfn:
            case WalkUnit::address:
                return fmt::format("{:#x}", l.number);
            case WalkUnit::pages:
                return fmt::format("{} pages ({})", l.number, format_pages(l.number, kernel_.page_shift, false));
            case WalkUnit::bytes:
                if (l.number >> 60 != 0) return fmt::format("{:#x}", l.number);
                return l.number < 4096 ? fmt::format("{} bytes", l.number)
                                       : fmt::format("{:#x} ({})", l.number, format_size(l.number, false));
            case WalkUnit::text:
                return printable(l.text);
        }
        return {};
    }

    static std::size_t indent_of(std::size_t depth) { return 2 * std::min<std::size_t>(depth, 30); }

    // Long lines go on further in.
    void line(std::size_t depth, std::string_view mark, std::string_view text, std::string_view paint = {}) {
        std::size_t indent = indent_of(depth);
        out.append(indent, ' ');
        out += mark;
        out += paint;
        indent += 4;
        std::size_t room = width - (indent - 4) - mark.size();
        while (display_width(text) > room) {
            std::size_t cut = text.rfind(' ', room);
            if (cut == std::string_view::npos || cut == 0) cut = text.find(' ');
            if (cut == std::string_view::npos) break;
            out += text.substr(0, cut);
            out += '\n';
            out.append(indent, ' ');
            text.remove_prefix(cut + 1);
            room = width - indent;
        }
        out += text;
        if (!paint.empty()) out += palette_.off;
        out += '\n';
    }

    const Kernel& kernel_;
    const Palette& palette_;
};

}  // namespace

std::string report_walk_text(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout,
                             const Walk& walk, const WalkOptions& options) {
    Text text(kernel, options.color);
    text.out += fmt::format("Board    {} ({})\n", printable(board.name.empty() ? board.file : board.name), to_string(board.arch));
    text.out += fmt::format("Kernel   {}, profile {}\n", printable(kernel.release), printable(kernel.profile));
    text.out += fmt::format("Cmdline  {}\n\n", printable(cmdline.text));
    const WalkCall root = walk_tree(walk);
    if (options.step)
        text.found(find_calls(root, *options.step));
    else
        text.calls(root.calls, 0);
    if (walk.cut) text.out += "... the walk is longer than anybody would read: it ends here\n";
    if (layout.panic) text.out += fmt::format("\nthis kernel does not come up: {}\n", printable(*layout.panic));
    if (!options.step && !layout.notes.empty()) {
        text.out += "\nNotes\n";
        for (const Note& n : layout.notes) {
            text.out += fmt::format("  {}: {} [{}]\n", to_string(n.kind), printable(n.text), n.id);
            if (!n.remedy.empty()) text.out += fmt::format("    Remedy: {}\n", printable(n.remedy));
        }
    }
    return std::move(text.out);
}

}  // namespace zonecalc
