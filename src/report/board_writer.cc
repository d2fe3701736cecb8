// SPDX-License-Identifier: MIT
// Numbers are written the way their sources print them: addresses in hex, firmware's maps with inclusive ends, sizes of banks with
// a suffix where that is exact. Numbers beyond TOML's 63 bits go into strings.
#include "report/board_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "input/figure_text.h"

namespace zonecalc {

namespace {

constexpr std::size_t width = 110;  // of the comment block

std::string to_toml(E820Type type) {
    const std::string_view word = to_string(type);
    return word.empty() ? fmt::format("type {}", static_cast<u32>(type)) : std::string(word);
}

std::string_view to_toml(MtrrType type) {
    switch (type) {
        case MtrrType::uncachable:
            return "uncachable";
        case MtrrType::write_combining:
            return "write-combining";
        case MtrrType::write_through:
            return "write-through";
        case MtrrType::write_protected:
            return "write-protect";
        case MtrrType::write_back:
            return "write-back";
    }
    return "uncachable";
}

std::string address(u64 value) {
    return value >> 63 ? fmt::format("\"0x{:x}\"", value) : fmt::format("0x{:x}", value);
}

std::string size(u64 value) {
    constexpr std::string_view units[] = {"", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    u64 count = value;
    while (unit < 4 && count != 0 && count % 1024 == 0) count /= 1024, ++unit;
    if (unit >= 2 || (unit == 1 && count < 1024)) return fmt::format("\"{}{}\"", count, units[unit]);
    return address(value);
}

class Writer {
public:
    Writer(const Board& board, const BoardComments& comments) : b_(board), c_(comments) {}

    std::string write() {
        head();
        board();
        if (b_.image) {
            put("\n[image]\n");
            const KernelImage& i = *b_.image;
            for (const auto& [name, bytes] : {std::pair("code", i.code), std::pair("rwdata", i.rwdata),
                                              std::pair("rodata", i.rodata), std::pair("init", i.init), std::pair("bss", i.bss),
                                              std::pair("smp_locks", i.smp_locks), std::pair("freed", i.freed)})
                if (bytes) put("{} = \"{}KiB\"\n", name, bytes / 1024);
        }
        if (b_.efi) efi(*b_.efi);
        if (b_.device_tree) device_tree(*b_.device_tree);
        for (const MemoryBank& m : b_.memory) {
            table("memory", m.position);
            put("base = {}\nsize = {}\n", address(m.base), size(m.size));
            if (m.node) put("node = {}\n", *m.node);
            put_flags({{m.hotplug, "hotplug"}, {m.mirror, "mirror"}, {m.nomap, "nomap"}});
        }
        for (const E820Entry& e : b_.e820) {
            table("e820", e.position);
            extent(e.base, e.size);
            put("type = \"{}\"\n", to_toml(e.type));
        }
        for (const SratRange& s : b_.srat) {
            table("srat", s.position);
            extent(s.base, s.size);
            put("node = {}\n", s.node);
            if (s.hotplug) put("flags = [\"hotplug\"]\n");
        }
        for (const MirrorRange& m : b_.mirror) {
            table("mirror", m.position);
            extent(m.base, m.size);
        }
        for (const MtrrRange& m : b_.mtrr) {
            table("mtrr", m.position);
            put("base = {}\nsize = {}\ntype = \"{}\"\n", address(m.base), size(m.size), to_toml(m.type));
        }
        for (const BoardNode& n : b_.nodes) {
            table("node", n.position);
            put("id = {}\n", n.id);
            if (!n.distance.empty()) put("distance = [{}]\n", fmt::join(n.distance, ", "));
            if (!n.cpus.empty()) put("cpus = [{}]\n", fmt::join(n.cpus, ", "));
        }
        for (const ReservedRange& r : b_.reserved) {
            table("reserved", r.position);
            if (!r.name.empty()) put("name = {}\n", toml_string(r.name));
            extent(r.base, r.size);
            put_flags({{r.nomap, "nomap"}, {r.early, "early"}, {r.allocated, "allocated"}, {r.cma, "cma"}});
        }
        for (const LoadedRange& r : b_.loaded) {
            table("loaded", r.position);
            put("name = {}\n", toml_string(r.name));
            extent(r.base, r.size);
        }
        for (const MemoryReservation& r : b_.memreserve) {
            table("memreserve", r.position);
            extent(r.base, r.size);
        }
        for (const ReservedMemory& r : b_.reserved_memory) reserved_memory(r);
        for (const IoTable& t : b_.io_tables) {
            table("io_table", t.position);
            std::vector<std::string> maps;
            for (const IoMapping& m : t.maps)
                maps.push_back(fmt::format("{{virtual = {}, base = {}, size = {}}}", address(m.virtual_address), address(m.base),
                                           size(m.size)));
            put("maps = [{}]\n", fmt::join(maps, ", "));
        }
        for (const AcpiTable& t : b_.acpi_tables) {
            table("acpi_table", t.position);
            if (!t.signature.empty()) put("signature = {}\n", toml_string(t.signature));
            put("base = {}\nsize = {}\n", address(t.base), address(t.size));
        }
        for (const EfiDescriptor& d : b_.efi_memory) {
            table("efi_memory", d.position);
            put("type = \"{}\"\n", efi_memory_type_names[static_cast<std::size_t>(d.type)]);
            extent(d.base, d.size);
        }
        for (const Expectation& e : b_.expect) expectation(e);
        for (const MatrixEntry& m : b_.matrix) matrix(m);
        return std::move(out_);
    }

private:
    template <typename... T>
    void put(fmt::format_string<T...> format, T&&... values) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<T>(values)...);
    }

