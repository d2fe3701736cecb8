// SPDX-License-Identifier: MIT
// With memblock=debug the kernel prints every change of memblock's lists and who asked for it, and dumps both lists once or twice:
//
//     memblock_reserve: [0x00000000bebff000-0x00000000bf6fefff] memblock_alloc_range_nid+0xb0/0x13d
//     MEMBLOCK configuration:
//      memory[0x1]	[0x0000000000100000-0x00000000bffdffff], 0x00000000bfee0000 bytes on node 0 flags: 0x2
//
// The names of the calls changed over the years (__memblock_free_early, memblock_phys_free, __memblock_reserve), what they do did
// not. What happened before the parameter was read (device-tree machines reserve the kernel and the initrd earlier) is only in the
// dumps, so a dump replaces what was replayed so far, and calls after it are replayed on top. An allocation prints its own line
// first, with the caller who wanted the memory; the reservation that follows names only the allocator. Read beside it:
// mm/memblock.c.
#include "input/log_memblock.h"

#include <algorithm>
#include <iterator>

namespace zonecalc {

void LogRanges::add(const LogSpan& span, const LogRange& as) {
    if (span.last < span.base) return;
    const PhysAddr end = span.last;  // inclusive
    auto next = ranges_.upper_bound(span.base);
    PhysAddr at = span.base;
    bool full = false;
    if (next != ranges_.begin()) {
        const LogRange& before = std::prev(next)->second;
        const PhysAddr last = before.base + (before.size - 1);
        if (last >= at) {
            if (last >= end) return;
            at = last + 1;
        }
    }
    const auto insert = [&](PhysAddr from, PhysAddr to) {
        LogRange r = as;
        r.base = from;
        r.size = LogSpan{from, to}.size();
        ranges_.emplace(from, r);
    };
    while (!full && next != ranges_.end() && next->first <= end) {
        const LogRange& r = next->second;
        if (r.base > at) insert(at, r.base - 1);
        const PhysAddr last = r.base + (r.size - 1);
        if (last >= end)
            full = true;
        else
            at = last + 1;
        ++next;
    }
    if (!full) insert(at, end);
}

void LogRanges::remove(const LogSpan& span) {
    if (span.last < span.base) return;
    auto r = ranges_.upper_bound(span.base);
    if (r != ranges_.begin()) --r;
    while (r != ranges_.end() && r->first <= span.last) {
        const LogRange old = r->second;
        const PhysAddr last = old.base + (old.size - 1);
        if (last < span.base) {
            ++r;
            continue;
        }
        r = ranges_.erase(r);
        if (old.base < span.base) {
            LogRange head = old;
            head.size = span.base - old.base;
            ranges_.emplace(head.base, head);
        }
        if (last > span.last) {
            LogRange tail = old;
            tail.base = span.last + 1;
            tail.size = last - span.last;
            r = std::next(ranges_.emplace(tail.base, tail).first);
        }
    }
}

std::vector<LogRange> LogRanges::list() const {
    std::vector<LogRange> out;
    out.reserve(ranges_.size());
    for (const auto& [base, r] : ranges_) {
        if (!out.empty()) {
            LogRange& before = out.back();
            if (before.base + before.size == r.base && before.node == r.node && before.flags == r.flags && before.name == r.name &&
                before.late == r.late) {
                before.size += r.size;
                continue;
            }
        }
        out.push_back(r);
    }
    return out;
}

const LogRange* LogRanges::at(PhysAddr address) const {
    auto r = ranges_.upper_bound(address);
    if (r == ranges_.begin()) return nullptr;
    const LogRange& found = std::prev(r)->second;
    return address - found.base < found.size ? &found : nullptr;
}

void LogRanges::name_late(const LogSpan& exactly, std::string_view name) {
    const auto r = ranges_.find(exactly.base);
    if (r == ranges_.end() || r->second.size != exactly.size()) return;
    r->second.name = name;
    r->second.late = true;
}

namespace {

enum class Verb { none, reserve, free, add, remove, alloc };

Verb verb_of(std::string_view call) {
    while (call.starts_with("_")) call.remove_prefix(1);
    if (!call.starts_with("memblock_")) return Verb::none;
    call.remove_prefix(9);
    if (call == "reserve" || call == "reserve_kern") return Verb::reserve;
    if (call == "free" || call == "phys_free" || call == "free_early") return Verb::free;
    if (call == "add" || call == "add_node") return Verb::add;
    if (call == "remove") return Verb::remove;
    if (call.starts_with("alloc") || call.starts_with("virt_alloc") || call.starts_with("phys_alloc")) return Verb::alloc;
    return Verb::none;
}

// "setup_arch+0x797/0xd4f" → "setup_arch"; compilers' suffixes (.constprop.0, .isra.0) go as well.
std::string_view function_of(std::string_view caller) {
    caller = caller.substr(0, caller.find('+'));
    return caller.substr(0, caller.find('.'));
}

// Nobody's log has more of these.
constexpr std::size_t most_early = 256;

bool is_allocator(std::string_view function) {
    while (function.starts_with("_")) function.remove_prefix(1);
    return function.starts_with("memblock_") || function.starts_with("alloc_memory_core_early");
}

}  // namespace

void LogMemblock::name_node_data(const LogSpan& span, std::string_view name) {
    finish_dump();
    reserved.name_late(span, intern(name));
}

std::string_view LogMemblock::intern(std::string_view name) {
    const auto known = names_.find(name);
    if (known != names_.end()) return known->second;
    return names_.emplace(std::string(name), std::string(name)).first->second;
}

bool LogMemblock::read(const LogLine& line) {
    if (handed_over_) return false;
    const std::string_view text = line.text;
    const bool head = text.starts_with("MEMBLOCK configuration:");
    // The first region of a list that has some: the head was lost.
    const bool again = (text.starts_with("memory[0x0]") && !dumped_memory_.empty()) ||
                       (text.starts_with("reserved[0x0]") && !dumped_reserved_.empty());
    if (head || again) finish_dump();
    const bool region = text.starts_with("memory[0x") || text.starts_with("reserved[0x");
    if (head || (region && !in_dump_)) {
        in_dump_ = true;
        dump_head_ = line.number;
    }
    if (head || (in_dump_ && dump(line))) return true;
    if (text.starts_with("memblock_") || text.starts_with("__memblock_")) {
        call(line);
        return true;
    }
    return false;
}

void LogMemblock::keep_early(std::string_view function, const LogSpan& span, const LogRange& as) {
    std::vector<LogRange>* list = nullptr;
    if (function == "arm64_memblock_init") list = &image_reserves;
    for (const std::string_view prefix : {"early_init_fdt_scan_reserved", "early_init_dt_reserve_memory",
                                          "early_init_dt_alloc_reserved", "fdt_scan_reserved_mem", "__reserved_mem"})
        if (function.starts_with(prefix)) list = &device_tree_areas;
    if (function.starts_with("efi_") || function == "reserve_regions") list = &firmware_areas;
    if (!list || list->size() >= most_early) return;
    list->push_back(as);
    list->back().base = span.base;
    list->back().size = span.size();
}

void LogMemblock::call(const LogLine& line) {
    const std::size_t colon = line.text.find(':');
    if (colon == line.text.npos) return;
    const Verb verb = verb_of(line.text.substr(0, colon));
    if (verb == Verb::none) return;
    finish_dump();
    debug = true;
    if (first_line == 0) first_line = line.number;
    const std::size_t blank = line.text.find_last_of(" \t");
    const std::string_view caller = function_of(blank == line.text.npos ? std::string_view{} : line.text.substr(blank + 1));
    if (verb == Verb::alloc) {
        allocating_ = intern(caller);
        // The first of these is the tree itself, those of its aliases follow.
        const bool tree = caller == "early_init_dt_alloc_memory_arch" ||
                          (caller == "__memblock_alloc_or_panic" && line.text.find(" align=0x8 ") != line.text.npos);
        if (tree && unflattened == 0) {
            Scan scan(line.text.substr(colon + 1));
            scan.skip(" ");
            unflattened = scan.decimal().value_or(0);
        }
        if (const std::size_t at = line.text.find("max_addr=");
            at != line.text.npos && caller.starts_with("swiotlb_init") && !swiotlb_below)
            if (const auto max = Scan(line.text.substr(at + 9)).hex(); max && *max != 0 && *max != ~u64{0})
                swiotlb_below = *max + 1;
        return;
    }
    const bool found_room = is_allocator(caller);
    // Up to 5.11 these look for a place themselves.
    const bool allocated = found_room || caller == "alloc_low_pages" || caller == "reserve_real_mode";
    const std::string_view for_whom = found_room && !allocating_.empty() ? allocating_ : intern(caller);
    allocating_ = {};
    Scan scan(line.text.substr(colon + 1));
    const auto span = scan_span(scan);
    if (!span) return;
    LogRange as;
    as.line = line.number;
    as.late = late_;
    switch (verb) {
        case Verb::reserve:
            as.name = for_whom;
            as.allocated = allocated;
            reserved.add(*span, as);
            keep_early(for_whom, *span, as);
            break;
        case Verb::free:
            reserved.remove(*span);
            // No driver took it.
            std::erase_if(device_tree_areas, [&](const LogRange& r) { return r.base == span->base && r.size == span->size(); });
            break;
        case Verb::add:
            memory.add(*span, as);
            if (caller == "arm64_memblock_init" && image_adds.size() < most_early) {
                image_adds.push_back(as);
                image_adds.back().base = span->base;
                image_adds.back().size = span->size();
            }
            break;
        case Verb::remove:
            memory.remove(*span);
            break;
        default:
            break;
    }
}

// A line of a dump; others, which came in between, are not.
bool LogMemblock::dump(const LogLine& line) {
    Scan scan(line.text);
    const bool is_memory = scan.skip("memory"), is_reserved = !is_memory && scan.skip("reserved");
    if (!is_memory && !is_reserved && !scan.skip("physmem")) return false;
    if (!scan.skip("[")) return scan.skip(".cnt") || scan.skip(" size") || scan.skip(".size");
    if (!scan.hex() || !scan.skip("]")) return true;
    const auto span = scan_span(scan);
    if (!span || (span->base == 0 && span->last == ~u64{0})) return true;  // an empty list is printed as one region of 2^64 bytes
    LogRange r;
    r.base = span->base;
    r.size = span->size();
    r.line = line.number;
    if (const std::size_t at = scan.rest.find("on node "); at != scan.rest.npos) {
        Scan node(scan.rest.substr(at + 8));
        if (const auto n = node.decimal(); n && *n < 1024) r.node = static_cast<int>(*n);
    }
    if (const std::size_t at = scan.rest.find("flags: "); at != scan.rest.npos) {
        Scan flags(scan.rest.substr(at + 7));
        if (const auto f = flags.hex()) r.flags = static_cast<unsigned>(*f & 0xff);
    }
    if (is_memory) dumped_memory_.push_back(r);
    if (is_reserved) dumped_reserved_.push_back(r);
    return true;
}

void LogMemblock::finish_dump() {
    if (!in_dump_) return;
    in_dump_ = false;
    debug = true;
    const auto span_of = [](const LogRange& r) { return LogSpan{r.base, r.base + (r.size - 1)}; };
    if (!dumped_memory_.empty()) {
        memory.clear();
        for (LogRange r : dumped_memory_) {
            r.flags &= MEMBLOCK_HOTPLUG | MEMBLOCK_MIRROR | MEMBLOCK_NOMAP;
            memory.add(span_of(r), r);
            nodes_dumped |= r.node != NUMA_NO_NODE;
        }
        memory_dumped = true;
        dump_line = dump_head_;
    }
    if (!dumped_reserved_.empty()) {
        // What was replayed knows the names, the dump knows the extent.
        const LogRanges replayed = std::move(reserved);
        reserved = {};
        const std::vector<LogRange> named = replayed.list();
        auto n = named.begin();
        bool first = true;
        PhysAddr done = 0;  // a dump is sorted; what is not comes from a damaged log
        for (LogRange r : dumped_reserved_) {
            const LogSpan whole = span_of(r);
            if (!first && whole.base <= done) continue;
            first = false;
            done = whole.last;
            while (n != named.end() && n->base + (n->size - 1) < whole.base) ++n;
            for (auto m = n; m != named.end() && m->base <= whole.last; ++m) {
                LogRange as = *m;
                reserved.add({std::max(m->base, whole.base), std::min(m->base + (m->size - 1), whole.last)}, as);
            }
            r.node = NUMA_NO_NODE;
            r.flags = 0;
            r.name = intern("reserved early");
            reserved.add(whole, r);
        }
    }
    dumped_memory_.clear();
    dumped_reserved_.clear();
}

void LogMemblock::hand_over() {
    finish_dump();
    handed_over_ = true;
}

}  // namespace zonecalc
