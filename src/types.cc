// SPDX-License-Identifier: MIT
#include "zonecalc/types.h"

#include "zonecalc/layout.h"

#include <algorithm>

namespace zonecalc {

namespace {

struct ArchName {
    Arch arch;
    std::string_view name;
};
constexpr ArchName arch_names[] = {
    {Arch::x86_64, "x86_64"}, {Arch::i386, "i386"}, {Arch::arm, "arm"}, {Arch::arm64, "arm64"}, {Arch::riscv64, "riscv64"},
};
constexpr std::string_view zone_names[MAX_NR_ZONES] = {"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"};

}  // namespace

std::string_view to_string(Arch arch) {
    for (const ArchName& a : arch_names)
        if (a.arch == arch) return a.name;
    return "";
}

std::optional<Arch> arch_from_string(std::string_view name) {
    for (const ArchName& a : arch_names)
        if (a.name == name) return a.arch;
    return std::nullopt;
}

std::string_view to_string(ZoneType zone) {
    return zone_names[static_cast<int>(zone)];
}

std::optional<ZoneType> zone_from_string(std::string_view name) {
    for (const ZoneType z : all_zones)
        if (to_string(z) == name) return z;
    return std::nullopt;
}

std::string_view to_string(E820Type type) {
    switch (type) {
        case E820Type::ram:
            return "usable";
        case E820Type::reserved:
            return "reserved";
        case E820Type::acpi:
            return "ACPI data";
        case E820Type::nvs:
            return "ACPI NVS";
        case E820Type::unusable:
            return "unusable";
        case E820Type::pmem:
            return "persistent (type 7)";
        case E820Type::pram:
            return "persistent (type 12)";
        case E820Type::soft_reserved:
            return "soft reserved";
        case E820Type::reserved_kern:
            break;
    }
    return "";
}

std::string_view to_string(MovablePath path) {
    switch (path) {
        case MovablePath::none:
            return "none";
        case MovablePath::movable_node:
            return "movable_node";
        case MovablePath::mirror:
            return "mirror";
        case MovablePath::kernelcore:
            return "kernelcore";
        case MovablePath::movablecore:
            return "movablecore";
    }
    return "";
}

std::string_view to_string(MigrateType type) {
    switch (type) {
        case MigrateType::Unmovable:
            return "Unmovable";
        case MigrateType::Movable:
            return "Movable";
        case MigrateType::Reclaimable:
            return "Reclaimable";
        case MigrateType::HighAtomic:
            return "HighAtomic";
        case MigrateType::Cma:
            return "CMA";
        case MigrateType::Isolate:
            return "Isolate";
        case MigrateType::Reserve:
            return "Reserve";
    }
    return "";
}

std::string_view to_string(Note::Kind kind) {
    switch (kind) {
        case Note::Kind::kernel_bug:
            return "kernel bug";
        case Note::Kind::problem:
            return "problem";
        case Note::Kind::effect:
            return "effect";
        case Note::Kind::unmodelled:
            return "not modelled";
        case Note::Kind::assumption:
            return "assumed";
        case Note::Kind::unconfirmed:
            return "unconfirmed";
    }
    return "";
}

std::string_view to_string(EarlyCall::Kind kind) {
    switch (kind) {
        case EarlyCall::Kind::reserve:
            return "reserve";
        case EarlyCall::Kind::allocate:
            return "allocate";
        case EarlyCall::Kind::free:
            return "free";
    }
    return "";
}

std::string_view to_string(MemoryPart::Kind kind) {
    switch (kind) {
        case MemoryPart::Kind::free:
            return "free";
        case MemoryPart::Kind::per_cpu:
            return "per_cpu";
        case MemoryPart::Kind::deferred:
            return "deferred";
        case MemoryPart::Kind::reserved:
            return "reserved";
        case MemoryPart::Kind::broken:
            return "broken";
        case MemoryPart::Kind::no_zone:
            return "no_zone";
        case MemoryPart::Kind::nomap:
            return "nomap";
        case MemoryPart::Kind::cut:
            return "cut";
    }
    return "";
}

const Zone* Node::zone(ZoneType type) const {
    for (const Zone& z : zones)
        if (z.type == type) return &z;
    return nullptr;
}

bool Layout::handed_over() const {
    return std::any_of(nodes.begin(), nodes.end(), [](const Node& n) {
        return std::any_of(n.zones.begin(), n.zones.end(), [](const Zone& z) { return z.managed.has_value(); });
    });
}

const Node* Layout::node(int id) const {
    for (const Node& n : nodes)
        if (n.id == id) return &n;
    return nullptr;
}

const ZoneLimit* Layout::limit(ZoneType zone) const {
    for (const ZoneLimit& l : zone_limits)
        if (l.zone == zone) return &l;
    return nullptr;
}

}  // namespace zonecalc
