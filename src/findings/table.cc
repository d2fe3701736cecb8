// SPDX-License-Identifier: MIT
// All findings: by id what it means, how bad it is, and who finds it. Those without a function are said by the model where it meets
// them. A new one needs a row here, a function in the file of its family, a test with a board on which it fires and one on which it
// does not, and a line in the manual.
#include <fmt/format.h>

#include <algorithm>

#include "findings/finder.h"
#include "report/format.h"

namespace zonecalc {

namespace {

struct Row {
    FindingInfo info;
    void (*find)(const Finder&) = nullptr;
};

constexpr auto bug = Note::Kind::kernel_bug;
constexpr auto problem = Note::Kind::problem;
constexpr auto effect = Note::Kind::effect;
constexpr auto info = FindingSeverity::info;
constexpr auto warning = FindingSeverity::warning;
constexpr auto error = FindingSeverity::error;
constexpr bool on_request = false;

// By id.
constexpr Row rows[] = {
    {{"arm-dma-holes", bug, info, "holes inside ZONE_DMA are booked on Normal", "Linux 5.8"}},
    {{"arm-dma-one-page-short", bug, info, "ZONE_DMA lacks its last page"}},
    {{"bootmem-bitmap", effect, info, "the memory of bootmem's bitmap is free in the end"}},
    {{"cma-area-unaligned", problem, warning, "a CMA area is not aligned, and stays reserved",
      "a start and a size that are multiples of it"}},
    {{"cma-crosses-zones", problem, warning, "a CMA area lies in two zones, and is given up"}, cma_crosses_zones},
    {{"cma-does-not-fit", problem, warning, "there is no room for the CMA area that is asked for"}, cma_does_not_fit},
    {{"cma-lost-in-highmem", bug, warning, "highmem is reserved for a CMA area that lies elsewhere", "Linux 6.12"}},
    {{"cma-rounded", effect, info, "a CMA area is larger than cma= asks for"}, cma_rounded},
    {{"cma-unsupported", effect, warning, "cma= or hugetlb_cma=, which this kernel does not know",
      "a kernel that is built with it"}},
    {{"cmdline-too-long", effect, warning, "the kernel has no room for the end of the command line", "a shorter command line"}},
    {{"core-covers-memory", effect, warning, "all memory is asked for the kernel: no ZONE_MOVABLE",
      "a kernelcore= of less than that"}},
    {{"core-ignored", effect, warning, "amounts beside movable_node or kernelcore=mirror"}, core_ignored},
    {{"core-no-effect", effect, warning, "kernelcore= or movablecore= reads as less than a page",
      "a whole number with K, M or G, or a percentage (4.17 and later)"}},
    {{"core-percent-over-100", effect, warning, "kernelcore= or movablecore= of more than 100 %", "100 % or less"}},
    {{"core-unsupported", effect, warning, "kernelcore= or movablecore=, which does nothing here",
      "a kernel with CONFIG_HAVE_MEMBLOCK_NODE_MAP; 5.8 and later always have it"}},
    {{"crashkernel-does-not-fit", problem, warning, "there is no room for the crash kernel"}, crashkernel_does_not_fit},
    {{"doubled-spans", bug, warning, "memory of a node that is movable as a whole counts twice", "Linux 5.2"}},
    {{"hugepages-not-had", problem, warning, "fewer huge pages than asked for", "fewer of them"}, hugepages_not_had},
    {{"kaslr-in-movable", problem, info, "KASLR may put the kernel image into ZONE_MOVABLE", "nokaslr"}, kaslr_in_movable},
    {{"kernelcore-below-lower-zones", effect, info, "lower zones make more kernel memory than asked for"},
     kernelcore_below_lower_zones},
    {{"linear-map-too-small", effect, error, "memory beyond the kernel's linear map is not used",
      "a larger linear map: other page table levels, or CONFIG_ARM64_VA_BITS; or banks that lie closer together"}},
    {{"lowmem-limit", problem, error, "memory beyond lowmem is not used without highmem"}, lowmem_limit},
    {{"mem-no-effect", effect, info, "mem= is no less than there is"}, mem_no_effect},
    {{"mem-undone-by-efi", effect, warning, "mem= is forgotten when EFI's memory map is read",
      "efi=off, or memory that firmware keeps for itself"}},
    {{"mem-unsupported", effect, warning, "mem= is not understood by this kernel", "Linux 5.13"}},
    {{"mem-zero", effect, warning, "mem= has no size that the kernel can read", "a number with K, M or G"}},
    {{"memmap-malformed", effect, warning, "memmap= is not understood as a whole",
      "memmap=SIZE@START, SIZE#START, SIZE$START or SIZE!START; a boot loader may want the $ escaped"}},
    {{"memmap-of-holes", effect, info, "struct pages for memory that is not there", "", on_request}, memmap_of_holes},
    {{"memory-above-4g", problem, error, "memory above 4 GiB is not used with 32-bit addresses"}, memory_above_4g},
    {{"memory-below-phys-offset", effect, warning, "memory below PHYS_OFFSET is not used"}, memory_below_phys_offset},
    {{"memory-beyond-physmem", problem, error, "memory beyond MAX_PHYSMEM_BITS is not used"}, memory_beyond_physmem},
    {{"memory-in-no-zone", effect, error, "memory lies outside the limits of all zones",
      "other limits: highmem=, vmalloc=, or a kernel that reaches further"}},
    {{"memory-lost-to-alignment", effect, info, "ends of banks that are no whole pages", "", on_request}, memory_lost_to_alignment},
    {{"mirror-deferred-memory-lost", bug, error, "kernelcore=mirror: memory never becomes free",
      "a kernel without CONFIG_DEFERRED_STRUCT_PAGE_INIT"}},
    {{"mirror-ignored", effect, warning, "kernelcore=mirror is ignored: no memory is mirrored",
      "address range mirroring, where firmware has it"}},
    {{"mirror-memory-in-no-zone", bug, error, "kernelcore=mirror: memory is in no zone",
      "one mirrored range at the start of each node, which ends on a border of the largest blocks"}},
    {{"mirror-memory-in-two-zones", bug, warning, "kernelcore=mirror: memory counts twice"}},
    {{"mirror-unread", effect, warning, "EFI's marks of mirrored memory are not read", "Linux 6.1"}},
    {{"mirror-without-mirrored-memory", bug, warning, "nothing is mirrored: all above 4 GiB is movable",
      "Linux 6.6, no kernelcore=mirror, or mirrored memory"}},
    {{"movable-blocks-stay", problem, info, "memory blocks that can never be taken offline"}, movable_blocks_stay},
    {{"movable-node-unsupported", effect, warning, "movable_node is not understood by this kernel",
      "a kernel with CONFIG_MEMORY_HOTREMOVE (CONFIG_MOVABLE_NODE before 4.14)"}},
    {{"movable-node-without-hotplug", effect, warning, "movable_node finds no hot-pluggable memory",
      "firmware that says what is hot-pluggable: the SRAT, or \"hotpluggable\" in a device tree"}},
    {{"movable-start-past-node-end", bug, info, "a movable start of a node without ZONE_MOVABLE",
      "Linux 5.18, or an amount that leaves the node a largest block or more"}},
    {{"movable-too-large", problem, warning, "kernel memory is too small for what it has to manage"}, movable_too_large},
    {{"movable-zone-absent", effect, warning, "kernel memory fills every node: no ZONE_MOVABLE",
      "a smaller kernelcore=, or a larger movablecore="}},
    {{"movablecore-ignored", effect, warning, "movablecore= is not looked at: kernelcore= prevails"}, movablecore_ignored},
    {{"movablecore-not-reached", effect, warning, "ZONE_MOVABLE is smaller than movablecore= asks for"}, movablecore_not_reached},
    {{"node-too-small", effect, error, "a node of less than 4 MiB stays offline", "a larger node, or a later release"}},
    {{"node-without-kernel-memory", problem, warning, "all memory of a node is movable"}, node_without_kernel_memory},
    {{"numa-fake-failed", effect, warning, "numa=fake= fails, and physical nodes stay", "fewer or smaller nodes"}},
    {{"numa-fake-no-node", bug, error, "numa=fake=SIZE: the memory of the first node is lost", "numa=fake=N, or a later release"}},
    {{"numa-fake-uniform-miscount", bug, info, "numa=fake=NU makes too few nodes, unnoticed", "fewer nodes"}},
    {{"numa-fake-unsupported", effect, warning, "numa=fake= is not understood by this kernel",
      "a kernel with CONFIG_NUMA_EMU (arm64, riscv: 6.12 and later)"}},
    {{"numa-refused", effect, warning, "the nodes of the board are not used", "a node for all memory, and one node only"}},
    {{"numa-unsupported", effect, warning, "numa= is not understood by this kernel", "a kernel with CONFIG_NUMA"}},
    {{"out-of-early-memory", problem, error, "an early allocation finds no room", "smaller reservations, or more memory"}},
    {{"parameter-not-built-in", effect, warning, "a parameter that this kernel is built without"}, parameter_not_built_in},
    {{"parameter-of-another-architecture", effect, warning, "a parameter that only other architectures know"}},
    {{"parameter-without-effect", effect, warning, "a parameter that does nothing here", "a kernel that is built with it"}},
    {{"phantom-zone", bug, warning, "ZONE_MOVABLE past the node's end counts memory twice",
      "Linux 5.18, or an amount that leaves the node a largest block or more"}},
    {{"reserve-mem-does-not-fit", problem, warning, "there is no room for a range of reserve_mem=", "a smaller one"}},
    {{"riscv-memory-below-kernel", bug, warning, "memory below the kernel image is not used"}, riscv_memory_below_kernel},
    {{"riscv-normal-limit", bug, info, "\"Zone ranges:\" shows a Normal zone of astronomic size"}, riscv_normal_limit},
    {{"size-not-understood", effect, warning, "the kernel reads a part of a size only"}, size_not_understood},
    {{"slub-out-of-memory", problem, error, "the first slabs find no memory", "smaller reservations, or more memory"}},
    {{"swiotlb-does-not-fit", problem, warning, "there is no room for the bounce buffers",
      "a smaller swiotlb=, or fewer fixed reservations in low memory"}},
    {{"vmalloc-too-large", problem, error, "vmalloc= leaves no room for lowmem", "a smaller vmalloc="}},
};

}  // namespace

std::string_view to_string(FindingSeverity severity) {
    constexpr std::string_view words[] = {"info", "warning", "error"};
    return words[static_cast<std::size_t>(severity)];
}

const std::vector<FindingInfo>& finding_table() {
    static const std::vector<FindingInfo> table = [] {
        std::vector<FindingInfo> out;
        for (const Row& r : rows) out.push_back(r.info);
        return out;
    }();
    return table;
}

const FindingInfo* finding_info(std::string_view id) {
    const auto& table = finding_table();
    const auto found =
        std::lower_bound(table.begin(), table.end(), id, [](const FindingInfo& f, std::string_view name) { return f.id < name; });
    return found != table.end() && found->id == id ? &*found : nullptr;
}

bool is_finding(const Note& note) {
    return note.kind == bug || note.kind == problem || note.kind == effect;
}

void add_findings(const Board& board, const Kernel& kernel, const Cmdline& cmdline, Layout& layout,
                  const std::function<bool(const FindingInfo&)>& wanted) {
    std::vector<Note> notes;
    for (const Row& r : rows)
        if (r.find && wanted(r.info)) r.find({board, kernel, cmdline, layout, r.info, notes});
    for (Note& n : notes) layout.notes.push_back(std::move(n));
    for (Note& n : layout.notes)
        if (const FindingInfo* f = n.remedy.empty() && is_finding(n) ? finding_info(n.id) : nullptr) n.remedy = f->remedy;
}

// -- Finder

void Finder::say(std::string text, std::string remedy, Place place) const {
    notes.push_back({info.kind, std::string(info.id), std::move(text), std::move(remedy), std::move(place)});
}

std::string text_of(const Parameter& p) {
    return p.value ? p.name + "=" + *p.value : p.name;
}

const Parameter* Finder::parameter(std::string_view name) const {
    const Parameter* last = nullptr;
    for (const Parameter& p : cmdline.parameters)
        if (parameq(p.name, name)) last = &p;
    return last;
}

std::string Finder::word(std::string_view name) const {
    const Parameter* p = parameter(name);
    return p ? text_of(*p) : std::string();
}

u64 Finder::reserved(std::string_view name) const {
    u64 bytes = 0;
    for (const MemblockRegion& r : layout.reserved)
        if (r.name == name) bytes += r.size;
    return bytes;
}

u64 Finder::present(ZoneType zone) const {
    u64 sum = 0;
    for (const Node& n : layout.nodes)
        if (const Zone* z = n.zone(zone)) sum += z->present;
    return sum;
}

u64 Finder::kernel_pages() const {
    return present(ZoneType::DMA) + present(ZoneType::DMA32) + present(ZoneType::Normal);
}

u64 Finder::managed_kernel_pages() const {
    u64 sum = 0;
    for (const Node& n : layout.nodes)
        for (const Zone& z : n.zones)
            if (z.type == ZoneType::DMA || z.type == ZoneType::DMA32 || z.type == ZoneType::Normal)
                sum += z.started ? z.started->managed : z.managed.value_or(0);
    return sum;
}

std::string Finder::size(u64 bytes) const {
    return format_size(bytes, false);
}

std::string Finder::pages(u64 count) const {
    return format_pages(count, kernel.page_shift, false);
}

}  // namespace zonecalc
