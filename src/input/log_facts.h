// SPDX-License-Identifier: MIT
// What one boot log says about the machine and its kernel, value by value, each with the line that says it. Nothing is decided
// here.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "input/log_memblock.h"
#include "zonecalc/board.h"

namespace zonecalc {

template <typename T>
struct Said {
    T value{};
    u32 line = 0;
    explicit operator bool() const { return line != 0; }
    void say(T v, u32 at) { value = std::move(v), line = at; }
    void say_once(T v, u32 at) {
        if (line == 0) say(std::move(v), at);
    }
};

// A line of the EFI memory map (efi=debug).
struct EfiRange {
    PhysAddr base = 0;
    u64 size = 0;
    std::string type;     // "Conventional", "Boot Data", …
    bool cached = false;  // WB, WT or WC: the kernel takes it for memory
    bool mirror = false;
    bool first_map = true;  // x86 prints the map again once start-up is nearly over
    u32 line = 0;
};

// From a line that every such boot prints to another one. 0: the log does not have it.
struct LogStretch {
    u32 begin = 0, end = 0;
};

struct CpuOfNode {
    u32 cpu = 0;
    int node = 0;
};

struct LogFacts {
    Said<std::string> release;         // as uname -r prints it
    Said<std::string> version_banner;  // what follows it
    Said<std::string> cmdline;
    Said<std::string> machine;
    std::string other_arch;             // an architecture that is not modelled
    std::array<unsigned, 5> arch{};     // evidence, by Arch
    unsigned width64 = 0, width32 = 0;  // x86: evidence for either word size
    Said<bool> pae;                     // i386
    Said<unsigned> config_nr_cpus;      // CONFIG_NR_CPUS

    std::vector<E820Entry> e820;           // "BIOS-e820:"
    std::vector<E820Entry> modified_e820;  // "modified:", "user:": only where the firmware's map was lost
    std::string e820_origin;               // the word before the map: "BIOS-e820", "Xen", …
    std::vector<EfiRange> efi;
    std::optional<EfiTables> efi_tables;  // what "efi: " lines say of a machine that EFI has started
    std::vector<SratRange> srat;
    std::vector<LogRange> node_ranges;  // "Early memory node ranges"
    LogMemblock memblock;
    Said<MtrrType> mtrr_default;
    std::vector<MtrrRange> mtrr;
    bool amd_tom2 = false;  // all memory above 4 GiB is cached, whatever the MTRRs say; nothing is trimmed

    Said<unsigned> cpus;  // possible CPUs
    Said<unsigned> present_cpus;
    Said<unsigned> brought_up;       // CPUs that were online after SMP bring-up
    Said<unsigned> cache_line_size;  // bytes, x86
    bool netburst = false;           // Intel, family 15: cache lines are two of what CLFLUSH flushes
    Said<bool> smp;
    Said<u64> nr_node_ids;
    bool numa_faked = false;  // no NUMA configuration: the kernel made up one node
    Said<bool> numa_off;
    Said<int> distances;               // a distance table exists; its values are not printed
    std::vector<CpuOfNode> cpu_nodes;  // from the SRAT, in the order of its entries
    std::vector<CpuOfNode> booted;     // from SMP bring-up
    std::map<int, PhysAddr> faked;     // numa=fake=: where each emulated node begins
    std::vector<int> percpu_group;     // by CPU: group of the first percpu chunk
    std::vector<int> node_data;        // nodes that got a pgdat before the zones were made
    u32 cpus_line = 0;

    // x86: what early allocations depend on
    Said<LogSpan> initrd;                // as the loader placed it
    LogStretch initrd_named;             // from the end of RAM to the ACPI tables: the kernel names its initrd in between
    std::vector<AcpiTable> acpi_tables;  // the kernel's initial list
    unsigned ioapics = 0;
    bool hpet = false;
    Said<bool> slit;
    bool gb_pages = false;
    bool la57 = false;

    LogStretch initrd_unpacked;  // from TCP's hashes to the end of init memory: the kernel unpacks its initrd in between
    bool has_initrd = false;     // it was, or given back
    std::vector<u32> losses;     // lines that tell of messages that were dropped

    Said<LogSpan> cma;  // the default area for contiguous allocations
    Said<LogSpan> bounce_buffers;
    std::vector<LogSpan> pools;      // CMA areas of the device tree
    std::vector<LogSpan> cma_areas;  // all of them

    Said<KernelImage> image;  // from the "Memory:" line
    u64 smp_locks = 0;        // bytes; "Freeing SMP alternatives memory"
    u64 image_freed = 0;      // bytes; "Freeing unused kernel image …", all of them
    u64 initrd_freed = 0;     // bytes; "Freeing initrd memory"
    Said<LogSpan> ramdisk;    // x86: where it lies in the end

    Said<u64> lowmem_mib;  // i386: "… LOWMEM available."

    // arm, where no map was printed: lowmem's size and where it lies
    Said<LogSpan> lowmem;        // virtual; also of i386
    Said<LogSpan> identity_map;  // physical, of a bit of the kernel
    Said<bool> highmem_is_empty;

    bool has_map() const {
        return !e820.empty() || !modified_e820.empty() || !memblock.memory.empty() || !efi.empty() || !node_ranges.empty();
    }
};

// The first boot in the log that shows a memory map, or the first of all.
LogFacts facts_of_log(std::string_view text);

}  // namespace zonecalc
