// SPDX-License-Identifier: MIT
// Early boot of x86 as memblock sees it: every reservation from the first line of setup_arch() to memblock_free_all(), in the
// kernel's order, each with its size, place and reason. A board that lists what is reserved is believed and none of this runs.
//
// Order is everything: each allocation goes right below the one before, and holes that alignment leaves are filled by later
// requests that fit. A single size that is wrong moves everything after it. Sizes come from the kernel's profile, places of what is
// in memory before the kernel (initrd, ACPI's tables) from the board.
//
// Releases differ: up to 5.12 low memory is reserved after memblock is filled, and the real-mode trampoline alone lies below; 5.12
// reserves ACPI's tables; 7.0 sets up sections when the architecture's part is over. Lines with "reserve" and "alloc" of boots with
// memblock=debug (4.19 to 7.1) show each step.
//
// i386 differs in that early memory is lowmem only, that its first page tables lie in the brk area, and that it has no nodes.
//
// Not modelled: an iBFT, the GPU of Sandy Bridge, table upgrades from the initrd, KASLR (the image is taken to lie where it was
// linked to), devices of trap_init() for Intel's debug store.
//
// Read beside it: setup_arch() in arch/x86/kernel/setup.c, start_kernel() in init/main.c, arch/x86/kernel/e820.c,
// arch/x86/mm/cpu_entry_area.c.
#include "arch/x86_early.h"

#include <fmt/format.h>

#include "arch/arch.h"

