// SPDX-License-Identifier: MIT
// What a file to import is, by what it holds; names say nothing.
#pragma once

#include <string_view>

namespace zonecalc {

enum class FileKind {
    boot_log,      // whatever is nothing else
    iomem,         // /proc/iomem
    kernel_build,  // .config, System.map, vmlinux, BTF: add_kernel_source() takes it
    device_tree,
    gathered,  // written by the script of `zonecalc gather`
};

// Looks at no more than the first lines, whatever the size.
FileKind recognise(std::string_view bytes);

}  // namespace zonecalc
