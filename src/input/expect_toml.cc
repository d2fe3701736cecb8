// SPDX-License-Identifier: MIT
// What a board is expected to be. Figures of a zone have keys of their own; "figure" and "value" name any other.
#include "input/expect_toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/figure_text.h"
#include "input/limits.h"

namespace zonecalc {

namespace {

const std::vector<std::string_view> op_names = {">=", "<=", ">", "<", "=", "==", "!="};
constexpr Op ops[] = {Op::ge, Op::le, Op::gt, Op::lt, Op::eq, Op::eq, Op::ne};

constexpr std::string_view zone_figures[] = {"start_pfn", "end_pfn", "pages", "spanned", "present", "managed", "free", "bytes"};

constexpr i64 highest_node = 65535;
constexpr i64 highest_order = 20;

class ExpectReader {
public:
    explicit ExpectReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    Expectation read(TableReader& table) {
        Expectation expect;
        expect.position = table.position();
        bool zone_wanted = false;
        read_scope(table, expect);
        const std::optional<std::size_t> op = table.word("op", op_names);
        op_ = op ? ops[*op] : Op::eq;

        bool any = false;
        for (const std::string_view key : zone_figures) {
            if (!table.has(key)) continue;
            any = zone_wanted = true;
            condition(table, key, zone_figure(key, expect.zone, expect.node), expect);
        }
        if (table.has("blocks")) {
            any = zone_wanted = true;
            Figure f = zone_figure("blocks", expect.zone, expect.node);
            const std::optional<i64> order = table.integer("order", 0, highest_order);
            if (!table.has("order")) table.missing("order");
            f.order = static_cast<unsigned>(order.value_or(0));
            f.text += fmt::format(":{}", f.order);
            condition(table, "blocks", std::move(f), expect);
        }
        if (const std::optional<std::string> text = table.string("figure")) {
            any = true;
            const std::optional<Figure> f = parse_figure(*text, inside(table, "figure"), diagnostics_);
            if (!table.has("value")) table.missing("value");
            if (f && table.has("value")) condition(table, "value", *f, expect);
        } else if (table.has("figure")) {
            any = true;
        }
        if (table.has("alloc")) any = true;
        expect.alloc = table.string("alloc").value_or("");
        if (table.has("reserved")) any = true;
        expect.reserved = table.string("reserved").value_or("");
        expect.runs = strings(table, "run");

        if (!any)
            diagnostics_.error(table.position(),
                               fmt::format("[[expect]] expects nothing; give at least one of: {}, blocks, figure, "
                                           "alloc, reserved",
                                           fmt::join(zone_figures, ", ")));
        if (zone_wanted && !table.has("zone")) table.missing("zone");
        return expect;
    }

    MatrixEntry read_matrix(TableReader& table) {
        MatrixEntry entry;
        entry.position = table.position();
        entry.name = table.string("name").value_or("");
        entry.kernels = strings(table, "kernel");
        entry.cmdlines = strings(table, "cmdline");
        entry.appends = strings(table, "append");
        if (!table.has("kernel") && !table.has("cmdline") && !table.has("append") && !table.has("name"))
            diagnostics_.error(table.position(), "[[matrix]] varies nothing; give at least one of: kernel, cmdline, append");
        return entry;
    }

    // That each run that an expectation names is there.
    void check_runs(const Expectations& all, const std::vector<SourcePosition>& places) {
        std::vector<std::string_view> names;
        for (const MatrixEntry& m : all.matrix)
            if (!m.name.empty()) names.push_back(m.name);
        for (std::size_t i = 0; i < all.expect.size(); ++i)
            for (const std::string& run : all.expect[i].runs)
                if (std::find(names.begin(), names.end(), run) == names.end())
                    diagnostics_.error(places[i],
                                       fmt::format("no [[matrix]] is called {}{}", in_quotes(run), did_you_mean(run, names)));
    }

private:
    void read_scope(TableReader& table, Expectation& expect) {
        if (const std::optional<std::string> zone = table.string("zone"))
            expect.zone = parse_zone(*zone, table.position_of("zone"), diagnostics_);
        if (const std::optional<i64> node = table.integer("node", 0, highest_node)) expect.node = static_cast<int>(*node);
    }

    void condition(TableReader& table, std::string_view key, Figure figure, Expectation& expect) {
        const TomlValue& value = *table.find(key);
        std::optional<Wanted> wanted;
        if (value.kind == TomlValue::Kind::string) {
            wanted = parse_wanted(value.text, figure, inside(table, key), diagnostics_);
        } else if (const std::optional<u64> number = table.size(key)) {
            wanted = Wanted{Wanted::Kind::number, *number, std::to_string(*number)};
        }
        if (wanted) expect.conditions.push_back({std::move(figure), op_, *wanted, value.position});
    }

    // The place behind the quote that a string begins with.
    static SourcePosition inside(const TableReader& table, std::string_view key) {
        const SourcePosition at = table.position_of(key);
        return {at.line, at.column + 1};
    }

    // A string or an array of strings.
    std::vector<std::string> strings(TableReader& table, std::string_view key) {
        const TomlValue* value = table.find(key);
        if (!value) return {};
        if (value->kind == TomlValue::Kind::string) return {value->text};
        std::vector<std::string> out;
        bool good = value->kind == TomlValue::Kind::array && value->items.size() <= TableReader::longest_array;
        if (good)
            for (const TomlValue& item : value->items) {
                good = good && item.kind == TomlValue::Kind::string;
                out.push_back(item.text);
            }
        if (!good)
            diagnostics_.error(value->position,
                               fmt::format("'{}' in {} must be a string or an array of strings", key, table.name()));
        return out;
    }

    Diagnostics& diagnostics_;
    Op op_ = Op::eq;
};

}  // namespace

Expectations read_expectations(TableReader& root, Diagnostics& diagnostics) {
    ExpectReader reader(diagnostics);
    Expectations out;
    std::vector<SourcePosition> places;
    for (const TomlValue* value : root.tables("expect")) {
        TableReader table(*value, "[[expect]]", diagnostics);
        out.expect.push_back(reader.read(table));
        places.push_back(table.position_of("run"));
        table.finish();
    }
    for (const TomlValue* value : root.tables("matrix")) {
        TableReader table(*value, "[[matrix]]", diagnostics);
        out.matrix.push_back(reader.read_matrix(table));
        table.finish();
    }
    reader.check_runs(out, places);
    return out;
}

Expectations parse_expectations(const Source& source) {
    Diagnostics diagnostics(source);
    const TomlValue value = parse_toml(source, diagnostics);
    TableReader root(value, "the file", diagnostics);
    if (const std::optional<i64> schema = root.integer("schema", 1, INT64_MAX); schema && *schema != 1)
        diagnostics.error(root.position_of("schema"), fmt::format("schema {} is not known; this zonecalc reads schema 1", *schema));
    else if (!root.has("schema"))
        diagnostics.error(root.position(), "'schema = 1' is missing at the top of the file");
    Expectations out = read_expectations(root, diagnostics);
    root.finish();
    diagnostics.finish();
    return out;
}

}  // namespace zonecalc
