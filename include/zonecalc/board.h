// SPDX-License-Identifier: MIT
// A board as its firmware describes it: the plain values of a board TOML (schema 1), with nothing of the kernel applied.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/device_tree.h"
#include "zonecalc/efi.h"
#include "zonecalc/figure.h"
#include "zonecalc/types.h"

namespace zonecalc {

// [[memory]]: RAM that firmware reports (device tree memory node, EFI conventional memory, …). Bytes.
struct MemoryBank {
    PhysAddr base = 0;
    u64 size = 0;
    std::optional<int> node;
    bool hotplug = false;
    bool mirror = false;
    bool nomap = false;
    SourcePosition position;
};

// The numbers are the kernel's own (enum e820_type): where entries overlap the larger number wins.
enum class E820Type : u32 {
    ram = 1,
    reserved = 2,
    acpi = 3,
    nvs = 4,
    unusable = 5,
    pmem = 7,
    pram = 12,
    reserved_kern = 128,
    soft_reserved = 0xefffffff,
};
std::string_view to_string(E820Type type);  // as a board has it; empty where there is no word for it

// [[e820]]: one line of the firmware's map, in firmware order. `size` may be 2^64 - base at most.
struct E820Entry {
    PhysAddr base = 0;
    u64 size = 0;
    E820Type type = E820Type::ram;
    SourcePosition position;
};

// [[srat]]: a memory affinity range of the ACPI SRAT (x86, arm64 with ACPI), or a numa-node-id range; may lie outside RAM.
struct SratRange {
    PhysAddr base = 0;
    u64 size = 0;
    int node = 0;
    bool hotplug = false;
    SourcePosition position;
};

// [[mirror]]: memory that EFI marks as more reliable, where [[e820]] is used (elsewhere it is a flag of the bank).
struct MirrorRange {
    PhysAddr base = 0;
    u64 size = 0;
    SourcePosition position;
};

// [[mtrr]]: a variable MTRR that is switched on, x86. Without any, nothing is trimmed.
enum class MtrrType { uncachable, write_combining, write_through, write_protected, write_back };
struct MtrrRange {
    PhysAddr base = 0;
    u64 size = 0;
    MtrrType type = MtrrType::write_back;
    SourcePosition position;
};

// [[reserved]]: what is reserved in memblock when the buddy allocator takes over.
struct ReservedRange {
    std::string name;
    PhysAddr base = 0;
    u64 size = 0;
    bool nomap = false;
    bool early = false;  // reserved before the kernel knew its nodes: such a node is never movable as a whole (x86)
    SourcePosition position;
    bool allocated = false;  // the kernel looked for the place: with another command line it may be another
    bool cma = false;        // an area for contiguous allocations: given to the page allocator later on
};

// [[loaded]]: what firmware or boot loader have put into memory before the kernel starts. "initrd" is known by its name.
struct LoadedRange {
    std::string name;
    PhysAddr base = 0;
    u64 size = 0;
    SourcePosition position;
};

// [[io_table]]: what one iotable_init() of an arm machine maps for good.
struct IoMapping {
    u64 virtual_address = 0;
    PhysAddr base = 0;
    u64 size = 0;
};
struct IoTable {
    std::vector<IoMapping> maps;
    SourcePosition position;
};

// [[acpi_table]]: in the order of the kernel's list, without RSDP, RSDT and XSDT.
struct AcpiTable {
    std::string signature;
    PhysAddr base = 0;
    u64 size = 0;
    SourcePosition position;
};

// [[node]]
struct BoardNode {
    int id = 0;
    std::vector<u32> distance;  // by node id, as the SLIT or the distance map has it; empty: 10 local, 20 remote
    std::vector<u32> cpus;
    SourcePosition position;
};

// [image]: sizes of the kernel's parts, as its "Memory:" line prints them. Bytes.
struct KernelImage {
    u64 code = 0;
    u64 rwdata = 0;
    u64 rodata = 0;
    u64 init = 0;
    u64 bss = 0;
    u64 smp_locks = 0;  // x86: "Freeing SMP alternatives memory"
    u64 freed = 0;      // "Freeing unused kernel image …", all of them
};

struct Board {
    std::string file;  // as given by the user; "<stdin>" for standard input
    std::string name;
    Arch arch = Arch::x86_64;
    std::optional<unsigned> cpus;          // possible CPUs
    std::optional<unsigned> present_cpus;  // of these, the ones that are there when the kernel starts; none: all
    std::optional<u64> cache_line_size;    // bytes, as the CPU reports it
    std::string kernel;                    // profile name or file; may be empty
    std::string cmdline;

    // What device tree or machine description say beside the banks.
    std::optional<PhysAddr> dma_limit;    // highest address that every DMA master reaches, plus one (dma-ranges, IORT)
    std::optional<u64> dma_zone_size;     // arm: machine_desc.dma_zone_size, bytes
    std::optional<PhysAddr> phys_offset;  // arm: PHYS_OFFSET where it is not the start of the lowest bank
    std::optional<MtrrType> mtrr_default;
    std::optional<PhysAddr> kernel_base;  // where the kernel image was loaded, if not where it was linked to
    std::optional<PhysAddr> bios_start;   // x86: where memory of the BIOS begins below 1 MiB
    std::optional<unsigned> ioapics;      // x86
    std::optional<bool> hpet;             // x86: ACPI has an HPET table
    std::optional<bool> pse;              // x86: CPUs map pages of 2 MiB (4 MiB on i386 without PAE)
    std::optional<bool> gb_pages;         // x86: CPUs map pages of 1 GiB
    std::optional<bool> la57;             // x86: CPUs have five levels of page tables
    std::optional<bool> slit;             // x86: ACPI has a table of node distances, whatever they are
    std::optional<u64> dmi_bytes;         // x86: of the SMBIOS strings that the kernel keeps
    std::optional<bool> initrd;           // false: none is loaded, and so no [[loaded]] names one
    std::optional<bool> acpi;             // false: firmware has no tables of ACPI, and so none is listed
    std::optional<unsigned> page_table_levels;  // riscv64: the most that CPUs have, 3 to 5
    std::vector<int> possible_nodes;      // nodes that exist beside those with memory (memory-less, hot-add)

    std::optional<KernelImage> image;
    std::optional<EfiTables> efi;  // started by EFI
    std::optional<DeviceTree> device_tree;

    std::vector<MemoryBank> memory;
    std::vector<E820Entry> e820;
    std::vector<SratRange> srat;
    std::vector<MirrorRange> mirror;
    std::vector<MtrrRange> mtrr;
    std::vector<ReservedRange> reserved;
    std::vector<LoadedRange> loaded;
    std::vector<MemoryReservation> memreserve;
    std::vector<ReservedMemory> reserved_memory;
    std::vector<AcpiTable> acpi_tables;
    std::vector<IoTable> io_tables;
    std::vector<EfiDescriptor> efi_memory;
    std::vector<BoardNode> nodes;
    std::vector<Expectation> expect;
    std::vector<MatrixEntry> matrix;
};

}  // namespace zonecalc
