// SPDX-License-Identifier: MIT
// Slab caches for people: a line each, but the sets of kmalloc caches, which mostly differ in nothing but their names, once.
#include "report/slub.h"

#include <algorithm>
#include <map>
#include <set>

namespace zonecalc {

namespace {

// "kmalloc-rcl-1k" → "kmalloc-rcl-"; empty for what is no kmalloc cache.
std::string set_of(const std::string& name) {
    return name.find("kmalloc-") == std::string::npos ? std::string() : name.substr(0, name.rfind('-') + 1);
}

bool same_geometry(SlabCache a, const SlabCache& b) {
    a.name = b.name;
    a.flags = b.flags;
    a.kernel_flags = b.kernel_flags;
    a.unmergeable = b.unmergeable;
    return a == b;
}

using Sets = std::map<std::string, std::vector<const SlabCache*>>;
Sets sets_of(const Slub& slub) {
    Sets sets;
    for (const SlabCache& c : slub.caches) sets[set_of(c.name)].push_back(&c);
    return sets;
}

// Is there nothing to say of this set but that it exists?
bool as_normal(const Sets::value_type& set, const Sets::value_type& normal) {
    const auto& [name, caches] = set;
    if (name.empty() || name == normal.first || caches.size() != normal.second.size()) return false;
    return std::ranges::all_of(caches, [&](const SlabCache* c) {
        const std::string_view size = std::string_view(c->name).substr(name.size());
        const auto twin = std::ranges::find_if(
            normal.second, [&](const SlabCache* n) { return n->name.compare(normal.first.size(), n->name.npos, size) == 0; });
        return twin != normal.second.end() && same_geometry(**twin, *c);
    });
}

// Names of such sets.
std::set<std::string> sets_as_normal(const Slub& slub) {
    const Sets sets = sets_of(slub);
    std::set<std::string> out;
    const auto normal = sets.find("kmalloc-");
    for (const Sets::value_type& set : sets)
        if (normal != sets.end() && as_normal(set, *normal)) out.insert(set.first);
    return out;
}

}  // namespace

std::vector<Column> slab_columns(const Kernel& kernel) {
    return {{"OBJECT", true},      {"SIZE", true},
            {"ALIGN", true},       {"ORDER", true},
            {"OBJECTS", true},     {"MIN ORDER", true},
            {"MIN PARTIAL", true}, {kernel.behaviours.slub_sheaves ? "SHEAF" : "CPU PARTIAL", true}};
}

std::vector<Cell> slab_cells(const Kernel& kernel, const SlabCache& c) {
    const auto n = number_cell;
    return {
        n(c.object_size), n(c.size),      n(c.align),       n(c.order),
        n(c.objects),     n(c.min_order), n(c.min_partial), n(kernel.behaviours.slub_sheaves ? c.sheaf_capacity : c.cpu_partial)};
}

Table slub_table(const Kernel& kernel, const Slub& slub) {
    std::vector<Column> columns{{"CACHE"}};
    for (const Column& c : slab_columns(kernel)) columns.push_back(c);
    Table table(std::move(columns));
    const std::set<std::string> left_out = sets_as_normal(slub);
    for (const SlabCache& c : slub.caches) {
        if (left_out.contains(set_of(c.name))) continue;
        std::vector<Cell> row{c.name};
        for (Cell& cell : slab_cells(kernel, c)) row.push_back(std::move(cell));
        table.row(std::move(row));
    }
    return table;
}

std::vector<std::string> slub_remarks(const Slub& slub) {
    const std::set<std::string> sets = sets_as_normal(slub);
    std::vector<std::string> names;
    for (const SlabCache& c : slub.caches)
        if (const std::string set = set_of(c.name); sets.contains(set) && std::ranges::find(names, set + "N") == names.end())
            names.push_back(set + "N");
    if (names.empty()) return {};
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return {"as kmalloc-N: " + list};
}

}  // namespace zonecalc
