// SPDX-License-Identifier: MIT
// A profile is the kernel's if the release is the same and, where a config is given, if the config agrees in every symbol that the
// profile lists. Several builds of one release are told apart by the config, else by what the release's tail and the version line say
// (-pae, SMP). Failing that, the same version of the source; failing that, what the library makes of RELEASE-ARCH; failing that, the
// nearest version. All but the first is noted as assumed.
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

std::string profile_text(const KernelWanted& wanted, const Kernel& like, const KernelConfig& config) {
    std::string out = fmt::format("# Made from {}; what it does not list is that of {}.\n", config.file, like.profile);
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n') c = '?';
    const Version version = wanted.version.value_or(like.version);
    out += fmt::format("schema = 1\n\n[kernel]\nrelease = {}\nversion = \"{}\"\narch = \"{}\"\nlike = {}\nsource = {}\n\n[config]\n",
                       toml_string(wanted.release.empty() ? to_string(version) : wanted.release), to_string(version), to_string(wanted.arch),
                       toml_string(like.profile), toml_string("config " + config.file));
    for (const std::string& symbol : differences(like, config)) {
        const std::string_view value = config.value(symbol);
        const bool plain = !value.empty() && value.size() < 18 && (value == "0" || value[0] != '0') && value.find_first_not_of("0123456789") == value.npos;
        out += fmt::format("{} = {}\n", symbol, plain ? std::string(value) : toml_string(value));
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
        return Rank{same_release ? 0ul : same_version ? 1ul : 2ul,
                    config ? differences(k, *config).size() : 0ul,
                    foreign_words(wanted.release, k.profile),
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
    const std::string called = !wanted.release.empty() ? wanted.release : wanted.version ? to_string(*wanted.version) : std::string("unknown");

    std::optional<Kernel> chosen;
    const Rank r = best != shipped.end() ? rank(*best) : Rank{3, 0, 0, 0, 0, 0};
    if (r.release < 2 && (r.release == 0 || wanted.release.empty())) {
        chosen = *best;
    } else {
        if (wanted.version) chosen = loaded(fmt::format("{}-{}", to_string(*wanted.version), to_string(wanted.arch)));
        if (!chosen && best != shipped.end()) chosen = *best;
        if (!chosen) chosen = loaded(default_kernel(wanted.arch));
        if (!chosen) {
            match.assumed.push_back(fmt::format("no kernel profile is near release {}; name one with --kernel", called));
            return match;
        }
        match.assumed.push_back(fmt::format("no profile is shipped of the kernel's build {}: {} stands in for it", called, chosen->profile));
    }
    match.profile = chosen->profile;
    if (config && !differences(*chosen, *config).empty()) match.own = profile_text(wanted, *chosen, *config);
    return match;
}

}  // namespace zonecalc
