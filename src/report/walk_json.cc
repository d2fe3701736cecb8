// SPDX-License-Identifier: MIT
// Schema "zonecalc.explain/1": the walk as nested calls. Numbers are plain integers; "unit" says of what: pages, pfn, bytes,
// address. "did" holds, in order, values, reasons and calls.
#include <nlohmann/json.hpp>

#include "report/json_text.h"
#include "report/walk.h"
#include "report/walk_tree.h"

namespace zonecalc {

namespace {

using Json = nlohmann::ordered_json;

std::string_view unit_name(WalkUnit unit) {
    switch (unit) {
        case WalkUnit::pages:
            return "pages";
        case WalkUnit::pfn:
            return "pfn";
        case WalkUnit::bytes:
            return "bytes";
        case WalkUnit::address:
            return "address";
        case WalkUnit::hex:
            return "bits";
        default:
            return {};
    }
}

Json number(const WalkLine& l) {
    if (l.unit == WalkUnit::text) return l.text;
    if (l.unit == WalkUnit::signed_number) return static_cast<i64>(l.number);
    return l.number;
}

Json value(const WalkLine& l) {
    Json j = {{"name", l.name}, {"value", number(l)}};
    if (const std::string_view unit = unit_name(l.unit); !unit.empty()) j["unit"] = std::string(unit);
    if (l.unit == WalkUnit::hex && !l.text.empty()) j["names"] = l.text;
    return j;
}

Json call(const WalkCall& c) {
    Json j = {{"function", c.line->name}};
    if (!c.arguments.empty()) {
        Json arguments = Json::array();
        for (const WalkLine* a : c.arguments) arguments.push_back(value(*a));
        j["arguments"] = std::move(arguments);
    }
    Json did = Json::array();
    for (const WalkCall::Item& item : c.items) {
        if (!item.line)
            did.push_back(call(c.calls[item.call]));
        else if (item.line->kind == WalkLine::Kind::reason)
            did.push_back({{"because", item.line->text}});
        else
            did.push_back(value(*item.line));
    }
    if (!did.empty()) j["did"] = std::move(did);
    return j;
}

}  // namespace

std::string report_walk_json(const Board& board, const Kernel& kernel, const Cmdline& cmdline, const Layout& layout,
                             const Walk& walk, const WalkOptions& options) {
    Json answer = {{"schema", "zonecalc.explain/1"}};
    answer["board"] = {{"name", board.name}, {"arch", std::string(to_string(board.arch))}};
    answer["kernel"] = {{"release", kernel.release}, {"profile", kernel.profile}, {"page_size", kernel.page_size()}};
    answer["cmdline"] = cmdline.text;
    if (layout.panic) answer["panic"] = *layout.panic;
    const WalkCall root = walk_tree(walk);
    Json calls = Json::array();
    if (options.step) {
        for (const FoundCall& f : find_calls(root, *options.step)) {
            Json j = {{"callers", std::vector<std::string>(f.callers.begin(), f.callers.end())}};
            j.update(call(*f.call));
            calls.push_back(std::move(j));
        }
    } else {
        for (const WalkCall& c : root.calls) calls.push_back(call(c));
    }
    answer["walk"] = std::move(calls);
    if (walk.cut) answer["cut"] = true;
    return json_text(answer);
}

}  // namespace zonecalc
