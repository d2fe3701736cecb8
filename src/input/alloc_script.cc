// SPDX-License-Identifier: MIT
// Scripts of page allocations.
//
// A line is a request: {"op": "alloc", "id": "a0", "order": 0, "gfp": "0xdc0", "node": 0}, {"op": "bulk", …, "count": 4},
// {"op": "free", "id": "a0"} or {"op": "free", "pfn": 13062, "order": 0}, {"op": "step", "to": "setup_per_cpu_pageset"}. "why" is
// for the reader. Steps only go forward.
#include "input/alloc_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>

#include "mm/gfp.h"

namespace zonecalc {

namespace {

using Json = nlohmann::json;

constexpr u64 most_pages_at_once = 1 << 20;

class Reader {
public:
    Reader(const Source& source, const Kernel& kernel) : kernel_(kernel), diagnostics_(source), text_(source.text) {}

    std::vector<AllocRequest> read() {
        while (!text_.empty()) {
            ++line_number_;
            const std::size_t end = text_.find('\n');
            line_ = text_.substr(0, end);
            text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
            if (line_.find_first_not_of(" \t\r") != std::string_view::npos) request();
        }
        diagnostics_.finish();
        return std::move(requests_);
    }

private:
    SourcePosition place(std::string_view key = {}) const {
        const std::string quoted = '"' + std::string(key) + '"';
        const std::size_t at = key.empty() ? std::string_view::npos : line_.find(quoted);
        return {line_number_, at == std::string_view::npos ? 1 : static_cast<u32>(at + 1)};
    }
    void error(std::string_view key, std::string message) { diagnostics_.error(place(key), std::move(message)); }

    void request() {
        Json object;
        try {
            object = Json::parse(line_.begin(), line_.end());
        } catch (const Json::exception& e) {
            const auto* at = dynamic_cast<const Json::parse_error*>(&e);
            diagnostics_.error({line_number_, at && at->byte ? static_cast<u32>(std::min(at->byte, line_.size())) : 1},
                               "this is no JSON");
            return;
        }
        if (!object.is_object()) return error({}, "a request is a JSON object: {\"op\": …}");
        const auto op = object.find("op");
        if (op == object.end() || !op->is_string()) return error("op", "\"op\" is missing: alloc, bulk, free or step");

        AllocRequest r;
        r.position = place();
        const std::string name = op->get<std::string>();
        bool good = true;
        if (name == "alloc") {
            r.op = AllocRequest::Op::alloc;
            good =
                known(object, {"op", "id", "order", "gfp", "node", "why"}) & new_id(object, r) & gfp(object, r) & node(object, r);
            if (const auto order = number(object, "order", 0, 255, good)) r.order = static_cast<unsigned>(*order);
        } else if (name == "bulk") {
            r.op = AllocRequest::Op::bulk;
            good =
                known(object, {"op", "id", "count", "gfp", "node", "why"}) & new_id(object, r) & gfp(object, r) & node(object, r);
            if (const auto count = number(object, "count", std::nullopt, most_pages_at_once, good)) r.count = *count;
        } else if (name == "free") {
            r.op = AllocRequest::Op::free;
            good = known(object, {"op", "id", "pfn", "order", "why"}) && freed(object, r);
        } else if (name == "step") {
            r.op = AllocRequest::Op::step;
            good = known(object, {"op", "to", "why"}) && step(object, r);
        } else {
            return error("op",
                         fmt::format("{} is no request{}", in_quotes(name), did_you_mean(name, {"alloc", "bulk", "free", "step"})));
        }
        if (good) requests_.push_back(std::move(r));
    }

    bool known(const Json& object, std::initializer_list<std::string_view> keys) {
        bool good = true;
        for (const auto& [key, value] : object.items()) {
            if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
            error(key, fmt::format("{} is no part of this request{}", in_quotes(key),
                                   did_you_mean(key, std::vector<std::string_view>(keys))));
            good = false;
        }
        return good;
    }

    // `good` becomes false where the value cannot be used; none is returned where it is absent and has no default.
    std::optional<u64> number(const Json& object, const char* key, std::optional<u64> absent, u64 most, bool& good) {
        const auto at = object.find(key);
        if (at == object.end()) {
            if (!absent) {
                error({}, fmt::format("\"{}\" is missing", key));
                good = false;
            }
            return absent;
        }
        if (!at->is_number_unsigned() || at->get<u64>() > most) {
            error(key, fmt::format("\"{}\" is an integer from 0 to {}", key, most));
            good = false;
            return std::nullopt;
        }
        return at->get<u64>();
    }

    bool new_id(const Json& object, AllocRequest& r) {
        const auto id = object.find("id");
        if (id == object.end() || !id->is_string() || id->get_ref<const std::string&>().empty()) {
            error("id", "\"id\" is missing: a name for what is allocated");
            return false;
        }
        r.id = id->get<std::string>();
        if (!ids_.insert(r.id).second) {
            error("id", fmt::format("{} has been given already", in_quotes(r.id)));
            return false;
        }
        return true;
    }

