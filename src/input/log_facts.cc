// SPDX-License-Identifier: MIT
// One pass over the lines of a boot. Lines are known by how they begin; what the kernel reports as its own result (zone ranges,
// movable starts, totals) is never read, so that a prediction made from these facts can be compared with the log.
//
// Two lines are results that serve as input where nothing better is printed: "Early memory node ranges" (memory as the kernel left
// it) and, on arm, lowmem's place in the "Virtual kernel memory layout". Whoever uses them says so.
#include "input/log_facts.h"

#include <algorithm>
#include <memory>

#include "input/log_lines.h"

namespace zonecalc {

namespace {

using namespace log_lines;

class Reader {
public:
    LogFacts facts;

    void read(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.empty() || facts.memblock.read(line)) return;
        if (facts.other_arch.empty()) facts.other_arch = not_modelled(t);
        switch (t[0]) {
            case 'L':
                if (t.starts_with("Linux version ")) banner(t.substr(14), line.number, facts);
                break;
            case 'B':
                read_b(line);
                break;
            case 'C':
                read_c(line);
                break;
            case 'K':
                if (t.starts_with("Kernel command line:")) command_line(t.substr(20), line.number);
                break;
            case 'M':
                read_m(line);
                break;
            case 'S':
                read_s(line);
                break;
            case 'N':
                read_n(line);
                break;
            case 'A':
                read_a(line);
                break;
            case 'D':
                if (t.starts_with("DMI: ")) dmi(t.substr(5), line.number);
                break;
            case 'O':
                if (t.starts_with("OF: fdt: Machine model: ") || t.starts_with("OF: fdt:Machine model: "))
                    model(t.substr(t.find("model: ") + 7), line.number);
                else if (t.starts_with("OF: NUMA: parsing numa-distance-map"))
                    facts.distances.say(0, line.number);
                break;
            case 'P':
                read_p(line);
                break;
            case 'T':
                if (t.starts_with("TOM2: ")) facts.amd_tom2 = true;
                if (t.starts_with("TCP: Hash tables configured ")) facts.initrd_unpacked.begin = line.number;
                if (t.starts_with("Trying to unpack rootfs image ")) facts.has_initrd = true;
                break;
            case '*':
                if (has(t, " printk messages dropped")) facts.losses.push_back(line.number);
                break;
            case 'R':
                read_r(line);
                break;
            case 'U':
                if (t.starts_with("Using GB pages for direct mapping")) facts.gb_pages = true;
                if (t.starts_with("Unpacking initramfs...")) facts.has_initrd = true;
                break;
            case 'E':
                if (t.starts_with("EIP:"))
                    ++facts.width32;
                else if (t.starts_with("Early memory node ranges"))
                    in_node_ranges_ = true;
                break;
            case 'F':
                if (t.starts_with("Faking node ")) faking_node(t.substr(12));
                freed(t, facts);
                if (t.starts_with("Freeing unused kernel ") && workingset_) facts.initrd_unpacked.end = line.number;
                break;
            case 'H':
                if (t.starts_with("Hierarchical RCU")) hand_over();
                break;
            case 'I':
                if (t.starts_with("IOAPIC[") && has(t, "]: apic_id ")) ++facts.ioapics;
                if (t.starts_with("Initmem setup node")) in_node_ranges_ = false;
                break;
            default:
                read_other(line);
                break;
        }
    }

private:
    void hand_over() { facts.memblock.hand_over(); }
    void arch(Arch a, unsigned weight) { facts.arch[static_cast<std::size_t>(a)] += weight; }
    void model(std::string_view name, u32 line) {
        if (!name.empty()) facts.machine.say_once(std::string(name), line);
    }
    void dmi(std::string_view text, u32 line) {
        const std::size_t bios = text.rfind(", BIOS ");
        model(text.substr(0, bios), line);
    }
    void command_line(std::string_view text, u32 line) {
        text = Scan(text).blanks().rest;
        if (facts.cmdline.line == 0 || text.size() > facts.cmdline.value.size()) facts.cmdline.say(std::string(text), line);
    }
    void read_b(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("BIOS-")) {
            const std::size_t colon = t.find(": ");
            if (colon != t.npos && colon < 12) e820(t.substr(0, colon), t.substr(colon + 2), line.number, facts.e820);
        } else if (t.starts_with("Booting Linux on physical CPU ")) {
            const bool arm64 = has(t, " [0x");
            arch(arm64 ? Arch::arm64 : Arch::arm, arm64 ? 5 : 2);
        } else if (t.starts_with("Boot CPU: AArch64")) {
            arch(Arch::arm64, 6);
        } else if (t.starts_with("Booting Linux on hartid ")) {
            arch(Arch::riscv64, 6);
        } else if (t.starts_with("Built ")) {
            in_node_ranges_ = false;
        }
    }

