// SPDX-License-Identifier: MIT
// What kernels take from a device tree before they have an allocator.
//
// Memory is in nodes with device_type "memory"; "linux,usable-memory" goes before "reg". /chosen has the command line, the initrd
// and, for crash kernels, the part of memory that they may use. /reserved-memory and the reservation block say what is not the
// kernel's. Sizes of the unflattened tree are counted here and added up by the model, since they depend on the kernel's structures.
//
// Releases differ in which memory nodes count (at any depth; those that are disabled), and in who reads usable ranges.
//
// Read beside it: drivers/of/fdt.c, of_reserved_mem.c, and of_alias_scan() in base.c.
#include "input/dtb_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "input/dtb_cpus.h"
#include "input/dtb_dma.h"
#include "input/dtb_numa.h"
#include "input/limits.h"

namespace zonecalc {

namespace {

// How many cells an address and a size have below the root.
struct RangeCells {
    u64 address = 1;
    u64 size = 1;
    u64 words() const { return address + size; }
};

class Reader {
public:
    Reader(const DtTree& tree, const Kernel& kernel) : tree_(tree), kernel_(kernel) {}

    DtbBoard read() {
        Board& b = out_.board;
        b.file = tree_.file;
        b.arch = kernel_.arch;
        const std::string_view model = tree_.root().string("model");
        b.name = model.empty() ? tree_.root().string("compatible") : model;
        if (b.name.empty()) b.name = "imported board";
        root_cells();
        memory();
        chosen();
        usable_ranges();
        separate_banks();
        reservations();
        reserved_memory();
        cpus();
        if (const std::string why = of_numa_init(tree_, out_.board); !why.empty()) assume(why + ": the kernel has one node");
        if (b.arch == Arch::arm64)
            if (const auto limit = of_dma_limit(tree_); limit && *limit < u64{1} << physical_address_bits(b.arch))
                b.dma_limit = limit;
        unflattened();
        return std::move(out_);
    }

private:
    const Behaviours& has() const { return kernel_.behaviours; }
    void assume(std::string what) { out_.assumed.push_back(std::move(what)); }
    std::string called(const DtNode& node) const { return in_quotes(tree_.path(node)); }

    void root_cells() {
        for (const auto& [key, cells] : {std::pair("#address-cells", &cells_.address), std::pair("#size-cells", &cells_.size)}) {
            const DtProperty* p = tree_.root().property(key);
            if (!p) continue;
            if (p->value.size() < 4) tree_.refuse(p->offset, fmt::format("'{}' of the root is shorter than a cell", key));
            *cells = read_cells(p->value, 0, 1);
            if (*cells > 4)
                tree_.refuse(p->offset, fmt::format("'{}' of the root is {}; addresses have 4 cells at most", key, *cells));
        }
    }

    // All whole entries of a list of ranges.
    std::vector<std::pair<u64, u64>> ranges(std::string_view cells) const {
        std::vector<std::pair<u64, u64>> list;
        const u64 words = cells_.words();
        for (u64 at = 0; words != 0 && at + words <= cells.size() / 4; at += words)
            list.emplace_back(read_cells(cells, at, cells_.address), read_cells(cells, at + cells_.address, cells_.size));
        return list;
    }

    // Cuts a range where the architecture's addresses end; false where nothing is left.
    bool addressable(const DtNode& node, u64 base, u64& size) {
        const u64 limit = u64{1} << physical_address_bits(kernel_.arch);
        if (base >= limit) {
            assume(fmt::format("{}: a range at {:#x} is left out; {} does not address it", called(node), base,
                               to_string(kernel_.arch)));
            return false;
        }
        if (size > limit - base) {
            assume(fmt::format("{}: the range at {:#x} is cut at {:#x}, where {}'s addresses end", called(node), base, limit,
                               to_string(kernel_.arch)));
            size = limit - base;
        }
        return size != 0;
    }

