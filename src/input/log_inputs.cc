// SPDX-License-Identifier: MIT
// What is reserved when the page allocator takes over, as memblock=debug shows it; where it does not, what decides it.
#include "input/log_steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace zonecalc::log_steps {

namespace {

class Inputs : Step {
public:
    using Step::Step;

    void make(const KernelConfig* config) {
        if (out_.board.reserved.empty() && is_x86(out_.board.arch)) early_inputs();
        if (out_.board.reserved.empty()) absent_initrd(config);
        // With five levels the vmalloc area has fewer page tables, and they are taken after the hand-over.
        if (facts_.la57) out_.board.la57 = true;
        if (out_.board.arch == Arch::arm64) arm64_early_inputs();
        image();
    }

    void reservations() {
        const LogMemblock& m = facts_.memblock;
        if (!m.debug) {
            assume("what is reserved when the page allocator takes over is not in the log (memblock=debug shows it)");
            return;
        }
        // Where memory can be movable by its node, it matters what the kernel took before it knew the nodes.
        const bool order_matters =
            std::any_of(facts_.srat.begin(), facts_.srat.end(), [](const SratRange& r) { return r.hotplug; });
        // A node's own data is the first thing that is taken once it knew them.
        for (const LogRange& r : m.reserved.list()) {
            const bool early = order_matters && !r.late && !r.name.starts_with("NODE_DATA");
            out_.board.reserved.push_back({std::string(r.name), r.base, r.size, false, early, {r.line, 1}, early && r.allocated});
        }
        initrd(m.reserved.list());
        for (const LogSpan& area : facts_.cma_areas)
            out_.board.reserved.push_back({"CMA", area.base, area.size(), false, false, {}, false, true});
        if (!m.memory_dumped && !is_x86(out_.board.arch))
            assume("what was reserved before memblock=debug was read is not in the log");
    }

private:
    void image() {
        if (!facts_.image) return;
        out_.board.image = facts_.image.value;
        out_.board.image->smp_locks = facts_.smp_locks;
        out_.board.image->freed = facts_.image_freed;
    }

    // The loader's image, by the name that the model knows it by.
    void initrd(const std::vector<LogRange>& reserved) {
        if (facts_.ramdisk) {
            const LogSpan& r = facts_.ramdisk.value;
            out_.board.reserved.push_back({"initrd", r.base, r.size(), false, false, {facts_.ramdisk.line, 1}});
            return;
        }
        // Device trees: what setup_arch() has reserved of just the size that is freed later on.
        const LogRange* found = nullptr;
        for (const LogRange& r : reserved) {
            // Its last page may be lost where it is not full.
            const u64 most = (r.base + r.size - 1) / 4096 * 4096 + 4096 - r.base / 4096 * 4096;
            const u64 least = (r.base + r.size) / 4096 * 4096 - r.base / 4096 * 4096;
            if (facts_.initrd_freed == 0 || (most != facts_.initrd_freed && least != facts_.initrd_freed) ||
                r.name.find("memblock_init") == r.name.npos)
                continue;
            if (found) return;
            found = &r;
        }
        if (found) out_.board.reserved.push_back({"initrd", found->base, found->size, false, false, {found->line, 1}});
    }

    // Where the log does not show what is reserved, it can be computed from these.
    void early_inputs() {
        Board& b = out_.board;
        if (facts_.initrd)
            b.loaded.push_back({"initrd", facts_.initrd.value.base, facts_.initrd.value.size(), {facts_.initrd.line, 1}});
        b.acpi_tables = facts_.acpi_tables;
        b.ioapics = facts_.ioapics;
        b.hpet = facts_.hpet;
        b.gb_pages = facts_.gb_pages;
        b.la57 = facts_.la57;
        b.slit = facts_.slit ? facts_.slit.value : false;
        efi_inputs();
    }

