// SPDX-License-Identifier: MIT
// The answer for people: what went in, memblock, zone limits beside what the zones of each node really span, ZONE_MOVABLE, the
// zones of every node, who is asked when a node is full, and what has to be said about it all. Ends are inclusive; sizes stand
// beside pfns.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "report/buddy_views.h"
#include "report/early_views.h"
#include "report/format.h"
#include "report/report.h"
#include "report/slab_views.h"
#include "report/slub.h"
#include "report/table.h"

namespace zonecalc {

namespace {

constexpr std::size_t allocations_shown = 16;  // lines
constexpr std::size_t start_up_caches_shown = 8;

struct Palette {
    std::string_view heading, dim, warning, bug, off;
};
constexpr Palette colours{"\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[31m", "\x1b[0m"};
constexpr Palette plain{};

class Text {
public:
    Text(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout, const ReportOptions& options)
        : board_(board),
          kernel_(kernel),
          cmdline_(cmdline),
          layout_(layout),
          options_(options),
          palette_(options.color ? colours : plain) {}

    void inputs() {
        line("Board    {} ({})", printable(board_.name.empty() ? board_.file : board_.name), to_string(board_.arch));
        const bool confirmed = kernel_.confirmation == Confirmation::recorded;
        line("Kernel   {}, profile {}, {}{}{}", printable(kernel_.release), printable(kernel_.profile),
             confirmed ? palette_.off : palette_.warning,
             confirmed ? "confirmed by recorded boots" : "not confirmed by recorded boots", palette_.off);
        line("         pages of {}, blocks up to order {}, pageblocks of order {}",
             format_size(kernel_.page_size(), options_.bytes), kernel_.max_order, kernel_.pageblock_order);
        line("Cmdline  {}", printable(cmdline_.text));
        if (layout_.panic)
            line("{}Panic    this kernel does not come up: {}{}", palette_.bug, printable(*layout_.panic), palette_.off);
    }

    void memory() {
        u64 total = 0;
        Table table({{"PHYSICAL RANGE"}, {"SIZE", true}, {"NODE", true}, {"FLAGS"}});
        for (const MemblockRegion& r : layout_.memory) {
            total += r.size;
            table.row({format_range(r.base, r.end()), size(r.size), node_name(r.nid), flags(r.flags)});
        }
        heading("Memory (memblock.memory), {}", size(total));
        print(table);
        if (layout_.reserved.empty()) return;
        Table reserved({{"PHYSICAL RANGE"}, {"SIZE", true}, {"WHAT"}});
        total = 0;
        for (const MemblockRegion& r : layout_.reserved) {
            total += r.size;
            reserved.row({format_range(r.base, r.end()), size(r.size), printable(r.name)});
        }
        heading("Reserved (memblock.reserved), {}", size(total));
        print(reserved);
        if (options_.until != Until::memblock || !options_.all) return;
        heading("Calls that changed memblock.reserved, in the kernel's order");
        print(early_calls_table(layout_.early_calls, options_.bytes));
    }

    void account() {
        if (!layout_.account) return;
        const MemoryAccount& a = *layout_.account;
        heading("Memory account: firmware's {}{}, and where they go{}", size(a.firmware),
                a.added ? ", " + size(a.added) + " that the kernel adds" : "", a.handed_over ? " right at the hand-over" : "");
        print(memory_account_table(a, options_.bytes));
    }

    // The kernel's own wording gives a limit for the machine; what a node has of a zone often is something else.
    void zone_limits() {
        heading("Zones: the limits that the boot log prints, and what the nodes really have");
        Table table({{"ZONE"}, {"\"ZONE RANGES\" OF THE BOOT LOG"}, {"NODE", true}, {"SPANNED BY THE NODE"}, {"PRESENT", true}});
        for (const ZoneType type : all_zones) {
            if (!kernel_.has_zone(type)) continue;
            std::string zone{to_string(type)};
            std::string limit = limit_text(type);
            bool any = false;
            for (const Node& n : layout_.nodes) {
                const Zone* z = n.zone(type);
                if (!z || z->spanned == 0) continue;
                any = true;
                table.row({std::exchange(zone, {}), std::exchange(limit, {}), node_name(n.id), mem(z->start_pfn, z->end_pfn()),
                           pages(z->present)});
            }
            if (!any) table.row({zone, limit, "", "empty"});
        }
        print(table);
    }

