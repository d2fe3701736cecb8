// SPDX-License-Identifier: MIT
// Gigantic pages, which the page allocator could never hand out: hugetlb takes them from memblock, or takes CMA areas that they
// come from later on (hugetlb_cma=).
//
// A gigantic page is 1 GiB, and 16 GiB on arm64 with pages of 64 KiB; x86 CPUs have none unless they map pages of 1 GiB. arm64 with
// pages of 4 KiB has them of 32 MiB as well, where the page allocator's largest block is smaller. Pages are taken node by node in
// turn, or as many of a node as hugepages=NODE:COUNT says.
//
// Releases differ in when: up to 6.14 hugepages= itself takes the pages, late enough that memmaps and percpu areas lie above
// them; 6.15 waits until all parameters are known, x86 in setup_arch() before there are memmaps; 7.0 does so everywhere.
//
// Not modelled: the order in which 6.15 and later take gigantic pages of several sizes; pages whose memmap is left out
// (hugetlb_free_vmemmap= from 6.15 on). Read beside it: mm/hugetlb.c hugetlb_bootmem_alloc(), hugepages_setup(), mm/hugetlb_cma.c
// (mm/hugetlb.c up to 6.13).
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "mm/boot.h"
#include "mm/walk.h"

namespace zonecalc {

namespace {

// Sums of these never wrap.
constexpr u64 most_bytes = u64{1} << 60;
constexpr u64 GiB = u64{1} << 30;
constexpr u64 CONT_PMD_SIZE = u64{32} << 20;  // arm64, pages of 4 KiB

struct HugetlbCma {
    u64 size = 0;                 // bytes, of all nodes
    std::map<int, u64> per_node;  // hugetlb_cma=NODE:SIZE,…
};

// cmdline_parse_hugetlb_cma(). Nodes are understood from 5.17 on; before, their number is taken for the size.
HugetlbCma parse_hugetlb_cma(const Boot& boot) {
    const Behaviours& b = boot.kernel.behaviours;
    HugetlbCma out;
    for (const std::string& value : early_values(boot, "hugetlb_cma")) {
        std::string_view rest = value;
        while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
            const Strtoull nid = simple_strtoull(rest);
            if (!b.hugetlb_cma_by_node || !nid.rest.starts_with(':')) {
                out.size = memparse(rest, b.memparse_tera_suffixes).value;
                break;
            }
            if (nid.value >= boot.kernel.max_numnodes) break;
            const Memparse size = memparse(nid.rest.substr(1), b.memparse_tera_suffixes);
            out.per_node[static_cast<int>(nid.value)] = size.value;
            out.size += size.value;
            if (!size.rest.starts_with(',')) break;
            rest = size.rest.substr(1);
        }
    }
    return out;
}

void hugetlb_cma_reserve(Boot& boot) {
    const u64 gigantic = boot.early->gigantic_page;
    if (gigantic == 0 || !boot.kernel.config_enabled("CMA") || !boot.kernel.config_enabled("HUGETLB_PAGE")) return;
    const WalkStep step(boot.walk, "hugetlb_cma_reserve");
    HugetlbCma wanted = parse_hugetlb_cma(boot);
    const auto online = [&](int nid) { return std::ranges::binary_search(boot.online_nodes, nid); };
    std::erase_if(wanted.per_node, [&](const auto& node) {
        const bool drop = node.second != 0 && (!online(node.first) || node.second < gigantic);
        if (drop) wanted.size -= node.second;
        return drop || node.second == 0;
    });
    if (wanted.size < gigantic || wanted.size > most_bytes || boot.online_nodes.empty()) return;
    const u64 share = round_up(div_round_up(wanted.size, boot.online_nodes.size()), gigantic);
    const u64 huge = boot.kernel.page_size() << (boot.kernel.page_shift - 3);
    u64 reserved = 0;
    for (const int nid : boot.online_nodes) {
        u64 size = std::min(share, wanted.size - reserved);
        if (!wanted.per_node.empty()) {
            const auto own = wanted.per_node.find(nid);
            if (own == wanted.per_node.end()) continue;
            size = own->second;
        }
        size = round_up(std::min(size, most_bytes), gigantic);
        if (!cma_declare_contiguous(boot, {.name = "hugetlb CMA", .size = size, .align = huge, .nid = nid})) continue;
        reserved += size;
        if (reserved >= wanted.size) break;
    }
    boot.early->hugetlb_cma = reserved != 0;
}

class GiganticPages {
public:
    explicit GiganticPages(Boot& boot) : boot_(boot), nodes_(nodes_with_memory(boot)) {}

