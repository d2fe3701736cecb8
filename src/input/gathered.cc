// SPDX-License-Identifier: MIT
// A ring buffer loses the start of the log, which has the memory map. Where that happened, the lines are written anew from what the
// running system says of the same things, in the words of the log, and go before it: one reader then serves both.
#include "input/gathered.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "input/dmesg.h"
#include "input/gunzip.h"
#include "input/iomem.h"
#include "input/limits.h"

namespace zonecalc {

namespace {

constexpr std::string_view magic = "zonecalc-gather ";
constexpr u64 largest_section = u64{256} << 20;  // unpacked

struct Section {
    std::string text;
    SourcePosition position;
};
using Sections = std::map<std::string, Section, std::less<>>;

[[noreturn]] void refuse(const Source& source, u32 line, const std::string& message) {
    Diagnostics diagnostics(source);
    diagnostics.error({line, 1}, message);
    throw InputError(diagnostics.take());
}

std::string from_base64(const Source& source, u32 line, std::string_view text) {
    std::string out;
    unsigned bits = 0, value = 0;
    for (const char c : text) {
        if (c == '\n' || c == '\r' || c == ' ') continue;
        if (c == '=') break;
        const int digit = c >= 'A' && c <= 'Z'   ? c - 'A'
                          : c >= 'a' && c <= 'z' ? c - 'a' + 26
                          : c >= '0' && c <= '9' ? c - '0' + 52
                          : c == '+'             ? 62
                          : c == '/'             ? 63
                                                 : -1;
        if (digit < 0) refuse(source, line, "this section is no base64");
        value = (value << 6 | static_cast<unsigned>(digit)) & 0xffffff;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>(value >> bits);
    }
    return out;
}

std::string from_hex(const Source& source, u32 line, std::string_view text) {
    std::string out;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t begin = rest.find_first_not_of(" \n\r\t");
        if (begin == rest.npos) break;
        rest.remove_prefix(begin);
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(2, rest.size()), byte, 16);
        if (error != std::errc{} || end != rest.data() + 2) refuse(source, line, "this section is no hexadecimal dump");
        out += static_cast<char>(byte);
        rest.remove_prefix(2);
    }
    return out;
}

Sections sections_of(const Source& source) {
    Sections out;
    std::string_view rest = source.text;
    u32 number = 0;
    std::string name, kind;
    Section current;
    const auto finish = [&] {
        if (name.empty()) return;
        if (kind == "base64" || kind == "gzip-base64") current.text = from_base64(source, current.position.line, current.text);
        if (kind == "hex") current.text = from_hex(source, current.position.line, current.text);
        if (kind == "gzip-base64") {
            std::optional<std::string> plain = gunzip(current.text, largest_section);
            if (!plain) refuse(source, current.position.line, "this section is damaged, or larger than it can be");
            current.text = std::move(*plain);
        }
        out.emplace(std::move(name), std::move(current));
    };
    bool ended = false;
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (number == 1) {
            if (line != "zonecalc-gather 1") refuse(source, 1, "this zonecalc reads version 1 of what its script gathers");
            continue;
        }
        if (!line.starts_with("@ ")) {
            if (line.starts_with(' ') && kind == "text") line.remove_prefix(1);
            current.text.append(line).append(1, '\n');
            continue;
        }
        finish();
        Scan scan(line.substr(2));
        kind = scan.word();
        name = scan.blanks().word();
        current = {{}, {number, 1}};
        ended = kind == "end";
        if (ended) break;
        if (kind != "text" && kind != "base64" && kind != "gzip-base64" && kind != "hex")
            refuse(source, number, "a section of a kind that is not known");
    }
    if (!ended) refuse(source, number, "the file is cut off: it does not end with \"@ end\"");
    return out;
}

std::string trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \n"), end = text.find_last_not_of(" \n");
    return begin == text.npos ? std::string{} : std::string(text.substr(begin, end - begin + 1));
}

template <typename F>
void each_line(std::string_view text, F&& f) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        f(line);
    }
}

// "0-3,8": the numbers, at most `limit` of them.
std::vector<u32> list_of(std::string_view text, u32 limit) {
    std::vector<u32> out;
    Scan scan(text);
    while (const auto first = scan.decimal()) {
        u64 last = *first;
        if (scan.skip("-")) last = scan.decimal().value_or(last);
        for (u64 n = *first; n <= last && n < limit && out.size() < limit; ++n) out.push_back(static_cast<u32>(n));
        if (!scan.skip(",")) break;
    }
    return out;
}

// "[mem 0x…-0x…]", both ends inclusive.
std::string span_text(u64 begin, u64 end) {
    return fmt::format("[mem {:#018x}-{:#018x}]", begin, end);
}

class Reader {
public:
    explicit Reader(const Source& source) : source_(source), sections_(sections_of(source)) {}

    Gathered read() {
        log();
        kernel();
        if (const Section* fdt = section("fdt")) out_.dtb = Source{source_.name + " (fdt)", fdt->text};
        cpus_and_nodes();
        return std::move(out_);
    }

private:
    const Section* section(std::string_view name) const {
        const auto found = sections_.find(name);
        return found == sections_.end() ? nullptr : &found->second;
    }
    std::string text(std::string_view name) const {
        const Section* s = section(name);
        return s ? s->text : std::string{};
    }

