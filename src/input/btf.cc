// SPDX-License-Identifier: MIT
// BTF is what kernels carry of their types since 4.18, complete since 5.2 (CONFIG_DEBUG_INFO_BTF): /sys/kernel/btf/vmlinux, and the
// section .BTF of a vmlinux. libbpf checks it and looks names up; libelf finds the section and the symbol table.
#include "input/btf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <gelf.h>

#include <memory>

namespace zonecalc {

namespace {

[[noreturn]] void refuse(const Source& source, const std::string& message) {
    throw InputError({{Severity::error, source.name, {}, message, {}}});
}

std::string_view name_at(const btf* types, u32 offset) {
    const char* name = btf__name_by_offset(types, offset);
    return name ? std::string_view(name) : std::string_view{};
}

// Behind typedefs and qualifiers; null where the chain is broken or endless.
const btf_type* behind(const btf* types, u32 id) {
    for (int step = 0; step < 32; ++step) {
        const btf_type* t = btf__type_by_id(types, id);
        if (!t) return nullptr;
        if (!btf_is_mod(t) && !btf_is_typedef(t)) return t;
        id = t->type;
    }
    return nullptr;
}

void read_members(const btf* types, const btf_type* t, std::string_view of, const Names& wanted, Numbers& out) {
    const btf_member* m = btf_members(t);
    for (u32 i = 0; i < btf_vlen(t); ++i) {
        const std::string_view name = name_at(types, m[i].name_off);
        if (name.empty()) continue;
        const std::string offset_key = fmt::format("offsetof.{}.{}", of, name), length_key = fmt::format("length.{}.{}", of, name);
        if (wanted.contains(offset_key) && btf_member_bitfield_size(t, i) == 0)
            out.emplace(offset_key, btf_member_bit_offset(t, i) / 8);
        if (!wanted.contains(length_key)) continue;
        if (const btf_type* array = behind(types, m[i].type); array && btf_is_array(array))
            out.emplace(length_key, btf_array(array)->nelems);
    }
}

void read_enumerators(const btf* types, const btf_type* t, const Names& wanted, Numbers& out) {
    for (u32 i = 0; i < btf_vlen(t); ++i) {
        const bool wide = btf_is_enum64(t);
        const std::string_view name = name_at(types, wide ? btf_enum64(t)[i].name_off : btf_enum(t)[i].name_off);
        const u64 value = wide ? btf_enum64_value(&btf_enum64(t)[i]) : static_cast<u32>(btf_enum(t)[i].val);
        if (wanted.contains(name)) out.emplace(name, value);
    }
}

}  // namespace

bool is_btf(std::string_view text) {
    return text.starts_with("\x9f\xeb") || text.starts_with("\xeb\x9f");
}

bool is_elf(std::string_view text) {
    return text.starts_with(
        "\x7f"
        "ELF");
}

BtfFacts read_btf(const Source& source, const Names& sizes, const Names& constants) {
    libbpf_set_print(nullptr);
    if (source.text.size() > u64{1} << 30) refuse(source, "more type information than any kernel has");
    const std::unique_ptr<btf, void (*)(btf*)> types(btf__new(source.text.data(), static_cast<u32>(source.text.size())), btf__free);
    if (!types) refuse(source, "this is no BTF, or it is damaged");
    // Members of these are looked at.
    Names structs;
    for (const std::string_view key : constants)
        if (key.starts_with("length.") || key.starts_with("offsetof."))
            structs.emplace(key.substr(key.find('.') + 1, key.rfind('.') - key.find('.') - 1));
    BtfFacts facts;
    for (u32 id = 1; id < btf__type_cnt(types.get()); ++id) {
        const btf_type* t = btf__type_by_id(types.get(), id);
        if (btf_is_any_enum(t)) {
            read_enumerators(types.get(), t, constants, facts.constants);
        } else if (btf_is_datasec(t) && name_at(types.get(), t->name_off) == ".data..percpu") {
            // As x86 links it: from address 0 on.
            facts.percpu = t->size;
        } else if (btf_is_composite(t)) {
            const std::string_view name = name_at(types.get(), t->name_off);
            if (name.empty()) continue;
            if (sizes.contains(name)) facts.sizes.emplace(name, t->size);  // the first one, as libbpf itself finds it
            if (structs.contains(name)) read_members(types.get(), t, name, constants, facts.constants);
        }
    }
    return facts;
}

namespace {

// The string behind "Linux version ", where the kernel keeps its banner.
std::string banner_release(std::string_view text) {
    constexpr std::string_view words = "Linux version ";
    for (std::size_t at = text.find(words); at != text.npos; at = text.find(words, at + 1)) {
        const std::string_view rest = text.substr(at + words.size(), 128);
        if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9')
            return std::string(rest.substr(0, rest.find_first_of(" \n\0", 0, 3)));
    }
    return {};
}

void read_symbols(Elf_Scn* section, const GElf_Shdr& header, Elf* elf, const Names& wanted, Numbers& out) {
    Elf_Data* data = elf_getdata(section, nullptr);
    if (!data || header.sh_entsize == 0) return;
    for (std::size_t i = 0; i < header.sh_size / header.sh_entsize && i < u64{1} << 24; ++i) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, static_cast<int>(i), &symbol)) return;
        const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (name && symbol.st_shndx != SHN_UNDEF && wanted.contains(std::string_view(name))) out.emplace(name, symbol.st_value);
    }
}

}  // namespace

ElfFacts read_elf(const Source& source, const Names& wanted) {
    ElfFacts facts;
    if (elf_version(EV_CURRENT) == EV_NONE) refuse(source, "libelf does not know this version of ELF");
    std::string image = source.text;  // libelf takes it as its own
    const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_memory(image.data(), image.size()), elf_end);
    GElf_Ehdr header;
    std::size_t names = 0;
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF || !gelf_getehdr(elf.get(), &header) || elf_getshdrstrndx(elf.get(), &names) != 0)
        refuse(source, "this ELF file is damaged");
    facts.machine = header.e_machine == EM_X86_64    ? "x86_64"
                    : header.e_machine == EM_386     ? "i386"
                    : header.e_machine == EM_ARM     ? "arm"
                    : header.e_machine == EM_AARCH64 ? "arm64"
                    : header.e_machine == EM_RISCV   ? "riscv64"
                                                     : "";
    for (Elf_Scn* section = elf_nextscn(elf.get(), nullptr); section; section = elf_nextscn(elf.get(), section)) {
        GElf_Shdr s;
        if (!gelf_getshdr(section, &s)) refuse(source, "a section header of this ELF file is damaged");
        const char* name = elf_strptr(elf.get(), names, s.sh_name);
        if (s.sh_type == SHT_SYMTAB) read_symbols(section, s, elf.get(), wanted, facts.symbols);
        if (name && s.sh_size <= ~u64{0} - s.sh_addr) facts.sections.emplace(name, PhysRange{s.sh_addr, s.sh_addr + s.sh_size});
        if (!name || std::string_view(name) != ".BTF" || s.sh_type == SHT_NOBITS) continue;
        if (const Elf_Data* data = elf_rawdata(section, nullptr); data && data->d_buf) {
            facts.has_btf = true;
            facts.btf = {source.name, std::string(static_cast<const char*>(data->d_buf), data->d_size)};
        }
    }
    facts.release = banner_release(source.text);
    return facts;
}

}  // namespace zonecalc
