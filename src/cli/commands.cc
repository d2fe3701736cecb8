// SPDX-License-Identifier: MIT
#include "cli/commands.h"

namespace zonecalc::cli {

std::span<const Command> commands() {
    static const Command table[] = {
        {"run",
         "compute the memory layout of a board\n\n"
         "BOARD is a board file, the name of a shipped board, or '-' for standard input.",
         run_command},
        {"explain",
         "walk through the kernel's functions\n\n"
         "Every function from setup_arch() to the first slab object, as the release calls\n"
         "it, with the values that it works on and the reasons for what it does.",
         explain_command},
        {"alloc",
         "replay page allocations on a board\n\n"
         "Starts right after memory has been handed to the page allocator. Each request is\n"
         "answered by a line of JSON.",
         alloc_command},
        {"slab",
         "compute slabs for objects of given sizes\n\n"
         "On a board, or on a kernel with so many CPUs. SIZE is in bytes.",
         slab_command},
        {"import",
         "make a board of a boot log\n\n"
         "LOG is what dmesg, journalctl -k or a serial line shows of a boot, or '-' for\n"
         "standard input.",
         import_command},
        {"verify",
         "predict boots and compare with their logs\n\n"
         "The prediction is made of the inputs that a log shows. LOG may be a directory\n"
         "with dmesg.txt, zoneinfo.txt and the kernel's config.txt.",
         verify_command},
        {"boards", "list the boards that are shipped", boards_command},
        {"kernels", "list the kernels that are shipped", kernels_command},
    };
    return table;
}

}  // namespace zonecalc::cli
