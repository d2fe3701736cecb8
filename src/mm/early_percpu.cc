// SPDX-License-Identifier: MIT
// The first percpu chunk, as early allocations.
//
// Every possible CPU gets a unit: the static percpu data of the kernel image, room for modules' percpu data, and some room for
// later (on i386 the modules' room is part of that). Units are packed into atoms (2 MiB on x86_64, so that large pages map them);
// CPUs of one node share atoms. The number of units in an atom is the one that wastes the fewest atoms while no more than a third
// of the units have no CPU. What a unit does not need is given back at once. Descriptions of the chunk follow; the first two
// allocations, which hold the plan, are given back last.
//
// percpu_alloc=page takes single pages instead and maps them: page tables of the mapping come from memblock too (x86_64).
//
// Not modelled: percpu_alloc=lpage; percpu_alloc=page of 32-bit kernels; architectures whose areas need the fallback to pages
// (areas too far apart). Read beside it: mm/percpu.c, arch/x86/kernel/setup_percpu.c.
#include <bit>
#include <set>

#include "mm/boot.h"

namespace zonecalc {

namespace {

constexpr u64 PCPU_MIN_UNIT_SIZE = 32 * 1024;
constexpr u64 PCPU_MIN_ALLOC_SIZE = 4;

// struct pcpu_alloc_info before its groups, and struct pcpu_group_info, in pointers' sizes
constexpr u64 ALLOC_INFO_HEADER = 8;
constexpr u64 GROUP_INFO = 3;

struct Plan {
    u64 static_size = 0, reserved_size = 0, dyn_size = 0;  // bytes
    u64 unit_size = 0;
    std::vector<std::vector<unsigned>> groups;  // CPUs
    std::vector<u64> units;                     // of each group
    u64 used() const { return static_size + reserved_size + dyn_size; }
    u64 all_units() const {
        u64 n = 0;
        for (const u64 u : units) n += u;
        return n;
    }
};

class FirstChunk {
public:
    explicit FirstChunk(Boot& boot)
        : boot_(boot),
          mb_(boot.early->allocator),
          page_(boot.kernel.page_size()),
          pointer_(pointer_size(boot.kernel)),
          cpus_(static_cast<unsigned>(boot.early->cpu_node.size())) {
        const Kernel& kernel = boot.kernel;
        plan_.static_size = kernel.constant("__per_cpu_end") - kernel.constant("__per_cpu_start");
        (boot.early->percpu_first_chunk_reserve ? plan_.reserved_size : modules_in_dynamic_) = kernel.percpu_module_reserve;
    }

    void embed() {
        size_unit(modules_in_dynamic_ + boot_.kernel.percpu_dynamic_reserve);
        group_cpus();
        const u64 atom = boot_.early->percpu_atom;
        const u64 alloc_size = round_up(std::max(plan_.used(), PCPU_MIN_UNIT_SIZE), atom);
        const u64 upa = units_per_alloc(alloc_size);
        plan_.unit_size = alloc_size / upa;
        for (const auto& g : plan_.groups) plan_.units.push_back(round_up(g.size(), upa));

        const u64 info_size = info_bytes();
        const PhysAddr info = mb_.alloc_or_panic({.name = "percpu plan", .size = info_size, .align = plan_align()});
        const u64 areas_size = round_up(pointer_ * plan_.groups.size(), page_);
        const PhysAddr areas =
            mb_.alloc_or_panic({.name = "percpu areas' addresses", .size = areas_size, .align = SMP_CACHE_BYTES});
        std::vector<PhysAddr> base;
        for (std::size_t g = 0; g < plan_.groups.size(); ++g)
            base.push_back(mb_.alloc_or_panic({.name = "percpu area",
                                               .size = plan_.units[g] * plan_.unit_size,
                                               .align = atom,
                                               .from = boot_.early->dma_address,
                                               .nid = node_of(plan_.groups[g].front())}));
        for (std::size_t g = 0; g < plan_.groups.size(); ++g)
            for (u64 unit = 0; unit < plan_.units[g]; ++unit) {
                const PhysAddr at = base[g] + unit * plan_.unit_size;
                const u64 kept = unit < plan_.groups[g].size() ? plan_.used() : 0;
                mb_.free(at + kept, plan_.unit_size - kept);
            }
        setup_first_chunk();
        mb_.free(info, info_size);
        mb_.free(areas, areas_size);
    }

