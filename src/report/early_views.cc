// SPDX-License-Identifier: MIT
#include "report/early_views.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/format.h"

namespace zonecalc {

namespace {

std::string address(PhysAddr a) {
    return a == ~PhysAddr{0} ? "-" : fmt::format("{:#x}", a);
}

std::string part_in_words(const MemoryPart& part, bool handed_over) {
    switch (part.kind) {
        case MemoryPart::Kind::free:
            return handed_over ? "free, on the page allocator's lists" : "free";
        case MemoryPart::Kind::per_cpu:
            return "free, in the booting CPU's lists";
        case MemoryPart::Kind::deferred:
            return "deferred: struct pages are initialised later";
        case MemoryPart::Kind::reserved:
            return "reserved: " + (part.name.empty() ? "nameless" : printable(part.name));
        case MemoryPart::Kind::broken:
            return "free parts of pages that reserved ranges touch";
        case MemoryPart::Kind::no_zone:
            return "free, and in no zone";
        case MemoryPart::Kind::nomap:
            return "not to be mapped";
        case MemoryPart::Kind::cut:
            return "firmware's memory that the kernel does not take";
    }
    return {};
}

}  // namespace

Table early_calls_table(const std::vector<EarlyCall>& calls, bool bytes) {
    Table table({{"CALL"},
                 {"PHYSICAL RANGE"},
                 {"SIZE", true},
                 {"WHAT"},
                 {"ALIGN", true},
                 {"FROM", true},
                 {"BELOW", true},
                 {"NODE", true},
                 {"WAY"},
                 {"GIVEN BACK"},
                 {"CALLED BY"}});
    for (const EarlyCall& c : calls) {
        const bool found = c.kind == EarlyCall::Kind::allocate;
        const std::string back = c.given_back == 0 ? "" : c.given_back == c.size ? "all" : format_size(c.given_back, bytes);
        table.row({std::string(to_string(c.kind)), format_range(c.base, c.base + c.size), format_size(c.size, bytes),
                   printable(c.name), found ? fmt::format("{:#x}", c.align) : "", found ? address(c.from) : "",
                   found ? address(c.below) : "", found && c.nid != NUMA_NO_NODE ? std::to_string(c.nid) : "",
                   !found        ? ""
                   : c.bottom_up ? "up"
                                 : "down",
                   back, printable(c.function)});
    }
    return table;
}

Table memory_account_table(const MemoryAccount& account, bool bytes) {
    const bool changes =
        account.handed_over && std::ranges::any_of(account.parts, [](const MemoryPart& p) { return p.hand_over != p.started; });
    const bool frees = std::ranges::any_of(account.parts, [](const MemoryPart& p) { return p.later != 0; });
    std::vector<Column> columns{{"WHAT"}, {"SIZE", true}};
    if (!bytes) columns.push_back({"BYTES", true});
    if (changes) columns.push_back({"ONCE STARTED", true});
    if (frees) columns.push_back({"FREED IN THE END", true});
    Table table(columns);
    const auto row = [&](std::string what, u64 size, u64 started, u64 later) {
        std::vector<Cell> cells{std::move(what), format_size(size, bytes)};
        if (!bytes) cells.push_back(std::to_string(size));
        if (changes) cells.push_back(std::to_string(started));
        if (frees) cells.push_back(later == 0 ? std::string{} : std::to_string(later));
        table.row(std::move(cells));
    };
    for (const MemoryPart& p : account.parts) row(part_in_words(p, account.handed_over), p.hand_over, p.started, p.later);
    const u64 sum = account.sum(&MemoryPart::hand_over);
    const u64 started = account.sum(&MemoryPart::started);
    const bool all = sum == account.memory() && (!account.handed_over || started == account.memory());
    if (!all) row("not accounted for", account.memory() - sum, account.memory() - started, 0);
    row("all memory", account.memory(), account.memory(), 0);
    return table;
}

}  // namespace zonecalc