    // early_init_dt_scan_memory()
    bool is_memory(const DtNode& node) const {
        const bool top = node.parent == 0;
        if (!top && !has().dt_memory_at_any_depth) return false;
        if (!node.has("device_type")) return top && has().dt_memory_at_0 && node.name == "memory@0";
        return node.string("device_type") == "memory" && (node.available() || !has().dt_memory_disabled_ignored);
    }

    void memory() {
        for (const DtNode& node : tree_.nodes) {
            if (node.parent < 0 || !is_memory(node)) continue;
            const DtProperty* reg = node.property("linux,usable-memory");
            if (!reg) reg = node.property("reg");
            if (!reg) continue;
            const DtProperty* nid = node.property("numa-node-id");
            for (auto [base, size] : ranges(reg->value)) {
                if (size == 0 || !addressable(node, base, size)) continue;
                MemoryBank bank;
                bank.base = base;
                bank.size = size;
                bank.hotplug = node.has("hotpluggable");
                if (nid && nid->value.size() >= 4)
                    bank.node = static_cast<int>(std::min<u64>(read_cells(nid->value, 0, 1), 1u << 30));
                out_.board.memory.push_back(bank);
            }
        }
    }

    // memblock merges banks that overlap; a board has them apart.
    void separate_banks() {
        std::vector<MemoryBank>& banks = out_.board.memory;
        std::vector<MemoryBank> apart;
        bool cut = false;
        for (const MemoryBank& bank : banks) {
            std::vector<MemoryBank> pieces = {bank};
            for (const MemoryBank& other : apart) {
                std::vector<MemoryBank> left;
                for (const MemoryBank& p : pieces) {
                    const PhysAddr end = p.base + p.size, other_end = other.base + other.size;
                    if (end <= other.base || other_end <= p.base) {
                        left.push_back(p);
                        continue;
                    }
                    cut = true;
                    MemoryBank part = p;
                    part.size = p.base < other.base ? other.base - p.base : 0;
                    if (part.size != 0) left.push_back(part);
                    part.base = other_end;
                    part.size = end > other_end ? end - other_end : 0;
                    if (part.size != 0) left.push_back(part);
                }
                pieces = std::move(left);
            }
            apart.insert(apart.end(), pieces.begin(), pieces.end());
        }
        if (cut) assume("banks of memory overlap; what two of them have is the first one's");
        banks = std::move(apart);
    }

    const DtNode* chosen_node() const {
        const DtNode* node = tree_.child(tree_.root(), "chosen");
        return node ? node : tree_.child(tree_.root(), "chosen@0");
    }

    void chosen() {
        Board& b = out_.board;
        const DtNode* node = chosen_node();
        if (node) b.cmdline = node->string("bootargs");
        if (b.cmdline.empty()) assume("the device tree has no command line (/chosen/bootargs); it is taken to be empty");
        if (!node) return;
        const DtProperty* start = node->property("linux,initrd-start");
        const DtProperty* end = node->property("linux,initrd-end");
        if (start && end) {
            const u64 first = read_cells(start->value, 0, start->value.size() / 4);
            const u64 last = read_cells(end->value, 0, end->value.size() / 4);
            load(*node, "initrd", first, last > first ? last - first : 0);
        }
        if (const DtProperty* header = node->property("linux,elfcorehdr"))
            for (const auto& [base, size] : ranges(header->value)) {
                load(*node, "elfcorehdr", base, size);
                break;
            }
    }

    void load(const DtNode& node, std::string name, u64 base, u64 size) {
        if (size != 0 && addressable(node, base, size)) out_.board.loaded.push_back({std::move(name), base, size, {}});
    }

