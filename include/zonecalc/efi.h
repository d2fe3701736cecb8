// SPDX-License-Identifier: MIT
// What EFI hands to the kernel: its memory descriptors, and where its tables lie.
#pragma once

#include <optional>
#include <string_view>

#include "zonecalc/types.h"

namespace zonecalc {

// EFI's own numbers (EFI_RESERVED_TYPE is 0).
enum class EfiMemoryType {
    reserved,
    loader_code,
    loader_data,
    boot_code,
    boot_data,
    runtime_code,
    runtime_data,
    conventional,
    unusable,
    acpi_reclaim,
    acpi_nvs,
    mmio,
    mmio_port,
    pal_code,
    persistent,
    unaccepted,
};
// By number, as efi=debug prints them.
inline constexpr std::string_view efi_memory_type_names[] = {
    "Reserved", "Loader Code",  "Loader Data",  "Boot Code", "Boot Data", "Runtime Code", "Runtime Data", "Conventional",
    "Unusable", "ACPI Reclaim", "ACPI Mem NVS", "MMIO",      "MMIO Port", "PAL Code",     "Persistent",   "Unaccepted"};

// [[efi_memory]]: a descriptor of the memory map, in firmware's order.
struct EfiDescriptor {
    PhysAddr base = 0;
    u64 size = 0;
    EfiMemoryType type = EfiMemoryType::reserved;
    SourcePosition position;
};

// [efi]: the machine was started by EFI. Bytes.
struct EfiTables {
    std::optional<PhysRange> memmap;  // the memory map as the kernel got it
    std::optional<PhysAddr> memattr;  // memory attributes table
    std::optional<u64> memattr_size;
    SourcePosition position;
};

}  // namespace zonecalc