    // setup_per_cpu_areas() without SMP: a unit for what comes later, the kernel's own data are used in place.
    void single() {
        plan_.static_size = plan_.reserved_size = 0;
        plan_.dyn_size = plan_.unit_size = std::bit_ceil(std::max(boot_.kernel.percpu_dynamic_reserve, PCPU_MIN_UNIT_SIZE));
        plan_.groups = {{0}};
        plan_.units = {1};
        const u64 info_size = info_bytes();
        const PhysAddr info = mb_.alloc_or_panic({.name = "percpu plan", .size = info_size, .align = plan_align()});
        mb_.alloc_or_panic({.name = "percpu area", .size = plan_.unit_size, .align = page_, .from = boot_.early->dma_address});
        setup_first_chunk();
        if (!boot_.kernel.behaviours.early_pcpu_plan_stays) mb_.free(info, info_size);
    }

    // pcpu_page_first_chunk()
    void pages() {
        size_unit(boot_.kernel.percpu_dynamic_early_size);
        plan_.unit_size = std::max(plan_.used(), PCPU_MIN_UNIT_SIZE);
        plan_.groups.emplace_back();
        for (unsigned cpu = 0; cpu < cpus_; ++cpu) plan_.groups.front().push_back(cpu);
        plan_.units = {cpus_};
        const u64 info_size = info_bytes();
        const PhysAddr info = mb_.alloc_or_panic({.name = "percpu plan", .size = info_size, .align = plan_align()});
        const u64 unit_pages = plan_.unit_size / page_;
        const u64 list_size = round_up(unit_pages * cpus_ * pointer_, page_);
        const PhysAddr list = mb_.alloc_or_panic({.name = "percpu pages' addresses", .size = list_size, .align = SMP_CACHE_BYTES});
        for (unsigned cpu = 0; cpu < cpus_; ++cpu)
            for (u64 i = 0; i < unit_pages; ++i)
                mb_.alloc_or_panic(
                    {.name = "percpu area", .size = page_, .align = page_, .from = boot_.early->dma_address, .nid = node_of(cpu)});
        map_pages(cpus_ * plan_.unit_size);
        setup_first_chunk();
        mb_.free(list, list_size);
        mb_.free(info, info_size);
    }

private:
    int node_of(unsigned cpu) const {
        const int nid = boot_.early->cpu_node[cpu];
        const auto among = [nid](const std::vector<int>& nodes) { return std::ranges::find(nodes, nid) != nodes.end(); };
        return among(boot_.online_nodes) || among(boot_.late_online_nodes) ? nid : NUMA_NO_NODE;
    }

    u64 longs(u64 bits) const { return div_round_up(bits, pointer_ * 8); }

    u64 info_bytes() const {
        return round_up(pointer_ * (ALLOC_INFO_HEADER + GROUP_INFO * plan_.groups.size()) + 4 * plan_.all_units(), page_);
    }

    u64 plan_align() const { return boot_.kernel.behaviours.early_pcpu_plan_aligned ? page_ : SMP_CACHE_BYTES; }

    void size_unit(u64 dynamic) {
        const u64 fixed = plan_.static_size + plan_.reserved_size;
        plan_.dyn_size = round_up(fixed + dynamic, page_) - fixed;
    }

    void group_cpus() {
        for (unsigned cpu = 0; cpu < cpus_; ++cpu) {
            auto group = plan_.groups.begin();
            if (boot_.early->percpu_by_node)
                while (group != plan_.groups.end() && boot_.early->cpu_node[group->front()] != boot_.early->cpu_node[cpu]) ++group;
            if (group == plan_.groups.end()) group = plan_.groups.emplace(plan_.groups.end());
            group->push_back(cpu);
        }
    }

    // The rest of pcpu_build_alloc_info().
    u64 units_per_alloc(u64 alloc_size) const {
        const auto divides = [&](u64 upa) { return alloc_size % upa == 0 && alloc_size / upa % page_ == 0; };
        u64 best = 1;
        u64 last_allocs = ~u64{0};
        for (u64 upa = alloc_size / std::max(plan_.used(), PCPU_MIN_UNIT_SIZE); upa != 0; --upa) {
            if (!divides(upa)) continue;
            u64 allocs = 0;
            u64 wasted = 0;
            for (const auto& g : plan_.groups) {
                const u64 n = div_round_up(g.size(), upa);
                allocs += n;
                wasted += n * upa - g.size();
            }
            if (wasted > cpus_ / 3) continue;
            if (allocs > last_allocs) break;
            last_allocs = allocs;
            best = upa;
        }
        return best;
    }