    void log() {
        const std::string dmesg = text("dmesg");
        std::string before;
        if (dmesg.find("Linux version ") == dmesg.npos && section("version")) {
            before += trimmed(text("version")) + '\n';
            if (section("cmdline")) before += "Kernel command line: " + trimmed(text("cmdline")) + '\n';
            put_back("kernel's version and command line", "/proc/version and /proc/cmdline");
        }
        const bool map_shown = dmesg.find("-e820: [mem") != dmesg.npos || dmesg.find("Early memory node ranges") != dmesg.npos;
        if (!map_shown) before += memory_map();
        out_.log = {source_.name, before + dmesg};
    }

    void put_back(std::string_view what, std::string_view from) {
        out_.put_back.push_back(fmt::format("the start of the log is lost; the {} come from {}", what, from));
    }

    // /sys/firmware/memmap is e820 as firmware gave it; elsewhere /proc/iomem has the memory that the kernel maps.
    std::string memory_map() {
        std::string lines;
        each_line(text("memmap"), [&](std::string_view line) {
            Scan scan(line);
            scan.word();
            const auto begin = scan.blanks().hex(), end = scan.blanks().hex();
            if (begin && end) lines += fmt::format("BIOS-e820: {} {}\n", span_text(*begin, *end), e820_word(trimmed(scan.rest)));
        });
        if (!lines.empty()) {
            put_back("lines of the memory map", "/sys/firmware/memmap");
            return lines;
        }
        each_line(text("iomem"), [&](std::string_view line) {
            Scan scan(line);
            const auto begin = scan.hex();
            if (!scan.skip("-")) return;
            const auto end = scan.hex();
            if (begin && end && *end > *begin && trimmed(scan.rest) == ": System RAM")
                lines += fmt::format("  node   0: {}\n", span_text(*begin, *end));
        });
        if (lines.empty()) return {};
        put_back("ranges of memory", "/proc/iomem, without nodes and marks");
        return "Early memory node ranges\n" + lines;
    }

    // firmware_map_entry::type in the words of the log.
    static std::string_view e820_word(const std::string& type) {
        return to_string(type_of_resource(type).value_or(E820Type::reserved));
    }

    void kernel() {
        for (const std::string_view name : {"config", "symbols", "btf"})
            if (const Section* s = section(name))
                add_kernel_source(out_.kernel, Source{fmt::format("{} ({})", source_.name, name), s->text});
        out_.kernel.release = trimmed(text("release"));
    }

    void cpus_and_nodes() {
        each_line(text("cpus"), [&](std::string_view line) {
            Scan scan(line);
            if (scan.word() != "possible") return;
            const std::vector<u32> list = list_of(scan.blanks().rest, most_cpus);
            if (!list.empty()) out_.cpus = static_cast<unsigned>(list.size());
        });
        std::vector<int> ids;
        std::vector<std::vector<u32>> distances;
        each_line(text("nodes"), [&](std::string_view line) {
            Scan scan(line);
            const auto id = scan.decimal();
            if (!id || *id > highest_node || !scan.blanks().skip("cpus=")) return;
            BoardNode node;
            node.id = static_cast<int>(*id);
            node.cpus = list_of(scan.word(), most_cpus);
            std::vector<u32> row;
            if (scan.blanks().skip("distance="))
                while (const auto d = scan.blanks().decimal()) row.push_back(static_cast<u32>(std::min<u64>(*d, 255)));
            ids.push_back(node.id);
            distances.push_back(std::move(row));
            out_.nodes.push_back(std::move(node));
        });
        if (out_.nodes.size() < 2) return out_.nodes.clear();
        // A row has one column for each node that is there.
        const std::size_t columns = static_cast<std::size_t>(*std::max_element(ids.begin(), ids.end())) + 1;
        bool plain = true;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (distances[i].size() != ids.size()) return;
            for (std::size_t k = 0; k < ids.size(); ++k) plain = plain && distances[i][k] == (i == k ? 10u : 20u);
        }
        if (plain) return;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            out_.nodes[i].distance.assign(columns, 20);
            for (std::size_t k = 0; k < ids.size(); ++k) out_.nodes[i].distance[static_cast<std::size_t>(ids[k])] = distances[i][k];
        }
    }

    const Source& source_;
    Sections sections_;
    Gathered out_;
};

}  // namespace

bool is_gathered(std::string_view text) {
    return text.starts_with(magic);
}

Gathered parse_gathered(const Source& source) {
    return Reader(source).read();
}

void add_gathered(Board& board, const Gathered& gathered) {
    if (!board.cpus) board.cpus = gathered.cpus;
    if (!board.nodes.empty() || gathered.nodes.empty()) return;
    board.nodes = gathered.nodes;
    for (BoardNode& n : board.nodes)
        if (board.cpus) std::erase_if(n.cpus, [&](u32 cpu) { return cpu >= *board.cpus; });
}

}  // namespace zonecalc
