// SPDX-License-Identifier: MIT
// From stretches to a picture that fits on a screen. What is of one zone on every machine is a section; of a section with too many
// rows the small ones that lie beside each other become one row, with what is in it by name. Nodes that look like the one before
// are left out. Costs follow the number of regions.
#include "map/drawing.h"

#include <algorithm>
#include <map>

#include "map/stretches.h"

namespace zonecalc {

namespace {

constexpr std::size_t rows_of_a_picture = 60;
constexpr std::size_t fewest_rows = 6;
constexpr std::size_t most_rows = 24;
constexpr u64 smallest_share = 2048;      // of a section: less has no row of its own if there is company
constexpr u64 small_hole = u64{1} << 20;  // belongs to the section beside it

// All machines in a stretch of addresses.
struct Atom {
    PhysRange range;
    std::vector<Stretch> sides;

    bool differs() const { return sides.size() > 1 && !sides.front().looks_like(sides.back()); }
};

// Node and zone of each machine, none where it has nothing.
using Key = std::vector<std::optional<std::pair<int, ZoneType>>>;

Key key_of(const Atom& atom) {
    Key key;
    for (const Stretch& s : atom.sides)
        key.push_back(s.zone ? std::optional(std::pair(s.node.value_or(0), *s.zone)) : std::nullopt);
    return key;
}

bool is_empty(const Key& key) {
    return std::none_of(key.begin(), key.end(), [](const auto& k) { return k.has_value(); });
}

bool contradicts(const Key& a, const Key& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] && b[i] && *a[i] != *b[i]) return true;
    return false;
}

std::vector<Atom> atoms_of(const std::vector<std::vector<Stretch>>& machines, PhysRange range) {
    std::vector<PhysAddr> ends{range.begin, range.end};
    for (const auto& stretches : machines)
        for (const Stretch& s : stretches)
            for (const PhysAddr end : {s.range.begin, s.range.end})
                if (range.contains(end)) ends.push_back(end);
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());

    std::vector<std::size_t> next(machines.size());
    std::vector<Atom> atoms;
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
        Atom atom{{ends[i], ends[i + 1]}, {}};
        for (std::size_t m = 0; m < machines.size(); ++m) {
            while (next[m] < machines[m].size() && machines[m][next[m]].range.end <= atom.range.begin) ++next[m];
            const bool there = next[m] < machines[m].size() && machines[m][next[m]].range.begin <= atom.range.begin;
            atom.sides.push_back(there ? machines[m][next[m]] : Stretch{});
        }
        atoms.push_back(std::move(atom));
    }
    return atoms;
}

// Adds up what one machine has in consecutive atoms.
class Sum {
public:
    void add(PhysRange range, const Stretch& s) {
        const u64 size = range.size();
        if (s.memory) cell_.memory += size;
        switch (s.use) {
            case MapUse::free:
                cell_.free[static_cast<std::size_t>(s.type.value_or(MigrateType::Unmovable))] += size;
                break;
            case MapUse::reserved:
                cell_.reserved += size;
                break;
            case MapUse::nomap:
                cell_.nomap += size;
                break;
            case MapUse::lost:
                cell_.lost += size;
                break;
            case MapUse::hole:
                cell_.hole += size;
                break;
        }
        if (s.zone) {
            cell_.node = s.node;
            cell_.zone = s.zone;
        }
        if (s.type) {
            if (typed_ && cell_.type != s.type) cell_.type.reset();
            if (!typed_) cell_.type = s.type;
            typed_ = true;
        }
        if (!s.name.empty()) {
            MapPart& part = parts_[s.name];
            part.bytes += size;
            if (s.area == 0 || s.area != last_area_) ++part.count;
        }
        last_area_ = s.area;
    }
    MapCell take() {
        for (auto& [name, part] : parts_) {
            part.name = name;
            cell_.parts.push_back(std::move(part));
        }
        std::stable_sort(cell_.parts.begin(), cell_.parts.end(),
                         [](const MapPart& a, const MapPart& b) { return a.bytes > b.bytes; });
        return std::move(cell_);
    }

private:
    MapCell cell_;
    std::map<std::string_view, MapPart> parts_;
    u64 last_area_ = 0;
    bool typed_ = false;
};

using Atoms = std::vector<Atom>::const_iterator;

MapRow row_of(Atoms begin, Atoms end) {
    MapRow row;
    row.range = {begin->range.begin, std::prev(end)->range.end};
    row.grouped = end - begin > 1;
    for (std::size_t m = 0; m < begin->sides.size(); ++m) {
        Sum sum;
        for (Atoms a = begin; a != end; ++a) sum.add(a->range, a->sides[m]);
        row.cells.push_back(sum.take());
    }
    row.differs = std::any_of(begin, end, [](const Atom& a) { return a.differs(); });
    return row;
}

