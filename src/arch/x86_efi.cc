// SPDX-License-Identifier: MIT
// What an EFI boot adds to the early reservations of x86.
//
// The kernel reserves its copy of EFI's memory map, the memory attributes table, and, once memblock has its memory, whatever
// firmware used for boot services: that memory is e820's RAM, but firmware may still touch it until the kernel has told it where
// it lies; it is given back when start-up is nearly over, so that the page allocator starts without it. A descriptor that touches
// something reserved is left alone. The boot stub puts the kernel where the firmware has room for it: into loader code of its own,
// aligned as the kernel wants it.
//
// Places that a board does not give are those that EDK II chooses, as recorded with QEMU's firmware. From 6.1 on the memory map is
// a block of ACPI memory: whole pages right below the ACPI tables, filled up to the map by the headers of EDK II and of the stub;
// they have room for some descriptors more (8; 32 in newer stubs). The attributes table has 22 entries. Neither takes a page from
// the page allocator that would else be free: ACPI memory is no RAM, and the attributes table lies in boot services memory, of
// which it keeps one page from being reserved.
//
// Not modelled: ESRT, the table of MOK variables, TPM event logs, efi_fake_mem=, mixed mode; maps from the stubs before 6.1.
//
// Read beside it: efi_memblock_x86_reserve_range() in arch/x86/platform/efi/efi.c, efi_reserve_boot_services() in
// arch/x86/platform/efi/quirks.c, efi_memattr_init() in drivers/firmware/efi/memattr.c, efi_get_memory_map() in
// drivers/firmware/efi/libstub/mem.c.
#include <fmt/format.h>

#include "arch/x86_early.h"

namespace zonecalc::x86 {

namespace {

constexpr u64 PAGE = 4096;
constexpr u64 DESCRIPTOR = 48;       // of firmware's map
constexpr u64 MEMATTR_HEADER = 16;   // struct efi_memory_attributes_table
constexpr u64 MEMATTR_ENTRIES = 22;  // OVMF
constexpr u64 POOL_HEAD = 24;        // of EDK II
constexpr u64 POOL_TAIL = 16;
constexpr u64 STUB_HEADER = 40;  // struct efi_boot_memmap

bool is_efi(const Board& board) {
    return board.efi || !board.efi_memory.empty();
}

bool is_boot_services(const EfiDescriptor& d) {
    return d.type == EfiMemoryType::boot_code || d.type == EfiMemoryType::boot_data;
}

// Where EDK II and the stub put the memory map; none where that cannot be told.
std::optional<PhysRange> default_memmap(const Boot& boot) {
    const Board& board = boot.board;
    if (!boot.kernel.behaviours.efi_memmap_in_acpi_memory || board.efi_memory.empty()) return std::nullopt;
    std::optional<PhysAddr> lowest;
    for (const AcpiTable& t : board.acpi_tables)
        for (const EfiDescriptor& d : board.efi_memory)
            if (d.type == EfiMemoryType::acpi_reclaim && t.base >= d.base && t.base - d.base < d.size)
                lowest = std::min(lowest.value_or(t.base), round_down(t.base, PAGE));
    const u64 slack = boot.kernel.behaviours.efi_memmap_slack_32 ? 32 : 8;
    const u64 size = board.efi_memory.size() * DESCRIPTOR;
    // The map that the stub asks the size of has one descriptor more than the one it gets.
    const u64 block = round_up(POOL_HEAD + STUB_HEADER + size + (1 + slack) * DESCRIPTOR + POOL_TAIL, PAGE);
    if (!lowest || *lowest < block) return std::nullopt;
    const PhysAddr base = *lowest - block + POOL_HEAD + STUB_HEADER;
    return PhysRange{base, base + size};
}

}  // namespace

std::optional<PhysAddr> efi_kernel_base(const Boot& boot, u64 image_size) {
    constexpr u64 MiB = u64{1} << 20;
    const u64 lowest = boot.kernel.config_number("PHYSICAL_START", 16 * MiB);
    const u64 align = std::max<u64>(boot.kernel.config_number("PHYSICAL_ALIGN", 2 * MiB), PAGE);
    for (const EfiDescriptor& d : boot.board.efi_memory)
        if (d.type == EfiMemoryType::loader_code && d.base >= lowest && d.base % align == 0 && d.size >= image_size) return d.base;
    return std::nullopt;
}

void efi_init(Boot& boot) {
    const Board& board = boot.board;
    if (!is_efi(board) || !boot.kernel.config_enabled("EFI")) return;
    MemblockAllocator& mb = boot.early->allocator;
    const EfiTables tables = board.efi.value_or(EfiTables{});

    std::optional<PhysRange> memmap = tables.memmap;
    if (!memmap) {
        memmap = default_memmap(boot);
        assume_early(
            boot, "efi-memmap-place",
            memmap
                ? fmt::format("the board does not say where EFI's memory map lies: {} bytes at {:#x}, below the ACPI "
                              "tables, are taken (ACPI memory: no free page changes)",
                              memmap->size(), memmap->begin)
                : fmt::format("the board does not say where EFI's memory map lies: the {} bytes are not reserved (up to "
                              "{} pages)",
                              board.efi_memory.empty() ? "4 to 12 thousand" : fmt::to_string(board.efi_memory.size() * DESCRIPTOR),
                              board.efi_memory.empty() ? 4 : board.efi_memory.size() * DESCRIPTOR / PAGE + 2));
    }
    if (memmap) mb.reserve(memmap->begin, memmap->size(), "EFI memory map");

    if (tables.memattr) {
        const u64 size = tables.memattr_size.value_or(MEMATTR_HEADER + MEMATTR_ENTRIES * DESCRIPTOR);
        if (!tables.memattr_size)
            boot.note(
                Note::Kind::assumption, "efi-memattr-size",
                fmt::format("the board does not say how long EFI's memory attributes table is: {} entries are taken, {} bytes "
                            "(a page more if it has more than {})",
                            MEMATTR_ENTRIES, size, (PAGE - MEMATTR_HEADER - *tables.memattr % PAGE) / DESCRIPTOR));
        mb.reserve(*tables.memattr, size, "EFI memory attributes");
    }
    if (board.efi_memory.empty())
        boot.note(
            Note::Kind::assumption, "efi-boot-services",
            "the board lists no [[efi_memory]]: what firmware used for boot services is not reserved, and the kernel is taken "
            "to lie where it was linked to (with QEMU's firmware these are 43 MiB, eleven thousand pages)");
}

void efi_reserve_boot_services(Boot& boot) {
    if (!boot.kernel.config_enabled("EFI")) return;
    MemblockAllocator& mb = boot.early->allocator;
    u64 pages = 0;
    for (const EfiDescriptor& d : boot.board.efi_memory) {
        if (!is_boot_services(d) || mb.reserved().overlaps(d.base, d.size)) continue;
        mb.reserve(d.base, d.size, "EFI boot services");
        pages += d.size / PAGE;
    }
    const std::vector<std::string> options = early_values(boot, "efi");
    const bool kept = std::ranges::any_of(options, [](const std::string& o) { return o.find("debug") != std::string::npos; });
    if (pages != 0 && !kept)
        boot.note(
            Note::Kind::unmodelled, "efi-boot-services-freed",
            fmt::format("{} pages of EFI boot services memory are given back when start-up is nearly over: they are not among "
                        "the free pages shown here",
                        pages));
}

}  // namespace zonecalc::x86
