// SPDX-License-Identifier: MIT
// crashkernel=: memory that is kept aside for a second kernel, which runs when this one has crashed.
//
// Up to 6.6 each architecture reads the command line in its own way and looks for a place by its own rules; then all share one
// way: below a limit first and above it where that is full, or the other way round with ",high", and a small part below the limit
// for a kernel above, for devices that reach no further. Sizes may depend on how much memory there is; from 6.1 on that is rounded
// up to 128 MiB first, since firmware keeps some of it.
//
// Not modelled: crashkernel=SIZE,cma of 6.17, which reserves an area that is lent out in the meantime; Xen.
// Read beside it: kernel/crash_reserve.c (kernel/crash_core.c up to 6.7, kernel/kexec.c up to 4.12).
#include "mm/crashkernel.h"

#include "mm/boot.h"

namespace zonecalc {

namespace {

// Sums of these never wrap; nothing fits above.
constexpr u64 most = u64{1} << 60;

bool has_suffix(std::string_view value) {
    return value.ends_with(",high") || value.ends_with(",low") || value.ends_with(",cma");
}

class Reader {
public:
    Reader(std::string_view text, bool tera) : rest_(text), tera_(tera) {}

    bool number(u64& value) {
        const Memparse n = memparse(rest_, tera_);
        if (n.rest.size() == rest_.size()) return false;
        rest_ = n.rest;
        value = n.value;
        return true;
    }
    bool sign(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void skip_to(char c) { rest_.remove_prefix(std::min(rest_.find(c), rest_.size())); }
    bool at(char c) const { return rest_.starts_with(c); }
    bool done() const { return rest_.empty(); }

private:
    std::string_view rest_;
    bool tera_;
};

// parse_crashkernel_mem()
CrashKernelSize by_ranges(Reader in, u64 total) {
    CrashKernelSize out{.valid = true};
    do {
        u64 start = 0, end = ~u64{0}, size = 0;
        if (!in.number(start) || !in.sign('-')) return {};
        if (!in.at(':') && (!in.number(end) || end <= start)) return {};
        if (!in.sign(':') || !in.number(size) || size >= total) return {};
        if (total >= start && total < end) {
            out.size = size;
            break;
        }
    } while (in.sign(','));
    in.skip_to('@');
    if (out.size != 0 && in.sign('@') && !in.number(out.base)) return {};
    return out;
}

// parse_crashkernel_simple()
CrashKernelSize simple(Reader in) {
    CrashKernelSize out{.valid = true};
    if (!in.number(out.size)) return {};
    if (!in.sign('@')) return in.done() ? out : CrashKernelSize{};
    in.number(out.base);
    return out;
}

}  // namespace

std::optional<CrashKernelSize> parse_crashkernel(const Kernel& kernel, const Cmdline& cmdline, u64 system_ram) {
    constexpr u64 SZ_128M = u64{128} << 20;
    const Behaviours& b = kernel.behaviours;
    const u64 total = b.crashkernel_rounds_memory ? round_up(std::min(system_ram, most), SZ_128M) : system_ram;
    std::optional<CrashKernelSize> out;
    for (const std::string& value : early_values(cmdline, "crashkernel")) {
        if (has_suffix(value)) continue;
        const Reader in(value, b.memparse_tera_suffixes);
        out = value.find(':') != std::string::npos ? by_ranges(in, total) : simple(in);
    }
    if (out && (out->size > most || out->base > most || (b.crashkernel_below_memory && out->size >= system_ram)))
        out = CrashKernelSize{};
    return out;
}

std::optional<CrashKernelSize> parse_crashkernel_suffix(const Kernel& kernel, const Cmdline& cmdline, std::string_view suffix) {
    std::optional<CrashKernelSize> out;
    for (const std::string& value : early_values(cmdline, "crashkernel")) {
        if (!value.ends_with(suffix)) continue;
        out = simple({std::string_view(value).substr(0, value.size() - suffix.size()), kernel.behaviours.memparse_tera_suffixes});
        if (out->base != 0 || out->size > most) out = CrashKernelSize{};
    }
    return out;
}

bool reserves_crashkernel(const Kernel& kernel) {
    if (kernel.arch == Arch::riscv64 && !kernel.behaviours.riscv_crashkernel) return false;
    if (kernel.behaviours.crashkernel_own_option) return kernel.config_enabled("CRASH_RESERVE");
    return kernel.config_enabled("KEXEC_CORE") || kernel.config_enabled("KEXEC");
}

bool reserve_crashkernel_low(Boot& boot, u64 size, const CrashKernelLimits& limits) {
    if (is_32bit(boot.kernel.arch)) return true;
    return boot.early->allocator
        .phys_alloc({.name = "crash kernel, low part", .size = size, .align = limits.align, .from = 0, .below = limits.low_max})
        .has_value();
}

std::optional<PhysRange> reserve_crashkernel_generic(Boot& boot, const CrashKernelLimits& limits) {
    std::optional<CrashKernelSize> wanted = parse_crashkernel(boot.kernel, boot.cmdline, boot.memblock.memory.total_size());
    u64 low_size = 0;
    const bool high = !wanted;
    if (high) {
        wanted = parse_crashkernel_suffix(boot.kernel, boot.cmdline, ",high");
        const auto low = parse_crashkernel_suffix(boot.kernel, boot.cmdline, ",low");
        if (low && !low->valid) return std::nullopt;
        low_size = low ? low->size : limits.default_low_size;
    }
    if (!wanted || wanted->size == 0) return std::nullopt;
    const u64 size = wanted->size;
    const auto alloc = [&](PhysAddr from, PhysAddr below) {
        return boot.early->allocator.phys_alloc(
            {.name = "crash kernel", .size = size, .align = limits.align, .from = from, .below = below});
    };
    std::optional<PhysAddr> place;
    if (wanted->base != 0) {
        place = alloc(wanted->base, wanted->base + size);
    } else if (high) {
        place = alloc(limits.low_max, limits.high_max);
        if (!place) place = alloc(0, limits.low_max);
    } else {
        place = alloc(0, limits.low_max);
        if (!place) {
            low_size = limits.default_low_size;
            place = alloc(limits.low_max, limits.high_max);
        }
    }
    if (!place) return std::nullopt;
    if (*place >= limits.low_max && low_size != 0 && !reserve_crashkernel_low(boot, low_size, limits)) {
        boot.early->allocator.free(*place, size);
        return std::nullopt;
    }
    return PhysRange{*place, *place + size};
}

}  // namespace zonecalc
