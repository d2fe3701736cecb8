// SPDX-License-Identifier: MIT
// The pages that a CPU keeps for itself, zone by zone: struct per_cpu_pages. The model has one CPU, the one that boots.
#pragma once

#include <deque>
#include <tuple>
#include <vector>

#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

class PerCpuLists {
public:
    struct Entry {
        Pfn pfn = 0;
        MigrateType type = MigrateType::Unmovable;  // page's own note of its type, where the release keeps one
    };

    // pageset_init(): the boot page set keeps nothing.
    PerCpuLists() = default;

    // pcp_allowed_order()
    static bool allows(const Kernel& kernel, unsigned order);
    // order_to_pindex(); `type` is Unmovable, Movable or Reclaimable.
    static unsigned pindex(const Kernel& kernel, MigrateType type, unsigned order);
    static unsigned pindex_to_order(const Kernel& kernel, unsigned pindex);
    static unsigned nr_lists(const Kernel& kernel);

    void resize(const PerCpuPages& size) { size_ = size; }
    const PerCpuPages& size() const { return size_; }

    std::deque<Entry>& list(unsigned pindex);
    const std::vector<std::deque<Entry>>& lists() const { return lists_; }
    u64 count() const { return count_; }
    void add_count(u64 pages) { count_ += pages; }
    void sub_count(u64 pages) { count_ -= pages; }

    // All that decides on how many pages come and go, beside the lists themselves.
    auto counters() const { return std::tuple(count_, high_, alloc_factor_, free_factor_, free_count_, previous_free_high_order_); }

    // How many blocks an empty list is filled with: nr_pcp_alloc(), and what rmqueue_pcplist() did before it.
    u64 nr_to_alloc(const Kernel& kernel, unsigned order, bool below_high);
    // Called for every allocation from the lists, before it.
    void note_alloc(const Kernel& kernel);
    // Called for every free to the lists, after the page was put there. How many pages to drain; 0 for none.
    u64 nr_to_free(const Kernel& kernel, unsigned order, bool below_high);

private:
    u64 nr_pcp_high(bool free_high, bool below_high);

    PerCpuPages size_{.batch = 1};  // BOOT_PAGESET_BATCH, BOOT_PAGESET_HIGH
    u64 count_ = 0;                 // pages
    u64 high_ = 0;                  // where it tunes itself
    unsigned alloc_factor_ = 0;
    unsigned free_factor_ = 0;
    u64 free_count_ = 0;
    bool previous_free_high_order_ = false;
    std::vector<std::deque<Entry>> lists_;
};

}  // namespace zonecalc
