// SPDX-License-Identifier: MIT
// Per-CPU lists of pages.
//
// Small blocks are not taken from the zone one by one: an empty list is filled with a batch, and freed pages stay until there are
// more than `high`. Until setup_per_cpu_pageset() all CPUs use a boot set with a batch of one and no room, which passes everything
// through.
//
// Releases differ in which orders have lists (0 only; since 5.14 up to 3, and huge pages), in where a page goes that finds its list
// full, and in how batch and room grow: fixed at first; since 5.14 what is freed at once doubles while nothing is allocated;
// since 6.7 what is allocated at once doubles while nothing is freed, and the room moves between two bounds.
//
// Not modelled: other CPUs, and the decay of the lists while the machine idles.
// Read beside it: mm/page_alloc.c, nr_pcp_alloc(), nr_pcp_free(), nr_pcp_high(), free_unref_page_commit(), order_to_pindex().
#include "mm/pcp.h"

#include <algorithm>

namespace zonecalc {

namespace {

constexpr unsigned PAGE_ALLOC_COSTLY_ORDER = 3;
constexpr unsigned MIGRATE_PCPTYPES = 3;
constexpr unsigned PCP_BATCH_SCALE_MAX = 5;  // CONFIG_PCP_BATCH_SCALE_MAX; the same as a constant before 6.7
constexpr unsigned low_order_lists = MIGRATE_PCPTYPES * (PAGE_ALLOC_COSTLY_ORDER + 1);

unsigned number(const Kernel& kernel, MigrateType type) {
    const bool movable_last = kernel.behaviours.migrate_reserve;
    switch (type) {
        case MigrateType::Movable:
            return movable_last ? 2 : 1;
        case MigrateType::Reclaimable:
            return movable_last ? 1 : 2;
        default:
            return 0;
    }
}

// Bytes are the same everywhere: a page of page-table entries maps one huge page.
unsigned huge_order(const Kernel& kernel) {
    return kernel.behaviours.pcp_thp_is_pmd_order ? kernel.page_shift - 3 : kernel.pageblock_order;
}

// clamp() of the kernel's: the upper bound wins where the bounds cross.
u64 clamp(u64 value, u64 low, u64 high) {
    return std::min(std::max(value, low), high);
}

bool has_huge_lists(const Kernel& kernel) {
    return kernel.behaviours.pcp_high_orders && kernel.config_enabled("TRANSPARENT_HUGEPAGE");
}

}  // namespace

bool PerCpuLists::allows(const Kernel& kernel, unsigned order) {
    if (order == 0) return true;
    if (!kernel.behaviours.pcp_high_orders) return false;
    return order <= PAGE_ALLOC_COSTLY_ORDER || (has_huge_lists(kernel) && order == huge_order(kernel));
}

unsigned PerCpuLists::pindex(const Kernel& kernel, MigrateType type, unsigned order) {
    if (order > PAGE_ALLOC_COSTLY_ORDER) {
        switch (kernel.behaviours.pcp_thp) {
            case PcpThp::by_type:
                return low_order_lists + number(kernel, type);
            case PcpThp::one:
                return low_order_lists;
            case PcpThp::movable_or_not:
                return low_order_lists + (type == MigrateType::Movable);
        }
    }
    return MIGRATE_PCPTYPES * order + number(kernel, type);
}

unsigned PerCpuLists::pindex_to_order(const Kernel& kernel, unsigned pindex) {
    return pindex >= low_order_lists ? huge_order(kernel) : pindex / MIGRATE_PCPTYPES;
}

unsigned PerCpuLists::nr_lists(const Kernel& kernel) {
    if (!kernel.behaviours.pcp_high_orders) return MIGRATE_PCPTYPES;
    if (!has_huge_lists(kernel)) return low_order_lists;
    switch (kernel.behaviours.pcp_thp) {
        case PcpThp::by_type:
            return low_order_lists + MIGRATE_PCPTYPES;
        case PcpThp::one:
            return low_order_lists + 1;
        case PcpThp::movable_or_not:
            return low_order_lists + 2;
    }
    return low_order_lists;
}

std::deque<PerCpuLists::Entry>& PerCpuLists::list(unsigned pindex) {
    if (lists_.size() <= pindex) lists_.resize(pindex + 1);
    return lists_[pindex];
}

u64 PerCpuLists::nr_to_alloc(const Kernel& kernel, unsigned order, bool below_high) {
    u64 batch = size_.batch;
    if (kernel.behaviours.pcp_high_min_max) {
        high_ = clamp(high_, size_.high_min, size_.high_max);
        u64 high = high_;
        if (high < size_.batch) return 1;
        if (order == 0) batch = size_.batch << alloc_factor_;
        if (size_.high_min != size_.high_max && !below_high) high = high_ = std::min(high + batch, size_.high_max);
        if (order == 0) {
            const u64 taken = count_ + size_.batch;
            const u64 most = std::max(high > taken ? high - taken : 0, size_.batch);
            if (batch <= most && alloc_factor_ < PCP_BATCH_SCALE_MAX) ++alloc_factor_;
            batch = std::min(batch, most);
        }
    }
    if (kernel.behaviours.pcp_high_orders && batch > 1) batch = std::max<u64>(batch >> order, 2);
    return batch;
}

void PerCpuLists::note_alloc(const Kernel& kernel) {
    if (kernel.behaviours.pcp_high_min_max)
        free_count_ >>= 1;
    else if (kernel.behaviours.pcp_free_factor)
        free_factor_ >>= 1;
}

u64 PerCpuLists::nr_pcp_high(bool free_high, bool below_high) {
    u64 high = high_ = clamp(high_, size_.high_min, size_.high_max);
    if (high == 0) return 0;
    if (free_high) {
        const u64 step = size_.batch << PCP_BATCH_SCALE_MAX;
        high_ = std::max(high > step ? high - step : 0, size_.high_min);
        return 0;
    }
    if (size_.high_min == size_.high_max) return high;
    if (below_high) {
        const u64 step = std::max(free_count_, size_.batch);
        high_ = std::max(high > step ? high - step : 0, size_.high_min);
        high = std::max(count_, size_.high_min);
    } else if (count_ >= high) {
        const u64 need = free_count_ + size_.batch;
        if (high_ < need) high_ = clamp(need, size_.high_min, size_.high_max);
    }
    return high;
}

u64 PerCpuLists::nr_to_free(const Kernel& kernel, unsigned order, bool below_high) {
    const Behaviours& b = kernel.behaviours;
    const u64 batch = size_.batch;
    const bool costly_or_less = order != 0 && order <= PAGE_ALLOC_COSTLY_ORDER;
    if (b.pcp_high_min_max) {
        alloc_factor_ >>= 1;
        // PCPF_FREE_HIGH_BATCH, for CPUs whose caches hold little, is taken as unset.
        const bool free_high = costly_or_less && free_count_ >= batch && previous_free_high_order_;
        previous_free_high_order_ = costly_or_less;
        if (free_count_ < batch << PCP_BATCH_SCALE_MAX) free_count_ += u64{1} << order;
        const u64 high = nr_pcp_high(free_high, below_high);
        if (count_ < high) return 0;
        if (free_high) return std::min(count_, batch << PCP_BATCH_SCALE_MAX);
        if (high < batch) return 1;
        return clamp(free_count_, batch, high - batch);
    }
    if (!b.pcp_free_factor) return count_ >= size_.high ? std::min(batch, count_) : 0;

    const bool free_high = b.pcp_free_high_orders && free_factor_ && costly_or_less;
    const u64 high = free_high ? 0 : size_.high;
    if (count_ < high) return 0;
    if (free_high) return count_;
    if (high < batch) return 1;
    const u64 most = high - batch;
    u64 n = batch << free_factor_;
    if (n < most && (!b.pcp_scale_capped || free_factor_ < PCP_BATCH_SCALE_MAX)) ++free_factor_;
    return clamp(n, batch, most);
}

}  // namespace zonecalc
