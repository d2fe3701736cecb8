// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <bpf/btf.h>
#include <elf.h>

#include <cstring>
#include <memory>
#include <random>

#include "input/gunzip.h"
#include "input/kernel_match.h"
#include "input/kernel_toml.h"
#include "input/library.h"
#include "refusal.h"
#include "report/kernel_writer.h"

using namespace zonecalc;

namespace {

// BTF with a few of a kernel's types in it.
std::string some_btf() {
    const std::unique_ptr<btf, void (*)(btf*)> types(btf__new_empty(), btf__free);
    btf* t = types.get();
    const int u32_id = btf__add_int(t, "unsigned int", 4, 0);
    const int list = btf__add_struct(t, "free_area", 88);
    CHECK(list > 0);
    const int areas = btf__add_array(t, u32_id, list, 11);
    const int alias = btf__add_typedef(t, "areas_t", areas);
    CHECK(btf__add_struct(t, "zone", 1664) > 0);
    CHECK(btf__add_field(t, "free_area", alias, 64 * 8, 0) == 0);
    CHECK(btf__add_struct(t, "page", 64) > 0);
    CHECK(btf__add_struct(t, "no_one_asks_for_it", 8) > 0);
    CHECK(btf__add_struct(t, "pglist_data", 5000) > 0);
    CHECK(btf__add_enum(t, "pageblock_bits", 4) > 0);
    CHECK(btf__add_enum_value(t, "NR_PAGEBLOCK_BITS", 4) == 0);
    CHECK(btf__add_datasec(t, ".data..percpu", 0x31000) > 0);
    u32 size = 0;
    const void* data = btf__raw_data(t, &size);
    return {static_cast<const char*>(data), size};
}

// A 64-bit ELF file with .BTF and a symbol table.
std::string some_elf(const std::string& btf) {
    const char names[] = "\0.BTF\0.symtab\0.strtab\0";
    const std::string strings("\0_text\0_end\0", 12), section_names(names, sizeof names - 1);
    Elf64_Sym symbols[3] = {};
    symbols[1].st_name = 1, symbols[1].st_value = 0xffffffff81000000, symbols[1].st_shndx = SHN_ABS;
    symbols[2].st_name = 7, symbols[2].st_value = 0xffffffff82345000, symbols[2].st_shndx = SHN_ABS;
    std::string out(sizeof(Elf64_Ehdr), '\0');
    Elf64_Shdr sections[5] = {};
    const auto add = [&](unsigned at, u32 name, u32 type, const void* data, u64 size) {
        out.resize((out.size() + 7) / 8 * 8);
        sections[at].sh_name = name, sections[at].sh_type = type, sections[at].sh_offset = out.size(), sections[at].sh_size = size;
        sections[at].sh_addralign = 8;
        out.append(static_cast<const char*>(data), size);
    };
    add(1, 1, SHT_PROGBITS, btf.data(), btf.size());
    add(2, 6, SHT_SYMTAB, symbols, sizeof symbols);
    sections[2].sh_entsize = sizeof(Elf64_Sym), sections[2].sh_link = 3;
    add(3, 14, SHT_STRTAB, strings.data(), strings.size());
    add(4, 14, SHT_STRTAB, section_names.data(), section_names.size());
    out += "Linux version 6.1.0-test (me@here) #1";
    out.resize((out.size() + 7) / 8 * 8);
    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64, header.e_ident[EI_DATA] = ELFDATA2LSB, header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC, header.e_machine = EM_X86_64, header.e_version = EV_CURRENT, header.e_ehsize = sizeof header;
    header.e_shoff = out.size(), header.e_shentsize = sizeof(Elf64_Shdr), header.e_shnum = 5, header.e_shstrndx = 4;
    std::memcpy(out.data(), &header, sizeof header);
    out.append(reinterpret_cast<const char*>(sections), sizeof sections);
    return out;
}

// The same, stripped: what Debian's vmlinuz 6.1.0-56-amd64 unpacks to has these sections.
std::string stripped_elf(const std::string& btf) {
    struct Section {
        std::string_view name;
        u64 address, size;
    };
    constexpr Section list[] = {{".text", 0xffffffff81000000, 0xe01d32},
                                {".data..percpu", 0, 0x35000},
                                {".bss", 0xffffffff83310000, 0x10f0000},
                                {".brk", 0xffffffff84400000, 0x2f801}};
    std::string names("\0.shstrtab\0.BTF\0", 16);
    std::string out(sizeof(Elf64_Ehdr), '\0');
    std::vector<Elf64_Shdr> sections(2);
    const auto add = [&](u32 name, u32 type, u64 address, u64 offset, u64 size) {
        Elf64_Shdr s = {};
        s.sh_name = name, s.sh_type = type, s.sh_addr = address, s.sh_offset = offset, s.sh_size = size, s.sh_addralign = 1;
        sections.push_back(s);
    };
    add(11, SHT_PROGBITS, 0, out.size(), btf.size());
    out += btf;
    for (const Section& s : list) {
        add(static_cast<u32>(names.size()), SHT_NOBITS, s.address, out.size(), s.size);
        names += s.name;
        names += '\0';
    }
    sections[1] = sections.back();
    sections[1].sh_name = 1, sections[1].sh_type = SHT_STRTAB, sections[1].sh_addr = 0;
    sections[1].sh_offset = out.size(), sections[1].sh_size = names.size();
    out += names;
    out.resize((out.size() + 7) / 8 * 8);
    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64, header.e_ident[EI_DATA] = ELFDATA2LSB, header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC, header.e_machine = EM_X86_64, header.e_version = EV_CURRENT, header.e_ehsize = sizeof header;
    header.e_shoff = out.size(), header.e_shentsize = sizeof(Elf64_Shdr), header.e_shstrndx = 1;
    header.e_shnum = static_cast<Elf64_Half>(sections.size());
    std::memcpy(out.data(), &header, sizeof header);
    out.append(reinterpret_cast<const char*>(sections.data()), sections.size() * sizeof(Elf64_Shdr));
    return out;
}

std::string refused(const Source& source) {
    KernelSources sources;
    return refusal([&] { add_kernel_source(sources, source); });
}

const std::string config = "# Linux/x86_64 6.1.170 Kernel Configuration\nCONFIG_X86_64=y\nCONFIG_SMP=y\nCONFIG_NR_CPUS=48\n";

}  // namespace

