// SPDX-License-Identifier: MIT
// What a device tree takes out of memory: the blob itself, its memory reservation block, /reserved-memory, and the tree unpacked.
//
// Children of /reserved-memory with "reg" lie where they lie; those with "size" alone are placed by the kernel, each in the first
// of its alloc-ranges that has room. With no-map the area is no memory to the kernel, otherwise it is reserved; "reusable" pools
// are areas for contiguous allocations (CMA), and one of them may stand for the default area. The tree is unpacked into one block,
// then each alias that ends in a number gets a record.
//
// Releases: up to 6.11 all children are kept in one list that is sorted by address before areas are placed; those without an
// address are equal to the sort, which is not stable (heapsort): three of them, A B C, are placed B C A. From 6.12 on the tree's
// order holds, the reservation block comes last, and the list is allocated. From 6.4 on an area whose range starts at one placed
// before grows upward.
//
// Then drivers are asked who wants an area. Pools have two: one for those that are "reusable" (CMA) and one for the others.
// From 5.3 on a pool that neither takes is given back, in kernels without CMA every reusable one; 7.1 asks before it reserves, and
// keeps what is not a driver's business. Areas with "reg" are asked for late from 6.12 on, where the tree is unpacked.
//
// Not modelled: drivers of areas other than pools; a pool that is reusable and no-map at once in 5.10.
// Read beside it: drivers/of/of_reserved_mem.c, drivers/of/fdt.c, of_alias_scan() in drivers/of/base.c, rmem_cma_setup() in
// kernel/dma/contiguous.c, rmem_dma_setup() in kernel/dma/coherent.c.
#include <fmt/format.h>

#include <bit>

#include "arch/of_early.h"
#include "mm/cma.h"
#include "mm/walk.h"

namespace zonecalc {

namespace {

constexpr u64 MiB = u64{1} << 20;
constexpr u64 MIN_FDT_ALIGN_DEFAULT = 2 * MiB;   // QEMU's
constexpr u64 default_blob = 64 * 1024;          // bytes
constexpr u64 default_unflattened = 256 * 1024;  // bytes

// One child: of several ranges of a "reg" the first counts for the list.
struct Area {
    const ReservedMemory* node = nullptr;
    PhysAddr base = 0;
    u64 size = 0;
    bool placed() const { return size != 0; }
};

bool is_pool(const ReservedMemory& r) {
    return r.pool && r.reusable && !r.nomap;
}

// cma= makes an area of its own.
bool overridden(const Boot& boot, const ReservedMemory& r) {
    return boot.kernel.config_enabled("DMA_CMA") && boot.kernel.behaviours.cma_parameter_overrides_dt && is_pool(r) &&
           r.cma_default && !early_values(boot, "cma").empty();
}

// fdt_validate_reserved_mem_node()
bool valid(const Boot& boot, const ReservedMemory& r) {
    return !boot.kernel.behaviours.of_reserved_mem_validates || !overridden(boot, r);
}

std::vector<Area> areas_of(const Boot& boot) {
    std::vector<Area> out;
    for (const ReservedMemory& r : boot.board.reserved_memory) {
        if (!valid(boot, r)) continue;
        const bool continues =
            !out.empty() && r.base && out.back().node->base && !r.name.empty() && out.back().node->name == r.name;
        if (!continues) out.push_back({&r, r.base.value_or(0), r.base ? r.size : 0});
    }
    return out;
}

bool before(const Area& a, const Area& b) {
    return a.base != b.base ? a.base < b.base : a.size < b.size;
}

// Puts the root of a heap of `size` in order: along the path of larger children to a leaf everything moves up, as far as it is
// larger than the root was.
void sift_down(std::vector<Area>& heap, std::size_t root, std::size_t size) {
    std::vector<std::size_t> path{root};
    for (std::size_t child = 2 * root + 1; child < size; child = 2 * path.back() + 1)
        path.push_back(child + 1 < size && before(heap[child], heap[child + 1]) ? child + 1 : child);
    while (path.size() > 1 && !before(heap[root], heap[path.back()])) path.pop_back();
    const Area moved = heap[root];
    for (std::size_t i = 1; i < path.size(); ++i) heap[path[i - 1]] = heap[path[i]];
    heap[path.back()] = moved;
}

// As lib/sort.c, whose order of equal elements is that of this heapsort.
void sort(std::vector<Area>& v) {
    for (std::size_t root = v.size() / 2; root > 0; --root) sift_down(v, root - 1, v.size());
    for (std::size_t size = v.size(); size > 1; --size) {
        std::swap(v.front(), v[size - 1]);
        sift_down(v, 0, size - 1);
    }
}

class ReservedMemoryScan {
public:
    explicit ReservedMemoryScan(Boot& boot)
        : boot_(boot), memory_(boot.memblock.memory), list_by_node_(boot.kernel.behaviours.of_reserved_mem_in_order) {}