    void movable() {
        const Movable& m = layout_.movable;
        heading("ZONE_MOVABLE");
        if (m.path == MovablePath::none) {
            line("  none");
        } else {
            line("  decided by      {}", to_string(m.path));
            if (m.required_kernelcore) line("  kernelcore      {} pages, {}", m.required_kernelcore, pages(m.required_kernelcore));
            if (m.required_movablecore)
                line("  movablecore     {} pages, {}", m.required_movablecore, pages(m.required_movablecore));
            line("  taken from      {}", to_string(m.zone));
        }
        for (const Node& n : layout_.nodes) {
            const auto start = std::find_if(m.start.begin(), m.start.end(), [&](const MovableStart& s) { return s.node == n.id; });
            if (start != m.start.end())
                line("  node {:3} starts at pfn {}, {:#018x}", n.id, start->pfn, start->pfn << kernel_.page_shift);
            else if (m.path != MovablePath::none)
                line("  node {:3} has none", n.id);
        }
    }

    void nodes() {
        for (const Node& n : layout_.nodes) {
            if (n.range.empty() && n.present == 0)
                heading("Node {}: no memory", n.id);
            else
                heading("Node {}: pfn {} to {}, {} present", n.id, n.range.begin, n.range.end - 1, pages(n.present));
            if (n.spanned == 0) continue;
            Table table({{"ZONE"},
                         {"FIRST PFN", true},
                         {"LAST PFN", true},
                         {"PHYSICAL RANGE"},
                         {"SPANNED", true},
                         {"SIZE", true},
                         {"PRESENT", true},
                         {"SIZE", true},
                         {"ABSENT", true},
                         {"ESTIMATE", true}});
            std::string empty;
            for (const Zone& z : n.zones) {
                const std::string name(to_string(z.type));
                if (z.spanned == 0) {
                    empty += (empty.empty() ? "" : ", ") + name;
                    continue;
                }
                table.row({name, number(z.start_pfn), number(z.end_pfn() - 1), range(z.start_pfn, z.end_pfn()), number(z.spanned),
                           pages(z.spanned), number(z.present), pages(z.present), number(z.spanned - z.present),
                           number(z.managed_initial)});
            }
            print(table);
            if (!empty.empty()) line("  {}: empty", empty);
        }
        if (layout_.nodes.empty()) return;
        line("");
        line("{}Spanned, present, absent and estimate are pages. The estimate is what the kernel takes for{}", palette_.dim,
             palette_.off);
        line("{}managed pages until the buddy allocator gets its memory.{}", palette_.dim, palette_.off);
    }

    void unavailable() {
        if (layout_.unavailable.empty() && layout_.unavailable_pages == 0) return;
        heading("Unavailable ranges: struct pages without memory");
        for (const UnavailableRange& u : layout_.unavailable)
            line("  node {:3}, zone {}: {} pages, {}", u.node, to_string(u.zone), u.pages, pages(u.pages));
        if (layout_.unavailable.empty()) line("  {} pages, {}", layout_.unavailable_pages, pages(layout_.unavailable_pages));
    }

    void zonelists() {
        heading("Zonelists: where a node's allocations go, first to last");
        Table table({{"NODE", true}, {"NODE ORDER"}, {"ZONELIST (NODE:ZONE)"}});
        for (const Node& n : layout_.nodes) {
            const std::vector<std::string> order = lines_of(
                n.fallback_order, [](int id) { return std::to_string(id); }, 30);
            const std::vector<std::string> list = lines_of(
                n.zonelist, [](const ZoneRef& r) { return fmt::format("{}:{}", r.node, to_string(r.zone)); }, 72);
            for (std::size_t i = 0; i < std::max(order.size(), list.size()); ++i)
                table.row({i == 0 ? node_name(n.id) : "", i < order.size() ? order[i] : "", i < list.size() ? list[i] : ""});
        }
        print(table);
        if (kernel_.behaviours.zonelist_zone_order) line("  zonelists go {}", layout_.zone_order ? "zone by zone" : "node by node");
        line("  {} pages in all ({}), mobility grouping {}{}{}", layout_.total_pages, pages(layout_.total_pages),
             layout_.mobility_grouping ? "on" : "off", layout_.policy_zone ? ", policy zone " : "",
             layout_.policy_zone ? to_string(*layout_.policy_zone) : "");
    }

