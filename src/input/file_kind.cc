// SPDX-License-Identifier: MIT
#include "input/file_kind.h"

#include <array>

#include "input/dmesg.h"

namespace zonecalc {

namespace {

// "00001000-0009fbff : System RAM", perhaps indented
bool iomem_line(std::string_view line) {
    Scan scan(line);
    if (!scan.blanks().hex() || !scan.skip("-")) return false;
    return scan.hex() && scan.skip(" : ");
}

bool config_line(std::string_view line) {
    if (line.starts_with("# CONFIG_")) return line.find(" is not set") != line.npos;
    return line.starts_with("CONFIG_") && line.find('=') != line.npos;
}

}  // namespace

FileKind recognise(std::string_view bytes) {
    using namespace std::string_view_literals;
    for (const std::string_view magic : {"\x1f\x8b"sv,
                                         "\xfd"
                                         "7zXZ\0"sv,
                                         "\x28\xb5\x2f\xfd"sv, "BZh"sv})
        if (bytes.starts_with(magic)) return FileKind::compressed;

    // Comments and empty lines tell nothing; a log may well have one line that looks like a config's.
    constexpr unsigned lines_needed = 3;
    constexpr unsigned lines_looked_at = 200;
    unsigned iomem = 0, config = 0;
    for (unsigned n = 0; n < lines_looked_at && !bytes.empty(); ++n) {
        const std::size_t end = bytes.find('\n');
        const std::string_view line = bytes.substr(0, end);
        bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
        if (config_line(line)) {
            ++config;
        } else if (iomem_line(line)) {
            ++iomem;
        } else if (!line.starts_with("#") && line.find_first_not_of(" \t\r") != line.npos) {
            return FileKind::boot_log;
        }
        if (config >= lines_needed) return FileKind::kernel_config;
        if (iomem >= lines_needed) return FileKind::iomem;
    }
    return config != 0 && config >= iomem ? FileKind::kernel_config : iomem != 0 ? FileKind::iomem : FileKind::boot_log;
}

}  // namespace zonecalc
