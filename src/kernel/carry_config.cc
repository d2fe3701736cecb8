// SPDX-License-Identifier: MIT
// The config of one release as the same choices read in another one.
//
// A symbol that the model asks for may not exist in the release that a config was recorded of. Where nobody chooses it (it is
// selected, or follows another one by default) its value is known all the same. A symbol that is off by default is left alone:
// missing means off. Symbols that another one replaces, and whose two names the model asks by release, need no row: MEMCG_KMEM,
// MOVABLE_NODE, X86_5LEVEL.
//
// Read beside it: kernel/Kconfig.kexec, mm/Kconfig, init/Kconfig, lib/Kconfig.debug and arch/arm64/Kconfig.
#include "kernel/facts.h"

namespace zonecalc {

namespace {

using Config = std::map<std::string, std::string, std::less<>>;

constexpr Version always{0, 0, 0};
constexpr Version open{~0u, 0, 0};

struct Symbol {
    std::string_view name;
    std::optional<Arch> arch;  // none: all
    Version from, until;       // releases that have it; `until` is the first one that has not
    std::string_view follows;  // the symbol that decides it; empty: it is on
};

const Symbol symbols[] = {
    // 2965faa5e03d kexec: split kexec_load syscall from kexec core code
    {"KEXEC_CORE", {}, {4, 3, 0}, open, "KEXEC"},
    // c55191e96caa arm64: mm: apply r/o permissions of VM areas to its linear alias as well
    {"RODATA_FULL_DEFAULT_ENABLED", Arch::arm64, {5, 0, 0}, open, ""},
    // a7d9f306ba70 arm64: drop pfn_valid_within() and simplify pfn_valid()
    {"HOLES_IN_ZONE", Arch::arm64, always, {5, 14, 0}, ""},
    // 5cf909c553e9 mm/slub: use stackdepot to save stack trace in objects
    {"STACKDEPOT", {}, {5, 19, 0}, open, "SLUB_DEBUG"},
    // 09cea6195073 arm64: support page mapping percpu first chunk allocator
    {"NEED_PER_CPU_PAGE_FIRST_CHUNK", Arch::arm64, {5, 16, 0}, open, "NUMA"},
    // 1c1a429efd7f arm64: enable ARCH_WANT_KMALLOC_DMA_BOUNCE for arm64
    {"DMA_BOUNCE_UNALIGNED_KMALLOC", Arch::arm64, {6, 5, 0}, open, "SWIOTLB"},
    // 85fcde402db1 kexec: split crashkernel reservation code out from crash_core.c
    {"CRASH_RESERVE", {}, {6, 9, 0}, open, "CRASH_DUMP"},
    // 21c690a349ba mm: introduce slabobj_ext to support slab object extensions
    {"SLAB_OBJ_EXT", {}, {6, 10, 0}, open, "MEMCG"},
    // 67f2df3b82d0 mm/slab: Plumb kmem_buckets into __do_kmalloc_node()
    {"SLAB_BUCKETS", {}, {6, 11, 0}, open, "SLAB_FREELIST_HARDENED"},
};

bool has(const Symbol& s, const Version& release) {
    return s.from <= release && release < s.until;
}

// Orders as the preprocessor has them: up to 6.3 the option counted the orders, then it became the largest one.
void carry_max_order(Config& config, const Version& from, const Version& to) {
    const bool was_inclusive = behaviours_of(from).max_order_option_inclusive;
    const bool is_inclusive = behaviours_of(to).max_order_option_inclusive;
    if (was_inclusive == is_inclusive) return;
    for (const std::string_view symbol : {"ARCH_FORCE_MAX_ORDER", "FORCE_MAX_ZONEORDER"}) {
        const auto option = config.find(symbol);
        const auto value = config_number(config, symbol);
        if (!value || *value == 0 || *value > 64) continue;
        option->second = std::to_string(is_inclusive ? *value - 1 : *value + 1);
    }
}

}  // namespace

void carry_config(Config& config, Arch arch, const Version& from, const Version& to) {
    carry_max_order(config, from, to);
    for (const Symbol& s : symbols) {
        if ((s.arch && *s.arch != arch) || has(s, from) == has(s, to)) continue;
        if (!has(s, to)) {
            config.erase(std::string(s.name));
            continue;
        }
        const auto decides = config.find(s.follows);
        if (s.follows.empty())
            config.insert_or_assign(std::string(s.name), "y");
        else if (decides != config.end())
            config.insert_or_assign(std::string(s.name), decides->second);
    }
}

}  // namespace zonecalc