    void map_pages(u64 bytes) {
        // What is mapped early lies at the start of the vmalloc area, on arm64 behind the kernel image and its guard page, and
        // shares the image's last tables.
        const bool behind_image = boot_.kernel.arch == Arch::arm64;
        const PhysAddr image_end = round_up(boot_.kernel.constant("_end"), page_);
        const PhysAddr start = behind_image ? image_end + page_ : boot_.kernel.constant("VMALLOC_START");
        std::set<std::pair<unsigned, u64>> tables;
        for (const unsigned shift : {39u, 30u, 21u})
            if (behind_image) tables.insert({shift, (image_end - 1) >> shift});
        for (PhysAddr va = start; va < start + bytes; va += page_)
            for (const unsigned shift : {39u, 30u, 21u})
                if (tables.insert({shift, va >> shift}).second)
                    mb_.alloc_or_panic({.name = "percpu page tables", .size = page_, .align = page_});
    }

    void description(std::string_view name, u64 size) {
        mb_.alloc_or_panic({.name = name, .size = size, .align = SMP_CACHE_BYTES});
    }

    // pcpu_setup_first_chunk()
    void setup_first_chunk() {
        const Behaviours& b = boot_.kernel.behaviours;
        description("percpu groups", pointer_ * plan_.groups.size());
        description("percpu groups", pointer_ * plan_.groups.size());
        description("percpu units", 4 * u64{cpus_});
        description("percpu units", pointer_ * cpus_);
        const int slots =
            std::max(static_cast<int>(std::bit_width(plan_.unit_size)) - 5 + 2, 1) + (b.early_pcpu_slots_two_more ? 2 : 4);
        description("percpu chunk lists", 2 * pointer_ * static_cast<u64>(slots));

        const u64 static_size = round_up(plan_.static_size, PCPU_MIN_ALLOC_SIZE);
        const u64 dyn_size = plan_.dyn_size - (static_size - plan_.static_size);
        if (plan_.reserved_size) alloc_first_chunk(static_size, plan_.reserved_size);
        alloc_first_chunk(static_size + plan_.reserved_size, dyn_size);
    }

    void alloc_first_chunk(u64 offset, u64 size) {
        const u64 pages =
            (boot_.kernel.behaviours.early_pcpu_bitmaps ? round_up(offset % page_ + size, page_) : plan_.unit_size) / page_;
        const u64 bits = pages * page_ / PCPU_MIN_ALLOC_SIZE;
        const Behaviours& b = boot_.kernel.behaviours;
        const u64 populated = b.early_pcpu_bitmaps && b.early_pcpu_populated_short ? longs(pages) : longs(pages) * pointer_;
        description("percpu chunk", boot_.kernel.size_of("pcpu_chunk") + populated);
        if (!b.early_pcpu_bitmaps) return;
        description("percpu chunk maps", longs(bits) * pointer_);
        description("percpu chunk maps", longs(bits + 1) * pointer_);
        description("percpu chunk maps", pages * boot_.kernel.size_of("pcpu_block_md"));
    }

    Boot& boot_;
    MemblockAllocator& mb_;
    u64 page_;
    u64 pointer_;
    u64 modules_in_dynamic_ = 0;  // bytes
    unsigned cpus_;
    Plan plan_;
};

}  // namespace

bool percpu_of_pages(const Boot& boot) {
    if (!boot.kernel.config_enabled("NEED_PER_CPU_PAGE_FIRST_CHUNK")) return false;
    const std::vector<std::string> choice = early_values(boot, "percpu_alloc");
    return !choice.empty() && choice.back() == "page";
}

void setup_per_cpu_areas(Boot& boot) {
    const WalkPath step(boot.walk, "setup_per_cpu_areas");
    const bool pages = percpu_of_pages(boot);
    if (pages && is_32bit(boot.kernel.arch))
        boot.note(Note::Kind::unmodelled, "percpu-alloc-page",
                  "percpu_alloc=page: the page tables of percpu areas on 32-bit kernels are not computed; areas are taken to be "
                  "embedded in the direct map");
    if (boot.kernel.config.count("SMP") != 0 && !boot.kernel.config_enabled("SMP"))
        FirstChunk(boot).single();
    else if (pages && !is_32bit(boot.kernel.arch))
        FirstChunk(boot).pages();
    else
        FirstChunk(boot).embed();
}

}  // namespace zonecalc