    void read_c(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("Command line:")) {
            arch(Arch::x86_64, 2);
            command_line(t.substr(13), line.number);
        } else if (t.starts_with("CPU: AArch64")) {
            arch(Arch::arm64, 6);
        } else if (t.starts_with("CPU with hartid=")) {
            arch(Arch::riscv64, 3);
        } else if (t.starts_with("CPU: ARMv") || (t.starts_with("CPU: ") && has(t, ", cr="))) {
            arch(Arch::arm, 6);
        } else if (t.starts_with("CPU topo: Allowing ")) {
            cpu_counts(t, line.number, facts);
        } else if (t.starts_with("CPU features: ") || t.starts_with("CPU0: Using LPA") || t.starts_with("CPU features:detected")) {
            arch(Arch::arm64, 1);
        }
    }

    void read_m(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("Machine model: ")) {
            model(t.substr(15), line.number);
        } else if (t.starts_with("Machine: ")) {
            arch(Arch::arm, 1);
            const std::string_view name = t.substr(9);
            model(name.substr(0, name.find(", model:")), line.number);
        } else if (t.starts_with("Memory policy:")) {
            arch(Arch::arm, 6);
        } else if (t.starts_with("Memory: ")) {
            if (has(t, "available")) {
                hand_over();
                image_sizes(t, line.number, facts);
                const std::size_t high = t.find("K highmem");
                if (high != t.npos && t.substr(0, high).ends_with(" 0")) facts.highmem_is_empty.say(true, line.number);
            }
        } else if (t.starts_with("MTRR default type: ")) {
            if (const auto type = mtrr_type(t.substr(19))) facts.mtrr_default.say(*type, line.number);
        } else if (t.starts_with("MTRR variable ranges enabled")) {
            in_mtrr_ = true;
            facts.mtrr.clear();
        }
    }

    void read_s(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("SRAT: ")) {
            srat(t.substr(6), line.number, facts);
        } else if (t.starts_with("SBI ")) {
            arch(Arch::riscv64, 3);
        } else if (t.starts_with("SLUB: ") || t.starts_with("SLUB:")) {
            hand_over();
        } else if (t.starts_with("Setting up static identity map for ")) {
            Scan scan(t.substr(35));
            if (const auto span = scan_span(scan)) facts.identity_map.say(*span, line.number);
        }
    }

    void read_n(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("NUMA: ")) {
            numa(t.substr(6), line);
        } else if (t.starts_with("NODE_DATA(")) {
            Scan scan(t.substr(10));
            if (const auto node = node_number(scan); node && scan.skip(") allocated ")) node_data(*node, scan, line.number);
        } else if (t.starts_with("No NUMA configuration found")) {
            facts.numa_faked = true;
        } else if (t.starts_with("NR_IRQS")) {
            hand_over();
        }
    }

    // "Faking node 1 at [mem 0x0000000040000000-0x000000007fffffff] (1024MB)"
    void faking_node(std::string_view t) {
        Scan scan(t);
        const auto node = node_number(scan);
        if (!node || !scan.skip(" at ")) return;
        if (const auto span = scan_span(scan)) facts.faked.emplace(*node, span->base);
    }

    void numa(std::string_view t, const LogLine& line) {
        if (t.starts_with("No NUMA configuration found")) {
            facts.numa_faked = true;
        } else if (t.starts_with("Faking a node at ")) {
            facts.numa_faked = true;
        } else if (t.starts_with("NUMA disabled") || t.starts_with("disabled")) {
            facts.numa_off.say(true, line.number);
        } else if (t.starts_with("Initialized distance table")) {
            facts.distances.say(0, line.number);
        } else if (t.starts_with("NODE_DATA ")) {
            Scan scan(t.substr(10));
            node_data(next_node_data_, scan, line.number);
        } else if (t.starts_with("Initmem setup node ")) {
            Scan scan(t.substr(19));
            if (const auto node = node_number(scan)) next_node_data_ = *node;
        } else if (t.starts_with("Adding memblock")) {
            // arm64 up to 4.x: "NUMA: Adding memblock [0x0 - 0x3fffffff] on node 0"
            Scan scan(t.substr(15));
            const auto span = scan_span(scan);
            const std::size_t at = scan.rest.find("on node ");
            if (!span || at == scan.rest.npos) return;
            Scan number(scan.rest.substr(at + 8));
            if (const auto node = node_number(number)) adding(*span, *node, line.number);
        }
    }
    void adding(const LogSpan& span, int node, u32 line) { facts.srat.push_back({span.base, span.size(), node, false, {line, 1}}); }

    void node_data(int node, Scan& scan, u32 line) {
        if (std::find(facts.node_data.begin(), facts.node_data.end(), node) == facts.node_data.end())
            facts.node_data.push_back(node);
        next_node_data_ = std::min(node + 1, most_nodes);
        if (const auto span = scan_span(scan)) facts.memblock.name_node_data(*span, "NODE_DATA(" + std::to_string(node) + ")");
        facts.cpus_line = std::max(facts.cpus_line, line);
        facts.memblock.nodes_known();
    }

    void read_a(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("ACPI: RSDP ") && facts.initrd_named.end == 0) facts.initrd_named.end = line.number;
        if (acpi_table(t, line.number, facts)) return;
        if (t.starts_with("Allocated new RAMDISK: ")) {
            Scan scan(t.substr(23));
            if (const auto span = scan_span(scan)) facts.ramdisk.say(*span, line.number);
        } else if (t.starts_with("ACPI: SRAT: "))
            srat(t.substr(12), line.number, facts);
        else if (t.starts_with("ACPI: NUMA: SRAT: "))
            srat(t.substr(18), line.number, facts);
        else if (t.starts_with("ACPI: SLIT "))
            facts.distances.say(0, line.number);
    }

    void read_p(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("PCI: pci_cache_line_size set to ")) {
            const auto bytes = Scan(t.substr(32)).decimal();
            if (bytes && *bytes >= 16 && *bytes <= 256) facts.cache_line_size.say_once(static_cast<unsigned>(*bytes), line.number);
        }
        if (t.starts_with("Preemptible hierarchical RCU"))
            hand_over();
        else if (t.starts_with("PID hash table"))
            in_node_ranges_ = false;
    }

    void read_r(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("RAMDISK: ")) {
            Scan scan(t.substr(9));
            if (const auto span = scan_span(scan)) facts.ramdisk.say(*span, line.number), facts.initrd.say_once(*span, line.number);
        }
        if (t.starts_with("Reserved memory: created CMA memory pool at "))
            cma_of_device_tree(t.substr(44), facts);
        else if (t.starts_with("RCU restricting CPUs "))
            cpu_counts(t, line.number, facts);
        else if (t.starts_with("RIP:"))
            ++facts.width64;
    }

    void read_other(const LogLine& line) {
        const std::string_view t = line.text;
        const char c = t[0];
        if (c == 'e') {
            if (t.starts_with("efi: ") && has(t, "SALsystab="))
                facts.other_arch = "ia64";
            else if (t.starts_with("efi: "))
                efi(t.substr(5), line.number);
            else if (t.starts_with("elf_hwcap is "))
                arch(Arch::riscv64, 3);
            else if (t.starts_with("e820: BIOS-provided"))
                arch(Arch::x86_64, 1);
            else if (t.starts_with("e820: last_pfn = "))
                last_pfn(t, line.number);
            else if (t.starts_with("e820: "))
                arch(Arch::x86_64, 2);
        } else if (c == 'c') {
            if (t.starts_with("cma: Reserved ")) cma(t.substr(14), line.number, facts);
        } else if (c == 's') {
            if (t.starts_with("software IO TLB: mapped ")) {
                Scan scan(t.substr(24));
                if (auto span = scan_span(scan); span && span->last > span->base) {
                    if (span->last % 4096 == 0) --span->last;  // its end is exclusive
                    facts.bounce_buffers.say_once(*span, line.number);
                }
            } else if (t.starts_with("smpboot: CPU0: Intel")) {
                facts.netburst = has(t, "family: 0xf,") || has(t, "fam: 0f,");
            } else {
                cpu_counts(t, line.number, facts);
            }
        } else if (c == 'r') {
            if (t.starts_with("rcu: ")) {
                if (has(t, "ierarchical RCU")) hand_over();
                if (has(t, "RCU restricting CPUs")) cpu_counts(t, line.number, facts);
            } else if (t.starts_with("riscv: ")) {
                arch(Arch::riscv64, 3);
            }
        } else if (c == 'n') {
            if (in_node_ranges_ && t.starts_with("node ")) node_range(line);
        } else if (c == 'p') {
            if (t.starts_with("pcpu-alloc: [")) percpu_groups(t.substr(12), facts.percpu_group);
        } else if (c == 'm' || c == 'u') {
            for (const std::string_view who : {"modified", "user"})
                if (t.starts_with(who) && t.substr(who.size()).starts_with(": "))
                    e820(who, t.substr(who.size() + 2), line.number, facts.modified_e820);
        } else if (c == 'X') {
            if (t.starts_with("Xen: ")) e820("Xen", t.substr(5), line.number, facts.e820);
        } else if (c == '.') {
            booted_cpus(t, booting_node_, facts.booted);
        } else if (c == 'l') {
            if (t.starts_with("last_pfn = "))
                last_pfn(t, line.number);
            else if (t.starts_with("lowmem  : ") || t.starts_with("lowmem : "))
                lowmem(t, line.number);
        } else if (c >= '0' && c <= '9') {
            if (in_mtrr_ && mtrr(t, line.number, facts.mtrr)) return;
            if (has(t, "MB HIGHMEM available") || has(t, "MB LOWMEM available")) facts.width32 += 5;
            if (const auto mib = Scan(t).decimal(); mib && has(t, "MB LOWMEM available"))
                facts.lowmem_mib.say_once(*mib, line.number);
        } else if (c == 'f') {
            if (t.starts_with("ftrace: allocating")) hand_over();
        } else if (c == 'w') {
            if (t.starts_with("workingset: ")) workingset_ = true;
        } else if (c == 'x') {
            if (t.starts_with("x86/")) arch(Arch::x86_64, 2);
        }
        if (c != 'n') in_node_ranges_ = false;
        if (in_mtrr_ && !(c >= '0' && c <= '9')) in_mtrr_ = false;
    }

    // `who`: the word before the map
    void e820(std::string_view who, std::string_view t, u32 line, std::vector<E820Entry>& out) {
        const auto entry = e820_entry(t, line);
        if (!entry) return;
        arch(Arch::x86_64, 5);
        if (&out == &facts.e820) facts.e820_origin = who;
        out.push_back(*entry);
    }
    EfiTables& efi_table() {
        if (!facts.efi_tables) facts.efi_tables.emplace();
        return *facts.efi_tables;
    }
    // x86 prints the memory map again, with what is left of it.
    void efi(std::string_view t, u32 line) {
        t = Scan(t).blanks().rest;
        if (t.starts_with("EFI v")) efi_table().position = {line, 1};
        if (const std::size_t at = t.find(" MEMATTR=0x"); at != t.npos)
            if (const auto base = Scan(t.substr(at + 9)).hex(); base && *base != 0) efi_table().memattr = base;
        if (t.starts_with("mem00:") && !facts.efi.empty()) second_efi_map_ = true;
        auto range = efi_range(t, line);
        if (!range) return;
        range->first_map = !second_efi_map_;
        facts.efi.push_back(std::move(*range));
    }

    // "node   0: [mem 0x0000000000001000-0x000000000009efff]"
    void node_range(const LogLine& line) {
        Scan scan(line.text.substr(5));
        const auto node = node_number(scan.blanks());
        if (!node || !scan.skip(":")) return;
        if (const auto span = scan_span(scan)) facts.node_ranges.push_back({span->base, span->size(), *node, 0, {}, line.number});
    }

    void last_pfn(std::string_view t, u32 line) {
        const std::size_t at = t.find("max_arch_pfn = ");
        if (at == t.npos) return;
        facts.initrd_named.begin = line;
        arch(Arch::x86_64, 3);
        const auto pfns = Scan(t.substr(at + 15)).hex();
        if (!pfns) return;
        (*pfns >= 0x400000000 ? facts.width64 : facts.width32) += 5;
        if (*pfns < 0x400000000) facts.pae.say(*pfns > 0x100000, line);
        facts.la57 = *pfns == u64{1} << 40;
    }

    // "lowmem  : 0xc0000000 - 0xe0000000   ( 512 MB)"
    void lowmem(std::string_view t, u32 line) {
        Scan scan(t.substr(t.find(':') + 1));
        if (const auto span = scan_span(scan); span && span->last > span->base)
            facts.lowmem.say({span->base, span->last - 1}, line);
    }

    bool second_efi_map_ = false;
    bool in_node_ranges_ = false;
    bool in_mtrr_ = false;
    bool workingset_ = false;  // a line that stands soon after that of the initrd's unpacking
    int next_node_data_ = 0;
    int booting_node_ = -1;
};

}  // namespace

LogFacts facts_of_log(std::string_view text) {
    LogReader lines(text);
    auto reader = std::make_unique<Reader>();
    std::optional<LogFacts> first;
    LogLine line;
    while (lines.next(line)) {
        const bool banner = line.text.starts_with("Linux version ");
        if (banner && reader->facts.release) {
            // Another boot, or the same one printed again by the next console.
            if (reader->facts.has_map()) break;
            if (!first) first = std::move(reader->facts);
            reader = std::make_unique<Reader>();
        }
        reader->read(line);
    }
    reader->facts.memblock.hand_over();
    if (first && !reader->facts.has_map()) return std::move(*first);
    return std::move(reader->facts);
}

}  // namespace zonecalc
