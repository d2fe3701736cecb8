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
// With KASLR the image and, on x86_64, linear map, vmalloc area and memmap lie at random places: the image is taken to lie where it
// was linked to unless the board says otherwise; what random virtual addresses cost for certain is modelled.
//
// Not modelled: an iBFT, the GPU of Sandy Bridge, table upgrades from the initrd, devices of trap_init() for Intel's debug store.
//
// Read beside it: setup_arch() in arch/x86/kernel/setup.c, start_kernel() in init/main.c, arch/x86/kernel/e820.c,
// arch/x86/mm/cpu_entry_area.c.
#include "arch/x86_early.h"

#include <fmt/format.h>

#include "arch/arch.h"
#include "mm/cpus.h"
#include "mm/five_levels.h"

namespace zonecalc::x86 {

namespace {

constexpr u64 KiB = 1024;
constexpr u64 MiB = 1024 * KiB;
constexpr u64 GiB = 1024 * MiB;
constexpr u64 PAGE = 4096;
constexpr u64 START_KERNEL_MAP = 0xffffffff80000000;  // x86_64
constexpr u64 MAX_DMA = 16 * MiB;

// Without one of these nothing can be computed. KERNELS that have no percpu reserve or no hibernation need less.
constexpr std::string_view needed_sizes[] = {"page", "pcpu_chunk", "pcpu_block_md", "resource", "real_mode_blob"};
constexpr std::string_view needed_sizes_of_x86_64[] = {"pglist_data", "mem_section"};
constexpr std::string_view needed_constants[] = {
    "_text", "__end_of_kernel_reserve", "__brk_base", "_end", "__per_cpu_end", "NR_PAGEBLOCK_BITS", "PERCPU_DYNAMIC_RESERVE"};
constexpr std::string_view needed_constants_of_i386[] = {"initial_page_tables"};

bool machine_has_nodes(const Board& b) {
    return std::ranges::any_of(b.srat, [&](const SratRange& r) { return r.node != b.srat.front().node; });
}

// EFI hands over all of base memory; a BIOS keeps the end of it.
bool looks_like_efi(const Board& b) {
    constexpr u64 base_memory = 640 * KiB;
    return std::ranges::any_of(b.e820,
                               [](const E820Entry& e) { return e.base == 0 && e.type == E820Type::ram && e.size == base_memory; });
}

// What the board leaves open, what is taken for it, and how much that could change.
void note_assumptions(Boot& boot, bool efi_base) {
    const Board& b = boot.board;
    const Kernel& k = boot.kernel;
    const EarlyX86& e = *boot.early->x86;
    const auto without = [&](bool given, std::string_view id, std::string text) {
        if (!given) assume_early(boot, id, std::move(text));
    };
    const u64 cpu_pages = percpu_unit(k) / PAGE;
    note_derived_sizes(boot, e.end - e.text);
    without(
        !kaslr_enabled(boot) || b.kernel_base || efi_base, "kaslr",
        fmt::format("without nokaslr this kernel lies at a random place; it is taken to lie where it was linked to ({} pages lie "
                    "elsewhere)",
                    (e.end - e.text) / PAGE));
    without(
        !kaslr_memory_enabled(boot), "kaslr-memory",
        fmt::format("without nokaslr the linear map and the memmap start at random virtual addresses, which no log shows: they "
                    "are taken to have no more page tables than at the fixed ones (one page more for each){}",
                    k.behaviours.early_x86_random_entry_areas
                        ? "; so do the CPUs' entry areas, which are taken to have two tables each (for one CPU in nine a page more)"
                        : ""));
    without(
        !b.e820.empty(), "no-e820",
        "the board has [[memory]] and not firmware's map, [[e820]]: firmware is taken to tell of nothing else (each entry that is "
        "not memory moves what is allocated later by some 200 bytes)");
    without(
        !b.loaded.empty() || !b.initrd.value_or(true), "no-initrd",
        "the board lists nothing that is [[loaded]]: the kernel is taken to be started without initrd and setup data (the pages of "
        "the initrd, a page for setup data)");
    without(
        !b.acpi_tables.empty() || !b.acpi.value_or(true) || !k.config_enabled("ACPI") || !k.behaviours.early_x86_acpi_tables,
        "no-acpi-tables",
        "the board lists no [[acpi_table]]: where ACPI's tables lie in memory is not reserved (some ten regions; pages only where "
        "firmware has put them into usable memory)");
    without(b.ioapics.has_value(), "one-ioapic",
            "the board does not say how many I/O APICs it has: one is taken (moves what is allocated later by 64 or 128 bytes for "
            "each)");
    without(
        b.hpet.has_value(), "hpet",
        "the board does not say whether it has an HPET: it is taken to have one (moves what is allocated later by 128 bytes, one "
        "page more or less)");
    if (k.arch == Arch::i386)
        without(
            b.pse.has_value(), "pse",
            fmt::format("the board does not say whether its CPUs map large pages: they are taken to (page tables: up to {} pages "
                        "more)",
                        (896 * MiB) >> (k.pae ? 21 : 22)));
    if (k.arch == Arch::x86_64) {
        u64 ram = 0;
        for (const E820Entry& entry : b.e820)
            if (entry.type == E820Type::ram) ram += std::min(entry.size, ~u64{0} - ram);
        for (const MemoryBank& bank : b.memory) ram += std::min(bank.size, ~u64{0} - ram);
        without(b.gb_pages.has_value(), "no-gb-pages",
                fmt::format("the board does not say whether its CPUs map gigabyte pages: they are taken not to (page tables: some "
                            "{} pages less)",
                            div_round_up(ram, GiB)));
        without(
            b.la57.has_value() || !wants_five_levels(k, boot.cmdline), "no-la57",
            "the board does not say whether its CPUs have five levels of page tables: they are taken not to (some 510 pages more)");
        without(b.efi || !b.efi_memory.empty() || !k.config_enabled("EFI") || !looks_like_efi(b), "no-efi",
                "the map looks like one of EFI, but the board has no [efi]: a BIOS is taken to have started the kernel (with "
                "QEMU's EFI "
                "eleven thousand pages of boot services are reserved more, until start-up is nearly over)");
    }
    without(b.cpus.has_value(), "one-cpu",
            fmt::format("the board does not say how many CPUs are possible: one is taken ({} pages for each CPU more)", cpu_pages));
    without(b.dmi_bytes.has_value() || !k.config_enabled("DMI"), "dmi-page",
            "strings of the SMBIOS are taken to fill less than a page (up to 15 pages more; real machines mostly have one or two)");
    if (k.numa && machine_has_nodes(b)) {
        const bool slit = b.slit || std::ranges::any_of(b.nodes, [](const BoardNode& n) { return !n.distance.empty(); });
        without(slit, "no-slit",
                "the board does not say whether ACPI has a table of node distances: it is taken not to (one page more)");
        const bool cpus = std::ranges::any_of(b.nodes, [](const BoardNode& n) { return !n.cpus.empty(); });
        without(
            cpus || b.cpus.value_or(1) == 1, "cpu-nodes",
            fmt::format("the board does not say which node has which CPU: nodes are taken in turn (percpu areas, {} pages for each "
                        "CPU, may lie in other nodes)",
                        cpu_pages));
    }
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

// e820__register_nosave_regions(): holes between RAM, those that touch as one.
void register_nosave_regions(Boot& boot) {
    const WalkStep step(boot.walk, "e820__register_nosave_regions");
    if (!boot.kernel.config_enabled("HIBERNATION")) return;
    u64 count = 0;
    std::optional<Pfn> last_end;
    const auto region = [&](Pfn begin, Pfn end) {
        if (begin >= end) return;
        count += last_end != begin;
        last_end = end;
    };
    PhysAddr at = 0;
    for (const PhysRange& r : boot.early->x86->e820_ram) {
        if (at < r.begin) region(at / PAGE, div_round_up(r.begin, PAGE));
        at = r.end;
    }
    region(at / PAGE, boot.max_pfn);
    const u64 size = size_or_assume(boot, "nosave_region", count);
    for (; count != 0; --count)
        boot.early->allocator.alloc_or_panic({.name = "nosave region", .size = size, .align = SMP_CACHE_BYTES});
}

// setup_node_to_cpumask_map() and masks of CPU states, where they are not part of the image.
void alloc_cpumasks(Boot& boot) {
    if (!boot.kernel.config_enabled("CPUMASK_OFFSTACK") || boot.possible_nodes.empty()) return;
    const u64 size = div_round_up(boot.early->cpu_node.size(), 64) * 8;
    const auto masks = [&](std::string_view function, int count) {
        const WalkPath step(boot.walk, function);
        for (int i = 0; i < count; ++i)
            boot.early->allocator.alloc_or_panic({.name = "CPU mask", .size = size, .align = SMP_CACHE_BYTES});
    };
    masks("setup_node_to_cpumask_map", boot.possible_nodes.back() + 1);
    masks("setup_cpu_local_masks", boot.kernel.behaviours.early_x86_cpu_masks ? 4 : 1);
}

// Page tables for one area per CPU: side by side behind the page of the IDT, or scattered over 512 GiB, where no two CPUs share one
// and the IDT's page is not mapped yet (6.12 with two CPUs and KASLR takes two pages more than without).
u64 cpu_entry_area_tables(Boot& boot) {
    constexpr u64 PMD_SHIFT = 21;
    constexpr u64 PUD_SHIFT = 30;
    const u64 cpus = boot.early->cpu_node.size();
    if (boot.kernel.behaviours.early_x86_random_entry_areas && kaslr_enabled(boot)) return 1 + 2 * cpus;
    u64 area = boot.kernel.size_of("cpu_entry_area");
    if (area == 0) {
        area = 60 * PAGE;
        if (cpus > 8)
            assume_early(boot, "cpu-entry-area", "the profile does not know the size of a CPU's entry area: 240 KiB are taken");
    }
    const u64 end = PAGE + cpus * area;
    return 1 + (((end - 1) >> PUD_SHIFT) + 1) + (((end - 1) >> PMD_SHIFT) + 1);
}

void setup_cpu_entry_areas(Boot& boot) {
    const WalkStep step(boot.walk, "setup_cpu_entry_areas");
    if (boot.kernel.arch == Arch::i386) return i386_cpu_entry_area_tables(boot);
    for (u64 tables = cpu_entry_area_tables(boot); tables != 0; --tables)
        boot.early->allocator.alloc_or_panic({.name = "CPU entry area page tables", .size = PAGE, .align = PAGE});
}

void alloc_io_resources(Boot& boot) {
    const Board& b = boot.board;
    MemblockAllocator& mb = boot.early->allocator;
    const u64 resource = boot.kernel.size_of("resource");
    constexpr u64 HPET_NAME = 9;     // "HPET 0" and room
    constexpr u64 IOAPIC_NAME = 11;  // "IOAPIC 0" and room
    if (b.hpet.value_or(true)) {
        const WalkStep step(boot.walk, "acpi_parse_hpet");
        mb.alloc_or_panic({.name = "HPET resource", .size = resource + HPET_NAME, .align = SMP_CACHE_BYTES});
    }
    if (!boot.kernel.behaviours.offline_nodes_init)
        for (const int nid : boot.late_online_nodes) alloc_node_data(boot, nid);
    const WalkStep step(boot.walk, "ioapic_setup_resources");
    mb.alloc_or_panic(
        {.name = "I/O APIC resources", .size = b.ioapics.value_or(1) * (resource + IOAPIC_NAME), .align = SMP_CACHE_BYTES});
}

void e820_reserve_resources(Boot& boot) {
    const WalkStep step(boot.walk, "e820__reserve_resources");
    const EarlyX86& e = *boot.early->x86;
    MemblockAllocator& mb = boot.early->allocator;
    mb.alloc_or_panic(
        {.name = "e820 resources", .size = e.e820_entries * boot.kernel.size_of("resource"), .align = SMP_CACHE_BYTES});
    if (boot.kernel.config_enabled("FIRMWARE_MEMMAP")) {
        const u64 size = size_or_assume(boot, "firmware_map_entry", e.firmware_map_entries);
        for (std::size_t i = 0; i < e.firmware_map_entries; ++i)
            mb.alloc_or_panic({.name = "firmware map entry", .size = size, .align = SMP_CACHE_BYTES});
    }
}

// setup_arch() behind paging_init().
void alloc_resources(Boot& boot) {
    alloc_io_resources(boot);
    e820_reserve_resources(boot);
    register_nosave_regions(boot);
}

// Page tables of the brk area, which map the first MiB and the first range above it; KASLR may spread each over two.
u64 INIT_PGD_PAGE_COUNT(const Kernel& kernel) {
    const bool five_levels = kernel.behaviours.x86_5level_always || kernel.config_enabled("X86_5LEVEL");
    const u64 INIT_PGD_PAGE_TABLES = kernel.behaviours.pgt_buf_five_levels && five_levels ? 4 : 3;
    return (kernel.config_enabled("RANDOMIZE_MEMORY") ? 4 : 2) * INIT_PGD_PAGE_TABLES;
}

// The allocator, and what is known of machine and kernel beside its image.
void start(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    const bool i386 = kernel.arch == Arch::i386;
    boot.early = std::make_unique<EarlyBoot>(boot.memblock, kernel);
    EarlyBoot& early = *boot.early;
    early.x86 = std::make_shared<EarlyX86>();
    EarlyX86& e = *early.x86;
    e.brk_tables = INIT_PGD_PAGE_COUNT(kernel);
    e.gb_pages = boot.board.gb_pages.value_or(false);
    e.la57 = pgtable_l5_enabled(boot.board, kernel, boot.cmdline);
    early.max_physmem_bits = max_physmem_bits(boot.board, kernel, boot.cmdline);
    early.levels = e.la57 ? 5 : 4;
    early.gigantic_page = e.gb_pages && !i386 ? GiB : 0;
    early.dma_address = MAX_DMA;
    early.percpu_atom = i386 ? PAGE : 2 * MiB;
    early.percpu_first_chunk_reserve = !i386;
    early.percpu_by_node = kernel.numa;
    early.allocator.movable_node = early.allocator.bottom_up = boot.movable_node_enabled;
}

void find_mirror(MemblockAllocator& mb) {
    mb.has_mirror =
        std::ranges::any_of(mb.memory().regions(), [](const MemblockRegion& r) { return (r.flags & MEMBLOCK_MIRROR) != 0; });
}

// init_mem_mapping() to setup_log_buf()
void allocate_before_nodes(Boot& boot) {
    init_mem_mapping(boot);
    boot.early->allocator.current_limit = boot.early->x86->max_mapped;
    setup_log_buf(boot, true);
}

}  // namespace

PhysAddr symbol_address(const Kernel& kernel, std::string_view symbol) {
    const u64 address = kernel.constant(symbol);
    const u64 map = kernel.arch == Arch::i386 ? i386_space(kernel).page_offset : START_KERNEL_MAP;
    return address >= map ? address - map : address;
}

void begin_early_model(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    const bool i386 = kernel.arch == Arch::i386;
    if (!boot.board.reserved.empty()) return;
    if (!knows(kernel, needed_sizes, needed_constants)) return;
    if (i386 ? !knows(kernel, {}, needed_constants_of_i386) : !knows(kernel, needed_sizes_of_x86_64, {})) return;

    const auto address = [&](std::string_view symbol) { return symbol_address(kernel, symbol); };
    constexpr u64 most = GiB;
    constexpr u64 most_tables = 1024;
    const bool sane = address("_text") < address("__end_of_kernel_reserve") &&
                      address("__end_of_kernel_reserve") <= address("__brk_base") && address("__brk_base") < address("_end") &&
                      address("_end") < 4 * GiB && kernel.constant("__per_cpu_end") - kernel.constant("__per_cpu_start") < most &&
                      kernel.constant("initial_page_tables") < most_tables;
    if (!sane) return;

    start(boot);
    EarlyX86& e = *boot.early->x86;
    e.text = kernel_image(boot).begin;
    const PhysAddr shift = e.text - address("_text");
    e.brk = address("__brk_base") + shift;
    e.end = address("_end") + shift;
    e.reserve_end = address("__end_of_kernel_reserve") + shift;
    // They reach from address 0 to a fixed distance from the end of the image.
    if (i386) e.initial_tables = kernel.constant("initial_page_tables") + (shift >> i386_space(kernel).pmd_shift);
    boot.early->allocator.kernel_end = e.end;
    note_assumptions(boot, efi_kernel_base(boot, e.end - e.text).has_value());
}

std::vector<PhysRange> allocated_before_nodes(const Boot& boot, const std::vector<PhysRange>& taken) {
    Boot other(boot.board, boot.kernel, boot.cmdline);
    other.memblock.memory = boot.memblock.memory;
    other.max_pfn = boot.max_pfn;
    other.max_low_pfn = boot.max_low_pfn;
    other.movable_node_enabled = boot.movable_node_enabled;
    start(other);
    early_stretch(other, [&](EarlyBoot& early) {
        for (const PhysRange& r : taken) early.allocator.reserve(r.begin, r.size(), "taken");
        early.allocator.kernel_end = kernel_image(boot).end;
        early.allocator.current_limit = MiB;
        find_mirror(early.allocator);
        allocate_before_nodes(other);
    });
    std::vector<PhysRange> out;
    for (const MemblockRegion& r : other.memblock.reserved.regions())
        if (r.name != "taken") out.push_back({r.base, r.end()});
    return out;
}

void reserve_loaded(Boot& boot, std::size_t firmware_map_entries, const E820Table& e820, Pfn max_possible_pfn) {
    early_stretch(boot, [&](EarlyBoot& early) {
        EarlyX86& e = *early.x86;
        MemblockAllocator& mb = early.allocator;
        e.firmware_map_entries = firmware_map_entries;
        e.e820_entries = e820.entries().size();
        for (const Entry& entry : e820.entries())
            if (entry.type == E820_TYPE_RAM || (entry.type == E820_TYPE_RESERVED_KERN && boot.kernel.behaviours.x86_reserved_kern))
                e.e820_ram.push_back({entry.addr, entry.end()});
        e.max_possible = max_possible_pfn * PAGE;

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
        MemblockAllocator& mb = early.allocator;
        const Behaviours& b = boot.kernel.behaviours;
        find_mirror(mb);
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
        allocate_before_nodes(boot);
        reserve_initrd(boot);
        if (b.early_x86_acpi_tables)
            for (const AcpiTable& t : boot.board.acpi_tables) mb.reserve(t.base, t.size, "ACPI " + t.signature);
    });
}

void numa_cpu_nodes(Boot& boot, const NumaState& numa) {
    early_stretch(boot, [&](EarlyBoot& early) {
        early.cpu_node.assign(count_cpus(boot.kernel, boot.board, boot.cmdline).possible, NUMA_NO_NODE);
        // numa_init_array(): all take turns, before init_cpu_to_node() moves those that the SRAT names.
        for (std::size_t cpu = 0; cpu < early.cpu_node.size() && !boot.online_nodes.empty(); ++cpu)
            early.cpu_node[cpu] = boot.online_nodes[cpu % boot.online_nodes.size()];
        for (const BoardNode& n : boot.board.nodes) {
            if (!numa.nodes_with_pxm.contains(n.id)) continue;
            const int nid = numa.numa_cpu_node(n.id);
            for (const u32 cpu : n.cpus)
                if (cpu < early.cpu_node.size()) early.cpu_node[cpu] = nid;
        }
    });
}

void reserve_after_nodes(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot& early) {
        early.lowmem_end = boot.kernel.arch == Arch::i386 ? boot.max_low_pfn * PAGE : boot.memblock.end_of_DRAM();
        dma_contiguous_reserve(boot, early.x86->max_mapped);
        hugetlb_reserve(boot, HugetlbMoment::setup_arch);
        reserve_crashkernel(boot);
    });
}