TEST_CASE("BTF gives sizes, enumerators, lengths and places of members, and the size of per-CPU data") {
    KernelSources sources;
    add_kernel_source(sources, Source{"vmlinux.btf", some_btf()});
    CHECK(sources.sizes == Numbers{{"free_area", 88}, {"page", 64}, {"pglist_data", 5000}, {"zone", 1664}});
    CHECK(sources.constants == Numbers{{"NR_PAGEBLOCK_BITS", 4}, {"length.zone.free_area", 11}});
    CHECK(sources.symbols == Numbers{{"__per_cpu_end", 0x31000}, {"__per_cpu_start", 0}});
    CHECK(!sources.arch);
}

TEST_CASE("a vmlinux gives symbols, BTF, architecture and release") {
    KernelSources sources;
    add_kernel_source(sources, Source{"vmlinux", some_elf(some_btf())});
    CHECK(sources.symbols.at("_text") == 0xffffffff81000000);
    CHECK(sources.symbols.at("_end") == 0xffffffff82345000);
    CHECK(sources.sizes.at("pglist_data") == 5000);
    CHECK(sources.arch == Arch::x86_64);
    CHECK(sources.release == "6.1.0-test");
}

TEST_CASE("a stripped vmlinux of x86 shows by its sections where the image ends, and how large per-CPU data are") {
    KernelSources sources;
    add_kernel_source(sources, Source{"vmlinux", stripped_elf(some_btf())});
    CHECK(sources.symbols == Numbers{{"__brk_base", 0xffffffff84400000},
                                     {"__end_of_kernel_reserve", 0xffffffff84400000},
                                     {"__per_cpu_end", 0x35000},
                                     {"__per_cpu_start", 0},
                                     {"_end", 0xffffffff84430000},
                                     {"_text", 0xffffffff81000000}});
    CHECK(sources.notes == std::vector<std::string>{"vmlinux has no symbol table"});
}

