// SPDX-License-Identifier: MIT
// The table of memory ranges that x86 firmware hands over, and what the kernel makes of it before memory enters memblock.
//
// Entries come in firmware order and may overlap. Sanitising sorts them; where several types claim a byte the largest number wins,
// so that reserved memory beats RAM. mem= and memmap= change the table afterwards, in the order of the command line, and the result
// is sanitised once more. Then page 0 becomes reserved and 640 KiB to 1 MiB stops being RAM, whatever firmware says.
//
// Releases differ in which forms memmap= knows, in whether one entry is a table (until 6.18 fewer than two send the kernel to the
// older BIOS calls), in whether ACPI data counts for max_pfn, and in which types besides RAM enter memblock: kernel/behaviours.cc.
//
// Not modelled: reservations that need to know the device (trim_snb_memory(), the Pentium Pro bug, the GART aperture), setup_data,
// add_efi_memmap, and the second table that kexec sees. EFI machines are described by the e820 map that the boot stub makes of
// theirs.
//
// Read beside it: arch/x86/kernel/e820.c, and trim_bios_range() and e820_add_kernel_range() in arch/x86/kernel/setup.c.
#include "arch/x86_e820.h"

#include "arch/x86_early.h"
#include "mm/five_levels.h"

#include <fmt/format.h>

#include <map>

namespace zonecalc::x86 {

namespace {

constexpr u64 KiB = 1024;
constexpr u64 MiB = 1024 * KiB;
constexpr u64 BIOS_BEGIN = 640 * KiB;
constexpr u64 BIOS_END = MiB;
constexpr u64 LOWMEMSIZE = 0x9f000;  // what a BIOS without e820 is believed to have below 640 KiB

// One border of an entry. At equal addresses starts come first.
struct ChangePoint {
    PhysAddr addr;
    bool is_end;
    u32 type;
};

// Mirrors e820_nomerge() and e820_type_mergeable().
bool mergeable(u32 type) {
    return type != E820_TYPE_PRAM && type != E820_TYPE_SOFT_RESERVED;
}

u64 capped_size(PhysAddr start, u64 size) {
    return std::min(size, ~u64{0} - start);
}

}  // namespace

bool E820Table::range_add(PhysAddr start, u64 size, u32 type) {
    if (entries_.size() >= capacity_) {
        dropped_.push_back({start, start + size});
        return false;
    }
    entries_.push_back({start, size, type});
    return true;
}

u64 E820Table::range_update(PhysAddr start, u64 size, u32 old_type, u32 new_type) {
    size = capped_size(start, size);
    const PhysAddr end = start + size;
    u64 updated = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry e = entries_[i];
        if (e.type != old_type) continue;
        if (e.addr >= start && e.end() <= end) {
            entries_[i].type = new_type;
            updated += e.size;
        } else if (e.addr < start && e.end() > end) {
            range_add(start, size, new_type);
            range_add(end, e.end() - end, e.type);
            entries_[i].size = start - e.addr;
            updated += size;
        } else {
            const PhysRange part{std::max(start, e.addr), std::min(end, e.end())};
            if (part.empty()) continue;
            range_add(part.begin, part.size(), new_type);
            updated += part.size();
            entries_[i].size -= part.size();
            if (e.addr >= part.begin) entries_[i].addr = part.end;
        }
    }
    return updated;
}

void E820Table::range_remove(PhysAddr start, u64 size, u32 type) {
    size = capped_size(start, size);
    const PhysAddr end = start + size;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry e = entries_[i];
        if (type != 0 && e.type != type) continue;
        if (e.addr >= start && e.end() <= end) {
            entries_[i] = {};
        } else if (e.addr < start && e.end() > end) {
            range_add(end, e.end() - end, e.type);
            entries_[i].size = start - e.addr;
        } else {
            const PhysRange part{std::max(start, e.addr), std::min(end, e.end())};
            if (part.empty()) continue;
            entries_[i].size -= part.size();
            if (e.addr >= part.begin) entries_[i].addr = part.end;
        }
    }
}

