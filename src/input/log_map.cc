// SPDX-License-Identifier: MIT
// The memory map that a boot started from. Sources of the memory map, best first:
//
//   x86   the firmware's e820 map; the map as the kernel modified it; the ranges of memblock
//   else  memblock.memory as dumped or replayed (memblock=debug), with its nodes and flags; the EFI memory map (efi=debug);
//         "Early memory node ranges"; on arm, lowmem's size and place
//
// A dump shows memory after the kernel has worked on it. That matters only where the command line cut it (mem=): the board then has
// what was left, and applying the same parameter again changes nothing. Nodes come from the SRAT where there is one, since the
// kernel may have refused it, else from the ranges. Marks set by firmware (mirror, hotplug, nomap) are in the dump's flags.
#include "input/log_steps.h"

#include <algorithm>

namespace zonecalc::log_steps {

namespace {

class Maps : Step {
public:
    using Step::Step;

    void make() {
        const Arch arch = out_.board.arch;
        if (is_x86(arch))
            x86_map();
        else
            bank_map();
        if (arch == Arch::arm64) dma_limit();
    }

private:
    void x86_map() {
        Board& b = out_.board;
        b.e820 = facts_.e820;
        if (b.e820.empty() && !facts_.modified_e820.empty()) {
            b.e820 = facts_.modified_e820;
            assume("the firmware's e820 map is not in the log; the map as the kernel modified it stands in for it");
        }
        if (b.e820.empty()) {
            for (const LogRange& r : kernel_ranges()) b.e820.push_back({r.base, r.size, E820Type::ram, {r.line, 1}});
            if (b.e820.empty()) return;
            assume("the firmware's e820 map is not in the log; memory as the kernel saw it stands in for it");
        } else if (!facts_.e820_origin.empty() && facts_.e820_origin != "BIOS-e820" && !facts_.e820.empty()) {
            assume("the map comes from " + facts_.e820_origin + ", not from a BIOS");
        }
        for (const LogRange& r : facts_.memblock.memory.list())
            if (r.flags & MEMBLOCK_MIRROR) mirror(r.base, r.size, r.line);
        if (b.mirror.empty())
            for (const EfiRange& r : facts_.efi)
                if (r.mirror) mirror(r.base, r.size, r.line);
        b.srat = facts_.srat;
        if (facts_.mtrr_default && !facts_.amd_tom2) {
            b.mtrr_default = facts_.mtrr_default.value;
            b.mtrr = facts_.mtrr;
            out_.lines["mtrr_default"] = facts_.mtrr_default.line;
        }
    }

    void mirror(PhysAddr base, u64 size, u32 line) {
        std::vector<MirrorRange>& list = out_.board.mirror;
        if (!list.empty() && list.back().base + list.back().size == base)
            list.back().size += size;
        else
            list.push_back({base, size, {line, 1}});
    }

    // Memory as the kernel saw it, with an assumption where that is not as good as firmware's word.
    std::vector<LogRange> kernel_ranges() {
        const LogMemblock& m = facts_.memblock;
        const bool use_efi = !facts_.efi.empty() && !is_x86(out_.board.arch);
        if (use_efi && parameter("mem")) return efi_ranges();  // as it was before mem= cut it
        if (m.memory_dumped || !m.memory.empty()) {
            std::vector<LogRange> list = m.memory.list();
            // arm64 takes the initrd out of memory and adds it again; without a dump that is all there is
            const bool only_initrd = !m.memory_dumped && list.size() == 1 && facts_.efi.empty() && !facts_.node_ranges.empty();
            if (!only_initrd) return list;
        }
        if (use_efi) return efi_ranges();
        if (!facts_.node_ranges.empty())
            assume("memory is taken from \"Early memory node ranges\": as the kernel left it, in whole pages, without marks");
        std::vector<LogRange> list = facts_.node_ranges;
        std::sort(list.begin(), list.end(), [](const LogRange& a, const LogRange& b) { return a.base < b.base; });
        // A log can have the lines twice, or damaged: what is covered already goes.
        PhysAddr covered = 0;
        std::erase_if(list, [&covered](LogRange& r) {
            const PhysAddr end = r.base + std::min(r.size, ~u64{0} - r.base);
            if (end <= covered) return true;
            r.base = std::max(r.base, covered);
            r.size = end - r.base;
            covered = end;
            return false;
        });
        if (!is_x86(out_.board.arch)) guess_nomap(list);
        if (out_.board.arch == Arch::riscv64) below_kernel(list);
        return list;
    }

    // Older riscv kernels never add the memory below themselves, where firmware is: the 2 MiB from a multiple of 4 MiB on.
    void below_kernel(std::vector<LogRange>& list) {
        constexpr u64 step = u64{2} << 20;
        if (list.empty() || !out_.version || !behaviours_of(*out_.version).riscv_memory_below_kernel_dropped) return;
        LogRange& first = list.front();
        if (first.base % (2 * step) == 0) out_.board.kernel_base = first.base;  // without an MMU: nothing is below
        if (first.base % (2 * step) != step) return;
        first.base -= step;
        first.size += step;
        assume("the 2 MiB below the kernel are taken to be memory; this release leaves them out");
    }

