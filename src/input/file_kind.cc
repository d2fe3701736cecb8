// SPDX-License-Identifier: MIT
#include "input/file_kind.h"

#include "input/dmesg.h"
#include "input/dtb.h"
#include "input/gathered.h"
#include "input/kernel_sources.h"

namespace zonecalc {

namespace {

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return line;
}

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

// The first line that says anything, of a text whose comments begin with '#'.
FileKind kind_of_text(std::string_view text) {
    constexpr unsigned lines_looked_at = 200;
    for (unsigned n = 0; n < lines_looked_at && !text.empty(); ++n) {
        const std::string_view line = take_line(text);
        if (config_line(line)) return FileKind::kernel_build;
        if (iomem_line(line)) return FileKind::iomem;
        if (!line.starts_with("#") && line.find_first_not_of(" \t\r") != line.npos) break;
    }
    return FileKind::boot_log;
}

}  // namespace

FileKind recognise(std::string_view bytes) {
    if (is_dtb(bytes)) return FileKind::device_tree;
    if (is_gathered(bytes)) return FileKind::gathered;
    std::string_view rest = bytes;
    if (is_kernel_source(take_line(rest))) return FileKind::kernel_build;
    return kind_of_text(bytes);
}

}  // namespace zonecalc
