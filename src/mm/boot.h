// SPDX-License-Identifier: MIT
// The machine while it is brought up: the inputs, memblock, what early parameters have set, and the answer as it grows. What the
// kernel keeps in globals is a field here.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mm/early_boot.h"
#include "mm/memblock.h"
#include "mm/walk.h"
#include "zonecalc/board.h"
#include "zonecalc/cmdline.h"
#include "zonecalc/kernel.h"
#include "zonecalc/layout.h"

namespace zonecalc {

// required_kernelcore, required_movablecore and friends of mm/mm_init.c (mm/page_alloc.c before 6.4).
struct CoreParameters {
    u64 kernelcore = 0;  // pages
    u64 kernelcore_percent = 0;
    u64 movablecore = 0;  // pages
    u64 movablecore_percent = 0;
    bool mirrored_kernelcore = false;
};

// Where pages went that free lists do not show.
struct HandedOver {
    u64 no_zone = 0;                    // free, and in no zone
    std::vector<PfnRange> freed_later;  // reserved at the hand-over, and freed by initcalls: CMA areas, an initrd
    u64 per_cpu = 0;                    // then in the booting CPU's lists
    u64 never = 0;                      // deferred for good
};

struct Boot {
    Boot(const Board& b, const Kernel& k, const Cmdline& c, Walker* w = nullptr) : board(b), kernel(k), cmdline(c), walk(w) {
        memblock.memory.walk = memblock.reserved.walk = walk;
        memblock.reserved.is_reserved = true;
    }

    const Board& board;
    const Kernel& kernel;
    const Cmdline& cmdline;
    Walker* const walk;  // null where nobody asked for a walk

    Memblock memblock;
    bool zones_only = false;           // nobody asks for what is reserved
    std::unique_ptr<EarlyBoot> early;  // set where early allocations are computed

    // early parameters
    CoreParameters core;
    bool movable_node_enabled = false;
    std::vector<std::string> handled;  // names of the parameters that some handler took

    // limits, set by the architecture
    Pfn min_low_pfn = 0;
    Pfn max_low_pfn = 0;  // end of memory that the kernel maps all the time
    Pfn max_pfn = 0;
    u64 dma_reserve = 0;  // pages (set_dma_reserve, x86_64)

    // nodes, set by the architecture's NUMA code
    std::vector<int> online_nodes{0};    // node_online_map when free_area_init() starts, ascending
    std::vector<int> late_online_nodes;  // come online after that and before zonelists are built (nodes with CPUs and no memory)
    std::vector<int> possible_nodes{0};  // node_possible_map, ascending; holds the online ones
    std::map<std::pair<int, int>, u32> distance;  // where absent: 10 for a node itself, 20 for others
    std::map<int, bool> node_has_cpus;            // N_CPU as build_all_zonelists() sees it

    HandedOver handed_over;
    Layout layout;

    u32 node_distance(int from, int to) const {
        const auto d = distance.find({from, to});
        return d != distance.end() ? d->second : from == to ? 10u : 20u;
    }
    void message(MessageLevel level, std::string text, std::string function) {
        layout.messages.push_back({level, std::move(text), std::move(function)});
    }
    // A note is said once.
    void note(Note::Kind kind, std::string id, std::string text, Place place = {}) {
        for (const Note& n : layout.notes)
            if (n.id == id && n.text == text) return;
        layout.notes.push_back({kind, std::move(id), std::move(text), {}, std::move(place)});
    }
};

}  // namespace zonecalc
