// SPDX-License-Identifier: MIT
// What rmqueue() and the functions below it tell the walk of their lists.
#include <fmt/format.h>

#include "kernel/source_words.h"
#include "mm/alloc_walk.h"
#include "mm/rmqueue.h"

namespace zonecalc {

// Orders from `first` to `end` have nothing.
void Rmqueue::tell_empty(const WalkNote& walk, MigrateType type, unsigned first, unsigned end) const {
    if (first == end) return;
    walk.because([&] {
        return first + 1 == end ? fmt::format("{} is empty", list_in_words(first, type))
                                : fmt::format("{} is empty in orders {} to {}", migratetype_constant(type), first, end - 1);
    });
}

// fallbacks[]
void Rmqueue::tell_fallbacks(const WalkNote& walk, unsigned order, unsigned min_order, MigrateType start) const {
    if (!walk) return;
    walk.argument("order", order);
    walk.argument("start_migratetype", migratetype_number(kernel_, start));
    std::string list;
    for (const MigrateType type : fallbacks(start))
        if (type != MigrateType::Cma || kernel_.behaviours.fallback == Fallback::split)
            list += (list.empty() ? "" : ", ") + type_in_words(kernel_, type);
    if (kernel_.behaviours.migrate_reserve) list += ", " + type_in_words(kernel_, MigrateType::Reserve) + " handled last";
    walk.value(fmt::format("fallbacks[{}]", migratetype_constant(start)), list);
    walk.because(fmt::format("from order {} down to {}: a large block spoils the fewest pageblocks", kernel_.max_order, min_order));
}

// The first block that fallbacks[] leads to, and what it passes by.
void Rmqueue::tell_candidate(const WalkNote& walk, const BuddyZone& zone, const Candidate& from, MigrateType start) const {
    if (!walk) return;
    for (const MigrateType type : fallbacks(start)) {
        if (type == from.type) break;
        if (zone.free.empty(from.order, type)) walk.because(list_in_words(from.order, type) + " is empty");
    }
    walk.value("current_order", from.order);
    walk.value("migratetype", type_in_words(kernel_, from.type));
    walk.value("head of " + list_in_words(from.order, from.type), from.pfn, WalkUnit::pfn);
}

}  // namespace zonecalc
