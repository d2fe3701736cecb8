// SPDX-License-Identifier: MIT
// memory_block_size_bytes(): what /sys/devices/system/memory/ takes memory off- and online in.
#pragma once

#include "zonecalc/kernel.h"

namespace zonecalc {

// Bytes. Two sizes where it depends on a hypervisor being there, which a board does not say; equal otherwise.
struct MemoryBlockSize {
    u64 bytes = 0;
    u64 bare_metal = 0;
};

// `max_pfn`: the end of memory.
MemoryBlockSize memory_block_size_bytes(const Kernel& kernel, Pfn max_pfn);

}  // namespace zonecalc