// Calls `row` for each atom that is not small and for each run of small ones.
template <typename Row>
void group(Atoms begin, Atoms end, u64 small, Row row) {
    for (Atoms a = begin; a != end;) {
        Atoms next = std::next(a);
        if (a->range.size() < small)
            while (next != end && next->range.size() < small) ++next;
        row(a, next);
        a = next;
    }
}

std::vector<MapRow> rows_of(Atoms begin, Atoms end, std::size_t limit) {
    u64 all = 0;
    for (Atoms a = begin; a != end; ++a) all += a->range.size();
    u64 small = std::max<u64>(all / smallest_share, 1);
    for (; small < all / 4; small *= 2) {
        std::size_t rows = 0;
        group(begin, end, small, [&](Atoms, Atoms) { ++rows; });
        if (rows <= limit) break;
    }
    std::vector<MapRow> out;
    group(begin, end, small, [&](Atoms a, Atoms b) { out.push_back(row_of(a, b)); });
    return out;
}

// Sections as runs of atoms. A hole belongs to a section that goes on behind it.
struct Run {
    Atoms begin;
    Atoms end;
    bool zone = false;
};
std::vector<Run> runs_of(const std::vector<Atom>& atoms) {
    std::vector<Run> out;
    Key key;
    Atoms hole = atoms.begin();  // since where nothing has been of a zone
    for (Atoms a = atoms.begin(); a != atoms.end(); ++a) {
        const Key here = key_of(*a);
        if (is_empty(here)) continue;
        const bool goes_on = !out.empty() && out.back().zone && !contradicts(key, here);
        if (!goes_on) {
            const bool apart = hole != a && std::prev(a)->range.end - hole->range.begin >= small_hole;
            if (apart) out.push_back({hole, a, false});
            out.push_back({apart ? a : hole, a, true});
            key = here;
        }
        for (std::size_t i = 0; i < key.size(); ++i)
            if (here[i]) key[i] = here[i];
        out.back().end = hole = std::next(a);
    }
    if (hole == atoms.end()) return out;
    if (!out.empty() && std::prev(atoms.end())->range.end - hole->range.begin < small_hole)
        out.back().end = atoms.end();
    else
        out.push_back({hole, atoms.end(), false});
    return out;
}

MapSection section_of(const Run& run, std::size_t limit) {
    MapSection section;
    const MapRow sum = row_of(run.begin, run.end);
    section.kind = run.zone ? MapSection::Kind::zone : MapSection::Kind::hole;
    section.range = sum.range;
    section.cells = sum.cells;
    if (run.zone)
        for (MapCell& cell : section.cells) cell.parts.clear();
    // Firmware's areas in a hole are told by name.
    section.rows = run.zone ? rows_of(run.begin, run.end, limit) : std::vector{sum};
    return section;
}

// "NODE_DATA(1)" is like "NODE_DATA(2)".
std::string_view without_number(std::string_view name) {
    return name.substr(0, name.find('('));
}

// Sizes that read the same.
bool about_the_same(u64 a, u64 b) {
    return a - std::min(a, b) <= a / 64 && b - std::min(a, b) <= b / 64;
}

bool alike(const MapCell& a, const MapCell& b) {
    const bool named = a.parts.empty() == b.parts.empty() &&
                       (a.parts.empty() || without_number(a.parts.front().name) == without_number(b.parts.front().name));
    return a.zone == b.zone && a.type == b.type && a.use() == b.use() && named;
}

bool alike(const MapSection& a, const MapSection& b) {
    if (a.kind != b.kind || a.rows.size() != b.rows.size() || !about_the_same(a.range.size(), b.range.size())) return false;
    for (std::size_t i = 0; i < a.rows.size(); ++i) {
        const MapRow &r = a.rows[i], &s = b.rows[i];
        if (r.differs != s.differs || r.cells.size() != s.cells.size()) return false;
        // Places of small things vary.
        if (r.range.size() > a.range.size() / 64 && !about_the_same(r.range.size(), s.range.size())) return false;
        for (std::size_t c = 0; c < r.cells.size(); ++c)
            if (!alike(r.cells[c], s.cells[c])) return false;
    }
    return true;
}

bool same_node(const MapSection& a, const MapSection& b) {
    for (std::size_t i = 0; i < a.cells.size(); ++i)
        if (a.cells[i].node && b.cells[i].node && a.cells[i].node != b.cells[i].node) return false;
    return true;
}

// A node's sections, and the hole before them.
struct NodeSections {
    std::size_t begin = 0;
    std::size_t first = 0;  // that is no hole
    std::size_t end = 0;
};
std::vector<NodeSections> nodes_of(const std::vector<MapSection>& sections) {
    std::vector<NodeSections> out;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        if (sections[i].kind == MapSection::Kind::hole) continue;
        if (!out.empty() && same_node(sections[out.back().first], sections[i]))
            out.back().end = i + 1;
        else
            out.push_back({begin, i, i + 1});
        begin = i + 1;
    }
    return out;
}