    void buddy() {
        if (!has_free_lists(layout_)) return;
        u64 managed = 0;
        u64 free = 0;
        for (const Node& n : layout_.nodes)
            for (const Zone& z : n.zones) {
                managed += z.managed.value_or(0);
                free += z.free_pages;
            }
        heading("Free blocks right after the hand-over: {} managed, {} free", pages(managed), pages(free));
        print(free_blocks_table(kernel_, layout_, FreeListMoment::hand_over));
        if (const Table started = free_blocks_table(kernel_, layout_, FreeListMoment::started); !started.empty()) {
            heading("Free blocks once deferred memory and CMA areas are handed over");
            print(started);
        }
        if (const Table reserves = zone_reserves_table(layout_); !reserves.empty()) {
            heading("Watermarks, per-CPU lists and reserves once start-up is over, in pages");
            print(reserves);
            if (layout_.min_free_kbytes) line("  min_free_kbytes {}", *layout_.min_free_kbytes);
        }
    }

    void slub() {
        if (!layout_.slub) return;
        const Slub& s = *layout_.slub;
        heading("Slab caches: orders {} to {}, {}, cache lines of {}", s.min_order, s.max_order,
                s.min_objects ? fmt::format("{} objects at least", s.min_objects)
                              : fmt::format("for {} CPU{}", s.order_cpus, s.order_cpus == 1 ? "" : "s"),
                size(s.hw_align));
        print(slub_table(kernel_, s));
        for (const std::string& remark : slub_remarks(s)) line("  {}", remark);
        if (!s.panic.empty()) line("{}Panic    {}{}", palette_.bug, s.panic, palette_.off);
        if (!s.pages.empty()) {
            heading("Pages of slabs once kmem_cache_init() is over, and at rest_init()");
            print(slab_pages_table(kernel_, s));
        }
        if (const std::size_t made = s.start_up_caches.size()) {
            heading("{} caches that start-up makes later, as recorded boots do", made);
            print(start_up_caches_table(s, options_.all ? made : start_up_caches_shown));
            if (made > start_up_caches_shown && !options_.all)
                line("  and {} more: --all shows them", made - start_up_caches_shown);
        }
    }

    void allocations() {
        if (layout_.allocations.empty()) return;
        u64 taken = 0;
        u64 recorded = 0;
        for (const FirstAllocation& a : layout_.allocations) {
            taken += u64{1} << a.order;
            recorded += a.recorded;
        }
        heading("First allocations: {} requests, {}{}", layout_.allocations.size(), pages(taken),
                recorded ? fmt::format("; {} of them as recorded boots make them", recorded) : "");
        std::size_t left_out = 0;
        print(allocations_table(layout_, options_.all ? layout_.allocations.size() : allocations_shown, left_out));
        if (left_out) line("  and {} more: --all shows them", left_out);
    }

    void messages() {
        if (layout_.messages.empty()) return;
        heading("What the kernel says");
        for (const KernelMessage& m : layout_.messages) {
            const bool warning = m.level == MessageLevel::warning;
            line("  {}{}{}{}", warning ? palette_.warning : "", warning ? "warning: " : "", printable(m.text),
                 warning ? palette_.off : "");
        }
    }

    void notes() {
        static constexpr struct {
            Note::Kind kind;
            std::string_view title;
        } groups[] = {
            {Note::Kind::kernel_bug, "Kernel bugs that this layout meets"},
            {Note::Kind::problem, "Problems"},
            {Note::Kind::effect, "Worth knowing"},
            {Note::Kind::unmodelled, "Not modelled"},
            {Note::Kind::assumption, "Assumed"},
            {Note::Kind::unconfirmed, "Unconfirmed"},
        };
        for (const auto& group : groups) {
            bool first = true;
            for (const Note& n : layout_.notes) {
                if (n.kind != group.kind) continue;
                if (first) heading("{}", group.title);
                first = false;
                const std::string_view colour = n.kind == Note::Kind::kernel_bug || n.kind == Note::Kind::problem ? palette_.bug
                                                : n.kind == Note::Kind::effect                                    ? ""
                                                                               : palette_.warning;
                paragraph(printable(n.text) + " [" + n.id + "]", "  - ", colour);
                if (!n.remedy.empty()) paragraph("Remedy: " + printable(n.remedy), "    ", palette_.dim);
            }
        }
    }

