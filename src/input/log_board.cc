// SPDX-License-Identifier: MIT
// What a boot started from, decided from what its log says. Sources of the memory map, best first:
//
//   x86   the firmware's e820 map; the map as the kernel modified it; the ranges of memblock
//   else  memblock.memory as dumped or replayed (memblock=debug), with its nodes and flags; the EFI memory map (efi=debug);
//         "Early memory node ranges"; on arm, lowmem's size and place
//
// A dump shows memory after the kernel has worked on it. That matters only where the command line cut it (mem=): the board then has
// what was left, and applying the same parameter again changes nothing. Nodes come from the SRAT where there is one, since the
// kernel may have refused it, else from the ranges. Marks set by firmware (mirror, hotplug, nomap) are in the dump's flags.
#include "input/log_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "input/log_facts.h"
#include "zonecalc/cmdline.h"

namespace zonecalc {

namespace {

[[noreturn]] void refuse(const Source& log, u32 line, const std::string& why, const std::string& help = {}) {
    std::vector<Diagnostic> list{{Severity::error, log.name, {line, line != 0 ? 1u : 0u}, why, {}}};
    if (!help.empty()) list.push_back({Severity::note, log.name, {}, help, {}});
    throw InputError(std::move(list));
}

class Maker {
public:
    Maker(const Source& log, const KernelConfig* config, const LogFacts& facts) : log_(log), config_(config), facts_(facts) {}

    LogBoard make() {
        out_.board.file = log_.name;
        identity();
        Board& b = out_.board;
        if (facts_.cmdline) {
            b.cmdline = facts_.cmdline.value;
            out_.lines["cmdline"] = facts_.cmdline.line;
        } else {
            assume("the log does not show the kernel's command line; it is taken to be empty");
        }
        if (is_x86(b.arch))
            x86_map();
        else
            bank_map();
        if (b.arch == Arch::arm64) dma_limit();
        nodes();
        cpus();
        reservations();
        if (b.reserved.empty() && is_x86(b.arch)) early_inputs();
        if (b.arch == Arch::arm64) arm64_early_inputs();
        image();
        fit();
        return std::move(out_);
    }

private:
    void assume(std::string what) { out_.assumed.push_back(std::move(what)); }

    bool parameter(std::string_view name) const {
        const Cmdline c = parse_args(out_.board.cmdline);
        return std::any_of(c.parameters.begin(), c.parameters.end(), [&](const Parameter& p) { return parameq(p.name, name); });
    }

    void identity() {
        Board& b = out_.board;
        out_.release = facts_.release.value;
        if (facts_.release) {
            out_.lines["kernel"] = facts_.release.line;
            out_.version = source_version(facts_.release.value, facts_.version_banner.value);
            out_.smp = facts_.smp.value;
        }
        out_.cma = facts_.cma || !facts_.cma_areas.empty();
        if (facts_.pae) out_.pae = facts_.pae.value;
        if (facts_.config_nr_cpus) out_.config_nr_cpus = facts_.config_nr_cpus.value;
        if (!out_.version && config_) out_.version = config_->version;
        b.arch = arch();
        if (facts_.machine) {
            b.name = facts_.machine.value;
            out_.lines["name"] = facts_.machine.line;
        } else {
            b.name = "imported board";
        }
    }

    // Distributions freeze the release and count the source's version elsewhere: "… Debian 6.1.192-2 (…)",
    // "(Ubuntu 5.15.0-91.101-generic 5.15.131)".
    static std::optional<Version> source_version(std::string_view release, std::string_view banner) {
        if (const std::size_t at = banner.find("(Ubuntu "); at != banner.npos) {
            const std::size_t close = banner.find(')', at), blank = banner.rfind(' ', close);
            if (close != banner.npos && blank != banner.npos && blank > at + 7)
                if (const auto v = version_from_string(banner.substr(blank + 1, close - blank - 1))) return v;
        }
        if (const std::size_t hash = banner.find('#'); hash != banner.npos)
            if (const std::size_t at = banner.find(" Debian ", hash); at != banner.npos)
                if (const auto v = version_from_string(banner.substr(at + 8, banner.find_first_of(" -~", at + 8) - at - 8)))
                    return v;
        return version_from_string(release);
    }

    Arch arch() {
        const auto best = std::max_element(facts_.arch.begin(), facts_.arch.end());
        if (!facts_.other_arch.empty() && *best < 5)
            refuse(log_, facts_.release.line, "this is the log of a kernel for " + facts_.other_arch + ", which is not modelled",
                   "modelled are x86_64, i386, arm, arm64 and riscv64");
        if (*best == 0) {
            if (config_ && config_->arch) return *config_->arch;
            refuse(log_, facts_.release.line,
                   facts_.release ? "nothing in this log tells the machine's architecture"
                                  : "this does not look like the boot log of a Linux kernel",
                   "give the whole of it, from \"Linux version\" on (dmesg, journalctl -k -b, a serial capture), and the kernel's "
                   "config with --config");
        }
        const Arch a = static_cast<Arch>(best - facts_.arch.begin());
        if (!is_x86(a)) return a;
        if (config_ && config_->arch && is_x86(*config_->arch)) return *config_->arch;
        return facts_.width32 > facts_.width64 ? Arch::i386 : Arch::x86_64;
    }