    // A kernel that has an initrd says where it lies (x86), and that it unpacks it. Where lines of the same level stand around that
    // place and nothing is lost between them, there was none.
    void absent_initrd(const KernelConfig* config) {
        if (config && (config->value("BLK_DEV_INITRD") != "y" || config->value("INITRAMFS_FORCE") == "y")) return;
        if (facts_.initrd || facts_.ramdisk || facts_.has_initrd || facts_.initrd_freed != 0) return;
        for (const LogStretch& s : {is_x86(out_.board.arch) ? facts_.initrd_named : LogStretch{}, facts_.initrd_unpacked}) {
            const bool whole = s.begin != 0 && s.begin < s.end &&
                               std::ranges::none_of(facts_.losses, [&](u32 line) { return s.begin < line && line < s.end; });
            if (!whole) continue;
            out_.board.initrd = false;
            out_.lines["initrd"] = s.end;
            return;
        }
    }

    // efi=debug prints the map twice: the second time with what is left of it.
    void efi_inputs() {
        Board& b = out_.board;
        b.efi = facts_.efi_tables;
        for (const EfiRange& r : facts_.efi) {
            if (!r.first_map) continue;
            // Old releases have longer names; "MMIO Port" is not "MMIO".
            for (std::size_t type = std::size(efi_memory_type_names); type-- != 0;) {
                if (!r.type.starts_with(efi_memory_type_names[type])) continue;
                b.efi_memory.push_back({r.base, r.size, static_cast<EfiMemoryType>(type), {r.line, 1}});
                break;
            }
        }
        if (!b.efi_memory.empty() && !b.efi) b.efi.emplace();
    }

    // What was in memory before an arm64 kernel: all of it only in logs with memblock=debug. What is reserved can be computed from
    // it, for another kernel or command line too.
    void arm64_early_inputs() {
        Board& b = out_.board;
        const LogMemblock& m = facts_.memblock;
        b.acpi_tables = facts_.acpi_tables;
        const auto position = [](const LogRange& r) { return SourcePosition{r.line, 1}; };
        const auto same = [](const LogRange& x, const LogRange& y) { return x.base == y.base && x.size == y.size; };

        // The initrd, which is added to memory as well, comes before the image.
        const std::vector<LogRange>& own = m.image_reserves;
        if (own.empty()) return;
        const bool initrd = own.size() > 1 && std::any_of(m.image_adds.begin(), m.image_adds.end(),
                                                          [&](const LogRange& added) { return same(added, own.front()); });
        if (initrd) b.loaded.push_back({"initrd", own.front().base, own.front().size, position(own.front())});
        // From 5.11 on the first 64 KiB of an image, which lies at 2 MiB, are not kept.
        const PhysAddr image = own[initrd ? 1 : 0].base;
        constexpr u64 head = 64 << 10, unit = 2 << 20;
        b.kernel_base = image % unit == head ? image - head : image;
        out_.lines["kernel_base"] = own[initrd ? 1 : 0].line;

        for (const LogRange& r : m.firmware_areas) b.loaded.push_back({std::string(r.name), r.base, r.size, position(r)});
        for (const LogRange& r : m.device_tree_areas) {
            ReservedMemory area;
            area.name = fmt::format("{}@{:x}", r.name, r.base);
            area.base = r.base;
            area.size = r.size;
            area.position = position(r);
            for (const LogSpan& pool : facts_.pools)
                if (pool.base == r.base && pool.size() == r.size) area.pool = area.reusable = true;
            // A kernel that makes no area of its own has it from the device tree.
            area.cma_default = area.pool && !facts_.cma;
            b.reserved_memory.push_back(std::move(area));
        }
        // What was reserved before the log tells of it is the blob.
        const LogRange* blob = nullptr;
        const std::vector<LogRange> reserved = m.reserved.list();
        for (const LogRange& r : reserved) {
            if (r.name != "reserved early") continue;
            if (blob) return;
            blob = &r;
        }
        if (!blob) return;
        DeviceTree tree;
        tree.base = blob->base;
        tree.size = blob->size;
        tree.position = position(*blob);
        tree.unflattened = m.unflattened;
        b.device_tree = std::move(tree);
    }
};

}  // namespace

void reservations(const LogFacts& facts, LogBoard& out) {
    Inputs(facts, out).reservations();
}

void early_inputs(const LogFacts& facts, const KernelConfig* config, LogBoard& out) {
    Inputs(facts, out).make(config);
}

}  // namespace zonecalc::log_steps