    void put_flags(std::initializer_list<std::pair<bool, std::string_view>> flags) {
        std::string words;
        for (const auto& [set, name] : flags)
            if (set) words += fmt::format("{}\"{}\"", words.empty() ? "" : ", ", name);
        if (!words.empty()) put("flags = [{}]\n", words);
    }

    void extent(PhysAddr base, u64 bytes) {
        put("base = {}\n", address(base));
        if (bytes == 0)
            put("size = 0\n");
        else
            put("end = {}\n", address(bytes - 1 > ~u64{0} - base ? ~u64{0} : base + (bytes - 1)));
    }

    void table(std::string_view name, SourcePosition position) {
        put("\n[[{}]]", name);
        if (!c_.origin.empty() && position.line != 0) put("  # line {}", position.line);
        put("\n");
    }

    // Wrapped, each line behind a '#'.
    void comment(std::string_view first, std::string_view text) {
        std::string line(first);
        while (!text.empty()) {
            const std::size_t blank = std::min(text.find(' '), text.size());
            const std::string_view word = text.substr(0, blank);
            if (line.size() + word.size() + 1 > width && line.size() > first.size()) {
                put("{}\n", line);
                line = "#" + std::string(first.size() - 1, ' ');
            }
            if (line.back() != ' ') line += ' ';
            line += toml_comment(word);
            text.remove_prefix(std::min(blank + 1, text.size()));
        }
        put("{}\n", line);
    }

    void head() {
        if (!c_.head.empty())
            comment("# ", c_.head);
        else if (!c_.origin.empty())
            comment("# ", "Made from " + c_.origin + "; \"line N\" is the line there that says so.");
        if (!c_.assumed.empty()) put("# Assumed, because {} does not say it:\n", c_.head.empty() ? "the log" : "it");
        for (const std::string& a : c_.assumed) comment("# - ", a);
        put("schema = 1\n\n[board]\n");
    }

    void key(std::string_view name, std::string_view value) {
        const auto line = c_.lines.find(name);
        put("{} = {}", name, value);
        if (!c_.origin.empty() && line != c_.lines.end()) put("  # line {}", line->second);
        put("\n");
    }

