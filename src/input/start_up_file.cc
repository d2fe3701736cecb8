// SPDX-License-Identifier: MIT
#include "input/start_up_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/limits.h"
#include "input/start_up_requests.h"

namespace zonecalc {

namespace {

class Reader {
public:
    explicit Reader(const Source& source) : diagnostics_(source), rest_(source.text) {}

    StartUpFile read() {
        while (!rest_.empty()) {
            ++at_.line;
            const std::string_view line = next_line();
            if (!line.empty() && line.front() != '#' && is_text(line)) take(line);
        }
        diagnostics_.finish();
        return std::move(file_);
    }

private:
    enum class Part { none, requests, caches };

    std::string_view next_line() {
        const std::size_t end = std::min(rest_.find('\n'), rest_.size());
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }

    void error(std::string message) { diagnostics_.error(at_, std::move(message)); }

    // What the pages are for is printed as it stands here.
    bool is_text(std::string_view line) {
        if (std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; })) return true;
        SourcePosition at = at_;
        for (std::size_t i = 0; i < line.size(); ++at.column) {
            const Utf8Char c = decode_utf8(line, i);
            if (!c.valid || c.code < ' ' || c.code == 0x7f) {
                diagnostics_.error(at, fmt::format("byte 0x{:02x} is no part of a text", static_cast<unsigned char>(line[i])));
                return false;
            }
            i += c.bytes;
        }
        return true;
    }

    void take(std::string_view line) {
        if (line.starts_with("cpus=")) {
            part_ = Part::requests;
            asked_ = 0;
            file_.start_up.push_back(machine(line));
        } else if (line == "caches") {
            part_ = Part::caches;
        } else if (part_ == Part::requests) {
            request(line);
        } else if (part_ == Part::caches) {
            cache(line);
        } else {
            error("before the first request there must be a line \"cpus=N\" or \"cpus=N nodes=N\"");
        }
    }

    StartUp machine(std::string_view line) {
        StartUp out;
        const std::size_t blank = line.find(" nodes=");
        const auto cpus = start_up_number(line.substr(5, blank == line.npos ? blank : blank - 5), most_cpus);
        const auto nodes = blank == line.npos ? std::optional<u64>(1) : start_up_number(line.substr(blank + 7), most_nodes);
        if (!cpus || *cpus == 0 || !nodes || *nodes == 0) {
            error(fmt::format("a machine reads \"cpus=N\" or \"cpus=N nodes=N\", up to {} and {}", most_cpus, most_nodes));
            return out;
        }
        // Growing would cost more than reading.
        const std::string_view these = rest_.substr(0, rest_.find("\ncpus="));
        out.requests.reserve(static_cast<std::size_t>(std::count(these.begin(), these.end(), '\n')));
        out.cpus = static_cast<unsigned>(*cpus);
        out.nodes = static_cast<unsigned>(*nodes);
        return out;
    }

    void request(std::string_view line) {
        std::optional<StartUpRequest> read = parse_start_up_request(line);
        if (!read) return error(std::string(start_up_request_shape));
        asked_ += read->count;
        if (asked_ > most_start_up_pages)
            return error(fmt::format("more than {} blocks and pages of one machine", most_start_up_pages));
        file_.start_up.back().requests.push_back(*std::move(read));
    }

    void cache(std::string_view line) {
        std::optional<StartUpCache> read = parse_start_up_cache(line);
        if (!read) return error(std::string(start_up_cache_shape));
        if (file_.caches.size() == most_start_up_caches) return error(fmt::format("more than {} caches", most_start_up_caches));
        file_.caches.push_back(*std::move(read));
    }

    Diagnostics diagnostics_;
    std::string_view rest_;
    SourcePosition at_{0, 1};
    Part part_ = Part::none;
    u64 asked_ = 0;
    StartUpFile file_;
};

}  // namespace

StartUpFile parse_start_up_file(const Source& source) {
    return Reader(source).read();
}

}  // namespace zonecalc
