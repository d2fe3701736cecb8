// SPDX-License-Identifier: MIT
// zonecalc map: physical memory as a picture, of one machine or of two side by side.
#include "report/map.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/machines.h"
#include "cli/output.h"
#include "input/size_text.h"

namespace zonecalc::cli {

namespace {

enum class MapFormat { text, svg, json };

struct MapOptions : MachineOptions {
    bool compare = false;
    std::optional<std::string> range;
    bool strict = false;
    MapFormat format = MapFormat::text;
    std::optional<unsigned> width;
    std::optional<std::string> output;
    Color color = Color::automatic;
};

// Pages are the first machine's.
PhysRange zoom_of(const RangeText& range, unsigned page_shift) {
    if (!range.pages) return {range.begin, range.end.value_or(0)};
    const u64 most = ~u64{0} >> page_shift;
    if (range.begin > most) throw InputError("--range: no page has that number");
    const u64 end = range.end.value_or(0);
    return {range.begin << page_shift, end > most ? ~u64{0} : end << page_shift};
}

std::string picture(const MapOptions& options, const MapDrawing& drawing) {
    const bool pair = drawing.machines.size() > 1;
    if (options.format == MapFormat::json) return map_json(drawing);
    if (options.format == MapFormat::svg) return map_svg(drawing, options.width.value_or(pair ? 170 : 120));
    const unsigned width = options.width.value_or(terminal_width(options.output).value_or(pair ? 120 : 80));
    return map_text(drawing, {width, use_color(options.color, options.output), use_unicode()});
}

int map(const MapOptions& options) {
    std::optional<RangeText> range;
    if (options.range) range = range_of("--range", *options.range);
    std::deque<Machine> machines = machines_of(options, options.compare, Until::buddy);
    if (machines.size() > 2) throw UsageError("map: a picture is of one machine, or of two side by side");

    std::vector<Outcome> outcomes;
    bool assumed = false;
    for (Machine& m : machines) {
        m.layout.notes.insert(m.layout.notes.begin(), m.in.notes.begin(), m.in.notes.end());
        outcomes.push_back(m.outcome());
        assumed |= options.strict && complain_of_assumptions(m.layout);
    }
    if (assumed) return exit_assumed;

    std::optional<PhysRange> zoom;
    if (range) zoom = zoom_of(*range, outcomes.front().kernel.page_shift);
    write_result(picture(options, draw(outcomes, zoom)), options.output);
    return exit_ok;
}

}  // namespace

Action map_command(Syntax& syntax) {
    const auto options = std::make_shared<MapOptions>();
    add_machines(syntax, *options);
    syntax.flag("--compare", options->compare, "draw the board's own beside the one given");
    syntax.option("--range", "A..B", options->range, "zoom; also A+SIZE, pfn:A..B, A.., ..B");
    add_strict(syntax, options->strict);
    syntax.group("Output");
    syntax.choice<MapFormat>("--format", options->format,
                             {{"text", MapFormat::text}, {"svg", MapFormat::svg}, {"json", MapFormat::json}}, "picture");
    syntax.option("--width", "COLUMNS", options->width, 60, 1000, "default: the terminal's");
    add_output(syntax, options->output);
    add_color(syntax, options->color);
    syntax.footer("Example: zonecalc map qemu-pc-2node --append kernelcore=2G --compare");
    return [options] { return map(*options); };
}

}  // namespace zonecalc::cli
