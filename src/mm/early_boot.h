// SPDX-License-Identifier: MIT
// What is allocated before the page allocator takes over, where a board does not list it: the steps that architectures share, and
// what they keep between them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mm/memblock_alloc.h"
#include "zonecalc/board.h"

namespace zonecalc {

struct Boot;
struct Cmdline;
namespace x86 {
struct EarlyX86;
}
namespace arm64 {
struct EarlyArm64;
}
namespace arm {
struct EarlyArm;
}
namespace riscv {
struct EarlyRiscv;
}

inline constexpr u64 SMP_CACHE_BYTES = 64;  // of every architecture's kernels that distributions build

struct EarlyBoot {
    EarlyBoot(Memblock& memblock, const Kernel& kernel) : allocator(memblock, kernel) {}

    MemblockAllocator allocator;

    // What the architecture says of itself.
    PhysAddr dma_address = 0;  // __pa(MAX_DMA_ADDRESS): memmaps and percpu areas lie above it if they can
    u64 percpu_atom = 0;       // bytes: percpu areas are multiples of it
    unsigned max_physmem_bits = 0;
    unsigned levels = 4;                     // of page tables
    u64 gigantic_page = u64{1} << 30;        // bytes of the page that hugetlb calls gigantic; 0: CPUs have none
    u64 vmemmap = 0;                         // virtual address of the memmap of page 0; matters modulo what tables span
    std::optional<u64> vmemmap_mapped;       // a virtual address of vmemmap that has all tables above the last level already
    PhysAddr lowmem_end = 0;                 // __pa(high_memory): areas for contiguous allocations never cross it
    bool percpu_by_node = false;             // CPUs of different nodes have percpu areas of their own
    bool percpu_first_chunk_reserve = true;  // modules' percpu data have a part of the first chunk to themselves