void reserve_in_paging_init(Boot& boot) {
    const bool sparse = !boot.kernel.behaviours.early_sparse_in_free_area_init;
    if (!sparse && boot.kernel.arch != Arch::i386) return;
    early_stretch(boot, [&](EarlyBoot&) {
        const WalkPath step(boot.walk, "paging_init");
        if (boot.kernel.arch == Arch::i386) i386_kmap_tables(boot);
        if (sparse) sparse_init(boot);
    });
}

void reserve_after_paging_init(Boot& boot) {
    if (!boot.kernel.behaviours.early_sparse_in_free_area_init) return;
    early_stretch(boot, [&](EarlyBoot&) { alloc_resources(boot); });
}

void reserve_until_handover(Boot& boot) {
    early_stretch(boot, [&](EarlyBoot&) {
        const Behaviours& b = boot.kernel.behaviours;
        const auto zones = [&] {
            alloc_node_mem_map(boot);
            if (b.offline_nodes_init) alloc_offline_node_data(boot);
            calc_nr_kernel_pages(boot);
        };
        if (b.early_sparse_in_free_area_init) {
            hugetlb_reserve(boot, HugetlbMoment::before_zones);
            sparse_init(boot);
            zones();
        } else {
            zones();
            const WalkPath step(boot.walk, "setup_arch");
            alloc_resources(boot);
        }
        allocate_in_start_kernel(boot, [&] { alloc_cpumasks(boot); });
        setup_cpu_entry_areas(boot);
        mm_core_init(boot, [&] {
            if (swiotlb_wanted(boot, boot.early->x86->max_possible > 4 * GiB)) swiotlb_init(boot, 0xffffffff);
        });
    });
}

}  // namespace zonecalc::x86
