// SPDX-License-Identifier: MIT
// A bar on the terminal for work that takes longer than a second.
#pragma once

#include <chrono>
#include <cstddef>

namespace zonecalc::cli {

class Progress {
public:
    explicit Progress(std::size_t total);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();  // wipes the bar away

    void operator()(std::size_t done);

private:
    using Clock = std::chrono::steady_clock;
    std::size_t total_;
    bool terminal_;
    bool shown_ = false;
    Clock::time_point next_;
};

}  // namespace zonecalc::cli