namespace zonecalc::x86 {

namespace {

constexpr u64 KiB = 1024;
constexpr u64 MiB = 1024 * KiB;
constexpr u64 GiB = 1024 * MiB;
constexpr u64 PAGE = 4096;
constexpr u64 SMP_CACHE_BYTES = 64;
constexpr u64 START_KERNEL_MAP = 0xffffffff80000000;  // x86_64
constexpr u64 MAX_DMA = 16 * MiB;

// Without one of these nothing can be computed. KERNELS that have no percpu reserve or no hibernation need less.
constexpr std::string_view needed_sizes[] = {"page", "pcpu_chunk", "pcpu_block_md", "resource", "real_mode_blob"};
constexpr std::string_view needed_sizes_of_x86_64[] = {"pglist_data", "mem_section"};
constexpr std::string_view needed_constants[] = {
    "_text",         "__end_of_kernel_reserve", "__brk_base",        "_end",
    "__per_cpu_end", "early_pgt_alloc_pages",   "NR_PAGEBLOCK_BITS", "PERCPU_DYNAMIC_RESERVE"};
constexpr std::string_view needed_constants_of_i386[] = {"initial_page_tables"};

void assume(Boot& boot, std::string_view id, std::string text) {
    boot.note(Note::Kind::assumption, std::string(id), std::move(text));
}

PhysAddr physical(const Kernel& kernel, std::string_view symbol) {
    const u64 address = kernel.constant(symbol);
    const u64 map = kernel.arch == Arch::i386 ? i386_space(kernel).page_offset : START_KERNEL_MAP;
    return address >= map ? address - map : address;
}

void note_assumptions(Boot& boot, bool efi_base) {
    const Board& b = boot.board;
    const bool random = boot.kernel.config_enabled("RANDOMIZE_BASE") && !early_flag(boot, "nokaslr");
    if (random && !b.kernel_base && !efi_base)
        assume(boot, "kaslr",
               "without nokaslr this kernel lies at a random place, and so do some of its page tables; it is taken to lie where it "
               "was linked to");
    if (b.loaded.empty()) assume(boot, "no-initrd", "the board names no initrd: the kernel is taken to be started without one");
    if (b.acpi_tables.empty() && boot.kernel.config_enabled("ACPI") && boot.kernel.behaviours.early_x86_acpi_tables)
        assume(boot, "no-acpi-tables", "the board lists no [[acpi_table]]: where ACPI's tables lie in memory is not reserved");
    if (!b.ioapics)
        assume(boot, "one-ioapic",
               "the board does not say how many I/O APICs it has: one is taken (moves some allocations by 128 bytes)");
    if (!b.hpet)
        assume(boot, "hpet",
               "the board does not say whether it has an HPET: it is taken to have one (moves some allocations by 128 bytes)");
    if (!b.gb_pages)
        assume(boot, "no-gb-pages",
               "the board does not say whether its CPUs map gigabyte pages: they are taken not to (a page for each GiB of memory)");
    if (!b.cpus) assume(boot, "one-cpu", "the board does not say how many CPUs are possible: one is taken");
    if (!b.dmi_bytes && boot.kernel.config_enabled("DMI"))
        assume(boot, "dmi-page", "strings of the SMBIOS are taken to fill less than a page");
}

// reserve_bios_regions(): from the end of base memory, or the EBDA, to 1 MiB.
void reserve_bios_regions(Boot& boot) {
    const WalkStep step(boot.walk, "reserve_bios_regions");
    const PhysAddr start = bios_start(boot.board);
    boot.early->allocator.reserve(start, MiB - start, "BIOS area");
}

void reserve_real_mode_blob(Boot& boot) {
    const WalkStep step(boot.walk, "reserve_real_mode");
    const u64 size = round_up(boot.kernel.size_of("real_mode_blob"), PAGE);
    boot.early->allocator.phys_alloc({.name = "real-mode trampoline", .size = size, .align = PAGE, .from = 0, .below = MiB});
}

// pfn_range_is_mapped()
bool is_mapped(const std::vector<PhysRange>& mapped, PhysRange r) {
    RegionList all;
    for (const PhysRange& m : mapped) all.add(m.begin, m.size());
    return all.covers(r.begin, r.size());
}

// reserve_initrd(): an initrd outside the direct map moves into it.
void reserve_initrd(Boot& boot) {
    const auto initrd = loaded_range(boot.board, "initrd");
    if (!initrd) return;
    const u64 size = whole_pages(*initrd, PAGE).end - initrd->begin;
    if (is_mapped(boot.early->x86->mapped, {initrd->begin, initrd->begin + size})) return;
    boot.early->allocator.phys_alloc(
        {.name = "initrd", .size = round_up(size, PAGE), .align = PAGE, .from = 0, .below = boot.early->x86->max_mapped});
    boot.early->allocator.free(initrd->begin, size);
}

// reserve_crashkernel(): crashkernel=SIZE[@ADDRESS|,high] and crashkernel=SIZE,low. Sizes by ranges of memory are not computed.
void reserve_crashkernel(Boot& boot) {
    if (!boot.kernel.config_enabled("KEXEC_CORE") && !boot.kernel.config_enabled("KEXEC")) return;
    const bool tera = boot.kernel.behaviours.memparse_tera_suffixes;
    constexpr u64 align = 16 * MiB;
    const bool i386 = boot.kernel.arch == Arch::i386;
    const PhysAddr low_limit = i386 ? 512 * MiB : 4 * GiB;
    const PhysAddr high_limit = i386 ? 512 * MiB : PhysAddr{1} << 46;
    std::optional<Memparse> size;
    u64 low_size = std::max(64 * MiB + 8 * MiB, 256 * MiB);
    const std::vector<std::string> values = early_values(boot, "crashkernel");
    for (const std::string& value : values) {
        if (value.find(':') != std::string::npos) return;
        const Memparse parsed = memparse(value, tera);
        if (i386 && parsed.rest.starts_with(',')) continue;
        if (parsed.rest.starts_with(",low"))
            low_size = parsed.value;
        else
            size = parsed;
    }
    if (!size || size->value == 0 || size->value > high_limit) return;

    MemblockAllocator& mb = boot.early->allocator;
    EarlyRequest request{.name = "crash kernel", .size = size->value, .align = align, .from = align};
    if (size->rest.starts_with('@')) {
        request.from = memparse(size->rest.substr(1), tera).value;
        if (request.from > high_limit) return;
        request.align = MiB;
        request.below = request.from + request.size;
        mb.phys_alloc(request);
        return;
    }
    std::optional<PhysAddr> place;
    if (!size->rest.starts_with(",high")) {
        request.below = low_limit;
        place = mb.phys_alloc(request);
    }
    request.below = high_limit;
    if (!place) place = mb.phys_alloc(request);
    if (place && *place >= 4 * GiB && low_size != 0 && low_size <= 4 * GiB)
        mb.phys_alloc({.name = "crash kernel, low part", .size = low_size, .align = align, .from = 0, .below = 4 * GiB});
}

// e820__register_nosave_regions(): holes between RAM, those that touch as one.
void register_nosave_regions(Boot& boot) {
    const WalkStep step(boot.walk, "e820__register_nosave_regions");
    if (!boot.kernel.config_enabled("HIBERNATION")) return;
    std::optional<Pfn> last_end;
    const auto region = [&](Pfn begin, Pfn end) {
        if (begin >= end) return;
        if (last_end != begin)
            boot.early->allocator.alloc_or_panic(
                {.name = "nosave region", .size = boot.kernel.size_of("nosave_region"), .align = SMP_CACHE_BYTES});
        last_end = end;
    };
    PhysAddr at = 0;
    for (const PhysRange& r : boot.early->x86->e820_ram) {
        if (at < r.begin) region(at / PAGE, div_round_up(r.begin, PAGE));
        at = r.end;
    }
    region(at / PAGE, boot.max_pfn);
}

// setup_node_to_cpumask_map() and masks of CPU states, where they are not part of the image.
void alloc_cpumasks(Boot& boot) {
    if (!boot.kernel.config_enabled("CPUMASK_OFFSTACK") || boot.possible_nodes.empty()) return;
    const u64 size = div_round_up(boot.early->cpu_node.size(), 64) * 8;
    const int count = boot.possible_nodes.back() + 1 + (boot.kernel.behaviours.early_x86_cpu_masks ? 4 : 1);
    for (int i = 0; i < count; ++i)
        boot.early->allocator.alloc_or_panic({.name = "CPU mask", .size = size, .align = SMP_CACHE_BYTES});
}

// setup_cpu_entry_areas(): page tables for one area per CPU, behind a page that all share.
void setup_cpu_entry_areas(Boot& boot) {
    const WalkStep step(boot.walk, "setup_cpu_entry_areas");
    if (boot.kernel.arch == Arch::i386) return i386_cpu_entry_area_tables(boot);
    constexpr u64 PMD_SHIFT = 21;
    constexpr u64 PUD_SHIFT = 30;
    const u64 cpus = boot.early->cpu_node.size();
    u64 area = boot.kernel.size_of("cpu_entry_area");
    if (area == 0) {
        area = 60 * PAGE;
        if (cpus > 8) assume(boot, "cpu-entry-area", "the profile does not know the size of a CPU's entry area: 240 KiB are taken");
    }
    const u64 end = PAGE + cpus * area;
    const u64 tables = 1 + (((end - 1) >> PUD_SHIFT) + 1) + (((end - 1) >> PMD_SHIFT) + 1);
    for (u64 i = 0; i < tables; ++i)
        boot.early->allocator.alloc_or_panic({.name = "CPU entry area page tables", .size = PAGE, .align = PAGE});
}

void alloc_io_resources(Boot& boot) {
    const Board& b = boot.board;
    MemblockAllocator& mb = boot.early->allocator;
    const u64 resource = boot.kernel.size_of("resource");
    constexpr u64 HPET_NAME = 9;     // "HPET 0" and room
    constexpr u64 IOAPIC_NAME = 11;  // "IOAPIC 0" and room
    if (b.hpet.value_or(true)) mb.alloc_or_panic({.name = "HPET resource", .size = resource + HPET_NAME, .align = SMP_CACHE_BYTES});
    if (!boot.kernel.behaviours.offline_nodes_init)
        for (const int nid : boot.late_online_nodes) alloc_node_data(boot, nid);
    mb.alloc_or_panic(
        {.name = "I/O APIC resources", .size = b.ioapics.value_or(1) * (resource + IOAPIC_NAME), .align = SMP_CACHE_BYTES});
}

// e820__reserve_resources(), e820__register_nosave_regions()
void alloc_e820_resources(Boot& boot) {
    const WalkStep step(boot.walk, "e820__reserve_resources");
    const EarlyX86& e = *boot.early->x86;
    MemblockAllocator& mb = boot.early->allocator;
    mb.alloc_or_panic(
        {.name = "e820 resources", .size = e.e820_entries * boot.kernel.size_of("resource"), .align = SMP_CACHE_BYTES});
    if (boot.kernel.config_enabled("FIRMWARE_MEMMAP"))
        for (std::size_t i = 0; i < e.firmware_map_entries; ++i)
            mb.alloc_or_panic(
                {.name = "firmware map entry", .size = boot.kernel.size_of("firmware_map_entry"), .align = SMP_CACHE_BYTES});
    register_nosave_regions(boot);
}

}  // namespace

void begin_early_model(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    const bool i386 = kernel.arch == Arch::i386;
    if (!boot.board.reserved.empty() || boot.board.e820.empty()) return;
    if (!knows(kernel, needed_sizes, needed_constants)) return;
    if (i386 ? !knows(kernel, {}, needed_constants_of_i386) : !knows(kernel, needed_sizes_of_x86_64, {})) return;

    const auto address = [&](std::string_view symbol) { return physical(kernel, symbol); };
    constexpr u64 most = GiB;
    constexpr u64 most_tables = 1024;
    const bool sane = address("_text") < address("__end_of_kernel_reserve") &&
                      address("__end_of_kernel_reserve") <= address("__brk_base") && address("__brk_base") < address("_end") &&
                      address("_end") < 4 * GiB && kernel.constant("__per_cpu_end") - kernel.constant("__per_cpu_start") < most &&
                      kernel.constant("early_pgt_alloc_pages") < most_tables &&
                      kernel.constant("initial_page_tables") < most_tables;
    if (!sane) return;

    boot.early = std::make_unique<EarlyBoot>(boot.memblock, kernel);
    EarlyBoot& early = *boot.early;
    early.x86 = std::make_shared<EarlyX86>();
    EarlyX86& e = *early.x86;
    const auto efi_base = efi_kernel_base(boot, address("_end") - address("_text"));
    const PhysAddr base = boot.board.kernel_base.value_or(efi_base.value_or(address("_text")));
    const PhysAddr shift = base - physical(kernel, "_text");
    e.text = base;
    e.brk = physical(kernel, "__brk_base") + shift;
    e.end = physical(kernel, "_end") + shift;
    e.reserve_end = physical(kernel, "__end_of_kernel_reserve") + shift;
    e.brk_tables = kernel.constant("early_pgt_alloc_pages");
    e.gb_pages = boot.board.gb_pages.value_or(false);
    e.la57 = boot.board.la57.value_or(false) && kernel.max_physmem_bits >= 46;
    early.max_physmem_bits = e.la57 ? 52 : 46;
    early.five_levels = e.la57;
    early.dma_address = MAX_DMA;
    early.percpu_atom = i386 ? PAGE : 2 * MiB;
    early.percpu_first_chunk_reserve = !i386;
    // They reach from address 0 to a fixed distance from the end of the image.
    if (i386) e.initial_tables = kernel.constant("initial_page_tables") + (shift >> i386_space(kernel).pmd_shift);
    early.percpu_by_node = kernel.numa;
    early.allocator.kernel_end = e.end;
    early.allocator.movable_node = early.allocator.bottom_up = boot.movable_node_enabled;
    note_assumptions(boot, efi_base.has_value());
}

void reserve_loaded(Boot& boot, std::size_t firmware_map_entries, const E820Table& e820) {
    early_stretch(boot, [&](EarlyBoot& early) {
        EarlyX86& e = *early.x86;
        MemblockAllocator& mb = early.allocator;
        e.firmware_map_entries = firmware_map_entries;
        e.e820_entries = e820.entries().size();
        for (const Entry& entry : e820.entries())
            if (entry.type == E820_TYPE_RAM || (entry.type == E820_TYPE_RESERVED_KERN && boot.kernel.behaviours.x86_reserved_kern))
                e.e820_ram.push_back({entry.addr, entry.end()});
        e.max_possible = boot.max_pfn * PAGE;

        mb.reserve(e.text, e.reserve_end - e.text, "kernel image");
        mb.reserve(0, boot.kernel.behaviours.x86_first_mib_reserved ? 64 * KiB : PAGE, "low memory");
        if (const auto initrd = loaded_range(boot.board, "initrd"))
            mb.reserve(initrd->begin, whole_pages(*initrd, PAGE).end - initrd->begin, "initrd");
        reserve_loaded_ranges(boot);
        if (boot.kernel.behaviours.x86_first_mib_reserved) reserve_bios_regions(boot);
        efi_init(boot);

        const u64 dmi = boot.board.dmi_bytes.value_or(boot.kernel.config_enabled("DMI") ? 1 : 0);
        const PhysAddr tables = round_up(e.brk + e.initial_tables * PAGE + dmi, PAGE);
        e.brk_table_buffer = {tables, tables + e.brk_tables * PAGE};
        mb.reserve(e.brk, e.brk_table_buffer.end - e.brk, "kernel brk");
        mb.current_limit = MiB;
        mb.can_resize = true;
    });
}

void reserve_before_nodes(Boot& boot, const Options& options) {
    early_stretch(boot, [&](EarlyBoot& early) {
        EarlyX86& e = *early.x86;
        MemblockAllocator& mb = early.allocator;
        const Behaviours& b = boot.kernel.behaviours;
        for (const MemblockRegion& r : mb.memory().regions()) mb.has_mirror = mb.has_mirror || r.flags & MEMBLOCK_MIRROR;
        efi_reserve_boot_services(boot);
        if (b.x86_first_mib_reserved) {
            reserve_real_mode_blob(boot);
            mb.reserve(0, MiB, "first MiB");
        } else {
            reserve_bios_regions(boot);
            reserve_real_mode_blob(boot);
            mb.reserve(0, b.reservelow ? round_up(options.reserve_low, PAGE) : 64 * KiB, "low memory");
            if (b.x86_crashkernel_reserves_first_mib && !early_values(boot, "crashkernel").empty()) mb.reserve(0, MiB, "first MiB");
        }
        init_mem_mapping(boot);
        mb.current_limit = e.max_mapped;
        setup_log_buf(boot, true);
        reserve_initrd(boot);
        if (b.early_x86_acpi_tables)
            for (const AcpiTable& t : boot.board.acpi_tables) mb.reserve(t.base, t.size, "ACPI " + t.signature);
    });
}

void numa_cpu_nodes(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot& early) {
        early.cpu_node.assign(boot.board.cpus.value_or(1), NUMA_NO_NODE);
        for (const BoardNode& n : boot.board.nodes)
            for (const u32 cpu : n.cpus)
                if (cpu < early.cpu_node.size() && std::binary_search(boot.possible_nodes.begin(), boot.possible_nodes.end(), n.id))
                    early.cpu_node[cpu] = n.id;
        // numa_init_array(): the others take turns.
        std::size_t turn = 0;
        for (int& nid : early.cpu_node)
            if (nid == NUMA_NO_NODE && !boot.online_nodes.empty()) nid = boot.online_nodes[turn++ % boot.online_nodes.size()];
    });
}

