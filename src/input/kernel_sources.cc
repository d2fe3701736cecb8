// SPDX-License-Identifier: MIT
// What is looked for is what shipped profiles carry: their config symbols, structures and constants. A constant of a profile is a
// symbol's address, an enumerator, or the length or place of a structure's member; its name tells which.
#include "input/kernel_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "input/dmesg.h"
#include "input/gunzip.h"
#include "input/library.h"

namespace fs = std::filesystem;

namespace zonecalc {

namespace {

constexpr u64 largest_config = u64{64} << 20;  // unpacked

[[noreturn]] void refuse(const std::string& file, const std::string& message, const std::string& help = {}) {
    std::vector<Diagnostic> list{{Severity::error, file, {}, message, {}}};
    if (!help.empty()) list.push_back({Severity::note, {}, {}, help, {}});
    throw InputError(std::move(list));
}

// Symbols that give sizes: the name in a profile, and between which two it lies.
struct Extent {
    std::string_view name, begin, end;
    u64 unit;  // rounded up to
};
constexpr Extent extents[] = {{"real_mode_blob", "real_mode_blob", "real_mode_blob_end", 4096}};

Names symbols_wanted(const ProfileNames& known) {
    Names names = known.constants;
    for (const Extent& e : extents) names.emplace(e.begin), names.emplace(e.end);
    return names;
}

// "ffffffff81000000 T _text", one a line.
bool is_symbol_line(std::string_view line) {
    const std::size_t digits = line.find_first_not_of("0123456789abcdefABCDEF");
    return (digits == 8 || digits == 16) && line.size() > digits + 3 && line[digits] == ' ' && line[digits + 2] == ' ';
}

std::string_view first_line(std::string_view text) {
    return text.substr(0, text.find('\n'));
}

bool is_config(std::string_view text) {
    for (const std::string_view mark : {"CONFIG_", "# CONFIG_"})
        if (text.starts_with(mark) || text.find('\n' + std::string(mark)) != text.npos) return true;
    return false;
}

void read_symbol_map(KernelSources& out, const Source& source, const Names& wanted) {
    bool any = false;
    std::string_view rest = source.text;
    while (!rest.empty()) {
        const std::string_view line = first_line(rest);
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (!is_symbol_line(line)) continue;
        Scan scan(line);
        const auto address = scan.hex();
        const std::string_view tail = line.substr(line.find(' '));
        const std::string_view name = tail.substr(3, tail.find_first_of("\t\r", 3) - 3);
        if (name.starts_with("The real System.map")) {
            out.notes.push_back(source.name + " is a place holder: the real one is in the package with the kernel's debug symbols");
            return;
        }
        if (!address) continue;
        any = any || *address != 0;
        if (tail.find('[') == tail.npos && wanted.contains(name)) out.symbols.emplace(name, *address);
    }
    if (any) return;
    out.symbols.clear();
    out.notes.push_back(source.name + " shows no addresses: read it as root, with kernel.kptr_restrict=0");
}

// A kernel that KASLR moved has all its symbols moved; the link address of x86_64 is known.
void undo_kaslr(KernelSources& out) {
    constexpr u64 linked = 0xffffffff81000000, image_end = 0xffffffffc0000000;
    const auto text = out.symbols.find("_text");
    if (text == out.symbols.end() || text->second <= linked || text->second >= image_end) return;
    const u64 moved = text->second - linked;
    for (auto& [name, address] : out.symbols)
        if (address >= linked + moved && address < image_end + moved) address -= moved;
}

void read_btf_of(KernelSources& out, const Source& btf, const ProfileNames& known) {
    BtfFacts facts = read_btf(btf, known.sizes, known.constants);
    if (facts.sizes.empty()) refuse(btf.name, "this BTF has none of a kernel's structures");
    out.sizes.merge(facts.sizes);
    out.constants.merge(facts.constants);
    if (facts.percpu != 0) out.percpu = facts.percpu;
}

// What a vmlinux of x86 shows without its symbols: the linker script has these at the borders of sections.
void name_section_borders(KernelSources& out, const ElfFacts& elf) {
    struct Border {
        std::string_view symbol, section;
        PhysAddr PhysRange::*at;
    };
    constexpr Border borders[] = {{"_text", ".text", &PhysRange::begin},
                                  {"__end_of_kernel_reserve", ".bss", &PhysRange::end},
                                  {"__brk_base", ".brk", &PhysRange::begin},
                                  {"_end", ".brk", &PhysRange::end}};
    if (elf.machine != "x86_64" && elf.machine != "i386") return;
    for (const Border& b : borders)
        if (const auto section = elf.sections.find(b.section); section != elf.sections.end())
            out.symbols.emplace(b.symbol, round_up(section->second.*b.at, u64{4096}));
}

std::string after_dash(const std::string& name) {
    const std::size_t dash = name.find('-');
    return dash == name.npos ? std::string{} : name.substr(dash + 1);
}

}  // namespace

std::optional<Version> KernelSources::version() const {
    if (config && config->version) return config->version;
    return version_from_string(release);
}

bool is_kernel_source(std::string_view text) {
    return is_elf(text) || is_btf(text) || is_gzip(text) || is_symbol_line(first_line(text)) || is_config(text);
}

void add_kernel_source(KernelSources& out, const Source& source) {
    static const ProfileNames known = known_profile_names();
    out.files.push_back(source.name);
    if (is_gzip(source.text)) {
        const std::optional<std::string> text = gunzip(source.text, largest_config);
        if (!text) refuse(source.name, "this gzip file is damaged, or holds more than any kernel configuration");
        const Source plain{source.name, *text};
        if (!is_config(plain.text)) refuse(source.name, "what is packed in this file is no kernel configuration");
        out.config = parse_kernel_config(plain);
    } else if (is_elf(source.text)) {
        ElfFacts elf = read_elf(source, symbols_wanted(known));
        if (elf.symbols.empty() && !elf.has_btf)
            refuse(source.name, "this ELF file has neither symbols nor BTF of a kernel",
                   "give the vmlinux of the build, or extract it from vmlinuz with scripts/extract-vmlinux");
        if (!elf.has_btf) out.notes.push_back(source.name + " has no BTF: it was built without CONFIG_DEBUG_INFO_BTF");
        if (elf.symbols.empty()) out.notes.push_back(source.name + " has no symbol table");
        out.symbols.merge(elf.symbols);
        name_section_borders(out, elf);
        if (elf.has_btf) read_btf_of(out, elf.btf, known);
        // BTF ends with the last variable, the section with what aligns its end.
        if (const auto percpu = elf.sections.find(".data..percpu"); percpu != elf.sections.end())
            out.percpu = percpu->second.size();
        if (const auto arch = arch_from_string(elf.machine)) out.arch = arch;
        if (out.release.empty()) out.release = elf.release;
    } else if (is_btf(source.text)) {
        read_btf_of(out, source, known);
    } else if (is_symbol_line(first_line(source.text))) {
        read_symbol_map(out, source, symbols_wanted(known));
        undo_kaslr(out);
    } else if (is_config(source.text)) {
        out.config = parse_kernel_config(source);
    } else {
        refuse(source.name, "this is neither a kernel configuration nor a System.map, a vmlinux or BTF",
               source.text.starts_with("MZ") || (source.text.size() > 0x206 && source.text.substr(0x202, 4) == "HdrS")
                   ? "it is a packed kernel: extract the vmlinux with scripts/extract-vmlinux"
                   : "");
    }
    const bool placed = out.symbols.contains("__per_cpu_start") && out.symbols.contains("__per_cpu_end");
    if (out.percpu != 0 && !placed) out.symbols["__per_cpu_start"] = 0, out.symbols["__per_cpu_end"] = out.percpu;
    if (out.config && out.config->arch) out.arch = out.config->arch;
    for (const Extent& e : extents) {
        const auto begin = out.symbols.find(e.begin), end = out.symbols.find(e.end);
        if (begin != out.symbols.end() && end != out.symbols.end() && end->second > begin->second)
            out.sizes[std::string(e.name)] = round_up(end->second - begin->second, e.unit);
    }
}

void add_kernel_source(KernelSources& out, const std::string& path, const std::string& release) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        const std::string name = fs::path(path).filename().string();
        if (out.release.empty() && (name.starts_with("config-") || name.starts_with("System.map-") || name.starts_with("vmlinux-")))
            out.release = after_dash(name);
        return add_kernel_source(out, read_source(path));
    }
    // A build tree has one kernel, /boot may have several.
    std::vector<std::string> found, releases;
    for (fs::directory_iterator at(path, error); !error && at != fs::directory_iterator(); at.increment(error)) {
        const std::string name = at->path().filename().string();
        const bool plain = name == ".config" || name == "config" || name == "System.map" || name == "vmlinux";
        const bool named = name.starts_with("config-") || name.starts_with("System.map-") || name.starts_with("vmlinux-");
        if (!plain && !named) continue;
        found.push_back(name);
        if (named) releases.push_back(after_dash(name));
    }
    if (error) refuse(path, "cannot read this directory: " + error.message());
    if (found.empty()) refuse(path, "nothing of a kernel is in this directory: no .config, System.map or vmlinux");
    std::sort(found.begin(), found.end());
    std::sort(releases.begin(), releases.end());
    releases.erase(std::unique(releases.begin(), releases.end()), releases.end());
    const bool has_wanted = std::find(releases.begin(), releases.end(), release) != releases.end();
    if (releases.size() > 1 && !has_wanted)
        refuse(path, fmt::format("several kernels are in this directory: {}", fmt::join(releases, ", ")),
               "name the files of one of them, each with --kernel");
    const std::string chosen = has_wanted ? release : releases.empty() ? std::string{} : releases.front();
    if (out.release.empty()) out.release = chosen;
    for (const std::string& name : found)
        if (after_dash(name).empty() || after_dash(name) == chosen)
            add_kernel_source(out, read_source((fs::path(path) / name).string()));
}

}  // namespace zonecalc