bool E820Table::update_table() {
    if (entries_.size() < 2) return false;
    std::vector<ChangePoint> points;
    for (const Entry& e : entries_) {
        if (e.end() < e.addr) return false;
        if (e.size == 0) continue;
        points.push_back({e.addr, false, e.type});
        points.push_back({e.end(), true, e.type});
    }
    std::stable_sort(points.begin(), points.end(), [](const ChangePoint& a, const ChangePoint& b) {
        return a.addr != b.addr ? a.addr < b.addr : a.is_end < b.is_end;
    });

    std::vector<Entry> out;
    std::map<u32, unsigned> open;  // entries that cover the current address, by type
    u32 last_type = 0;
    PhysAddr last_addr = 0;
    for (const ChangePoint& p : points) {
        if (!p.is_end) {
            ++open[p.type];
        } else if (--open[p.type] == 0) {
            open.erase(p.type);
        }
        const u32 current_type = open.empty() ? 0 : open.rbegin()->first;
        if (current_type == last_type && mergeable(current_type)) continue;
        if (last_type != 0 && p.addr != last_addr) {
            out.push_back({last_addr, p.addr - last_addr, last_type});
            if (out.size() >= capacity_) break;
        }
        if (current_type != 0) last_addr = p.addr;
        last_type = current_type;
    }
    entries_ = std::move(out);
    return true;
}

bool E820Table::mapped_all(PhysAddr start, PhysAddr end, u32 type) const {
    for (const Entry& e : entries_) {
        if (type != 0 && e.type != type) continue;
        if (e.addr >= end || e.end() <= start) continue;
        if (e.addr <= start) start = e.end();
        if (start >= end) return true;
    }
    return false;
}

std::size_t e820_max_entries(const Kernel& kernel) {
    return 128 + 3 * std::size_t{kernel.max_numnodes};
}

void report_dropped(Boot& boot, E820Table& table) {
    for (const PhysRange& r : table.take_dropped())
        boot.message(MessageLevel::warning,
                     fmt::format("e820: too many entries; ignoring [mem {:#010x}-{:#010x}]", r.begin, r.end - 1),
                     "e820__range_add");
}

namespace {

// Banks are what firmware calls usable. A PC's BIOS ROM is reserved, so that even one bank makes a table of two entries.
void add_banks(const Boot& boot, E820Table& table) {
    for (const MemoryBank& b : boot.board.memory) table.range_add(b.base, b.size, b.nomap ? E820_TYPE_RESERVED : E820_TYPE_RAM);
    table.range_add(0xf0000, 0x10000, E820_TYPE_RESERVED);
}

// BIOS-e801: RAM below 640 KiB, and one range from 1 MiB on. What the BIOS would say is taken from the entries at hand.
void add_bios_e801(Boot& boot, E820Table& table) {
    u64 size = 0;
    for (const E820Entry& e : boot.board.e820)
        if (e.type == E820Type::ram && e.base <= BIOS_END && e.size > BIOS_END - e.base)
            size = std::min(e.size - (BIOS_END - e.base), 4096 * MiB - BIOS_END);
    table.clear();
    table.range_add(0, LOWMEMSIZE, E820_TYPE_RAM);
    table.range_add(BIOS_END, size, E820_TYPE_RAM);
    boot.note(Note::Kind::assumption, "bios-e801",
              "this kernel does not take an e820 map of fewer than two entries and asks the BIOS by older calls; what those answer "
              "is taken from "
              "the map");
}

}  // namespace

void e820__memory_setup(Boot& boot, E820Table& table) {
    const Board& board = boot.board;
    if (board.e820.empty() && !board.memory.empty()) {
        add_banks(boot, table);
    } else if (board.e820.size() < (boot.kernel.behaviours.x86_e820_one_entry ? 1u : 2u)) {
        add_bios_e801(boot, table);
    } else {
        for (const E820Entry& e : board.e820) table.range_add(e.base, e.size, static_cast<u32>(e.type));
    }
    report_dropped(boot, table);
    table.update_table();
}

