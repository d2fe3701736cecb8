// SPDX-License-Identifier: MIT
// Readers of single kinds of lines, each given the line from where its words begin. What a reader cannot read changes nothing.
#pragma once

#include "input/limits.h"
#include "input/log_facts.h"

namespace zonecalc::log_lines {

inline bool has(std::string_view text, std::string_view what) {
    return text.find(what) != text.npos;
}
std::optional<int> node_number(Scan& scan);

// -- firmware (log_firmware.cc)
E820Type e820_type(std::string_view word);
std::optional<E820Entry> e820_entry(std::string_view t, u32 line);
std::optional<EfiRange> efi_range(std::string_view t, u32 line);
std::optional<MtrrType> mtrr_type(std::string_view word);
// Whether it was a line about a variable MTRR, used or not.
bool mtrr(std::string_view t, u32 line, std::vector<MtrrRange>& out);
bool acpi_table(std::string_view t, u32 line, LogFacts& facts);
void srat(std::string_view t, u32 line, LogFacts& facts);

// -- which kernel, for which architecture (log_kernel.cc)
void banner(std::string_view t, u32 line, LogFacts& facts);
// The architecture of a machine whose kernel says so in words that the modelled ones do not have; empty for all others.
std::string_view not_modelled(std::string_view t);

// -- CPUs (log_cpus.cc)
void possible_cpus(std::optional<u64> n, u32 line, LogFacts& facts);
void cpu_counts(std::string_view t, u32 line, LogFacts& facts);
void percpu_groups(std::string_view t, std::vector<int>& group_of);
// `node`: the one whose CPUs the lines before named; -1: none yet.
void booted_cpus(std::string_view t, int& node, std::vector<CpuOfNode>& booted);

// -- what the kernel set aside and gave back (log_set_aside.cc)
void image_sizes(std::string_view t, u32 line, LogFacts& facts);
void freed(std::string_view t, LogFacts& facts);
void cma_of_device_tree(std::string_view t, LogFacts& facts);
void cma(std::string_view t, u32 line, LogFacts& facts);

}  // namespace zonecalc::log_lines
