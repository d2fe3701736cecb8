// SPDX-License-Identifier: MIT
// What a file to import is, by what it holds; names say nothing.
#pragma once

#include <string_view>

namespace zonecalc {

enum class FileKind {
    boot_log,       // whatever is nothing else
    iomem,          // /proc/iomem
    kernel_config,  // .config, unpacked
    compressed,     // gzip, xz, zstd, bzip2: to be unpacked first
};

// Looks at the first lines only, whatever the size.
FileKind recognise(std::string_view bytes);

}  // namespace zonecalc
