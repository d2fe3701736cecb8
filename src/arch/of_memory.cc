// SPDX-License-Identifier: MIT
// Firmware's banks on arm, arm64 and riscv.
//
// A device tree names RAM in memory nodes; each bank is cut to whole pages and to what the kernel can address, and added to
// memblock. On machines that boot through EFI its memory map replaces them: descriptors grow to whole pages of the kernel, those
// that are RAM but not the kernel's to use are marked NOMAP (they stay "present"), more reliable ones MIRROR. What /reserved-memory
// takes out with no-map was removed from memory by older releases and is NOMAP in later ones.
//
// Releases differ in how a bank that is not page aligned is rounded, in no-map, and in who reads EFI's mirror marks. The kernel's
// own allocations and CMA are not modelled: board.reserved says what is reserved when the page allocator takes over.
//
// Read beside it: drivers/of/fdt.c, drivers/of/of_reserved_mem.c, drivers/firmware/efi/efi-init.c (arm-init.c before 5.10).
#include "arch/of_memory.h"

#include <fmt/format.h>

#include "arch/arch.h"
#include "arch/of_early.h"

namespace zonecalc {

namespace {

void ignoring(Boot& boot, std::string_view what, PhysAddr begin, PhysAddr end) {
    boot.message(MessageLevel::warning, fmt::format("OF: fdt: Ignoring memory {} {:#x} - {:#x}", what, begin, end),
                 "early_init_dt_add_memory_arch");
}

void early_init_dt_add_memory_arch(Boot& boot, PhysAddr base, u64 size, const MemblockAddrs& addrs) {
    const u64 page = boot.kernel.page_size();
    const u64 in_page = base % page;
    if (boot.kernel.behaviours.dt_memory_base_rounds_up) {
        if (size < page - in_page) return ignoring(boot, "block", base, base + size);
        if (in_page != 0) {
            size -= page - in_page;
            base += page - in_page;
        }
    } else {
        base -= in_page;
    }
    size = round_down(size, page);
    if (size == 0) return;

    if (base > addrs.max) return ignoring(boot, "block", base, base + size);
    // memblock holds no byte at the very end of the address space: the last page of a bank that reaches it is lost.
    if (size - 1 > addrs.max - base) ignoring(boot, "range", addrs.max + 1, base + size);
    size = std::min(size, addrs.max - base);
    const PhysAddr end = base + size;
    if (end < addrs.min) return ignoring(boot, "block", base, end);
    if (base < addrs.min) {
        ignoring(boot, "range", base, addrs.min);
        base = addrs.min;
    }
    boot.memblock.memory.add(base, end - base);
}

// memrange_efi_to_native(): a descriptor covers every page of the kernel's that it touches.
PhysRange native_pages(const MemoryBank& bank, u64 page) {
    const PhysAddr end = bank.base + bank.size;
    const PhysAddr top = round_down(~PhysAddr{0}, page);
    return {round_down(bank.base, page), end >= top ? top : round_up(end, page)};
}

// early_init_dt_reserve_memory(), with the message of its caller.
void reserve(Boot& boot, const std::string& name, PhysAddr base, u64 size, bool nomap) {
    Memblock& m = boot.memblock;
    if (!nomap) {
        m.reserved.add(base, size, NUMA_NO_NODE, 0, name);
    } else if (boot.kernel.behaviours.dt_nomap_removes) {
        m.memory.remove(base, size);
    } else if (m.memory.overlaps(base, size) && m.reserved.overlaps(base, size)) {
        boot.message(MessageLevel::warning,
                     fmt::format("OF: reserved mem: failed to reserve memory for node '{}': base {:#018x}, size {} MiB", name, base,
                                 size >> 20),
                     "__reserved_mem_reserve_reg");
    } else {
        m.memory.set_flags(base, size, MEMBLOCK_NOMAP);
    }
}

bool has_name(const ReservedRange& r, std::string_view word) {
    return r.name == word || (r.name.size() > word.size() && r.name.starts_with(word) && r.name[word.size()] == ' ');
}

}  // namespace

bool banks_are_efi(const Board& board) {
    return !board.srat.empty() ||
           std::any_of(board.memory.begin(), board.memory.end(), [](const MemoryBank& b) { return b.nomap || b.mirror; });
}

std::optional<PhysAddr> lowest_bank(const Board& board) {
    std::optional<PhysAddr> lowest;
    for (const MemoryBank& b : board.memory)
        if (b.size != 0 && (!lowest || b.base < *lowest)) lowest = b.base;
    return lowest;
}

void early_init_dt_scan_memory(Boot& boot, const MemblockAddrs& addrs) {
    const Behaviours& k = boot.kernel.behaviours;
    RegionList& memory = boot.memblock.memory;
    const bool efi = banks_are_efi(boot.board);
    const WalkStep step(boot.walk, efi ? "efi_init" : "early_init_dt_scan_memory");
    for (const MemoryBank& bank : boot.board.memory) {
        if (bank.size == 0) continue;
        if (!efi) {
            early_init_dt_add_memory_arch(boot, bank.base, bank.size, addrs);
            if (bank.hotplug && k.memblock_flags_nomap_mirror) memory.set_flags(bank.base, bank.size, MEMBLOCK_HOTPLUG);
            continue;
        }
        if (bank.nomap && !k.memblock_flags_nomap_mirror) continue;
        const PhysRange pages = native_pages(bank, boot.kernel.page_size());
        early_init_dt_add_memory_arch(boot, pages.begin, pages.size(), addrs);
        if (bank.nomap) memory.set_flags(pages.begin, pages.size(), MEMBLOCK_NOMAP);
        if (bank.hotplug) memory.set_flags(pages.begin, pages.size(), MEMBLOCK_HOTPLUG);
    }
    // efi_find_mirror()
    if (!k.memblock_flags_nomap_mirror) return;
    bool mirror = false;
    for (const MemoryBank& bank : boot.board.memory) {
        if (!bank.mirror) continue;
        mirror = true;
        if (!k.efi_mirror_only_x86) memory.set_flags(bank.base, bank.size, MEMBLOCK_MIRROR);
    }
    for (const MirrorRange& m : boot.board.mirror) {
        mirror = true;
        if (!k.efi_mirror_only_x86) memory.set_flags(m.base, m.size, MEMBLOCK_MIRROR);
    }
    if (mirror && k.efi_mirror_only_x86)
        boot.note(Note::Kind::effect, "mirror-unread", "mirrored memory is not seen: before 6.1 only x86 reads EFI's marks");
}

void early_init_fdt_scan_reserved_mem(Boot& boot) {
    const WalkStep step(boot.walk, "early_init_fdt_scan_reserved_mem");
    if (boot.board.reserved.empty()) return scan_reserved_memory(boot);
    for (const ReservedRange& r : boot.board.reserved) reserve(boot, r.name, r.base, r.size, r.nomap);
    for (const ReservedMemory& r : boot.board.reserved_memory)
        if (r.base) reserve(boot, r.name, *r.base, r.size, r.nomap);
    for (const MemoryReservation& r : boot.board.memreserve) reserve(boot, "memreserve", r.base, r.size, false);
}

std::vector<PhysRange> reserved_pages(const Boot& boot, std::string_view name) {
    const u64 page = boot.kernel.page_size();
    const PhysAddr top = round_down(~PhysAddr{0}, page);
    std::vector<PhysRange> out;
    for (const ReservedRange& r : boot.board.reserved) {
        const PhysAddr end = r.size > top - std::min(top, r.base) ? top : round_up(r.base + r.size, page);
        if (!r.nomap && has_name(r, name)) out.push_back({round_down(r.base, page), end});
    }
    return out;
}

bool note_foreign_parameter(Boot& boot, const Parameter& p) {
    // Read by x86 alone (memmap=, highmem=), or by x86 and arm.
    for (const std::string_view word : {"memmap", "highmem", "vmalloc", "add_efi_memmap", "reservelow", "disable_mtrr_trim"}) {
        if (!parameq(p.name, word)) continue;
        boot.note(Note::Kind::effect, "parameter-of-another-architecture",
                  fmt::format("{} does nothing: {} does not know it", p.value ? p.name + "=" + *p.value : p.name,
                              to_string(boot.board.arch)));
        return true;
    }
    return false;
}

bool panic_without_memory(Boot& boot) {
    if (!boot.memblock.memory.empty()) return false;
    boot.layout.panic = "no memory is left when the kernel makes its first allocation";
    return true;
}

ZoneSizes zone_sizes_and_holes(const Boot& boot, Pfn min, Pfn border, Pfn max, ZoneType low, std::optional<ZoneType> high) {
    const auto index = [](ZoneType z) { return static_cast<std::size_t>(z); };
    ZoneSizes z;
    z.start_pfn = min;
    z.size[index(low)] = border > min ? border - min : 0;
    if (high) z.size[index(*high)] = max > border ? max - border : 0;
    z.hole = z.size;
    for (const EarlyRange& r : mem_pfn_ranges(boot.memblock.memory, boot.kernel.page_shift)) {
        z.hole[index(low)] -= std::min(z.hole[index(low)], intersection(r.range, {min, border}).size());
        if (high) z.hole[index(*high)] -= std::min(z.hole[index(*high)], intersection(r.range, {border, max}).size());
    }
    return z;
}

}  // namespace zonecalc