    // What later steps ask of earlier ones.
    std::map<int, PhysAddr> node_data;  // places of pg_data_t
    std::vector<int> cpu_node;          // early_cpu_to_node()
    u64 new_log_buf_len = 0;            // bytes; 0: the static buffer stays
    bool log_buf_done = false;
    u64 nr_kernel_pages = 0;
    u64 nr_all_pages = 0;          // highmem as well
    bool contiguous_area = false;  // the default area for contiguous allocations exists
    bool hugetlb_cma = false;      // gigantic pages come from areas of their own, none is allocated here
    PhysAddr mem_map = 0;          // FLATMEM: the memmap, and the page that it begins with
    Pfn mem_map_start = 0;
    std::map<u64, PhysAddr> section_maps;  // SPARSEMEM without VMEMMAP: memmaps by section
    std::shared_ptr<x86::EarlyX86> x86;
    std::shared_ptr<arm64::EarlyArm64> arm64;
    std::shared_ptr<arm::EarlyArm> arm;
    std::shared_ptr<riscv::EarlyRiscv> riscv;
};

inline u64 pointer_size(const Kernel& kernel) {
    return is_32bit(kernel.arch) ? 4 : 8;
}

// Runs one stretch of the model. Where the kernel would panic for want of memory the model ends, and what is reserved by then
// stays.
void early_stretch(Boot& boot, const std::function<void(EarlyBoot&)>& steps);

// -- what is known

// The profile has all of these.
bool knows(const Kernel& kernel, std::span<const std::string_view> sizes, std::span<const std::string_view> constants);

// Something that early allocations depend on, and zones do not, is not known.
void assume_early(Boot& boot, std::string_view id, std::string text);
// An initrd, the number of CPUs and the nodes that they belong to, where a board with a device tree does not say.
void assume_common_inputs(Boot& boot);

// Where struct sizes and symbols are those of another release. `image`: bytes of the kernel image.
void note_derived_sizes(Boot& boot, u64 image);
// Bytes that one more possible CPU takes, at least.
u64 percpu_unit(const Kernel& kernel);

// Values of every `name=` of the command line, in order.
std::vector<std::string> early_values(const Cmdline& cmdline, std::string_view name);
std::vector<std::string> early_values(const Boot& boot, std::string_view name);
u64 memparse_of(const Boot& boot, std::string_view text);  // as the release reads sizes
bool early_flag(const Cmdline& cmdline, std::string_view name);
bool early_flag(const Boot& boot, std::string_view name);  // the word is there, with or without a value
// debug_pagealloc=, which decides whether large pages may map memory.
bool debug_pagealloc_enabled(const Boot& boot);
// The image lies at a random place; on x86_64 kaslr_memory_enabled(): so do linear map, vmalloc area and memmap.
bool kaslr_enabled(const Kernel& kernel, const Cmdline& cmdline);
bool kaslr_enabled(const Boot& boot);
bool kaslr_memory_enabled(const Boot& boot);

// sizeof(struct `name`), of which the kernel allocates `count`. Where the profile does not know it, none is taken, and it is noted.
u64 size_or_assume(Boot& boot, std::string_view name, u64 count);

std::vector<int> nodes_with_memory(const Boot& boot);  // ascending

// [[loaded]] of this name, if the board has it: to the byte.
std::optional<PhysRange> loaded_range(const Board& board, std::string_view name);
PhysRange whole_pages(PhysRange range, u64 page_size);
// Everything that is in memory before the kernel, other than the initrd: to the byte.
void reserve_loaded_ranges(Boot& boot);

// -- steps

// alloc_node_data(): NODE_DATA of a node. Up to 6.11 in whole pages on x86.
void alloc_node_data(Boot& boot, int nid);
// The same of nodes that are possible and stay offline for now (5.18 and later), in free_area_init().
void alloc_offline_node_data(Boot& boot);

// sparse_init(): roots, usage bits and memmaps of all sections with memory, and the page tables that map them.
void sparse_init(Boot& boot);

// sparse_init() of SPARSEMEM without VMEMMAP, up to 4.18: a memmap for each section.
void sparse_init_one_by_one(Boot& boot);

// alloc_node_mem_map() and setup_usemap() of FLATMEM kernels, in free_area_init().
void alloc_node_mem_map(Boot& boot);

// calc_nr_kernel_pages(), nr_kernel_pages of free_area_init_core() before 6.10: what hash tables are sized by.
void calc_nr_kernel_pages(Boot& boot);

// nr_kernel_pages and nr_all_pages, whether or not early allocations are computed.
struct NrPages {
    u64 kernel = 0;
    u64 all = 0;  // highmem as well
};
NrPages nr_pages(const Boot& boot);
// dhash_entries= and the like; 0: the table is sized by memory.
u64 hash_entries_parameter(const Boot& boot, std::string_view name);
// Entries of an alloc_large_system_hash() table; `numentries`, `small` and `high`: 0 for none.
u64 large_system_hash_entries(const Kernel& kernel, const NrPages& nr, u64 bucket, u64 numentries, unsigned scale, u64 low,
                              u64 small, u64 high);

// setup_log_buf(): early, right after the direct map exists, and again before hashes are allocated.
void setup_log_buf(Boot& boot, bool early);

// setup_command_line()
void setup_command_line(Boot& boot);

// setup_per_cpu_areas(): pcpu_embed_first_chunk(), pcpu_page_first_chunk(). Needs EarlyBoot::cpu_node.
void setup_per_cpu_areas(Boot& boot);
// percpu_alloc=page, where the kernel has it.
bool percpu_of_pages(const Boot& boot);

// When hugetlb takes its gigantic pages and, before them, CMA areas for such pages. It does nothing at moments that are not the
// release's.
enum class HugetlbMoment {
    setup_arch,    // areas up to 6.19, and pages on x86 from 6.15 on
    before_zones,  // both: mm_core_init_early(), 7.0 and later
    parameters,    // pages with hugepages= itself, up to 6.14
    mm_core_init,  // pages from 6.15 on
};
void hugetlb_reserve(Boot& boot, HugetlbMoment moment);
// What early boot calls such a page, and what logs do.
inline constexpr std::string_view gigantic_page_names[] = {"gigantic page", "alloc_bootmem_huge_page", "__alloc_bootmem_huge_page"};

// reserve_mem=, since 6.11.
void reserve_mem(Boot& boot);

// pidhash_init() up to 4.14; vfs_caches_init_early(): dentry and inode hashes.
void vfs_caches_init_early(Boot& boot);

// stack_depot_early_init()
void stack_depot_early_init(Boot& boot);

// setup_command_line() to vfs_caches_init_early() in start_kernel(). `with_areas`: what the architecture's setup_per_cpu_areas()
// takes beside the areas.
void allocate_in_start_kernel(Boot& boot, const std::function<void()>& with_areas = {});
// mm_core_init() up to the hand-over: the stack depot and `bounce_buffers`, the architecture's.
void mm_core_init(Boot& boot, const std::function<void()>& bounce_buffers);

// swiotlb_init(): bounce buffers below `below`, of so many bytes where the command line does not say.
constexpr u64 IO_TLB_DEFAULT_SIZE = u64{64} << 20;
void swiotlb_init(Boot& boot, PhysAddr below, u64 default_size = IO_TLB_DEFAULT_SIZE);
// Bytes of bounce buffers, by swiotlb= or by default.
u64 swiotlb_size_or_default(const Boot& boot);
// swiotlb=force, or `wanted` unless swiotlb=noforce; releases that make do with a single slab then take it all the same.
bool swiotlb_wanted(const Boot& boot, bool wanted);

// cma_declare_contiguous_nid()
struct CmaRequest {
    std::string_view name;
    u64 size = 0;
    PhysAddr base = 0;
    PhysAddr limit = 0;  // 0: the end of memory
    u64 align = 1;
    bool fixed = false;
    int nid = NUMA_NO_NODE;
};
std::optional<PhysAddr> cma_declare_contiguous(Boot& boot, CmaRequest request);
// dma_contiguous_reserve(): the default area, below `limit`. Not where the device tree has one.
void dma_contiguous_reserve(Boot& boot, PhysAddr limit);

}  // namespace zonecalc