    void run() {
        if (boot_.board.arch == Arch::arm && !boot_.kernel.behaviours.arm_reads_reserved_memory) return reservation_block();
        if (!list_by_node_) reservation_block();
        for (const ReservedMemory& r : boot_.board.reserved_memory)
            if (r.base && valid(boot_, r)) reserve_reg(r);
        std::vector<Area> areas = areas_of(boot_);
        if (!list_by_node_) {
            const std::size_t most = boot_.kernel.behaviours.of_reserved_mem_64 ? 64 : 32;  // MAX_RESERVED_REGIONS
            if (areas.size() > most) areas.resize(most);
            sort(areas);
        }
        for (std::size_t i = 0; i < areas.size(); ++i) {
            if (areas[i].placed() ? list_by_node_ : !place(areas, i)) continue;
            init_node(areas[i]);
        }
        if (list_by_node_) reservation_block();
    }

    // fdt_scan_reserved_mem_reg_nodes(): the list, and the areas with "reg", which are asked for late.
    void run_late() {
        const std::vector<Area> areas = areas_of(boot_);
        boot_.early->allocator.alloc({.name = "list of reserved memory",
                                      .size = areas.size() * size_or_assume(boot_, "reserved_mem", areas.size()),
                                      .align = SMP_CACHE_BYTES});
        for (const Area& area : areas)
            if (area.placed()) init_node(area);
    }

private:
    void reserve(PhysAddr base, u64 size, const std::string& name) {
        if (boot_.early)
            boot_.early->allocator.reserve(base, size, name);
        else
            boot_.memblock.reserved.add(base, size, NUMA_NO_NODE, 0, name);
    }

    void reservation_block() {
        for (const MemoryReservation& m : boot_.board.memreserve) reserve(m.base, m.size, "memory reservation");
    }

    static std::string name_of(const ReservedMemory& r) { return r.name.empty() ? "reserved-memory" : r.name; }

    // __reserved_mem_reserve_reg()
    void reserve_reg(const ReservedMemory& r) {
        if (!r.nomap) return reserve(*r.base, r.size, name_of(r));
        if (boot_.kernel.behaviours.dt_nomap_removes) return memory_.remove(*r.base, r.size);
        if (memory_.overlaps(*r.base, r.size) && boot_.memblock.reserved.overlaps(*r.base, r.size))
            boot_.message(MessageLevel::warning,
                          fmt::format("OF: reserved mem: failed to reserve memory for node '{}': base {:#018x}, size {} MiB",
                                      r.name, *r.base, r.size >> 20),
                          "__reserved_mem_reserve_reg");
        else
            memory_.set_flags(*r.base, r.size, MEMBLOCK_NOMAP);
    }

    // __reserved_mem_alloc_size(), early_init_dt_alloc_reserved_memory_arch()
    bool place(std::vector<Area>& areas, std::size_t index) {
        if (!boot_.early) return false;
        const ReservedMemory& r = *areas[index].node;
        const Kernel& kernel = boot_.kernel;
        u64 align = r.alignment;
        if (kernel.config_enabled("CMA") && is_pool(r)) align = std::max(align, cma_min_alignment(kernel));
        if (align == 0) align = SMP_CACHE_BYTES;
        const std::vector<PhysRange> anywhere{{0, ~PhysAddr{0}}};
        for (const PhysRange& range : r.alloc_ranges.empty() ? anywhere : r.alloc_ranges) {
            const auto found = alloc_in_range(areas, range, r, align, !r.alloc_ranges.empty());
            if (!found) continue;
            areas[index].base = *found;
            areas[index].size = r.size;
            return true;
        }
        return false;
    }

    // __reserved_mem_alloc_in_range()
    std::optional<PhysAddr> alloc_in_range(const std::vector<Area>& areas, PhysRange range, const ReservedMemory& r, u64 align,
                                           bool given) {
        MemblockAllocator& mb = boot_.early->allocator;
        const bool before = mb.bottom_up;
        if (given && boot_.kernel.behaviours.of_reserved_mem_grows_upward) {
            bool up = false, down = false;
            for (const Area& a : areas) {
                if (!a.placed() || (list_by_node_ && a.node->base)) continue;
                const PhysAddr end = a.base + std::min(a.size, ~PhysAddr{0} - a.base);
                up = up || (range.begin >= a.base && range.begin <= end);
                down = down || (range.end >= a.base && range.end <= end);
            }
            if (up != down) mb.bottom_up = up;
        }
        const auto found = mb.phys_alloc(
            {.name = name_of(r), .size = r.size, .align = align, .from = range.begin, .below = std::max<PhysAddr>(range.end, 1)});
        mb.bottom_up = before;
        if (!found || !r.nomap) return found;
        if (boot_.kernel.behaviours.dt_placed_nomap_removes) {
            if (!boot_.kernel.behaviours.dt_placed_nomap_stays_reserved) mb.free(*found, r.size);
            memory_.remove(*found, r.size);
        } else {
            memory_.set_flags(*found, r.size, MEMBLOCK_NOMAP);
        }
        return found;
    }

