// SPDX-License-Identifier: MIT
// The reach of DMA masters, as arm64 asks for it when it sets the end of ZONE_DMA (5.10.22, 5.11 and later).
//
// A bus with "dma-ranges" maps windows of its own addresses to its parent's. The kernel takes for each such bus the highest address
// of its windows, led up to the root through the "dma-ranges" above it, and of all buses the lowest one. Nodes that are not
// available are left out with all below them. A window that cannot be led to the root counts as one at the very end of the address
// space. How many cells an address has, and whether its first cell holds flags, depends on the kind of the bus: PCI, ISA, others.
//
// Read beside it: drivers/of/address.c, of_dma_get_max_cpu_address() and __of_translate_address().
#include "input/dtb_dma.h"

namespace zonecalc {

namespace {

constexpr u64 OF_BAD_ADDR = ~u64{0};
constexpr u64 OF_MAX_ADDR_CELLS = 4;
constexpr int longest_way = 128;  // to the root: "dma-mem" interconnects could lead in circles

struct Cells {
    u64 address = 1;
    u64 size = 1;
    bool usable() const { return address > 0 && address <= OF_MAX_ADDR_CELLS && size > 0 && size <= OF_MAX_ADDR_CELLS; }
};

struct Bus {
    Cells cells;
    u64 flag_cells = 0;
};

class Walker {
public:
    explicit Walker(const DtTree& tree) : tree_(tree) {}

    u64 max_cpu_address(const DtNode& node) const {
        u64 lowest = ~u64{0};
        if (const DtProperty* ranges = node.property("dma-ranges"); ranges && !ranges->value.empty())
            lowest = highest_of(node, ranges->value);
        for (const int c : node.children) {
            const DtNode& child = tree_.nodes[static_cast<std::size_t>(c)];
            if (child.available()) lowest = std::min(lowest, max_cpu_address(child));
        }
        return lowest;
    }

private:
    const DtNode* parent(const DtNode& node) const {
        return node.parent < 0 ? nullptr : &tree_.nodes[static_cast<std::size_t>(node.parent)];
    }

    // of_bus_n_addr_cells(): of the node itself, else of the nearest one above that says so.
    u64 inherited(const DtNode* node, std::string_view property) const {
        for (; node; node = parent(*node))
            if (const DtProperty* p = node->property(property); p && p->value.size() >= 4) return read_cells(p->value, 0, 1);
        return 1;
    }
    Cells cells_of(const DtNode& bus) const { return {inherited(&bus, "#address-cells"), inherited(&bus, "#size-cells")}; }

    // of_match_bus() of the bus, and count_cells() for what is on it.
    Bus bus_of(const DtNode& bus) const {
        const std::string_view type = bus.string("device_type");
        if (type == "pci" || type == "pciex" || type == "vci" || type == "ht" || bus.base_name() == "pcie") return {{3, 2}, 1};
        if (bus.base_name() == "isa") return {{2, 1}, 1};
        const Cells cells = cells_of(bus);
        return {cells, cells.address == 3 ? 1u : 0u};
    }

    // The windows of a bus: the highest address of them, as the parent of the bus and all above see it.
    u64 highest_of(const DtNode& node, std::string_view ranges) const {
        const Cells own = cells_of(node);
        const DtNode* above = parent(node);
        const Cells outer = cells_of(above ? *above : node);
        if (!own.usable() || !outer.usable()) return 0;  // no window is read
        const u64 words = own.address + outer.address + own.size;
        u64 end = 0;
        for (u64 at = 0; at + words <= ranges.size() / 4; at += words) {
            const u64 size = read_cells(ranges, at + own.address + outer.address, own.size);
            const u64 address = to_root(node, ranges.substr((at + own.address) * 4, outer.address * 4));
            if (address + size > end) end = address + size - 1;  // wraps as the kernel's sum does
        }
        return end;
    }

    // __of_get_dma_parent()
    const DtNode* dma_parent(const DtNode& node) const {
        const DtProperty* names = node.property("interconnect-names");
        const DtProperty* list = node.property("interconnects");
        if (names && list) {
            std::string_view rest = names->value;
            u64 at = 0;
            while (!rest.empty()) {
                const std::size_t end = rest.find('\0');
                const DtNode* provider = by_phandle(read_cells(list->value, at, 1));
                if (!provider || at >= list->value.size() / 4) break;
                if (rest.substr(0, end) == "dma-mem") return provider;
                const DtProperty* count = provider->property("#interconnect-cells");
                at += 1 + (count ? std::min<u64>(read_cells(count->value, 0, 1), list->value.size()) : 0);
                rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
            }
        }
        return parent(node);
    }

    const DtNode* by_phandle(u64 phandle) const {
        for (const DtNode& n : tree_.nodes)
            for (const std::string_view key : {"phandle", "linux,phandle"})
                if (const DtProperty* p = n.property(key); p && p->value.size() >= 4 && read_cells(p->value, 0, 1) == phandle)
                    return &n;
        return nullptr;
    }

    // of_translate_dma_address() of an address on the bus that `node` is on.
    u64 to_root(const DtNode& node, std::string_view address) const {
        const DtNode* bus_node = dma_parent(node);
        if (!bus_node) return OF_BAD_ADDR;
        Bus bus = bus_of(*bus_node);
        if (!bus.cells.usable()) return OF_BAD_ADDR;
        u64 value = number(address, bus);
        for (int step = 0; step < longest_way; ++step) {
            const DtNode* above = dma_parent(*bus_node);
            if (!above) return value;
            const Bus outer = bus_of(*above);
            if (!outer.cells.usable()) return OF_BAD_ADDR;
            if (const DtProperty* ranges = bus_node->property("dma-ranges"); ranges && !ranges->value.empty()) {
                const u64 words = bus.cells.address + outer.cells.address + bus.cells.size;
                u64 mapped = OF_BAD_ADDR;
                for (u64 at = 0; at + words <= ranges->value.size() / 4 && mapped == OF_BAD_ADDR; at += words) {
                    const u64 from = number(ranges->value.substr(at * 4, bus.cells.address * 4), bus);
                    const u64 size = read_cells(ranges->value, at + bus.cells.address + outer.cells.address, bus.cells.size);
                    const u64 to = number(ranges->value.substr((at + bus.cells.address) * 4, outer.cells.address * 4), outer);
                    if (value >= from && value - from < size) mapped = to + (value - from);
                }
                if (mapped == OF_BAD_ADDR) return OF_BAD_ADDR;
                value = mapped;
            }
            bus_node = above;
            bus = outer;
        }
        return OF_BAD_ADDR;
    }

    static u64 number(std::string_view address, const Bus& bus) {
        return read_cells(address, bus.flag_cells, bus.cells.address - bus.flag_cells);
    }

    const DtTree& tree_;
};

}  // namespace

std::optional<PhysAddr> of_dma_limit(const DtTree& tree) {
    const u64 highest = Walker(tree).max_cpu_address(tree.root());
    return highest == ~u64{0} ? std::nullopt : std::optional(highest + 1);
}

}  // namespace zonecalc
