// SPDX-License-Identifier: MIT
// A profile is the kernel's if the release is the same and, where a config is given, if the config agrees in every symbol that the
// profile lists. Several builds of one release are told apart by the config, else by what the release's tail and the version line
// say
// (-pae, SMP). Failing that, the same version of the source; failing that, what the library makes of RELEASE-ARCH; failing that,
// the nearest version. All but the first is noted as assumed.
#include "input/kernel_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "input/library.h"

namespace zonecalc {

namespace {

bool differs(const Kernel& kernel, const KernelConfig& config, std::string_view symbol) {
    const auto mine = kernel.config.find(symbol);
    return config.value(symbol) != (mine == kernel.config.end() || mine->second.empty() ? "n" : mine->second);
}

// Symbols of the profile in which the config differs.
std::vector<std::string> differences(const Kernel& kernel, const KernelConfig& config) {
    std::vector<std::string> list;
    for (const auto& [symbol, value] : kernel.config)
        if (differs(kernel, config, symbol)) list.push_back(symbol);
    return list;
}

unsigned long distance(Version a, Version b) {
    const auto rank = [](Version v) { return v.major * 1000000ul + v.minor * 10000ul + std::min(v.sublevel, 9999u); };
    const unsigned long x = rank(a), y = rank(b);
    return x > y ? x - y : y - x;
}

// How many words of the profile's name ("pae", "rt", "cloud") the release does not have, and the other way round.
unsigned foreign_words(std::string_view release, std::string_view name) {
    constexpr std::string_view words[] = {"pae", "lpae", "cloud", "rt", "sparse", "cma"};
    unsigned n = 0;
    for (const std::string_view w : words) {
        const auto in = [w](std::string_view text) {
            for (std::size_t at = text.find(w); at != text.npos; at = text.find(w, at + 1)) {
                const bool starts = at == 0 || text[at - 1] == '-' || text[at - 1] == '+';
                const bool ends = at + w.size() == text.size() || text[at + w.size()] == '-';
                if (starts && ends) return true;
            }
            return false;
        };
        n += in(release) != in(name);
    }
    return n;
}

// What the build's files say otherwise than `like`. A profile that is no record of the build may lack symbols that `others` have.
void put_differences(const KernelSources& sources, const Kernel& like, std::span<const Kernel> others, KernelProfile& own) {
    if (sources.config) {
        std::vector<std::string> symbols = differences(like, *sources.config);
        for (const Kernel& k : others)
            for (const auto& [symbol, value] : k.config)
                if (!like.config.contains(symbol) && differs(like, *sources.config, symbol)) symbols.push_back(symbol);
        for (const std::string& symbol : symbols) own.config.emplace(symbol, sources.config->value(symbol));
    }
    const auto other = [](const Numbers& known, const std::string& name, u64 value) {
        const auto found = known.find(name);
        return found == known.end() || found->second != value;
    };
    for (const auto& [name, size] : sources.sizes)
        if (other(like.sizes, name, size)) own.sizes.emplace(name, size);
    for (const Numbers* numbers : {&sources.constants, &sources.symbols})
        for (const auto& [name, value] : *numbers)
            if (other(like.constants, name, value)) own.constants.emplace(name, value);
}

// What a profile of a build of its own still has from `like`, and where it could be had from.
std::vector<std::string> missing(const KernelSources& sources, const Kernel& like) {
    std::vector<std::string> list;
    const std::string from = fmt::format("; they are those of {}", like.profile);
    if (!sources.config)
        list.push_back("the configuration is missing: /boot/config-RELEASE, /proc/config.gz or .config of the build" + from);
    std::vector<std::string> addresses;
    for (const std::string_view name : {"_text", "_stext", "_etext", "__init_begin", "__init_end", "_sdata", "_edata", "_end",
                                        "__end_of_kernel_reserve", "__brk_base", "__per_cpu_end"})
        if (like.constants.contains(name) && !sources.symbols.contains(name) && !sources.constants.contains(name))
            addresses.emplace_back(name);
    if (!addresses.empty())
        list.push_back(fmt::format("addresses of {} are missing: System.map or vmlinux of the build have them{}",
                                   fmt::join(addresses, ", "), from));
    const bool btf = std::any_of(sources.sizes.begin(), sources.sizes.end(), [](const auto& s) { return s.first == "page"; });
    if (!btf) {
        list.push_back("sizes of structures are missing: /sys/kernel/btf/vmlinux, or a vmlinux with CONFIG_DEBUG_INFO_BTF" + from);
        return list;
    }
    std::vector<std::string> names;
    for (const auto& [name, size] : like.sizes)
        if (!sources.sizes.contains(name)) names.push_back(name);
    if (!names.empty()) list.push_back(fmt::format("sizes that the BTF does not have{}: {}", from, fmt::join(names, ", ")));
    return list;
}

std::optional<Kernel> loaded(const std::string& name) {
    try {
        return load_kernel(name);
    } catch (const InputError&) {
        return std::nullopt;
    }
}

// Where lowmem ends on i386 depends on how many CPUs the kernel is built for, and where its addresses begin.
void put_lowmem_options(const KernelWanted& wanted, const Kernel& chosen, KernelProfile& own) {
    if (wanted.smp && !*wanted.smp) {
        own.config.emplace("SMP", "n");
        own.config.emplace("NR_CPUS", "1");
    } else if (wanted.config_nr_cpus) {
        own.config.emplace("NR_CPUS", std::to_string(*wanted.config_nr_cpus));
    }
    if (wanted.page_offset && *wanted.page_offset != chosen.page_offset)
        own.config.emplace("PAGE_OFFSET", fmt::format("0x{:X}", *wanted.page_offset));
}

}  // namespace

KernelMatch match_kernel(const KernelWanted& wanted, const KernelConfig* config) {
    KernelSources sources;
    if (config) sources.config = *config;
    return match_kernel(wanted, sources);
}

KernelMatch match_kernel(const KernelWanted& wanted, const KernelSources& sources) {
    const KernelConfig* config = sources.config ? &*sources.config : nullptr;
    KernelMatch match;
    std::vector<Kernel> shipped;
    const std::string infix = fmt::format("-{}", to_string(wanted.arch));
    for (const std::string& name : shipped_kernels())
        if (name.find(infix) != name.npos)
            if (auto k = loaded(name); k && k->arch == wanted.arch) shipped.push_back(std::move(*k));

    constexpr unsigned ruled_out = 100;
    struct Rank {
        unsigned long release, differ, words, smp, far, name;
        auto operator<=>(const Rank&) const = default;
    };
    const auto rank = [&](const Kernel& k) {
        const bool same_release = !wanted.release.empty() && k.release == wanted.release;
        const bool same_version = wanted.version && k.version == *wanted.version;
        const bool smp = k.config_enabled("SMP");
        const unsigned no_cma = wanted.cma && !k.config_enabled("CMA") ? ruled_out : 0;
        const unsigned pae = wanted.pae && wanted.arch == Arch::i386 && k.config_enabled("X86_PAE") != *wanted.pae ? ruled_out : 0;
        return Rank{same_release   ? 0ul
                    : same_version ? 1ul
                                   : 2ul,
                    config ? differences(k, *config).size() : 0ul,
                    foreign_words(wanted.release, k.profile) + pae + no_cma,
                    wanted.smp && k.config.contains("SMP") && smp != *wanted.smp ? 1ul : 0ul,
                    wanted.version ? distance(k.version, *wanted.version) : 0ul,
                    k.profile.size()};
    };
    // Far versions first by version, then by the rest.
    const auto better = [&](const Kernel& a, const Kernel& b) {
        Rank x = rank(a), y = rank(b);
        if (x.release == 2 && y.release == 2) x.release += x.far, y.release += y.far;
        return x < y;
    };
    const auto best = std::min_element(shipped.begin(), shipped.end(), better);
    const std::string called = !wanted.release.empty() ? wanted.release
                               : wanted.version        ? to_string(*wanted.version)
                                                       : std::string{};

    std::optional<Kernel> chosen;
    const Rank r = best != shipped.end() ? rank(*best) : Rank{3, 0, 0, 0, 0, 0};
    if (r.release < 2 && (r.release == 0 || wanted.release.empty())) {
        chosen = *best;
        const auto same = std::count_if(shipped.begin(), shipped.end(), [&](const Kernel& k) {
            return rank(k).release == r.release && rank(k).words < ruled_out && k.confirmation == Confirmation::recorded;
        });
        if (same > 1 && !config)
            match.assumed.push_back(
                fmt::format("{} builds of {} are known and this is taken to be {}; the kernel's config (--config) tells them apart",
                            same, called, chosen->profile));
    } else {
        if (wanted.version && !wanted.pae)
            chosen = loaded(fmt::format("{}-{}", to_string(*wanted.version), to_string(wanted.arch)));
        if (!wanted.version && !config) chosen = loaded(default_kernel(wanted.arch));
        if (!chosen && best != shipped.end()) chosen = *best;
        if (!chosen) {
            match.assumed.push_back(
                fmt::format("no kernel profile is near release {}; name one with --kernel", called.empty() ? "unknown" : called));
            return match;
        }
        match.assumed.push_back(
            called.empty()
                ? fmt::format("which kernel runs is not known: {} stands in for it; --kernel names another", chosen->profile)
                : fmt::format("no profile is shipped of the kernel's build {}: {} stands in for it", called, chosen->profile));
    }
    match.profile = chosen->profile;
    KernelProfile own;
    const bool stranger = r.release >= 2 || !match.assumed.empty();
    const bool record = !stranger && chosen->confirmation == Confirmation::recorded;
    put_differences(sources, *chosen, record ? std::span<const Kernel>{} : shipped, own);
    if (!config && stranger && wanted.arch == Arch::i386) put_lowmem_options(wanted, *chosen, own);
    const bool other_version = wanted.version && chosen->version != *wanted.version;
    // Files of a build that is not shipped make a profile, be all in them as in the nearest one: they do not say everything.
    const bool unknown_build = stranger && !sources.files.empty();
    if (own.config.empty() && own.sizes.empty() && own.constants.empty() && !other_version && !unknown_build) return match;
    const Version version = wanted.version.value_or(chosen->version);
    own.release = wanted.release.empty() ? to_string(version) : wanted.release;
    own.version = to_string(version);
    own.arch = wanted.arch;
    own.like = chosen->profile;
    own.source = config ? "config " + config->file : sources.files.empty() ? "a boot log" : sources.files.front();
    match.remarks = {fmt::format("What is not listed here is that of {}.", chosen->profile)};
    if (!sources.files.empty()) match.missing = missing(sources, *chosen);
    for (const std::string& m : match.missing) match.remarks.push_back("- " + m);
    match.own = std::move(own);
    return match;
}

Kernel load_kernel(const KernelMatch& match) {
    return match.own ? kernel_of_profile(*match.own, "like " + match.profile) : load_kernel(match.profile);
}

}  // namespace zonecalc
