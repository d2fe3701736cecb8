// SPDX-License-Identifier: MIT
// The answer: everything that the modelled kernel has decided, as one value. Reports print it and compute nothing.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/board.h"
#include "zonecalc/early_memory.h"
#include "zonecalc/free_list.h"
#include "zonecalc/slub.h"
#include "zonecalc/types.h"

namespace zonecalc {

// enum memblock_flags
enum MemblockFlags : unsigned {
    MEMBLOCK_NONE = 0,
    MEMBLOCK_HOTPLUG = 1,
    MEMBLOCK_MIRROR = 2,
    MEMBLOCK_NOMAP = 4,
    MEMBLOCK_DRIVER_MANAGED = 8,
};

// A region of memblock.memory or memblock.reserved. Bytes.
struct MemblockRegion {
    PhysAddr base = 0;
    u64 size = 0;
    int nid = NUMA_NO_NODE;
    unsigned flags = MEMBLOCK_NONE;
    std::string name;  // reserved: what it is, where that is known

    PhysAddr end() const { return base + size; }
    bool operator==(const MemblockRegion&) const = default;
};

// arch_zone_lowest/highest_possible_pfn: what "Zone ranges:" prints. It is the architecture's limit, not where a node's zone lies.
struct ZoneLimit {
    ZoneType zone = ZoneType::Normal;
    PfnRange range;  // pfns; empty prints "empty"
};

enum class MovablePath { none, movable_node, mirror, kernelcore, movablecore };
std::string_view to_string(MovablePath path);

// zone_movable_pfn[], the result of find_zone_movable_pfns_for_nodes().
struct MovableStart {
    int node = 0;
    Pfn pfn = 0;
};
struct Movable {
    MovablePath path = MovablePath::none;
    ZoneType zone = ZoneType::Normal;  // movable_zone: where movable memory is taken from
    u64 required_kernelcore = 0;       // pages, after percent, rounding and movablecore= are worked in
    u64 required_movablecore = 0;      // pages, rounded
    std::vector<MovableStart> start;   // nodes with a start other than 0, by node
};

// "Early memory node ranges": for_each_mem_pfn_range().
struct EarlyRange {
    int node = 0;
    PfnRange range;
};

// Pages. The state once start-up is over, as /proc/zoneinfo shows it.
struct Watermark {
    u64 min = 0;
    u64 low = 0;
    u64 high = 0;
};
// Pages. `high` where the release has one bound, high_min and high_max where it tunes itself between two.
struct PerCpuPages {
    u64 batch = 0;
    u64 high = 0;
    u64 high_min = 0;
    u64 high_max = 0;
};

// Pageblocks of each type, by MigrateType, as /proc/pagetypeinfo counts them.
using PageblockCounts = std::array<u64, nr_migrate_types>;

// A zone once initcalls have handed over what was deferred, and CMA areas. What start-up allocates is not taken off.
struct StartedZone {
    u64 managed = 0;     // pages
    u64 free_pages = 0;  // on the lists; per-CPU lists may hold more
    std::vector<FreeList> free_lists;
    PageblockCounts pageblocks{};
};

struct Zone {
    ZoneType type = ZoneType::Normal;
    Pfn start_pfn = 0;               // 0 where nothing is spanned
    u64 spanned = 0;                 // pages
    u64 present = 0;                 // pages
    u64 memmap_pages = 0;            // charged to the zone in its first estimate …
    bool memmap_exceeds = false;     // … or not: the charge was more than the zone has and was dropped, with a message
    std::optional<u64> dma_reserve;  // pages taken off zone 0's estimate, where the kernel prints "pages reserved"
    u64 managed_initial = 0;         // pages: free_area_init_core's estimate, not what the buddy gets
    unsigned lifo_batch = 0;         // zone_batchsize() of the estimate

    // Right after memory has been handed to the page allocator.
    std::optional<u64> managed;  // pages; none where memory was not handed over
    u64 free_pages = 0;
    std::vector<FreeList> free_lists;  // those that are not empty, by order
    PageblockCounts pageblocks{};
    std::optional<StartedZone> started;

    // Once start-up is over, where all that is reserved is known. lowmem_reserve: by zone of the kernel.
    std::optional<Watermark> watermark;
    std::vector<u64> lowmem_reserve;
    std::optional<PerCpuPages> pcp;

    Pfn end_pfn() const { return start_pfn + spanned; }
    bool populated() const { return present != 0; }
};

struct ZoneRef {
    int node = 0;
    ZoneType zone = ZoneType::Normal;
    bool operator==(const ZoneRef&) const = default;
};

struct Node {
    int id = 0;
    PfnRange range;            // lowest to highest pfn; empty for a memory-less node
    u64 spanned = 0;           // node_spanned_pages
    u64 present = 0;           // node_present_pages
    bool was_offline = false;  // possible but not online when free_area_init() made it
    bool online = true;
    std::optional<Pfn> first_deferred_pfn;   // struct pages from here on are initialised later, by page_alloc_init_late()
    std::vector<Zone> zones;                 // one for each zone of the kernel, in zone order
    std::vector<int> fallback_order;         // nodes, nearest first
    std::vector<ZoneRef> zonelist;           // ZONELIST_FALLBACK
    std::vector<ZoneRef> zonelist_thisnode;  // ZONELIST_NOFALLBACK, NUMA kernels

