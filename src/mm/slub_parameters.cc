// SPDX-License-Identifier: MIT
// What the command line tells SLUB: slub_min_order=, slub_max_order=, slub_min_objects=, slub_debug=, slub_nomerge and the names
// that newer releases have for them (slab_…).
//
// The handlers stand behind __setup(), so they run after the zones are made and before memory is handed over, in the order of the
// command line. slub_debug= turns checks on, for all caches or for those of a list. How a list is read has changed twice: a prefix
// of names, then names with '*' at their end, then blocks of flags and names.
//
// Not modelled: values of 2^31 and more, which releases before 4.18 take as negative; SLAB_NOLEAKTRACE caches of 5.10 and older,
// which are user-tracked as any. Read beside it: mm/slub.c setup_slub_debug(), kmem_cache_flags(), setup_slub_max_order();
// mm/slab_common.c setup_slab_nomerge().
#include <algorithm>

#include "kernel/facts.h"
#include "mm/cpus.h"
#include "mm/slub.h"

namespace zonecalc {

namespace {

constexpr u32 DEBUG_DEFAULT_FLAGS = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;
constexpr u32 PAGE_ALLOC_COSTLY_ORDER = 3;

// get_option(): a number with a sign; what is none counts as 0, and nothing at all changes nothing.
void get_option(const Parameter& p, u32& value) {
    if (!p.value || p.value->empty()) return;
    std::string_view text = *p.value;
    const bool negative = text.front() == '-';
    if (negative) text.remove_prefix(1);
    const u32 number = static_cast<u32>(simple_strtoull(text).value);
    value = negative ? 0u - number : number;
}

u32 flag_of_letter(char c) {
    switch (c | 0x20) {
        case 'f':
            return SLAB_CONSISTENCY_CHECKS;
        case 'z':
            return SLAB_RED_ZONE;
        case 'p':
            return SLAB_POISON;
        case 'u':
            return SLAB_STORE_USER;
        case 't':
            return SLAB_TRACE;
        case 'a':
            return SLAB_FAILSLAB;
        default:
            return 0;
    }
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> out;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        out.emplace_back(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return out;
}

class Handlers {
public:
    explicit Handlers(SlubParameters& parameters) : p_(parameters), b_(parameters.kernel->behaviours) {}

    void read(const Parameter& word) {
        if (named(word, "min_order"))
            min_order(word);
        else if (named(word, "max_order"))
            max_order(word);
        else if (named(word, "min_objects"))
            get_option(word, p_.min_objects);
        else if (named(word, "debug"))
            debug(word);
        else if (parameq(word.name, "slub_nomerge") || (b_.slab_nomerge && parameq(word.name, "slab_nomerge")))
            p_.nomerge = true;
        else if (b_.slab_merge_parameter && (parameq(word.name, "slub_merge") || parameq(word.name, "slab_merge")))
            p_.nomerge = false;
        else if (parameq(word.name, "cgroup.memory") && word.value)
            cgroup_memory(*word.value);
        else if (parameq(word.name, "swiotlb") && word.value)
            p_.swiotlb = p_.swiotlb && word.value->find("noforce") == std::string::npos;
        else if (parameq(word.name, "debug_guardpage_minorder") && word.value)
            guard_pages(*word.value);
    }

    // kmem_cache_init(): with guard pages slabs are single pages.
    void finish() {
        if (guard_pages_) p_.max_order = 0;
        if (!p_.kernel->config_enabled("SLUB_DEBUG")) {
            p_.debug = 0;
            p_.debug_blocks.clear();
            p_.disable_higher_order_debug = false;
        }
    }

private:
    bool named(const Parameter& word, std::string_view name) const {
        return parameq(word.name, "slub_" + std::string(name)) ||
               (b_.slab_parameters && parameq(word.name, "slab_" + std::string(name)));
    }
    void min_order(const Parameter& word) {
        get_option(word, p_.min_order);
        if (b_.slub_orders_cross_checked) p_.max_order = std::max(p_.max_order, p_.min_order);
    }
    void max_order(const Parameter& word) {
        get_option(word, p_.max_order);
        p_.max_order = std::min(p_.max_order, p_.kernel->max_order);
        if (b_.slub_orders_cross_checked) p_.min_order = std::min(p_.min_order, p_.max_order);
    }
    void cgroup_memory(std::string_view list) {
        for (const std::string& word : split(list)) p_.kmem_accounting = p_.kmem_accounting && word != "nokmem";
    }
    void guard_pages(std::string_view text) {
        if (!p_.kernel->config_enabled("DEBUG_PAGEALLOC") || text.empty()) return;
        const Strtoull number = simple_strtoull(text);
        if (!number.rest.empty() || number.value > p_.kernel->max_order / 2) return;
        guard_pages_ = number.value != 0;
    }

    void debug(const Parameter& word) {
        if (!word.value || word.value->empty())
            p_.debug = DEBUG_DEFAULT_FLAGS;
        else if (b_.slub_debug_lists == SlubDebugLists::blocks)
            debug_blocks(*word.value);
        else
            debug_one_list(*word.value);
    }

    void debug_one_list(std::string_view text) {
        const char first = text.front();
        const std::size_t comma = std::min(text.find(','), text.size());
        u32 flags = 0;
        bool list = comma < text.size();
        if (first == ',') {
            flags = DEBUG_DEFAULT_FLAGS;
        } else if (b_.slub_debug_o_alone && (first | 0x20) == 'o') {
            flags = DEBUG_DEFAULT_FLAGS;
            p_.disable_higher_order_debug = true;
            list = false;
        } else if (first == '-') {
            list = false;
        } else {
            for (const char c : text.substr(0, comma)) {
                flags |= flag_of_letter(c);
                if ((c | 0x20) == 'o') p_.disable_higher_order_debug = true;
            }
        }
        if (list) {
            // A list stays, with the flags that are read last.
            std::string_view names = text.substr(comma + 1);
            p_.debug_blocks = {{flags, b_.slub_debug_lists == SlubDebugLists::prefix ? std::vector<std::string>{std::string(names)}
                                                                                     : split(names)}};
            if (p_.debug_blocks.front().caches.empty()) p_.debug_blocks.front().caches.emplace_back();
        } else if (!p_.debug_blocks.empty()) {
            p_.debug_blocks.front().flags = flags;
        }
        p_.debug = p_.debug_blocks.empty() ? flags : 0;
    }

    void debug_blocks(std::string_view text) {
        u32 global = b_.slub_debug_list_keeps_default ? p_.debug : 0;
        bool any_list = false;
        std::vector<SlubParameters::DebugBlock> blocks;
        while (true) {
            text.remove_prefix(std::min(text.find_first_not_of(';'), text.size()));
            const std::string_view block = text.substr(0, text.find(';'));
            const std::size_t comma = block.find(',');
            u32 flags = comma == 0 ? DEBUG_DEFAULT_FLAGS : 0;
            for (const char c : block.substr(0, comma)) {
                if (c == '-') flags = 0;
                flags |= flag_of_letter(c);
                if ((c | 0x20) == 'o') p_.disable_higher_order_debug = true;
            }
            if (comma == std::string_view::npos) {
                global = flags;
            } else {
                any_list = true;
                blocks.push_back({flags, split(block.substr(comma + 1))});
            }
            text.remove_prefix(block.size());
            if (text.find_first_not_of(';') == std::string_view::npos) break;
        }
        if (any_list) p_.debug_blocks = std::move(blocks);
        p_.debug = global;
    }

    SlubParameters& p_;
    const Behaviours& b_;
    bool guard_pages_ = false;
};

bool named_in_list(const std::string& pattern, std::string_view name, SlubDebugLists lists) {
    if (lists == SlubDebugLists::prefix) return name.starts_with(pattern);
    const std::size_t star = pattern.find('*');
    return star == std::string::npos ? name == pattern : name.starts_with(std::string_view(pattern).substr(0, star));
}

// 4 << CTR_EL0.CWG on arm64, the CLFLUSH size on x86: 64 on all but old or unusual CPUs.
u64 usual_cache_line_size(const Kernel& kernel) {
    if (const auto size = kernel.constants.find("cache_line_size"); size != kernel.constants.end()) return size->second;
    if (kernel.arch == Arch::arm) return u64{1} << std::clamp<u64>(kernel.config_number("ARM_L1_CACHE_SHIFT", 6), 5, 7);
    return 64;
}

}  // namespace

SlubParameters slub_parameters(const Kernel& kernel, const Cmdline& cmdline, const SlabMachine& machine) {
    SlubParameters p;
    p.kernel = &kernel;
    p.machine = machine;
    p.swiotlb = machine.swiotlb;
    p.max_order = kernel.config_enabled("SLUB_TINY") ? 1 : PAGE_ALLOC_COSTLY_ORDER;
    if (kernel.config_enabled("SLUB_DEBUG_ON")) p.debug = DEBUG_DEFAULT_FLAGS;
    if (kernel.behaviours.slab_merge_option) {
        const auto merge = kernel.config.find("SLAB_MERGE_DEFAULT");
        p.nomerge = merge != kernel.config.end() && merge->second != "y";
    }

    p.machine.nr_cpu_ids = nr_cpu_ids(kernel, cmdline, machine.nr_cpu_ids);
    const unsigned present = std::min(machine.present_cpus.value_or(p.machine.nr_cpu_ids), p.machine.nr_cpu_ids);
    // All but x86 learn later which CPUs are there. One that is alone may not stay so.
    const bool known = kernel.behaviours.slub_present_cpus && is_x86(kernel.arch) && present > 1;
    p.order_cpus = known ? present : p.machine.nr_cpu_ids;

    const u64 line = machine.cache_line_size.value_or(usual_cache_line_size(kernel));
    p.cache_line_size = line >= 8 && line <= 4096 && (line & (line - 1)) == 0 ? line : 64;

    Handlers handlers(p);
    for (const Parameter& word : cmdline.parameters) handlers.read(word);
    handlers.finish();
    return p;
}

u32 kmem_cache_flags(const SlubParameters& parameters, u32 flags, std::string_view name) {
    if (flags & SLAB_NO_USER_FLAGS) return flags;
    for (const SlubParameters::DebugBlock& block : parameters.debug_blocks)
        for (const std::string& pattern : block.caches)
            if (named_in_list(pattern, name, parameters.kernel->behaviours.slub_debug_lists)) return flags | block.flags;
    const u32 global = flags & SLAB_NOLEAKTRACE ? parameters.debug & ~static_cast<u32>(SLAB_STORE_USER) : parameters.debug;
    return flags | global;
}

}  // namespace zonecalc