    // early_init_dt_check_for_usable_mem_range(): a crash kernel keeps to what the first kernel left it.
    void usable_ranges() {
        const DtNode* node = chosen_node();
        const DtProperty* p = node ? node->property("linux,usable-memory-range") : nullptr;
        const bool read = has().dt_usable_range || (has().arm64_usable_range && kernel_.arch == Arch::arm64);
        if (!p || !read) return;
        std::vector<std::pair<u64, u64>> usable = ranges(p->value);
        if (usable.empty()) return;
        usable.resize(std::min<std::size_t>(usable.size(), has().dt_usable_ranges ? 2 : 1));
        std::vector<MemoryBank> kept;
        for (const MemoryBank& bank : out_.board.memory)
            for (const auto& [base, size] : usable) {
                const PhysRange in =
                    intersection<PhysAddr>({bank.base, bank.base + bank.size}, {base, base + std::min(size, ~base)});
                if (in.empty()) continue;
                MemoryBank part = bank;
                part.base = in.begin;
                part.size = in.size();
                kept.push_back(part);
            }
        out_.board.memory = std::move(kept);
    }

    void reservations() {
        for (auto [base, size] : tree_.reservations)
            if (addressable(tree_.root(), base, size)) out_.board.memreserve.push_back({base, size, {}});
    }

    // __reserved_mem_check_root(), then each child: __reserved_mem_reserve_reg(), __reserved_mem_alloc_size().
    void reserved_memory() {
        const DtNode* parent = tree_.child(tree_.root(), "reserved-memory");
        if (!parent) return;
        const auto equal = [&](std::string_view key, u64 cells) {
            const DtProperty* p = parent->property(key);
            return p && p->value.size() >= 4 && read_cells(p->value, 0, 1) == cells;
        };
        if (!equal("#size-cells", cells_.size) || !equal("#address-cells", cells_.address) || !parent->has("ranges")) {
            assume("/reserved-memory is ignored: it needs \"ranges\" and the cells of the root, and so it is to the kernel");
            return;
        }
        for (const int c : parent->children) reserved_child(tree_.nodes[static_cast<std::size_t>(c)]);
    }

    void reserved_child(const DtNode& node) {
        if (!node.available()) return;
        ReservedMemory r;
        r.name = node.name;
        r.nomap = node.has("no-map");
        r.reusable = node.has("reusable");
        r.pool = node.lists("compatible", "shared-dma-pool");
        r.cma_default = node.has("linux,cma-default");
        std::vector<ReservedMemory>& list = out_.board.reserved_memory;
        if (const DtProperty* reg = node.property("reg")) {
            if (reg->value.size() % (std::max<u64>(cells_.words(), 1) * 4) != 0)
                return assume(fmt::format("{} is ignored: its \"reg\" is no list of ranges", called(node)));
            for (auto [base, size] : ranges(reg->value)) {
                if (size == 0 || !addressable(node, base, size)) continue;
                r.base = base;
                r.size = size;
                list.push_back(r);
            }
            return;
        }
        const DtProperty* size = node.property("size");
        if (!size) return;
        const DtProperty* align = node.property("alignment");
        const DtProperty* within = node.property("alloc-ranges");
        if (size->value.size() != cells_.size * 4 || (align && align->value.size() != cells_.address * 4) ||
            (within && within->value.size() % (std::max<u64>(cells_.words(), 1) * 4) != 0))
            return assume(fmt::format("{} is ignored: \"size\", \"alignment\" or \"alloc-ranges\" has not the cells of the root",
                                      called(node)));
        r.size = read_cells(size->value, 0, cells_.size);
        r.alignment = align ? read_cells(align->value, 0, cells_.address) : 0;
        if (r.size == 0) return;
        if ((r.alignment & (r.alignment - 1)) != 0)
            return assume(fmt::format("{} is left out: its alignment is no power of two", called(node)));
        if (within)
            for (auto [base, bytes] : ranges(within->value))
                if (bytes != 0 && addressable(node, base, bytes)) r.alloc_ranges.push_back({base, base + bytes});
        if (within && r.alloc_ranges.empty()) return assume(fmt::format("{} has no place that it may be put in", called(node)));
        list.push_back(std::move(r));
    }

    void cpus() {
        const std::size_t count = cpu_nodes(tree_, kernel_.arch).size();
        if (count != 0)
            out_.board.cpus = static_cast<unsigned>(count);
        else
            assume("the device tree names no CPUs; there is taken to be one");
    }