    // By all the parameters, in their order.
    void alloc() {
        if (boot_.early->hugetlb_cma || nodes_.empty() || !boot_.kernel.config_enabled("HUGETLB_PAGE")) return;
        std::optional<u64> size;  // that hugepages= is about
        std::string before_size;  // hugepages= ahead of all sizes is about the default size
        for (const Parameter& p : boot_.cmdline.parameters) {
            if (!p.value) continue;
            if (parameq(p.name, "hugepagesz")) size = memparse_of(boot_, *p.value);
            if (parameq(p.name, "default_hugepagesz") && boot_.kernel.behaviours.hugetlb_default_size_parsed) {
                size = memparse_of(boot_, *p.value);
                if (is_gigantic(*size)) take(before_size, *size);
                before_size.clear();
            }
            if (!parameq(p.name, "hugepages")) continue;
            if (!size)
                before_size = *p.value;
            else if (is_gigantic(*size))
                take(*p.value, *size);
            else if (*size == GiB && boot_.kernel.arch == Arch::x86_64)
                not_had(p.value.value(), "none can be had: the board does not say that its CPUs have pages of 1 GiB (gb_pages)");
        }
    }

private:
    // hstate_is_gigantic(), of sizes that the architecture has
    bool is_gigantic(u64 size) const {
        const Kernel& k = boot_.kernel;
        const bool contiguous = k.arch == Arch::arm64 && k.page_shift == 12 && size == CONT_PMD_SIZE;
        return size != 0 && (size == boot_.early->gigantic_page || (contiguous && size / k.page_size() > k.max_order_nr_pages()));
    }
    // What hugepages= says: COUNT or NODE:COUNT,…
    void take(const std::string& value, u64 size) {
        const WalkStep step(boot_.walk, "hugetlb_hstate_alloc_pages");
        asked_ = had_ = 0;
        size_ = size;
        if (value.find(':') == std::string::npos)
            take_in_turn(capped(simple_strtoull(value).value));
        else
            take_by_node(value);
        if (had_ < asked_)
            not_had(value,
                    fmt::format("{} of {} pages of {} can be had; alloc_bootmem_huge_page() needs free memory on borders of {}",
                                had_, asked_, in_words(), in_words()));
    }
    void take_by_node(std::string_view list) {
        while (!list.empty()) {
            const Strtoull nid = simple_strtoull(list);
            if (!nid.rest.starts_with(':')) break;
            const Strtoull count = simple_strtoull(nid.rest.substr(1));
            const int node = nid.value < boot_.kernel.max_numnodes ? static_cast<int>(nid.value) : 0;
            const u64 wanted = capped(count.value);
            asked_ += wanted;
            for (u64 i = 0; i < wanted && take_one(node); ++i) {
            }
            list = count.rest.starts_with(',') ? count.rest.substr(1) : std::string_view{};
        }
    }
    void take_in_turn(u64 count) {
        bool room = true;
        asked_ += count;
        for (u64 i = 0; i < count && room; ++i) {
            room = false;
            for (std::size_t tried = 0; tried < nodes_.size() && !room; ++tried) {
                room = take_one(nodes_[next_]);
                next_ = (next_ + 1) % nodes_.size();
            }
        }
    }
    std::string in_words() const {
        return size_ % GiB == 0 ? fmt::format("{} GiB", size_ / GiB) : fmt::format("{} MiB", size_ >> 20);
    }
    bool take_one(int nid) {
        const bool room =
            boot_.early->allocator.alloc({.name = gigantic_page_names[0], .size = size_, .align = size_, .nid = nid}).has_value();
        had_ += room;
        return room;
    }
    void not_had(const std::string& value, const std::string& why) {
        if (boot_.zones_only) return;
        const std::string word = "hugepages=" + value;
        boot_.note(Note::Kind::problem, "hugepages-not-had", word + ": " + why, {.parameter = word});
    }
    u64 capped(u64 count) {
        constexpr u64 most = 4096;  // 4 TiB
        if (count > most)
            boot_.note(Note::Kind::unmodelled, "too-many-gigantic-pages",
                       fmt::format("of {} gigantic pages only {} are computed", count, most));
        return std::min(count, most);
    }

    Boot& boot_;
    std::vector<int> nodes_;
    std::size_t next_ = 0;
    u64 asked_ = 0, had_ = 0;  // by the word at hand
    u64 size_ = 0;             // of its pages
};

}  // namespace

void hugetlb_reserve(Boot& boot, HugetlbMoment moment) {
    const Behaviours& b = boot.kernel.behaviours;
    const bool early = b.early_sparse_in_free_area_init;
    if (moment == (early ? HugetlbMoment::before_zones : HugetlbMoment::setup_arch)) hugetlb_cma_reserve(boot);
    const HugetlbMoment pages = early                        ? HugetlbMoment::before_zones
                                : !b.hugetlb_in_mm_core_init ? HugetlbMoment::parameters
                                : is_x86(boot.kernel.arch)   ? HugetlbMoment::setup_arch
                                                             : HugetlbMoment::mm_core_init;
    if (moment == pages) GiganticPages(boot).alloc();
}

}  // namespace zonecalc
