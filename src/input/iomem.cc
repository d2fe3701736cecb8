// SPDX-License-Identifier: MIT
// The tree of resources, printed with two blanks for each level. Memory is at the top of it: on x86 the e820 map in words of its
// own, elsewhere the regions of memblock in whole pages, those marked nomap as "reserved". Below memory are the parts of the
// kernel's image, the crash kernel's memory, and on arm64 and riscv64 what was reserved when setup_arch() ended.
//
// What was hot-added or given to a driver is in it, too; what firmware had and mem= cut off is not. Nodes and marks (mirror,
// hotplug) are never shown. Readers without CAP_SYS_ADMIN see zeros for addresses (r_show() in kernel/resource.c).
#include "input/iomem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "input/log_memblock.h"

namespace zonecalc {

namespace {

constexpr std::size_t most_ranges = 65536;
constexpr PhysAddr highest_kernel = PhysAddr{1} << 46;

[[noreturn]] void refuse(const std::string& file, u32 line, std::string why, std::string help = {}) {
    std::vector<Diagnostic> list{{Severity::error, file, {line, line != 0 ? 1u : 0u}, std::move(why), {}}};
    if (!help.empty()) list.push_back({Severity::note, file, {}, std::move(help), {}});
    throw InputError(std::move(list));
}

std::optional<IomemRange> range_of(std::string_view text, u32 number) {
    IomemRange r;
    r.line = number;
    std::size_t blanks = 0;
    while (blanks < text.size() && text[blanks] == ' ') ++blanks;
    r.depth = static_cast<unsigned>(std::min<std::size_t>(blanks, 64) / 2);
    Scan scan(text.substr(blanks));
    const auto base = scan.hex();
    if (!base || !scan.skip("-")) return std::nullopt;
    const auto last = scan.hex();
    if (!last || *last < *base || !scan.skip(" : ")) return std::nullopt;
    r.base = *base;
    r.last = *last;
    r.name = scan.blanks().rest;
    while (!r.name.empty() && (r.name.back() == '\r' || r.name.back() == ' ')) r.name.pop_back();
    return r;
}

// Names that only one architecture's kernels give.
std::optional<Arch> arch_of(const std::vector<IomemRange>& ranges) {
    constexpr std::string_view of_pcs[] = {"Video ROM", "System ROM", "Adapter ROM", "Local APIC", "ACPI Non-volatile Storage",
                                           "IOAPIC 0",  "HPET 0",     "RAM buffer",  "ACPI Tables"};
    for (const IomemRange& r : ranges) {
        if (std::find(std::begin(of_pcs), std::end(of_pcs), r.name) != std::end(of_pcs)) return Arch::x86_64;
        if (r.name == "Kernel image" || r.name.starts_with("riscv")) return Arch::riscv64;
        if (r.depth != 0 && r.name == "reserved") return Arch::arm64;
    }
    return std::nullopt;
}

}  // namespace

std::optional<E820Type> type_of_resource(std::string_view name) {
    constexpr std::pair<std::string_view, E820Type> types[] = {
        {"System RAM", E820Type::ram},
        {"ACPI Tables", E820Type::acpi},
        {"ACPI Non-volatile Storage", E820Type::nvs},
        {"Unusable memory", E820Type::unusable},
        {"Persistent Memory", E820Type::pmem},
        {"Persistent Memory (legacy)", E820Type::pram},
        {"Soft Reserved", E820Type::soft_reserved},
        {"Reserved", E820Type::reserved},
        {"reserved", E820Type::reserved},
    };
    for (const auto& [word, type] : types)
        if (name == word) return type;
    return std::nullopt;
}

namespace {

class Adder {
public:
    Adder(Board& board, const Iomem& iomem, bool own) : board_(board), iomem_(iomem), own_(own) {}

    std::vector<std::string> add() {
        if (is_x86(board_.arch)) {
            if (board_.e820.empty()) e820();
        } else if (board_.memory.empty()) {
            banks();
        }
        kernel_base();
        if (!is_x86(board_.arch) && board_.reserved.empty()) reserved();
        return std::move(assumed_);
    }

private:
    SourcePosition position(u32 line) const { return own_ ? SourcePosition{line, 1} : SourcePosition{}; }
    // No machine of this kind has what lies beyond.
    bool fits(const IomemRange& r) const { return r.last < physical_end(board_.arch); }

    // Reserved ranges that PCI's windows hold are of the map as well.
    void e820() {
        for (const IomemRange& r : iomem_.ranges) {
            const auto type = type_of_resource(r.name);
            if (!type || !fits(r) || (r.depth != 0 && *type != E820Type::reserved)) continue;
            board_.e820.push_back({r.base, r.last - r.base + 1, *type, position(r.line)});
        }
        assumed_.push_back("the e820 map is what /proc/iomem shows: as the kernel modified it");
    }

    void banks() {
        LogRanges list;
        for (const IomemRange& r : iomem_.ranges) {
            const bool nomap = r.name == "reserved" || r.name == "Reserved";
            if (r.depth != 0 || !fits(r) || (!nomap && r.name != "System RAM")) continue;
            LogRange as;
            as.flags = nomap ? MEMBLOCK_NOMAP : MEMBLOCK_NONE;
            as.line = r.line;
            list.add({r.base, r.last}, as);
        }
        for (const LogRange& r : list.list()) {
            MemoryBank bank;
            bank.base = r.base;
            bank.size = r.size;
            bank.nomap = r.flags & MEMBLOCK_NOMAP;
            bank.position = position(r.line);
            board_.memory.push_back(bank);
        }
        assumed_.push_back("memory is what /proc/iomem shows: in whole pages, on one node, without marks but nomap");
    }

