// SPDX-License-Identifier: MIT
// One pass over the lines of a boot. Lines are known by how they begin; what the kernel reports as its own result (zone ranges,
// movable starts, totals) is never read, so that a prediction made from these facts can be compared with the log.
//
// Two lines are results that serve as input where nothing better is printed: "Early memory node ranges" (memory as the kernel left
// it) and, on arm, lowmem's place in the "Virtual kernel memory layout". Whoever uses them says so.
#include "input/log_facts.h"

#include <algorithm>
#include <memory>

namespace zonecalc {

namespace {

constexpr int most_nodes = 1024;
constexpr u32 most_cpus = 1u << 16;
constexpr std::size_t most_cma_areas = 64;

bool has(std::string_view text, std::string_view what) {
    return text.find(what) != text.npos;
}

std::optional<int> node_number(Scan& scan) {
    const auto n = scan.decimal();
    if (!n || *n >= most_nodes) return std::nullopt;
    return static_cast<int>(*n);
}

E820Type e820_type(std::string_view word) {
    if (word.starts_with("(") && word.ends_with(")") && word.size() > 2) word = word.substr(1, word.size() - 2);
    if (word.starts_with("usable") || word.starts_with("System RAM")) return E820Type::ram;
    if (has(word, "oft reserved") || has(word, "pecific purpose")) return E820Type::soft_reserved;
    if (has(word, "ACPI data") || has(word, "ACPI reclaim")) return E820Type::acpi;
    if (has(word, "ACPI NVS")) return E820Type::nvs;
    if (has(word, "unusable")) return E820Type::unusable;
    if (has(word, "ersistent")) return has(word, "12") ? E820Type::pram : E820Type::pmem;
    if (word.starts_with("type ")) {
        const auto number = Scan(word.substr(5)).decimal();  // firmware's own; the kernel keeps the number
        if (number && *number > 2 && *number < 0x10000) return static_cast<E820Type>(*number);
    }
    return E820Type::reserved;
}

class Reader {
public:
    explicit Reader(std::deque<std::string>& storage) : storage_(storage) {}
    LogFacts facts;

