// SPDX-License-Identifier: MIT
// Slab caches for people: a line each, but the sets of kmalloc caches, which mostly differ in nothing but their names, once.
#include "report/slub.h"

#include <algorithm>
#include <map>

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
bool as_normal(const Sets& sets, const std::string& set) {
    const auto normal = sets.find("kmalloc-");
    const auto other = sets.find(set);
    if (set.empty() || set == "kmalloc-" || normal == sets.end()) return false;
    for (const SlabCache* c : other->second) {
        const std::string size = c->name.substr(set.size());
        const auto twin = std::find_if(normal->second.begin(), normal->second.end(),
                                       [&](const SlabCache* n) { return n->name.compare(8, std::string::npos, size) == 0; });
        if (twin == normal->second.end() || !same_geometry(**twin, *c)) return false;
    }
    return other->second.size() == normal->second.size();
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
    const Sets sets = sets_of(slub);
    for (const SlabCache& c : slub.caches) {
        if (as_normal(sets, set_of(c.name))) continue;
        std::vector<Cell> row{c.name};
        for (Cell& cell : slab_cells(kernel, c)) row.push_back(std::move(cell));
        table.row(std::move(row));
    }
    return table;
}

std::vector<std::string> slub_remarks(const Slub& slub) {
    const Sets sets = sets_of(slub);
    std::vector<std::string> names;
    for (const SlabCache& c : slub.caches) {
        const std::string set = set_of(c.name);
        if (as_normal(sets, set) && std::find(names.begin(), names.end(), set + "N") == names.end()) names.push_back(set + "N");
    }
    if (names.empty()) return {};
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return {"as kmalloc-N: " + list};
}

}  // namespace zonecalc