// Two nodes and more that look like the one before become one section that says so.
void leave_out_alike_nodes(std::vector<MapSection>& sections) {
    const std::vector<NodeSections> nodes = nodes_of(sections);
    const auto same = [&](const NodeSections& a, const NodeSections& b) {
        if (a.end - a.first != b.end - b.first) return false;
        for (std::size_t i = 0; i < a.end - a.first; ++i)
            if (!alike(sections[a.first + i], sections[b.first + i])) return false;
        return true;
    };
    std::vector<MapSection> out;
    std::size_t done = 0;
    const auto take_until = [&](std::size_t end) {
        for (; done < end; ++done) out.push_back(std::move(sections[done]));
    };
    for (std::size_t i = 0; i < nodes.size();) {
        std::size_t j = i + 1;
        while (j < nodes.size() && same(nodes[i], nodes[j])) ++j;
        if (j - i >= 3) {
            MapSection left_out;
            left_out.kind = MapSection::Kind::alike;
            left_out.range = {sections[nodes[i + 1].first].range.begin, sections[nodes[j - 1].end - 1].range.end};
            for (std::size_t n = i + 1; n < j; ++n)
                left_out.nodes.push_back(sections[nodes[n].first].cells.front().node.value_or(0));
            left_out.cells.resize(sections[nodes[i].first].cells.size());
            for (std::size_t s = nodes[i + 1].begin; s < nodes[j - 1].end; ++s)
                for (std::size_t c = 0; c < left_out.cells.size(); ++c) left_out.cells[c].memory += sections[s].cells[c].memory;
            take_until(nodes[i].end);
            out.push_back(std::move(left_out));
            done = nodes[j - 1].end;
        } else {
            take_until(nodes[j - 1].end);
        }
        i = j;
    }
    take_until(sections.size());
    sections = std::move(out);
}

MapMachine machine_of(const Outcome& outcome, const std::vector<Stretch>& stretches) {
    MapMachine m;
    m.board = outcome.board.name.empty() ? outcome.board.file : outcome.board.name;
    m.arch = to_string(outcome.board.arch);
    m.kernel = outcome.kernel.profile;
    m.confirmed = outcome.kernel.confirmation == Confirmation::recorded;
    m.cmdline = outcome.cmdline.text;
    m.assumptions = static_cast<std::size_t>(std::count_if(outcome.layout.notes.begin(), outcome.layout.notes.end(),
                                                           [](const Note& n) { return n.kind == Note::Kind::assumption; }));
    m.panic = outcome.layout.panic.value_or("");
    m.page_shift = outcome.kernel.page_shift;
    for (const Stretch& s : stretches) {
        if (!s.memory) continue;
        m.memory += s.range.size();
        if (s.use == MapUse::reserved) m.reserved += s.range.size();
        if (s.use == MapUse::free) m.free += s.range.size();
    }
    return m;
}

// From the first to the last memory, or what is reserved.
PhysRange extent(const std::vector<std::vector<Stretch>>& machines) {
    PhysRange range{~u64{0}, 0};
    for (const auto& stretches : machines)
        for (const Stretch& s : stretches) {
            if (s.use == MapUse::hole) continue;
            range.begin = std::min(range.begin, s.range.begin);
            range.end = std::max(range.end, s.range.end);
        }
    return range.empty() ? PhysRange{} : range;
}

}  // namespace

u64 MapCell::all_free() const {
    u64 n = 0;
    for (const u64 bytes : free) n += bytes;
    return n;
}

MapUse MapCell::use() const {
    const std::pair<u64, MapUse> uses[] = {{hole, MapUse::hole},
                                           {reserved, MapUse::reserved},
                                           {all_free(), MapUse::free},
                                           {nomap, MapUse::nomap},
                                           {lost, MapUse::lost}};
    return std::max_element(std::begin(uses), std::end(uses), [](const auto& a, const auto& b) { return a.first < b.first; })
        ->second;
}

MapDrawing draw(const std::vector<Outcome>& machines, std::optional<PhysRange> zoom) {
    MapDrawing drawing;
    std::vector<std::vector<Stretch>> stretches;
    for (const Outcome& outcome : machines) {
        stretches.push_back(stretches_of(outcome));
        drawing.machines.push_back(machine_of(outcome, stretches.back()));
    }
    drawing.range = extent(stretches);
    if (zoom) {
        if (zoom->end == 0) zoom->end = std::max(drawing.range.end, zoom->begin + 1);
        drawing.range = *zoom;
    }
    drawing.zoom = zoom;
    if (drawing.range.empty()) return drawing;

    const std::vector<Atom> atoms = atoms_of(stretches, drawing.range);
    const std::vector<Run> runs = runs_of(atoms);
    const std::size_t limit = std::clamp(rows_of_a_picture / runs.size(), fewest_rows, most_rows);
    for (const Run& run : runs) drawing.sections.push_back(section_of(run, limit));
    leave_out_alike_nodes(drawing.sections);
    return drawing;
}

}  // namespace zonecalc
