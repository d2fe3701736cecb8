// SPDX-License-Identifier: MIT
// How much memory a zone keeps free, how much of it requests for higher zones must leave, and how long the per-CPU lists grow.
//
// min_free_kbytes is 4 * sqrt(lowmem in KiB), khugepaged raises it so that a few page blocks of each type stay free, a sysctl
// replaces it. It is shared out by managed pages; HighMem (and, since 6.6, Movable) get a token minimum. The gap between the marks
// is a quarter of the share (a half in all, in 3.x), or a thousandth of the zone if that is more.
//
// Releases differ in when this runs against khugepaged (3.x: after it, so that its raise is lost), in the cap, and in what the
// length of a per-CPU list follows: six batches, the low watermark by CPU (5.14), or a range that tunes itself (6.7).
//
// Read beside it: mm/page_alloc.c, mm/khugepaged.c set_recommended_min_free_kbytes(). Boosts at run time are not modelled.
#include "mm/watermarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mm/mm_init.h"

namespace zonecalc {

namespace {

constexpr u64 MIGRATE_PCPTYPES = 3;
constexpr u64 SWAP_CLUSTER_MAX = 32;
constexpr u64 token_most = 128;  // pages, of a minimum that does not follow from the zone's share

u64 int_sqrt(u64 x) {
    auto r = static_cast<u64>(std::sqrt(static_cast<double>(x)));
    while (r * r > x) --r;
    while ((r + 1) * (r + 1) <= x) ++r;
    return r;
}

__extension__ using u128 = unsigned __int128;

// a * b / c without overflow
u64 mult_frac(u64 a, u64 b, u64 c) {
    return static_cast<u64>(static_cast<u128>(a) * b / c);
}

class Setup {
public:
    Setup(const WatermarkSettings& settings, std::vector<ManagedZone>& zones)
        : lowmem_reserve_ratio(default_ratio(*settings.kernel)), s_(settings), k_(*settings.kernel), zones_(zones) {}

    u64 min_free_kbytes = 0;
    u64 watermark_scale_factor = 10;
    u64 percpu_high_fraction = 0;
    std::vector<u64> lowmem_reserve_ratio;  // by zone index

    // nr_free_buffer_pages(): what GFP_USER can reach, less the high watermarks.
    u64 nr_free_buffer_pages() const {
        u64 sum = 0;
        for (const ManagedZone& z : zones_)
            if (z.present && z.type <= ZoneType::Normal && z.managed > z.watermark.high) sum += z.managed - z.watermark.high;
        return sum;
    }

    void calculate_min_free_kbytes() {
        const WalkStep step(if_exists(s_.walk, "calculate_min_free_kbytes"), "calculate_min_free_kbytes");
        const WalkNote walk(s_.walk);
        const u64 lowmem_kbytes = nr_free_buffer_pages() * (k_.page_size() / 1024);
        const u64 most = k_.behaviours.min_free_cap_64m ? 65536 : 262144;
        min_free_kbytes = std::clamp<u64>(int_sqrt(lowmem_kbytes * 16), 128, most);
        walk.value("lowmem_kbytes", lowmem_kbytes);
        walk.because([&] { return fmt::format("min_free_kbytes is int_sqrt(lowmem_kbytes * 16), from 128 to {}", most); });
        walk.value("min_free_kbytes", min_free_kbytes);
    }

    void set_recommended_min_free_kbytes() {
        u64 zones = 0;
        for (const ManagedZone& z : zones_)
            if (z.present && (k_.behaviours.khugepaged_counts_all_zones || z.type <= ZoneType::Normal)) ++zones;
        u64 recommended = k_.pageblock_nr_pages() * zones * (2 + MIGRATE_PCPTYPES * MIGRATE_PCPTYPES);
        recommended = std::min(recommended, nr_free_buffer_pages() / 20) * (k_.page_size() / 1024);
        const WalkNote walk(s_.walk);
        walk.value("nr_zones", zones);
        walk.value("recommended_min", recommended);
        walk.because([&] {
            return recommended > min_free_kbytes ? "so many KiB keep pageblocks of each type free: min_free_kbytes is raised"
                                                 : "min_free_kbytes is more than that already";
        });
        min_free_kbytes = std::max(min_free_kbytes, recommended);
        setup_per_zone_wmarks();
    }