TEST_CASE("System.map and kallsyms give addresses; hidden ones and place holders do not") {
    KernelSources sources;
    add_kernel_source(sources, Source{"System.map",
                                      "0000000000000000 D __per_cpu_start\n0000000000035000 D __per_cpu_end\n"
                                      "ffffffff81000000 T _text\nffffffff84430000 B _end\n"
                                      "ffffffff81001000 t _text\t[module]\nffffffff85000000 B real_mode_blob_end\n"
                                      "ffffffff84ffb123 D real_mode_blob\nnonsense\n"});
    CHECK(sources.symbols.at("_end") == 0xffffffff84430000);
    CHECK(sources.symbols.at("_text") == 0xffffffff81000000);
    CHECK(sources.symbols.at("__per_cpu_end") == 0x35000);
    CHECK(sources.sizes == Numbers{{"real_mode_blob", 0x5000}});

    // Where KASLR moved the kernel it is moved back.
    KernelSources moved;
    add_kernel_source(moved,
                      Source{"kallsyms", "0000000000035000 A __per_cpu_end\nffffffff9f000000 T _text\nffffffffa2430000 B _end\n"});
    CHECK(moved.symbols == Numbers{{"__per_cpu_end", 0x35000}, {"_end", 0xffffffff84430000}, {"_text", 0xffffffff81000000}});

    KernelSources hidden;
    add_kernel_source(hidden, Source{"kallsyms", "0000000000000000 T _text\n0000000000000000 B _end\n"});
    CHECK(hidden.symbols.empty());
    CHECK(hidden.notes == std::vector<std::string>{"kallsyms shows no addresses: read it as root, with kernel.kptr_restrict=0"});
    KernelSources debian;
    add_kernel_source(debian,
                      Source{"System.map-6.1", "ffffffffffffffff B The real System.map is in the linux-image-dbg package\n"});
    CHECK(debian.symbols.empty());
    CHECK(debian.notes.size() == 1);
}

TEST_CASE("a profile of a build differs from the nearest shipped one in what its files say, and says what they do not") {
    KernelSources sources;
    add_kernel_source(sources, Source{"config", config});
    add_kernel_source(sources, Source{"vmlinux.btf", some_btf()});
    const KernelMatch match = match_kernel({"6.1.170", sources.version(), Arch::x86_64, {}, {}, {}}, sources);
    REQUIRE(match.own);
    const std::string text = kernel_toml(*match.own, match.remarks);
    const KernelProfile own = parse_kernel_profile({"own.toml", text});
    CHECK(own.config.at("NR_CPUS") == "48");
    CHECK(own.sizes.at("pglist_data") == 5000);
    CHECK(!own.sizes.contains("page"));  // as the shipped one has it
    CHECK(own.constants.at("__per_cpu_end") == 0x31000);
    REQUIRE(match.missing.size() == 2);
    CHECK(match.missing[0].starts_with("addresses of _text"));
    CHECK(match.missing[1].starts_with("sizes that the BTF does not have"));
    const Kernel kernel = kernel_of_profile({"own.toml", text});
    CHECK(kernel.size_of("pglist_data") == 5000);
    CHECK(kernel.nr_cpus == 48);
    CHECK(kernel.version == Version{6, 1, 170});
}

TEST_CASE("files that are not a kernel's are refused") {
    CHECK(refused({"x", "hello\n"}) == "x: error: this is neither a kernel configuration nor a System.map, a vmlinux or BTF\n");
    CHECK(refused({"vmlinuz", "MZ" + std::string(1000, 'x')}).find("neither a kernel configuration") != std::string::npos);
    CHECK(refused({"b", std::string("\x9f\xeb\x01\0garbage", 11)}) == "b: error: this is no BTF, or it is damaged\n");
    CHECK(refused({"e",
                   "\x7f"
                   "ELF"}) == "e: error: this ELF file is damaged\n");
    CHECK(refused({"z", "\x1f\x8b\x08 garbage"}).find("this gzip file is damaged") != std::string::npos);
    CHECK(gunzip("\x1f\x8b", 100) == std::nullopt);
}

TEST_CASE("mutated BTF and vmlinux are read or refused") {
    std::mt19937 random(7);
    const std::string good[] = {some_btf(), some_elf(some_btf())};
    unsigned read = 0, refused = 0;
    for (int i = 0; i < 6000; ++i) {
        std::string bad = good[random() % 2];
        for (auto n = 1 + random() % 4; n > 0; --n)
            bad[random() % bad.size()] = static_cast<char>(random() % 2 ? random() : random() % 4);
        if (random() % 16 == 0) bad.resize(random() % bad.size());
        try {
            KernelSources sources;
            add_kernel_source(sources, Source{"bad", bad});
            ++read;
        } catch (const InputError&) {
            ++refused;
        }
    }
    CHECK(read > 100);
    CHECK(refused > 100);
}
