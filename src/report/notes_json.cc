// SPDX-License-Identifier: MIT
#include "report/notes_json.h"

#include <nlohmann/json.hpp>

#include "zonecalc/findings.h"

namespace zonecalc {

namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view s) {
    return Json(std::string(s));
}

Json where(const Place& place) {
    Json j = Json::object();
    if (place.node) j["node"] = *place.node;
    if (place.zone) j["zone"] = text(to_string(*place.zone));
    if (place.range) {
        j["base"] = place.range->begin;
        j["size"] = place.range->size();
    }
    if (!place.parameter.empty()) j["parameter"] = place.parameter;
    return j;
}

}  // namespace

Json notes_json(const std::vector<Note>& notes) {
    Json list = Json::array();
    for (const Note& n : notes) {
        Json j = {{"kind", text(to_string(n.kind))}, {"id", n.id}};
        if (const FindingInfo* info = is_finding(n) ? finding_info(n.id) : nullptr) j["severity"] = text(to_string(info->severity));
        j["text"] = n.text;
        if (n.place != Place{}) j["where"] = where(n.place);
        if (!n.remedy.empty()) j["remedy"] = n.remedy;
        list.push_back(std::move(j));
    }
    return list;
}

}  // namespace zonecalc
