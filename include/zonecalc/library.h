// SPDX-License-Identifier: MIT
// Boards and kernels by name or from a file: what bring_up() starts from. What cannot be read is a std::runtime_error, whose text
// names the file and the place.
#pragma once

#include <string>
#include <vector>

#include "zonecalc/board.h"
#include "zonecalc/kernel.h"

namespace zonecalc {

// $ZONECALC_DATA, or data/ beside the program, or ../share/zonecalc, or where this build installs it.
std::string data_directory();

// A path (or "-"), or the name of a shipped board.
Board load_board(const std::string& name_or_path);

// A shipped profile, a file, or RELEASE-ARCH of a release between shipped ones, which then follows from the behaviours table and
// the nearest older profile's config (Confirmation::derived). `beside`: the board's file, whose folder is looked into first.
Kernel load_kernel(const std::string& name_or_path, const std::string& beside = {});

// The plain profile of the newest shipped release for an architecture: what is taken where a board names no kernel.
std::string default_kernel(Arch arch);

std::vector<std::string> shipped_boards();   // names, sorted
std::vector<std::string> shipped_kernels();  // names, by architecture and release

}  // namespace zonecalc