    void board() {
        if (!b_.name.empty()) key("name", toml_string(b_.name));
        key("arch", fmt::format("\"{}\"", to_string(b_.arch)));
        if (b_.cpus) key("cpus", fmt::to_string(*b_.cpus));
        if (b_.present_cpus) key("present_cpus", fmt::to_string(*b_.present_cpus));
        if (b_.cache_line_size) key("cache_line_size", fmt::to_string(*b_.cache_line_size));
        if (!b_.kernel.empty()) key("kernel", toml_string(b_.kernel));
        if (!b_.cmdline.empty()) key("cmdline", toml_string(b_.cmdline));
        if (b_.dma_limit) key("dma_limit", address(*b_.dma_limit));
        if (b_.dma_zone_size) key("dma_zone_size", size(*b_.dma_zone_size));
        if (b_.phys_offset) key("phys_offset", address(*b_.phys_offset));
        if (b_.mtrr_default) key("mtrr_default", fmt::format("\"{}\"", to_toml(*b_.mtrr_default)));
        if (b_.kernel_base) key("kernel_base", address(*b_.kernel_base));
        if (b_.bios_start) key("bios_start", address(*b_.bios_start));
        if (b_.dmi_bytes) key("dmi_bytes", fmt::to_string(*b_.dmi_bytes));
        if (b_.ioapics) key("ioapics", fmt::to_string(*b_.ioapics));
        for (const auto& [name, value] : {std::pair("hpet", b_.hpet), std::pair("pse", b_.pse), std::pair("gb_pages", b_.gb_pages),
                                          std::pair("la57", b_.la57), std::pair("slit", b_.slit)})
            if (value) key(name, *value ? "true" : "false");
        for (const auto& [name, value] : {std::pair("initrd", b_.initrd), std::pair("acpi", b_.acpi)})
            if (value) key(name, *value ? "true" : "false");
        if (b_.page_table_levels) key("mmu", fmt::format("\"sv{}\"", 9 * *b_.page_table_levels + 12));
        if (!b_.possible_nodes.empty()) key("possible_nodes", fmt::format("[{}]", fmt::join(b_.possible_nodes, ", ")));
    }

    void efi(const EfiTables& efi) {
        put("\n[efi]");
        if (!c_.origin.empty() && efi.position.line != 0) put("  # line {}", efi.position.line);
        put("\n");
        if (efi.memmap) put("memmap = {{base = {}, size = {}}}\n", address(efi.memmap->begin), efi.memmap->size());
        if (efi.memattr && efi.memattr_size)
            put("memattr = {{base = {}, size = {}}}\n", address(*efi.memattr), *efi.memattr_size);
        else if (efi.memattr)
            put("memattr = {{base = {}}}\n", address(*efi.memattr));
    }

    void device_tree(const DeviceTree& t) {
        put("\n[device_tree]\n");
        if (t.base) put("base = {}\n", address(*t.base));
        if (t.size) put("size = {}\n", size(t.size));
        for (const auto& [name, count] :
             {std::pair("unflattened", t.unflattened), std::pair("nodes", t.nodes), std::pair("properties", t.properties),
              std::pair("name_bytes", t.name_bytes), std::pair("path_bytes", t.path_bytes)})
            if (count) put("{} = {}\n", name, count);
        std::vector<std::string> quoted;
        for (const std::string& a : t.aliases) quoted.push_back(toml_string(a));
        if (!quoted.empty()) put("aliases = [{}]\n", fmt::join(quoted, ", "));
    }