    void setup_per_zone_wmarks() {
        const WalkStep step(s_.walk, "setup_per_zone_wmarks");
        const u64 pages_min = min_free_kbytes / (k_.page_size() / 1024);
        u64 lowmem = 0;
        for (const ManagedZone& z : zones_)
            if (!has_token_minimum(z)) lowmem += z.managed;
        step.value("pages_min", pages_min);
        step.value("lowmem_pages", lowmem);
        step.because([&] {
            return std::string("min is the zone's share of pages_min, by managed pages") +
                   (k_.behaviours.wmark_quarter_and_half
                        ? "; low is a quarter of the share above min, high a half"
                        : "; the marks are a quarter of the share or a thousandth of the zone apart");
        });
        if (std::ranges::any_of(zones_, [&](const ManagedZone& z) { return z.present && has_token_minimum(z); }))
            step.because([&] {
                return fmt::format("{}: min is 1/1024 of the zone, from {} to {} pages: what must not fail can do without it",
                                   k_.behaviours.wmark_movable_as_highmem ? "HighMem and Movable" : "HighMem", SWAP_CLUSTER_MAX,
                                   token_most);
            });
        for (ManagedZone& z : zones_) {
            const u64 share = lowmem ? mult_frac(pages_min, z.managed, lowmem) : 0;
            z.watermark.min = has_token_minimum(z) ? std::clamp(z.managed / 1024, SWAP_CLUSTER_MAX, token_most) : share;
            if (k_.behaviours.wmark_quarter_and_half) {
                z.watermark.low = z.watermark.min + share / 4;
                z.watermark.high = z.watermark.min + share / 2;
            } else {
                const u64 gap = std::max(share / 4, mult_frac(z.managed, watermark_scale_factor, 10000));
                z.watermark.low = z.watermark.min + gap;
                z.watermark.high = z.watermark.low + gap;
            }
            if (step && z.present)
                step.value(in_words(z), fmt::format("managed {}: min {}, low {}, high {}", z.managed, z.watermark.min,
                                                    z.watermark.low, z.watermark.high));
        }
        if (k_.behaviours.pcp_high_from_low_wmark) zone_set_pageset_high_and_batch("zone_pcp_update");
    }

    void setup_per_zone_lowmem_reserve() {
        const WalkStep step(s_.walk, "setup_per_zone_lowmem_reserve");
        step.because("what lies above a zone, divided by its ratio, is kept from requests that could go there");
        const std::vector<u64>& ratio = lowmem_reserve_ratio;
        for (std::size_t i = 0; i < zones_.size(); ++i) {
            ManagedZone& z = zones_[i];
            z.lowmem_reserve.assign(ratio.size(), 0);
            const std::size_t own = index(z.type);
            u64 managed = 0;
            for (std::size_t j = own + 1; j < ratio.size(); ++j) {
                const ManagedZone& upper = zones_[i + (j - own)];
                managed += upper.managed;
                const bool clear = ratio[own] == 0 || (k_.behaviours.reserve_clear_of_empty_zone && z.managed == 0) ||
                                   (k_.behaviours.reserve_clear_for_empty_upper && upper.managed == 0);
                z.lowmem_reserve[j] = clear ? 0 : managed / ratio[own];
            }
            if (step && z.present)
                step.value(in_words(z) + " lowmem_reserve[]",
                           fmt::format("{} (ratio {})", fmt::join(z.lowmem_reserve, " "), ratio[own]));
        }
    }

    // For every zone, called through `caller`.
    void zone_set_pageset_high_and_batch(std::string_view caller) {
        for (ManagedZone& z : zones_) {
            Walker* const walk = z.present ? s_.walk : nullptr;
            const WalkStep call(walk, caller);
            call.argument("zone", [&] { return in_words(z); });
            const WalkStep step(walk, "zone_set_pageset_high_and_batch");
            const unsigned batch = zone_batchsize(k_, z.managed);
            step.argument("managed_pages", z.managed);
            step.value("zone_batchsize()", batch);
            z.pcp.batch = std::max(1u, batch);
            if (k_.behaviours.pcp_high_min_max) {
                z.pcp.high_min = zone_highsize(z, percpu_high_fraction);
                z.pcp.high_max = percpu_high_fraction ? z.pcp.high_min : zone_highsize(z, MIN_PERCPU_PAGELIST_HIGH_FRACTION);
            } else if (k_.behaviours.pcp_high_from_low_wmark) {
                z.pcp.high = zone_highsize(z, percpu_high_fraction);
            } else {
                z.pcp.high = 6 * u64{batch};
            }
            if (step) tell_pageset(step, z);
        }
    }

private:
    static std::string in_words(const ManagedZone& z) { return fmt::format("{} (node {})", to_string(z.type), z.node); }