    [[noreturn]] void no_map() {
        const bool x86 = is_x86(out_.board.arch);
        refuse(log_, 0, "this log shows no memory map",
               x86 ? "the firmware's map (\"BIOS-e820:\") is printed at the start of every boot; add log_buf_len=4M to the "
                     "kernel's command line if the start is lost"
                   : "add memblock=debug to the kernel's command line (with log_buf_len=4M; on machines with EFI also efi=debug) "
                     "and boot again");
    }

    // -- maps
    void x86_map() {
        Board& b = out_.board;
        b.e820 = facts_.e820;
        if (b.e820.empty() && !facts_.modified_e820.empty()) {
            b.e820 = facts_.modified_e820;
            assume("the firmware's e820 map is not in the log; the map as the kernel modified it stands in for it");
        }
        if (b.e820.empty()) {
            for (const LogRange& r : kernel_ranges()) b.e820.push_back({r.base, r.size, E820Type::ram, {r.line, 1}});
            if (b.e820.empty()) no_map();
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
        if (b.memory.empty()) no_map();
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

    // -- nodes and CPUs
    void nodes() {
        Board& b = out_.board;
        if (!is_x86(b.arch) && facts_.numa_faked && b.srat.empty()) return;
        std::set<int> all, with_memory;
        for (const MemoryBank& m : b.memory) all.insert(m.node.value_or(0));
        for (const SratRange& r : b.srat) all.insert(r.node);
        with_memory = all;
        for (const CpuOfNode& c : facts_.cpu_nodes) all.insert(c.node);
        if (!is_x86(b.arch)) {
            all.insert(facts_.node_data.begin(), facts_.node_data.end());
        } else if (!b.srat.empty() && !parameter("numa")) {
            // x86 counts its nodes without gaps; those of CPUs that no line of the SRAT names are known by their number alone.
            for (int n = 0; n < static_cast<int>(std::min<u64>(facts_.nr_node_ids.value, 1024)); ++n) all.insert(n);
            if (facts_.memblock.nodes_dumped) {
                with_memory.clear();
                for (const LogRange& r : facts_.memblock.memory.list()) with_memory.insert(r.node);
            }
        }
        if (all.size() < 2) return;
        for (const int n : all)
            if (!with_memory.contains(n)) b.possible_nodes.push_back(n);
        if (!b.possible_nodes.empty()) out_.lines["possible_nodes"] = facts_.cpus_line;
        cpus_of_nodes(all);
        if (facts_.distances)
            assume(
                "the machine has a table of node distances; logs do not print it: 10 within a node and 20 between nodes are taken");
    }

    void cpus_of_nodes(const std::set<int>& all) {
        std::map<int, std::set<u32>> cpus;
        const bool faked = parameter("numa");
        if (!facts_.booted.empty() && !faked) {
            // A warning in the middle of bring-up tears its lines; the SRAT knows of the CPUs that are missing then.
            std::map<u32, int> node_of;
            for (const CpuOfNode& c : facts_.booted) node_of.emplace(c.cpu, c.node);
            for (const CpuOfNode& c : facts_.cpu_nodes) node_of.emplace(c.cpu, c.node);
            for (const auto& [cpu, node] : node_of) cpus[node].insert(cpu);
            if (!node_of.contains(0)) cpus[boot_cpu_node(all, cpus)].insert(0);
        } else if (!facts_.cpu_nodes.empty()) {
            for (const CpuOfNode& c : facts_.cpu_nodes) cpus[c.node].insert(c.cpu);
        } else if (!facts_.percpu_group.empty() && !faked) {
            const int groups = *std::max_element(facts_.percpu_group.begin(), facts_.percpu_group.end()) + 1;
            if (groups > static_cast<int>(all.size())) {
                assume("which CPU belongs to which node is not in the log");
                return;
            }
            const std::vector<int> ids(all.begin(), all.end());
            for (std::size_t cpu = 0; cpu < facts_.percpu_group.size(); ++cpu)
                if (const int g = facts_.percpu_group[cpu]; g >= 0)
                    cpus[ids[static_cast<std::size_t>(g)]].insert(static_cast<u32>(cpu));
            assume(
                "which CPU belongs to which node is not in the log: the groups of the percpu allocator are taken for the nodes, in "
                "their order");
        } else {
            assume("which CPU belongs to which node is not in the log");
            return;
        }
        for (const auto& [node, list] : cpus) {
            BoardNode n;
            n.id = node;
            n.cpus.assign(list.begin(), list.end());
            out_.board.nodes.push_back(std::move(n));
        }
    }

    // The CPU that boots is not in the bring-up lines: it is with those of its percpu group, else on the node that they leave out.
    int boot_cpu_node(const std::set<int>& all, const std::map<int, std::set<u32>>& cpus) const {
        if (!facts_.percpu_group.empty() && facts_.percpu_group[0] >= 0)
            for (const auto& [node, list] : cpus)
                for (const u32 c : list)
                    if (c < facts_.percpu_group.size() && facts_.percpu_group[c] == facts_.percpu_group[0]) return node;
        for (const int n : all)
            if (!cpus.contains(n)) return n;
        return *all.begin();
    }

    void cpus() {
        Board& b = out_.board;
        if (facts_.cpus) {
            b.cpus = facts_.cpus.value;
            out_.lines["cpus"] = facts_.cpus.line;
        } else if (!facts_.percpu_group.empty()) {
            b.cpus = static_cast<unsigned>(facts_.percpu_group.size());
        } else if (out_.smp && !*out_.smp) {
            b.cpus = 1;
        } else {
            assume("how many CPUs are possible is not in the log");
        }
        if (facts_.present_cpus && b.cpus && facts_.present_cpus.value < *b.cpus) {
            b.present_cpus = facts_.present_cpus.value;
            out_.lines["present_cpus"] = facts_.present_cpus.line;
        }
        cache_line_size();
    }

    void cache_line_size() {
        if (!facts_.cache_line_size || !is_x86(out_.board.arch)) return;
        unsigned bytes = facts_.cache_line_size.value;
        if (facts_.netburst && bytes == usual_cache_line) bytes *= 2;
        if (bytes == usual_cache_line || (bytes & (bytes - 1)) != 0) return;
        out_.board.cache_line_size = bytes;
        out_.lines["cache_line_size"] = facts_.cache_line_size.line;
    }

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

    // What no machine of this kind can have comes from a damaged line; a board must not have it.
    void fit() {
        Board& b = out_.board;
        const u64 limit = u64{1} << (b.arch == Arch::arm ? 40 : b.arch == Arch::riscv64 ? 56 : 52);
        std::size_t dropped = 0;
        const auto drop_from = [&](auto& list) {
            dropped +=
                std::erase_if(list, [&](const auto& r) { return r.size == 0 || r.base >= limit || r.size > limit - r.base; });
            if (list.size() > most_ranges)
                refuse(log_, list[most_ranges].position.line, "this log names more memory ranges than any machine has");
        };
        drop_from(b.memory);
        drop_from(b.e820);
        drop_from(b.srat);
        drop_from(b.mirror);
        drop_from(b.reserved);
        drop_from(b.loaded);
        drop_from(b.acpi_tables);
        std::erase_if(b.reserved_memory, [&](const ReservedMemory& r) {
            return r.size == 0 || (r.base && (*r.base >= limit || r.size > limit - *r.base));
        });
        if (b.device_tree && (b.device_tree->size > u64{1} << 32 || b.device_tree->unflattened > u64{1} << 38))
            b.device_tree.reset();
        if (b.kernel_base && (*b.kernel_base % 4096 != 0 || *b.kernel_base >= u64{1} << 46)) b.kernel_base.reset();
        drop_from(b.efi_memory);
        if (b.efi && b.efi->memattr >= limit) b.efi->memattr.reset();
        std::erase_if(b.mtrr,
                      [](const MtrrRange& m) { return m.size < 4096 || (m.size & (m.size - 1)) != 0 || m.base % m.size != 0; });
        drop_from(b.mtrr);
        if (b.mtrr.size() > most_mtrrs) b.mtrr.resize(most_mtrrs);
        if (dropped != 0) assume(std::to_string(dropped) + " ranges that reach beyond the physical address space were left out");
        const bool usable = std::any_of(b.e820.begin(), b.e820.end(), [](const E820Entry& e) { return e.type == E820Type::ram; }) ||
                            std::any_of(b.memory.begin(), b.memory.end(), [](const MemoryBank& m) { return !m.nomap; });
        if (!usable) no_map();
        if (b.cpus && *b.cpus > most_cpus) b.cpus.reset();
        std::set<u32> seen;
        for (BoardNode& n : b.nodes)
            std::erase_if(n.cpus, [&](u32 cpu) { return cpu >= b.cpus.value_or(most_cpus) || !seen.insert(cpu).second; });
    }

    static constexpr std::size_t most_ranges = 65536;
    static constexpr std::size_t most_mtrrs = 256;
    static constexpr unsigned most_cpus = 8192;
    static constexpr unsigned usual_cache_line = 64;

    const Source& log_;
    const KernelConfig* config_;
    const LogFacts& facts_;
    LogBoard out_;
};

}  // namespace

LogBoard board_from_log(const Source& log, const KernelConfig* config) {
    std::deque<std::string> storage;
    const LogFacts facts = facts_of_log(log.text, storage);
    return Maker(log, config, facts).make();
}

}  // namespace zonecalc