    void read(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.empty() || facts.memblock.read(line)) return;
        if (facts.other_arch.empty()) not_modelled(t);
        switch (t[0]) {
            case 'L':
                read_l(line);
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
                break;
            case 'R':
                read_r(line);
                break;
            case 'U':
                if (t.starts_with("Using GB pages for direct mapping")) facts.gb_pages = true;
                break;
            case 'E':
                if (t.starts_with("EIP:"))
                    ++facts.width32;
                else if (t.starts_with("Early memory node ranges"))
                    in_node_ranges_ = true;
                break;
            case 'F':
                freed(t);
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
    // Machines whose kernels say so in words that the modelled ones do not have.
    void not_modelled(std::string_view t) {
        struct Words {
            std::string_view start, arch;
        };
        constexpr Words words[] = {
            {"Booting GENERIC on", "alpha"},
            {"CPU0 revision is", "mips"},
            {"MIPS: ", "mips"},
            {"Booting on ", "alpha"},
            {"ARCH: SUN4", "sparc"},
            {"PowerMac motherboard", "powerpc"},
            {"Found UniNorth", "powerpc"},
            {"hash-mmu:", "powerpc"},
            {"radix-mmu:", "powerpc"},
            {"setup: Linux is running", "s390"},
            {"booting generic kernel on", "ia64"},
            {"OpenRISC", "openrisc"},
            {"opal: OPAL", "powerpc"},
            {"ppc64_pft_size", "powerpc"},
        };
        for (const Words& w : words)
            if (t.starts_with(w.start)) facts.other_arch = w.arch;
        if (t.starts_with("Using ") && t.ends_with(" machine description")) facts.other_arch = "powerpc";
    }
    void hand_over() { facts.memblock.hand_over(); }
    // "Freeing initrd memory: 1008K"
    void freed(std::string_view t) {
        if (!t.starts_with("Freeing ")) return;
        const std::size_t colon = t.find(": ");
        if (colon == t.npos) return;
        const auto kib = Scan(t.substr(colon + 2)).decimal();
        if (!kib || *kib >= u64{1} << 22) return;
        const std::string_view what = t.substr(8, colon - 8);
        if (what.starts_with("SMP alternatives")) facts.smp_locks = *kib * 1024;
        if (what.starts_with("initrd")) facts.initrd_freed = *kib * 1024;
        if (what.starts_with("unused") && facts.image_freed < u64{1} << 40) facts.image_freed += *kib * 1024;
    }
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
    void cpus(std::optional<u64> n, u32 line) {
        if (n && *n > 0 && *n <= most_cpus) facts.cpus.say_once(static_cast<unsigned>(*n), line);
    }

    void read_l(const LogLine& line) {
        const std::string_view t = line.text;
        if (!t.starts_with("Linux version ")) return;
        Scan scan(t.substr(14));
        const std::string_view release = scan.word();
        facts.release.say_once(std::string(release), line.number);
        facts.version_banner.say_once(std::string(scan.rest), line.number);
        if (has(scan.rest, " SMP ") || has(scan.rest, " SMP")) facts.smp.say(true, line.number);
        const std::string_view banner = scan.rest.substr(0, 400);
        const auto named = [&](std::string_view in_release, std::string_view compiler, Arch a) {
            if (!in_release.empty() && has(release, in_release)) arch(a, 3);
            if (!compiler.empty() && has(banner, compiler)) arch(a, 3);
        };
        named("amd64", "x86_64-linux", Arch::x86_64);
        named("x86_64", "x86_64-pc-linux", Arch::x86_64);
        named("arm64", "aarch64-", Arch::arm64);
        named("aarch64", "arm64-linux", Arch::arm64);
        named("riscv64", "riscv64-", Arch::riscv64);
        named("armmp", "arm-linux", Arch::arm);
        named("armv7", "armv7", Arch::arm);
        named("", "arm-buildroot", Arch::arm);
        for (const std::string_view small : {"-686", "i686", "i386", "i586", "i486", "-pae"})
            if (has(release, small)) facts.width32 += 3;
        for (const std::string_view small : {"i686-linux", "i586-linux", "i386-linux", "i686-pc"})
            if (has(banner, small)) facts.width32 += 3;
        if (has(release, "amd64") || has(release, "x86_64")) facts.width64 += 3;
        if (has(banner, "x86_64-")) facts.width64 += 1;
        for (const std::string_view other :
             {"powerpc", "mips", "s390", "sparc", "alpha", "ia64", "hppa", "loongarch", "m68k", "sh4", "xtensa"})
            for (const std::string_view tail : {"64-linux", "-linux", "64-unknown-linux", "-unknown-linux"})
                if (has(banner, std::string(other) + std::string(tail)) || has(release, other)) facts.other_arch = other;
    }

    void read_b(const LogLine& line) {
        const std::string_view t = line.text;
        if (t.starts_with("BIOS-")) {
            const std::size_t colon = t.find(": ");
            if (colon != t.npos && colon < 12) e820_line(t.substr(0, colon), t.substr(colon + 2), line.number, facts.e820);
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
            Scan scan(t.substr(19));
            const auto present = scan.decimal();
            if (scan.skip(" present CPUs plus ")) {
                const auto more = scan.decimal();
                if (present && more && *more <= most_cpus && *present <= most_cpus) {
                    cpus(*present + *more, line.number);
                    facts.present_cpus.say_once(static_cast<unsigned>(*present), line.number);
                }
            }
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
                memory_line(t, line.number);
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
            srat(t.substr(6), line.number);
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
        if (acpi_table(t, line.number)) return;
        if (t.starts_with("Allocated new RAMDISK: ")) {
            Scan scan(t.substr(23));
            if (const auto span = scan_span(scan)) facts.ramdisk.say(*span, line.number);
        } else if (t.starts_with("ACPI: SRAT: "))
            srat(t.substr(12), line.number);
        else if (t.starts_with("ACPI: NUMA: SRAT: "))
            srat(t.substr(18), line.number);
        else if (t.starts_with("ACPI: SLIT "))
            facts.distances.say(0, line.number);
    }

    // "ACPI: APIC 0x000000003FFE19A5 000078 (v01 …)", "ACPI: FACS 0x3FFE0000 000040"
    bool acpi_table(std::string_view t, u32 line) {
        Scan scan(t.substr(6));
        const std::string_view name = scan.word();
        if (name.size() != 4 || !scan.blanks().rest.starts_with("0x")) return false;
        const auto base = scan.hex();
        const auto size = scan.blanks().hex();
        if (!base || !size || *size == 0 || *size >= u64{1} << 32) return false;
        if (name == "SLIT") facts.distances.say(0, line), facts.slit.say(true, line);
        if (name == "HPET") facts.hpet = true;
        if (name != "RSDP" && name != "RSDT" && name != "XSDT" && facts.acpi_tables.size() < 256)
            facts.acpi_tables.push_back({std::string(name), *base, *size, {line, 1}});
        return true;
    }

    // "Node 0 PXM 0 [mem 0x0-0x9ffff] hotplug", "PXM 0 -> APIC 0x00 -> Node 0"; before 3.5 "Node 0 PXM 0 0-a0000"
    void srat(std::string_view t, u32 line) {
        Scan scan(t);
        if (scan.skip("Node ")) {
            const auto node = node_number(scan);
            if (!node || !scan.skip(" PXM ") || !scan.decimal()) return;
            const bool old = !scan.blanks().rest.starts_with("[");
            auto span = scan_span(scan);
            if (!span) return;
            if (old && span->last > span->base) --span->last;
            facts.srat.push_back({span->base, span->size(), *node, has(scan.rest, "hotplug"), {line, 1}});
        } else if (scan.skip("PXM ")) {
            const std::size_t at = t.find("-> Node ");
            if (at == t.npos) return;
            Scan number(t.substr(at + 8));
            const auto node = node_number(number);
            const u32 cpu = static_cast<u32>(facts.cpu_nodes.size());
            if (node && cpu < most_cpus) facts.cpu_nodes.push_back({cpu, *node});
            facts.cpus_line = line;
        }
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
            pool(t.substr(44));
        else if (t.starts_with("RCU restricting CPUs "))
            rcu_cpus(t, line.number);
        else if (t.starts_with("RIP:"))
            ++facts.width64;
    }
    void rcu_cpus(std::string_view t, u32 line) {
        const std::size_t at = t.find("nr_cpu_ids=");
        if (at == t.npos) return;
        Scan scan(t.substr(at + 11));
        cpus(scan.decimal(), line);
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
            if (t.starts_with("cma: Reserved ")) cma(t.substr(14), line.number);
        } else if (c == 's') {
            if (t.starts_with("software IO TLB: mapped ")) {
                Scan scan(t.substr(24));
                if (auto span = scan_span(scan); span && span->last > span->base) {
                    if (span->last % 4096 == 0) --span->last;  // its end is exclusive
                    facts.bounce_buffers.say_once(*span, line.number);
                }
            } else if (t.starts_with("smpboot: Allowing ")) {
                Scan scan(t.substr(18));
                const auto possible = scan.decimal();
                cpus(possible, line.number);
                if (!scan.skip(" CPUs, ")) return;
                const auto hotplug = scan.decimal();
                if (possible && hotplug && *hotplug < *possible && *possible <= most_cpus)
                    facts.present_cpus.say_once(static_cast<unsigned>(*possible - *hotplug), line.number);
            } else if (t.starts_with("smpboot: CPU0: Intel")) {
                facts.netburst = has(t, "family: 0xf,") || has(t, "fam: 0f,");
            } else if (t.starts_with("setup_percpu: ")) {
                if (const std::size_t at = t.find("nr_cpu_ids:"); at != t.npos)
                    cpus(Scan(t.substr(at + 11)).decimal(), line.number);
                if (const std::size_t at = t.find("NR_CPUS:"); at != t.npos)
                    if (const auto n = Scan(t.substr(at + 8)).decimal(); n && *n > 0 && *n <= most_cpus)
                        facts.config_nr_cpus.say(static_cast<unsigned>(*n), line.number);
                if (const std::size_t at = t.find("nr_node_ids:"); at != t.npos)
                    if (const auto n = Scan(t.substr(at + 12)).decimal()) facts.nr_node_ids.say(*n, line.number);
            }
        } else if (c == 'r') {
            if (t.starts_with("rcu: ")) {
                if (has(t, "ierarchical RCU")) hand_over();
                if (has(t, "RCU restricting CPUs")) rcu_cpus(t, line.number);
            } else if (t.starts_with("riscv: ")) {
                arch(Arch::riscv64, 3);
            }
        } else if (c == 'n') {
            if (in_node_ranges_ && t.starts_with("node ")) node_range(line);
        } else if (c == 'p') {
            if (t.starts_with("pcpu-alloc: [")) percpu_groups(t.substr(12));
        } else if (c == 'm' || c == 'u') {
            for (const std::string_view who : {"modified", "user"})
                if (t.starts_with(who) && t.substr(who.size()).starts_with(": "))
                    e820_line(who, t.substr(who.size() + 2), line.number, facts.modified_e820);
        } else if (c == 'X') {
            if (t.starts_with("Xen: ")) e820_line("Xen", t.substr(5), line.number, facts.e820);
        } else if (c == '.') {
            booted_cpus(t);
        } else if (c == 'l') {
            if (t.starts_with("last_pfn = "))
                last_pfn(t, line.number);
            else if (t.starts_with("lowmem  : ") || t.starts_with("lowmem : "))
                lowmem(t, line.number);
        } else if (c >= '0' && c <= '9') {
            if (in_mtrr_ && mtrr(line)) return;
            if (has(t, "MB HIGHMEM available") || has(t, "MB LOWMEM available")) facts.width32 += 5;
        } else if (c == 'f') {
            if (t.starts_with("ftrace: allocating")) hand_over();
        } else if (c == 'x') {
            if (t.starts_with("x86/")) arch(Arch::x86_64, 2);
        }
        if (c != 'n') in_node_ranges_ = false;
        if (in_mtrr_ && !(c >= '0' && c <= '9')) in_mtrr_ = false;
    }

    // "0x0000000037400000, size 64 MiB"
    void pool(std::string_view t) {
        Scan scan(t);
        const auto base = scan.hex();
        if (!base || !scan.skip(", size ")) return;
        const auto mib = scan.decimal();
        if (mib && *mib != 0 && *mib < u64{1} << 32 && *base <= ~u64{0} - (*mib << 20))
            cma_area({*base, *base + ((*mib << 20) - 1)}, true);
    }
    void cma_area(const LogSpan& span, bool from_device_tree) {
        if (from_device_tree) facts.pools.push_back(span);
        if (facts.cma_areas.size() < most_cma_areas) facts.cma_areas.push_back(span);
    }

    // "16 MiB at 0x00000000bf000000"
    void cma(std::string_view t, u32 line) {
        Scan scan(t);
        const auto mib = scan.decimal();
        if (!mib || *mib == 0 || *mib >= u64{1} << 32 || !scan.skip(" MiB at ")) return;
        const u64 size = *mib << 20;
        const auto base = scan.hex();
        if (!base || *base > ~u64{0} - size) return;
        facts.cma.say_once({*base, *base + (size - 1)}, line);
        cma_area({*base, *base + (size - 1)}, false);
    }

    // "Memory: …K/…K available (14343K kernel code, 2338K rwdata, 9132K rodata, 2824K init, 17344K bss, …": the image's parts only.
    void memory_line(std::string_view t, u32 line) {
        KernelImage image;
        for (const auto& [word, bytes] :
             {std::pair("K kernel code", &image.code), std::pair("K rwdata", &image.rwdata), std::pair("K rodata", &image.rodata),
              std::pair("K init", &image.init), std::pair("K bss", &image.bss)}) {
            const std::size_t end = t.find(word);
            if (end == t.npos) return;
            std::size_t start = end;
            while (start > 0 && t[start - 1] >= '0' && t[start - 1] <= '9') --start;
            const auto kib = Scan(t.substr(start, end - start)).decimal();
            if (!kib || *kib >= u64{1} << 32) return;
            *bytes = *kib * 1024;
        }
        facts.image.say(image, line);
    }

    // "[mem 0x…-0x…] usable"; before 3.5 "0000000000000000 - 000000000009f400 (usable)", the end exclusive
    void e820_line(std::string_view who, std::string_view t, u32 line, std::vector<E820Entry>& out) {
        Scan scan(t);
        const bool old = !scan.blanks().rest.starts_with("[");
        auto span = scan_span(scan);
        if (!span) return;
        arch(Arch::x86_64, 5);
        if (old) {
            if (span->last == span->base) return;
            --span->last;
        }
        const std::string_view type = scan.blanks().rest;
        if (type.empty()) return;
        if (&out == &facts.e820) facts.e820_origin = who;
        out.push_back({span->base, span->size(), e820_type(type), {line, 1}});
    }

    EfiTables& efi_table() {
        if (!facts.efi_tables) facts.efi_tables.emplace();
        return *facts.efi_tables;
    }

    // "mem00: [Conventional|…|WB|WT|WC|UC] range=[0x…-0x…] (0MB)" (x86), "  0x…-0x… [Conventional|…]" (arm64)
    void efi(std::string_view t, u32 line) {
        Scan scan(t);
        scan.blanks();
        if (scan.rest.starts_with("EFI v")) efi_table().position = {line, 1};
        if (const std::size_t at = scan.rest.find(" MEMATTR=0x"); at != scan.rest.npos)
            if (const auto base = Scan(scan.rest.substr(at + 9)).hex(); base && *base != 0) efi_table().memattr = base;
        EfiRange r;
        r.line = line;
        std::optional<LogSpan> span;
        std::string_view marks;
        if (scan.rest.starts_with("mem") && has(scan.rest, "range=")) {
            if (scan.rest.starts_with("mem00:") && !facts.efi.empty()) second_efi_map_ = true;
            const std::size_t open = scan.rest.find('['), at = scan.rest.find("range=");
            if (open == scan.rest.npos) return;
            marks = scan.rest.substr(open + 1, at > open ? at - open - 1 : 0);
            Scan range(scan.rest.substr(at + 6));
            span = scan_span(range);
        } else if (scan.rest.starts_with("0x")) {
            span = scan_span(scan);
            const std::size_t open = scan.rest.find('[');
            if (open == scan.rest.npos) return;
            marks = scan.rest.substr(open + 1);
        }
        if (!span) return;
        std::string_view type = marks.substr(0, marks.find('|'));
        while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
        r.base = span->base;
        r.size = span->size();
        r.type = storage_.emplace_back(type);
        r.cached = has(marks, "|WB") || has(marks, "|WT") || has(marks, "|WC");
        r.mirror = has(marks, "|MR|");
        r.first_map = !second_efi_map_;
        facts.efi.push_back(r);
    }

    // "node   0: [mem 0x0000000000001000-0x000000000009efff]"
    void node_range(const LogLine& line) {
        Scan scan(line.text.substr(5));
        const auto node = node_number(scan.blanks());
        if (!node || !scan.skip(":")) return;
        if (const auto span = scan_span(scan)) facts.node_ranges.push_back({span->base, span->size(), *node, 0, {}, line.number});
    }

    // "[0] 0 1 [1] 2 3"
    void percpu_groups(std::string_view t) {
        Scan scan(t);
        int group = -1;
        while (!scan.blanks().rest.empty()) {
            if (scan.skip("[")) {
                const auto g = scan.decimal();
                if (!g || *g >= most_nodes || !scan.skip("]")) return;
                group = static_cast<int>(*g);
            } else if (const auto cpu = scan.decimal()) {
                if (*cpu >= most_cpus) return;
                if (facts.percpu_group.size() <= *cpu) facts.percpu_group.resize(*cpu + 1, -1);
                facts.percpu_group[*cpu] = group;
            } else {
                scan.word();  // "-": a slot without a CPU
            }
        }
    }

    // ".... node  #1, CPUs:      #1   #3"
    void booted_cpus(std::string_view t) {
        while (t.starts_with(".")) t.remove_prefix(1);
        Scan scan(t);
        if (scan.blanks().skip("node")) {
            scan.blanks().skip("#");
            const auto node = node_number(scan);
            if (!node) return;
            booting_node_ = *node;
            scan.skip(",");
            if (!scan.blanks().skip("CPUs:")) return;
        }
        if (booting_node_ < 0) return;
        while (scan.blanks().skip("#")) {
            const auto cpu = scan.decimal();
            if (!cpu || *cpu >= most_cpus || facts.booted.size() >= most_cpus) return;
            facts.booted.push_back({static_cast<u32>(*cpu), booting_node_});
        }
    }

    void last_pfn(std::string_view t, u32 line) {
        const std::size_t at = t.find("max_arch_pfn = ");
        if (at == t.npos) return;
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

    static std::optional<MtrrType> mtrr_type(std::string_view word) {
        if (word.starts_with("uncachable")) return MtrrType::uncachable;
        if (word.starts_with("write-combining")) return MtrrType::write_combining;
        if (word.starts_with("write-through")) return MtrrType::write_through;
        if (word.starts_with("write-protect")) return MtrrType::write_protected;
        if (word.starts_with("write-back")) return MtrrType::write_back;
        return std::nullopt;
    }

    // "0 base 0000C0000000 mask 3FFFC0000000 uncachable", "1 disabled"
    bool mtrr(const LogLine& line) {
        Scan scan(line.text);
        if (!scan.decimal()) return false;
        if (scan.blanks().skip("disabled")) return true;
        if (!scan.skip("base ")) return false;
        const auto base = scan.hex();
        if (!base || !scan.blanks().skip("mask ")) return false;
        const auto mask = scan.hex();
        const auto type = mtrr_type(scan.blanks().rest);
        if (!mask || !type) return false;
        const u64 size = *mask & (~*mask + 1);  // its lowest bit: masks have no gaps
        if (size != 0) facts.mtrr.push_back({*base, size, *type, {line.number, 1}});
        return true;
    }

    std::deque<std::string>& storage_;
    bool second_efi_map_ = false;
    bool in_node_ranges_ = false;
    bool in_mtrr_ = false;
    int next_node_data_ = 0;
    int booting_node_ = -1;
};

}  // namespace

LogFacts facts_of_log(std::string_view text, std::deque<std::string>& storage) {
    LogReader lines(text);
    auto reader = std::make_unique<Reader>(storage);
    std::optional<LogFacts> first;
    LogLine line;
    while (lines.next(line)) {
        const bool banner = line.text.starts_with("Linux version ");
        if (banner && reader->facts.release) {
            // Another boot, or the same one printed again by the next console.
            if (reader->facts.has_map()) break;
            if (!first) first = std::move(reader->facts);
            reader = std::make_unique<Reader>(storage);
        }
        reader->read(line);
    }
    reader->facts.memblock.hand_over();
    if (first && !reader->facts.has_map()) return std::move(*first);
    return std::move(reader->facts);
}

}  // namespace zonecalc