    // Those of the zone's node share its pages; all do where it has none.
    u64 nr_split_cpus(const ManagedZone& z) const {
        const auto node = static_cast<std::size_t>(z.node);
        const u64 cpus = node < s_.cpus_of_node.size() ? s_.cpus_of_node[node] : 0;
        return cpus != 0 ? cpus : std::max(1u, s_.online_cpus);
    }
    u64 zone_highsize(const ManagedZone& z, u64 fraction) const {
        const u64 pages = fraction ? z.managed / fraction : z.watermark.low;
        return std::max(pages / nr_split_cpus(z), z.pcp.batch * 4);
    }
    void tell_pageset(const WalkNote& walk, const ManagedZone& z) const {
        walk.value("pcp->batch", z.pcp.batch);
        if (!k_.behaviours.pcp_high_from_low_wmark) {
            walk.value("pcp->high", z.pcp.high);
            walk.because("high is six batches");
            return;
        }
        walk.value("low_wmark_pages()", z.watermark.low);
        walk.value("nr_split_cpus", nr_split_cpus(z));
        if (!k_.behaviours.pcp_high_min_max) {
            walk.value("pcp->high", z.pcp.high);
            walk.because("the node's CPUs share the low watermark; four batches at least");
            return;
        }
        walk.value("pcp->high_min", z.pcp.high_min);
        walk.value("pcp->high_max", z.pcp.high_max);
        walk.because(fmt::format(
            "the node's CPUs share the low watermark for high_min, 1/{} of the zone for high_max; four batches at least",
            MIN_PERCPU_PAGELIST_HIGH_FRACTION));
    }
    // is_highmem(), and ZONE_MOVABLE in later releases
    bool has_token_minimum(const ManagedZone& z) const {
        return z.type == ZoneType::HighMem ||
               (z.type == ZoneType::Movable && (s_.movable_zone == ZoneType::HighMem || k_.behaviours.wmark_movable_as_highmem));
    }

    std::size_t index(ZoneType type) const {
        std::size_t i = 0;
        for (const ZoneType t : all_zones) {
            if (t == type) break;
            i += k_.has_zone(t);
        }
        return i;
    }
    // sysctl_lowmem_reserve_ratio[]; in 3.x it is a list without names, one short, and its last entries are 32.
    static std::vector<u64> default_ratio(const Kernel& kernel) {
        std::vector<u64> ratio;
        for (const ZoneType t : all_zones) {
            if (!kernel.has_zone(t)) continue;
            switch (t) {
                case ZoneType::DMA:
                case ZoneType::DMA32:
                    ratio.push_back(256);
                    break;
                case ZoneType::Normal:
                    ratio.push_back(32);
                    break;
                case ZoneType::HighMem:
                    ratio.push_back(kernel.behaviours.reserve_highmem_ratio_32 ? 32 : 0);
                    break;
                case ZoneType::Movable:
                case ZoneType::Device:
                    ratio.push_back(0);
                    break;
            }
        }
        return ratio;
    }

    const WatermarkSettings& s_;
    const Kernel& k_;
    std::vector<ManagedZone>& zones_;
};

}  // namespace

u64 init_per_zone_wmark_min(const WatermarkSettings& settings, std::vector<ManagedZone>& zones) {
    for (ManagedZone& z : zones) z.watermark = {};
    Setup setup(settings, zones);
    setup.calculate_min_free_kbytes();
    setup.setup_per_zone_wmarks();
    setup.setup_per_zone_lowmem_reserve();
    return setup.min_free_kbytes;
}

u64 set_recommended_min_free_kbytes(const WatermarkSettings& settings, std::vector<ManagedZone>& zones, u64 min_free_kbytes) {
    if (!settings.khugepaged || settings.kernel->behaviours.wmark_init_after_khugepaged) return min_free_kbytes;
    Setup setup(settings, zones);
    setup.min_free_kbytes = min_free_kbytes;
    setup.set_recommended_min_free_kbytes();
    return setup.min_free_kbytes;
}

u64 write_vm_sysctl(const WatermarkSettings& settings, const VmSysctl& vm, std::vector<ManagedZone>& zones, u64 min_free_kbytes) {
    Setup setup(settings, zones);
    setup.min_free_kbytes = vm.min_free_kbytes.value_or(min_free_kbytes);
    setup.watermark_scale_factor = vm.watermark_scale_factor.value_or(setup.watermark_scale_factor);
    setup.percpu_high_fraction = vm.percpu_high_fraction.value_or(0);
    if (vm.min_free_kbytes || vm.watermark_scale_factor) setup.setup_per_zone_wmarks();
    if (vm.percpu_high_fraction) setup.zone_set_pageset_high_and_batch("percpu_pagelist_high_fraction_sysctl_handler");
    if (vm.lowmem_reserve_ratio) {
        const auto& asked = *vm.lowmem_reserve_ratio;
        for (std::size_t i = 0; i < std::min(asked.size(), setup.lowmem_reserve_ratio.size()); ++i)
            setup.lowmem_reserve_ratio[i] = asked[i].value_or(setup.lowmem_reserve_ratio[i]);
        setup.setup_per_zone_lowmem_reserve();
    }
    return setup.min_free_kbytes;
}

void set_lowmem_reserve(const WatermarkSettings& settings, std::vector<ManagedZone>& zones) {
    Setup(settings, zones).setup_per_zone_lowmem_reserve();
}

void setup_per_cpu_pageset(const WatermarkSettings& settings, std::vector<ManagedZone>& zones) {
    for (ManagedZone& z : zones) z.watermark = {};
    Setup(settings, zones).zone_set_pageset_high_and_batch("setup_zone_pageset");
}

void zone_pcp_update(const WatermarkSettings& settings, std::vector<ManagedZone>& zones) {
    Setup(settings, zones).zone_set_pageset_high_and_batch("zone_pcp_update");
}

}  // namespace zonecalc
