// SPDX-License-Identifier: MIT
// Free blocks of one zone: an ordered list for each order and migratetype, kept as runs of equally spaced blocks. Pfns and pages.
#pragma once

#include <map>
#include <vector>

#include "zonecalc/free_list.h"

namespace zonecalc {

// struct free_area[] of a zone. Costs follow the number of runs, never that of blocks or pages.
class FreeArea {
public:
    struct Block {
        Pfn pfn = 0;
        unsigned order = 0;
        MigrateType type = MigrateType::Unmovable;
    };

    explicit FreeArea(unsigned max_order);

    // The block that starts at `pfn`, if it is free and of that very order (page_is_buddy()): the list it is on.
    std::optional<MigrateType> find(Pfn pfn, unsigned order) const;
    // The free block that holds `pfn`.
    std::optional<Block> holding(Pfn pfn) const;
    // Blocks that start inside `range`, ascending.
    std::vector<Block> starting_in(PfnRange range) const;

    void add(Pfn pfn, unsigned order, MigrateType type, bool tail) { add_run(pfn, 1, order, type, tail); }
    // `count` blocks end to end from `pfn` on, ascending; each is put at the same end of the list, the lowest first.
    void add_run(Pfn pfn, u64 count, unsigned order, MigrateType type, bool tail);
    // Takes a block that find() has found off its list.
    void remove(Pfn pfn, unsigned order);

    std::optional<Pfn> first(unsigned order, MigrateType type) const;
    bool empty(unsigned order, MigrateType type) const { return list(order, type).head == none; }
    u64 count(unsigned order, MigrateType type) const { return list(order, type).count; }
    u64 nr_free(unsigned order) const;  // all types
    u64 pages() const;

    // Head to tail.
    std::vector<PageRun> runs(unsigned order, MigrateType type) const;
    std::vector<FreeList> lists() const;
    std::size_t run_count() const;

private:
    using Index = std::uint32_t;
    static constexpr Index none = ~Index{0};

    // Element i is first + i * size, or first - i * size where the run descends.
    struct Run {
        Pfn first = 0;
        u64 count = 0;
        bool ascends = true;
        MigrateType type = MigrateType::Unmovable;
        Index previous = none;
        Index next = none;
    };
    struct List {
        Index head = none;
        Index tail = none;
        u64 count = 0;
    };

    static Pfn lowest(const Run& run, unsigned order);
    static Pfn last(const Run& run, unsigned order);
    Index run_of(Pfn pfn, unsigned order) const;
    Index make_run();
    void unlink(Index index, unsigned order);
    List& list(unsigned order, MigrateType type) { return lists_[order * nr_migrate_types + static_cast<std::size_t>(type)]; }
    const List& list(unsigned order, MigrateType type) const {
        return lists_[order * nr_migrate_types + static_cast<std::size_t>(type)];
    }

    unsigned max_order_;
    std::vector<Run> runs_;
    Index spare_ = none;                       // unused runs, by `next`
    std::vector<List> lists_;                  // by order and type
    std::vector<std::map<Pfn, Index>> index_;  // by order: lowest pfn of a run
};

// Migratetypes of pageblocks (the pageblock_flags bitmap): what is not set is Unmovable.
class PageblockTypes {
public:
    explicit PageblockTypes(unsigned pageblock_order) : order_(pageblock_order) {}

    MigrateType get(Pfn pfn) const;
    // All pageblocks whose first pfn lies in `range`.
    void set_heads(PfnRange range, MigrateType type);
    // The pageblock that holds `pfn`.
    void set(Pfn pfn, MigrateType type);
    // Up to where, from `pfn` on, pageblocks are of one type.
    Pfn same_until(Pfn pfn) const;
    // Pageblocks of a type whose first pfn lies in `range`.
    u64 count(PfnRange range, MigrateType type) const;

private:
    void assign(u64 first, u64 last, MigrateType type);

    unsigned order_;
    std::map<u64, MigrateType> from_;  // block number: this type from here on
};

}  // namespace zonecalc
