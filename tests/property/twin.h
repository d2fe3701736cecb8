// SPDX-License-Identifier: MIT
// A page allocator in the plainest way: an entry for every page, doubly linked lists, page by page. Slow, and written apart from
// the model, so that the two can be held against each other.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc::twin {

struct Request {
    unsigned order = 0;
    int node = 0;
    ZoneType highest = ZoneType::Normal;
    MigrateType type = MigrateType::Unmovable;
    bool thisnode = false;
    bool high = false;
    bool atomic = false;
    bool cold = false;
};

struct PcpSize {
    u64 batch = 1, high = 0, high_min = 0, high_max = 0;
};

struct Page {
    int zone = -1;  // -1: no struct page
    int prev = -1;
    int next = -1;
    int order = -1;  // of a free block that starts here
    MigrateType list = MigrateType::Unmovable;
    bool free_memory = false;  // memblock has it for the taking
    bool handed = false;
    int range = -1;  // which range of memblock's it is in
};

struct Zone {
    int node = 0;
    ZoneType type = ZoneType::Normal;
    int start = 0, end = 0;
    u64 managed = 0;
    long free_pages = 0, free_cma = 0, highatomic = 0, batch_left = 0;
    std::map<std::pair<int, int>, std::pair<int, int>> lists;  // order, type: head, tail
    // per CPU
    PcpSize pcp;
    long pcp_count = 0, pcp_high = 0, pcp_free_count = 0;
    int alloc_factor = 0, free_factor = 0;
    bool prev_high_order = false;
    std::map<int, std::deque<std::pair<int, MigrateType>>> pcp_lists;
    Watermark mark;
    std::vector<u64> reserve;
    bool below_high = false;
};

class Twin {
public:
    Twin(const Kernel& kernel, const Layout& layout, int pages);

    int alloc(const Request& request);  // pfn, or -1
    std::vector<int> bulk(const Request& request, int count);
    void free(int pfn, int order);
    void setup_per_cpu_pageset();  // one CPU, on the first node
    void init_late();
    void activate_cma(int begin, int end);
    int first_deferred(int node) const;

    std::vector<Zone>& zones() { return zones_; }
    std::vector<int> list(const Zone& zone, int order, MigrateType type) const;
    MigrateType block_type(const Zone& zone, int pfn) const;

private:
    void memmap(const Layout& layout);
    void hand_over();
    int chunk_order(int pfn, int end) const;
    void core_free(int pfn, int order, bool tail);

    void link(Zone& z, int pfn, int order, MigrateType type, bool tail);
    void unlink(Zone& z, int pfn);
    bool is_free(const Zone& z, int pfn, int order) const;
    int head(const Zone& z, int order, MigrateType type) const;
    void set_block(const Zone& z, int pfn, MigrateType type);
    std::vector<MigrateType>& blocks(const Zone& z);

    void free_one(Zone& z, int pfn, int order, MigrateType type, bool tail);
    void free_ok(Zone& z, int pfn, int order, bool tail);

    struct Flags {
        int mark = 1;
        bool high = false, harder = false, highatomic = false, cma = false, nofragment = false, fair = false, cold = false;
    };
    bool enough(const Zone& z, int order, u64 mark, int reserve_index, const Flags& f) const;
    int walk(const Request& r, const std::vector<int>& list, Flags f);
    std::vector<int> zonelist(const Request& r) const;
    int index_of(ZoneType type) const;
    int rmqueue(Zone& z, int order, MigrateType type, const Flags& f);
    int from_pcp(Zone& z, int order, MigrateType type, const Flags& f);
    int take(Zone& z, int order, MigrateType type, const Flags& f, int& mode, MigrateType& from);
    int smallest(Zone& z, int order, MigrateType type);
    int cut(Zone& z, int pfn, int order, MigrateType rest);
    std::vector<MigrateType> others(MigrateType start) const;
    bool claimable(int order, MigrateType start) const;
    int move_block(Zone& z, int pfn, MigrateType type);
    bool block_inside(const Zone& z, int pfn) const;
    int block_free(const Zone& z, int pfn) const;
    bool mostly_alike(int free, MigrateType old, MigrateType start) const;
    bool pcp_order(int order) const;
    int pcp_index(int order, MigrateType type) const;
    int pcp_lists() const;
    void drain(Zone& z, long pages, int index);
    bool grow(Zone& z, int order);

    const Kernel& k_;
    const Layout& layout_;
    std::vector<Page> pages_;
    std::vector<Zone> zones_;
    std::vector<std::vector<MigrateType>> blocks_;
    std::map<int, int> deferred_;
    long bulk_pending_ = 0;
    bool late_ = false;
};

}  // namespace zonecalc::twin