    const IomemRange* find(std::string_view name) const {
        const auto at =
            std::find_if(iomem_.ranges.begin(), iomem_.ranges.end(), [name](const IomemRange& r) { return r.name == name; });
        return at == iomem_.ranges.end() ? nullptr : &*at;
    }

    // x86 names what begins at _text; arm64 begins at _stext, 64 KiB into an image that lies at a multiple of 2 MiB, or (up to 5.7)
    // 512 KiB above one.
    void kernel_base() {
        const IomemRange* code = find("Kernel code");
        if (!code || !fits(*code) || code->base % 4096 != 0 || code->base >= highest_kernel || board_.kernel_base) return;
        if (is_x86(board_.arch)) {
            board_.kernel_base = code->base;
        } else if (board_.arch == Arch::arm64) {
            constexpr u64 step = u64{2} << 20, head = u64{64} << 10, old_offset = u64{512} << 10;
            const u64 offset = code->base % step;
            if (offset == 0 || offset == old_offset) board_.kernel_base = code->base;
            if (offset == head) board_.kernel_base = code->base - head;
        }
    }

    void reserved() {
        LogRanges list;
        const auto add = [&](PhysAddr base, PhysAddr last, std::string_view name, u32 line) {
            if (last >= physical_end(board_.arch)) return;
            LogRange as;
            as.name = name;
            as.line = line;
            list.add({base, last}, as);
        };
        const IomemRange *whole = find("Kernel image"), *code = find("Kernel code"), *data = find("Kernel data"),
                         *bss = find("Kernel bss");
        if (whole)
            add(whole->base, whole->last, "kernel image", whole->line);
        else if (const IomemRange* end = bss ? bss : data; code && end && end->last > code->base)
            add(code->base, end->last, "kernel image", code->line);
        for (const IomemRange& r : iomem_.ranges)
            if (r.name.starts_with("Crash kernel")) add(r.base, r.last, "crash kernel", r.line);
        bool listed = false;
        for (const IomemRange& r : iomem_.ranges)
            if (r.depth != 0 && (r.name == "reserved" || r.name == "Reserved"))
                add(r.base, r.last, "reserved", r.line), listed = true;
        for (const LogRange& r : list.list())
            board_.reserved.push_back({std::string(r.name), r.base, r.size, false, false, position(r.line)});
        if (list.empty()) return;
        assumed_.push_back(listed ? "what is reserved is known up to the end of setup_arch(): per-CPU areas and hash tables, which "
                                    "the kernel takes later, are missing"
                                  : "of what is reserved, /proc/iomem shows the kernel's image alone");
    }

    Board& board_;
    const Iomem& iomem_;
    bool own_;
    std::vector<std::string> assumed_;
};

}  // namespace

Iomem parse_iomem(const Source& source) {
    Iomem iomem;
    iomem.file = source.name;
    std::string_view rest = source.text;
    bool hidden = true;
    for (u32 number = 1; !rest.empty(); ++number) {
        const std::size_t end = rest.find('\n');
        if (auto range = range_of(rest.substr(0, end), number)) {
            hidden = hidden && range->last == 0;
            if (iomem.ranges.size() == most_ranges) refuse(source.name, number, "this names more ranges than any machine has");
            iomem.ranges.push_back(std::move(*range));
        }
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    if (iomem.ranges.empty()) refuse(source.name, 0, "this is not /proc/iomem: no line is a range of addresses with a name");
    if (hidden)
        refuse(source.name, iomem.ranges.front().line, "the kernel hid the addresses: all of them are 0",
               "read it as root: sudo cat /proc/iomem");
    iomem.arch = arch_of(iomem.ranges);
    return iomem;
}

std::vector<std::string> add_iomem(Board& board, const Iomem& iomem, bool file_is_the_boards) {
    return Adder(board, iomem, file_is_the_boards).add();
}

LogBoard board_from_iomem(const Iomem& iomem, std::optional<Arch> arch) {
    LogBoard out;
    Board& b = out.board;
    b.file = iomem.file;
    b.name = "imported board";
    b.arch = arch.value_or(iomem.arch.value_or(Arch::arm64));
    if (!arch && !iomem.arch)
        out.assumed.push_back("no name in /proc/iomem tells the architecture; arm64 is taken (--kernel names another)");
    else if (!arch && is_x86(b.arch))
        out.assumed.push_back("the kernel is taken to be of 64 bits: /proc/iomem does not tell (--kernel names another)");
    const std::vector<std::string> more = add_iomem(b, iomem, true);
    const bool usable = std::any_of(b.e820.begin(), b.e820.end(), [](const E820Entry& e) { return e.type == E820Type::ram; }) ||
                        std::any_of(b.memory.begin(), b.memory.end(), [](const MemoryBank& m) { return !m.nomap; });
    if (!usable)
        refuse(iomem.file, 0, "this shows no memory: no range is called \"System RAM\"",
               "give the whole of /proc/iomem, read as root");
    out.assumed.insert(out.assumed.end(), more.begin(), more.end());
    out.assumed.push_back("the command line is not in /proc/iomem; it is taken to be empty");
    out.assumed.push_back("how many CPUs are possible is not in /proc/iomem");
    return out;
}

}  // namespace zonecalc