namespace {

void malformed(Boot& boot, std::string_view name) {
    boot.message(MessageLevel::warning, fmt::format("Malformed early option '{}'", name), "do_early_param");
}

void parse_memopt(Boot& boot, E820Table& table, const Parameter& p, bool& userdef) {
    if (!p.value) return malformed(boot, p.name);
    if (*p.value == "nopentium") {
        if (boot.kernel.arch == Arch::i386) return;
        boot.message(MessageLevel::warning, "mem=nopentium ignored! (only supported on x86_32)", "parse_memopt");
        return malformed(boot, p.name);
    }
    userdef = true;
    const u64 size = memparse(*p.value, boot.kernel.behaviours.memparse_tera_suffixes).value;
    if (size == 0) return malformed(boot, p.name);
    table.range_remove(size, ~u64{0} - size, E820_TYPE_RAM);
}

// One item of a memmap= list; false where the kernel finds fault with it, which may be after it has changed the table.
bool parse_memmap_one(Boot& boot, E820Table& table, std::string_view item, bool& userdef) {
    const Behaviours& b = boot.kernel.behaviours;
    if (item.starts_with("exactmap")) {
        table.clear();
        userdef = true;
        return true;
    }
    const Memparse size = memparse(item, b.memparse_tera_suffixes);
    if (size.rest.size() == item.size()) return false;
    userdef = true;

    std::string_view rest = size.rest;
    const char form = rest.empty() ? '\0' : rest.front();
    const bool known =
        form == '@' || form == '#' || form == '$' || (form == '!' && b.memmap_pram) || (form == '%' && b.memmap_percent);
    if (!known) {
        table.range_remove(size.value, ~u64{0} - size.value, E820_TYPE_RAM);
        return rest.empty();
    }
    const Memparse start = memparse(rest.substr(1), b.memparse_tera_suffixes);
    rest = start.rest;
    if (form == '%') {
        u32 from = 0;
        u32 to = 0;
        if (rest.starts_with('-')) {
            const Strtoull n = simple_strtoull(rest.substr(1));
            from = static_cast<u32>(n.value);
            rest = n.rest;
        }
        if (rest.starts_with('+')) {
            const Strtoull n = simple_strtoull(rest.substr(1));
            to = static_cast<u32>(n.value);
            rest = n.rest;
        }
        if (!rest.empty()) return false;
        if (from != 0 && from == to) {
            boot.layout.panic = "memmap=: a range is to change to the type that it has (BUG_ON in __e820__range_update())";
        } else if (from != 0 && to != 0) {
            table.range_update(start.value, size.value, from, to);
        } else if (to != 0) {
            table.range_add(start.value, size.value, to);
        } else {
            table.range_remove(start.value, size.value, from);
        }
        return true;
    }
    const u32 type = form == '@' ? E820_TYPE_RAM : form == '#' ? E820_TYPE_ACPI : form == '$' ? E820_TYPE_RESERVED : E820_TYPE_PRAM;
    table.range_add(start.value, size.value, type);
    return rest.empty();
}

}  // namespace