    // __reserved_mem_init_node(), fdt_init_reserved_mem()
    void init_node(const Area& area) {
        const ReservedMemory& r = *area.node;
        const Behaviours& b = boot_.kernel.behaviours;
        if (!boot_.early || !r.pool || rmem_cma_setup(area) || rmem_dma_setup(r)) return;
        const bool nobodys = r.reusable && (r.nomap || !boot_.kernel.config_enabled("DMA_CMA"));
        if (!b.of_reserved_mem_given_back || (b.of_reserved_mem_validates && nobodys)) return;
        if (!r.nomap)
            boot_.early->allocator.free(area.base, area.size);
        else if (r.base ? b.dt_nomap_removes : b.dt_placed_nomap_removes)
            memory_.add(area.base, area.size);
        else
            memory_.clear_flags(area.base, area.size, MEMBLOCK_NOMAP);
    }

    bool rmem_cma_setup(const Area& area) {
        const ReservedMemory& r = *area.node;
        if (!boot_.kernel.config_enabled("DMA_CMA") || !is_pool(r) || overridden(boot_, r)) return false;
        if (!cma_init_reserved_mem(boot_, name_of(r), area.base, area.size)) return false;
        if (r.cma_default) boot_.early->contiguous_area = true;
        return true;
    }

    // Kernels that read device trees have this driver. On arm it does not do without no-map.
    bool rmem_dma_setup(const ReservedMemory& r) const { return !r.reusable && (r.nomap || boot_.board.arch != Arch::arm); }

    Boot& boot_;
    RegionList& memory_;
    bool list_by_node_;
};

u64 unflattened_size(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    const DeviceTree* tree = boot.board.device_tree ? &*boot.board.device_tree : nullptr;
    if (tree && tree->unflattened != 0) return tree->unflattened;
    if (tree && tree->nodes != 0) {
        const u64 names = kernel.behaviours.of_full_paths ? tree->path_bytes : tree->name_bytes;
        const u64 nodes = tree->nodes * size_or_assume(boot, "device_node", tree->nodes);
        const u64 properties = tree->properties * size_or_assume(boot, "property", tree->properties);
        return round_up(nodes + properties + names, 4) + 4;
    }
    assume_early(
        boot, "device-tree-unflattened",
        fmt::format("the board does not say how large its device tree is: {} KiB are taken for the tree as the kernel unpacks "
                    "it (small trees take 32 KiB, those of large boards 1 MiB)",
                    default_unflattened / 1024));
    return default_unflattened;
}

}  // namespace

void early_init_fdt_reserve_self(Boot& boot) {
    const Board& board = boot.board;
    u64 size = board.device_tree ? board.device_tree->size : 0;
    if (size == 0) {
        size = default_blob;
        assume_early(boot, "device-tree-size",
                     fmt::format("the board does not say how large its device tree blob is: {} KiB are taken (those of "
                                 "boards have 20 to 150 KiB, QEMU's are padded to 1 MiB)",
                                 size / 1024));
    }
    std::optional<PhysAddr> base = board.device_tree ? board.device_tree->base : std::nullopt;
    if (!base) {
        const PhysAddr start = boot.memblock.start_of_DRAM();
        const auto initrd = loaded_range(board, "initrd");
        const PhysAddr after = initrd ? initrd->end : start + std::min(boot.memblock.memory.total_size() / 2, 128 * MiB);
        const u64 align = board.arch == Arch::arm ? boot.kernel.page_size() : MIN_FDT_ALIGN_DEFAULT;
        base = round_up(std::min(after, ~PhysAddr{0} - align), align);
        assume_early(
            boot, "device-tree-base",
            fmt::format("the board does not say where its device tree blob lies: {:#x} is taken (moves one hole of its size)",
                        *base));
    }
    boot.early->allocator.reserve(*base, size, "device tree blob");
}

void scan_reserved_memory(Boot& boot) {
    ReservedMemoryScan(boot).run();
}

void unflatten_device_tree(Boot& boot) {
    const WalkStep step(boot.walk, "unflatten_device_tree");
    MemblockAllocator& mb = boot.early->allocator;
    const Kernel& kernel = boot.kernel;
    const u64 align = pointer_size(kernel);
    if (kernel.behaviours.of_reserved_mem_in_order) ReservedMemoryScan(boot).run_late();
    mb.alloc_or_panic({.name = "device tree", .size = unflattened_size(boot), .align = align});
    if (!boot.board.device_tree) return;
    const std::vector<std::string>& aliases = boot.board.device_tree->aliases;
    const u64 alias_prop = size_or_assume(boot, "alias_prop", aliases.size());
    for (const std::string& alias : aliases) {
        const std::size_t stem = alias.find_last_not_of("0123456789") + 1;
        mb.alloc_or_panic({.name = "device tree alias", .size = alias_prop + stem + 1, .align = align});
    }
}

}  // namespace zonecalc