    // Ranges of one node that touch differ in a mark, and that mark is nearly always "nomap". In each run of such ranges every
    // second one has it: those that are less memory together.
    void guess_nomap(std::vector<LogRange>& list) {
        bool any = false;
        for (std::size_t first = 0, last; first < list.size(); first = last) {
            u64 sum[2] = {list[first].size, 0};
            for (last = first + 1; last < list.size(); ++last) {
                const LogRange& before = list[last - 1];
                if (before.node != list[last].node || list[last].base - before.base != before.size) break;
                sum[(last - first) % 2] += list[last].size;
            }
            if (last == first + 1) continue;
            for (std::size_t i = first; i < last; ++i)
                if ((i - first) % 2 == (sum[0] < sum[1] ? 0u : 1u)) list[i].flags |= MEMBLOCK_NOMAP, any = true;
        }
        if (any) assume("of ranges that touch, every second one is taken to be \"nomap\"");
    }

    // reserve_regions() of the EFI start-up: cached memory counts, of which only some types may be mapped.
    std::vector<LogRange> efi_ranges() {
        LogRanges list;
        for (const EfiRange& r : facts_.efi) {
            if (!r.cached || r.size == 0) continue;
            LogRange as;
            as.line = r.line;
            const bool usable = r.type == "Conventional" || r.type.starts_with("Loader") || r.type.starts_with("Boot ") ||
                                r.type.starts_with("ACPI Reclaim") || r.type.starts_with("Persistent");
            if (!usable) as.flags |= MEMBLOCK_NOMAP;
            if (r.mirror) as.flags |= MEMBLOCK_MIRROR;
            list.add({r.base, r.base + (r.size - 1)}, as);
        }
        return list.list();
    }

    void bank_map() {
        Board& b = out_.board;
        for (const LogRange& r : kernel_ranges()) {
            MemoryBank bank;
            bank.base = r.base;
            bank.size = r.size;
            if (r.node != NUMA_NO_NODE) bank.node = r.node;
            bank.hotplug = r.flags & MEMBLOCK_HOTPLUG;
            bank.mirror = r.flags & MEMBLOCK_MIRROR;
            bank.nomap = r.flags & MEMBLOCK_NOMAP;
            bank.position = {r.line, 1};
            b.memory.push_back(bank);
        }
        if (b.memory.empty() && b.arch == Arch::arm) arm_lowmem();
        if (b.memory.empty()) return;
        b.srat = facts_.srat;
        const bool one_node =
            std::all_of(b.memory.begin(), b.memory.end(), [](const MemoryBank& m) { return m.node.value_or(0) == 0; });
        if (!b.srat.empty() || facts_.numa_faked || (one_node && facts_.node_data.size() < 2))
            for (MemoryBank& m : b.memory) m.node.reset();
        if (parameter("mem") && facts_.efi.empty()) assume("mem= is on the command line: memory that it cut off is not in the log");
    }

    // Kernels without "Early memory node ranges" print where lowmem is mapped. The kernel takes the start of memory from its own
    // place in it, in steps of 128 MiB (arch/arm/boot/compressed/head.S); a bit of it has a physical address in the log.
    void arm_lowmem() {
        if (!facts_.lowmem || !facts_.identity_map) return;
        const u64 size = facts_.lowmem.value.size();
        MemoryBank bank;
        bank.base = round_down(facts_.identity_map.value.base, u64{128} << 20);
        bank.size = size;
        bank.position = {facts_.lowmem.line, 1};
        out_.board.memory.push_back(bank);
        assume(
            "memory is taken to be one bank of lowmem's size (\"Virtual kernel memory layout\") at the place that the identity map "
            "shows");
        if (!facts_.highmem_is_empty) assume("high memory is not known and left out");
    }

    // The kernel does not print how far DMA masters reach, but puts what they need right below that limit: the bounce buffers
    // (whose bound memblock=debug shows) and the default CMA area. Only a limit below 4 GiB and inside of memory tells anything.
    void dma_limit() {
        const std::vector<MemoryBank>& banks = out_.board.memory;
        PhysAddr end = 0;
        for (const MemoryBank& m : banks) end = std::max(end, m.base + m.size);
        if (const auto& below = facts_.memblock.swiotlb_below) {
            if (*below < u64{1} << 32 && *below != end) out_.board.dma_limit = *below;
            return;
        }
        for (const Said<LogSpan>* area : {&facts_.bounce_buffers, &facts_.cma}) {
            if (!*area) continue;
            const PhysAddr limit = limit_above(area->value.last + 1, std::min(end, u64{1} << 32));
            if (limit == 0) continue;
            out_.board.dma_limit = limit;
            out_.lines["dma_limit"] = area->line;
            assume("DMA masters are taken to reach up to where the bounce buffers or the CMA area end");
            return;
        }
    }

    // What ends at `at` was placed as high as allowed, below what firmware had placed before. Where memory goes on, the limit is
    // right there; where a bank ends, it lies in the gap behind it. 0 where that does not give a power of two below `top`.
    PhysAddr limit_above(PhysAddr at, PhysAddr top) const {
        for (std::size_t tries = 0; tries < facts_.pools.size(); ++tries)
            for (const LogSpan& p : facts_.pools)
                if (p.base == at) at = p.last + 1;
        const auto power = [](PhysAddr x) { return x != 0 && (x & (x - 1)) == 0; };
        PhysAddr next = top;
        bool ends_bank = false;
        for (const MemoryBank& m : out_.board.memory) {
            ends_bank |= m.base + m.size == at;
            if (m.base >= at) next = std::min(next, m.base);
        }
        if (at >= top || (ends_bank && next >= top)) return 0;
        if (!ends_bank) return power(at) ? at : 0;
        for (unsigned bits = 0; bits < 32; ++bits)
            if (const PhysAddr limit = PhysAddr{1} << bits; limit >= at && limit <= next) return limit;
        return 0;
    }
};

}  // namespace

void memory_map(const LogFacts& facts, LogBoard& out) {
    Maps(facts, out).make();
}

}  // namespace zonecalc::log_steps
