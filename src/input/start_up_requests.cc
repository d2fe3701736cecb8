// SPDX-License-Identifier: MIT
#include "input/start_up_requests.h"

#include <algorithm>
#include <charconv>

#include "input/limits.h"
#include "input/slab_table.h"

namespace zonecalc {

namespace {

constexpr u64 largest_order = 31;
constexpr u64 largest_offset = u64{1} << 32;
constexpr u64 largest_object = u64{1} << 30;
constexpr u64 largest_align = u64{1} << 20;

class Words {
public:
    explicit Words(std::string_view line) : rest_(line) {}

    std::string_view word() {
        skip();
        const std::size_t end = std::min(rest_.find(' '), rest_.size());
        const std::string_view out = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return out;
    }
    std::optional<u64> number(u64 highest) { return start_up_number(word(), highest); }
    std::string_view rest() {
        skip();
        return rest_;
    }

private:
    void skip() {
        while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    }
    std::string_view rest_;
};

// The end of most lines: gfp, perhaps a node, and what the pages are for.
std::optional<StartUpRequest> with_gfp(StartUpRequest r, Words& words) {
    const auto gfp = words.number(~u64{0});
    if (words.rest().starts_with('@')) {
        const auto node = start_up_number(words.word().substr(1), highest_node);
        if (!node) return std::nullopt;
        r.node = static_cast<int>(*node);
    }
    r.what = std::string(words.rest());
    if (!gfp || r.what.empty()) return std::nullopt;
    r.gfp = *gfp;
    return r;
}

std::optional<StartUpRequest> free_of_image(Words& words) {
    StartUpRequest r;
    r.op = StartUpRequest::Op::free;
    const auto count = words.number(most_start_up_pages);
    const std::string_view place = words.word();
    if (!count || *count == 0 || !place.starts_with("image+") || !words.rest().empty()) return std::nullopt;
    const auto offset = start_up_number(place.substr(6), largest_offset);
    if (!offset) return std::nullopt;
    r.count = *count;
    r.offset = *offset;
    return r;
}

}  // namespace

std::optional<u64> start_up_number(std::string_view text, u64 highest) {
    int base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
    }
    u64 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > highest) return std::nullopt;
    return value;
}

std::optional<StartUpRequest> parse_start_up_request(std::string_view line) {
    Words words(line);
    const std::string_view first = words.word();
    StartUpRequest r;
    if (first == "setup_per_cpu_pageset") {
        r.op = StartUpRequest::Op::pageset;
        return words.rest().empty() ? std::optional(r) : std::nullopt;
    }
    if (first == "free") return free_of_image(words);
    if (first == "bulk") {
        r.op = StartUpRequest::Op::bulk;
        const auto count = words.number(most_start_up_pages);
        if (!count || *count == 0) return std::nullopt;
        r.count = *count;
        return with_gfp(std::move(r), words);
    }
    if (first == "hash") {
        r.op = StartUpRequest::Op::hash;
        const auto scale = words.number(63);
        if (!scale) return std::nullopt;
        r.scale = static_cast<unsigned>(*scale);
        return with_gfp(std::move(r), words);
    }
    auto order = start_up_number(first, most_start_up_pages);
    if (words.rest().starts_with("x ")) {
        words.word();
        if (!order || *order == 0) return std::nullopt;
        r.count = *order;
        order = words.number(largest_order);
    }
    if (!order || *order > largest_order) return std::nullopt;
    r.order = static_cast<unsigned>(*order);
    return with_gfp(std::move(r), words);
}

std::optional<StartUpCache> parse_start_up_cache(std::string_view line) {
    Words words(line);
    StartUpCache c;
    c.name = std::string(words.word());
    const auto size = words.number(largest_object);
    const auto align = words.number(largest_align);
    if (c.name.empty() || !size || *size == 0 || !align || (*align & (*align - 1)) != 0) return std::nullopt;
    c.object_size = *size;
    c.align = *align;
    try {
        const SlabFlagWords flags = parse_slab_words(words.rest());
        c.flags = flags.flags;
        c.ctor = flags.ctor;
    } catch (const InputError&) {
        return std::nullopt;
    }
    return c;
}

}  // namespace zonecalc
