// SPDX-License-Identifier: MIT
#include "report/sweep.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/format.h"

namespace zonecalc {

namespace {

using Json = nlohmann::ordered_json;

std::string parameter(const Vary& vary, const std::optional<std::string>& value) {
    if (!value) return "-";
    return vary.flag ? "yes" : printable(*value);
}

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

std::string plain(const FigureValue& v) {
    return v.number ? std::to_string(*v.number) : v.text;
}

std::string for_people(const Figure& f, const FigureValue& v, const Kernel& kernel, bool bytes) {
    if (!v.number) return v.text.empty() ? "?" : printable(v.text);
    if (f.name == "start_pfn" || f.name == "end_pfn") return *v.number ? fmt::format("{:#x}", *v.number) : "-";
    const u64 unit = unit_bytes(f.unit, kernel);
    if (unit == 0) return std::to_string(*v.number);
    u64 size = 0;
    if (__builtin_mul_overflow(*v.number, unit, &size)) return std::to_string(*v.number);
    return size == 0 ? "-" : format_size(size, bytes);
}

// "node:0.zone:Movable.present" is long for a heading: "node:0.Movable".
std::string heading(std::string name) {
    for (const std::string_view part : {"zone:", ".present"})
        if (const std::size_t at = name.find(part); at != std::string::npos) name.erase(at, part.size());
    return name;
}

Json words(const std::optional<std::string>& value) {
    return value ? Json(*value) : Json(nullptr);
}

}  // namespace

Table sweep_table(const Sweep& sweep, const Kernel& kernel, bool bytes) {
    std::vector<Column> columns;
    for (const Vary& v : sweep.varied) columns.push_back({v.name, true});
    for (const SweepColumn& c : sweep.columns) columns.push_back({heading(c.name), true});
    Table table(std::move(columns));
    for (const SweepRow& row : sweep.rows) {
        std::vector<Cell> cells;
        for (std::size_t i = 0; i < sweep.varied.size(); ++i) cells.push_back(parameter(sweep.varied[i], row.parameters[i]));
        for (std::size_t i = 0; i < sweep.columns.size(); ++i)
            cells.push_back(row.panic ? "panic" : for_people(sweep.columns[i].figure, row.figures[i], kernel, bytes));
        table.row(std::move(cells));
    }
    return table;
}

std::string sweep_csv(const Sweep& sweep, bool headings) {
    std::vector<std::string> cells;
    for (const Vary& v : sweep.varied) cells.push_back(csv_cell(v.name));
    for (const SweepColumn& c : sweep.columns) cells.push_back(csv_cell(c.name));
    std::string out;
    if (headings) out = fmt::format("{}\n", fmt::join(cells, ","));
    for (const SweepRow& row : sweep.rows) {
        cells.clear();
        for (std::size_t i = 0; i < sweep.varied.size(); ++i)
            cells.push_back(!row.parameters[i] ? "" : sweep.varied[i].flag ? "yes" : csv_cell(*row.parameters[i]));
        for (const FigureValue& v : row.figures) cells.push_back(csv_cell(plain(v)));
        out += fmt::format("{}\n", fmt::join(cells, ","));
    }
    return out;
}

std::string sweep_json(const Sweep& sweep, const Kernel& kernel) {
    Json parameters = Json::array(), columns = Json::array(), rows = Json::array();
    for (const Vary& v : sweep.varied) parameters.push_back(v.name);
    for (const SweepColumn& c : sweep.columns) columns.push_back({{"figure", c.name}, {"unit", to_string(c.figure.unit)}});
    for (const SweepRow& row : sweep.rows) {
        Json values = Json::array(), set = Json::array();
        for (std::size_t i = 0; i < sweep.varied.size(); ++i) set.push_back(words(row.parameters[i]));
        for (const FigureValue& v : row.figures)
            values.push_back(v.number ? Json(*v.number) : v.text.empty() ? Json(nullptr) : Json(v.text));
        Json j{{"parameters", std::move(set)}, {"values", std::move(values)}};
        if (row.panic) j["panic"] = true;
        rows.push_back(std::move(j));
    }
    const Json answer{{"schema", "zonecalc.sweep/1"},
                      {"kernel", {{"profile", kernel.profile}, {"page_size", kernel.page_size()}}},
                      {"parameters", std::move(parameters)},
                      {"columns", std::move(columns)}};
    // A row on a line: there may be very many.
    std::string out = answer.dump(2, ' ', false, Json::error_handler_t::replace);
    out.resize(out.size() - 2);
    out += ",\n  \"rows\": [";
    for (std::size_t i = 0; i < rows.size(); ++i)
        out += fmt::format("{}\n    {}", i ? "," : "", rows[i].dump(-1, ' ', false, Json::error_handler_t::replace));
    return out + "\n  ]\n}\n";
}

std::string solve_text(const std::vector<Solution>& solutions) {
    std::string out;
    for (const Solution& s : solutions) {
        const std::string name = printable(s.parameter);
        const std::string what = name.empty() ? "candidate" : name;
        if (s.reached.empty()) {
            out += fmt::format("{}: none of {} tried reaches the goal\n  closest: {}\n", what, s.tried, printable(s.closest));
            for (const std::string& m : s.missed) out += fmt::format("  missed:  {}\n", printable(m));
            for (const std::string& r : s.remarks) out += fmt::format("  note:    {}\n", printable(r));
            continue;
        }
        const auto& [from, to] = s.reached.front();
        if (name.empty()) {
            out += fmt::format("{}\n", printable(from));
            for (std::size_t i = 1; i < s.reached.size(); ++i) out += fmt::format("  also: {}\n", printable(s.reached[i].first));
            continue;
        }
        out += fmt::format("{}{}\n", name, from == name || from.starts_with("without ") ? "" : "=" + printable(from));
        for (std::size_t i = 0; i < s.reached.size(); ++i) {
            const auto& [a, b] = s.reached[i];
            if (a != b || i > 0) out += fmt::format("  reached {} {}\n", i ? "again from" : "from", a == b ? a : a + " to " + b);
        }
    }
    return out;
}

std::string solve_json(const std::vector<Solution>& solutions) {
    Json list = Json::array();
    for (const Solution& s : solutions) {
        Json reached = Json::array();
        for (const auto& [from, to] : s.reached) reached.push_back({{"from", from}, {"to", to}});
        Json j{{"parameter", s.parameter}, {"tried", s.tried}, {"reached", std::move(reached)}};
        if (s.reached.empty()) {
            j["closest"] = s.closest;
            j["missed"] = s.missed;
            j["remarks"] = s.remarks;
        } else {
            j["smallest"] = s.reached.front().first;
            j["largest"] = s.reached.back().second;
        }
        list.push_back(std::move(j));
    }
    const Json answer{{"schema", "zonecalc.solve/1"}, {"solutions", std::move(list)}};
    return answer.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zonecalc
