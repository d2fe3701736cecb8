// SPDX-License-Identifier: MIT
// Free lists as runs.
//
// The kernel threads free blocks on doubly linked lists whose order decides what is handed out next. Almost all blocks come in long
// rows of equal size, freed one after the other, so a list is kept as runs: blocks end to end, in ascending or descending order. A
// run's elements, read run by run from head to tail, are exactly the kernel's list; which runs they are cut into is our affair.
//
// Blocks that touch the run at either end of a list extend it. Taking a block out of the middle leaves two runs in its place. An
// index by order finds the run that holds a pfn: runs of one order cover whole ranges and never overlap.
//
// Order of runs in memory is of no account; unused ones are kept for later.
// Read beside it: include/linux/mmzone.h struct free_area, and add_to_free_list(), del_page_from_free_list(), page_is_buddy(),
// get_pfnblock_migratetype() in mm/page_alloc.c and mm/internal.h.
#include "mm/free_area.h"

#include <algorithm>

namespace zonecalc {

FreeArea::FreeArea(unsigned max_order)
    : max_order_(max_order), lists_(std::size_t{max_order + 1} * nr_migrate_types), index_(max_order + 1) {}

Pfn FreeArea::last(const Run& run, unsigned order) {
    const u64 distance = (run.count - 1) << order;
    return run.ascends ? run.first + distance : run.first - distance;
}

Pfn FreeArea::lowest(const Run& run, unsigned order) {
    return run.ascends ? run.first : last(run, order);
}

FreeArea::Index FreeArea::run_of(Pfn pfn, unsigned order) const {
    const auto& index = index_[order];
    auto at = index.upper_bound(pfn);
    if (at == index.begin()) return none;
    --at;
    const u64 offset = pfn - at->first;
    if (offset & ((u64{1} << order) - 1) || offset >> order >= runs_[at->second].count) return none;
    return at->second;
}

std::optional<MigrateType> FreeArea::find(Pfn pfn, unsigned order) const {
    const Index i = run_of(pfn, order);
    if (i == none) return std::nullopt;
    return runs_[i].type;
}

std::optional<FreeArea::Block> FreeArea::holding(Pfn pfn) const {
    for (unsigned order = 0; order <= max_order_; ++order) {
        const Pfn head = pfn & ~((u64{1} << order) - 1);
        if (const auto type = find(head, order)) return Block{head, order, *type};
    }
    return std::nullopt;
}

std::vector<FreeArea::Block> FreeArea::starting_in(PfnRange range) const {
    std::vector<Block> out;
    for (unsigned order = 0; order <= max_order_; ++order) {
        const u64 size = u64{1} << order;
        const auto& index = index_[order];
        auto at = index.upper_bound(range.begin);
        if (at != index.begin()) --at;
        for (; at != index.end() && at->first < range.end; ++at) {
            const Run& run = runs_[at->second];
            u64 i = at->first < range.begin ? (range.begin - at->first + size - 1) >> order : 0;
            for (; i < run.count && at->first + (i << order) < range.end; ++i)
                out.push_back({at->first + (i << order), order, run.type});
        }
    }
    std::sort(out.begin(), out.end(), [](const Block& a, const Block& b) { return a.pfn < b.pfn; });
    return out;
}

FreeArea::Index FreeArea::make_run() {
    if (spare_ == none) {
        runs_.emplace_back();
        return static_cast<Index>(runs_.size() - 1);
    }
    const Index i = spare_;
    spare_ = runs_[i].next;
    return i;
}

void FreeArea::unlink(Index i, unsigned order) {
    Run& run = runs_[i];
    List& l = list(order, run.type);
    (run.previous == none ? l.head : runs_[run.previous].next) = run.next;
    (run.next == none ? l.tail : runs_[run.next].previous) = run.previous;
    run.next = spare_;
    spare_ = i;
}

void FreeArea::add_run(Pfn pfn, u64 count, unsigned order, MigrateType type, bool tail) {
    if (count == 0) return;
    const u64 size = u64{1} << order;
    List& l = list(order, type);
    l.count += count;
    const Pfn top = pfn + ((count - 1) << order);

    // The run at that end goes on where the new blocks touch it in the same direction.
    const Index end = tail ? l.tail : l.head;
    if (end != none) {
        Run& run = runs_[end];
        // At the tail blocks are appended in ascending order; at the head they end up in descending order.
        const bool appended_direction = run.count == 1 || run.ascends == tail;
        const bool above = pfn == (tail ? last(run, order) : run.first) + size;
        if (appended_direction && above) {
            const Pfn low = lowest(run, order);
            run.ascends = tail;
            run.count += count;
            run.first = tail ? low : top;
            return;
        }
        // A single block just below may extend a run that goes the other way.
        const bool other_direction = run.count == 1 || run.ascends != tail;
        if (count == 1 && other_direction && pfn + size == (tail ? last(run, order) : run.first)) {
            const Pfn low = lowest(run, order);
            const Pfn high = run.ascends ? last(run, order) : run.first;
            auto node = index_[order].extract(low);
            node.key() = pfn;
            index_[order].insert(std::move(node));
            run.ascends = !tail;
            run.count += 1;
            run.first = tail ? high : pfn;
            return;
        }
    }

    const Index i = make_run();
    Run& run = runs_[i];
    run = {tail ? pfn : top, count, tail, type, none, none};
    if (tail) {
        run.previous = l.tail;
        (l.tail == none ? l.head : runs_[l.tail].next) = i;
        l.tail = i;
    } else {
        run.next = l.head;
        (l.head == none ? l.tail : runs_[l.head].previous) = i;
        l.head = i;
    }
    index_[order].emplace(pfn, i);
}

void FreeArea::remove(Pfn pfn, unsigned order) {
    const Index i = run_of(pfn, order);
    if (i == none) return;
    const u64 size = u64{1} << order;
    --list(order, runs_[i].type).count;
    const Pfn low = lowest(runs_[i], order);
    if (runs_[i].count == 1) {
        index_[order].erase(low);
        unlink(i, order);
        return;
    }
    const Pfn high = low + ((runs_[i].count - 1) << order);
    if (pfn == low) {
        auto node = index_[order].extract(low);
        node.key() = low + size;
        index_[order].insert(std::move(node));
        if (runs_[i].ascends) runs_[i].first += size;
        --runs_[i].count;
        return;
    }
    if (pfn == high) {
        if (!runs_[i].ascends) runs_[i].first -= size;
        --runs_[i].count;
        return;
    }
    // From the middle: what follows the block in list order becomes a run of its own, behind this one.
    const Index j = make_run();
    Run& front = runs_[i];
    Run& back = runs_[j];
    const u64 below = (pfn - low) >> order;
    const u64 above = (high - pfn) >> order;
    back = {front.ascends ? pfn + size : pfn - size, front.ascends ? above : below, front.ascends, front.type, i, front.next};
    front.count = front.ascends ? below : above;
    (back.next == none ? list(order, front.type).tail : runs_[back.next].previous) = j;
    front.next = j;
    index_[order][low] = front.ascends ? i : j;
    index_[order].emplace(pfn + size, front.ascends ? j : i);
}

std::optional<Pfn> FreeArea::first(unsigned order, MigrateType type) const {
    const Index head = list(order, type).head;
    if (head == none) return std::nullopt;
    return runs_[head].first;
}

u64 FreeArea::nr_free(unsigned order) const {
    u64 n = 0;
    for (const MigrateType type : all_migrate_types) n += count(order, type);
    return n;
}

u64 FreeArea::pages() const {
    u64 n = 0;
    for (unsigned order = 0; order <= max_order_; ++order) n += nr_free(order) << order;
    return n;
}

std::vector<PageRun> FreeArea::runs(unsigned order, MigrateType type) const {
    std::vector<PageRun> out;
    const i64 size = i64{1} << order;
    for (Index i = list(order, type).head; i != none; i = runs_[i].next) {
        const Run& run = runs_[i];
        out.push_back({run.first, run.count == 1 ? 0 : run.ascends ? size : -size, run.count});
    }
    return out;
}

std::vector<FreeList> FreeArea::lists() const {
    std::vector<FreeList> out;
    for (unsigned order = 0; order <= max_order_; ++order)
        for (const MigrateType type : all_migrate_types)
            if (!empty(order, type)) out.push_back({order, type, runs(order, type)});
    return out;
}

std::size_t FreeArea::run_count() const {
    std::size_t n = 0;
    for (const auto& index : index_) n += index.size();
    return n;
}

MigrateType PageblockTypes::get(Pfn pfn) const {
    auto at = from_.upper_bound(pfn >> order_);
    return at == from_.begin() ? MigrateType::Unmovable : std::prev(at)->second;
}

void PageblockTypes::assign(u64 first, u64 last, MigrateType type) {
    if (first >= last) return;
    const MigrateType after = get(last << order_);
    const MigrateType before = first == 0 ? MigrateType::Unmovable : get((first - 1) << order_);
    from_.erase(from_.lower_bound(first), from_.upper_bound(last));
    if (before != type) from_[first] = type;
    if (after != type) from_[last] = after;
}

void PageblockTypes::set_heads(PfnRange range, MigrateType type) {
    if (range.empty()) return;
    const u64 mask = (u64{1} << order_) - 1;
    const u64 first = (range.begin >> order_) + ((range.begin & mask) != 0);
    const u64 last = (range.end >> order_) + ((range.end & mask) != 0);
    assign(first, last, type);
}

void PageblockTypes::set(Pfn pfn, MigrateType type) {
    assign(pfn >> order_, (pfn >> order_) + 1, type);
}

Pfn PageblockTypes::same_until(Pfn pfn) const {
    const auto at = from_.upper_bound(pfn >> order_);
    return at == from_.end() ? ~Pfn{0} : at->first << order_;
}

u64 PageblockTypes::count(PfnRange range, MigrateType type) const {
    if (range.empty()) return 0;
    const u64 mask = (u64{1} << order_) - 1;
    u64 at = (range.begin >> order_) + ((range.begin & mask) != 0);
    const u64 end = (range.end >> order_) + ((range.end & mask) != 0);
    u64 n = 0;
    while (at < end) {
        const Pfn until = same_until(at << order_);
        const u64 stop = until == ~Pfn{0} ? end : std::min(end, until >> order_);
        if (get(at << order_) == type) n += stop - at;
        at = stop;
    }
    return n;
}

}  // namespace zonecalc
