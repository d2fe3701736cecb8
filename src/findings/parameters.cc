// SPDX-License-Identifier: MIT
// Words of the command line that do nothing on this board, or not what they seem to ask for. What handlers notice themselves is
// said where they are (arch/, mm/early_param.cc, mm/find_zone_movable.cc); here is what shows in the end only.
//
// That a kernel was built without something is said where its config says so; a profile that is silent is believed to have it.
#include <fmt/format.h>

#include <algorithm>

#include "findings/finder.h"
#include "mm/crashkernel.h"
#include "mm/memory_account.h"

namespace zonecalc {

namespace {

bool built_without(const Kernel& kernel, std::string_view symbol) {
    const auto c = kernel.config.find(symbol);
    return c != kernel.config.end() && c->second == "n";
}

// kernelcore= or movablecore= with an amount of at least a page.
bool asks_for_amount(const Finder& f, const Parameter* p) {
    if (!p || !p->value) return false;
    if (f.kernel.behaviours.core_percent && simple_strtoull(*p->value).rest.starts_with('%'))
        return simple_strtoull(*p->value).value != 0;
    return memparse(*p->value, f.kernel.behaviours.memparse_tera_suffixes).value >= f.kernel.page_size();
}

bool foreign(const Finder& f, std::string_view symbol, const Parameter& p, std::string_view why) {
    if (!built_without(f.kernel, symbol)) return false;
    f.say(fmt::format("{} does nothing: this kernel is built without {}", text_of(p), why), "a kernel that is built with it",
          {.parameter = text_of(p)});
    return true;
}

}  // namespace

void core_ignored(const Finder& f) {
    const MovablePath path = f.layout.movable.path;
    if (path != MovablePath::movable_node && path != MovablePath::mirror) return;
    for (const std::string_view name : {"kernelcore", "movablecore"}) {
        const Parameter* ignored = nullptr;
        for (const Parameter& p : f.cmdline.parameters)
            if (parameq(p.name, name) && asks_for_amount(f, &p)) ignored = &p;
        if (!ignored) continue;
        const bool by_node = path == MovablePath::movable_node;
        f.say(fmt::format("{} does nothing: find_zone_movable_pfns_for_nodes() does not look at amounts where there is {}",
                          text_of(*ignored), by_node ? "movable_node" : "kernelcore=mirror"),
              by_node ? "no movable_node" : "no kernelcore=mirror", {.parameter = text_of(*ignored)});
    }
}

void movablecore_ignored(const Finder& f) {
    const Parameter* movablecore = f.parameter("movablecore");
    if (f.layout.movable.path != MovablePath::kernelcore || !asks_for_amount(f, movablecore)) return;
    f.say(fmt::format("{} does nothing: {} asks for more kernel memory than it would leave, and prevails", text_of(*movablecore),
                      f.word("kernelcore")),
          "one of them only", {.parameter = text_of(*movablecore)});
}

// mem=SIZE on machines where it is an upper limit.
void mem_no_effect(const Finder& f) {
    const Parameter* p = f.parameter("mem");
    if (!p || !p->value || f.kernel.arch == Arch::arm) return;
    const Memparse limit = memparse(*p->value, f.kernel.behaviours.memparse_tera_suffixes);
    if (limit.value == 0 || !limit.rest.empty()) return;
    const RegionList firmware = firmware_memory(f.board);
    if (firmware.empty()) return;
    // On x86 what lies above is cut off, wherever memory begins.
    const u64 there = is_x86(f.kernel.arch) ? firmware.regions().back().end() - 1 : firmware.total_size();
    if (limit.value < there) return;
    f.say(fmt::format("{} cuts nothing: memory {} {}", text_of(*p), is_x86(f.kernel.arch) ? "ends at" : "has",
                      is_x86(f.kernel.arch) ? fmt::format("{:#x}", there) : f.size(there)),
          "", {.parameter = text_of(*p)});
}

void size_not_understood(const Finder& f) {
    const bool tera = f.kernel.behaviours.memparse_tera_suffixes;
    for (const Parameter& p : f.cmdline.parameters) {
        if (!p.value) continue;
        const bool core = parameq(p.name, "kernelcore") || parameq(p.name, "movablecore");
        const bool mem = parameq(p.name, "mem");
        const bool cma = parameq(p.name, "cma");
        if (!core && !mem && !cma && !parameq(p.name, "hugepagesz") && !parameq(p.name, "log_buf_len")) continue;
        const Memparse number = memparse(*p.value, tera);
        if (!number.any_digit || number.rest.empty()) continue;
        if (core && f.kernel.behaviours.core_percent && simple_strtoull(*p.value).rest.starts_with('%')) continue;
        if ((cma || (mem && f.kernel.arch == Arch::arm)) && number.rest.starts_with('@')) continue;
        const std::string_view read = std::string_view(*p.value).substr(0, p.value->size() - number.rest.size());
        f.say(fmt::format("{} is read as {}={} ({}): memparse() stops at '{}'", text_of(p), p.name, read, f.size(number.value),
                          number.rest),
              tera ? "a whole number and one of K, M, G, T, P and E" : "a whole number and one of K, M and G",
              {.parameter = text_of(p)});
    }
}

void parameter_not_built_in(const Finder& f) {
    for (const Parameter& p : f.cmdline.parameters) {
        if (parameq(p.name, "hugepages") || parameq(p.name, "hugepagesz") || parameq(p.name, "default_hugepagesz"))
            foreign(f, "HUGETLB_PAGE", p, "CONFIG_HUGETLB_PAGE") || foreign(f, "HUGETLBFS", p, "CONFIG_HUGETLBFS");
        else if (parameq(p.name, "crashkernel") && !reserves_crashkernel(f.kernel))
            foreign(f, "KEXEC", p, "CONFIG_KEXEC") || foreign(f, "CRASH_DUMP", p, "CONFIG_KEXEC");
        else if (parameq(p.name, "mminit_loglevel"))
            foreign(f, "DEBUG_MEMORY_INIT", p, "CONFIG_DEBUG_MEMORY_INIT");
    }
}

}  // namespace zonecalc
