// SPDX-License-Identifier: MIT
#include "input/kconfig.h"

#include "input/dmesg.h"

namespace zonecalc {

namespace {

std::string unquoted(std::string_view s) {
    if (s.size() < 2 || s.front() != '"' || s.back() != '"') return std::string(s);
    std::string out;
    s = s.substr(1, s.size() - 2);
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s[i] == '\\' && i + 1 < s.size()) ++i;
        out += s[i];
    }
    return out;
}

std::optional<Arch> arch_of(const KernelConfig& c) {
    if (c.value("X86_64") == "y") return Arch::x86_64;
    if (c.value("X86_32") == "y") return Arch::i386;
    if (c.value("ARM64") == "y") return Arch::arm64;
    if (c.value("ARM") == "y") return Arch::arm;
    if (c.value("RISCV") == "y" && c.value("64BIT") == "y") return Arch::riscv64;
    return std::nullopt;
}

}  // namespace

std::string_view KernelConfig::value(std::string_view symbol) const {
    const auto s = symbols.find(symbol);
    return s == symbols.end() ? std::string_view("n") : std::string_view(s->second);
}

KernelConfig parse_kernel_config(const Source& source) {
    KernelConfig config;
    config.file = source.name;
    std::string_view text = source.text;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
        if (line.starts_with("# CONFIG_") && line.ends_with(" is not set")) {
            line.remove_prefix(9);
            line.remove_suffix(11);
            config.symbols.insert_or_assign(std::string(line), std::string(1, 'n'));
        } else if (line.starts_with("CONFIG_")) {
            line.remove_prefix(7);
            if (const std::size_t eq = line.find('='); eq != line.npos)
                config.symbols.insert_or_assign(std::string(line.substr(0, eq)), unquoted(line.substr(eq + 1)));
        } else if (line.starts_with("# Linux/") && line.ends_with(" Kernel Configuration") && !config.version) {
            Scan scan(line.substr(8));
            scan.word();
            config.version = version_from_string(scan.blanks().word());
        }
    }
    if (config.symbols.empty())
        throw InputError(
            {{Severity::error, source.name, {}, "this is not a kernel configuration: no line starts with CONFIG_", {}}});
    config.arch = arch_of(config);
    return config;
}

}  // namespace zonecalc