bool e820_early_param(Boot& boot, E820Table& table, const Parameter& parameter, bool& userdef) {
    if (parameq(parameter.name, "mem")) {
        parse_memopt(boot, table, parameter, userdef);
        report_dropped(boot, table);
        return true;
    }
    if (!parameq(parameter.name, "memmap")) return false;
    if (!parameter.value) return true;
    std::string_view list = *parameter.value;
    for (;;) {
        const std::size_t comma = list.find(',');
        const std::string_view item = list.substr(0, comma);
        if (!parse_memmap_one(boot, table, item, userdef))
            boot.note(Note::Kind::effect, "memmap-malformed",
                      fmt::format("memmap={}: the kernel takes this only as far as it understands it, and says nothing", item));
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    report_dropped(boot, table);
    return true;
}

void e820__reserve_setup_data(Boot& boot, E820Table& table) {
    if (!boot.kernel.behaviours.x86_reserved_kern) return;
    bool any = false;
    for (const LoadedRange& r : boot.board.loaded) {
        if (r.name != "setup_data") continue;
        table.range_update(r.base, r.size, E820_TYPE_RAM, E820_TYPE_RESERVED_KERN);
        any = true;
    }
    if (any) table.update_table();
    report_dropped(boot, table);
}

bool e820__finish_early_params(Boot& boot, E820Table& table, bool userdef) {
    if (userdef && !table.update_table()) boot.layout.panic = "Invalid user supplied memory map";
    return !boot.layout.panic;
}

std::optional<PhysRange> listed_kernel_image(const Board& board) {
    for (const ReservedRange& r : board.reserved)
        if (r.name.starts_with("kernel") && r.size != 0 && r.size <= ~u64{0} - r.base) return PhysRange{r.base, r.base + r.size};
    return std::nullopt;
}

PhysRange kernel_image(const Boot& boot) {
    if (const auto listed = listed_kernel_image(boot.board)) return *listed;
    const PhysAddr text = symbol_address(boot.kernel, "_text");
    const PhysAddr end = symbol_address(boot.kernel, "_end");
    constexpr u64 largest = 1024 * MiB;
    if (text != 0 && text < end && end - text < largest) {
        const PhysAddr base = boot.board.kernel_base.value_or(efi_kernel_base(boot, end - text).value_or(text));
        return {base, base + (end - text)};
    }
    const auto configured = boot.kernel.config.find("PHYSICAL_START");
    const u64 start = configured == boot.kernel.config.end() ? 0 : simple_strtoull(configured->second).value;
    return start == 0 || start > ~u64{0} - MiB ? PhysRange{16 * MiB, 17 * MiB} : PhysRange{start, start + MiB};
}

void e820_add_kernel_range(Boot& boot, E820Table& table, bool userdef) {
    // Firmware has put the image into RAM; who does not say where is believed, unless the user has changed the map since.
    if (!userdef && !listed_kernel_image(boot.board)) return;
    const PhysRange image = kernel_image(boot);
    if (table.mapped_all(image.begin, image.end, E820_TYPE_RAM)) return;
    boot.message(MessageLevel::warning, ".text .data .bss are not marked as E820_TYPE_RAM!", "e820_add_kernel_range");
    boot.note(
        Note::Kind::assumption, "kernel-image-not-ram",
        fmt::format("the kernel makes its own image RAM again; its place is taken for {:#x}-{:#x}", image.begin, image.end - 1));
    table.range_remove(image.begin, image.size(), 0);
    table.range_add(image.begin, image.size(), E820_TYPE_RAM);
    report_dropped(boot, table);
}

void trim_bios_range(const Boot& boot, E820Table& table) {
    if (!boot.kernel.behaviours.x86_page0_is_ram) table.range_update(0, boot.kernel.page_size(), E820_TYPE_RAM, E820_TYPE_RESERVED);
    table.range_remove(BIOS_BEGIN, BIOS_END - BIOS_BEGIN, E820_TYPE_RAM);
    table.update_table();
}

Pfn max_arch_pfn(const Boot& boot) {
    return Pfn{1} << (max_physmem_bits(boot.board, boot.kernel, boot.cmdline) - boot.kernel.page_shift);
}

Pfn e820__end_ram_pfn(const Boot& boot, const E820Table& table, Pfn limit) {
    const Kernel& kernel = boot.kernel;
    Pfn last = 0;
    for (const Entry& e : table.entries()) {
        const bool counts = e.type == E820_TYPE_RAM || (e.type == E820_TYPE_ACPI && kernel.behaviours.x86_max_pfn_counts_acpi);
        if (!counts) continue;
        const Pfn end = e.end() >> kernel.page_shift;
        if (e.addr >> kernel.page_shift >= limit) continue;
        if (end > limit) {
            last = limit;
            break;
        }
        last = std::max(last, end);
    }
    return std::min(last, max_arch_pfn(boot));
}

void e820__memblock_setup(Boot& boot, const E820Table& table) {
    const Kernel& kernel = boot.kernel;
    const bool wide = kernel.arch == Arch::x86_64 || kernel.pae;
    for (const Entry& e : table.entries()) {
        // A range that ends at 4 GiB sharp does not fit 32 bits either.
        if (!wide && e.end() > 0xffffffff) continue;
        if (e.type == E820_TYPE_SOFT_RESERVED && kernel.behaviours.x86_soft_reserved)
            boot.memblock.reserved.add(e.addr, e.size, NUMA_NO_NODE, 0, "soft reserved");
        const bool memory = e.type == E820_TYPE_RAM || (e.type == E820_TYPE_RESERVED_KERN && kernel.behaviours.x86_reserved_kern);
        if (memory) boot.memblock.memory.add(e.addr, e.size);
    }
    if (kernel.arch == Arch::i386 && kernel.behaviours.i386_memblock_cut_at_max_pfn) {
        const PhysAddr end = boot.max_pfn << kernel.page_shift;
        boot.memblock.memory.remove(end, ~u64{0} - end);
    }
    boot.memblock.trim_memory(kernel.page_size());
}

void efi_find_mirror(Boot& boot) {
    const Board& board = boot.board;
    if (!boot.kernel.behaviours.memblock_flags_nomap_mirror) return;
    RegionList mirrored;
    for (const MirrorRange& m : board.mirror) mirrored.add(m.base, m.size);
    RegionList firmware;  // what EFI's map covers, whatever it is
    for (const E820Entry& e : board.e820) firmware.add(e.base, e.size);
    for (const MemoryBank& b : board.memory) {
        if (b.mirror) mirrored.add(b.base, b.size);
        if (board.e820.empty()) firmware.add(b.base, b.size);
    }
    if (mirrored.empty()) return;
    u64 size = 0;
    for (const MemblockRegion& f : firmware.regions())
        for (const MemblockRegion& m : mirrored.regions())
            size += intersection(PhysRange{f.base, f.end()}, PhysRange{m.base, m.end()}).size();

    // Later releases take no notice of mirroring unless they are asked to.
    if (!boot.kernel.behaviours.memblock_mirror_only_if_asked || boot.core.mirrored_kernelcore)
        for (const MemblockRegion& m : mirrored.regions()) boot.memblock.memory.set_flags(m.base, m.size, MEMBLOCK_MIRROR);
    if (size != 0)
        boot.message(MessageLevel::info,
                     fmt::format("efi: Memory: {}M/{}M mirrored memory", size / MiB, firmware.total_size() / MiB),
                     "efi_find_mirror");
}

}  // namespace zonecalc::x86
