// SPDX-License-Identifier: MIT
// zonecalc slab: objects, slabs and what is kept of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace zonecalc::cli {

struct SlabOptions {
    std::vector<std::string> sizes;
    std::optional<std::string> batch;
    std::optional<std::string> align;
    std::optional<std::string> flags;
    std::optional<std::string> board;
    std::optional<std::string> kernel;
    std::optional<unsigned> cpus;
    std::optional<std::string> cmdline;
    std::optional<std::string> output;
};

int slab(const SlabOptions& options);

}  // namespace zonecalc::cli