    // The size pass of unflatten_dt_nodes(), and what of_alias_scan() will find.
    void unflattened() {
        DeviceTree t;
        t.size = tree_.total_size;
        const u64 align = is_32bit(kernel_.arch) ? 4 : 8;
        u64 slack = 0;  // between the last string and the next structure, if there is one
        const auto string = [&](u64& bytes, u64 length) {
            bytes += round_up(length + 1, align);
            slack = round_up(length + 1, align) - (length + 1);
        };
        std::vector<u64> path_length(tree_.nodes.size());  // "/soc/serial": 11; of the root 0, stored as "/"
        const DtNode* with_seed = chosen_node();
        for (std::size_t i = 0; i < tree_.nodes.size(); ++i) {
            const DtNode& node = tree_.nodes[i];
            ++t.nodes;
            if (node.parent >= 0) path_length[i] = path_length[static_cast<std::size_t>(node.parent)] + 1 + node.name.size();
            string(t.name_bytes, node.name.size());
            string(t.path_bytes, std::max<u64>(path_length[i], 1));
            for (const DtProperty& p : node.properties) {
                if (&node == with_seed && p.name == "rng-seed" && !p.value.empty() && has().dt_rng_seed_cleared) continue;
                ++t.properties;
                slack = 0;
            }
            if (node.has("name")) continue;
            ++t.properties;
            const u64 length = node.base_name().size();
            string(t.name_bytes, length);
            t.path_bytes += round_up(length + 1, align);
        }
        t.name_bytes -= slack;
        t.path_bytes -= slack;
        if (const DtNode* aliases = tree_.child(tree_.root(), "aliases"))
            for (const DtProperty& p : aliases->properties)
                if (is_numbered(p.name) && tree_.find(p.value.substr(0, p.value.find('\0')))) t.aliases.emplace_back(p.name);
        out_.board.device_tree = std::move(t);
    }

    static bool is_numbered(std::string_view alias) {
        const std::size_t digits = alias.size() - (alias.find_last_not_of("0123456789") + 1);
        int number = 0;
        const char* end = alias.data() + alias.size();
        return digits != 0 && std::from_chars(end - digits, end, number).ec == std::errc{};
    }

    const DtTree& tree_;
    const Kernel& kernel_;
    RangeCells cells_;
    DtbBoard out_;
};

}  // namespace

DtbBoard board_from_dtb(const DtTree& tree, const Kernel& kernel) {
    return Reader(tree, kernel).read();
}

void add_device_tree(Board& board, const Board& dtb) {
    board.device_tree = dtb.device_tree;
    board.memreserve = dtb.memreserve;
    board.reserved_memory = dtb.reserved_memory;
    if (!board.dma_limit) board.dma_limit = dtb.dma_limit;
    if (!board.cpus) board.cpus = dtb.cpus;
    for (const LoadedRange& r : dtb.loaded) {
        const bool known =
            std::any_of(board.loaded.begin(), board.loaded.end(), [&](const LoadedRange& l) { return l.name == r.name; });
        if (!known) board.loaded.push_back(r);
        if (r.name == "initrd") board.initrd.reset();
    }
    // EFI's map, where there is one, is what the kernel took. Its marks are not those of the tree's own areas.
    const auto by_tree = [&](const MemoryBank& m) {
        return std::ranges::any_of(dtb.reserved_memory, [&](const ReservedMemory& r) {
            return r.nomap && (r.base ? *r.base < m.base + m.size && m.base < *r.base + r.size : r.size <= m.size);
        });
    };
    const bool efi = !board.srat.empty() ||
                     std::ranges::any_of(board.memory, [&](const MemoryBank& m) { return m.mirror || (m.nomap && !by_tree(m)); });
    if (efi || dtb.memory.empty()) return;
    board.memory = dtb.memory;
    if (dtb.nodes.empty()) return;
    board.nodes = dtb.nodes;
}

}  // namespace zonecalc