void reserve_after_nodes(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot&) { reserve_crashkernel(boot); });
}

void reserve_in_paging_init(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot&) {
        if (boot.kernel.arch == Arch::i386) i386_kmap_tables(boot);
        if (!boot.kernel.behaviours.early_sparse_in_free_area_init) sparse_init(boot);
    });
}

void reserve_until_handover(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot&) {
        const Behaviours& b = boot.kernel.behaviours;
        const auto zones = [&] {
            alloc_node_mem_map(boot);
            if (b.offline_nodes_init) alloc_offline_node_data(boot);
            calc_nr_kernel_pages(boot);
        };
        if (!b.early_sparse_in_free_area_init) zones();
        alloc_io_resources(boot);
        alloc_e820_resources(boot);
        if (b.early_sparse_in_free_area_init) {
            sparse_init(boot);
            zones();
        }
        setup_command_line(boot);
        setup_per_cpu_areas(boot);
        alloc_cpumasks(boot);
        alloc_gigantic_pages(boot);
        setup_log_buf(boot, false);
        vfs_caches_init_early(boot);
        setup_cpu_entry_areas(boot);
        mm_core_init(boot, [&] {
            if (swiotlb_wanted(boot, boot.early->x86->max_possible > 4 * GiB)) swiotlb_init(boot, 0xffffffff);
        });
    });
}

}  // namespace zonecalc::x86
