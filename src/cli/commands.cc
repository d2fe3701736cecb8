// SPDX-License-Identifier: MIT
#include "cli/commands.h"

namespace zonecalc::cli {

std::span<const Command> commands() {
    static const Command table[] = {
        {"run",
         "compute the memory layout of a board\n"
         "BOARD is a board file, the name of a shipped board, or '-' for standard input.",
         run_command},
        {"compare",
         "tell what differs between command lines, kernels or boards\n\n"
         "The first machine is compared with each of the others. A single --cmdline,\n"
         "--append or --kernel is compared with what the board has itself.",
         compare_command},
        {"check",
         "hold boards against what is expected of them\n\n"
         "Evaluates the [[expect]] tables of each BOARD for every command line and kernel\n"
         "of its [[matrix]].",
         check_command},
        {"map",
         "draw physical memory\n\n"
         "One machine, or two side by side: two BOARDs, or one with two command lines or\n"
         "kernels.",
         map_command},
        {"sweep", "tabulate figures over parameter values", sweep_command},
        {"solve",
         "find the parameter value that reaches a goal\n\n"
         "Prints the smallest value, and from where to where the goal is reached.",
         solve_command},
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
        {"slab", "compute slabs for objects of given sizes", slab_command},
        {"import",
         "make a board of a boot log, a device tree or /proc/iomem\n\n"
         "FILE is what dmesg, journalctl -k or a serial line shows of a boot ('-' for\n"
         "standard input), a device tree blob, /proc/iomem, a kernel's .config, or what\n"
         "gather's script wrote; several may be given. Of a kernel's files alone, here or\n"
         "with --kernel, a profile is made.",
         import_command},
        {"gather",
         "print a script that collects what import reads\n\n"
         "The script needs a POSIX shell and the tools of busybox. Run it as root on the\n"
         "machine that is to be predicted.",
         gather_command},
        {"verify",
         "predict boots and compare with their logs\n\n"
         "The prediction is made of the inputs that a log shows. LOG may be a directory\n"
         "with dmesg.txt, zoneinfo.txt, … and the kernel's config.txt.",
         verify_command},
        {"boards", "list the boards that are shipped", boards_command},
        {"kernels", "list the kernels that are shipped", kernels_command},
        {"completions",
         "print a completion script for a shell\n\n"
         "SHELL is bash, zsh or fish.",
         completions_command},
    };
    return table;
}

}  // namespace zonecalc::cli