    bool gfp(const Json& object, AllocRequest& r) {
        const auto value = object.find("gfp");
        if (value != object.end() && value->is_number_unsigned()) {
            r.gfp = value->get<u64>();
            return true;
        }
        if (value == object.end() || !value->is_string()) {
            error("gfp", "\"gfp\" is missing: a number as text, \"0xdc0\", or names, \"GFP_KERNEL|__GFP_ZERO\"");
            return false;
        }
        const std::string text = value->get<std::string>();
        const auto bits = parse_gfp(kernel_, text);
        if (!bits) error("gfp", fmt::format("{} are no GFP flags of {}", in_quotes(text), kernel_.release));
        r.gfp = bits.value_or(0);
        return bits.has_value();
    }

    bool node(const Json& object, AllocRequest& r) {
        bool good = true;
        if (!object.contains("node") || object["node"] == -1) return true;
        if (const auto n = number(object, "node", std::nullopt, 1023, good)) r.node = static_cast<int>(*n);
        return good;
    }

    bool freed(const Json& object, AllocRequest& r) {
        bool good = true;
        const auto id = object.find("id");
        if (id != object.end()) {
            if (!id->is_string() || object.contains("pfn")) {
                error("id", "what is freed is either an \"id\", which is text, or a \"pfn\" and an \"order\"");
                return false;
            }
            r.id = id->get<std::string>();
            if (ids_.count(r.id) && freed_.insert(r.id).second) return true;
            error("id", fmt::format("{} {}", in_quotes(r.id), ids_.count(r.id) ? "has been freed already" : "was not allocated"));
            return false;
        }
        if (const auto pfn = number(object, "pfn", std::nullopt, ~u64{0} >> 12, good)) r.pfn = *pfn;
        if (const auto order = number(object, "order", 0, 63, good)) r.order = static_cast<unsigned>(*order);
        return good;
    }

    bool step(const Json& object, AllocRequest& r) {
        const auto to = object.find("to");
        const std::string name = to != object.end() && to->is_string() ? to->get<std::string>() : std::string();
        std::vector<std::string_view> names;
        const std::vector<StartUpStep> steps = start_up_steps(kernel_);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            names.push_back(to_string(steps[i]));
            if (name != names.back()) continue;
            r.step = steps[i];
            if (i < steps_passed_) {
                error("to", fmt::format("{} has been passed already", name));
                return false;
            }
            steps_passed_ = i + 1;
            return true;
        }
        error("to", fmt::format("{} is no step of start-up{}", in_quotes(name), did_you_mean(name, names)));
        return false;
    }

    const Kernel& kernel_;
    Diagnostics diagnostics_;
    std::string_view text_;
    std::string_view line_;
    u32 line_number_ = 0;
    std::set<std::string> ids_;
    std::set<std::string> freed_;
    std::size_t steps_passed_ = 0;
    std::vector<AllocRequest> requests_;
};

std::optional<u64> to_number(std::string_view text) {
    u64 value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

}  // namespace

std::vector<StartUpStep> start_up_steps(const Kernel& kernel) {
    using enum StartUpStep;
    if (kernel.behaviours.cma_before_wmark)
        return {setup_per_cpu_pageset, page_alloc_init_late, cma_init_reserved_areas, init_per_zone_wmark_min};
    return {setup_per_cpu_pageset, page_alloc_init_late, init_per_zone_wmark_min, cma_init_reserved_areas};
}

std::string_view to_string(StartUpStep step) {
    switch (step) {
        case StartUpStep::setup_per_cpu_pageset:
            return "setup_per_cpu_pageset";
        case StartUpStep::page_alloc_init_late:
            return "page_alloc_init_late";
        case StartUpStep::cma_init_reserved_areas:
            return "cma_init_reserved_areas";
        case StartUpStep::init_per_zone_wmark_min:
            return "init_per_zone_wmark_min";
    }
    return "";
}

std::vector<AllocRequest> parse_alloc_script(const Source& source, const Kernel& kernel) {
    return Reader(source, kernel).read();
}

std::vector<AllocRequest> parse_alloc_words(std::string_view text, const Kernel& kernel, unsigned& next_id) {
    AllocRequest r;
    u64 count = 1;
    bool has_gfp = false;
    while (!text.empty()) {
        const std::size_t blank = text.find(' ');
        const std::string_view word = text.substr(0, blank);
        text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
        if (word.empty()) continue;
        const std::size_t equals = word.find('=');
        const std::string_view key = word.substr(0, equals);
        const std::string_view value = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
        const auto number = to_number(value);
        const auto in_range = [&](u64 most) {
            if (!number || *number > most) throw InputError(fmt::format("--alloc: {}= wants an integer from 0 to {}", key, most));
            return *number;
        };
        if (key == "order") {
            r.order = static_cast<unsigned>(in_range(255));
        } else if (key == "node") {
            r.node = static_cast<int>(in_range(1023));
        } else if (key == "count") {
            count = in_range(most_pages_at_once);
        } else if (key == "gfp") {
            const auto bits = parse_gfp(kernel, value);
            if (!bits) throw InputError(fmt::format("--alloc: {} are no GFP flags of {}", in_quotes(value), kernel.release));
            r.gfp = *bits;
            has_gfp = true;
        } else {
            throw InputError(
                fmt::format("--alloc: {} is unknown{}", in_quotes(key), did_you_mean(key, {"order", "gfp", "node", "count"})));
        }
    }
    if (!has_gfp) r.gfp = parse_gfp(kernel, "GFP_KERNEL").value_or(0);
    std::vector<AllocRequest> out(count, r);
    for (AllocRequest& request : out) request.id = fmt::format("a{}", next_id++);
    return out;
}

}  // namespace zonecalc
