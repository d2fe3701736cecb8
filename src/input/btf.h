// SPDX-License-Identifier: MIT
// What a kernel's own files say of its build: type information (BTF) and symbols.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "input/source.h"
#include "zonecalc/types.h"

namespace zonecalc {

using Numbers = std::map<std::string, u64, std::less<>>;
using Names = std::set<std::string, std::less<>>;

bool is_btf(std::string_view text);
bool is_elf(std::string_view text);

struct BtfFacts {
    Numbers sizes;      // bytes of structs and unions
    u64 percpu = 0;     // bytes of static per-CPU data; 0 where the BTF has none
    Numbers constants;  // enumerators; "length.STRUCT.ARRAY", "offsetof.STRUCT.MEMBER"
};

// Of all that the BTF says, what is in `sizes` and `constants`. Throws InputError where it is no BTF.
BtfFacts read_btf(const Source& btf, const Names& sizes, const Names& constants);

struct ElfFacts {
    bool has_btf = false;
    Source btf;                                              // section .BTF
    Numbers symbols;                                         // address by name, of those in `wanted`
    std::map<std::string, PhysRange, std::less<>> sections;  // where they are linked to
    std::string machine;
    std::string release;  // of the kernel's banner
};

// A vmlinux. Throws InputError where the file is damaged.
ElfFacts read_elf(const Source& elf, const Names& wanted);

}  // namespace zonecalc
