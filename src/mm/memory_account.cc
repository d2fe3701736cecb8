// SPDX-License-Identifier: MIT
// Firmware's memory is taken apart: what never reached memblock, what must not be mapped, what is reserved, what is free. Each part
// is counted on its own, from another list, so that a sum that is not firmware's memory tells of a mistake.
//
// A page of which a part is reserved is lost to the page allocator; its free part is accounted for as `broken`. What lies in no
// zone (i386 above highmem=) is free in memblock's eyes and reaches nobody.
#include "mm/memory_account.h"

#include <map>

#include "mm/memblock_free_all.h"

namespace zonecalc {

namespace {

// Bytes of `of` that `in` has as well; both are sorted.
template <typename Regions>
u64 common(const Regions& of, const std::vector<MemblockRegion>& in) {
    u64 bytes = 0;
    auto at = in.begin();
    for (const MemblockRegion& r : of) {
        while (at != in.end() && at->end() <= r.base) ++at;
        for (auto i = at; i != in.end() && i->base < r.end(); ++i)
            bytes += intersection(PhysRange{r.base, r.end()}, PhysRange{i->base, i->end()}).size();
    }
    return bytes;
}

bool unmapped(const MemblockRegion& r) {
    return r.flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED);
}

u64 total(const std::vector<MemblockRegion>& regions) {
    u64 bytes = 0;
    for (const MemblockRegion& r : regions) bytes += r.size;
    return bytes;
}

}  // namespace

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

MemoryAccount memory_account(const Board& board, const Kernel& kernel, const Layout& layout) {
    MemoryAccount account;
    const RegionList firmware = firmware_memory(board);
    account.firmware = firmware.total_size();
    const u64 known = common(firmware.regions(), layout.memory);
    account.cut = account.firmware - known;
    account.added = total(layout.memory) - known;

    std::vector<MemblockRegion> usable;
    for (const MemblockRegion& r : layout.memory) {
        if (unmapped(r))
            account.nomap += r.size;
        else
            usable.push_back(r);
    }
    std::map<std::string, u64, std::less<>> by_name;
    for (const MemblockRegion& r : layout.reserved)
        if (const u64 bytes = common(std::vector{r}, usable)) by_name[r.name] += bytes;
    for (const auto& [name, size] : by_name) account.reserved.push_back({name, size});
    std::ranges::stable_sort(account.reserved, std::ranges::greater{}, &MemoryAccount::Reserved::size);

    const u64 page = kernel.page_size();
    u64 whole = 0;
    for (const FreeRange& r : free_mem_pfn_ranges(kernel, layout)) {
        const Node* node = layout.node(r.node);
        const Pfn deferred = node && node->first_deferred_pfn ? std::max(*node->first_deferred_pfn, r.range.begin) : r.range.end;
        whole += r.range.size() * page;
        account.deferred += (r.range.end - std::min(deferred, r.range.end)) * page;
    }
    account.broken = total(usable) - account.reserved_size() - whole;
    bool handed_over = false;
    for (const Node& node : layout.nodes)
        for (const Zone& zone : node.zones) {
            handed_over = handed_over || zone.managed;
            account.free += zone.free_pages * page;
        }
    if (!handed_over) account.free = whole - account.deferred;
    account.no_zone = whole - account.deferred - std::min(account.free, whole - account.deferred);
    return account;
}

}  // namespace zonecalc
