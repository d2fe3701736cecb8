// SPDX-License-Identifier: MIT
// Schema "zonecalc.map/1": the rows of the picture. Bytes; of what is 0 there is no key.
#include <nlohmann/json.hpp>

#include "report/json_text.h"
#include "report/map.h"
#include "report/map_parts.h"

namespace zonecalc {

namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(MapUse use) {
    switch (use) {
        case MapUse::hole:
            return "hole";
        case MapUse::free:
            return "free";
        case MapUse::reserved:
            return "reserved";
        case MapUse::nomap:
            return "nomap";
        case MapUse::lost:
            return "never handed over";
    }
    return "";
}

Json cell(const MapCell& c) {
    Json j = Json::object();
    if (c.node) j["node"] = *c.node;
    if (c.zone) j["zone"] = std::string(to_string(*c.zone));
    if (c.type) j["pageblocks"] = std::string(to_string(*c.type));
    j["use"] = std::string(name_of(c.use()));
    const auto bytes = [&](const char* key, u64 n) {
        if (n) j[key] = n;
    };
    bytes("memory", c.memory);
    bytes("hole", c.hole);
    bytes("reserved", c.reserved);
    bytes("nomap", c.nomap);
    bytes("lost", c.lost);
    Json free = Json::object();
    for (const MigrateType type : all_migrate_types)
        if (const u64 n = c.free[static_cast<std::size_t>(type)]) free[std::string(to_string(type))] = n;
    if (!free.empty()) j["free"] = std::move(free);
    if (!c.parts.empty()) {
        Json parts = Json::array();
        for (const MapPart& p : c.parts) parts.push_back({{"name", p.name}, {"bytes", p.bytes}, {"count", p.count}});
        j["parts"] = std::move(parts);
    }
    return j;
}

Json cells(const std::vector<MapCell>& list) {
    Json out = Json::array();
    for (const MapCell& c : list) out.push_back(cell(c));
    return out;
}

}  // namespace

std::string map_json(const MapDrawing& drawing) {
    Json machines = Json::array();
    for (const MapMachine& m : drawing.machines) {
        Json j = {{"board", m.board}, {"arch", m.arch}, {"kernel", m.kernel}, {"cmdline", m.cmdline}};
        if (!m.panic.empty()) j["panic"] = m.panic;
        j["memory"] = m.memory;
        j["reserved"] = m.reserved;
        j["free"] = m.free;
        machines.push_back(std::move(j));
    }
    Json sections = Json::array();
    for (const MapSection& s : drawing.sections) {
        Json j = {{"base", s.range.begin}, {"size", s.range.size()}};
        if (s.kind == MapSection::Kind::alike) {
            j["alike_nodes"] = s.nodes;
        }
        j["machines"] = cells(s.cells);
        Json rows = Json::array();
        for (const MapRow& r : s.rows) {
            Json row = {{"base", r.range.begin}, {"size", r.range.size()}};
            if (drawing.machines.size() > 1) row["differs"] = r.differs;
            row["machines"] = cells(r.cells);
            rows.push_back(std::move(row));
        }
        if (!rows.empty()) j["rows"] = std::move(rows);
        sections.push_back(std::move(j));
    }
    Json answer = {{"schema", "zonecalc.map/1"}, {"machines", std::move(machines)}};
    answer["range"] = {{"base", drawing.range.begin}, {"size", drawing.range.size()}};
    answer["sections"] = std::move(sections);
    return json_text(answer);
}

}  // namespace zonecalc
