// SPDX-License-Identifier: MIT
// Firmware's memory is taken apart: what never reached memblock, what must not be mapped, what is reserved, what is free. Each part
// is counted on its own, from another list, so that a sum that is not the machine's memory tells of a mistake.
//
// A page of which a part is reserved is lost to the page allocator; its free part is accounted for as `broken`. What lies in no
// zone (i386 above highmem=, zones that kernelcore=mirror leaves out) is free in memblock's eyes and reaches nobody.
//
// Nothing that start-up allocates once memory is handed over is taken off. "Later" knows of the initrd, EFI's boot services, and
// init sections where board or profile tell how large they are.
#include "mm/memory_account.h"

#include <algorithm>
#include <map>

#include "mm/memblock_free_all.h"

namespace zonecalc {

RegionList firmware_memory(const Board& board) {
    RegionList list;
    for (const MemoryBank& b : board.memory) list.add(b.base, b.size);
    for (const E820Entry& e : board.e820)
        if (e.type == E820Type::ram) list.add(e.base, e.size);
    // Where entries overlap the larger number wins.
    for (const E820Entry& e : board.e820)
        if (e.type != E820Type::ram) list.remove(e.base, e.size);
    return list;
}

namespace {

using Kind = MemoryPart::Kind;

// Bytes of `of` that `in` has as well; both are sorted, and neither overlaps itself.
u64 common(const std::vector<MemblockRegion>& of, const std::vector<MemblockRegion>& in) {
    u64 bytes = 0;
    if (of.empty()) return bytes;
    auto at = std::ranges::partition_point(in, [&](const MemblockRegion& r) { return r.end() <= of.front().base; });
    for (const MemblockRegion& r : of) {
        while (at != in.end() && at->end() <= r.base) ++at;
        for (auto i = at; i != in.end() && i->base < r.end(); ++i)
            bytes += intersection(PhysRange{r.base, r.end()}, PhysRange{i->base, i->end()}).size();
    }
    return bytes;
}

u64 total(const std::vector<MemblockRegion>& regions) {
    u64 bytes = 0;
    for (const MemblockRegion& r : regions) bytes += r.size;
    return bytes;
}

class Accountant {
public:
    explicit Accountant(const Boot& boot) : boot_(boot), kernel_(boot.kernel), page_(boot.kernel.page_size()) {}

    MemoryAccount account() {
        out_.handed_over = boot_.layout.handed_over();
        const std::vector<MemblockRegion>& memory = boot_.layout.memory;
        const RegionList firmware = firmware_memory(boot_.board);
        const u64 known = common(firmware.regions(), memory);
        out_.firmware = firmware.total_size();
        out_.added = total(memory) - known;

        std::vector<MemblockRegion> usable;
        for (const MemblockRegion& r : memory)
            if (!(r.flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED))) usable.push_back(r);
        free_memory();
        reserved(usable);
        add(Kind::broken, broken_, broken_);
        add(Kind::no_zone, nowhere(), nowhere());
        add(Kind::nomap, total(memory) - total(usable), total(memory) - total(usable));
        add(Kind::cut, out_.firmware - known, out_.firmware - known);
        if (!out_.handed_over)
            for (MemoryPart& p : out_.parts) p.started = p.later = 0;
        return std::move(out_);
    }

private:
    void add(Kind kind, u64 hand_over, u64 started) {
        if (hand_over != 0 || started != 0) out_.parts.push_back({kind, {}, hand_over, started, 0});
    }

    u64 nowhere() const { return out_.handed_over ? boot_.handed_over.no_zone * page_ : 0; }

    void free_memory() {
        u64 whole = 0;
        u64 deferred = 0;
        for (const PhysRange& r : free_mem_ranges(kernel_, boot_.layout)) broken_ += r.size();
        for (const FreeRange& r : free_mem_pfn_ranges(kernel_, boot_.layout)) {
            whole += r.range.size();
            const Node* node = boot_.layout.node(r.node);
            if (node && node->first_deferred_pfn)
                deferred += r.range.end - std::clamp(*node->first_deferred_pfn, r.range.begin, r.range.end);
        }
        broken_ -= whole * page_;
        if (!out_.handed_over) return add(Kind::free, whole * page_, 0);

        u64 listed = 0;
        u64 listed_then = 0;
        for (const Node& node : boot_.layout.nodes)
            for (const Zone& zone : node.zones) {
                listed += pages_of(zone.free_lists);
                if (zone.started) listed_then += pages_of(zone.started->free_lists);
            }
        add(Kind::free, listed * page_, listed_then * page_);
        add(Kind::per_cpu, 0, boot_.handed_over.per_cpu * page_);
        add(Kind::deferred, deferred * page_, boot_.handed_over.never * page_);
    }

    static u64 pages_of(const std::vector<FreeList>& lists) {
        u64 pages = 0;
        for (const FreeList& list : lists)
            for (const PageRun& run : list.runs) pages += run.count << list.order;
        return pages;
    }

    void reserved(const std::vector<MemblockRegion>& usable) {
        RegionList freed;
        for (const PfnRange& r : boot_.handed_over.freed_later) freed.add(r.begin * page_, r.size() * page_);
        std::map<std::string, MemoryPart, std::less<>> by_name;
        for (const MemblockRegion& r : boot_.layout.reserved) {
            const std::vector<MemblockRegion> region{r};
            const u64 bytes = common(region, usable);
            if (bytes == 0) continue;
            MemoryPart& part = by_name[r.name];
            part.kind = Kind::reserved;
            part.name = r.name;
            part.hand_over += bytes;
            part.started += bytes - common(region, freed.regions());
        }
        std::vector<MemoryPart> list;
        for (auto& [name, part] : by_name) {
            part.later = std::min(freed_when_start_up_ends(part), part.started);
            list.push_back(std::move(part));
        }
        std::ranges::stable_sort(list, std::ranges::greater{}, &MemoryPart::hand_over);
        std::ranges::move(list, std::back_inserter(out_.parts));
    }

    u64 freed_when_start_up_ends(const MemoryPart& part) const {
        if (part.name == "EFI boot services") return part.started;
        if (part.name == "initrd") return early_flag(boot_, "retain_initrd") || early_flag(boot_, "keepinitrd") ? 0 : part.started;
        if (part.name != "kernel image") return 0;
        if (boot_.board.image) return boot_.board.image->freed + boot_.board.image->smp_locks;
        const u64 begin = kernel_.constant("__init_begin");
        const u64 end = kernel_.constant("__init_end");
        return is_x86(kernel_.arch) || begin == 0 || end <= begin ? 0
                                                                  : round_down(end, page_) - std::min(end, round_up(begin, page_));
    }

    const Boot& boot_;
    const Kernel& kernel_;
    const u64 page_;
    MemoryAccount out_;
    u64 broken_ = 0;
};

}  // namespace

MemoryAccount memory_account(const Boot& boot) {
    return Accountant(boot).account();
}

void settle_given_back(std::vector<EarlyCall>& calls) {
    RegionList freed;
    // From the last call to the first: what is freed later on belongs to whoever took it last.
    for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
        const u64 size = std::min(call->size, ~PhysAddr{0} - call->base);
        if (call->kind == EarlyCall::Kind::free) {
            freed.add(call->base, size);
            continue;
        }
        const u64 before = freed.total_size();
        freed.remove(call->base, size);
        call->given_back = before - freed.total_size();
    }
}

}  // namespace zonecalc