    std::string take() { return std::move(out_); }

private:
    template <typename... T>
    void line(fmt::format_string<T...> format, T&&... args) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<T>(args)...);
        while (!out_.empty() && out_.back() == ' ') out_.pop_back();
        out_ += '\n';
    }
    template <typename... T>
    void heading(fmt::format_string<T...> format, T&&... args) {
        out_ += '\n';
        out_ += palette_.heading;
        fmt::format_to(std::back_inserter(out_), format, std::forward<T>(args)...);
        out_ += palette_.off;
        out_ += '\n';
    }
    void print(const Table& table) {
        if (table.empty())
            line("  none");
        else
            table.print(out_, {2, palette_.dim, palette_.off});
    }

    // In lines of at most 100 columns, the first of them behind `head`, of four columns.
    void paragraph(const std::string& text, std::string_view head, std::string_view colour) {
        static constexpr std::size_t width = 100;
        out_ += colour;
        std::size_t column = 0;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t blank = std::min(text.find(' ', at), text.size());
            const std::string_view word = std::string_view(text).substr(at, blank - at);
            const std::size_t taken = display_width(word);
            if (column == 0) {
                out_ += head;
                column = 4;
            } else if (column + 1 + taken > width) {
                out_ += "\n    ";
                column = 4;
            } else {
                out_ += ' ';
                ++column;
            }
            out_ += word;
            column += taken;
            at = blank + 1;
        }
        if (!colour.empty()) out_ += palette_.off;
        out_ += '\n';
    }

    // Words with blanks between them, in lines of at most `width` columns; at least one line.
    template <typename T, typename Word>
    static std::vector<std::string> lines_of(const std::vector<T>& list, Word&& word, std::size_t width) {
        std::vector<std::string> lines(1, list.empty() ? "empty" : "");
        for (const T& item : list) {
            const std::string text = word(item);
            if (!lines.back().empty() && lines.back().size() + 1 + text.size() > width) lines.emplace_back();
            if (!lines.back().empty()) lines.back() += ' ';
            lines.back() += text;
        }
        return lines;
    }

    static std::string number(u64 n) { return std::to_string(n); }
    std::string size(u64 bytes) const { return format_size(bytes, options_.bytes); }
    std::string pages(u64 n) const { return format_pages(n, kernel_.page_shift, options_.bytes); }
    std::string mem(Pfn begin, Pfn end) const { return format_mem(begin << kernel_.page_shift, end << kernel_.page_shift); }
    std::string range(Pfn begin, Pfn end) const { return format_range(begin << kernel_.page_shift, end << kernel_.page_shift); }
    static std::string node_name(int id) { return id == NUMA_NO_NODE ? "-" : std::to_string(id); }

    std::string limit_text(ZoneType type) const {
        if (!layout_.zone_ranges_printed) return "(not printed)";
        if (type == ZoneType::Movable) return "(not printed)";
        const ZoneLimit* l = layout_.limit(type);
        if (!l) return "-";
        return l->range.empty() ? "empty" : mem(l->range.begin, l->range.end);
    }
    static std::string flags(unsigned bits) {
        std::string out;
        const auto add = [&](unsigned bit, std::string_view name) {
            if (!(bits & bit)) return;
            if (!out.empty()) out += ',';
            out += name;
        };
        add(MEMBLOCK_HOTPLUG, "hotplug");
        add(MEMBLOCK_MIRROR, "mirror");
        add(MEMBLOCK_NOMAP, "nomap");
        add(MEMBLOCK_DRIVER_MANAGED, "driver-managed");
        return out.empty() ? "-" : out;
    }

    const Board& board_;
    const Kernel& kernel_;
    const Cmdline& cmdline_;
    const Layout& layout_;
    const ReportOptions& options_;
    const Palette& palette_;
    std::string out_;
};

}  // namespace

std::string report_text(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout,
                        const ReportOptions& options) {
    Text text(board, kernel, cmdline, layout, options);
    text.inputs();
    text.memory();
    text.account();
    if (options.until != Until::memblock && !layout.panic) {
        text.zone_limits();
        text.movable();
        text.nodes();
        text.unavailable();
        text.zonelists();
        if (options.until != Until::zones) text.buddy();
        text.slub();
        text.allocations();
    }
    text.messages();
    text.notes();
    return text.take();
}

}  // namespace zonecalc
