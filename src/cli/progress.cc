// SPDX-License-Identifier: MIT
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace zonecalc::cli {

Progress::Progress(std::size_t total)
    : total_(total), terminal_(::isatty(STDERR_FILENO) == 1), next_(Clock::now() + std::chrono::seconds(1)) {}

Progress::~Progress() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::operator()(std::size_t done) {
    if (!terminal_ || total_ == 0 || Clock::now() < next_) return;
    next_ = Clock::now() + std::chrono::milliseconds(100);
    shown_ = true;
    constexpr std::size_t width = 40;
    const std::size_t filled = done * width / total_;
    const std::string line = fmt::format("\r[{:<{}}] {} of {}", std::string(filled, '#'), width, done, total_);
    std::fputs(line.c_str(), stderr);
}

}  // namespace zonecalc::cli
