// SPDX-License-Identifier: MIT
// Several lists of ranges lie over each other: memory, what is reserved in it, pages as the page allocator knows them, areas for
// contiguous allocations, and what the firmware calls its own. Each is in order of addresses, so that one walk over all their ends
// sees everything once.
#include "map/stretches.h"

#include <algorithm>

namespace zonecalc {

namespace {

struct Piece {
    PhysRange range;
    std::size_t index = 0;  // in the list that it is of
};

// One of the lists. Asked for ascending addresses.
class Layer {
public:
    void add(PhysRange range, std::size_t index) {
        if (!range.empty()) pieces_.push_back({range, index});
    }
    // What begins earlier hides what follows.
    void finish() {
        std::stable_sort(pieces_.begin(), pieces_.end(),
                         [](const Piece& a, const Piece& b) { return a.range.begin < b.range.begin; });
        std::vector<Piece> disjoint;
        for (Piece p : pieces_) {
            if (!disjoint.empty()) p.range.begin = std::max(p.range.begin, disjoint.back().range.end);
            if (!p.range.empty()) disjoint.push_back(p);
        }
        pieces_ = std::move(disjoint);
    }
    void add_ends(std::vector<PhysAddr>& ends) const {
        for (const Piece& p : pieces_) {
            ends.push_back(p.range.begin);
            ends.push_back(p.range.end);
        }
    }
    const Piece* at(PhysAddr address) {
        while (next_ < pieces_.size() && pieces_[next_].range.end <= address) ++next_;
        return next_ < pieces_.size() && pieces_[next_].range.begin <= address ? &pieces_[next_] : nullptr;
    }

private:
    std::vector<Piece> pieces_;
    std::size_t next_ = 0;
};

PhysRange bytes_from(PhysAddr base, u64 size) {
    return {base, base + std::min(size, ~u64{0} - base)};
}

PhysAddr address_of(Pfn pfn, unsigned page_shift) {
    return pfn > (~u64{0} >> page_shift) ? ~u64{0} : pfn << page_shift;
}

class Machine {
public:
    explicit Machine(const Outcome& outcome) : board_(outcome.board), layout_(outcome.layout), page_(outcome.kernel.page_size()) {
        for (std::size_t i = 0; i < layout_.memory.size(); ++i)
            memory_.add(bytes_from(layout_.memory[i].base, layout_.memory[i].size), i);
        for (std::size_t i = 0; i < layout_.reserved.size(); ++i)
            reserved_.add(bytes_from(layout_.reserved[i].base, layout_.reserved[i].size), i);
        for (std::size_t i = 0; i < layout_.cma_areas.size(); ++i)
            cma_.add(bytes_from(layout_.cma_areas[i].base, layout_.cma_areas[i].size), i);
        const unsigned shift = outcome.kernel.page_shift;
        for (std::size_t i = 0; i < layout_.page_map.size(); ++i) {
            const PfnRange& r = layout_.page_map[i].range;
            pages_.add({address_of(r.begin, shift), address_of(r.end, shift)}, i);
        }
        name_firmware_areas();
    }

    std::vector<Stretch> walk() {
        std::vector<PhysAddr> ends;
        for (Layer* layer : {&memory_, &reserved_, &cma_, &pages_, &firmware_}) {
            layer->finish();
            layer->add_ends(ends);
        }
        std::sort(ends.begin(), ends.end());
        ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
        std::vector<Stretch> out;
        for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
            const Stretch s = at({ends[i], ends[i + 1]});
            if (!out.empty() && out.back().looks_like(s) && out.back().area == s.area)
                out.back().range.end = s.range.end;
            else
                out.push_back(s);
        }
        return out;
    }

private:
    // What has no memory, or none that the kernel maps, may have a name all the same.
    void name_firmware_areas() {
        const auto add = [&](PhysAddr base, u64 size, std::string_view name) {
            if (name.empty()) return;
            firmware_.add(bytes_from(base, size), names_.size());
            names_.push_back(name);
        };
        for (const ReservedRange& r : board_.reserved)
            if (r.nomap) add(r.base, r.size, r.name);
        for (const ReservedMemory& r : board_.reserved_memory)
            if (r.nomap && r.base) add(*r.base, r.size, r.name);
        for (const E820Entry& e : board_.e820)
            if (e.type != E820Type::ram) add(e.base, e.size, to_string(e.type));
    }

    Stretch at(PhysRange range) {
        Stretch s;
        s.range = range;
        const Piece* memory = memory_.at(range.begin);
        const Piece* reserved = reserved_.at(range.begin);
        const Piece* cma = cma_.at(range.begin);
        const Piece* pages = pages_.at(range.begin);
        const Piece* firmware = firmware_.at(range.begin);
        if (memory) {
            const MemblockRegion& region = layout_.memory[memory->index];
            s.memory = true;
            if (region.nid != NUMA_NO_NODE) s.node = region.nid;
            if (region.flags & MEMBLOCK_NOMAP) s.use = MapUse::nomap;
        }
        const PageStretch* page = pages ? &layout_.page_map[pages->index] : nullptr;
        if (page) {
            s.node = page->node;
            s.zone = page->zone;
            s.type = page->type;
        }
        if (cma) s.name = layout_.cma_areas[cma->index].name;
        if (reserved) {
            if (s.name.empty()) s.name = layout_.reserved[reserved->index].name;
            s.area = reserved->index + 1;
        }
        if (firmware && (s.use == MapUse::nomap || (!memory && s.name.empty()))) s.name = names_[firmware->index];
        if (s.use == MapUse::nomap) return s;
        if (page && page->managed)
            s.use = MapUse::free;
        else if (reserved)
            s.use = MapUse::reserved;
        else if (memory)
            // What is left of a page that is reserved in part is no page.
            s.use = range.end - range.begin < page_ ? MapUse::reserved : MapUse::lost;
        return s;
    }

    const Board& board_;
    const Layout& layout_;
    u64 page_;
    Layer memory_, reserved_, cma_, pages_, firmware_;
    std::vector<std::string_view> names_;
};

}  // namespace

std::vector<Stretch> stretches_of(const Outcome& machine) {
    return Machine(machine).walk();
}

}  // namespace zonecalc
