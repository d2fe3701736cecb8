// SPDX-License-Identifier: MIT
// A kernel as the model sees it: release, the config facts that shape memory, struct sizes, and what its release does (behaviours).
#pragma once

#include <array>
#include <compare>
#include <map>
#include <string>
#include <vector>

#include "zonecalc/behaviours.h"
#include "zonecalc/start_up.h"
#include "zonecalc/types.h"

namespace zonecalc {

// Version of the source that the kernel was built from: 6.1.192 even where uname says 6.1.0-56-amd64.
struct Version {
    unsigned major = 0;
    unsigned minor = 0;
    unsigned sublevel = 0;
    auto operator<=>(const Version&) const = default;
};
std::string to_string(Version version);
std::optional<Version> version_from_string(std::string_view text);  // "6.1", "6.1.192", "6.12.117+deb12-amd64"

unsigned last_minor(unsigned major);   // of a major that is closed; the largest number for one that is not
Version next_series(Version version);  // 6.4.0 for 6.3.x

// How much a real boot has confirmed of what this profile predicts.
enum class Confirmation {
    recorded,  // boots of this very build were recorded and compared
    derived,   // follows from the behaviours table; no boot of it was compared
};

enum class MemoryModel { flatmem, sparsemem, sparsemem_vmemmap };

struct Kernel {
    std::string profile;  // name, e.g. "6.1-x86_64", or the file it came from
    std::string release;  // as `uname -r` prints it
    Version version;
    Arch arch = Arch::x86_64;
    Confirmation confirmation = Confirmation::derived;
    std::string sizes_of;  // the profile of another release that struct sizes and symbols were taken over from; empty: its own
    std::string source;  // where config and sizes come from, for people

    // Raw material, as the profile has it: CONFIG_ symbols without their prefix ("y" → "y", numbers as text), sizeof by struct name
    // (bytes).
    std::map<std::string, std::string, std::less<>> config;
    std::map<std::string, u64, std::less<>> sizes;
    std::map<std::string, u64, std::less<>> constants;  // what else is known of the build: array lengths, enum values, symbols

    std::vector<StartUp> start_up;              // by CPUs and nodes
    std::vector<StartUpCache> start_up_caches;  // in the order in which they are made
    std::string start_up_of;                    // the profile that these were taken over from; empty: its own

    // Derived from config and release by kernel/facts.cc.
    unsigned page_shift = 12;
    std::array<bool, MAX_NR_ZONES> zones{};  // which zones were compiled in, by ZoneType
    bool numa = false;
    unsigned max_numnodes = 1;
    bool numa_emu = false;
    bool have_memblock_node_map = true;  // without it (before 5.8) zones come from size arrays: no kernelcore=, no "Zone ranges:"
    bool memory_hotplug = false;
    bool movable_node = false;  // movable_node is understood: CONFIG_MEMORY_HOTREMOVE, CONFIG_MOVABLE_NODE before 4.14
    bool deferred_struct_page_init = false;
    MemoryModel memory_model = MemoryModel::sparsemem_vmemmap;
    unsigned section_size_bits = 27;
    unsigned max_physmem_bits = 46;
    unsigned max_order = 10;  // the largest order a free block can have, inclusive
    unsigned pageblock_order = 9;
    unsigned migrate_types = 4;
    bool highmem = false;
    bool pae = false;     // i386 PAE, arm LPAE: physical addresses wider than 32 bits
    u64 page_offset = 0;  // 32-bit: start of the kernel's linear map
    unsigned nr_cpus = 1;
    // Room beside the kernel's own percpu data, in bytes: PERCPU_MODULE_RESERVE, PERCPU_DYNAMIC_RESERVE, PERCPU_DYNAMIC_EARLY_SIZE.
    u64 percpu_module_reserve = 0;
    u64 percpu_dynamic_reserve = 0;
    u64 percpu_dynamic_early_size = 0;

    Behaviours behaviours;

    u64 page_size() const { return u64{1} << page_shift; }
    bool has_zone(ZoneType z) const { return zones[static_cast<int>(z)]; }
    u64 max_order_nr_pages() const { return u64{1} << max_order; }
    u64 pageblock_nr_pages() const { return u64{1} << pageblock_order; }
    u64 pages_per_section() const { return u64{1} << (section_size_bits - page_shift); }
    bool sparse() const { return memory_model != MemoryModel::flatmem; }
    bool config_enabled(std::string_view symbol) const;  // y or m
    u64 config_number(std::string_view symbol, u64 otherwise) const;
    u64 size_of(std::string_view name) const;   // bytes; 0 where the profile does not know it
    u64 constant(std::string_view name) const;  // of [const]; 0 where the profile does not know it
};

}  // namespace zonecalc