    bool has_memory() const { return present != 0 && !was_offline; }  // N_MEMORY
    const Zone* zone(ZoneType type) const;
};

// init_unavailable_range(): struct pages that no memory stands behind.
struct UnavailableRange {
    int node = 0;
    ZoneType zone = ZoneType::Normal;
    u64 pages = 0;
};

// Pages of one zone whose pageblocks are of one type.
struct PageStretch {
    PfnRange range;
    int node = 0;
    ZoneType zone = ZoneType::Normal;
    MigrateType type = MigrateType::Unmovable;
    bool managed = false;  // the page allocator has them; else they are reserved
};

// What x86 said of a node before free_area_init() did: bytes, from the first block of it that is aligned as zones are.
struct NodeSetup {
    int node = 0;
    PhysAddr base = 0;
    PhysAddr last = 0;
};

enum class MessageLevel { info, warning };
// A line of the kernel's that is not part of the tables above (warnings, "Faking node …"), in the order in which the kernel prints
// them.
struct KernelMessage {
    MessageLevel level = MessageLevel::info;
    std::string text;
    std::string function;  // kernel function that prints it
};

// What a note is about, as far as it is about one thing.
struct Place {
    std::optional<int> node = {};
    std::optional<ZoneType> zone = {};
    std::optional<PhysRange> range = {};  // bytes
    std::string parameter = {};           // a word of the command line: "kernelcore=1G"

    bool operator==(const Place&) const = default;
};

// What zonecalc adds of its own. Bugs, problems and effects are findings; zonecalc/findings.h lists them.
struct Note {
    enum class Kind {
        kernel_bug,   // this release has a known bug that this layout meets
        problem,      // something is lost, or will fail later on
        effect,       // a parameter does nothing here, or something unexpected
        unmodelled,   // a parameter shapes memory and is not computed
        assumption,   // a value that was not given
        unconfirmed,  // no recorded boot confirms this kernel
    };
    Kind kind = Kind::effect;
    std::string id;           // stable, for scripts: "movable-start-past-node-end"
    std::string text;         // what and why
    std::string remedy = {};  // what would change it
    Place place = {};
};
std::string_view to_string(Note::Kind kind);

// The "Memory:" line, mem_init_print_info(). Pages, but for the image's parts.
struct MemoryLine {
    std::optional<u64> available;  // none where the line is printed so late that others have allocated by then
    u64 total = 0;
    u64 reserved = 0;
    u64 cma = 0;
    std::optional<u64> highmem;
    std::optional<KernelImage> image;  // without it the line cannot be printed
};

// What is set aside for contiguous allocations: reserved at first, free for movable pages once initcalls have run. Bytes.
struct CmaArea {
    std::string name;
    PhysAddr base = 0;
    u64 size = 0;
    bool given_up = false;  // cma_activate_area() failed
};

// Where the page allocator found a block.
struct BlockOrigin {
    std::optional<unsigned> order;        // of the free block that it was cut out of; none: a per-CPU list had it
    std::optional<MigrateType> fallback;  // the type of that block, where there was none of the request's own
    bool claimed = false;                 // its pageblock has the request's type from then on

    bool operator==(const BlockOrigin&) const = default;
};

// A request to the page allocator after memory has been handed over, and what comes of it.
struct FirstAllocation {
    std::string_view step;  // the kernel function that it is part of; a literal
    unsigned order = 0;
    u64 gfp = 0;       // the release's number, as it reaches the page allocator
    std::string what;  // "slab kmem_cache_node"
    int node = 0;      // that the pages are of
    ZoneType zone = ZoneType::Normal;
    Pfn pfn = 0;
    MigrateType type = MigrateType::Unmovable;  // asked for
    BlockOrigin origin;
    bool recorded = false;  // the request is known from a boot; else it follows from the kernel's rules

    bool operator==(const FirstAllocation&) const = default;
};

struct Layout {
    // Set where the modelled kernel dies before it gets any further; what follows that point is empty.
    std::optional<std::string> panic;

    // memblock when the zones are made
    std::vector<MemblockRegion> memory;
    std::vector<MemblockRegion> reserved;
    std::vector<EarlyCall> early_calls;    // bring_up() until memblock, where early allocations are computed
    std::optional<MemoryAccount> account;  // none where it is not known what is reserved
    std::vector<CmaArea> cma_areas;        // in the order in which they were made
    Pfn max_low_pfn = 0;                   // end of memory that the kernel maps all the time

    bool zone_ranges_printed = true;     // false where the kernel has no free_area_init_nodes()
    std::vector<ZoneLimit> zone_limits;  // all zones of the kernel but Movable, in zone order
    Movable movable;
    std::vector<EarlyRange> early_ranges;    // by address
    std::vector<Node> nodes;                 // by id: every node that has a pgdat
    std::vector<int> init_order;             // node ids in the order in which "Initmem setup node" prints them
    std::vector<NodeSetup> arch_node_setup;  // x86 up to 3.16
    std::vector<UnavailableRange> unavailable;
    u64 unavailable_pages = 0;  // the machine's total, for releases that print one line

    unsigned nr_online_nodes = 1;
    u64 total_pages = 0;  // "Total pages" of build_all_zonelists()
    bool mobility_grouping = true;
    bool zone_order = false;              // 3.x: zonelists in zone order
    std::optional<ZoneType> policy_zone;  // NUMA kernels
    bool verify_zonelists = false;        // mminit_loglevel=4 or more: the mminit:: lines are printed

    std::optional<Slub> slub;  // none where the kernel has another slab allocator

    // Memory page by page, once deferred memory and CMA areas have been handed over: by address, disjoint. Empty where memory was
    // not handed over.
    std::vector<PageStretch> page_map;

    std::vector<FirstAllocation> allocations;  // from the hand-over on, in order; empty where memory was not handed over

    std::optional<MemoryLine> memory_line;
    std::optional<u64> min_free_kbytes;  // once start-up is over

    std::vector<KernelMessage> messages;
    std::vector<Note> notes;

    const Node* node(int id) const;
    bool handed_over() const;  // to the page allocator
    const ZoneLimit* limit(ZoneType zone) const;
};

}  // namespace zonecalc
