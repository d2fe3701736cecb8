// SPDX-License-Identifier: MIT
// A profile is the kernel's if the release is the same and, where a config is given, if the config agrees in every symbol that the
// profile lists. Several builds of one release are told apart by the config, else by what the release's tail and the version line
// say
// (-pae, SMP). Failing that, the same version of the source; failing that, what the library makes of RELEASE-ARCH; failing that,
// the nearest version. All but the first is noted as assumed.
#include "input/kernel_match.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/library.h"
#include "report/board_writer.h"

namespace zonecalc {

namespace {

// Symbols in which the config differs from the profile's.
std::vector<std::string> differences(const Kernel& kernel, const KernelConfig& config) {
    std::vector<std::string> list;
    for (const auto& [symbol, value] : kernel.config) {
        const std::string_view mine = value.empty() ? std::string_view("n") : std::string_view(value);
        if (config.value(symbol) != mine) list.push_back(symbol);
    }
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

// What the profile says otherwise than the kernel is.
using Overrides = std::map<std::string, std::string, std::less<>>;

std::string profile_text(const KernelWanted& wanted, const Kernel& like, const Overrides& overrides, const std::string& source) {
    const Version version = wanted.version.value_or(like.version);
    std::string out = fmt::format(
        "# What is not listed here is that of {}.\nschema = 1\n\n[kernel]\nrelease = {}\nversion = \"{}\"\narch = \"{}\"\n",
        like.profile, toml_string(wanted.release.empty() ? to_string(version) : wanted.release), to_string(version),
        to_string(wanted.arch));
    out += fmt::format("like = {}\nsource = {}\n", toml_string(like.profile), toml_string(source));
    if (!overrides.empty()) out += "\n[config]\n";
    for (const auto& [symbol, value] : overrides) {
        const bool plain = !value.empty() && value.size() < 18 && (value == "0" || value[0] != '0') &&
                           value.find_first_not_of("0123456789") == value.npos;
        out += fmt::format("{} = {}\n", symbol, plain ? value : toml_string(value));
    }
    return out;
}

std::optional<Kernel> loaded(const std::string& name) {
    try {
        return load_kernel(name);
    } catch (const InputError&) {
        return std::nullopt;
    }
}

}  // namespace

KernelMatch match_kernel(const KernelWanted& wanted, const KernelConfig* config) {
    KernelMatch match;
    std::vector<Kernel> shipped;
    const std::string infix = fmt::format("-{}", to_string(wanted.arch));
    for (const std::string& name : shipped_kernels())
        if (name.find(infix) != name.npos)
            if (auto k = loaded(name); k && k->arch == wanted.arch) shipped.push_back(std::move(*k));

    struct Rank {
        unsigned long release, differ, words, smp, far, name;
        auto operator<=>(const Rank&) const = default;
    };
    const auto rank = [&](const Kernel& k) {
        const bool same_release = !wanted.release.empty() && k.release == wanted.release;
        const bool same_version = wanted.version && k.version == *wanted.version;
        const bool smp = k.config_enabled("SMP");
        const unsigned pae = wanted.pae && wanted.arch == Arch::i386 && k.config_enabled("X86_PAE") != *wanted.pae ? 100 : 0;
        return Rank{same_release   ? 0ul
                    : same_version ? 1ul
                                   : 2ul,
                    config ? differences(k, *config).size() : 0ul,
                    foreign_words(wanted.release, k.profile) + pae,
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
                                                       : std::string("unknown");

    std::optional<Kernel> chosen;
    const Rank r = best != shipped.end() ? rank(*best) : Rank{3, 0, 0, 0, 0, 0};
    if (r.release < 2 && (r.release == 0 || wanted.release.empty())) {
        chosen = *best;
        const auto same =
            std::count_if(shipped.begin(), shipped.end(), [&](const Kernel& k) { return rank(k).release == r.release; });
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
            match.assumed.push_back(fmt::format("no kernel profile is near release {}; name one with --kernel", called));
            return match;
        }
        match.assumed.push_back(
            fmt::format("no profile is shipped of the kernel's build {}: {} stands in for it", called, chosen->profile));
    }
    match.profile = chosen->profile;
    Overrides overrides;
    if (config)
        for (const std::string& symbol : differences(*chosen, *config)) overrides.emplace(symbol, config->value(symbol));
    const bool stranger = r.release >= 2 || !match.assumed.empty();
    // Where lowmem ends on i386 depends on how many CPUs the kernel is built for, which it prints.
    if (!config && stranger && wanted.arch == Arch::i386 && wanted.config_nr_cpus)
        overrides.emplace("NR_CPUS", std::to_string(*wanted.config_nr_cpus));
    const bool other_version = wanted.version && chosen->version != *wanted.version;
    if (!overrides.empty() || other_version)
        match.own = profile_text(wanted, *chosen, overrides, config ? "config " + config->file : "a boot log");
    return match;
}

}  // namespace zonecalc
