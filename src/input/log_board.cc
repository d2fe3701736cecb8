// SPDX-License-Identifier: MIT
// Which kernel a boot's log is of, for which architecture; then step by step the board, and what no machine can have is left out.
#include "input/log_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "input/iomem.h"
#include "input/limits.h"
#include "input/log_steps.h"
#include "zonecalc/cmdline.h"

namespace zonecalc {

bool log_steps::Step::parameter(std::string_view name) const {
    const Cmdline c = parse_args(out_.board.cmdline);
    return std::any_of(c.parameters.begin(), c.parameters.end(), [&](const Parameter& p) { return parameq(p.name, name); });
}

namespace {

[[noreturn]] void refuse(const Source& log, u32 line, const std::string& why, const std::string& help = {}) {
    std::vector<Diagnostic> list{{Severity::error, log.name, {line, line != 0 ? 1u : 0u}, why, {}}};
    if (!help.empty()) list.push_back({Severity::note, log.name, {}, help, {}});
    throw InputError(std::move(list));
}

class Maker {
public:
    Maker(const Source& log, const KernelConfig* config, const Iomem* iomem, const LogFacts& facts)
        : log_(log), config_(config), iomem_(iomem), facts_(facts) {}

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
        log_steps::memory_map(facts_, out_);
        const bool has_map = !b.e820.empty() || !b.memory.empty();
        if (!has_map && !iomem_) no_map();
        log_steps::nodes_and_cpus(facts_, out_);
        log_steps::reservations(facts_, out_);
        if (iomem_)
            for (std::string& sentence : add_iomem(b, *iomem_)) assume(std::move(sentence));
        log_steps::early_inputs(facts_, config_, out_);
        fit();
        return std::move(out_);
    }

private:
    void assume(std::string what) { out_.assumed.push_back(std::move(what)); }

    void identity() {
        Board& b = out_.board;
        out_.release = facts_.release.value;
        if (facts_.release) {
            out_.lines["kernel"] = facts_.release.line;
            out_.version = source_version(facts_.release.value, facts_.version_banner.value);
            // "#1 SMP …": a banner that is cut before the number tells nothing.
            if (facts_.smp || facts_.version_banner.value.find('#') != std::string::npos) out_.smp = facts_.smp.value;
        }
        out_.cma = facts_.cma || !facts_.cma_areas.empty();
        if (facts_.pae) out_.pae = facts_.pae.value;
        out_.page_offset = page_offset();
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
        const std::optional<Version> version = version_from_string(release);
        // linux-next has what the release after its base will have.
        if (version && release.find("-next-20") != release.npos) return next_series(*version);
        return version;
    }

    // i386: where the linear map begins. Releases that do not print it print lowmem's size, which has room below some of the few
    // places only that a config can choose; 128 MiB at the end of addresses are not for lowmem.
    std::optional<u64> page_offset() {
        if (facts_.lowmem) return facts_.lowmem.value.base;
        if (!facts_.lowmem_mib) return std::nullopt;
        constexpr u64 MiB = u64{1} << 20, addresses = u64{4} << 30, others = 128 * MiB;
        constexpr u64 choices[] = {0xc0000000, 0xb0000000, 0x80000000, 0x78000000, 0x40000000};
        for (const u64 offset : choices)
            if (facts_.lowmem_mib.value <= (addresses - offset - others) / MiB) return offset;
        return std::nullopt;
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

    // What no machine of this kind can have comes from a damaged line; a board must not have it.
    void fit() {
        Board& b = out_.board;
        const PhysAddr limit = physical_end(b.arch);
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
        std::set<u32> seen;
        for (BoardNode& n : b.nodes)
            std::erase_if(n.cpus, [&](u32 cpu) { return cpu >= b.cpus.value_or(most_cpus) || !seen.insert(cpu).second; });
    }

    static constexpr std::size_t most_ranges = 65536;
    static constexpr std::size_t most_mtrrs = 256;

    const Source& log_;
    const KernelConfig* config_;
    const Iomem* iomem_;
    const LogFacts& facts_;
    LogBoard out_;
};

}  // namespace

LogBoard board_from_log(const Source& log, const KernelConfig* config, const Iomem* iomem) {
    const LogFacts facts = facts_of_log(log.text);
    return Maker(log, config, iomem, facts).make();
}

}  // namespace zonecalc
