// SPDX-License-Identifier: MIT
// Boot logs as they are found, line by line: what the kernel printed, without what was wrapped around it.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "zonecalc/types.h"

namespace zonecalc {

struct LogLine {
    u32 number = 0;          // line of the file, from 1; of a line that a mailer has folded, the first
    std::string_view text;   // no stamp, level, prefix or quoting, no blanks at either end
    bool stamped = false;    // carried a time stamp or a syslog prefix
    std::size_t length = 0;  // of the whole line in the file
};

// Reads a log once, front to back. Lines point into `text`, or, where they had to be mended, into the reader: they are good until
// the next one is read.
class LogReader {
public:
    explicit LogReader(std::string_view text) : text_(text) {}
    bool next(LogLine& line);

private:
    static constexpr std::size_t lines_kept = 6;  // a line, its continuation, and what was read ahead, each mended twice

    bool next_raw(LogLine& line);
    std::string& keep(std::string text);

    std::string_view text_;
    std::size_t at_ = 0;
    u32 number_ = 0;
    std::optional<LogLine> ahead_;
    std::deque<std::string> kept_;
};

// One raw line without its wrapping.
LogLine clean_line(std::string_view raw);

// A cursor over a line. Every reader skips nothing and takes nothing unless it succeeds.
class Scan {
public:
    explicit Scan(std::string_view text) : rest(text) {}
    bool skip(std::string_view word);
    Scan& blanks();
    std::optional<u64> decimal();
    std::optional<u64> hex();     // with or without 0x
    std::optional<u64> number();  // 0x means hex
    std::string_view word();      // up to the next blank
    std::string_view rest;
};

// Inclusive bounds, as logs print them.
struct LogSpan {
    PhysAddr base = 0;
    PhysAddr last = 0;
    u64 size() const { return last - base == ~u64{0} ? ~u64{0} : last - base + 1; }
};

// "[mem 0xA-0xB]", "[0xA-0xB]", "0xA-0xB"; 0x may be missing; a closing ')' makes B exclusive. None where nothing lies between.
std::optional<LogSpan> scan_span(Scan& scan);

}  // namespace zonecalc