    void reserved_memory(const ReservedMemory& r) {
        table("reserved_memory", r.position);
        if (!r.name.empty()) put("name = {}\n", toml_string(r.name));
        if (r.base) put("base = {}\n", address(*r.base));
        put("size = {}\n", size(r.size));
        if (r.alignment) put("alignment = {}\n", size(r.alignment));
        std::vector<std::string> ranges;
        for (const PhysRange& a : r.alloc_ranges)
            ranges.push_back(fmt::format("{{base = {}, size = {}}}", address(a.begin), size(a.size())));
        if (!ranges.empty()) put("alloc_ranges = [{}]\n", fmt::join(ranges, ", "));
        put_flags({{r.nomap, "nomap"}, {r.reusable, "reusable"}, {r.pool, "pool"}, {r.cma_default, "cma-default"}});
    }

    void expectation(const Expectation& e) {
        table("expect", e.position);
        if (e.zone) put("zone = \"{}\"\n", to_string(*e.zone));
        if (e.node) put("node = {}\n", *e.node);
        if (!e.conditions.empty() && e.conditions.front().op != Op::eq) put("op = \"{}\"\n", to_string(e.conditions.front().op));
        for (const Condition& c : e.conditions) {
            const std::string value = c.wanted.kind == Wanted::Kind::number ? address(c.wanted.number) : toml_string(c.wanted.text);
            const bool of_zone = c.figure == zone_figure(c.figure.name == "json" ? "present" : c.figure.name, e.zone, e.node);
            if (c.figure.name == "blocks" && c.figure.zone == e.zone)
                put("order = {}\nblocks = {}\n", c.figure.order, value);
            else if (of_zone)
                put("{} = {}\n", c.figure.name, value);
            else
                put("figure = {}\nvalue = {}\n", toml_string(c.figure.text), value);
        }
        if (!e.alloc.empty()) put("alloc = {}\n", toml_string(e.alloc));
        if (!e.reserved.empty()) put("reserved = {}\n", toml_string(e.reserved));
        strings("run", e.runs);
    }

    void matrix(const MatrixEntry& m) {
        table("matrix", m.position);
        if (!m.name.empty()) put("name = {}\n", toml_string(m.name));
        strings("kernel", m.kernels);
        strings("cmdline", m.cmdlines);
        strings("append", m.appends);
    }

    void strings(std::string_view key, const std::vector<std::string>& list) {
        if (list.empty()) return;
        std::string items;
        for (const std::string& s : list) items += (items.empty() ? "" : ", ") + toml_string(s);
        put("{} = [{}]\n", key, items);
    }

    const Board& b_;
    const BoardComments& c_;
    std::string out_;
};

// The length of the UTF-8 sequence that `s` begins with; 0 where it is none.
std::size_t utf8_length(std::string_view s) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const std::size_t n = byte(0) < 0x80                      ? 1
                          : byte(0) >= 0xc2 && byte(0) < 0xe0 ? 2
                          : byte(0) >= 0xe0 && byte(0) < 0xf0 ? 3
                          : byte(0) >= 0xf0 && byte(0) < 0xf5 ? 4
                                                              : 0;
    if (n == 0 || n > s.size()) return 0;
    for (std::size_t i = 1; i < n; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    if (n == 3 && ((byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) >= 0xa0))) return 0;
    if (n == 4 && ((byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) >= 0x90))) return 0;
    return n;
}

}  // namespace

std::string toml_comment(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t n = utf8_length(text);
        const auto c = static_cast<unsigned char>(text.front());
        out += n == 0 || c < 0x20 || c == 0x7f ? "?" : text.substr(0, n);
        text.remove_prefix(std::max<std::size_t>(n, 1));
    }
    return out;
}

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t n = utf8_length(text);
        const char c = text.front();
        if (n == 0)
            out += "\xef\xbf\xbd";  // U+FFFD, as it reads back
        else if (c == '"' || c == '\\')
            out += std::string("\\") + c;
        else if (n == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f))
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        else
            out += text.substr(0, n);
        text.remove_prefix(std::max<std::size_t>(n, 1));
    }
    return out + "\"";
}

std::string board_toml(const Board& board, const BoardComments& comments) {
    return Writer(board, comments).write();
}

}  // namespace zonecalc
